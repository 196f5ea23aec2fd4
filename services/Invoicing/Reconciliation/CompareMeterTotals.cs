using System.Globalization;
using Marketplace.Storage;

namespace Marketplace.Invoicing;

/// <summary>Step of the billing model in which Stripe renews: what Stripe's meters add up to against what was sent to them, for each subscription, unit and period. An accepted event is not
/// a counted one. What Stripe reported as rejected is sent again, also where no webhook told of the report; anything else is not, because it may be counted yet: a period whose sums still differ when it is settled gets a line of ours
/// over the difference, and a repair by hand does not wait for the hour that is given to meters. Once a period is settled nobody pays for what its meter shows.</summary>
public sealed class CompareMeterTotals(StripeConnections stripe, RejectedUsage rejected, CorrectDraft correct, DriftLog log, JobQueue queue, Database database, TimeProvider clock) : IReconciliationStep
{
    private const int PageSize = 20;
    private const string ObjectType = "billing.meter";

    // Meters add up a while after an event was accepted.
    private static readonly TimeSpan Settling = TimeSpan.FromMinutes(15);

    /// <inheritdoc/>
    public string Name => "meter_totals";

    /// <inheritdoc/>
    public bool Concerns(BillingIntegration integration) => integration.BillingModel == StripeSubscription.BillingModel;

    /// <inheritdoc/>
    public async Task<ComparedPage> Compare(ReconciliationRun run, BillingIntegration integration, string? cursor, CancellationToken cancellation)
    {
        var subscriptions = await database.Query<string>(
            """
            select distinct u.subscription_id from meter_usage u join stripe_subscriptions s on s.id = u.subscription_id
            where s.integration_id = @Id and u.period_end >= @Since and u.subscription_id > @cursor order by 1 limit @PageSize
            """, new { integration.Id, run.Since, cursor = cursor ?? "", PageSize }, cancellation);
        var examined = 0;
        HashSet<string> asked = new(StringComparer.Ordinal);
        foreach (var sent in await Sent(subscriptions, run.Since, cancellation))
        {
            examined++;
            if (await Difference(integration, sent, cancellation) is { } difference)
            {
                var state = await IsSentAgain(integration, sent, asked, cancellation) ? DriftState.Repaired : DriftState.Open;
                await using var transaction = await database.Begin(cancellation);
                await log.Note(transaction, run, integration, Name, ObjectType, sent.Key, null, difference, state, cancellation);
                await transaction.Commit(cancellation);
            }
        }

        return new(subscriptions.Count == PageSize ? subscriptions[^1] : null, examined);
    }

    /// <inheritdoc/>
    public async Task<DriftVerdict> Look(Drift drift, BillingIntegration integration, bool byHand, CancellationToken cancellation)
    {
        var sums = await Sent([drift.OurId!.Split('/')[0]], DateTimeOffset.MinValue, cancellation);
        if (sums.FirstOrDefault(sum => sum.Key == drift.OurId) is not { } sent)
        {
            return DriftVerdict.Repaired;
        }

        // Before the meter is asked: what a job has done since changes it.
        var isUnderWay = await IsUnderWay(sent, cancellation);
        return await Difference(integration, sent, cancellation) is not { } left ? DriftVerdict.Repaired
            : (byHand && await Repair(integration, sent, cancellation)) || isUnderWay ? DriftVerdict.Queued
            : DriftVerdict.Open(left.Detail);
    }

    // Whether its usage is being sent, or its period is being settled, or was since its sum was read. What stands still waits for a person.
    private Task<bool> IsUnderWay(SentUsage sent, CancellationToken cancellation) => database.QueryOne<bool>(
        $"""
        with jobs as (select kind, subject_id from stripe_jobs j where {JobQueue.UnderWay})
        select exists (select from jobs where kind = '{SendUsage.JobKind}' and subject_id = @SubscriptionId)
            or exists (select from settlements s where s.subscription_id = @SubscriptionId and s.period_start = @PeriodStart
                and (s.settled_at is not null or exists (select from jobs where kind = '{SettlePeriod.JobKind}' and subject_id = s.invoice_id)))
        """, sent, cancellation);

