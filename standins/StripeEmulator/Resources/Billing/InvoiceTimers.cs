using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Store;
using Marketplace.StripeEmulator.Subscriptions;

namespace Marketplace.StripeEmulator.Resources;

/// <summary>What time does to an invoice: a draft is finalized, an open one is charged, and a due date passes.</summary>
public static class InvoiceTimers
{
    /// <summary>How long a draft may still be changed before it is finalized by itself.</summary>
    public const long DraftSeconds = 3_600;

    // How long it waits when nobody hears of its creation.
    private const long UnheardSeconds = 72 * 3_600;

    public static void Fire(Transaction tx, Stored stored)
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

    /// <summary>Seconds since 1970 at which something happens by itself, or null.</summary>
    public static long? DueAt(Stored stored)
    {
        var invoice = stored.Value;
        if (invoice.Text("status") == "draft")
        {
            if (!invoice.Is("auto_advance"))
            {
                return null;
            }

            // An hour after invoice.created was accepted; without that, 72 hours after creation.
            var planned = invoice["automatically_finalizes_at"] is null ? invoice.Long("created") + DraftSeconds : invoice.Long("automatically_finalizes_at");
            return invoice["webhooks_delivered_at"] is null
                ? Math.Max(planned, invoice.Long("created") + UnheardSeconds)
                : Math.Max(planned, invoice.Long("webhooks_delivered_at") + DraftSeconds);
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
