using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting.Orchestration;

/// <summary>
/// The Aspire dashboard as a resource, where <c>ASPIRE_DASHBOARD_PATH</c> names its executable. It reads the same settings as upstream:
/// <c>ASPNETCORE_URLS</c> (its pages), <c>ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL</c>, <c>ASPIRE_DASHBOARD_OTLP_HTTP_ENDPOINT_URL</c>,
/// <c>AppHost:BrowserToken</c> and <c>AppHost:OtlpApiKey</c>. Its resource pages stay empty until a resource service is given.
/// </summary>
internal static class Dashboard
{
    public const string Name = "aspire-dashboard";

    public static void AddTo(IDistributedApplicationBuilder builder)
    {
        var configuration = builder.Configuration;
        if (configuration["ASPIRE_DASHBOARD_PATH"] is not { Length: > 0 } path || !File.Exists(path)
            || configuration["ASPNETCORE_URLS"] is not { Length: > 0 } pages || configuration["ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL"] is not { Length: > 0 } grpc)
        {
            return;
        }

        var dashboard = builder.AddResource(new ExecutableResource(Name, path, Path.GetDirectoryName(path)!))
            .WithArgs("dashboard")
            .WithEndpoint(port: new Uri(pages).Port, scheme: "http", name: "http")
            .WithEndpoint(port: new Uri(grpc).Port, scheme: "http", name: "otlp-grpc")
            .WithEnvironment("ASPNETCORE_ENVIRONMENT", "Production")
            .WithEnvironment("ASPNETCORE_URLS", pages)
            .WithEnvironment("ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL", grpc)
            .WithEnvironment("ASPIRE_DASHBOARD_API_ENABLED", "true")
            .WithEnvironment("DOTNET_gcServer", "0")
            .WithHttpHealthCheck("/health", endpointName: "http");
        if (configuration["ASPIRE_DASHBOARD_OTLP_HTTP_ENDPOINT_URL"] is { Length: > 0 } http)
        {
            dashboard.WithEndpoint(port: new Uri(http).Port, scheme: "http", name: "otlp-http")
                .WithEnvironment("ASPIRE_DASHBOARD_OTLP_HTTP_ENDPOINT_URL", http);
        }

        Secure(dashboard, "DASHBOARD__FRONTEND", "BrowserToken", "BROWSERTOKEN", configuration["AppHost:BrowserToken"]);
        Secure(dashboard, "DASHBOARD__OTLP", "ApiKey", "PRIMARYAPIKEY", configuration["AppHost:OtlpApiKey"]);
        Secure(dashboard, "DASHBOARD__API", "ApiKey", "PRIMARYAPIKEY", configuration["AppHost:OtlpApiKey"]);
    }

    private static void Secure(IResourceBuilder<ExecutableResource> dashboard, string section, string mode, string key, string? secret)
    {
        dashboard.WithEnvironment($"{section}__AUTHMODE", secret is { Length: > 0 } ? mode : "Unsecured");
        if (secret is { Length: > 0 })
        {
            dashboard.WithEnvironment($"{section}__{key}", secret);
        }
    }
}
