using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Resources;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Subscriptions;

/// <summary>What time does to a subscription: warnings, renewals, ends. The first thing due is done; the timer is then read anew.</summary>
public static class Renewals
{
    /// <summary>Seconds since 1970 at which something happens by itself, or null.</summary>
    public static long? DueAt(Stored subscription) => Due(subscription) is { } due ? due.Time : null;

    public static void Fire(Transaction tx, Stored subscription)
    {
        switch (Due(subscription)!.Value.What)
        {
            case "expire":
                SubscriptionEnd.Expire(tx, subscription);
                break;
            case "expire_update":
                PendingUpdates.Expire(tx, subscription);
                break;
            case "expire_resume":
                Resumption.Expire(tx, subscription);
                break;
            case "unpause":
                Unpause(tx, subscription);
                break;
            case "warn":
                Trials.Warn(tx, subscription);
                break;
            case "upcoming":
                Upcoming(tx, subscription);
                break;
            case "cancel":
                SubscriptionEnd.AtItsTime(tx, subscription);
                break;
            default:
                Renew(tx, subscription);
                break;
        }
    }

    /// <summary>Rolls the periods that are over and bills them; returns the invoice, or null when there is none.</summary>
    public static Stored? Renew(Transaction tx, Stored subscription, bool pending = true)
    {
        var change = new Change(tx, subscription);
        var (value, trial) = (tx.Edit(subscription), SubscriptionStates.Of(subscription) == "trialing");
        if (trial && value.Long("trial_end") <= tx.Now && !Trials.End(tx, subscription, change))
        {
            return null;
        }

        var due = SubscriptionView.Items(tx, subscription).Where(i => i.Value.Long("current_period_end") <= tx.Now).ToList();
        var covered = SubscriptionView.PeriodOf(due[0]);
        var invoice = SubscriptionInvoices.Draft(tx, subscription, "subscription_cycle", covered);
        foreach (var item in Enumerable.Reverse(due))
        {
            Roll(tx, subscription, item, invoice, trial);
        }

        if (pending)
        {
            SubscriptionInvoices.Sweep(tx, invoice, subscription);
        }

        SubscriptionView.Sync(tx, subscription);
        if (BillingMode.IsFlexible(subscription) && SubscriptionInvoices.IsEmpty(tx, invoice))
        {
            tx.Remove(invoice);
            change.Emit("customer.subscription.updated");
            return null;
        }

        var paused = value["pause_collection"] as JsonObject;
        SubscriptionInvoices.Announce(tx, subscription, invoice, advance: SubscriptionStates.Of(subscription) != "unpaid" && paused?.Text("behavior") != "keep_as_draft");
        OldDiscounts.Retire(tx, subscription, invoice);
        change.Emit("customer.subscription.updated");
        Events.Emit(tx, "invoice.created", invoice);
        return invoice;
    }

    /// <summary>A finalized invoice of a subscription whose collection is paused: true when that was its end.</summary>
    public static bool Shelved(Transaction tx, Stored invoice)
    {
        if (SubscriptionInvoices.Owner(invoice) is not { } id || tx.Find(SubscriptionView.Kind, id)?.Value["pause_collection"] is not JsonObject paused || invoice.Value.Text("status") != "open")
        {
            return false;
        }

        if (paused.Text("behavior") == "void")
        {
            Settlement.Void(tx, invoice);
        }
        else
        {
            Settlement.GiveUp(tx, invoice);
        }

        return true;
    }

    private static (long Time, string What)? Due(Stored subscription)
    {
        var (value, inner, status) = (subscription.Value, subscription.Inner, SubscriptionStates.Of(subscription));
        if (SubscriptionStates.IsOver(status))
        {
            return null;
        }

        var runs = status is "active" or "past_due" or "unpaid" or "trialing";
        (long Time, string What)? first = null;
        Take(status == "incomplete" ? value.Long("created") + SubscriptionPayments.PatienceSeconds : null, "expire");
        Take(At(value["pending_update"]?["expires_at"]), "expire_update");
        Take(At(inner["resume_until"]), "expire_resume");
        Take(At(value["pause_collection"]?["resumes_at"]), "unpause");
        Take(Trials.WarnsAt(subscription), "warn");
        Take(runs && status != "unpaid" ? At(inner["upcoming_at"]) : null, "upcoming");
        Take(status == "incomplete" ? null : At(value["cancel_at"]), "cancel");
        Take(runs ? At(inner["period_end"]) : null, "renew");
        return first;

        void Take(long? time, string what)
        {
            if (time is { } due && (first is null || due < first.Value.Time))
            {
                first = (due, what);
            }
        }
    }

    private static long? At(JsonNode? time) => time is null ? null : time.Long();

    private static void Roll(Transaction tx, Stored subscription, Stored item, Stored invoice, bool trial)
    {
        var (price, old) = (SubscriptionView.Price(tx, item), SubscriptionView.PeriodOf(item));
        var whole = Period.Holding(price.Value, subscription.Value, old.End);
        var next = new Period(old.End, ShortenedPeriods.End(subscription, whole.End));
        (tx.Edit(item)["current_period_start"], item.Value["current_period_end"]) = (next.Start, next.End);
        if (!SubscriptionView.IsMetered(price) && next != whole)
        {
            SubscriptionLines.Shorter(tx, subscription, invoice, item, whole, next);
        }
        else if (!SubscriptionView.IsMetered(price))
        {
            SubscriptionLines.Licensed(tx, invoice, item, next);
        }
        else if (!trial)
        {
            SubscriptionLines.Metered(tx, invoice, item, old, evenNothing: !BillingMode.IsFlexible(subscription));
        }
    }

    private static void Unpause(Transaction tx, Stored subscription)
    {
        var change = new Change(tx, subscription);
        tx.Edit(subscription)["pause_collection"] = null;
        change.Emit("customer.subscription.updated");
    }

    private static void Upcoming(Transaction tx, Stored subscription)
    {
        var shown = Preview.Upcoming(tx, subscription);
        tx.Edit(subscription);
        subscription.Inner["upcoming_at"] = null;
        if (shown is not null)
        {
            Events.Emit(tx, "invoice.upcoming", shown);
        }
    }
}
