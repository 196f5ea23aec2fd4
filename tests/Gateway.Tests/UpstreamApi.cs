using System.Collections.Concurrent;
using System.Text;
using Marketplace.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Marketplace.Gateway.Tests;

/// <summary>What the provider's API was asked.</summary>
public sealed record Heard(string Method, string Target, Dictionary<string, string> Headers, string? Body = null);

/// <summary>A provider's API on loopback: tells what it was asked, and misbehaves on request.</summary>
public sealed class UpstreamApi : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource> doors = new();
    private WebApplication app = null!;
    private long bytesRead;

    public int Port { get; } = Ports.Free();

    public string Address => $"http://127.0.0.1:{Port}";

    /// <summary>Every request, in order of arrival.</summary>
    public ConcurrentQueue<Heard> Asked { get; } = new();

    /// <summary>Body bytes read so far by <c>/count</c>.</summary>
    public long BytesRead => Interlocked.Read(ref bytesRead);

    public static async Task<UpstreamApi> Start()
    {
        var api = new UpstreamApi();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddInMemoryCollection([new("urls", api.Address)]);
        builder.Logging.ClearProviders();
        builder.Services.Configure<KestrelServerOptions>(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.ResponseHeaderEncodingSelector = _ => Encoding.UTF8;
        });
        api.app = builder.Build();
        api.Map(api.app);
        await api.app.StartAsync();
        return api;
    }

    /// <summary>Lets calls to <c>/door/{name}</c> finish.</summary>
    public void Open(string name) => doors.GetOrAdd(name, _ => new()).TrySetResult();

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private void Map(WebApplication routes)
    {
        routes.Use((context, next) =>
        {
            Asked.Enqueue(new(context.Request.Method, context.Features.Get<IHttpRequestFeature>()!.RawTarget,
                context.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase)));
            return next(context);
        });
        routes.Map("/base/status/{status:int}", (int status) => Results.StatusCode(status));
        routes.Map("/base/uses/{status:int}", (HttpContext context, int status) =>
        {
            context.Response.Headers["Marketplace-Usage"] = context.Request.Query["usage"];
            return Results.StatusCode(status);
        });
        routes.Map("/base/sometimes/{every:int}/{n:int}", (int every, int n) => Results.StatusCode(n % every == 0 ? 500 : 200));
        routes.Map("/base/door/{name}", async (string name) =>
        {
            await doors.GetOrAdd(name, _ => new()).Task;
            return Results.Ok();
        });
        routes.Map("/base/hang", async (HttpContext context) => await Task.Delay(Timeout.Infinite, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing));
        routes.Map("/base/cut", (HttpContext context) => context.Abort());
        routes.Map("/base/half", async (HttpContext context) =>
        {
            context.Response.ContentLength = 1000;
            await context.Response.WriteAsync("half");
            await context.Response.Body.FlushAsync();
            await Task.Delay(300);
            context.Abort();
        });
        routes.Map("/base/evil", (HttpContext context) =>
        {
            context.Response.Headers["X-Marketplace-Organization"] = "org_forged";
            context.Response.Headers["X_Marketplace_Subscription"] = "sub_forged";
            context.Response.Headers["Set-Cookie"] = "session=1; Path=/";
            context.Response.Headers["X-Own"] = "stays";
            return Results.Text("evil");
        });
        routes.Map("/base/accent", (HttpContext context) =>
        {
            context.Response.Headers["X-Own"] = "Réponse 日本";
            return Results.Text("accent");
        });
        routes.Map("/base/count", async (HttpContext context) =>
        {
            var buffer = new byte[64 * 1024];
            while (await context.Request.Body.ReadAsync(buffer) is > 0 and var read)
            {
                Interlocked.Add(ref bytesRead, read);
            }

            return Results.Text($"{BytesRead}");
        });
        routes.Map("/base/drip/{door}", async (HttpContext context, string door) =>
        {
            await context.Response.WriteAsync("first\n");
            await context.Response.Body.FlushAsync();
            await doors.GetOrAdd(door, _ => new()).Task.WaitAsync(context.RequestAborted);
            await context.Response.WriteAsync("last\n");
        });
        routes.Map("/{**path}", async (HttpContext context) =>
        {
            using var reader = new StreamReader(context.Request.Body);
            return Results.Json(Asked.Last() with { Body = await reader.ReadToEndAsync() });
        });
    }
}
