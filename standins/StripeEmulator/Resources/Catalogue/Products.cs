using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Resources;

/// <summary>What is sold. Its id may be the caller's; it can be deleted only while it has no prices.</summary>
public static class Products
{
    private const string Url = "/v1/products";
    private const int MostImages = 8;
    private const int MostFeatures = 15;

    public static Reply Create(Call call)
    {
        var stored = Add(call.Tx, call.Text("id"), "id");
        Apply(call, stored.Value);
        Events.Emit(call.Tx, "product.created", stored);
        if (call.Hash("default_price_data") is { } data)
        {
            var price = Prices.Add(call, stored, data, "default_price_data");
            call.Tx.Edit(stored)["default_price"] = price.Id;
        }

        return stored;
    }

    /// <summary>The product that a price makes along with itself.</summary>
    public static Stored FromPrice(Call call, JsonObject data, string prefix)
    {
        var stored = Add(call.Tx, data.Text("id"), $"{prefix}[id]");
        foreach (var name in (string[])["active", "name", "statement_descriptor", "tax_code", "unit_label"])
        {
            if (data[name] is { } value)
            {
                stored.Value[name] = value.DeepClone();
            }
        }

        Metadata.Merge(data["metadata"] as JsonObject ?? [], stored.Value);
        Events.Emit(call.Tx, "product.created", stored);
        return stored;
    }

    public static Reply Retrieve(Call call) => call.Named("product");

    public static Reply List(Call call)
    {
        var ids = (call.Params["ids"] as JsonArray)?.Select(i => i!.GetValue<string>()).ToHashSet(StringComparer.Ordinal);
        return Paging.List(call, "product", Url, s =>
            Paging.InRange(call, "created", s.Value["created"]) && Paging.Same(call, "type", s) && Paging.Same(call, "url", s)
            && (ids is null || ids.Contains(s.Id))
            && (call.Flag("active") is not { } active || s.Value.Is("active") == active)
            && (call.Flag("shippable") is not { } shippable || s.Value.Is("shippable") == shippable));
    }

    public static Reply Search(Call call) =>
        Api.Search.Run(call, "product", Url + "/search", "active", "description", "name", "shippable", "url");

    public static Reply Update(Call call)
    {
        var stored = call.Named("product");
        var change = new Change(call.Tx, stored);
        var product = call.Tx.Edit(stored);
        if (call.Has("default_price"))
        {
            var price = call.Refers("default_price", "price");
            if (price is not null && price.Value.Text("product") != stored.Id)
            {
                throw StripeException.Invalid($"The price specified as default_price belongs to a different product: {price.Value.Text("product")}.", "default_price");
            }

            if (price?.Value.Is("active") == false)
            {
                throw StripeException.Invalid("The price specified as default_price is inactive. Only active prices can be a default price.", "default_price");
            }

            product["default_price"] = price?.Id;
        }

        Apply(call, product);
        product["updated"] = call.Tx.Now;
        change.Emit("product.updated");
        return stored;
    }

    public static Reply Delete(Call call)
    {
        var stored = call.Named("product");
        if (Prices.Of(call.Tx, stored).Any())
        {
            throw StripeException.Invalid("This product cannot be deleted because it has one or more user-created prices.", "id");
        }

        Events.Emit(call.Tx, "product.deleted", stored);
        call.Tx.Remove(stored);
        return new JsonObject { ["id"] = stored.Id, ["object"] = "product", ["deleted"] = true };
    }

    private static Stored Add(Transaction tx, string? wished, string param)
    {
        if (wished is not null && tx.Find("product", wished) is not null)
        {
            throw StripeException.Invalid("Product already exists.", param, "resource_already_exists");
        }

        var id = wished ?? tx.Ids.New("prod");
        return tx.Add("product", id, new JsonObject
        {
            ["id"] = id, ["object"] = "product", ["active"] = true, ["created"] = tx.Now, ["default_price"] = null, ["description"] = null, ["images"] = new JsonArray(),
            ["livemode"] = tx.Scope.Livemode, ["marketing_features"] = new JsonArray(), ["metadata"] = new JsonObject(), ["name"] = null, ["package_dimensions"] = null,
            ["shippable"] = null, ["statement_descriptor"] = null, ["tax_code"] = null, ["type"] = "service", ["unit_label"] = null, ["updated"] = tx.Now, ["url"] = null,
        });
    }

    private static void Apply(Call call, JsonObject product)
    {
        Parameters.Copy(call, product, "active", "description", "name", "shippable", "statement_descriptor", "tax_code", "type", "unit_label", "url");
        Metadata.Merge(call, product);
        if (call.Has("images"))
        {
            product["images"] = call.Params["images"]?.DeepClone() ?? new JsonArray();
            Most(product["images"]!.AsArray(), MostImages, "images");
        }

        if (call.Has("marketing_features"))
        {
            product["marketing_features"] = Features(call.Params["marketing_features"]);
            Most(product["marketing_features"]!.AsArray(), MostFeatures, "marketing_features");
        }

        if (call.Has("package_dimensions"))
        {
            product["package_dimensions"] = call.Hash("package_dimensions") is { } sent ? Dimensions(sent) : null;
        }
    }

    private static JsonArray Features(JsonNode? sent) =>
        [.. (sent as JsonObject ?? []).Select(f => new JsonObject { ["name"] = (f.Value as JsonObject)?.Text("name") ?? throw StripeException.Missing($"marketing_features[{f.Key}][name]") })];

    private static JsonObject Dimensions(JsonObject sent)
    {
        var made = new JsonObject();
        foreach (var name in (string[])["height", "length", "weight", "width"])
        {
            var text = sent.Text(name) ?? throw StripeException.Missing($"package_dimensions[{name}]");
            made[name] = Decimals.Read(text, $"package_dimensions[{name}]", 2);
        }

        return made;
    }

    private static void Most(JsonArray list, int most, string param)
    {
        if (list.Count > most)
        {
            throw StripeException.TooMany(param, most);
        }
    }
}
