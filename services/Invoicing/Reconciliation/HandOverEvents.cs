using Marketplace.Contracts.Invoicing;
using Marketplace.Contracts.WebhookIngest;
using Marketplace.Storage;
using MassTransit;
using Stripe;

namespace Marketplace.Invoicing;

/// <summary>Step: lists the events of the types that we ask webhooks for, and hands them to WebhookIngest, which takes those that were never delivered. It comes
/// after the comparisons, so that their report is not changed by events that are applied meanwhile.</summary>
public sealed class HandOverEvents(StripeConnections stripe, Database database, TimeProvider clock) : IReconciliationStep
{
    /// <summary>Its name in runs.</summary>
    public const string StepName = "events";

    private const int PageSize = 100;

    // More types than these Stripe does not take in one list.
    private const int MostTypes = 20;

    private static readonly string[][] Types = [.. WebhookEndpoint.Events.Chunk(MostTypes)];

    /// <inheritdoc/>
    public string Name => StepName;

    /// <inheritdoc/>
    public bool Concerns(BillingIntegration integration) => true;

    /// <inheritdoc/>
    /// <remarks>The cursor is the number of the list of types and, after a slash, the last event.</remarks>
    public async Task<ComparedPage> Compare(ReconciliationRun run, BillingIntegration integration, string? cursor, CancellationToken cancellation)
    {
        var (list, after) = cursor?.Split('/') is [var number, var last] ? (int.Parse(number, System.Globalization.CultureInfo.InvariantCulture), last) : (0, "");
        if (list >= Types.Length)
        {
            return new(null, 0);
        }

        var oldest = clock.GetUtcNow() - ReconciliationRun.Longest;
        var since = run.Since > oldest ? run.Since : oldest;
        var page = await stripe.Open(integration.Keys with { InBackground = true }).V1.Events.ListAsync(
            new EventListOptions
            {
                Types = [.. Types[list]], Created = new DateRangeOptions { GreaterThanOrEqual = since.UtcDateTime }, Limit = PageSize, StartingAfter = after.Length > 0 ? after : null,
            }, cancellationToken: cancellation);
        List<FoundStripeEvent> found = [.. page.Data.Where(e => e.Data?.Object is IHasId { Id.Length: > 0 }).Select(e => (Event: e, About: About(e.Data.Object))).Select(e => new FoundStripeEvent(
            e.Event.Id, e.Event.Type, e.About.Type, e.About.Id, e.Event.ApiVersion, e.Event.Livemode, StripeTimes.Utc(e.Event.Created)))];
        if (found.Count > 0)
        {
            await HandOver(run, integration, found, cancellation);
        }

        return new(page.HasMore ? $"{list}/{page.Data[^1].Id}" : list + 1 < Types.Length ? $"{list + 1}/" : null, page.Data.Count);
    }

    /// <inheritdoc/>
    public Task<DriftVerdict> Look(Drift drift, BillingIntegration integration, bool byHand, CancellationToken cancellation) => Task.FromResult(DriftVerdict.Open(null));

    // As WebhookIngest reads it: a discount cannot be fetched, but whoever it was given to.
    private static (string Type, string Id) About(IHasObject told) => told switch
    {
        Discount { Subscription: { } subscription } => ("subscription", subscription),
        Discount { CustomerId: { } customer } => ("customer", customer),
        _ => (told.Object, ((IHasId)told).Id),
    };

    private async Task HandOver(ReconciliationRun run, BillingIntegration integration, List<FoundStripeEvent> found, CancellationToken cancellation)
    {
        // Named by its first and last event: a page that is done again after a kill is the same batch.
        var batch = $"{run.Id}/{found[0].EventId}/{found[^1].EventId}";
        await using var transaction = await database.Begin(cancellation);
        var added = await transaction.Execute(
            "insert into reconciliation_batches (id, run_id, events) values (@batch, @Id, @Count) on conflict (id) do nothing", new { batch, run.Id, found.Count }, cancellation);
        if (added > 0)
        {
            await transaction.Announce(
                new StripeEventsFound(integration.Id, run.Id, batch, integration.Keys.AccountId, integration.Livemode, found, clock.GetUtcNow()), cancellation);
            await transaction.Commit(cancellation);
        }
    }
}

/// <summary>Hears how many of the events that were handed over had never been delivered.</summary>
public sealed class CountMissedEvents(Database database) : IConsumer<StripeEventsTaken>
{
    /// <inheritdoc/>
    public Task Consume(ConsumeContext<StripeEventsTaken> context) => Handle(context.Message, context.CancellationToken);

    /// <summary>Keeps the first answer: a repeated hand-over finds everything known.</summary>
    public Task Handle(StripeEventsTaken taken, CancellationToken cancellation) => database.Execute(
        "update reconciliation_batches set missed = @Missed where id = @BatchId and run_id = @RunId and missed is null", taken, cancellation);
}
