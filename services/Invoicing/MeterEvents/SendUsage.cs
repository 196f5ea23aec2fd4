using System.Globalization;
using System.Net;
using Marketplace.Storage;
using Stripe;

namespace Marketplace.Invoicing;

/// <summary>Job: send the usage of a subscription that waits to Stripe's meters, one event for each unit and period. Before an event is sent, what it carries is bound
/// to its identifier; so a resend carries the same and Stripe counts it once.</summary>
public sealed class SendUsage(StripeConnections stripe, CreateCustomer customers, CheckPlan plans, StripeChanges changes, JobQueue queue, Database database, TimeProvider clock) : IStripeJobKind
{
    /// <summary>Its name in the queue.</summary>
    public const string JobKind = "send_usage";

    /// <summary>Of what a closure counted, not everything was heard of.</summary>
    public const string NotHeard = "usage_not_heard";

    /// <summary>Of what was sent, Stripe's meter shows another sum.</summary>
    public const string NotCounted = "usage_not_counted";

    // Stripe's code for what is older than its meters look back.
    private const string TooOld = "timestamp_too_far_in_past";

    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    /// <inheritdoc/>
    public string Kind => JobKind;

    /// <inheritdoc/>
    public async Task Carry(StripeJob job, StripeKeys keys, CancellationToken cancellation)
    {
        var ours = (await StripeSubscription.Find(database, job.SubjectId, cancellation))!;
        await Send(keys, ours, await customers.Ensure(job, keys, ours.CustomerId, cancellation), cancellation);
        await using var transaction = await database.Begin(cancellation);
        // Whoever adds usage holds this row until its job is in the queue: what came meanwhile finds a job that is still there, or is found here.
        await StripeSubscription.Lock(transaction, ours.Id, cancellation);
        await queue.Finish(transaction, job, cancellation);
        if (await transaction.QueryOne<bool>("select exists (select from meter_usage where subscription_id = @Id and sent_at is null)", ours, cancellation))
        {
            await queue.Enqueue(transaction, ours.IntegrationId, ours.OrganizationId, JobKind, ours.Id, cancellation);
        }
        else if (!await transaction.QueryOne<bool>("select exists (select from meter_usage where subscription_id = @Id and rejected_at is not null)", ours, cancellation))
        {
            // What was rejected is sent again.
            await changes.Repaired(transaction, ours.IntegrationId, RejectedUsage.MeterEvent, ours.Id, cancellation);
        }

        await transaction.Commit(cancellation);
    }

    /// <summary>Sends everything that waits.</summary>
    public async Task Send(StripeKeys keys, StripeSubscription ours, string customer, CancellationToken cancellation)
    {
        await Bind(ours, cancellation);
        var client = stripe.Open(keys);
        // One event for each identifier, also where an end has cut the period meanwhile.
        var batches = await database.Query<Batch>(
            """
            select batch as identifier, unit, period_start, min(period_end) as period_end, sum(quantity)::bigint as quantity from meter_usage
            where subscription_id = @Id and sent_at is null and batch is not null group by batch, unit, period_start order by period_start, unit, batch
            """, ours, cancellation);
        // The end is known here before it is at Stripe. What was used until then must not lie behind it, where a meter would show it for the next subscription to the same plan.
        var over = batches.Count == 0 ? null : await database.QueryOne<DateTimeOffset?>("select least(cancelled_at, @EndedAt) from subscriptions where id = @Id", ours, cancellation);
        foreach (var batch in batches)
        {
            if (await Send(client, keys, ours, customer, batch, over, cancellation))
            {
                await database.Execute("update meter_usage set sent_at = @Now, rejected_at = null where batch = @Identifier", new { Now = clock.GetUtcNow(), batch.Identifier }, cancellation);
            }
            else
            {
                await LeaveToSettlement(keys, ours, batch, cancellation);
            }
        }
    }

    /// <summary>Whether Stripe has counted what a closure carries: everything was sent, and the meters show it.</summary>
    /// <exception cref="JobFailedException">Not yet; it is looked at again on the retry schedule.</exception>
    public async Task Verify(
        StripeClient client, StripeKeys keys, StripeSubscription ours, string customer, (DateTimeOffset Start, DateTimeOffset End) period, IReadOnlyDictionary<string, long> units,
        CancellationToken cancellation)
    {
        foreach (var part in RecurringParts.Of(ours.Snapshot()).Where(part => part.Unit is not null))
        {
            var counted = units.GetValueOrDefault(part.Unit!);
            var heard = await database.QueryOne<long>(
                "select coalesce(sum(quantity), 0)::bigint from meter_usage where subscription_id = @Id and unit = @Unit and period_start = @Start",
                new { ours.Id, part.Unit, period.Start }, cancellation);
            if (heard != counted)
            {
                throw Later(NotHeard, $"{counted} {part.Unit} are to be charged, of which {heard} were heard of.");
            }

            var meter = (await StripeObjects.Find(database, keys, PlanMirror.MeterOf(ours.MirrorId, part), cancellation))!;
            var options = new Stripe.Billing.MeterEventSummaryListOptions { Customer = customer, StartTime = Inside(period).From.UtcDateTime, EndTime = Inside(period).To.UtcDateTime };
            var shown = 0m;
            await foreach (var summary in client.V1.Billing.Meters.EventSummaries.ListAutoPagingAsync(meter, options, cancellationToken: cancellation))
            {
                shown += summary.AggregatedValue;
            }

            if (shown != counted)
            {
                throw Later(NotCounted, $"{counted} {part.Unit} were sent, of which Stripe's meter {meter} shows {shown}.");
            }
        }
    }

