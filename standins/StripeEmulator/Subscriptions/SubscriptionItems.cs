using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Subscriptions;

/// <summary>/v1/subscription_items: each is an update of its subscription with one item.</summary>
public static class SubscriptionItems
{
    private static readonly string[] OfTheUpdate = ["off_session", "payment_behavior", "proration_behavior", "proration_date"];

    public static Reply Create(Call call)
    {
        var subscription = call.Refers("subscription", SubscriptionView.Kind)!;
        var known = SubscriptionView.Items(call.Tx, subscription).Select(i => i.Id).ToHashSet(StringComparer.Ordinal);
        Update(call, subscription, null, []);
        return SubscriptionView.Items(call.Tx, subscription).FirstOrDefault(i => !known.Contains(i.Id))
            ?? throw StripeException.Invalid("This change waits for its payment; see the subscription's `pending_update`.", "payment_behavior");
    }

    public static Reply Retrieve(Call call) => call.Named(SubscriptionView.ItemKind, param: "item");

    public static Reply List(Call call)
    {
        var subscription = call.Refers("subscription", SubscriptionView.Kind)!;
        return Paging.Referring(call, SubscriptionView.ItemKind, "subscription", subscription.Id, $"/v1/subscription_items?subscription={subscription.Id}");
    }

    public static Reply Change(Call call)
    {
        var item = call.Named(SubscriptionView.ItemKind, param: "item");
        Update(call, Of(call, item), item.Id, []);
        return item;
    }

    public static Reply Delete(Call call)
    {
        var item = call.Named(SubscriptionView.ItemKind, param: "item");
        Update(call, Of(call, item), item.Id, new JsonObject { ["deleted"] = true });
        return new JsonObject { ["id"] = item.Id, ["object"] = SubscriptionView.ItemKind, ["deleted"] = true };
    }

    private static Stored Of(Call call, Stored item) => call.Tx.Find(SubscriptionView.Kind, item.Value.Text("subscription")!)!;

    private static void Update(Call call, Stored subscription, string? id, JsonObject more)
    {
        if (SubscriptionStates.IsOver(subscription))
        {
            throw StripeException.Invalid("A canceled subscription can only update its cancellation_details and metadata.");
        }

        var item = more.Clone();
        if (id is not null)
        {
            item["id"] = id;
        }

        var update = new JsonObject();
        foreach (var (name, value) in call.Params.Where(p => p.Key is not ("expand" or "subscription")))
        {
            (OfTheUpdate.Contains(name) ? update : item)[name] = value?.DeepClone();
        }

        update["items"] = new JsonArray(item);
        SubscriptionUpdate.Run(new Call(call.Tx, update, [subscription.Id], call.Version, call.Key), subscription);
    }
}
