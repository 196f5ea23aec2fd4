using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;

namespace Marketplace.Gateway.Control;

/// <summary>Which service answers which part of the control API. Clients see one address and no service names.</summary>
public static class ControlRoutes
{
    /// <summary>Services behind the control API, by the name of their address setting.</summary>
    public static readonly string[] Services = ["accounts", "catalog", "subscriptions", "invoicing", "webhooks"];

    /// <summary>How the addresses of the control API begin.</summary>
    public static IEnumerable<string> Prefixes => Map.SelectMany(entry => entry.Prefixes).Concat(Services.Select(service => $"/v1/operations/{service}"));

    private static readonly (string Service, string[] Prefixes)[] Map =
    [
        ("accounts", ["/v1/users", "/v1/sessions", "/v1/tokens", "/v1/me", "/v1/organizations", "/v1/invitations", "/v1/audit-log"]),
        ("catalog", ["/v1/catalogs", "/v1/apis", "/v1/products", "/v1/terms", "/v1/consumption-units", "/v1/migrations"]),
        ("subscriptions", ["/v1/applications", "/v1/subscriptions", "/v1/access-requests", "/v1/credentials", "/v1/terms-acceptances", "/v1/grace-periods"]),
        ("invoicing",
        [
            "/v1/billing-integrations", "/v1/invoices", "/v1/invoice-events", "/v1/billing-details", "/v1/credit-notes", "/v1/disputes", "/v1/payment-methods", "/v1/payment-method-types", "/v1/checkout-sessions", "/v1/portal-sessions",
            "/v1/price-estimates", "/v1/reconciliation",
        ]),
        ("webhooks", ["/webhooks/stripe", "/v1/webhook-events"]),
    ];

    /// <summary>Loads the routes; addresses come from <c>services:{name}:http:0</c>.</summary>
    public static IReverseProxyBuilder AddControlRoutes(this IServiceCollection services, IConfiguration configuration) => services.AddReverseProxy().LoadFromMemory(
        [
            .. Map.SelectMany(entry => entry.Prefixes.Select(prefix => Route(entry.Service, prefix))),
            .. Services.Select(service => Route(service, $"/v1/operations/{service}")),
        ],
        [.. Services.Select(service => Cluster(service, configuration))]);

    private static RouteConfig Route(string service, string prefix) => new()
    {
        RouteId = prefix,
        ClusterId = service,
        Match = new RouteMatch { Path = $"{prefix}/{{**rest}}" },
        AuthorizationPolicy = "anonymous",
        TimeoutPolicy = "disable",
    };

    private static ClusterConfig Cluster(string service, IConfiguration configuration) => new()
    {
        ClusterId = service,
        Destinations = configuration.GetSection($"services:{service}:http").GetChildren()
            .ToDictionary(address => $"{service}-{address.Key}", address => new DestinationConfig { Address = address.Value! }, StringComparer.Ordinal),
        LoadBalancingPolicy = "PowerOfTwoChoices",
        // Headers arrive as UTF-8; the client would refuse to pass on what is not ASCII, and the caller would be told that a service is away.
        HttpClient = new HttpClientConfig { RequestHeaderEncoding = "utf-8" },
        HttpRequest = new ForwarderRequestConfig { ActivityTimeout = TimeSpan.FromSeconds(12) },
    };
}
