namespace Marketplace.AppHost;

/// <summary>The dashboard's addresses and keys, as arguments that Aspire reads as configuration. All on loopback, each with a key of its own.</summary>
public static class Observability
{
    /// <summary>Names the dashboard's executable; set by <c>./run</c>. Without it nothing collects telemetry, and nothing is told to send any.</summary>
    private const string Executable = "ASPIRE_DASHBOARD_PATH";

    /// <summary>Where the dashboard shows its pages and takes telemetry, and the token that its login link carries.</summary>
    public static IEnumerable<string> Settings(Places places, Secrets secrets) =>
    [
        $"--Aspire:Store:Path={places.Data}",
        .. Environment.GetEnvironmentVariable(Executable) is { Length: > 0 } ? Dashboard(places, secrets) : [],
    ];

    private static string[] Dashboard(Places places, Secrets secrets) =>
    [
        $"--ASPNETCORE_URLS={places.Url("dashboard")}",
        $"--ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL={places.Url("otlp-grpc")}",
        $"--ASPIRE_DASHBOARD_OTLP_HTTP_ENDPOINT_URL={places.Url("otlp-http")}",
        $"--ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL={places.Url("resource-service")}",
        "--ASPIRE_ALLOW_UNSECURED_TRANSPORT=true",
        $"--AppHost:BrowserToken={secrets.Word("dashboard-token")}",
        $"--AppHost:OtlpApiKey={secrets.Word("telemetry-key")}",
    ];
}
