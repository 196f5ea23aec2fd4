using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Resources;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Subscriptions;

/// <summary>What is on a first invoice: the trial at no price, a whole period, or the part of one up to the anchor; time gone by before it; one-time prices.</summary>
public static class FirstLines
{
    public static void Put(Call call, Stored subscription, Stored invoice, List<Stored> items)
    {
        var (tx, prorates, flexible) = (call.Tx, call.Text("proration_behavior") != "none", BillingMode.IsFlexible(subscription));
        var trial = subscription.Value.Text("status") == "trialing";
        foreach (var item in Enumerable.Reverse(items))
        {
            var (price, period) = (SubscriptionView.Price(tx, item), SubscriptionView.PeriodOf(item));
            if (SubscriptionView.IsMetered(price))
            {
                SubscriptionLines.Metered(tx, invoice, item, new Period(tx.Now, tx.Now), evenNothing: !flexible);
                continue;
            }

            // Up to an anchor that is further away, at the end of a longer month, nothing is whole either.
            var whole = period.End == Period.Later(price.Value, period.Start);
            if (trial)
            {
                SubscriptionLines.Licensed(tx, invoice, item, period, trial: true);
            }
            else if (whole)
            {
                SubscriptionLines.Licensed(tx, invoice, item, period);
            }
            else if (prorates)
            {
                SubscriptionLines.Shorter(tx, subscription, invoice, item, Period.Holding(price.Value, subscription.Value, period.Start), period);
            }

            var start = subscription.Value.Long("start_date");
            if (start < tx.Now && prorates)
            {
                var back = new Period(start, tx.Now);
                Proration.Line(tx, subscription, item, price, SubscriptionView.Quantity(item), new Period(start, Period.Later(price.Value, start)), back, invoice, $"{Quantity(item)}{SubscriptionLines.Product(tx, price)}");
            }
        }

        AddInvoiceItems.Put(call, subscription, invoice);
        SubscriptionInvoices.Sweep(tx, invoice, subscription);
    }

    private static string Quantity(Stored item) => $"{item.Value.Long("quantity")} × ";
}
