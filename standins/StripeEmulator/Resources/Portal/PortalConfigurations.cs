using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Resources;

/// <summary>What customers may do in the portal. Each account has a default one, made when it is first needed, that allows everything but changing plans.</summary>
public static class PortalConfigurations
{
    public const string Kind = "billing_portal.configuration";

    private const string Url = "/v1/billing_portal/configurations";

    public static Reply Create(Call call)
    {
        var stored = Add(call.Tx, isDefault: false);
        Apply(call, stored);
        Events.Emit(call.Tx, "billing_portal.configuration.created", stored);
        return stored;
    }

    public static Reply Retrieve(Call call) => call.Named(Kind, param: "configuration");

    public static Reply List(Call call)
    {
        Default(call.Tx);
        return Paging.List(call, Kind, Url, s =>
            (call.Flag("active") is not { } active || s.Value.Is("active") == active)
            && (call.Flag("is_default") is not { } isDefault || s.Value.Is("is_default") == isDefault));
    }

    public static Reply Update(Call call)
    {
        var stored = call.Named(Kind, param: "configuration");
        var change = new Change(call.Tx, stored);
        var value = call.Tx.Edit(stored);
        if (call.Flag("active") is { } active)
        {
            value["active"] = active || !value.Is("is_default") ? active : throw StripeException.Invalid("You cannot deactivate the default configuration.", "active");
        }

        Apply(call, stored);
        value["updated"] = call.Tx.Now;
        change.Emit("billing_portal.configuration.updated");
        return stored;
    }

    /// <summary>The account's default configuration.</summary>
    public static Stored Default(Transaction tx)
    {
        if (tx.Store.OfKind(tx.Scope, Kind).FirstOrDefault(c => c.Value.Is("is_default")) is { } known)
        {
            return known;
        }

        var made = Add(tx, isDefault: true);
        var features = made.Value["features"]!.AsObject();
        features["customer_update"] = new JsonObject { ["allowed_updates"] = new JsonArray("name", "email", "phone", "address"), ["enabled"] = true };
        features["invoice_history"]!["enabled"] = true;
        features["payment_method_update"]!["enabled"] = true;
        features["subscription_cancel"]!["enabled"] = true;
        return made;
    }

    /// <summary>Where its customers log in: the address stays the same for good.</summary>
    public static void Complete(Transaction tx, Stored stored, JsonObject json)
    {
        var login = json["login_page"]!.AsObject();
        login["url"] = login.Is("enabled") ? $"{tx.Engine.PublicUrl}/p/login/{stored.Inner.Text("token")}" : null;
        json["features"]!["subscription_update"]!.AsObject().Remove("products");
    }

    /// <summary>One feature of a configuration.</summary>
    public static JsonObject Feature(Stored configuration, string name) => configuration.Value["features"]![name]!.AsObject();

    private static Stored Add(Transaction tx, bool isDefault)
    {
        var id = tx.Ids.New("bpc");
        return tx.Add(Kind, id, new JsonObject
        {
            ["id"] = id, ["object"] = Kind, ["active"] = true, ["application"] = null,
            ["business_profile"] = new JsonObject { ["headline"] = null, ["privacy_policy_url"] = null, ["terms_of_service_url"] = null },
            ["created"] = tx.Now, ["default_return_url"] = null,
            ["features"] = new JsonObject
            {
                ["customer_update"] = new JsonObject { ["allowed_updates"] = new JsonArray(), ["enabled"] = false },
                ["invoice_history"] = new JsonObject { ["enabled"] = false },
                ["payment_method_update"] = new JsonObject { ["enabled"] = false, ["payment_method_configuration"] = null },
                ["subscription_cancel"] = new JsonObject
                {
                    ["cancellation_reason"] = new JsonObject { ["enabled"] = false, ["options"] = new JsonArray() },
                    ["enabled"] = false, ["mode"] = "at_period_end", ["proration_behavior"] = "none",
                },
                ["subscription_update"] = new JsonObject
                {
                    ["billing_cycle_anchor"] = null, ["default_allowed_updates"] = new JsonArray(), ["enabled"] = false, ["products"] = null,
                    ["proration_behavior"] = "none", ["schedule_at_period_end"] = new JsonObject { ["conditions"] = new JsonArray() },
                    ["trial_update_behavior"] = "end_trial",
                },
            },
            ["is_default"] = isDefault, ["livemode"] = tx.Scope.Livemode, ["login_page"] = new JsonObject { ["enabled"] = false, ["url"] = null },
            ["metadata"] = new JsonObject(), ["name"] = null, ["updated"] = tx.Now,
        }, new JsonObject { ["token"] = (tx.Scope.Livemode ? "" : "test_") + tx.Ids.Letter(20) });
    }

