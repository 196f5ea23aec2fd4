using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy.Configuration;

namespace Marketplace.Benchmarks;

/// <summary>What stands beside our gateway: YARP that checks nothing, and the service that nginx asks whether a key is good.</summary>
public static class ProxyPeer
{
    /// <summary>Forwards everything.</summary>
    public static async Task Forward(string address, string upstream)
    {
        var builder = Slim(address);
        builder.Services.AddReverseProxy().LoadFromMemory(
            [new RouteConfig { RouteId = "all", ClusterId = "upstream", Match = new RouteMatch { Path = "/apis/{product}/{api}/{**rest}" }, Transforms = [new Dictionary<string, string>(StringComparer.Ordinal) { ["PathPattern"] = "/{**rest}" }] }],
            [new ClusterConfig { ClusterId = "upstream", Destinations = new Dictionary<string, DestinationConfig>(StringComparer.Ordinal) { ["one"] = new() { Address = upstream } } }]);
        await using var app = builder.Build();
        app.MapGet("/ready", () => "ready");
        app.MapReverseProxy();
        await app.RunAsync();
    }

    /// <summary>Says whether a call's key is the one.</summary>
    public static async Task Authorize(string address, string key)
    {
        var builder = Slim(address);
        await using var app = builder.Build();
        app.MapGet("/ready", () => "ready");
        app.MapGet("/auth", (HttpRequest request) => request.Headers["X-Api-Key"] == key ? Results.NoContent() : Results.Unauthorized());
        await app.RunAsync();
    }

    private static WebApplicationBuilder Slim(string address)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(address);
        return builder;
    }
}
