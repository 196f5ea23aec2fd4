using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Resources;

/// <summary>What a product costs. Amounts, currency and interval never change; a recurring price also shows as the plan it once was.</summary>
public static class Prices
{
    private const string Url = "/v1/prices";

    public static Reply Create(Call call)
    {
        if (call.Has("product") == call.Has("product_data"))
        {
            throw call.Has("product") ? StripeException.Exclusive("product", "product_data") : StripeException.Missing("product");
        }

        var product = call.Hash("product_data") is { } data ? Products.FromPrice(call, data, "product_data") : call.Refers("product", "product")!;
        return Add(call, product, call.Params, "");
    }

    public static Reply Retrieve(Call call) => call.Named("price", param: "price");

    public static Reply List(Call call)
    {
        var recurring = call.Hash("recurring");
        var keys = (call.Params["lookup_keys"] as JsonArray)?.Select(k => k!.GetValue<string>()).ToHashSet(StringComparer.Ordinal);
        if (keys?.Count > 10)
        {
            throw StripeException.TooMany("lookup_keys", 10);
        }

        bool Filter(Stored s) => Paging.InRange(call, "created", s.Value["created"]) && Paging.Same(call, "currency", s) && Paging.Same(call, "type", s) && Paging.Same(call, "product", s)
            && (call.Flag("active") is not { } active || s.Value.Is("active") == active)
            && (keys is null || s.Value.Text("lookup_key") is { } key && keys.Contains(key))
            && (recurring is null || s.Value["recurring"] is JsonObject own && recurring.All(r => own.Text(r.Key) == recurring.Text(r.Key)));
        return call.Text("product") is { } product ? Paging.Referring(call, "price", "product", product, Url, Filter) : Paging.List(call, "price", Url, Filter);
    }

    public static Reply Search(Call call) =>
        Api.Search.Run(call, "price", Url + "/search", "active", "currency", "lookup_key", "product", "type");

    public static Reply Update(Call call)
    {
        var (tx, stored) = (call.Tx, call.Named("price", param: "price"));
        var (change, plan) = (new Change(tx, stored), Plans.Of(stored));
        var price = tx.Edit(stored);
        if (call.Text("tax_behavior") is { } behavior && behavior != price.Text("tax_behavior"))
        {
            price["tax_behavior"] = price.Text("tax_behavior") == "unspecified"
                ? behavior
                : throw StripeException.Invalid("The tax behavior of a price cannot be changed once it is set to `inclusive` or `exclusive`.", "tax_behavior");
        }

        if (call.Flag("active") == false && tx.Find("product", price.Text("product")!)?.Value.Text("default_price") == stored.Id)
        {
            throw StripeException.Invalid("This price cannot be archived because it is the default price of its product.", "active");
        }

        Parameters.Copy(call, price, "active", "nickname");
        Metadata.Merge(call, price);
        if (call.Has("lookup_key"))
        {
            Key(tx, stored, call.Text("lookup_key"), call.Flag("transfer_lookup_key") == true);
        }

        if (call.Has("currency_options"))
        {
            var options = (stored.Inner["currency_options"] as JsonObject)?.Clone() ?? [];
            foreach (var (currency, option) in PriceModel.Options(call.Params["currency_options"], price, "currency_options"))
            {
                options[currency] = option?.DeepClone();
            }

            stored.Inner["currency_options"] = options;
        }

        change.Emit("price.updated");
        if (plan is not null)
        {
            Events.Emit(tx, "plan.updated", Plans.Of(stored)!, plan.Value);
        }

        return stored;
    }

    public static IEnumerable<Stored> Of(Transaction tx, Stored product) =>
        tx.Store.Referring("price", "product", product.Id).Where(p => p.Scope == tx.Scope);

    /// <summary>The inactive price that stands for a <c>price_data</c>; with <c>product_data</c> its product is made too.</summary>
    public static Stored FromData(Call call, JsonObject data, string prefix)
    {
        if (data["product"] is not null == data["product_data"] is not null)
        {
            throw data["product"] is null ? StripeException.Missing($"{prefix}[product]") : StripeException.Exclusive($"{prefix}[product]", $"{prefix}[product_data]");
        }

        var product = data["product_data"] is JsonObject made
            ? Products.FromPrice(call, made, $"{prefix}[product_data]")
            : call.Referred("product", data.Text("product")!, $"{prefix}[product]");
        var priced = data.Clone();
        priced["active"] = false;
        return Add(call, product, priced, prefix);
    }

    /// <summary>A new price of the product, from the parameters of this hash.</summary>
    public static Stored Add(Call call, Stored product, JsonObject sent, string prefix)
    {
        var (tx, id) = (call.Tx, call.Tx.Ids.New("price"));
        var price = new JsonObject
        {
            ["id"] = id, ["object"] = "price", ["active"] = sent["active"]?.DeepClone() ?? true, ["billing_scheme"] = "per_unit", ["created"] = tx.Now,
            ["currency"] = Currencies.Check(sent.Text("currency")!, ParameterCheck.Name(prefix, "currency")), ["custom_unit_amount"] = null, ["livemode"] = tx.Scope.Livemode,
            ["lookup_key"] = null, ["metadata"] = new JsonObject(), ["nickname"] = sent.Text("nickname"), ["product"] = product.Id, ["recurring"] = null,
            ["tax_behavior"] = sent.Text("tax_behavior") ?? "unspecified", ["tiers_mode"] = null, ["transform_quantity"] = null, ["type"] = "one_time",
            ["unit_amount"] = null, ["unit_amount_decimal"] = null,
        };
        Metadata.Merge(sent["metadata"] as JsonObject ?? [], price);
        var inner = new JsonObject();
        PriceModel.Read(call, sent, prefix, price, inner);
        var stored = tx.Add("price", id, price, inner);
        if (sent.Text("lookup_key") is { } key)
        {
            Key(tx, stored, key, sent.Is("transfer_lookup_key"));
        }

        Events.Emit(tx, "price.created", stored);
        if (Plans.Of(stored) is { } plan)
        {
            Events.Emit(tx, "plan.created", plan);
        }

        return stored;
    }

    /// <summary>One price has a lookup key at a time; transferring takes it from the other one.</summary>
    private static void Key(Transaction tx, Stored stored, string? key, bool transfer)
    {
        if (key?.Length > 200)
        {
            throw StripeException.TooLong("lookup_key", 200);
        }

        var other = key is null ? null : tx.Store.Referring("price", "lookup_key", key).FirstOrDefault(p => p.Id != stored.Id && p.Scope == tx.Scope);
        if (other is not null)
        {
            if (!transfer)
            {
                throw StripeException.Invalid($"A price (`{other.Id}`) already uses that lookup key.", "lookup_key");
            }

            var change = new Change(tx, other);
            tx.Edit(other)["lookup_key"] = null;
            change.Emit("price.updated");
        }

        tx.Edit(stored)["lookup_key"] = key;
    }
}
