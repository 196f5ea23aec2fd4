using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Resources;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Subscriptions;

/// <summary>How a subscription ends: canceled by a call, at its time, or for want of money; expired before it began.</summary>
public static class SubscriptionEnd
{
    /// <summary>DELETE /v1/subscriptions/{id}.</summary>
    public static Reply Delete(Call call)
    {
        var (tx, subscription) = (call.Tx, call.Named(SubscriptionView.Kind));
        if (SubscriptionStates.IsOver(subscription))
        {
            throw StripeException.NotFound(SubscriptionView.Kind, subscription.Id);
        }

        SubscriptionTerms.Details(call, tx.Edit(subscription));
        Now(tx, subscription, call.Flag("invoice_now") == true, call.Flag("prorate") == true);
        return subscription;
    }

    /// <summary>Cancels at once: with a last invoice over what was used and credited when asked for, else both are forgotten.</summary>
    public static Stored? Now(Transaction tx, Stored subscription, bool invoiceNow, bool prorate)
    {
        var billable = SubscriptionStates.Of(subscription) is "active" or "past_due" or "unpaid";
        if (prorate && billable)
        {
            foreach (var item in SubscriptionView.Items(tx, subscription).Where(i => !SubscriptionView.IsMetered(SubscriptionView.Price(tx, i))))
            {
                Proration.Credit(tx, subscription, item, SubscriptionView.Price(tx, item), SubscriptionView.Quantity(item), SubscriptionView.PeriodOf(item), tx.Now);
            }
        }

        var invoice = invoiceNow && billable ? Final(tx, subscription, tx.Now) : null;
        if (!invoiceNow && !prorate)
        {
            PendingInvoiceItems.Drop(tx, subscription);
        }

        Cancel(tx, subscription, "cancellation_requested");
        if (invoice is not null && !tx.Rehearses)
        {
            Events.Emit(tx, "invoice.created", invoice);
            if (subscription.Value.Text("collection_method") == "charge_automatically")
            {
                SubscriptionInvoices.Collect(tx, invoice, attempt: true, offSession: true);
            }
        }

        return invoice;
    }

    /// <summary>Its time has come: usage up to now is billed, then it ends.</summary>
    public static void AtItsTime(Transaction tx, Stored subscription)
    {
        var invoice = SubscriptionStates.Of(subscription) is "active" or "past_due" ? Final(tx, subscription, tx.Now) : null;
        Cancel(tx, subscription, null);
        if (invoice is not null)
        {
            // What is due at the end is still collected, unless what the subscription makes is kept as a draft.
            SubscriptionInvoices.Announce(tx, subscription, invoice, advance: (subscription.Value["pause_collection"] as JsonObject)?.Text("behavior") != "keep_as_draft");
            Events.Emit(tx, "invoice.created", invoice);
        }
    }

    /// <summary>From any state that can: open invoices are not collected any more.</summary>
    public static void Cancel(Transaction tx, Stored subscription, string? reason)
    {
        var value = tx.Edit(subscription);
        if (subscription.Inner["pending"] is not null)
        {
            PendingUpdates.Forget(tx, subscription);
        }

        SubscriptionStates.Move(tx, subscription, "cancel");
        value["ended_at"] = tx.Now;
        value["canceled_at"] ??= tx.Now;
        if (reason is not null)
        {
            value["cancellation_details"]!["reason"] = reason;
            value["canceled_at"] = tx.Now;
        }

        Stop(tx, subscription);
        Events.Emit(tx, "customer.subscription.deleted", subscription);
    }

    /// <summary>The first payment did not come within 23 hours: its invoice is void.</summary>
    public static void Expire(Transaction tx, Stored subscription)
    {
        var change = new Change(tx, subscription);
        SubscriptionStates.Move(tx, subscription, "expire");
        tx.Edit(subscription)["ended_at"] = tx.Now;
        change.Emit("customer.subscription.updated");
        foreach (var invoice in SubscriptionInvoices.Of(tx, subscription).Where(i => i.Value.Text("status") == "open").ToList())
        {
            Settlement.Void(tx, invoice);
        }
    }

    /// <summary>The customer is gone.</summary>
    public static void WithCustomer(Transaction tx, Stored customer)
    {
        foreach (var subscription in tx.Store.Referring(SubscriptionView.Kind, "customer", customer.Id).Where(s => !SubscriptionStates.IsOver(s)).ToList())
        {
            PendingInvoiceItems.Drop(tx, subscription);
            Cancel(tx, subscription, "cancellation_requested");
        }
    }

    private static Stored? Final(Transaction tx, Stored subscription, long until)
    {
        var invoice = SubscriptionInvoices.Draft(tx, subscription, "subscription_cycle", new Period(subscription.Value.Long("start_date"), until));
        foreach (var item in Enumerable.Reverse(SubscriptionView.Items(tx, subscription)).Where(i => SubscriptionView.IsMetered(SubscriptionView.Price(tx, i))))
        {
            var period = SubscriptionView.PeriodOf(item);
            SubscriptionLines.Metered(tx, invoice, item, period with { End = Math.Min(period.End, until) }, evenNothing: false);
        }

        SubscriptionInvoices.Sweep(tx, invoice, subscription);
        if (SubscriptionInvoices.IsEmpty(tx, invoice))
        {
            tx.Remove(invoice);
            return null;
        }

        SubscriptionInvoices.Announce(tx, subscription, invoice, advance: false);
        return invoice;
    }

    private static void Stop(Transaction tx, Stored subscription)
    {
        foreach (var invoice in SubscriptionInvoices.Of(tx, subscription).Where(i => i.Value.Text("status") is "draft" or "open").ToList())
        {
            var value = tx.Edit(invoice);
            value["auto_advance"] = false;
            value["automatically_finalizes_at"] = null;
            value["next_payment_attempt"] = null;
        }
    }
}
