using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Resources;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Subscriptions;

/// <summary>A paused subscription goes on: at once, or when the invoice that resuming makes is settled; after 23 hours without that it stays paused.</summary>
public static class Resumption
{
    /// <summary>POST /v1/subscriptions/{id}/resume.</summary>
    public static Reply Resume(Call call)
    {
        var (tx, subscription) = (call.Tx, call.Named(SubscriptionView.Kind));
        if (!SubscriptionStates.Allows(subscription, "resume"))
        {
            throw StripeException.Invalid($"You can only resume subscriptions that are paused; this subscription is {SubscriptionStates.Of(subscription)}.");
        }

        if (subscription.Inner["resuming"] is not null)
        {
            throw StripeException.Invalid("This subscription is being resumed already: pay its latest invoice.");
        }

        var change = new Change(tx, subscription);
        var value = tx.Edit(subscription);
        if (call.Text("billing_cycle_anchor") != "unchanged")
        {
            (value["billing_cycle_anchor"], value["billing_cycle_anchor_config"]) = (tx.Now, null);
        }

        var invoice = SubscriptionInvoices.Draft(tx, subscription, "subscription_update", new Period(tx.Now, tx.Now));
        foreach (var item in Enumerable.Reverse(SubscriptionView.Items(tx, subscription)))
        {
            var price = SubscriptionView.Price(tx, item);
            var period = new Period(tx.Now, Period.EndAfter(price.Value, value, tx.Now));
            (tx.Edit(item)["current_period_start"], item.Value["current_period_end"]) = (period.Start, period.End);
            if (SubscriptionView.IsMetered(price))
            {
                continue;
            }

            if (period.End >= Period.Later(price.Value, period.Start))
            {
                SubscriptionLines.Licensed(tx, invoice, item, period);
            }
            else if (call.Text("proration_behavior") != "none")
            {
                var full = Period.EndingAt(price.Value, period.End);
                Proration.Line(tx, subscription, item, price, SubscriptionView.Quantity(item), full, period, invoice, $"Remaining time on {SubscriptionLines.Product(tx, price)}");
            }
        }

        SubscriptionInvoices.Sweep(tx, invoice, subscription);
        SubscriptionView.Sync(tx, subscription);
        if (SubscriptionInvoices.IsEmpty(tx, invoice))
        {
            tx.Remove(invoice);
            Go(tx, subscription, change);
            return subscription;
        }

        SubscriptionInvoices.Announce(tx, subscription, invoice, advance: false);
        subscription.Inner["resuming"] = invoice.Id;
        subscription.Inner["resume_until"] = tx.Now + SubscriptionPayments.PatienceSeconds;
        change.Emit("customer.subscription.updated");
        Events.Emit(tx, "invoice.created", invoice);
        SubscriptionInvoices.Collect(tx, invoice, attempt: value.Text("collection_method") == "charge_automatically", offSession: true);
        return subscription;
    }

    /// <summary>The invoice is settled: paid or given up resumes, void leaves it paused.</summary>
    public static void Settle(Transaction tx, Stored subscription, bool paid)
    {
        var change = new Change(tx, subscription);
        tx.Edit(subscription);
        subscription.Inner["resuming"] = null;
        subscription.Inner["resume_until"] = null;
        if (paid)
        {
            Go(tx, subscription, change);
        }
    }

    public static void Expire(Transaction tx, Stored subscription)
    {
        if (tx.Find("invoice", subscription.Inner.Text("resuming")!) is { } invoice && invoice.Value.Text("status") == "open")
        {
            Settlement.Void(tx, invoice);
            return;
        }

        Settle(tx, subscription, paid: false);
    }

    private static void Go(Transaction tx, Stored subscription, Change change)
    {
        SubscriptionStates.Move(tx, subscription, "resume");
        change.Emit("customer.subscription.updated");
        Events.Emit(tx, "customer.subscription.resumed", subscription);
    }
}
