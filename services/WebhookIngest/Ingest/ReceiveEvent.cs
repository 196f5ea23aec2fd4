using System.Text.Json;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace Marketplace.WebhookIngest.Ingest;

/// <summary>Takes a delivery from Stripe: checks its signature, stores it byte for byte, announces it in the same commit, and only then says 200.</summary>
public static partial class ReceiveEvent
{
    /// <summary>Largest body that is read.</summary>
    public const int MaxBody = 512 * 1024;

    /// <summary>200 once stored, also for copies and for events that are parked; 400 <c>signature_*</c>, 404, 413, 415, 503. Whoever holds a signing secret may.</summary>
    public static async Task<Results<Ok, ProblemHttpResult>> Handle(
        string billingIntegrationId, HttpContext context, IngestLimit limit, Database database, FieldCipher cipher, TimeProvider clock, ILogger<WebhookDelivery> logger,
        CancellationToken cancellation)
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

        using var place = await limit.Enter(cancellation);
        if (!place.IsAcquired)
        {
            return Problems.Overloaded(context);
        }

        try
        {
            if (await database.QueryOne<Row>(
                "select integration_id, organization_id, account_id, livemode, secrets from webhook_endpoints where integration_id = @billingIntegrationId and not deleted",
                new { billingIntegrationId }, cancellation) is not { } row)
            {
                return Problems.IntegrationUnknown();
            }

            var secrets = row.Secrets.Select(secret => cipher.Decrypt(secret, row.OrganizationId, row.IntegrationId, "webhook-secret"));
            switch (Signature.Check(context.Request.Headers["Stripe-Signature"], body, secrets, clock.GetUtcNow()))
            {
                case SignatureVerdict.Missing:
                    return Problems.SignatureMissing();
                case SignatureVerdict.Invalid:
                    return Problems.SignatureInvalid();
                case SignatureVerdict.Stale:
                    Skewed(logger, billingIntegrationId);
                    return Problems.SignatureStale();
                case SignatureVerdict.Valid:
                    break;
            }

            var delivery = new WebhookDelivery(Ids.New("whe", clock), row.Endpoint, EventForm.Read(body), Headers(context.Request), body, clock.GetUtcNow());
            await Store(database, delivery, cancellation);
            return TypedResults.Ok();
        }
        catch (Exception exception) when (IsAway(exception))
        {
            NotStored(logger, billingIntegrationId, exception);
            return Problems.StorageAway(context);
        }
    }

    /// <summary>Stores a verified delivery, or counts it when its event is here already.</summary>
    internal static async Task Store(Database database, WebhookDelivery delivery, CancellationToken cancellation)
    {
        var (state, reason) = WebhookEvent.Judge(delivery.Facts, delivery.Endpoint);
        await using var transaction = await database.Begin(cancellation);
        var first = await transaction.QueryOne<bool>(
            """
            insert into webhook_events as e (
                id, integration_id, organization_id, event_id, type, object_type, object_id, api_version, livemode, account,
                headers, body, state, reason, received_at, last_delivered_at, attempts, next_attempt_at)
            values (
                @Id, @Integration, @Organization, @EventId, @Type, @ObjectType, @ObjectId, @ApiVersion, @Livemode, @Account,
                @Headers::jsonb, @Body, @state, @reason, @Now, @Now, @Attempts, @NextAttemptAt)
            on conflict (integration_id, event_id) do update set deliveries = e.deliveries + 1, last_delivered_at = excluded.last_delivered_at
            returning deliveries = 1
            """,
            new
            {
                delivery.Id, delivery.Endpoint.Integration, delivery.Endpoint.Organization, delivery.Facts.EventId, delivery.Facts.Type, delivery.Facts.ObjectType,
                delivery.Facts.ObjectId, delivery.Facts.ApiVersion, delivery.Facts.Livemode, delivery.Facts.Account, delivery.Headers, delivery.Body, state, reason,
                Now = delivery.ReceivedAt, Attempts = state == EventState.Announced ? 1 : 0,
                NextAttemptAt = state == EventState.Announced ? delivery.ReceivedAt + WebhookEvent.Wait(1) : (DateTimeOffset?)null,
            }, cancellation);
        if (first && state == EventState.Announced)
        {
            await transaction.Announce(WebhookEvent.Announcement(delivery.Endpoint.Integration, delivery.Facts, delivery.ReceivedAt), cancellation);
        }

        await transaction.Commit(cancellation);
        if (first)
        {
            Measures.Received(state, reason);
        }
        else
        {
            Measures.Duplicate();
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

    private sealed record Row
    {
        public required string IntegrationId { get; init; }

        public required string OrganizationId { get; init; }

        public required string AccountId { get; init; }

        public required bool Livemode { get; init; }

        public required string[] Secrets { get; init; }

        public Endpoint Endpoint => new(IntegrationId, OrganizationId, AccountId, Livemode);
    }
}

/// <summary>A verified delivery.</summary>
/// <param name="Id">Our id, should it be the event's first (<c>whe_…</c>).</param>
/// <param name="Headers">The headers that matter, as a JSON object.</param>
/// <param name="Body">As it was signed.</param>
public sealed record WebhookDelivery(string Id, Endpoint Endpoint, EventFacts Facts, string Headers, byte[] Body, DateTimeOffset ReceivedAt);
