using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Resources;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Subscriptions;

/// <summary>POST /v1/subscriptions/{id}: other items, another time, other terms; prorated, invoiced and collected as asked.</summary>
public static class SubscriptionUpdate
{
    private static readonly string[] AfterTheEnd = ["metadata", "cancellation_details", "expand"];

    private static readonly string[] Postponable =
        ["items", "proration_behavior", "proration_date", "payment_behavior", "billing_cycle_anchor", "trial_end", "trial_from_plan", "add_invoice_items", "off_session", "expand"];

    public static Reply Update(Call call)
    {
        SubscriptionTerms.Refuse(call);
        var subscription = call.Named(SubscriptionView.Kind);
        if (SubscriptionStates.IsOver(subscription) && call.Params.Any(p => !AfterTheEnd.Contains(p.Key)))
        {
            throw StripeException.Invalid("A canceled subscription can only update its cancellation_details and metadata.");
        }

        Run(call, subscription);
        return subscription;
    }

    /// <summary>Applies the parameters. Returns the invoice that was made at once, or null.</summary>
    public static Stored? Run(Call call, Stored subscription)
    {
        var (tx, behavior) = (call.Tx, call.Text("payment_behavior") ?? "allow_incomplete");
        if (behavior == "pending_if_incomplete" && call.Params.FirstOrDefault(p => !Postponable.Contains(p.Key)) is { Key: { } refused })
        {
            throw StripeException.Invalid($"The parameter `{refused}` cannot be passed when `payment_behavior` is set to `pending_if_incomplete`.", refused);
        }

        if (subscription.Inner["pending"] is not null && (call.Has("items") || call.Has("billing_cycle_anchor") || call.Has("trial_end")))
        {
            PendingUpdates.Forget(tx, subscription);
        }

        var (change, before) = (new Change(tx, subscription), PendingUpdates.Remember(tx, subscription));
        SubscriptionTerms.Apply(call, subscription);
        Pause(call, subscription);
        if (call.Has("cancel_at") || call.Has("cancel_at_period_end"))
        {
            ShortenedPeriods.Adjust(tx, subscription, call.Text("proration_behavior") != "none");
        }

        var recurring = SubscriptionView.Recurring(tx, SubscriptionView.Items(tx, subscription), subscription.Value.Text("currency")!);
        var changes = ItemChanges.Apply(call, subscription);
        SubscriptionTaxes.Demand(call, subscription);
        if (call.Params.Text("trial_end") == "now" && SubscriptionStates.Of(subscription) == "trialing")
        {
            tx.Edit(subscription)["trial_end"] = tx.Now;
            if (!Trials.End(tx, subscription, change))
            {
                return null;
            }

            return Bill(call, subscription, change, before, behavior, Reset(call, subscription, changes, credits: false));
        }

        var trial = SubscriptionStart.Until(call);
        var resets = trial is null && Resets(call, subscription, changes, recurring);
        var prorates = call.Text("proration_behavior") != "none" && SubscriptionStates.Of(subscription) is "active" or "past_due" or "unpaid";
        if (trial is { } until)
        {
            Try(call, subscription, changes, until, prorates);
        }
        else if (!resets && prorates)
        {
            ItemChanges.Prorate(tx, subscription, changes, Time(call, subscription, changes));
        }

        var invoice = resets ? Reset(call, subscription, changes, prorates) : null;
        AddInvoiceItems.Put(call, subscription, invoice);
        SubscriptionView.Sync(tx, subscription);
        if (invoice is null && call.Text("proration_behavior") == "always_invoice" && SubscriptionInvoices.Pending(tx, subscription).Count > 0)
        {
            invoice = SubscriptionInvoices.Draft(tx, subscription, "subscription_update", new Period(subscription.Value.Long("billing_cycle_anchor"), tx.Now));
            SubscriptionInvoices.Sweep(tx, invoice, subscription);
        }

        return Bill(call, subscription, change, before, behavior, invoice);
    }

    private static Stored? Bill(Call call, Stored subscription, Change change, JsonObject before, string behavior, Stored? invoice)
    {
        var tx = call.Tx;
        SubscriptionView.Sync(tx, subscription);
        if (invoice is not null && SubscriptionInvoices.IsEmpty(tx, invoice))
        {
            tx.Remove(invoice);
            invoice = null;
        }

        var sends = subscription.Value.Text("collection_method") == "send_invoice";
        if (invoice is not null)
        {
            SubscriptionInvoices.Announce(tx, subscription, invoice, advance: sends);
            OldDiscounts.Retire(tx, subscription, invoice);
        }

        if (tx.Rehearses)
        {
            return invoice;
        }

        if (invoice is null || sends || behavior != "pending_if_incomplete")
        {
            change.Emit("customer.subscription.updated");
            Trials.Warn(tx, subscription);
        }

        if (invoice is null)
        {
            return null;
        }

        Events.Emit(tx, "invoice.created", invoice);
        if (!sends)
        {
            Collect(call, subscription, change, before, behavior, invoice);
        }

        return invoice;
    }

