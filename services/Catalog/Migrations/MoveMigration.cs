using System.ComponentModel.DataAnnotations;
using Marketplace.Contracts.Catalog;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Catalog.Migrations;

/// <summary>When a migration is executed.</summary>
/// <param name="When"><c>now</c>, <c>date</c> with <paramref name="At"/>, or <c>period_end</c> for each subscription with its current period.</param>
/// <param name="AcceptWarnings">Must be true where it has warnings that were not accepted yet. Those that were found only now are refused once, and shown from then on.</param>
public sealed record ExecuteMigrationRequest(
    [Required, AllowedValues("now", "date", "period_end")] string When = "now", DateTimeOffset? At = null, bool AcceptWarnings = false);

/// <summary>Another date for a scheduled migration.</summary>
public sealed record ChangeMigrationRequest([Required] DateTimeOffset? At);

/// <summary>Executes, puts off, takes back and repeats migrations: owners, administrators and product managers of the provider.</summary>
public static class MoveMigration
{
    /// <summary>Executes a draft or scheduled migration, or gives it a date.</summary>
    public static Task<Results<Ok<MigrationResponse>, ProblemHttpResult>> Execute(
        string id, ExecuteMigrationRequest request, Caller caller, HttpContext context, Database database, TimeProvider clock, CancellationToken cancellation) => Handle(
        id, caller, context, database, (transaction, migration, source, target) =>
            MigrationExecution.Begin(transaction, migration, source, target, new(request.When, request.At, request.AcceptWarnings), caller, clock, cancellation), cancellation);

    /// <summary>Puts a scheduled migration off or brings it forward; <c>If-Match</c> required.</summary>
    public static Task<Results<Ok<MigrationResponse>, ProblemHttpResult>> Change(
        string id, ChangeMigrationRequest request, Caller caller, HttpContext context, Database database, TimeProvider clock, CancellationToken cancellation) => Handle(
        id, caller, context, database, async (transaction, migration, source, target) =>
            context.Mismatch(migration.Version) is { } mismatch ? (migration, mismatch)
            : migration.State != MigrationState.Scheduled ? (migration, Problems.MigrationState(migration.State, "given another date"))
            : await MigrationExecution.Begin(transaction, migration, source, target, new("date", request.At, AcceptWarnings: false), caller, clock, cancellation), cancellation);

    /// <summary>Takes a migration back: all of it before its execution, then what still waits for the end of a period. Plans that its execution deprecated stay so.</summary>
    public static Task<Results<Ok<MigrationResponse>, ProblemHttpResult>> Cancel(
        string id, Caller caller, HttpContext context, Database database, TimeProvider clock, CancellationToken cancellation) => Handle(
        id, caller, context, database, async (transaction, migration, _, _) =>
        {
            if (!migration.Undoable)
            {
                return (migration, Problems.MigrationState(migration.State, "taken back"));
            }

            var cancelled = await Withdraw(transaction, migration, clock, cancellation);
            await transaction.Record(caller, "migration.cancelled", migration.OrganizationId, id, new { migration.State }, new { cancelled.State }, cancellation);
            return (cancelled, null);
        }, cancellation);

    /// <summary>Tries again what was skipped or failed.</summary>
    public static Task<Results<Ok<MigrationResponse>, ProblemHttpResult>> Retry(
        string id, Caller caller, HttpContext context, Database database, TimeProvider clock, CancellationToken cancellation) => Handle(
        id, caller, context, database, async (transaction, migration, _, _) =>
        {
            if (Migration.After(migration.State, MigrationMove.Retry) is not { } next)
            {
                return (migration, Problems.MigrationState(migration.State, "tried again"));
            }

            if (await MigrationDraft.Closed(transaction, migration, cancellation) is { } closed)
            {
                return (migration, closed);
            }

            var again = await MigrationDraft.Tell(transaction, migration with { State = next }, caller.UserId, execute: true, retry: true, clock, cancellation);
            await transaction.Record(
                caller, "migration.retried", migration.OrganizationId, id, new { migration.State, migration.Skipped, migration.Failed }, new { again.State }, cancellation);
            return (again, null);
        }, cancellation);

    /// <summary>Takes a held migration back and tells Subscriptions.</summary>
    internal static async Task<Migration> Withdraw(Transaction transaction, Migration migration, TimeProvider clock, CancellationToken cancellation)
    {
        var cancelled = await (migration with { State = MigrationState.Cancelled, CancelledAt = clock.GetUtcNow(), ToldVersion = migration.Version + 1 }).Save(transaction, cancellation);
        await transaction.Announce(new MigrationWithdrawn(cancelled.Id, cancelled.Version), cancellation);
        return cancelled;
    }

    private static async Task<Results<Ok<MigrationResponse>, ProblemHttpResult>> Handle(
        string id, Caller caller, HttpContext context, Database database,
        Func<Transaction, Migration, Product, Product?, Task<(Migration Migration, ProblemHttpResult? Refusal)>> decide, CancellationToken cancellation)
    {
        var seen = await Migration.Find(database, id, cancellation);
        if (Access.Cannot(caller, seen?.OrganizationId, "migration", id, Roles.ProviderProducts) is { } refusal)
        {
            return refusal;
        }

        await using var transaction = await database.Begin(cancellation);
        var (source, target) = await MigrationDraft.Lock(transaction, seen!.SourceProductId, seen.TargetProductId, cancellation);
        await Catalogs.Catalog.HoldOffering(transaction, seen.SourceProductId, cancellation);
        var held = (await Migration.Lock(transaction, id, cancellation))!;
        var (moved, refused) = await decide(transaction, held, source!, target);
        if (refused is not null)
        {
            // Warnings that were found only now are shown from now on, so that they are read before they are accepted.
            if (held.State is MigrationState.Draft or MigrationState.Scheduled && !moved.WarningList.SequenceEqual(held.WarningList))
            {
                await moved.Save(transaction, cancellation);
                await transaction.Commit(cancellation);
            }

            return refused;
        }

        await transaction.Commit(cancellation);
        context.SetVersion(moved.Version);
        return TypedResults.Ok(MigrationResponse.Of(moved));
    }
}
