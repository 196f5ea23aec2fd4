using System.Net;
using System.Text.Json;
using Marketplace.Contracts.WebhookIngest;
using Marketplace.Storage;
using Stripe;

namespace Marketplace.Invoicing;

/// <summary>Usage that Stripe took and rejected afterwards, which it tells in error reports. What a report names was not counted, so it is sent again under another identifier and
/// counts once. What is not named there, and what is rejected each time, is charged when its period is settled: our closure has it, and the totals are compared.</summary>
public sealed partial class RejectedUsage(
    StripeConnections stripe, CustomerDeletion deletion, StripeChanges changes, JobQueue queue, Database database, TimeProvider clock, ILogger<RejectedUsage> logger) : IStripeMirror
{
    /// <summary>Stripe's name of what is rejected.</summary>
    public const string MeterEvent = "billing.meter_event";

    /// <summary>What a provider is told of usage that Stripe does not count.</summary>
    public const string LeftToSettlement = "It is charged by a line of ours when the period is settled; nothing is to be done.";

    /// <summary>The events that tell of it. They name no more than the meter, and not even that where there is none.</summary>
    public static readonly IReadOnlyList<string> ErrorReports = ["v1.billing.meter.error_report_triggered", "v1.billing.meter.no_meter_found"];

    private const string CustomerMissing = "meter_event_customer_not_found";
    private const int MostResends = 3;
    private const int MostErrorReports = 20;

    /// <summary>A report stands for itself where no meter was found.</summary>
    public string ObjectType => "v2.core.event";

    /// <inheritdoc/>
    public async Task<ApplyFetched> Fetch(StripeEventReceived heard, BillingIntegration integration, CancellationToken cancellation)
    {
        if (!ErrorReports.Contains(heard.Type))
        {
            return Ignored.Because($"Events of type {heard.Type} tell of nothing that the marketplace made.");
        }

        try
        {
            var rejected = await Read(integration.Keys, heard.EventId, cancellation);
            var gone = await Gone(integration.Keys, rejected, cancellation);
            return (transaction, stop) => Apply(transaction, integration, rejected, gone, stop);
        }
        catch (StripeException exception) when (Ignored.Reason(exception, "report", "Events: Read") is { } reason)
        {
            return Ignored.Because(reason);
        }
    }

    /// <inheritdoc/>
    public Task LookSoon(Transaction transaction, StripeEventReceived heard, BillingIntegration integration, CancellationToken cancellation) => Task.CompletedTask;

    /// <summary>Asks for the newest reports about a subscription's meters, where their sums are not what they should be and no event may have told why.</summary>
    public async Task Look(StripeKeys keys, StripeSubscription ours, CancellationToken cancellation)
    {
        try
        {
            foreach (var part in RecurringParts.Of(ours.Snapshot()).Where(part => part.Unit is not null))
            {
                if (await StripeObjects.Find(database, keys, PlanMirror.MeterOf(ours.MirrorId, part), cancellation) is { } meter)
                {
                    await Look(keys, meter, cancellation);
                }
            }
        }
        catch (StripeException exception) when (exception.HttpStatusCode is HttpStatusCode.Forbidden or HttpStatusCode.NotFound or HttpStatusCode.BadRequest)
        {
            // What was rejected is charged with the settlement; only why is not known.
            NotRead(logger, ours.Id, exception.Message);
        }
    }

    private async Task Look(StripeKeys keys, string meter, CancellationToken cancellation)
    {
        var integration = (await BillingIntegration.Find(database, keys.IntegrationId, cancellation))!;
        using var list = await Get(keys, $"/v2/core/events?object_id={Uri.EscapeDataString(meter)}&limit={MostErrorReports}", cancellation);
        foreach (var report in Items(Property(list.RootElement, "data")).Where(report => ErrorReports.Contains(Text(report, "type"))).Select(report => Text(report, "id")).OfType<string>())
        {
            var rejected = await Read(keys, report, cancellation);
            var gone = await Gone(keys, rejected, cancellation);
            await using var transaction = await database.Begin(cancellation);
            await Apply(transaction, integration, rejected, gone, cancellation);
            await transaction.Commit(cancellation);
        }

        queue.Wake();
    }

    private async Task<string?> Apply(
        Transaction transaction, BillingIntegration integration, IReadOnlyList<Rejection> rejected, IReadOnlyList<string> gone, CancellationToken cancellation)
    {
        var named = await transaction.Query<Batch>(
            """
            select distinct u.batch as identifier, u.subscription_id from meter_usage u join stripe_subscriptions s on s.id = u.subscription_id
            where u.batch = any(@Identifiers) and s.integration_id = @Id
            """, new { Identifiers = rejected.Select(rejection => rejection.Identifier).ToArray(), integration.Id }, cancellation);
        var held = await Hold(transaction, integration, [.. named.Select(batch => batch.SubscriptionId)], gone, cancellation);
        foreach (var customer in gone)
        {
            await deletion.Apply(transaction, integration.Keys, customer, cancellation);
        }

        foreach (var rejection in rejected)
        {
            if (named.FirstOrDefault(batch => batch.Identifier == rejection.Identifier) is { } batch && held.GetValueOrDefault(batch.SubscriptionId) is { } ours)
            {
                await Apply(transaction, integration, ours, rejection, gone.Contains(ours.CustomerId), cancellation);
            }
        }

        return held.Count > 0 ? null : "It names no usage that the marketplace sent and has not sent again.";
    }

    // One report names several subscriptions in an order of Stripe's: everything that it concerns is held first, in the order that all writes keep.
    private async Task<Dictionary<string, StripeSubscription>> Hold(
        Transaction transaction, BillingIntegration integration, string[] subscriptions, IReadOnlyList<string> gone, CancellationToken cancellation)
    {
        var held = await transaction.Query<StripeSubscription>(
            $"select {StripeSubscription.Columns} from stripe_subscriptions where id = any(@subscriptions) order by id for no key update", new { subscriptions }, cancellation);
        var customers = new { gone = gone.ToArray() };
        await transaction.Query<string>("select id from customers where id = any(@gone) order by id for no key update", customers, cancellation);
        await transaction.Query<string>(
            "select id from invoices where customer_id = any(@gone) and status not in ('paid', 'void') order by id for no key update", customers, cancellation);
        await queue.Hold(transaction, integration.Id, held.Select(ours => ours.OrganizationId), cancellation);
        return held.ToDictionary(ours => ours.Id, StringComparer.Ordinal);
    }

    private async Task Apply(
        Transaction transaction, BillingIntegration integration, StripeSubscription ours, Rejection rejection, bool isGone, CancellationToken cancellation)
    {
        var settled = await transaction.QueryOne<bool>(
            """
            select exists (select from settlements s join meter_usage u on u.subscription_id = s.subscription_id and u.period_start = s.period_start
                where u.batch = @Identifier and s.settled_at is not null)
            """, rejection, cancellation);
        // Once: what was sent again has another batch, and what is not is marked.
        var (again, marked) = await transaction.QueryOne<(long, long)>(
            """
            with rejected as (update meter_usage set rejected_at = @Now, rejection = @Text, resends = resends + 1,
                    batch = case when resends < @most then null else batch end, sent_at = case when resends < @most then null else sent_at end
                where subscription_id = @Id and batch = @Identifier and rejected_at is null returning batch)
            select count(*) filter (where batch is null), count(*) from rejected
            """,
            new { ours.Id, rejection.Identifier, Text = rejection.ToString(), Now = clock.GetUtcNow(), most = settled || isGone || ours.EndedAt is not null ? 0 : MostResends }, cancellation);
        if (marked == 0 || settled)
        {
            // Known, or charged.
            return;
        }

        if (again > 0)
        {
            await queue.Enqueue(transaction, ours.IntegrationId, ours.OrganizationId, SendUsage.JobKind, ours.Id, cancellation);
        }

        await changes.Note(
            transaction, integration.Keys, MeterEvent, ours.Id, [$"usage_rejected/{rejection.Code}"],
            again > 0 ? $"Stripe said: {rejection.Message} It is sent again. What Stripe does not count is a line of ours when the period is settled."
                : $"Stripe said: {rejection.Message} {LeftToSettlement}",
            cancellation);
    }

    // Customers that are not at Stripe any more: their usage cannot be counted there.
    private async Task<IReadOnlyList<string>> Gone(StripeKeys keys, IReadOnlyList<Rejection> rejected, CancellationToken cancellation)
    {
        var identifiers = rejected.Where(rejection => rejection.Code == CustomerMissing).Select(rejection => rejection.Identifier).ToArray();
        var customers = identifiers.Length == 0 ? [] : await database.Query<string>(
            """
            select distinct o.stripe_id from meter_usage u join stripe_subscriptions s on s.id = u.subscription_id join stripe_objects o on o.our_id = s.customer_id
            where u.batch = any(@identifiers) and o.integration_id = @IntegrationId
            """, new { identifiers, keys.IntegrationId }, cancellation);
        List<string> gone = [];
        foreach (var customer in customers)
        {
            if (await deletion.Find(keys, customer, cancellation) is { } ours)
            {
                gone.Add(ours);
            }
        }

        return gone;
    }

    private async Task<IReadOnlyList<Rejection>> Read(StripeKeys keys, string report, CancellationToken cancellation)
    {
        using var read = await Get(keys, $"/v2/core/events/{Uri.EscapeDataString(report)}", cancellation);
        return
        [
            .. from type in Items(Property(Property(Property(read.RootElement, "data"), "reason"), "error_types"))
               from sample in Items(Property(type, "sample_errors"))
               let identifier = Text(Property(sample, "request"), "identifier")
               where identifier is not null
               select new Rejection(identifier, Text(type, "code") ?? "unknown", Text(sample, "error_message") ?? ""),
        ];
    }

    // A report that reads otherwise than expected names nothing; no job may fail for it.
    private static JsonElement Property(JsonElement parent, string name) => parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var value) ? value : default;

    private static IEnumerable<JsonElement> Items(JsonElement list) => list.ValueKind == JsonValueKind.Array ? list.EnumerateArray() : [];

    private static string? Text(JsonElement parent, string name) => Property(parent, name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    private async Task<JsonDocument> Get(StripeKeys keys, string path, CancellationToken cancellation) =>
        JsonDocument.Parse((await stripe.Open(keys).RawRequestAsync(HttpMethod.Get, path, cancellationToken: cancellation)).Content);

    private sealed record Batch(string Identifier, string SubscriptionId);

    private sealed record Rejection(string Identifier, string Code, string Message)
    {
        public override string ToString() => $"{Code}: {Message}";
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Reports about the meters of {Subscription} cannot be read: {Reason}")]
    private static partial void NotRead(ILogger logger, string subscription, string reason);
}
