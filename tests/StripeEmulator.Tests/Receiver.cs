using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Marketplace.StripeEmulator.Tests;

/// <summary>One webhook as it arrived.</summary>
public sealed record Arrived(string Path, string Body, string Signature, IReadOnlyDictionary<string, string> Headers)
{
    public JsonNode Event { get; } = JsonNode.Parse(Body)!;

    public string Type => Event["type"]!.GetValue<string>();

    public string Id => Event["id"]!.GetValue<string>();
}

/// <summary>An HTTP server that takes webhooks and answers as told. When it ends, every one of them must have had Stripe's shape.</summary>
public sealed class Receiver : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly ConcurrentQueue<string> wrong = new();
    private int running;

    private Receiver(WebApplication app) => this.app = app;

    public ConcurrentQueue<Arrived> All { get; } = new();

    /// <summary>Status of the answer.</summary>
    public Func<Arrived, int> Answer { get; set; } = _ => 200;

    /// <summary>Holds every answer back while it is not set.</summary>
    public TaskCompletionSource? Gate { get; set; }

    public int MostAtOnce { get; private set; }

    public string Url { get; private set; } = "";

    public static async Task<Receiver> Start()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var receiver = new Receiver(builder.Build());
        receiver.app.MapPost("/{**path}", receiver.Take);
        await receiver.app.StartAsync();
        receiver.Url = receiver.app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return receiver;
    }

    public async ValueTask DisposeAsync()
    {
        Gate?.TrySetResult();
        await app.DisposeAsync();
        Assert.True(wrong.IsEmpty, string.Join('\n', wrong.Distinct()));
    }

    private async Task<IResult> Take(HttpRequest request)
    {
        lock (All)
        {
            MostAtOnce = Math.Max(MostAtOnce, ++running);
        }

        using var reader = new StreamReader(request.Body);
        var arrived = new Arrived(request.Path, await reader.ReadToEndAsync(), request.Headers["Stripe-Signature"].ToString(), request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase));
        foreach (var fault in Shapes.Wrong(arrived.Event, arrived.Event["api_version"]?.GetValue<string>() ?? Shapes.Newest))
        {
            wrong.Enqueue($"{arrived.Type} in {arrived.Event["api_version"]}: {fault}");
        }

        All.Enqueue(arrived);
        if (Gate is { } gate)
        {
            await gate.Task;
        }

        lock (All)
        {
            running--;
        }

        return Results.StatusCode(Answer(arrived));
    }
}
