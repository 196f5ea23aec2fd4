using System.Threading.RateLimiting;

namespace Marketplace.WebhookIngest.Ingest;

/// <summary>How many deliveries are worked on at once: <c>Ingest:Concurrency</c> at once, <c>Ingest:Queue</c> waiting. Above it the answer is 503:
/// Stripe delivers again for days, so turning away is safe, and accepting what cannot be committed soon is not. A delivery counts once its body is
/// here, so that senders who take their time keep nobody out.</summary>
public sealed class IngestLimit(IConfiguration configuration) : IDisposable
{
    private readonly ConcurrencyLimiter limiter = new(new ConcurrencyLimiterOptions
    {
        // Below the size of the connection pool, so that nobody waits for a connection.
        PermitLimit = configuration.GetValue("Ingest:Concurrency", 24),
        QueueLimit = configuration.GetValue("Ingest:Queue", 128),
        QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
    });

    /// <summary>A place, given back when disposed; not acquired when there is none.</summary>
    public ValueTask<RateLimitLease> Enter(CancellationToken cancellation) => limiter.AcquireAsync(1, cancellation);

    /// <inheritdoc/>
    public void Dispose() => limiter.Dispose();
}
