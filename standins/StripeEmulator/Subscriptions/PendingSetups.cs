using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Resources;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Subscriptions;

/// <summary><c>pending_setup_intent</c>: a subscription that begins without a payment asks for a method to charge later.</summary>
public static class PendingSetups
{
    /// <summary>Makes the intent when nothing is due yet, something will be, and there is no method to charge.</summary>
    public static void Ask(Transaction tx, Stored subscription)
    {
        var value = subscription.Value;
        var customer = tx.Find("customer", value.Text("customer")!)!;
        if (tx.Rehearses || value.Text("collection_method") == "send_invoice" || value["default_payment_method"] is not null
            || customer.Value["invoice_settings"]!["default_payment_method"] is not null || !WillCost(tx, subscription))
        {
            return;
        }

        var intent = SetupIntents.Add(tx, customer.Id, null, ["card"], "off_session");
        intent.Inner["subscription"] = subscription.Id;
        tx.Edit(subscription)["pending_setup_intent"] = intent.Id;
        Events.Emit(tx, "setup_intent.created", intent);
    }

    /// <summary>The intent has got its method: it is the subscription's from now on.</summary>
    public static void Answered(Transaction tx, Stored intent)
    {
        if (intent.Inner.Text("subscription") is not { } id || tx.Find(SubscriptionView.Kind, id) is not { } subscription || SubscriptionStates.IsOver(subscription))
        {
            return;
        }

        var change = new Change(tx, subscription);
        var value = tx.Edit(subscription);
        value["pending_setup_intent"] = null;
        value["default_payment_method"] ??= intent.Value.Text("payment_method");
        change.Emit("customer.subscription.updated");
    }

    private static bool WillCost(Transaction tx, Stored subscription)
    {
        var items = SubscriptionView.Items(tx, subscription);
        return SubscriptionView.Recurring(tx, items, subscription.Value.Text("currency")!) > 0 || items.Any(i => SubscriptionView.IsMetered(SubscriptionView.Price(tx, i)));
    }
}
