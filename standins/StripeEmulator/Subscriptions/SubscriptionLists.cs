using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Resources;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Subscriptions;

/// <summary>Reading subscriptions: one, a page of them, or what a search finds.</summary>
public static class SubscriptionLists
{
    private const string Url = "/v1/subscriptions";

    public static Reply Retrieve(Call call) => call.Named(SubscriptionView.Kind);

    public static Reply List(Call call)
    {
        var price = call.Text("price") ?? call.Text("plan");
        bool Filter(Stored s) => Wanted(call.Text("status"), SubscriptionStates.Of(s))
            && Paging.InRange(call, "created", s.Value["created"]) && Paging.Same(call, "customer", s) && Paging.Same(call, "collection_method", s)
            && (call.Hash("automatic_tax") is not { } tax || tax.Is("enabled") == s.Value["automatic_tax"]!.AsObject().Is("enabled"))
            && (price is null || SubscriptionView.Items(call.Tx, s).Any(i => i.Value.Text("price") == price))
            && Within(call, s, "current_period_start") && Within(call, s, "current_period_end");
        return call.Text("customer") is { } customer
            ? Paging.Referring(call, SubscriptionView.Kind, "customer", call.Referred("customer", customer, "customer").Id, Url, Filter)
            : Paging.List(call, SubscriptionView.Kind, Url, Filter);
    }

    public static Reply Search(Call call) => Api.Search.Run(call, SubscriptionView.Kind, Url + "/search", "created", "status", "canceled_at");

    /// <summary>A customer's subscriptions that are not canceled, newest first.</summary>
    public static IEnumerable<Stored> Running(Transaction tx, string customer) =>
        tx.Store.Referring(SubscriptionView.Kind, "customer", customer).Reverse().Where(s => !SubscriptionStates.IsOver(s));

    private static bool Wanted(string? asked, string status) => asked switch
    {
        null => status != "canceled",
        "all" => true,
        "ended" => SubscriptionStates.IsOver(status),
        _ => status == asked,
    };

    private static bool Within(Call call, Stored subscription, string name) =>
        !call.Has(name) || SubscriptionView.Items(call.Tx, subscription).Any(i => Paging.InRange(call, name, i.Value[name]));
}