    private static void Apply(Call call, Stored stored)
    {
        var value = stored.Value;
        Parameters.Copy(call, value, "default_return_url", "name");
        Metadata.Merge(call, value);
        WebAddress.Check(call.Text("default_return_url"), "default_return_url");
        if (call.Hash("business_profile") is { } profile)
        {
            Take(profile, value["business_profile"]!.AsObject());
            WebAddress.Check(profile.Text("privacy_policy_url"), "business_profile[privacy_policy_url]");
            WebAddress.Check(profile.Text("terms_of_service_url"), "business_profile[terms_of_service_url]");
        }

        if (call.Hash("login_page") is { } login)
        {
            value["login_page"]!["enabled"] = login.Is("enabled");
        }

        foreach (var (name, sent) in call.Hash("features") ?? [])
        {
            Take(sent!.AsObject(), value["features"]![name]!.AsObject());
        }

        Consistent(call, Feature(stored, "customer_update"), Feature(stored, "subscription_update"));
    }

    /// <summary>Copies what was sent, hash by hash; an emptied list stays a list.</summary>
    private static void Take(JsonObject sent, JsonObject target)
    {
        foreach (var (name, value) in sent)
        {
            if (value is JsonObject hash && target[name] is JsonObject inside)
            {
                Take(hash, inside);
            }
            else
            {
                target[name] = value?.DeepClone() ?? (target[name] is JsonArray ? new JsonArray() : null);
            }
        }
    }

    private static void Consistent(Call call, JsonObject customer, JsonObject update)
    {
        if (customer.Is("enabled") && customer["allowed_updates"]!.AsArray().Count == 0)
        {
            throw StripeException.Missing("features[customer_update][allowed_updates]");
        }

        if (update["schedule_at_period_end"]!["conditions"] is JsonArray { Count: > 0 })
        {
            throw StripeException.NotEmulated("features[subscription_update][schedule_at_period_end]");
        }

        if (!update.Is("enabled"))
        {
            return;
        }

        if (update["default_allowed_updates"]!.AsArray().Count == 0)
        {
            throw StripeException.Missing("features[subscription_update][default_allowed_updates]");
        }

        if (update["products"] is not JsonArray { Count: > 0 } products)
        {
            throw StripeException.Missing("features[subscription_update][products]");
        }

        for (var at = 0; at < products.Count; at++)
        {
            var (product, path) = (products[at]!.AsObject(), $"features[subscription_update][products][{at}]");
            var adjustable = product["adjustable_quantity"] as JsonObject;
            product["adjustable_quantity"] = new JsonObject
            {
                ["enabled"] = adjustable?.Is("enabled") ?? false,
                ["maximum"] = adjustable?["maximum"]?.DeepClone(),
                ["minimum"] = adjustable?["minimum"]?.DeepClone() ?? 1,
            };
            call.Referred("product", product.Text("product")!, path + "[product]");
            foreach (var price in product["prices"]!.AsArray())
            {
                var found = call.Referred("price", price!.GetValue<string>(), path + "[prices]");
                if (found.Value.Text("product") != product.Text("product"))
                {
                    throw StripeException.Invalid($"The price {found.Id} does not belong to the product {product.Text("product")}.", path + "[prices]");
                }
            }
        }
    }
}
