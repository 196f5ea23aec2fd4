using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Resources;
using Marketplace.StripeEmulator.Store;
using Marketplace.StripeEmulator.Subscriptions;

namespace Marketplace.StripeEmulator.Time;

/// <summary>What happens by itself, and when: read off the object's own fields, so that it can be planned anew after a restart.</summary>
public static class Schedule
{
    private const long MostWaitSeconds = 72 * 3_600;

    /// <summary>Milliseconds since 1970, or null when nothing is due for the object.</summary>
    public static long? DueAt(Stored stored) => stored.Kind switch
    {
        "delivery" => stored.Value.Text("status") == "pending" ? stored.Value.Long("due") : null,
        "invoice" => Invoice(stored) * 1_000,
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
                FireInvoice(tx, stored);
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

    private static void FireInvoice(Transaction tx, Stored stored)
    {
        var invoice = stored.Value;
        if (invoice.Text("status") == "draft")
        {
            Finalize(tx, stored);
        }
        else if (invoice["next_payment_attempt"] is not null && invoice.Long("next_payment_attempt") <= tx.Now)
        {
            Collect(tx, stored);
        }
        else
        {
            Settlement.Overdue(tx, stored);
        }
    }

    private static long? Invoice(Stored stored)
    {
        var invoice = stored.Value;
        if (invoice.Text("status") == "draft")
        {
            if (!invoice.Is("auto_advance"))
            {
                return null;
            }

            // An hour after invoice.created was accepted; without that, 72 hours after creation.
            var planned = invoice["automatically_finalizes_at"] is null ? invoice.Long("created") + 3_600 : invoice.Long("automatically_finalizes_at");
            return invoice["webhooks_delivered_at"] is null
                ? Math.Max(planned, invoice.Long("created") + MostWaitSeconds)
                : Math.Max(planned, invoice.Long("webhooks_delivered_at") + 3_600);
        }

        if (invoice.Text("status") != "open")
        {
            return null;
        }

        long? attempt = invoice["next_payment_attempt"] is null ? null : invoice.Long("next_payment_attempt");
        long? due = invoice["due_date"] is null || stored.Inner.Is("overdue") ? null : invoice.Long("due_date") + 1;
        return attempt is null ? due : due is null ? attempt : Math.Min(attempt.Value, due.Value);
    }

    private static void Finalize(Transaction tx, Stored stored)
    {
        try
        {
            Finalization.Finalize(tx, stored);
        }
        catch (StripeException refusal) when (refusal.Keeps)
        {
            return; // told by invoice.finalization_failed
        }

        if (stored.Value.Text("status") != "open" || Renewals.Shelved(tx, stored))
        {
            return;
        }

        if (stored.Value.Text("collection_method") == "send_invoice")
        {
            Events.Emit(tx, "invoice.sent", stored);
        }
        else
        {
            Collect(tx, stored);
        }
    }

    private static void Collect(Transaction tx, Stored stored)
    {
        if (Settlement.DefaultMethod(tx, stored) is { } method)
        {
            tx.Edit(stored)["next_payment_attempt"] = null;
            Settlement.Collect(tx, stored, method, offSession: true, automatic: true);
        }
        else
        {
            Settlement.Failed(tx, stored, automatic: true);
        }
    }
}
