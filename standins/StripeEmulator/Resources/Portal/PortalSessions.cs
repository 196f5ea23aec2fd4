using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Resources;

/// <summary>A customer's visit to the portal: whoever has its address is the customer, until it expires.</summary>
public static class PortalSessions
{
    public const string Kind = "billing_portal.session";

    private const long UnusedSeconds = 300;
    private const long IdleSeconds = 3_600;

    private static readonly string[] FlowParts = ["subscription_cancel", "subscription_update", "subscription_update_confirm"];

    public static Reply Create(Call call)
    {
        Parameters.NotEmulated(call, "customer_account", "on_behalf_of");
        var customer = call.Refers("customer", "customer") ?? throw StripeException.Missing("customer");
        var configuration = call.Refers("configuration", PortalConfigurations.Kind) ?? PortalConfigurations.Default(call.Tx);
        if (!configuration.Value.Is("active"))
        {
            throw StripeException.Invalid($"The configuration {configuration.Id} is not active.", "configuration");
        }

        WebAddress.Check(call.Text("return_url"), "return_url");
        var flow = Flow(call, customer, configuration);
        var stored = Add(call.Tx, customer, configuration, call.Text("return_url") ?? configuration.Value.Text("default_return_url"), call.Text("locale"), flow);
        return stored;
    }

    /// <summary>A new session; its address holds a secret of its own.</summary>
    public static Stored Add(Transaction tx, Stored customer, Stored configuration, string? returnUrl, string? locale, JsonObject? flow)
    {
        var id = tx.Ids.New("bps");
        var stored = tx.Add(Kind, id, new JsonObject
        {
            ["id"] = id, ["object"] = Kind, ["configuration"] = configuration.Id, ["created"] = tx.Now, ["customer"] = customer.Id, ["customer_account"] = null,
            ["flow"] = flow, ["livemode"] = tx.Scope.Livemode, ["locale"] = locale, ["on_behalf_of"] = null, ["return_url"] = returnUrl, ["url"] = "",
        }, new JsonObject { ["token"] = (tx.Scope.Livemode ? "live_" : "test_") + tx.Ids.Letter(48), ["used"] = null });
        Events.Emit(tx, "billing_portal.session.created", stored);
        return stored;
    }

    public static void Complete(Transaction tx, Stored stored, JsonObject json) => json["url"] = $"{tx.Engine.PublicUrl}{Path(stored)}";

    /// <summary>The session's address without the host.</summary>
    public static string Path(Stored session) => $"/p/session/{session.Inner.Text("token")}";

    /// <summary>Unused it lives five minutes, afterwards an hour from visit to visit.</summary>
    public static bool IsAlive(Stored session, long now) => session.Inner["used"] is null
        ? now <= session.Value.Long("created") + UnusedSeconds
        : now <= session.Inner.Long("used") + IdleSeconds;

    private static JsonObject? Flow(Call call, Stored customer, Stored configuration)
    {
        if (call.Hash("flow_data") is not { } sent)
        {
            return null;
        }

        var type = sent.Text("type")!;
        foreach (var part in FlowParts.Where(sent.ContainsKey))
        {
            if (part != type)
            {
                throw StripeException.Invalid($"You may only specify `flow_data[{part}]` when `flow_data[type]` is `{part}`.", $"flow_data[{part}]");
            }
        }

        var feature = type == "subscription_update_confirm" ? "subscription_update" : type;
        if (!PortalConfigurations.Feature(configuration, feature).Is("enabled"))
        {
            throw StripeException.Invalid($"The `{type}` flow needs the feature `{feature}`, which the portal configuration {configuration.Id} does not enable.", "flow_data[type]");
        }

        if (type != "payment_method_update")
        {
            Subscription(call, sent[type] as JsonObject ?? throw StripeException.Missing($"flow_data[{type}]"), type, customer);
        }

        return Shape(sent, type);
    }

    private static void Subscription(Call call, JsonObject part, string type, Stored customer)
    {
        var param = $"flow_data[{type}][subscription]";
        var subscription = call.Referred("subscription", part.Text("subscription")!, param);
        if (subscription.Value.Text("customer") != customer.Id)
        {
            throw StripeException.NoSuch("subscription", subscription.Id, param);
        }

        if (subscription.Value.Text("status") is "canceled" or "incomplete_expired")
        {
            throw StripeException.Invalid($"The subscription {subscription.Id} has a status of `{subscription.Value.Text("status")}` and cannot be changed.", param);
        }

        if (type == "subscription_cancel" && (subscription.Value.Is("cancel_at_period_end") || subscription.Value["cancel_at"] is not null))
        {
            throw StripeException.Invalid($"The subscription {subscription.Id} is already set to cancel.", param);
        }

        if (part["retention"] is not null || part["discounts"] is JsonArray { Count: > 0 })
        {
            throw StripeException.Invalid($"The Stripe emulator does not support '{(part["retention"] is null ? "discounts" : "retention")}' in a portal flow.", $"flow_data[{type}]");
        }

        foreach (var item in part["items"] as JsonArray ?? [])
        {
            var known = call.Referred("subscription_item", item!.AsObject().Text("id")!, $"flow_data[{type}][items][0][id]");
            if (known.Value.Text("subscription") != subscription.Id)
            {
                throw StripeException.NoSuch("subscription_item", known.Id, $"flow_data[{type}][items][0][id]");
            }

            if (item.AsObject().Text("price") is { } price)
            {
                call.Referred("price", price, $"flow_data[{type}][items][0][price]");
            }
        }
    }

    private static JsonObject Shape(JsonObject sent, string type)
    {
        var after = sent["after_completion"] as JsonObject;
        var redirect = (after?["redirect"] as JsonObject)?.Text("return_url");
        if (after?.Text("type") == "redirect" && redirect is null)
        {
            throw StripeException.Missing("flow_data[after_completion][redirect]");
        }

        WebAddress.Check(redirect, "flow_data[after_completion][redirect][return_url]");
        var (part, confirm) = (sent[type] as JsonObject, type == "subscription_update_confirm");
        JsonObject? Only(string name) => type == name ? new JsonObject { ["subscription"] = part!.Text("subscription") } : null;
        var cancel = Only("subscription_cancel");
        if (cancel is not null)
        {
            cancel["retention"] = null;
        }

        return new JsonObject
        {
            ["after_completion"] = new JsonObject
            {
                ["hosted_confirmation"] = after?.Text("type") == "hosted_confirmation"
                    ? new JsonObject { ["custom_message"] = (after["hosted_confirmation"] as JsonObject)?.Text("custom_message") }
                    : null,
                ["redirect"] = redirect is null ? null : new JsonObject { ["return_url"] = redirect },
                ["type"] = after?.Text("type") ?? "portal_homepage",
            },
            ["subscription_cancel"] = cancel,
            ["subscription_update"] = Only("subscription_update"),
            ["subscription_update_confirm"] = confirm ? Confirmed(part!) : null,
            ["type"] = type,
        };
    }

    private static JsonObject Confirmed(JsonObject part)
    {
        var items = new JsonArray();
        foreach (var item in part["items"]!.AsArray().OfType<JsonObject>())
        {
            var shaped = Parameters.Shape(item, "id", "price")!;
            if (item["quantity"] is { } quantity)
            {
                shaped["quantity"] = quantity.DeepClone();
            }

            items.Add((JsonNode)shaped);
        }

        return new JsonObject { ["discounts"] = null, ["items"] = items, ["subscription"] = part.Text("subscription") };
    }
}
