using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Api;

/// <summary>API versions: which are known, which a request speaks, and what older ones accept besides.</summary>
public static class Versions
{
    private static readonly Dictionary<string, string[]> BeforeBasil = new(StringComparer.Ordinal)
    {
        ["POST /v1/invoiceitems"] = ["price", "unit_amount"],
        ["POST /v1/invoiceitems/{}"] = ["price", "unit_amount"],
    };

    /// <summary>Before 2025-03-31.basil an invoice named its payment intent, charge and subscription itself.</summary>
    public static bool IsBeforeBasil(string version) => string.CompareOrdinal(version, 0, "2025-03-31", 0, 10) < 0;

    /// <summary>2022-11-15 and before: a few fields less.</summary>
    public static bool IsBefore2023(string version) => string.CompareOrdinal(version, 0, "2023-08-16", 0, 10) < 0;

    public static string Of(HttpRequest request, Engine engine)
    {
        var asked = request.Headers["Stripe-Version"].ToString().Split(';')[0].Trim();
        if (asked.Length == 0)
        {
            return engine.Options.ApiVersion;
        }

        return ParameterTable.Versions.Contains(asked) ? asked : throw Unknown(asked, null);
    }

    public static StripeException Unknown(string version, string? param) => StripeException.Invalid($"Invalid Stripe API version: {version}", param);

    /// <summary>The endpoint's parameters in the caller's version.</summary>
    public static ParameterRule Rule(Endpoint endpoint, string version)
    {
        var template = $"{endpoint.Method} {string.Join('/', endpoint.Path.Split('/').Select(s => s.StartsWith('{') ? "{}" : s))}";
        if (!IsBeforeBasil(version) || !BeforeBasil.TryGetValue(template, out var names))
        {
            return endpoint.Rule;
        }

        var rule = new ParameterRule { Object = true };
        foreach (var (name, field) in endpoint.Rule.Fields)
        {
            rule.Fields[name] = field;
        }

        foreach (var name in names)
        {
            rule.Fields[name] = name == "price" ? new ParameterRule { Text = true } : new ParameterRule { Number = true };
        }

        return rule;
    }
}
