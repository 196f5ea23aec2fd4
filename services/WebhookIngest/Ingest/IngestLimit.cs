using System.Threading.RateLimiting;
using Microsoft.AspNetCore.RateLimiting;

namespace Marketplace.WebhookIngest.Ingest;

/// <summary>How many deliveries are taken at once. Above it the answer is 503: Stripe delivers again for days, so turning away is safe, and
/// accepting what cannot be committed soon is not.</summary>
public static class IngestLimit
{
    /// <summary>The policy's name.</summary>
    public const string Policy = "ingest";

    /// <summary>Registers the limit: <c>Ingest:Concurrency</c> at once, <c>Ingest:Queue</c> waiting.</summary>
    public static void AddIngestLimit(this WebApplicationBuilder builder) => builder.Services.AddRateLimiter(limits =>
    {
        limits.RejectionStatusCode = StatusCodes.Status503ServiceUnavailable;
        limits.OnRejected = (context, _) =>
        {
            Measures.Refused("overloaded");
            context.HttpContext.Response.Headers.RetryAfter = "5";
            return ValueTask.CompletedTask;
        };
        limits.AddConcurrencyLimiter(Policy, limit =>
        {
            // Below the size of the connection pool, so that nobody waits for a connection.
            limit.PermitLimit = builder.Configuration.GetValue("Ingest:Concurrency", 24);
            limit.QueueLimit = builder.Configuration.GetValue("Ingest:Queue", 128);
            limit.QueueProcessingOrder = QueueProcessingOrder.OldestFirst;
        });
    });
}
