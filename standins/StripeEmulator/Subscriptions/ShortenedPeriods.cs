using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Resources;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Subscriptions;

/// <summary>A subscription that ends at a time of its own (<c>cancel_at</c>) is not billed for what comes after it.</summary>
public static class ShortenedPeriods
{
    /// <summary>The end of a period that would last until then.</summary>
    public static long End(Stored subscription, long whole) =>
        subscription.Value["cancel_at"] is not null && !subscription.Value.Is("cancel_at_period_end") ? Math.Min(whole, subscription.Value.Long("cancel_at")) : whole;

    /// <summary>After <c>cancel_at</c> has changed: periods under way end with the subscription or last as long as they would, and the difference is prorated.</summary>
    public static void Adjust(Transaction tx, Stored subscription, bool prorates)
    {
        if (SubscriptionStates.Of(subscription) is not ("active" or "past_due" or "unpaid"))
        {
            return;
        }

        foreach (var item in SubscriptionView.Items(tx, subscription))
        {
            var (price, quantity, now) = (SubscriptionView.Price(tx, item), SubscriptionView.Quantity(item), SubscriptionView.PeriodOf(item));
            var end = End(subscription, Period.EndAfter(price.Value, subscription.Value, now.Start));
            if (end == now.End)
            {
                continue;
            }

            if (prorates && !SubscriptionView.IsMetered(price) && end < now.End)
            {
                Proration.Credit(tx, subscription, item, price, quantity, now, end);
            }
            else if (prorates && !SubscriptionView.IsMetered(price))
            {
                Proration.Charge(tx, subscription, item, price, quantity, now with { End = end }, now.End);
            }

            tx.Edit(item)["current_period_end"] = end;
        }

        SubscriptionView.Sync(tx, subscription);
    }
}
