using Marketplace.Catalog.Publications;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Catalog.Migrations;

/// <summary>When a migration is to be executed.</summary>
/// <param name="When"><c>draft</c> for not yet, <c>now</c>, <c>date</c> with <paramref name="At"/>, or <c>period_end</c>.</param>
internal sealed record WantedTime(string When, DateTimeOffset? At, bool AcceptWarnings);

/// <summary>Begins migrations, at once or on their date. From its execution on a migration cannot be taken back, but for what waits for the ends of periods.</summary>
public static class MigrationExecution
{
    private static readonly TimeSpan Furthest = TimeSpan.FromDays(731);

    /// <summary>Schedules or executes a held migration as wanted; why not, or the migration.</summary>
    /// <param name="source">Its product, held before it, as is the target.</param>
    internal static async Task<(Migration Migration, ProblemHttpResult? Refusal)> Begin(
        Transaction transaction, Migration migration, Product source, Product? target, WantedTime wanted, Caller caller, TimeProvider clock, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        var move = wanted.When == "date" ? MigrationMove.Schedule : MigrationMove.Execute;
        var (judged, impossible) = await MigrationDraft.JudgeAgain(transaction, migration, source, target, cancellation);
        var refusal = Migration.After(migration.State, move) is null ? Problems.MigrationState(migration.State, "executed")
            : (wanted.When == "date") != (wanted.At is not null) ? Problem.Invalid("at", "Name a time with when 'date', and only then.")
            : wanted.At <= now || wanted.At > now + Furthest ? Problem.Invalid("at", "Name a time in the future, at most two years away.")
            : migration.UnknownSubscriptions.Length > 0 ? Problems.SubscriptionsUnknown(migration.UnknownSubscriptions)
            : migration is { SubscriptionIds: not null, IsTaken: false } ? Problems.MigrationNotTaken()
            : impossible is not null ? impossible
            // What was never shown is not accepted by who accepts what was.
            : judged.HasUnaccepted && (!wanted.AcceptWarnings || judged.WarningList.Except(migration.WarningList).Any()) ? Problems.WarningsNotAccepted(judged.WarningList)
            : await Overlapping(transaction, migration, cancellation) is { } other ? Problems.MigrationOverlaps(other)
            : migration.SubscriptionIds is null ? await Targeted(transaction, migration.SourcePlans, cancellation)
            : null;
        if (refusal is not null)
        {
            return (judged, refusal);
        }

        var timed = judged with { Timing = wanted.When, ExecuteAt = wanted.At, Accepted = judged.Warnings, StoppedCode = null, StoppedDetail = null };
        var begun = move == MigrationMove.Schedule
            ? await (timed with { State = MigrationState.Scheduled }).Save(transaction, cancellation)
            : await Execute(transaction, timed, source, caller.UserId, clock, cancellation);
        await transaction.Record(
            caller, move == MigrationMove.Schedule ? "migration.scheduled" : "migration.executed", migration.OrganizationId, migration.Id,
            new { migration.State, migration.Timing, migration.ExecuteAt }, new { begun.State, begun.Timing, begun.ExecuteAt }, cancellation);
        return (begun, null);
    }

    /// <summary>Executes the scheduled migrations whose date has come, each by itself: one that fails rests, and holds up no other. One that may not be executed as things
    /// are by now stops, says why, and waits for its provider. How many.</summary>
    public static Task<int> RunDue(DueWork work, Database database, TimeProvider clock, DateTimeOffset now, CancellationToken cancellation) => work.Run<Migration>(
        "execute-migrations",
        "select * from migrations where state = 'Scheduled' and stopped_code is null and execute_at <= @now and id <> all(@Resting) order by execute_at, id limit @Batch",
        new() { ["now"] = now }, migration => migration.Id, seen => RunOne(seen, database, clock, now, cancellation), cancellation);

    /// <summary>When the next one is to be executed (UTC).</summary>
    public static Task<DateTimeOffset?> NextDue(Database database, CancellationToken cancellation) =>
        database.QueryOne<DateTimeOffset?>("select min(execute_at) from migrations where state = 'Scheduled' and stopped_code is null", null, cancellation);

