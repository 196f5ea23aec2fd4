using System.Diagnostics;
using System.Text.Json;
using Marketplace.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace Marketplace.WebhookIngest.Ingest;

/// <summary>What became of an acknowledged delivery, for whoever looks at the sender's log.</summary>
/// <param name="State">The state in which the event was stored; null for a copy.</param>
/// <param name="Reason">Why it is ignored or parked.</param>
public sealed record ReceiptResponse(bool Copy, string? State, string? Reason);

/// <summary>Takes a delivery from Stripe: checks its signature, stores it byte for byte, announces it in the same commit, and only then says 200.</summary>
public static partial class ReceiveEvent
{
    /// <summary>Largest body that is read.</summary>
    public const int MaxBody = 512 * 1024;

    /// <summary>200 once stored, also for copies and for events that are parked; 400 <c>signature_*</c>, 404, 413, 415, 503. Whoever holds a signing secret may.</summary>
    public static async Task<Results<Ok<ReceiptResponse>, ProblemHttpResult>> Handle(
        string billingIntegrationId, HttpContext context, IngestLimit limit, KnownEndpoints endpoints, GroupCommit store, TimeProvider clock,
        ILogger<WebhookDelivery> logger, CancellationToken cancellation)
    {
        if (context.Request.Headers.ContentEncoding.Count > 0)
        {
            return Problems.EncodingUnsupported();
        }

        if (string.IsNullOrEmpty(context.Request.Headers["Stripe-Signature"]))
        {
            return Problems.SignatureMissing();
        }

        if (await ReadBody(context.Request, cancellation) is not { } body)
        {
            return Problems.BodyTooLarge();
        }

        if (!limit.TryEnter())
        {
            return Problems.Overloaded(context);
        }

        try
        {
            return await Receive(billingIntegrationId, body, context, endpoints, store, clock, logger, cancellation);
        }
        catch (Exception exception) when (IsAway(exception))
        {
            NotStored(logger, billingIntegrationId, exception);
            return Problems.StorageAway(context);
        }
        finally
        {
            limit.Leave();
        }
    }

    // First by what is remembered of the integration; where that refuses or turns out to be old, once more by what the database says.
    private static async Task<Results<Ok<ReceiptResponse>, ProblemHttpResult>> Receive(
        string integration, byte[] body, HttpContext context, KnownEndpoints endpoints, GroupCommit store, TimeProvider clock,
        ILogger<WebhookDelivery> logger, CancellationToken cancellation)
    {
        for (var fresh = false; ; fresh = true)
        {
            if (await endpoints.Find(integration, fresh, cancellation) is not { } known)
            {
                return Problems.IntegrationUnknown();
            }

            var now = clock.GetUtcNow();
            switch (Signature.Check(context.Request.Headers["Stripe-Signature"], body, known.InForce(now), now))
            {
                case SignatureVerdict.Invalid when !fresh:
                    continue;
                case SignatureVerdict.Missing:
                    return Problems.SignatureMissing();
                case SignatureVerdict.Invalid:
                    return Problems.SignatureInvalid();
                case SignatureVerdict.Stale:
                    Skewed(logger, integration);
                    return Problems.SignatureStale();
                case SignatureVerdict.FutureDated:
                    Skewed(logger, integration);
                    return Problems.SignatureFutureDated();
                case SignatureVerdict.Valid:
                    break;
            }

            var delivery = WebhookDelivery.Of(Ids.New("whe", clock), known, body, Headers(context.Request), now, Activity.Current?.Id);
            switch (await store.Store(delivery, cancellation))
            {
                case Storing.Stored:
                    Measures.Received(delivery.State, delivery.Reason);
                    return TypedResults.Ok(new ReceiptResponse(false, delivery.Reason is null ? EventState.Received : delivery.State, delivery.Reason));
                case Storing.Copy:
                    Measures.Duplicate();
                    return TypedResults.Ok(new ReceiptResponse(true, null, null));
                case Storing.EndpointChanged when fresh:
                    return Problems.StorageAway(context);
                case Storing.EndpointChanged:
                    break;
            }
        }
    }

    // Null when it is too large; then the rest is not read.
    private static async Task<byte[]?> ReadBody(HttpRequest request, CancellationToken cancellation)
    {
        if (request.ContentLength > MaxBody)
        {
            return null;
        }

        using var kept = new MemoryStream((int)(request.ContentLength ?? 4096));
        var buffer = new byte[16 * 1024];
        int read;
        while ((read = await request.Body.ReadAsync(buffer, cancellation)) > 0)
        {
            if (kept.Length + read > MaxBody)
            {
                return null;
            }

            kept.Write(buffer, 0, read);
        }

        return kept.ToArray();
    }

    private static string Headers(HttpRequest request) => JsonSerializer.Serialize(
        new[] { "Content-Type", "User-Agent", "Stripe-Signature" }.ToDictionary(name => name, name => request.Headers[name].ToString(), StringComparer.Ordinal));

    // Whatever keeps us from storing is no acknowledgement; what the database says about our own statement is a bug.
    private static bool IsAway(Exception exception) => exception is TimeoutException
        || (exception is NpgsqlException and not PostgresException)
        || exception is PostgresException { SqlState: ['0', '8', ..] or ['5', '3', ..] or ['5', '7', ..] or ['4', '0', ..] or ['2', '5', ..] or ['3', 'D', ..] };

    [LoggerMessage(Level = LogLevel.Error, Message = "A delivery for {Integration} could not be stored and was not acknowledged.")]
    private static partial void NotStored(ILogger logger, string integration, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A genuine delivery for {Integration} was refused for its time. If this repeats, this system's clock is wrong.")]
    private static partial void Skewed(ILogger logger, string integration);
}
