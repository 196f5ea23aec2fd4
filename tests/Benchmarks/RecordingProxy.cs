using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Marketplace.Benchmarks;

/// <summary>Stands before the emulator as a network would: writes down when each request arrives, and lets it take as long as an answer over the internet does.</summary>
public sealed class RecordingProxy : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly HttpClient http;
    private readonly List<long> arrivals = [];

    private RecordingProxy(WebApplication app, HttpClient http) => (this.app, this.http) = (app, http);

    public string Address => app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    /// <summary>Requests that were answered 429.</summary>
    public int TurnedAway { get; private set; }

    /// <summary>When requests arrived, in seconds after the first.</summary>
    public List<double> Arrivals
    {
        get
        {
            lock (arrivals)
            {
                arrivals.Sort();
                return [.. arrivals.Select(at => Stopwatch.GetElapsedTime(arrivals[0], at).TotalSeconds)];
            }
        }
    }

    public static async Task<RecordingProxy> Start(Uri to, TimeSpan latency)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var proxy = new RecordingProxy(builder.Build(), new HttpClient { BaseAddress = to });
        proxy.app.Run(context => proxy.Pass(context, latency));
        await proxy.app.StartAsync();
        return proxy;
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        http.Dispose();
    }

    private async Task Pass(HttpContext context, TimeSpan latency)
    {
        var arrived = Stopwatch.GetTimestamp();
        lock (arrivals)
        {
            arrivals.Add(arrived);
        }

        await Task.Delay(latency, TimeProvider.System);
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        using var request = new HttpRequestMessage(new HttpMethod(context.Request.Method), context.Request.Path + context.Request.QueryString);
        if (body.Length > 0 || HttpMethods.IsPost(context.Request.Method))
        {
            request.Content = new ByteArrayContent(body.ToArray());
            request.Content.Headers.TryAddWithoutValidation("Content-Type", context.Request.ContentType);
        }

        foreach (var name in (string[])["Authorization", "Stripe-Version", "Idempotency-Key"])
        {
            request.Headers.TryAddWithoutValidation(name, (string?)context.Request.Headers[name]);
        }

        using var answer = await http.SendAsync(request);
        TurnedAway += (int)answer.StatusCode == 429 ? 1 : 0;
        context.Response.StatusCode = (int)answer.StatusCode;
        context.Response.ContentType = "application/json";
        await answer.Content.CopyToAsync(context.Response.Body);
    }
}
