using System.Diagnostics;
using System.Text.Json;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;

namespace Marketplace.Invoicing;

/// <summary>What an event says of the invoice as it then was.</summary>
/// <param name="OrganizationId">The consumer organization that is to pay.</param>
/// <param name="Kind"><c>initial</c>, <c>period</c>, <c>final</c> or <c>change</c>.</param>
public sealed record InvoiceEventPayload(
    string InvoiceId, string SubscriptionId, string OrganizationId, string? ProductId, string Kind, InvoiceEventState State, InvoiceEventStatus Status);

/// <summary>The state that an invoice was in.</summary>
/// <param name="Name"><c>draft</c>, <c>open</c>, <c>paid</c>, <c>past_due</c>, <c>incomplete</c> or <c>void</c>.</param>
public sealed record InvoiceEventState(string Name);

/// <summary>How work on it stood.</summary>
/// <param name="Level"><c>pending</c>: something is to be done; <c>success</c> or <c>error</c>.</param>
public sealed record InvoiceEventStatus(string Level);

/// <summary>The feed of a provider's own billing system. Each event is written in the transaction of the change that it tells of: there is never the one without the other.</summary>
public static class InvoiceEvents
{
    /// <summary>The state or its level changed.</summary>
    public const string Status = "status";

    /// <summary>What the billing system stated changed.</summary>
    public const string Billing = "billing";

    private const int LeastDays = 7;
    private const int BatchSize = 1000;

    /// <summary>Adds the invoice as it is at the feed's end. The last lock that its transaction takes: whoever waited for another one while holding it could wait for ever.</summary>
    public static async Task Add(Transaction transaction, Invoice invoice, string subresource, CancellationToken cancellation)
    {
        // The feed's row is held until commit, so numbers follow commit order and none is left out.
        var sequence = await transaction.QueryOne<long>(
            """
            insert into invoice_feeds as f (organization_id, last_sequence) values (@ProviderOrganizationId, 1)
            on conflict (organization_id) do update set last_sequence = f.last_sequence + 1 returning last_sequence
            """, invoice, cancellation);
        var payload = new InvoiceEventPayload(
            invoice.Id, invoice.SubscriptionId, invoice.OrganizationId, invoice.ProductId, invoice.Kind, new(invoice.Status), new(invoice.Level));
        var id = Ids.New("evt", transaction.Clock);
        await transaction.Execute(
            """
            insert into invoice_events (organization_id, sequence, id, recorded_at, correlation_id, subresource, payload)
            values (@ProviderOrganizationId, @sequence, @id, @Now, @Correlation, @subresource, @Payload::jsonb)
            """,
            new
            {
                invoice.ProviderOrganizationId, sequence, id, Now = transaction.Clock.GetUtcNow(), Correlation = Activity.Current?.TraceId.ToString() ?? id, subresource,
                Payload = JsonSerializer.Serialize(payload, JsonSerializerOptions.Web),
            }, cancellation);
    }

    /// <summary>Deletes batches of what is older than <c>Invoices:EventDays</c>; how many events. What is deleted is always the feed's beginning, and the feed knows how far.</summary>
    public static Task<int> Forget(IServiceProvider services, DateTimeOffset now, CancellationToken cancellation) => services.GetRequiredService<Database>().Execute(
        """
        with due as (
            select f.organization_id, f.pruned_to from invoice_feeds f
            where exists (select from invoice_events e where e.organization_id = f.organization_id and e.sequence = f.pruned_to + 1 and e.recorded_at < @before)
            limit 20 for update skip locked),
        old as (
            select d.organization_id, least(d.pruned_to + @BatchSize, coalesce(
                (select min(sequence) - 1 from invoice_events e where e.organization_id = d.organization_id and e.recorded_at >= @before),
                (select max(sequence) from invoice_events e where e.organization_id = d.organization_id))) as last from due d),
        told as (update invoice_feeds f set pruned_to = o.last from old o where f.organization_id = o.organization_id)
        delete from invoice_events e using old o where e.organization_id = o.organization_id and e.sequence <= o.last
        """, new { before = now.AddDays(-Days(services.GetRequiredService<IConfiguration>())), BatchSize }, cancellation);

    /// <summary>How many days events are kept.</summary>
    public static int Days(IConfiguration configuration) => configuration.GetValue("Invoices:EventDays", 30) is var days and >= LeastDays
        ? days
        : throw new InvalidOperationException($"Invoices__EventDays must be {LeastDays} or more.");
}