    private static void Collect(Call call, Stored subscription, Change change, JsonObject before, string behavior, Stored invoice)
    {
        var (tx, waits) = (call.Tx, behavior == "pending_if_incomplete");
        tx.Edit(subscription);
        subscription.Inner["tentative"] = waits;
        var outcome = SubscriptionInvoices.Collect(tx, invoice, attempt: behavior != "default_incomplete", offSession: call.Flag("off_session") ?? false, automatic: !waits);
        subscription.Inner.Remove("tentative");
        if (outcome == Outcome.Succeeded)
        {
            if (waits)
            {
                change.Emit("customer.subscription.updated");
            }

            return;
        }

        if (behavior == "error_if_incomplete")
        {
            throw SubscriptionPayments.Undone(tx, invoice);
        }

        if (waits)
        {
            PendingUpdates.Postpone(tx, subscription, before, invoice);
            change.Emit("customer.subscription.updated");
        }
        else if (behavior == "default_incomplete")
        {
            SubscriptionPayments.Failed(tx, invoice, automatic: false);
        }
    }

    // Another interval, an anchor of now, or the first price that costs something begin a new cycle at once.
    private static bool Resets(Call call, Stored subscription, List<ItemChange> changes, long recurring)
    {
        if (SubscriptionStates.Of(subscription) is "trialing" or "incomplete" or "paused")
        {
            return false;
        }

        if (call.Text("billing_cycle_anchor") == "now")
        {
            return true;
        }

        var other = changes.Any(c => c.OldPrice is not null && c.NewPrice is not null && Period.Of(c.OldPrice.Value) != Period.Of(c.NewPrice.Value));
        var free = recurring == 0 && changes.Any(c => c.WasLicensed) && !changes.Any(c => c.OldPrice is not null && SubscriptionView.IsMetered(c.OldPrice))
            && SubscriptionView.Recurring(call.Tx, SubscriptionView.Items(call.Tx, subscription), subscription.Value.Text("currency")!) > 0;
        return other || (free && call.Text("billing_cycle_anchor") != "unchanged");
    }

    /// <summary>A new cycle from now: what is left of the old one is credited, what was used of it billed, and the new one charged whole.</summary>
    private static Stored Reset(Call call, Stored subscription, List<ItemChange> changes, bool credits)
    {
        var tx = call.Tx;
        var trial = subscription.Value["trial_end"] is not null && subscription.Value.Long("trial_end") == tx.Now;
        (tx.Edit(subscription)["billing_cycle_anchor"], subscription.Value["billing_cycle_anchor_config"]) = (tx.Now, null);
        foreach (var gone in changes.Where(c => credits && c.WasLicensed))
        {
            Proration.Credit(tx, subscription, gone.Item, gone.OldPrice!, gone.OldQuantity, gone.OldPeriod, tx.Now);
        }

        var invoice = SubscriptionInvoices.Draft(tx, subscription, "subscription_update", new Period(tx.Now, tx.Now));
        foreach (var change in Enumerable.Reverse(changes).Where(c => c.NewPrice is not null))
        {
            var period = new Period(tx.Now, Period.Later(change.NewPrice!.Value, tx.Now));
            (tx.Edit(change.Item)["current_period_start"], change.Item.Value["current_period_end"]) = (period.Start, period.End);
            if (change.IsLicensed)
            {
                SubscriptionLines.Licensed(tx, invoice, change.Item, period);
            }
            else if (!trial)
            {
                SubscriptionLines.Metered(tx, invoice, change.Item, change.OldPeriod with { End = tx.Now }, evenNothing: false);
            }
        }

        SubscriptionInvoices.Sweep(tx, invoice, subscription);
        return invoice;
    }

    // A trial until then: the time paid for already is given back.
    private static void Try(Call call, Stored subscription, List<ItemChange> changes, long until, bool prorates)
    {
        var tx = call.Tx;
        if (!SubscriptionStates.Allows(subscription, "try"))
        {
            throw StripeException.Invalid($"A subscription that is {SubscriptionStates.Of(subscription)} cannot be given a trial.", "trial_end");
        }

        foreach (var change in changes.Where(c => prorates && c.WasLicensed))
        {
            Proration.Credit(tx, subscription, change.Item, change.OldPrice!, change.OldQuantity, change.OldPeriod, tx.Now);
        }

        var value = tx.Edit(subscription);
        SubscriptionStates.Move(tx, subscription, "try");
        value["trial_start"] ??= tx.Now;
        (value["trial_end"], value["billing_cycle_anchor"], value["billing_cycle_anchor_config"]) = (until, until, null);
        foreach (var item in SubscriptionView.Items(tx, subscription))
        {
            (tx.Edit(item)["current_period_start"], item.Value["current_period_end"]) = (tx.Now, until);
        }

        subscription.Inner["warned"] = false;
        SubscriptionView.Sync(tx, subscription);
    }

    private static long Time(Call call, Stored subscription, List<ItemChange> changes)
    {
        if (call.Number("proration_date") is not { } date)
        {
            return call.Tx.Now;
        }

        return changes.All(c => date >= c.OldPeriod.Start && date <= c.OldPeriod.End || c.OldPrice is null)
            ? date
            : throw StripeException.Invalid("Invalid proration_date: must be within the subscription's current period.", "proration_date");
    }

    private static void Pause(Call call, Stored subscription)
    {
        if (!call.Has("pause_collection"))
        {
            return;
        }

        var sent = call.Hash("pause_collection");
        if (sent?["resumes_at"] is not null && sent.Long("resumes_at") <= call.Tx.Now)
        {
            throw StripeException.Invalid("`pause_collection[resumes_at]` must be a timestamp in the future.", "pause_collection[resumes_at]");
        }

        call.Tx.Edit(subscription)["pause_collection"] = Parameters.Shape(sent, "behavior", "resumes_at");
    }
}
