using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Marketplace.Invoicing;

/// <summary>Which events are asked for.</summary>
/// <param name="After">The number of the last one that was read; absent for the oldest that is kept.</param>
/// <param name="OrganizationId">The provider; needed by who belongs to several.</param>
public sealed record InvoiceEventQuery(
    [property: FromQuery(Name = "after"), Range(0, long.MaxValue)] long? After = null,
    [property: FromQuery(Name = "limit"), Range(1, 100)] int Limit = 100,
    [property: FromQuery(Name = "organizationId"), PlainText(60)] string? OrganizationId = null);

/// <summary>Something that happened to an invoice.</summary>
/// <param name="Sequence">Its number in the provider's feed: one more than that of the event before.</param>
/// <param name="Time">When it was written (UTC).</param>
/// <param name="Version">Of this form.</param>
/// <param name="Product">Who tells it: <c>marketplace</c>.</param>
/// <param name="CorrelationId">The trace of what caused it.</param>
/// <param name="Organization">The provider.</param>
/// <param name="Type"><c>SubResourceUpdated</c>.</param>
public sealed record InvoiceEventResponse(
    string Id, long Sequence, DateTimeOffset Time, string Version, string Product, string CorrelationId, InvoiceEventOrganization Organization, string Type,
    InvoiceEventPayload Payload, InvoiceEventMetadata Metadata);

/// <summary>Whose feed it is.</summary>
public sealed record InvoiceEventOrganization(string Id);

/// <summary>What changed.</summary>
/// <param name="Subresource"><c>status</c>: the state or its level, also of an invoice that is new; <c>billing</c>: what the billing system stated.</param>
public sealed record InvoiceEventMetadata(string Subresource);

/// <summary>Events in their order.</summary>
/// <param name="Next">What to ask for next, as <c>after</c>, once these are dealt with.</param>
/// <param name="More">Whether there are more already.</param>
public sealed record InvoiceEventPage(IReadOnlyList<InvoiceEventResponse> Data, long Next, bool More);

/// <summary><c>GET /v1/invoice-events</c>: owners and administrators of a provider whose own billing system charges, and platform operators.</summary>
public static class ReadInvoiceEvents
{
    /// <summary>The events after a number; 410 where some of them are kept no longer, so that nobody takes a gap for silence.</summary>
    public static async Task<Results<Ok<InvoiceEventPage>, ProblemHttpResult>> Handle(
        [AsParameters] InvoiceEventQuery query, Caller caller, IConfiguration configuration, Database database, CancellationToken cancellation)
    {
        var provider = query.OrganizationId ?? (caller.Providers is [var only] ? only : null);
        if (Refuse(caller, provider) is { } refusal)
        {
            return refusal;
        }

        await using var snapshot = await database.Snapshot(cancellation);
        var feed = await snapshot.QueryOne<Feed>("select last_sequence, pruned_to from invoice_feeds where organization_id = @provider", new { provider }, cancellation) ?? new(0, 0);
        var after = query.After ?? feed.PrunedTo;
        if (after < feed.PrunedTo)
        {
            return Problems.InvoiceEventsForgotten(feed.PrunedTo, InvoiceEvents.Days(configuration));
        }

        if (after > feed.LastSequence)
        {
            return Problem.Invalid("after", $"The feed's last number is {feed.LastSequence}.");
        }

        var rows = await snapshot.Query<Row>(
            "select sequence, id, recorded_at, correlation_id, subresource, payload::text as payload from invoice_events where organization_id = @provider and sequence > @after order by sequence limit @Limit",
            new { provider, after, query.Limit }, cancellation);
        var next = rows.Count > 0 ? rows[^1].Sequence : after;
        return TypedResults.Ok(new InvoiceEventPage([.. rows.Select(row => Show(row, provider!))], next, next < feed.LastSequence));
    }

    private static ProblemHttpResult? Refuse(Caller caller, string? provider) =>
        provider is null ? Problem.Invalid("organizationId", "Name the provider organization whose events are asked for.")
        : caller.IsOperator ? null
        : caller.In(provider) is not { Kind: "provider" } ? Problems.NoProvider(provider)
        : caller.Has(provider, Roles.ProviderSettings) ? null
        : Problems.SettingsRole(provider);

    private static InvoiceEventResponse Show(Row row, string provider) => new(
        row.Id, row.Sequence, row.RecordedAt, "1", "marketplace", row.CorrelationId, new(provider), "SubResourceUpdated",
        JsonSerializer.Deserialize<InvoiceEventPayload>(row.Payload, JsonSerializerOptions.Web)!, new(row.Subresource));

    private sealed record Feed(long LastSequence, long PrunedTo);

    private sealed record Row(long Sequence, string Id, DateTimeOffset RecordedAt, string CorrelationId, string Subresource, string Payload);
}
