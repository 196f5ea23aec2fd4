using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Resources;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Webhooks;

/// <summary>An event and the endpoint it goes to.</summary>
public sealed record Target(Stored Event, string Url, string Version, IReadOnlyList<string> Secrets);

/// <summary>
/// Sends what is due, at most so many at a time per endpoint, in the background, and fires timers as their time comes.
/// Nothing leaves before the event behind it is on disk.
/// </summary>
public sealed class Dispatcher : BackgroundService
{
    private static readonly MediaTypeHeaderValue Json = new("application/json", "utf-8");
    private readonly Engine engine;
    private readonly ILogger<Dispatcher> logger;
    private readonly SemaphoreSlim wake = new(0, 1);
    private readonly HttpClient client;
    private readonly Retention retention;
    private long pausedUntil;

    public Dispatcher(Engine engine, ILogger<Dispatcher> logger)
    {
        (this.engine, this.logger, retention) = (engine, logger, new Retention(engine));
        // Stripe sends no trace context, and follows no redirect.
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, ActivityHeadersPropagator = null, PooledConnectionLifetime = TimeSpan.FromMinutes(1) };
        client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        engine.Committed += OnCommitted;
    }

    /// <summary>Deliveries due by now and those on their way; held ones do not count.</summary>
    public int Pending => engine.Look(() => engine.Webhooks.Hold ? engine.Deliveries.Underway : engine.Deliveries.Pending(engine.Clock.Milliseconds));

    public void Wake()
    {
        if (wake.CurrentCount == 0)
        {
            try
            {
                wake.Release();
            }
            catch (SemaphoreFullException)
            {
                // Someone else woke it in the meantime.
            }
        }
    }

    /// <summary>Lets deliveries wait for a moment of real time.</summary>
    public void Pause(TimeSpan time) => Interlocked.Exchange(ref pausedUntil, Environment.TickCount64 + (long)time.TotalMilliseconds);

    /// <summary>Sends an event to an endpoint now, besides what is queued; returns the status it was answered with, 0 without an answer.</summary>
    public async Task<int> SendNow(string eventId, string endpointId, bool forged)
    {
        var target = engine.Look(() => Target(eventId, endpointId));
        return target is null ? 0 : (await Send(target, forged, CancellationToken.None)).Status;
    }

    public override void Dispose()
    {
        engine.Committed -= OnCommitted;
        client.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                engine.FireDue();
                retention.Sweep();
                foreach (var (endpoint, id) in engine.Look(Pick))
                {
                    _ = Deliver(endpoint, id, stoppingToken);
                }
            }
            catch (Exception failure) when (failure is not OperationCanceledException)
            {
                logger.LogError(failure, "a timer failed");
            }

            await wake.WaitAsync(NextWait(), stoppingToken);
        }
    }

    private void OnCommitted(object? sender, EventArgs nothing) => Wake();

    private TimeSpan NextWait()
    {
        var now = engine.Clock.Milliseconds;
        var next = engine.Look(() => Math.Min(engine.Timers.First?.Due ?? long.MaxValue, engine.Deliveries.NextAfter(now) ?? long.MaxValue));
        var paused = Interlocked.Read(ref pausedUntil) - Environment.TickCount64;
        return TimeSpan.FromMilliseconds(Math.Clamp(paused > 0 ? paused : next - now, 5, 1_000));
    }

    /// <summary>What may leave now, as much as each endpoint takes at a time.</summary>
    private List<(string Endpoint, string Id)> Pick()
    {
        var picked = new List<(string, string)>();
        foreach (var endpoint in engine.Deliveries.Endpoints)
        {
            while (Next(endpoint) is { } id)
            {
                picked.Add((endpoint, id));
            }
        }

        return picked;
    }

    private string? Next(string endpoint) => engine.Webhooks.Hold || Interlocked.Read(ref pausedUntil) > Environment.TickCount64
        ? null
        : engine.Deliveries.Take(endpoint, engine.Clock.Milliseconds, engine.Options.WebhookConcurrency, engine.Webhooks.Shuffle ? engine.Ids.Number : null);

    /// <summary>One delivery after another, for as long as the endpoint has more.</summary>
    private async Task Deliver(string endpoint, string first, CancellationToken stopping)
    {
        for (var id = first; id is not null;)
        {
            try
            {
                await Attempt(id, stopping);
            }
            catch (Exception failure) when (failure is not OperationCanceledException)
            {
                logger.LogError(failure, "delivery {Delivery} failed", id);
            }

            var done = id;
            id = engine.Look(() =>
            {
                engine.Deliveries.Put(endpoint, done);
                return stopping.IsCancellationRequested ? null : Next(endpoint);
            });
        }
    }

    private async Task Attempt(string id, CancellationToken stopping)
    {
        var found = engine.Look(() => engine.Store.Find(id) is { } delivery ? (Delivery: delivery, Target: Target(delivery.Value.Text("event")!, delivery.Value.Text("endpoint")!)) : default);
        if (found.Delivery is null)
        {
            return;
        }

        var scope = found.Delivery.Scope;
        if (found.Target is not { } target)
        {
            engine.Run(scope, Origin.Automatic, tx => tx.Edit(found.Delivery)["status"] = "canceled");
            return;
        }

        await target.Event.Durable;
        var answer = await Send(target, engine.Webhooks.TakeForgery(), stopping);
        for (var copy = 1; copy < engine.Webhooks.Times; copy++)
        {
            await Send(target, forged: false, stopping);
        }

        engine.Run(scope, Origin.Automatic, tx =>
        {
            Deliveries.Record(tx, id, answer.Status, answer.Error, answer.Milliseconds);
            return true;
        }, awaited: false);
    }

    /// <summary>What is to be sent, and where; null when the endpoint does not want it any more.</summary>
    private Target? Target(string eventId, string endpointId)
    {
        if (engine.Store.Find(eventId) is not { } recorded || engine.Store.Find(endpointId) is not { } endpoint || endpoint.Value.Text("status") != "enabled")
        {
            return null;
        }

        return new Target(recorded, endpoint.Value.Text("url")!, endpoint.Value.Text("api_version") ?? engine.Options.ApiVersion, WebhookEndpoints.Secrets(endpoint, engine.Clock.Seconds));
    }

    private async Task<(int Status, string? Error, long Milliseconds)> Send(Target target, bool forged, CancellationToken stopping)
    {
        engine.Count();
        var body = Encoding.UTF8.GetBytes(Events.Payload(target.Event, target.Version));
        var watch = Stopwatch.StartNew();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        patience.CancelAfter(TimeSpan.FromSeconds(engine.Options.WebhookTimeoutSeconds));
        using var request = new HttpRequestMessage(HttpMethod.Post, target.Url) { Content = new ByteArrayContent(body) { Headers = { ContentType = Json } } };
        request.Headers.TryAddWithoutValidation("User-Agent", "Stripe/1.0 (+https://stripe.com/docs/webhooks)");
        request.Headers.TryAddWithoutValidation("Accept", "*/*; q=0.5, application/xml");
        request.Headers.CacheControl = new CacheControlHeaderValue { NoCache = true };
        var secrets = forged ? [engine.Ids.Secret("whsec_")] : target.Secrets;
        request.Headers.TryAddWithoutValidation("Stripe-Signature", Signature.Header(secrets, engine.Clock.Seconds, body));
        try
        {
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token);
            return ((int)response.StatusCode, null, watch.ElapsedMilliseconds);
        }
        catch (HttpRequestException failure)
        {
            return (0, failure.Message, watch.ElapsedMilliseconds);
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            return (0, "timed out", watch.ElapsedMilliseconds);
        }
    }
}