    // Whether a job makes it right: it sends again what was rejected, or settles the period with a line of ours.
    private async Task<bool> Repair(BillingIntegration integration, SentUsage sent, CancellationToken cancellation)
    {
        await rejected.Look(integration.Keys, (await StripeSubscription.Find(database, sent.SubscriptionId, cancellation))!, cancellation);
        await using var transaction = await database.Begin(cancellation);
        var waiting = await transaction.QueryOne<bool>(
            $"select exists (select from stripe_jobs j where j.kind = @JobKind and j.subject_id = @SubscriptionId and {JobQueue.UnderWay})", new { SendUsage.JobKind, sent.SubscriptionId }, cancellation);
        var settles = await correct.Hurry(transaction, integration.Id, (sent.SubscriptionId, sent.PeriodStart), queue, cancellation);
        await transaction.Commit(cancellation);
        queue.Wake();
        return waiting || settles;
    }

    // Nobody may have told that Stripe rejected it: its newest reports are asked for, once for all subscriptions to a plan, and what they name is on its way again.
    private async Task<bool> IsSentAgain(BillingIntegration integration, SentUsage sent, HashSet<string> asked, CancellationToken cancellation)
    {
        var ours = (await StripeSubscription.Find(database, sent.SubscriptionId, cancellation))!;
        if (asked.Add(ours.MirrorId))
        {
            await rejected.Look(integration.Keys with { InBackground = true }, ours, cancellation);
        }

        return (await Sent([sent.SubscriptionId], sent.PeriodEnd, cancellation)).All(left => left.Key != sent.Key);
    }

    // Only what is sent whole: the rest is on its way. What is over, here or at Stripe, is charged by our own closure, whatever its meter shows of a minute that it shares with the next subscription.
    private Task<IReadOnlyList<SentUsage>> Sent(IReadOnlyList<string> subscriptions, DateTimeOffset since, CancellationToken cancellation) => database.Query<SentUsage>(
        """
        select subscription_id, unit, period_start, period_end, sum(quantity)::bigint as quantity from meter_usage
        where subscription_id = any(@Subscriptions) and period_end >= @since and not exists (
            select from settlements s where s.subscription_id = meter_usage.subscription_id and s.period_start = meter_usage.period_start and s.settled_at is not null)
            and not exists (select from subscriptions b join stripe_subscriptions t on t.id = b.id where b.id = meter_usage.subscription_id and (b.cancelled_at is not null or t.ended_at is not null))
        group by subscription_id, unit, period_start, period_end
        having bool_and(sent_at is not null) and max(sent_at) <= @Settled order by subscription_id, period_start, unit
        """, new { Subscriptions = subscriptions.ToArray(), since, Settled = clock.GetUtcNow() - Settling }, cancellation);

    private async Task<Difference?> Difference(BillingIntegration integration, SentUsage sent, CancellationToken cancellation)
    {
        var ours = (await StripeSubscription.Find(database, sent.SubscriptionId, cancellation))!;
        var part = RecurringParts.Of(ours.Snapshot()).FirstOrDefault(candidate => candidate.Unit == sent.Unit);
        var meter = part is null ? null : await StripeObjects.Find(database, integration.Keys, PlanMirror.MeterOf(ours.MirrorId, part), cancellation);
        var customer = await StripeObjects.Find(database, integration.Keys, ours.CustomerId, cancellation);
        if (meter is null || customer is null)
        {
            return null;
        }

        var (from, to) = SendUsage.Inside((sent.PeriodStart, sent.PeriodEnd));
        var shown = 0m;
        await foreach (var summary in stripe.Open(integration.Keys with { InBackground = true }).V1.Billing.Meters.EventSummaries.ListAutoPagingAsync(
            meter, new() { Customer = customer, StartTime = from.UtcDateTime, EndTime = to.UtcDateTime }, cancellationToken: cancellation))
        {
            shown += summary.AggregatedValue;
        }

        return shown == sent.Quantity ? null : new(
            DriftKind.MeterTotal, Units(sent.Quantity, sent.Unit), Units(shown, sent.Unit),
            $"Meter {meter} from {sent.PeriodStart:u}. Nobody pays wrong amounts for it: when the period is closed, a line of ours makes up for what the meter does not show.");
    }

    private static string Units(decimal quantity, string unit) => string.Create(CultureInfo.InvariantCulture, $"{quantity:0.####} {unit}");

    private sealed record SentUsage(string SubscriptionId, string Unit, DateTimeOffset PeriodStart, DateTimeOffset PeriodEnd, long Quantity)
    {
        public string Key => string.Create(CultureInfo.InvariantCulture, $"{SubscriptionId}/{Unit}/{PeriodStart.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}");
    }
}