    /// <summary>The whole minutes within a period. Stripe shows sums of whole minutes only, so every event lies in one of them.</summary>
    internal static (DateTimeOffset From, DateTimeOffset To) Inside((DateTimeOffset Start, DateTimeOffset End) period) =>
        (Floor(period.Start + Minute - TimeSpan.FromTicks(1)), Floor(period.End));

    private static DateTimeOffset Floor(DateTimeOffset time) => time.AddTicks(-(time.Ticks % TimeSpan.TicksPerMinute));

    private Task Bind(StripeSubscription ours, CancellationToken cancellation) => database.Execute(
        """
        update meter_usage u set batch = b.batch from (
            select unit, period_start, @Prefix || '_' || row_number() over (order by period_start, unit) as batch from meter_usage
            where subscription_id = @Id and sent_at is null and batch is null group by unit, period_start) b
        where u.subscription_id = @Id and u.sent_at is null and u.batch is null and u.unit = b.unit and u.period_start = b.period_start
        """, new { ours.Id, Prefix = ServiceDefaults.Ids.New("use", clock) }, cancellation);

    // False for what Stripe's meters do not take any more.
    private async Task<bool> Send(
        StripeClient client, StripeKeys keys, StripeSubscription ours, string customer, Batch batch, DateTimeOffset? over, CancellationToken cancellation)
    {
        var part = RecurringParts.Of(ours.Snapshot()).First(part => part.Unit == batch.Unit);
        var (from, to) = Inside((batch.PeriodStart, batch.PeriodEnd));
        // Never after the subscription's end, which may lie within its period: Stripe refuses those.
        var last = (over is { } ended && ended < to ? ended : to).AddSeconds(-1);
        // What took another one's place within the period began later at Stripe, which charges what its meter shows since then.
        var began = Inside((ours.BeganAt ?? from, to)).From;
        from = began > from && began < last ? began : from;
        var now = clock.GetUtcNow() < last ? clock.GetUtcNow() : last;
        var at = now < from ? from : now;
        try
        {
            await client.V1.Billing.MeterEvents.CreateAsync(
                new Stripe.Billing.MeterEventCreateOptions
                {
                    EventName = PlanMirror.EventOf(ours.MirrorId, part),
                    Identifier = batch.Identifier,
                    Timestamp = at.UtcDateTime,
                    Payload = new Dictionary<string, string> { ["stripe_customer_id"] = customer, ["value"] = batch.Quantity.ToString(CultureInfo.InvariantCulture) },
                },
                cancellationToken: cancellation);
            return true;
        }
        catch (StripeException exception) when (IsRepetition(exception))
        {
            // Sent before, and its answer was lost.
            return true;
        }
        catch (StripeException exception) when (IsTooOld(exception))
        {
            return false;
        }
        catch (StripeException exception) when (IsWithoutMeter(exception))
        {
            // At once, because the job that puts the plan right may stand behind this one.
            await plans.Repair(keys, ours.MirrorId, $"meter_deactivated/{part.Key}", cancellation);
            await client.V1.Billing.Meters.ReactivateAsync((await StripeObjects.Find(database, keys, PlanMirror.MeterOf(ours.MirrorId, part), cancellation))!, cancellationToken: cancellation);
            throw Later("meter_deactivated", $"Stripe has no active meter for {batch.Unit}; a job reactivates it.");
        }
    }

    // Its lane stood still for longer than Stripe's meters look back: sent as often as one likes, it would never be taken.
    private async Task LeaveToSettlement(StripeKeys keys, StripeSubscription ours, Batch batch, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        await StripeSubscription.Lock(transaction, ours.Id, cancellation);
        await transaction.Execute(
            "update meter_usage set sent_at = @Now, rejected_at = @Now, rejection = @TooOld where batch = @Identifier", new { Now = clock.GetUtcNow(), TooOld, batch.Identifier }, cancellation);
        await changes.Note(
            transaction, keys, RejectedUsage.MeterEvent, ours.Id, [$"usage_rejected/{TooOld}"],
            $"Stripe takes no usage that is older than 35 days. {RejectedUsage.LeftToSettlement}", cancellation);
        await transaction.Commit(cancellation);
    }

    private static bool IsTooOld(StripeException exception) => exception.HttpStatusCode == HttpStatusCode.BadRequest
        && (exception.StripeError?.Code == TooOld || exception.StripeError?.Message?.Contains("within the past 35", StringComparison.Ordinal) == true);

    private static bool IsRepetition(StripeException exception) => exception.HttpStatusCode == HttpStatusCode.BadRequest
        && exception.StripeError?.Message?.Contains("already exists with identifier", StringComparison.Ordinal) == true;

    private static bool IsWithoutMeter(StripeException exception) => exception.HttpStatusCode == HttpStatusCode.BadRequest
        && exception.StripeError?.Message?.StartsWith("No active meter", StringComparison.Ordinal) == true;

    private static JobFailedException Later(string code, string detail) => new(new(StripeFailureKind.Transient, code, detail));

    private sealed record Batch(string Identifier, string Unit, DateTimeOffset PeriodStart, DateTimeOffset PeriodEnd, long Quantity);
}
