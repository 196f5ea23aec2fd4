namespace Marketplace.WebhookIngest.Ingest;

/// <summary>How many deliveries are worked on at once: <c>Ingest:Concurrency</c>. Above it the answer is 503: Stripe delivers again for days, so turning
/// away is safe, and accepting what cannot be committed soon is not. A delivery counts once its body is here, so that senders who take their time keep
/// nobody out.</summary>
public sealed class IngestLimit(IConfiguration configuration)
{
    private readonly int most = configuration.GetValue("Ingest:Concurrency", 256);
    private int inside;

    /// <summary>Whether a delivery would be turned away now; asked before its body is read, so that turning away is cheap.</summary>
    public bool IsFull => Volatile.Read(ref inside) >= most;

    /// <summary>Takes a place, to be given back by <see cref="Leave"/>; false when there is none.</summary>
    public bool TryEnter()
    {
        if (Interlocked.Increment(ref inside) <= most)
        {
            return true;
        }

        Leave();
        return false;
    }

    /// <summary>Gives a place back.</summary>
    public void Leave() => Interlocked.Decrement(ref inside);
}
