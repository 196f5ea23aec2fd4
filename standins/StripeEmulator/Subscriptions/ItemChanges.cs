using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Resources;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Subscriptions;

/// <summary>An item before an update and after it: null where it was not there or is not any more.</summary>
public sealed record ItemChange(Stored Item, Stored? OldPrice, decimal OldQuantity, Period OldPeriod, Stored? NewPrice, decimal NewQuantity)
{
    public bool CostsOtherwise => OldPrice?.Id != NewPrice?.Id || OldQuantity != NewQuantity;

    public bool WasLicensed => OldPrice is not null && !SubscriptionView.IsMetered(OldPrice);

    public bool IsLicensed => NewPrice is not null && !SubscriptionView.IsMetered(NewPrice);
}

/// <summary><c>items[]</c> of an update: changed, added and deleted ones.</summary>
public static class ItemChanges
{
    public static List<ItemChange> Apply(Call call, Stored subscription)
    {
        var (tx, at) = (call.Tx, 0);
        var before = SubscriptionView.Items(tx, subscription).ToDictionary(
            i => i.Id, i => (Item: i, Price: SubscriptionView.Price(tx, i), Quantity: SubscriptionView.Quantity(i), Period: SubscriptionView.PeriodOf(i)), StringComparer.Ordinal);
        foreach (var sent in (call.Params["items"] as JsonArray ?? []).Select(s => s!.AsObject()))
        {
            var prefix = $"items[{at++}]";
            if (sent.Text("id") is not { } id)
            {
                Join(call, subscription, ItemParameters.Add(call, subscription, sent, prefix));
                continue;
            }

            if (!before.TryGetValue(id, out var known) || tx.Find(SubscriptionView.ItemKind, id) is null)
            {
                throw StripeException.NoSuch(SubscriptionView.ItemKind, id, $"{prefix}[id]");
            }

            if (sent.Is("clear_usage") && BillingMode.IsFlexible(subscription))
            {
                throw StripeException.Invalid("`clear_usage` cannot be used with the flexible billing mode.", $"{prefix}[clear_usage]");
            }

            if (sent.Is("deleted"))
            {
                Delete(tx, subscription, known.Item, known.Price, known.Period, sent.Is("clear_usage"), prefix);
            }
            else
            {
                ItemParameters.Change(call, known.Item, subscription, sent, prefix);
            }
        }

        if (at > 0)
        {
            ItemParameters.Demand(tx, subscription);
        }

        var after = SubscriptionView.Items(tx, subscription);
        return
        [
            .. before.Values.Select(b => after.Any(i => i.Id == b.Item.Id)
                ? new ItemChange(b.Item, b.Price, b.Quantity, b.Period, SubscriptionView.Price(tx, b.Item), SubscriptionView.Quantity(b.Item))
                : new ItemChange(b.Item, b.Price, b.Quantity, b.Period, null, 0)),
            .. after.Where(i => !before.ContainsKey(i.Id)).Select(i => new ItemChange(i, null, 0, SubscriptionView.PeriodOf(i), SubscriptionView.Price(tx, i), SubscriptionView.Quantity(i))),
        ];
    }

    /// <summary>Prorations of what costs otherwise now, as pending items.</summary>
    public static void Prorate(Transaction tx, Stored subscription, IEnumerable<ItemChange> changes, long time)
    {
        foreach (var change in changes.Where(c => c.CostsOtherwise))
        {
            if (change.WasLicensed)
            {
                Proration.Credit(tx, subscription, change.Item, change.OldPrice!, change.OldQuantity, change.OldPeriod, time);
            }

            if (change.IsLicensed)
            {
                Proration.Charge(tx, subscription, change.Item, change.NewPrice!, change.NewQuantity, SubscriptionView.PeriodOf(change.Item), time);
            }
        }
    }

    // A new item joins the running cycle.
    private static void Join(Call call, Stored subscription, Stored item)
    {
        var (tx, value) = (call.Tx, subscription.Value);
        var price = SubscriptionView.Price(tx, item);
        var end = value.Text("status") == "trialing" && value.Long("trial_end") > tx.Now ? value.Long("trial_end") : Period.EndAfter(price.Value, value, tx.Now);
        tx.Edit(item)["current_period_end"] = end;
    }

    private static void Delete(Transaction tx, Stored subscription, Stored item, Stored price, Period period, bool clear, string prefix)
    {
        if (SubscriptionView.IsMetered(price) && !clear)
        {
            var used = SubscriptionLines.Used(tx, item, price, period with { End = tx.Now });
            if (used != 0 && !BillingMode.IsFlexible(subscription))
            {
                throw StripeException.Invalid($"The subscription item {item.Id} cannot be deleted because it has usage in the current period. Pass `clear_usage=true` to delete the usage with it.", $"{prefix}[deleted]");
            }

            if (used != 0)
            {
                var amount = PriceAmounts.Total(price, used, subscription.Value.Text("currency"));
                PendingInvoiceItems.Add(tx, subscription, null, $"{used} × {SubscriptionLines.Product(tx, price)}", amount, used, price, period with { End = tx.Now }, proration: false, null);
            }
        }

        tx.Remove(item);
    }
}
