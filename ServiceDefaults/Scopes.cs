using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Marketplace.ServiceDefaults;

/// <summary>What a personal API token may be narrowed to: <c>area:read</c> for GET, <c>area:write</c> for everything. A route's area follows from its
/// path, here and nowhere else, by the first of these that fits (<c>*</c> is any one segment); what has no area, such as passwords, sessions and tokens themselves, is closed to narrowed tokens.</summary>
public static class Scopes
{
    private static readonly (string Area, string[] Paths)[] Areas =
    [
        ("billing-system", ["/v1/invoice-events", "/v1/invoices/*/billing", "/v1/invoices/*/state", "/v1/invoices/*/status"]),
        ("account", ["/v1/me"]),
        ("organizations", ["/v1/organizations", "/v1/invitations", "/v1/audit-log"]),
        ("catalog", ["/v1/catalogs", "/v1/apis", "/v1/products", "/v1/terms", "/v1/consumption-units", "/v1/migrations", "/v1/price-estimates"]),
        ("subscriptions", ["/v1/applications", "/v1/subscriptions", "/v1/access-requests", "/v1/credentials", "/v1/terms-acceptances", "/v1/grace-periods"]),
        ("billing", ["/v1/billing-integrations", "/v1/invoices", "/v1/billing-details", "/v1/credit-notes", "/v1/disputes", "/v1/payment-methods", "/v1/payment-method-types", "/v1/checkout-sessions", "/v1/portal-sessions"]),
        ("webhooks", ["/v1/webhook-events", "/v1/reconciliation"]),
        ("operations", ["/v1/operations"]),
    ];

    /// <summary>Every scope. Nothing about the account itself can be changed with a narrowed token, or it could make itself a wider one.</summary>
    public static readonly IReadOnlyList<string> All =
        [.. Areas.SelectMany(entry => entry.Area == "account" ? ["account:read"] : new[] { $"{entry.Area}:read", $"{entry.Area}:write" })];

    /// <summary>The scope that a request needs, or null when none is enough.</summary>
    public static string? Needed(string method, PathString path)
    {
        var area = Areas.FirstOrDefault(entry => entry.Paths.Any(known => Covers(known, path))).Area;
        var scope = $"{area}:{(HttpMethods.IsGet(method) || HttpMethods.IsHead(method) ? "read" : "write")}";
        return All.Contains(scope) ? scope : null;
    }

    private static bool Covers(string known, PathString path)
    {
        var (wanted, asked) = (known.Split('/'), (path.Value ?? "").Split('/'));
        return asked.Length >= wanted.Length && wanted.Zip(asked).All(segment => segment.First == "*" || segment.First.Equals(segment.Second, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>Whether a token of these scopes may make the request; null is a token that was not narrowed.</summary>
    public static bool Allow(IReadOnlyList<string>? scopes, string method, PathString path) =>
        scopes is null || (Needed(method, path) is { } needed && (scopes.Contains(needed) || scopes.Contains(needed.Replace(":read", ":write", StringComparison.Ordinal))));

    /// <summary>Stands in front of every route of a host, also of those that let anybody in: a narrowed token reaches only what it was narrowed to.</summary>
    internal static void Use(WebApplication app) => app.Use((context, next) =>
        Allow(Caller.ScopesOf(context.User), context.Request.Method, context.Request.Path)
            ? next(context)
            : Problem.ScopeMissing(Needed(context.Request.Method, context.Request.Path)).ExecuteAsync(context));
}
