using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace Marketplace.ServiceDefaults;

/// <summary><c>/alive</c>: the process answers. <c>/ready</c>: what it cannot work without is there.
/// Checks tagged <see cref="Required"/> decide; the others (the broker) are shown and do not take the process out of service.</summary>
public static class Health
{
    /// <summary>Tag of checks that decide readiness.</summary>
    public const string Required = "required";

    internal static void Add(IHostApplicationBuilder builder) => builder.Services.AddHealthChecks();

    internal static void Map(WebApplication app)
    {
        app.MapGet("/alive", () => TypedResults.Ok(new { status = "alive" })).AllowAnonymous().ExcludeFromDescription();
        app.MapGet("/ready", async (HealthCheckService checks, CancellationToken cancellation) =>
        {
            var report = await checks.CheckHealthAsync(cancellation);
            var ready = report.Entries.Values.Where(e => e.Tags.Contains(Required)).All(e => e.Status == HealthStatus.Healthy);
            return Results.Json(
                new { status = ready ? "ready" : "not_ready", checks = report.Entries.ToDictionary(e => e.Key, e => e.Value.Status.ToString()) },
                statusCode: ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
        }).AllowAnonymous().ExcludeFromDescription();
    }
}
