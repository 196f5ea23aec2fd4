using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Resources;
using Marketplace.StripeEmulator.Store;
using Marketplace.StripeEmulator.Subscriptions;

namespace Marketplace.StripeEmulator.Time;

/// <summary>What happens by itself, and when: read off the object's own fields, so that it can be planned anew after a restart.</summary>
public static class Schedule
{
    /// <summary>Milliseconds since 1970, or null when nothing is due for the object.</summary>
    public static long? DueAt(Stored stored) => stored.Kind switch
    {
        "delivery" => stored.Value.Text("status") == "pending" ? stored.Value.Long("due") : null,
        "invoice" => InvoiceTimers.DueAt(stored) * 1_000,
        TestClocks.Kind => stored.Value.Text("status") == "advancing" ? 0 : stored.Value.Long("deletes_after") * 1_000,
        SubscriptionView.Kind => Renewals.DueAt(stored) * 1_000,
        "payment_intent" or "refund" or "dispute" => stored.Inner["settles_at"] is { } at ? at.Long() * 1_000 : null,
        CheckoutSessions.Kind => stored.Value.Text("status") == "open" ? stored.Value.Long("expires_at") * 1_000 : null,
        _ => null,
    };

    public static void Fire(Transaction tx, Stored stored)
    {
        switch (stored.Kind)
        {
            case "invoice":
                InvoiceTimers.Fire(tx, stored);
                break;
            case "payment_intent":
                Payments.Settle(tx, stored);
                break;
            case "dispute":
                Disputes.Settle(tx, stored);
                break;
            case "refund":
                Refunds.Settle(tx, stored);
                break;
            case CheckoutSessions.Kind:
                CheckoutCompletion.Expire(tx, stored);
                break;
            case SubscriptionView.Kind:
                Renewals.Fire(tx, stored);
                break;
            case TestClocks.Kind:
                TestClocks.Remove(tx, stored);
                break;
            default:
                throw new InvalidOperationException($"Nothing is due for a {stored.Kind}.");
        }
    }
}
