using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;

namespace Marketplace.StripeEmulator.Admin;

/// <summary>A fault for chosen calls, made by <c>POST /_emulator/faults</c>.</summary>
/// <param name="Method">HTTP verb, or null for any.</param>
/// <param name="Path">Path, in which * stands for any text; null for any.</param>
/// <param name="Account">Only calls of this account.</param>
/// <param name="Kind">status (answers <paramref name="Status"/>), timeout (answers nothing for <paramref name="Seconds"/>), reset (cuts the connection), lost (the call happens, its answer does not arrive).</param>
/// <param name="Times">How many calls it meets.</param>
/// <param name="Executes">The call takes effect all the same; always so for lost.</param>
/// <param name="Stored">A 500 is kept for its idempotency key, as Stripe does.</param>
public sealed record FaultRule(
    string? Method = null,
    string? Path = null,
    string? Account = null,
    string Kind = "status",
    int Status = 500,
    string? Code = null,
    int Times = 1,
    double Seconds = 90,
    bool Executes = false,
    bool Stored = true)
{
    public Dictionary<string, string>? Headers { get; init; } = [];

    /// <summary>True when it can be carried out.</summary>
    public bool IsPossible() =>
        Kind is "status" or "timeout" or "reset" or "lost" && Status is >= 400 and <= 599 && Times >= 1 && Seconds is >= 0 and <= 86_400
        && (Headers ?? []).All(h => h.Key.Length > 0 && h.Key.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_') && h.Value?.All(c => c is >= ' ' and <= '~') == true);
}

/// <summary>Fault rules in the order they were made; each is used up by the calls it meets. In memory only.</summary>
public sealed class FaultRules
{
    private const string UnknownError = "An unknown error occurred. Our team has been notified; please try again.";
    private const string AskedFor = "The request was refused: this is a fault that was asked for.";
    private readonly Lock gate = new();
    private readonly List<FaultRule> rules = [];

    public IReadOnlyList<FaultRule> All
    {
        get
        {
            lock (gate)
            {
                return [.. rules];
            }
        }
    }

    public void Add(FaultRule rule)
    {
        lock (gate)
        {
            rules.Add(rule.Kind == "lost" ? rule with { Executes = true } : rule);
        }
    }

    public void Clear()
    {
        lock (gate)
        {
            rules.Clear();
        }
    }

    /// <summary>The fault that meets this call, or null.</summary>
    public FaultRule? Take(HttpRequest request, ApiKey key)
    {
        lock (gate)
        {
            var at = rules.FindIndex(r => Meets(r, request, key));
            if (at < 0)
            {
                return null;
            }

            var rule = rules[at];
            if (rule.Times <= 1)
            {
                rules.RemoveAt(at);
            }
            else
            {
                rules[at] = rule with { Times = rule.Times - 1 };
            }

            return rule;
        }
    }

    /// <summary>The body of a failure in Stripe's words.</summary>
    public static JsonObject Body(int status, string? code) => new()
    {
        ["error"] = (status, code) switch
        {
            (429, "lock_timeout") => Error(StripeException.LockTimeout()),
            (429, _) => Error(StripeException.RateLimit()),
            (402, _) => Error(new StripeException(402, "card_error", code ?? "card_declined", "Your card was declined.")),
            (< 500, null) => new JsonObject { ["message"] = AskedFor, ["type"] = "invalid_request_error" },
            (< 500, _) => new JsonObject { ["code"] = code, ["message"] = AskedFor, ["type"] = "invalid_request_error" },
            (_, null) => new JsonObject { ["message"] = UnknownError, ["type"] = "api_error" },
            _ => new JsonObject { ["code"] = code, ["message"] = UnknownError, ["type"] = "api_error" },
        },
    };

    private static JsonObject Error(StripeException refusal) => new()
    {
        ["code"] = refusal.Code, ["doc_url"] = StripeException.DocUrl(refusal.Code!), ["message"] = refusal.Message, ["type"] = refusal.Type,
    };

    private static bool Meets(FaultRule rule, HttpRequest request, ApiKey key) =>
        (rule.Method is null || rule.Method.Equals(request.Method, StringComparison.OrdinalIgnoreCase))
        && (rule.Account is null || rule.Account == key.Scope.Account)
        && (rule.Path is null || Matches(rule.Path, request.Path));

    private static bool Matches(string pattern, string path)
    {
        var parts = pattern.Split('*');
        if (parts.Length == 1)
        {
            return pattern == path;
        }

        var at = 0;
        foreach (var part in parts[1..^1].Prepend(parts[0]))
        {
            var found = path.IndexOf(part, at, StringComparison.Ordinal);
            if (found < 0 || (ReferenceEquals(part, parts[0]) && found != 0))
            {
                return false;
            }

            at = found + part.Length;
        }

        return path.Length - at >= parts[^1].Length && path.EndsWith(parts[^1], StringComparison.Ordinal);
    }
}
