using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Resources;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Webhooks;

/// <summary>
/// Sends what is due, at most so many at a time per endpoint, in the background, and fires timers as their time comes.
/// Nothing leaves before the event behind it is on disk.
/// </summary>
public sealed class Dispatcher : BackgroundService
{
    private readonly Engine engine;
    private readonly ILogger<Dispatcher> logger;
    private readonly SemaphoreSlim wake = new(0, 1);
    private readonly Dictionary<string, string> inFlight = new(StringComparer.Ordinal);
    private readonly HttpClient client;
    private long pausedUntil;

    public Dispatcher(Engine engine, ILogger<Dispatcher> logger)
    {
        (this.engine, this.logger) = (engine, logger);
        // Stripe sends no trace context, and follows no redirect.
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, ActivityHeadersPropagator = null, PooledConnectionLifetime = TimeSpan.FromMinutes(1) };
        client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        engine.Committed += OnCommitted;
    }

    /// <summary>Deliveries due by now and those on their way; held ones do not count.</summary>
    public int Pending => engine.Look(() =>
    {
        var due = engine.Webhooks.Hold ? 0 : engine.Deliveries.DueBy(engine.Clock.Milliseconds).Count(id => !inFlight.ContainsKey(id));
        return due + inFlight.Count;
    });

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
        return target is null ? 0 : (await Send(target.Value, forged, CancellationToken.None)).Status;
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
                foreach (var id in engine.Look(Pick))
                {
                    _ = Deliver(id, stoppingToken);
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

    /// <summary>What may leave now; marked as in flight.</summary>
    private List<string> Pick()
    {
        if (engine.Webhooks.Hold || Interlocked.Read(ref pausedUntil) > Environment.TickCount64)
        {
            return [];
        }

        var due = engine.Deliveries.DueBy(engine.Clock.Milliseconds).Where(id => !inFlight.ContainsKey(id));
        if (engine.Webhooks.Shuffle)
        {
            due = due.Take(1_000).OrderBy(_ => engine.Ids.Number(int.MaxValue)).ToList();
        }

        var perEndpoint = inFlight.Values.GroupBy(e => e, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Count(), StringComparer.Ordinal);
        var picked = new List<string>();
        foreach (var id in due)
        {
            var endpoint = engine.Store.Find(id)!.Value.Text("endpoint")!;
            var running = perEndpoint.GetValueOrDefault(endpoint);
            if (running < engine.Options.WebhookConcurrency)
            {
                perEndpoint[endpoint] = running + 1;
                picked.Add(id);
                if (picked.Count == 256)
                {
                    break;
                }
            }
        }

        foreach (var id in picked)
        {
            inFlight[id] = engine.Store.Find(id)!.Value.Text("endpoint")!;
        }

        return picked;
    }

    private async Task Deliver(string id, CancellationToken stopping)
    {
        try
        {
            await engine.Flushed();
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

            var answer = await Send(target, engine.Webhooks.TakeForgery(), stopping);
            for (var copy = 1; copy < engine.Webhooks.Times; copy++)
            {
                await Send(target, forged: false, stopping);
            }

            engine.Run(scope, Origin.Automatic, tx =>
            {
                Deliveries.Record(tx, id, answer.Status, answer.Error, answer.Milliseconds);
                return true;
            });
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            logger.LogError(failure, "delivery {Delivery} failed", id);
        }
        finally
        {
            engine.Look(() => inFlight.Remove(id));
            Wake();
        }
    }

    private (string Url, string Body, IReadOnlyList<string> Secrets)? Target(string eventId, string endpointId)
    {
        if (engine.Store.Find(eventId) is not { } recorded || engine.Store.Find(endpointId) is not { } endpoint || endpoint.Value.Text("status") != "enabled")
        {
            return null;
        }

        var version = endpoint.Value.Text("api_version") ?? engine.Options.ApiVersion;
        return (endpoint.Value.Text("url")!, Events.Payload(recorded, version), WebhookEndpoints.Secrets(endpoint, engine.Clock.Seconds));
    }

    private async Task<(int Status, string? Error, long Milliseconds)> Send((string Url, string Body, IReadOnlyList<string> Secrets) target, bool forged, CancellationToken stopping)
    {
        engine.Count();
        var watch = Stopwatch.StartNew();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        patience.CancelAfter(TimeSpan.FromSeconds(engine.Options.WebhookTimeoutSeconds));
        using var request = new HttpRequestMessage(HttpMethod.Post, target.Url) { Content = new StringContent(target.Body, Encoding.UTF8, "application/json") };
        request.Headers.TryAddWithoutValidation("User-Agent", "Stripe/1.0 (+https://stripe.com/docs/webhooks)");
        request.Headers.TryAddWithoutValidation("Accept", "*/*; q=0.5, application/xml");
        request.Headers.CacheControl = new CacheControlHeaderValue { NoCache = true };
        var secrets = forged ? [engine.Ids.Secret("whsec_")] : target.Secrets;
        request.Headers.TryAddWithoutValidation("Stripe-Signature", Signature.Header(secrets, engine.Clock.Seconds, target.Body));
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