    /// <summary>Puts plans out of sale; catalogs that offer their product hear of it.</summary>
    public static async Task Deprecate(Transaction transaction, Product product, IReadOnlyCollection<string> plans, TimeProvider clock, CancellationToken cancellation)
    {
        var catalogs = await Catalogs.Catalog.HoldOffering(transaction, product.Id, cancellation);
        if (await transaction.Execute(
            "update plans set status = 'Deprecated', deprecated_at = @Now, version = version + 1 where product_id = @Id and id = any(@Plans) and status = 'Active'",
            new { Now = clock.GetUtcNow(), product.Id, Plans = plans.ToArray() }, cancellation) > 0)
        {
            await Offer.AnnounceProduct(transaction, product, catalogs, cancellation);
        }
    }

    private static async Task RunOne(Migration seen, Database database, TimeProvider clock, DateTimeOffset now, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var (source, target) = await MigrationDraft.Lock(transaction, seen.SourceProductId, seen.TargetProductId, cancellation);
        await Catalogs.Catalog.HoldOffering(transaction, seen.SourceProductId, cancellation);
        // It may have been taken back or put off since it was read.
        if (await Migration.Lock(transaction, seen.Id, cancellation) is { State: MigrationState.Scheduled, StoppedCode: null } migration && migration.ExecuteAt <= now)
        {
            var (judged, refusal) = await MigrationDraft.JudgeAgain(transaction, migration, source!, target, cancellation);
            refusal ??= judged.HasUnaccepted ? Problems.WarningsNotAccepted(judged.WarningList)
                : judged.SubscriptionIds is null ? await Targeted(transaction, judged.SourcePlans, cancellation) : null;
            if (refusal is not null)
            {
                await Stop(transaction, judged, refusal, cancellation);
                return;
            }

            var begun = await Execute(transaction, judged, source!, migration.CreatedBy, clock, cancellation);
            await transaction.Record(null, "migration.executed", migration.OrganizationId, migration.Id, new { migration.State }, new { begun.State }, cancellation);
            await transaction.Commit(cancellation);
        }
    }

    private static async Task Stop(Transaction transaction, Migration migration, ProblemHttpResult refusal, CancellationToken cancellation)
    {
        var stopped = await (migration with
        {
            StoppedCode = (string)refusal.ProblemDetails.Extensions["code"]!, StoppedDetail = refusal.ProblemDetails.Detail!,
        }).Save(transaction, cancellation);
        await transaction.Record(
            null, "migration.stopped", migration.OrganizationId, migration.Id, new { migration.State, migration.ExecuteAt }, new { stopped.State, stopped.StoppedCode, stopped.WarningList }, cancellation);
        await transaction.Commit(cancellation);
    }

    // Whoever takes a plan while its subscribers leave it would be left behind, so it takes none from here on; a part of them may leave a plan that is sold.
    private static async Task<Migration> Execute(Transaction transaction, Migration migration, Product source, string user, TimeProvider clock, CancellationToken cancellation)
    {
        if (migration.SubscriptionIds is null)
        {
            await Deprecate(transaction, source, migration.SourcePlans, clock, cancellation);
        }

        return await MigrationDraft.Tell(
            transaction, migration with { State = MigrationState.Executing, ExecutedAt = clock.GetUtcNow() }, user, execute: true, retry: false, clock, cancellation);
    }

    /// <summary>The refusal to close plans that a migration on its way moves subscribers to, or null. The plans' product is held.</summary>
    public static async Task<ProblemHttpResult?> Targeted(Transaction transaction, IReadOnlyCollection<string> plans, CancellationToken cancellation) =>
        await transaction.QueryOne<string>(
            "select id from migrations where state in ('Scheduled', 'Executing') and target_plans && @Plans order by id limit 1", new { Plans = plans.ToArray() }, cancellation) is { } migration
            ? Problems.PlanIsTarget(migration) : null;

    private static Task<string?> Overlapping(Transaction transaction, Migration migration, CancellationToken cancellation) => transaction.QueryOne<string>(
        """
        select id from migrations where state in ('Scheduled', 'Executing') and source_plans && @SourcePlans and id <> @Id
            and (subscription_ids is null or @Whole or subscription_ids && @SubscriptionIds) limit 1
        """, new { migration.SourcePlans, migration.Id, Whole = migration.SubscriptionIds is null, SubscriptionIds = migration.SubscriptionIds ?? [] }, cancellation);
}
