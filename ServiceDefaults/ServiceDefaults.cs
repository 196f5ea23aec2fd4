using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Marketplace.ServiceDefaults;

/// <summary>What every host does the same way. These methods are the only entry points.</summary>
public static class Defaults
{
    /// <summary>Telemetry, clock, JSON and problem details, health, tokens and policies, timers.</summary>
    public static WebApplicationBuilder AddServiceDefaults(this WebApplicationBuilder builder)
    {
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // What a client may send to the gateway, and the token between the processes in its place.
            kestrel.Limits.MaxRequestHeadersTotalSize = 64 * 1024;
        });
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(20));
        builder.Services.AddSingleton<Wakeups>();
        Telemetry.Add(builder);
        Clock.Add(builder);
        HttpApi.Add(builder);
        Health.Add(builder);
        Tokens.Add(builder);
        builder.Services.AddOpenApi("v1", Descriptions.Complete);
        return builder;
    }

    /// <summary>Telemetry alone, for a host that stands in for somebody else's system and so has that system's errors, keys and clock.</summary>
    public static WebApplicationBuilder AddTelemetry(this WebApplicationBuilder builder)
    {
        Telemetry.Add(builder);
        return builder;
    }

    /// <summary>Names spans as every host's are: for a host with telemetry alone, or a branch that answers without routing.</summary>
    /// <param name="app">The pipeline.</param>
    /// <param name="route">The pattern that a branch stands for; otherwise the route's own.</param>
    public static void UseTelemetry(this IApplicationBuilder app, string? route = null) => Telemetry.Name(app, route);

    /// <summary>The pipeline up to the routes, and the routes that every host has: health, clock, and its OpenAPI document unless it serves one of its own.</summary>
    public static WebApplication UseServiceDefaults(this WebApplication app, bool withOpenApi = true)
    {
        app.UseTelemetry();
        HttpApi.Use(app);
        app.UseAuthentication();
        Scopes.Use(app);
        app.UseAuthorization();
        Health.Map(app);
        Clock.Map(app);
        if (withOpenApi)
        {
            app.MapOpenApi().AllowAnonymous();
        }

        return app;
    }
}
