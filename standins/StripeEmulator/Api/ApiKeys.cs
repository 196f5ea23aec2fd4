using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Api;

/// <summary>A key and whose it is. Restricted keys carry what they may do; others may do everything of their kind.</summary>
public sealed record ApiKey(string Text, Scope Scope, JsonObject? Permissions)
{
    public bool Publishable => Text.StartsWith("pk_", StringComparison.Ordinal);

    /// <summary>The key as error messages show it.</summary>
    public string Masked => Mask(Text);

    public static string Mask(string key)
    {
        var mode = key.Split('_') is [var kind, var live, ..] ? $"{kind}_{live}_" : "";
        var shown = Math.Min(4, Math.Max(0, key.Length - mode.Length));
        return mode + new string('*', Math.Max(3, key.Length - mode.Length - shown)) + key[^shown..];
    }
}

/// <summary>
/// Keys say whose they are: <c>sk_test_51</c> + 16 characters belongs to <c>acct_1</c> + the same 16; any other well-formed
/// key to the default account. Restricted keys exist only when made, and any key can be revoked.
/// </summary>
public static partial class ApiKeys
{
    /// <summary>The key of a request, or Stripe's 401.</summary>
    public static ApiKey Of(HttpRequest request, Engine engine)
    {
        var text = Sent(request);
        if (string.IsNullOrEmpty(text))
        {
            throw new StripeException(
                401,
                "invalid_request_error",
                null,
                "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See https://stripe.com/docs/api#authentication for details, or we can help at https://support.stripe.com/.");
        }

        if (text.StartsWith("mes_", StringComparison.Ordinal) && request.Path.StartsWithSegments("/v2/billing/meter_event_stream", StringComparison.Ordinal))
        {
            return Session(text, engine);
        }

        var match = Shape().Match(text);
        var (made, revoked, permissions) = engine.Look(() => engine.Store.Find(text)?.Value is { } known
            ? (true, known.Is("revoked"), known["permissions"]?.DeepClone() as JsonObject)
            : (false, false, null));
        if (!match.Success || revoked || (match.Groups["kind"].Value == "rk" && !made))
        {
            throw Unknown(text);
        }

        return new ApiKey(text, Owner(match, engine), permissions);
    }

    /// <summary>A new key of the account: restricted when permissions are given.</summary>
    public static string Make(Engine engine, string account, bool livemode, JsonObject? permissions)
    {
        var key = $"{(permissions is null ? "sk" : "rk")}_{(livemode ? "live" : "test")}_51{account[6..]}{engine.Ids.Letter(32)}";
        engine.Run(new Scope(account, livemode), Origin.Automatic, transaction => transaction.Add(
            "api_key", key, new JsonObject { ["permissions"] = permissions?.DeepClone(), ["revoked"] = false, ["created"] = transaction.Now })).Durable.Wait();
        return key;
    }

    /// <summary>A restricted key from now on may do other things, as after an edit in the dashboard; false for a key that is not one.</summary>
    public static bool Permit(Engine engine, string key, JsonObject permissions)
    {
        var known = engine.Look(() => engine.Store.Find(key));
        if (known is not { Kind: "api_key" } || known.Value["permissions"] is not JsonObject)
        {
            return false;
        }

        engine.Run(known.Scope, Origin.Automatic, transaction =>
        {
            transaction.Edit(transaction.Find("api_key", key)!)["permissions"] = permissions.DeepClone();
            return true;
        }).Durable.Wait();
        return true;
    }

    /// <summary>From now on the key is refused with 401.</summary>
    public static bool Revoke(Engine engine, string key)
    {
        var match = Shape().Match(key);
        if (!match.Success)
        {
            return false;
        }

        engine.Run(Owner(match, engine), Origin.Automatic, transaction =>
        {
            var known = transaction.Find("api_key", key) ?? transaction.Add("api_key", key, new JsonObject { ["permissions"] = null, ["created"] = transaction.Now });
            return transaction.Edit(known)["revoked"] = true;
        }).Durable.Wait();
        return true;
    }

    /// <summary>Write implies read; reading is GET.</summary>
    public static void Demand(ApiKey key, Endpoint endpoint)
    {
        if (key.Publishable && !endpoint.Publishable)
        {
            throw new StripeException(
                403,
                "invalid_request_error",
                "secret_key_required",
                "This API call cannot be made with a publishable API key. Please use a secret API key. You can find a list of your API keys at https://dashboard.stripe.com/account/apikeys.");
        }

        if (key.Permissions is not { } permissions)
        {
            return;
        }

        var needed = endpoint.Method == "GET" ? "read" : "write";
        var held = permissions.Text(endpoint.Permission) ?? permissions.Text("all") ?? "none";
        if (held != "write" && held != needed)
        {
            throw new StripeException(
                403,
                "invalid_request_error",
                null,
                $"The provided key '{key.Masked}' does not have the required permissions for this endpoint on account '{key.Scope.Account}'. Having the 'rak_{endpoint.Permission}_{needed}' permission would allow this request to continue.");
        }
    }

    /// <summary>The token of a meter event session stands for the key that opened it, for the stream alone.</summary>
    private static ApiKey Session(string token, Engine engine)
    {
        var session = engine.Look(() => engine.Store.Find(token));
        return session is { Kind: Metering.MeterStream.SessionKind } && session.Value.Long("until") > engine.Clock.Seconds
            ? new ApiKey(token, session.Scope, null)
            : throw new StripeException(401, "invalid_request_error", "billing_meter_event_session_expired", "The temporary session token has expired.");
    }

    private static StripeException Unknown(string key) =>
        new(401, "invalid_request_error", null, $"Invalid API Key provided: {ApiKey.Mask(key)}");

    private static Scope Owner(Match key, Engine engine)
    {
        var rest = key.Groups["rest"].Value;
        var account = rest.Length >= 18 && rest.StartsWith("51", StringComparison.Ordinal) ? "acct_1" + rest[2..18] : engine.Options.DefaultAccount;
        return new Scope(account, key.Groups["mode"].Value == "live");
    }

    private static string? Sent(HttpRequest request)
    {
        if (!AuthenticationHeaderValue.TryParse(request.Headers.Authorization, out var header) || header.Parameter is not { } parameter)
        {
            return null;
        }

        if (header.Scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase))
        {
            var bytes = new byte[parameter.Length];
            return Convert.TryFromBase64String(parameter, bytes, out var length)
                ? Encoding.UTF8.GetString(bytes, 0, length).Split(':')[0]
                : null;
        }

        return header.Scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase) ? parameter.Trim() : null;
    }

    [GeneratedRegex("^(?<kind>sk|pk|rk)_(?<mode>test|live)_(?<rest>[A-Za-z0-9]{8,240})$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Shape();
}
