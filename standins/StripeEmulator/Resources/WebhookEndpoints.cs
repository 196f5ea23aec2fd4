using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Resources;

/// <summary>Webhook endpoints: the secret is shown at creation only, the API version is pinned then.</summary>
public static class WebhookEndpoints
{
    /// <summary>Of an account, false: its endpoints are given no thin events, whose types are refused as if there were none.</summary>
    public const string ThinEvents = "thin_events";

    private const string Url = "/v1/webhook_endpoints";

    public static Reply Create(Call call)
    {
        if (call.Flag("connect") == true)
        {
            throw StripeException.NotEmulated("connect");
        }

        var (tx, url) = (call.Tx, Address(call));
        if (tx.Store.OfKind(tx.Scope, "webhook_endpoint").Count >= 16)
        {
            throw StripeException.Invalid($"You have reached the maximum of 16 {(tx.Scope.Livemode ? "live" : "test")} webhook endpoints.", "url");
        }

        var version = call.Text("api_version");
        if (version is not null && !ParameterTable.Versions.Contains(version))
        {
            throw StripeException.Invalid($"Invalid api_version: must be one of {string.Join(", ", ParameterTable.Versions.TakeLast(10))}", "api_version");
        }

        var id = tx.Ids.New("we");
        var endpoint = new JsonObject
        {
            ["id"] = id,
            ["object"] = "webhook_endpoint",
            ["api_version"] = version,
            ["application"] = null,
            ["created"] = tx.Now,
            ["description"] = call.Text("description"),
            ["enabled_events"] = Names(call),
            ["livemode"] = tx.Scope.Livemode,
            ["metadata"] = new JsonObject(),
            ["status"] = "enabled",
            ["url"] = url,
        };
        Metadata.Merge(call, endpoint);
        var secret = tx.Ids.Secret("whsec_");
        tx.Add("webhook_endpoint", id, endpoint, new JsonObject { ["secrets"] = new JsonArray(Secret(secret, null)) });
        var shown = endpoint.Clone();
        shown["secret"] = secret;
        return shown;
    }

    public static Reply Retrieve(Call call) => call.Named("webhook_endpoint");

    public static Reply List(Call call) => Paging.List(call, "webhook_endpoint", Url);

    public static Reply Update(Call call)
    {
        var stored = call.Named("webhook_endpoint");
        var endpoint = call.Tx.Edit(stored);
        if (call.Has("url"))
        {
            endpoint["url"] = Address(call);
        }

        if (call.Has("enabled_events"))
        {
            endpoint["enabled_events"] = Names(call);
        }

        if (call.Flag("disabled") is { } disabled)
        {
            endpoint["status"] = disabled ? "disabled" : "enabled";
        }

        Parameters.Copy(call, endpoint, "description");
        Metadata.Merge(call, endpoint);
        return stored;
    }

    public static Reply Delete(Call call)
    {
        var stored = call.Named("webhook_endpoint");
        foreach (var delivery in call.Tx.Store.Referring("delivery", "endpoint", stored.Id).Where(d => d.Value.Text("status") == "pending").ToList())
        {
            call.Tx.Edit(delivery)["status"] = "canceled";
        }

        call.Tx.Remove(stored);
        return new JsonObject { ["id"] = stored.Id, ["object"] = "webhook_endpoint", ["deleted"] = true };
    }

    /// <summary>True when the endpoint is enabled and asked for events of this type.</summary>
    public static bool Hears(Stored endpoint, string type) =>
        endpoint.Value.Text("status") == "enabled"
        && endpoint.Value["enabled_events"]!.AsArray().Any(e => e!.GetValue<string>() is { } name && (name == "*" || name == type));

    /// <summary>True when the endpoint is enabled and named this type: thin events go to nobody who asked for everything.</summary>
    public static bool Chose(Stored endpoint, string type) =>
        endpoint.Value.Text("status") == "enabled" && endpoint.Value["enabled_events"]!.AsArray().Any(e => e!.GetValue<string>() == type);

    /// <summary>Secrets that sign now: the newest, and older ones until their time is over.</summary>
    public static IReadOnlyList<string> Secrets(Stored endpoint, long now) =>
        [.. endpoint.Inner["secrets"]!.AsArray().Select(s => s!.AsObject()).Where(s => s["until"] is null || s.Long("until") > now).Select(s => s.Text("secret")!)];

    /// <summary>A new secret; the old ones sign on for the given time, at most a day.</summary>
    public static string Rotate(Transaction tx, Stored endpoint, long overlapSeconds)
    {
        tx.Edit(endpoint);
        var secrets = endpoint.Inner["secrets"]!.AsArray();
        var until = tx.Now + Math.Clamp(overlapSeconds, 0, 86_400);
        foreach (var old in secrets.Select(s => s!.AsObject()))
        {
            old["until"] = old["until"] is null ? until : Math.Min(until, old.Long("until"));
        }

        var secret = tx.Ids.Secret("whsec_");
        secrets.Insert(0, Secret(secret, null));
        return secret;
    }

    private static JsonObject Secret(string secret, long? until) => new() { ["secret"] = secret, ["until"] = until };

    private static string Address(Call call)
    {
        var text = call.Text("url")!;
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
        {
            throw StripeException.Invalid("Invalid URL: An explicit scheme (such as https) must be provided.", "url", "url_invalid");
        }

        return call.Tx.Scope.Livemode && url.Scheme != "https" && !url.IsLoopback
            ? throw StripeException.Invalid("Invalid URL: URL must be HTTPS in live mode.", "url", "url_invalid")
            : text;
    }

    private static JsonArray Names(Call call)
    {
        var names = call.Params["enabled_events"]!.AsArray();
        if (names.Count == 0)
        {
            throw StripeException.Invalid("Invalid array: enabled_events must have at least one event.", "enabled_events");
        }

        var hasThin = call.Tx.Store.Find("account/" + call.Tx.Scope.Account)?.Inner[ThinEvents]?.GetValue<bool>() != false;
        var known = ParameterTable.Events.Where(type => hasThin || !type.StartsWith("v1.", StringComparison.Ordinal)).ToList();
        for (var at = 0; at < names.Count; at++)
        {
            var name = names[at]!.GetValue<string>();
            if (name != "*" && !known.Contains(name))
            {
                throw StripeException.Invalid($"Invalid enabled_events[{at}]: must be one of *, {string.Join(", ", known.SkipLast(1))}, or {known[^1]}", $"enabled_events[{at}]");
            }
        }

        return names.DeepClone().AsArray();
    }
}
