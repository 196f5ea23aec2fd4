using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Rendering;
using Marketplace.StripeEmulator.Resources;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Subscriptions;

/// <summary>What a subscription shows besides its stored fields: its items, each with its price and the plan that the price once was.</summary>
public static class SubscriptionView
{
    public const string Kind = "subscription";

    public const string ItemKind = "subscription_item";

    /// <summary>Oldest first.</summary>
    public static List<Stored> Items(Transaction tx, Stored subscription) => [.. tx.Store.Referring(ItemKind, "subscription", subscription.Id)];

    public static Stored Price(Transaction tx, Stored item) => tx.Find("price", item.Value.Text("price")!)!;

    public static bool IsMetered(Stored price) => price.Value["recurring"]?["usage_type"]?.GetValue<string>() == "metered";

    public static Period PeriodOf(Stored item) => new(item.Value.Long("current_period_start"), item.Value.Long("current_period_end"));

    public static decimal Quantity(Stored item) => item.Value["quantity"] is null ? 0 : item.Value.Long("quantity");

    public static void Complete(Transaction tx, Stored stored, JsonObject json, string version)
    {
        json["items"] = Renderer.Embedded(tx, Items(tx, stored), $"/v1/subscription_items?subscription={stored.Id}", version);
    }

    public static void CompleteItem(Transaction tx, JsonObject json, string version)
    {
        var price = tx.Find("price", json.Text("price")!)!;
        json["price"] = Renderer.Present(tx, price, version);
        json["plan"] = Plans.Of(price) is { } plan ? Renderer.Present(tx, plan, version) : null;
    }

    /// <summary>The customer's running subscription that the parameter names, or null when it names none.</summary>
    public static Stored? Of(Call call, Stored customer)
    {
        if (call.Refers("subscription", Kind) is not { } subscription)
        {
            return null;
        }

        return subscription.Value.Text("customer") != customer.Id ? throw StripeException.Invalid($"The subscription {subscription.Id} does not belong to the customer {customer.Id}.", "subscription")
            : SubscriptionStates.IsOver(subscription) ? throw StripeException.Invalid("You cannot bill a subscription that has ended.", "subscription")
            : subscription;
    }

    /// <summary>Keeps the next renewal where the timer can read it.</summary>
    public static void Sync(Transaction tx, Stored subscription)
    {
        tx.Edit(subscription);
        var ends = Items(tx, subscription).Select(i => i.Value.Long("current_period_end")).ToList();
        subscription.Inner["period_end"] = ends.Count == 0 ? null : ends.Min();
        var told = ends.Count == 0 ? 0 : ends.Min() - (Dunning.Of(tx).UpcomingDays * 86_400L);
        subscription.Inner["upcoming_at"] = told > tx.Now ? told : null;
        if (subscription.Value.Is("cancel_at_period_end"))
        {
            subscription.Value["cancel_at"] = subscription.Inner["period_end"]?.DeepClone();
        }
    }

    /// <summary>The money that a renewal takes by itself, without usage.</summary>
    public static long Recurring(Transaction tx, IEnumerable<Stored> items, string currency) =>
        items.Select(i => (Item: i, Price: Price(tx, i))).Where(p => !IsMetered(p.Price)).Sum(p => PriceAmounts.Total(p.Price, Quantity(p.Item), currency));
}
