using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Resources;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Subscriptions;

/// <summary>What becomes of a subscription when one of its invoices is paid, given up, or fails to be paid.</summary>
public static class SubscriptionPayments
{
    /// <summary>How long a first payment, a postponed update and a resumption wait for their money.</summary>
    public const long PatienceSeconds = 23 * 3_600;

    /// <summary>The invoice is paid, void or uncollectible.</summary>
    public static void Settled(Transaction tx, Stored invoice)
    {
        if (Of(tx, invoice) is not { } subscription)
        {
            return;
        }

        var ended = invoice.Value.Text("status")!;
        if (subscription.Inner["pending"] is JsonObject pending && pending.Text("invoice") == invoice.Id)
        {
            PendingUpdates.Settle(tx, subscription, paid: ended == "paid");
        }

        switch (SubscriptionStates.Of(subscription))
        {
            case "incomplete" when ended == "paid":
            case "past_due" or "unpaid" when IsLatest(subscription, invoice) && ended == "paid" || !Owes(tx, subscription, invoice):
                Turn(tx, subscription, "paid", invoice);
                break;
            case "incomplete" when ended == "void":
                SubscriptionEnd.Expire(tx, subscription);
                break;
            case "paused" when subscription.Inner.Text("resuming") == invoice.Id:
                Resumption.Settle(tx, subscription, paid: ended != "void");
                break;
            default:
                break;
        }
    }

    /// <summary>An attempt to collect failed, or the due date has passed.</summary>
    public static void Failed(Transaction tx, Stored invoice, bool automatic)
    {
        if (Of(tx, invoice) is not { } subscription)
        {
            return;
        }

        if (SubscriptionStates.Allows(subscription, "fail") && (subscription.Inner["pending"] as JsonObject)?.Text("invoice") != invoice.Id && !subscription.Inner.Is("tentative"))
        {
            Turn(tx, subscription, "fail", null);
        }

        if (automatic && invoice.Value["next_payment_attempt"] is null && SubscriptionStates.Of(subscription) == "past_due")
        {
            GiveUp(tx, subscription, invoice);
        }
    }

    /// <summary>What <c>error_if_incomplete</c> answers with; nothing of the attempt stays.</summary>
    public static StripeException Undone(Transaction tx, Stored invoice)
    {
        var intent = Settlement.Intent(tx, invoice);
        if (intent?.Value["last_payment_error"] is not JsonObject)
        {
            return intent?.Value.Text("status") == "requires_action"
                ? new StripeException(402, "card_error", "subscription_payment_intent_requires_action", "Payment for this subscription requires additional user action before it can be completed successfully. Payment can be completed using the PaymentIntent associated with `subscription.latest_invoice`.")
                : SubscriptionStart.NoMethod();
        }

        var declined = Payments.LastError(tx, intent);
        var more = declined.More.Clone();
        more.Remove("payment_intent");
        more.Remove("charge");
        return new StripeException(declined.Status, declined.Type, declined.Code, declined.Message, declined.Param) { More = more };
    }

    private static Stored? Of(Transaction tx, Stored invoice) =>
        SubscriptionInvoices.Owner(invoice) is { } id ? tx.Find(SubscriptionView.Kind, id) : null;

    // Retries are over: what the account does then.
    private static void GiveUp(Transaction tx, Stored subscription, Stored invoice)
    {
        var dunning = Dunning.Of(tx);
        if (dunning.Invoice == "uncollectible" && invoice.Value.Text("status") == "open")
        {
            Settlement.GiveUp(tx, invoice, dunned: true);
        }

        if (SubscriptionStates.Of(subscription) != "past_due")
        {
            return;
        }

        if (dunning.Subscription == "cancel")
        {
            SubscriptionEnd.Cancel(tx, subscription, "payment_failed");
        }
        else if (dunning.Subscription == "unpaid")
        {
            Turn(tx, subscription, "give_up", null);
        }
    }

    // Whoever pays the latest invoice is in good standing, whatever is open from before.
    private static bool IsLatest(Stored subscription, Stored invoice) => subscription.Value.Text("latest_invoice") == invoice.Id;

    private static bool Owes(Transaction tx, Stored subscription, Stored settled) =>
        SubscriptionInvoices.Of(tx, subscription).Any(i => i.Id != settled.Id && i.Value.Text("status") == "open" && (i.Value.Is("attempted") || i.Inner.Is("overdue")));

    private static void Turn(Transaction tx, Stored subscription, string action, Stored? paid)
    {
        var change = new Change(tx, subscription);
        SubscriptionStates.Move(tx, subscription, action);
        if (paid is not null && subscription.Value["payment_settings"]!["save_default_payment_method"]?.GetValue<string>() == "on_subscription"
            && Settlement.Intent(tx, paid)?.Value.Text("payment_method") is { } method
            && tx.Find("payment_method", method)?.Value.Text("customer") == subscription.Value.Text("customer"))
        {
            tx.Edit(subscription)["default_payment_method"] = method;
        }

        change.Emit("customer.subscription.updated");
    }
}
