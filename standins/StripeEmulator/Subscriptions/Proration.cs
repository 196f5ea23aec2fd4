using System.Globalization;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Resources;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Subscriptions;

/// <summary>What a part of a period costs, to the second: a credit for what is not used any more, a charge for what remains.</summary>
public static class Proration
{
    /// <summary>The price's amount for the part of the full period, after the discounts that apply now, rounded half up.</summary>
    public static long Amount(Transaction tx, Stored subscription, Stored item, Stored price, decimal quantity, Period full, Period part)
    {
        var whole = Discounted(tx, subscription, item, price, PriceAmounts.Total(price, quantity, subscription.Value.Text("currency")));
        return full.End == full.Start ? 0 : Decimals.HalfUp(whole * (part.End - part.Start) / (full.End - full.Start));
    }

    public static void Line(Transaction tx, Stored subscription, Stored item, Stored price, decimal quantity, Period full, Period part, Stored? invoice, string description) =>
        PendingInvoiceItems.Add(tx, subscription, item, description, Amount(tx, subscription, item, price, quantity, full, part), quantity, price, part, proration: true, invoice);

    /// <summary>Gives back what the item would have cost until the end of its period.</summary>
    public static void Credit(Transaction tx, Stored subscription, Stored item, Stored price, decimal quantity, Period period, long time)
    {
        if (quantity == 0 || time >= period.End)
        {
            return;
        }

        var debit = BillingMode.IsFlexible(subscription) ? Debit.Of(tx, subscription, item, period.End) : null;
        var amount = debit?.Left(time, period.End)
            ?? (BillingMode.IsFlexible(subscription) ? 0 : Amount(tx, subscription, item, price, quantity, Full(price, period), new Period(time, period.End)));
        if (amount == 0 && BillingMode.IsFlexible(subscription))
        {
            return;
        }

        var credit = PendingInvoiceItems.Add(tx, subscription, item, $"Unused time on {Named(tx, price, quantity)} after {Day(time)}", -amount, quantity, price, new Period(time, period.End), proration: true, null);
        if (debit is not null)
        {
            tx.Edit(credit)["proration_details"]!["credited_items"] = debit.Credited;
        }
    }

    /// <summary>Charges what the item costs from now to the end of its period.</summary>
    public static void Charge(Transaction tx, Stored subscription, Stored item, Stored price, decimal quantity, Period period, long time)
    {
        if (quantity == 0 || time >= period.End)
        {
            return;
        }

        var amount = Amount(tx, subscription, item, price, quantity, Full(price, period), new Period(time, period.End));
        PendingInvoiceItems.Add(tx, subscription, item, $"Remaining time on {Named(tx, price, quantity)} after {Day(time)}", amount, quantity, price, new Period(time, period.End), proration: true, null);
    }

    // A first period up to an anchor is a part of a whole one.
    private static Period Full(Stored price, Period period)
    {
        var whole = Period.EndingAt(price.Value, period.End);
        return whole.Start < period.Start ? whole : period;
    }

    private static decimal Discounted(Transaction tx, Stored subscription, Stored item, Stored price, long amount)
    {
        decimal left = amount;
        foreach (var discount in InvoiceView.DiscountsOf(tx, item.Value).Concat(InvoiceView.DiscountsOf(tx, subscription.Value)))
        {
            var coupon = Discounts.CouponOf(discount);
            if (discount.Inner["applies_to"]?["products"] is System.Text.Json.Nodes.JsonArray products && !products.Any(p => p!.GetValue<string>() == price.Value.Text("product")))
            {
                continue;
            }

            left = coupon["percent_off"] is { } percent
                ? left * (100 - Decimals.Of(percent.ToString())) / 100
                : Math.Max(0, left - (discount.Inner["currency_options"]?[subscription.Value.Text("currency")!]?["amount_off"]).Long());
        }

        return left;
    }

    private static string Named(Transaction tx, Stored price, decimal quantity) =>
        quantity == 1 ? SubscriptionLines.Product(tx, price) : $"{Decimals.Show(quantity)} × {SubscriptionLines.Product(tx, price)}";

    private static string Day(long time) => DateTimeOffset.FromUnixTimeSeconds(time).ToString("dd MMM yyyy", CultureInfo.InvariantCulture);
}
