using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Resources;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Subscriptions;

/// <summary>Trials: the warning three days before the end, and what the end does.</summary>
public static class Trials
{
    private const long WarningSeconds = 3 * 86_400;

    /// <summary>When the warning is due, or null when it has been given or no trial runs.</summary>
    public static long? WarnsAt(Stored subscription) =>
        SubscriptionStates.Of(subscription) == "trialing" && !subscription.Inner.Is("warned") ? subscription.Value.Long("trial_end") - WarningSeconds : null;

    /// <summary>Warns if it is time: at once for a trial that is shorter than the warning.</summary>
    public static void Warn(Transaction tx, Stored subscription)
    {
        if (WarnsAt(subscription) <= tx.Now)
        {
            tx.Edit(subscription);
            subscription.Inner["warned"] = true;
            Events.Emit(tx, "customer.subscription.trial_will_end", subscription);
        }
    }

    /// <summary>The trial is over: true when the subscription goes on, false when it was paused or canceled for want of a payment method.</summary>
    public static bool End(Transaction tx, Stored subscription, Change change)
    {
        var value = tx.Edit(subscription);
        var behavior = value["trial_settings"]!["end_behavior"]!["missing_payment_method"]!.GetValue<string>();
        if (behavior == "create_invoice" || value.Text("collection_method") == "send_invoice" || HasMethod(tx, subscription))
        {
            SubscriptionStates.Move(tx, subscription, "begin");
            return true;
        }

        if (behavior == "cancel")
        {
            SubscriptionEnd.Cancel(tx, subscription, "payment_failed");
            return false;
        }

        SubscriptionStates.Move(tx, subscription, "pause");
        value["trial_end"] = Math.Min(value.Long("trial_end"), tx.Now);
        change.Emit("customer.subscription.updated");
        Events.Emit(tx, "customer.subscription.paused", subscription);
        return false;
    }

    private static bool HasMethod(Transaction tx, Stored subscription) =>
        subscription.Value["default_payment_method"] is not null
        || tx.Find("customer", subscription.Value.Text("customer")!)?.Value["invoice_settings"]!["default_payment_method"] is not null;
}
