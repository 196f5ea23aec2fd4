using Marketplace.Contracts.Catalog;
using Marketplace.Contracts.Subscriptions;
using Marketplace.Pricing;
using Marketplace.Storage;

namespace Marketplace.Subscriptions;

/// <summary>Finds the subscribers that a migration concerns, a batch per transaction, each with a row of its own. How far it came stands in the migration's
/// row, and a row that is there already is left alone: killed anywhere, it goes on where it was.</summary>
public static class TakeMigration
{
    private const int Batch = 200;

    /// <summary>Takes in a batch of one migration; 0 when all are taken.</summary>
    public static async Task<int> Run(Database database, TimeProvider clock, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var migration = await transaction.QueryOne<Open>(
            "select request, taken_through, version from plan_migrations where not taken and stage <> 'withdrawn' order by id limit 1 for no key update skip locked", null, cancellation);
        if (migration is null)
        {
            return 0;
        }

        var request = migration.Request;
        var named = request.SubscriptionIds is null ? null : await transaction.Query<NamedSubscription>(
            $"{NamedSubscriptions.With} select name, id from named", new { Names = request.SubscriptionIds.ToArray() }, cancellation);
        var found = await transaction.Query<Subscription>(
            $"""
            {Subscription.Select}
            where s.plan_id = any(@Plans) and s.provider_organization_id = @ProviderOrganizationId and s.id > @TakenThrough and (@Only::text[] is null or s.id = any(@Only))
                and s.{Subscription.Live}
            order by s.id limit @Batch
            """,
            new
            {
                Plans = request.Plans.Select(p => p.SourcePlanId).ToArray(), request.ProviderOrganizationId, migration.TakenThrough, Only = named?.Select(n => n.Id).ToArray(), Batch,
            }, cancellation);
        foreach (var subscription in found)
        {
            await Add(transaction, request, subscription, clock, cancellation);
        }

        await Follow(transaction, request, [.. found.Select(s => s.Id)], clock, cancellation);
        var taken = found.Count < Batch;
        await transaction.Execute(
            "update plan_migrations set taken = @taken, taken_through = @Through where id = @MigrationId",
            new { taken, Through = taken ? "" : found[^1].Id, request.MigrationId }, cancellation);
        if (taken)
        {
            var all = await transaction.Query<string>("select subscription_id from plan_changes where migration_id = @MigrationId", request, cancellation);
            var unknown = named?.GroupBy(n => n.Name, n => n.Id, StringComparer.Ordinal).Where(ids => !ids.Intersect(all, StringComparer.Ordinal).Any()).Select(ids => ids.Key).ToList();
            await transaction.Announce(new MigrationTaken(request.MigrationId, all.Count, migration.Version, unknown is { Count: > 0 } ? unknown : null), cancellation);
        }

        await transaction.Commit(cancellation);
        return 1;
    }

    /// <summary>Long ago while there is something to take in.</summary>
    public static Task<DateTimeOffset?> NextDue(Database database, CancellationToken cancellation) => database.QueryOne<DateTimeOffset?>(
        "select 'epoch'::timestamptz where exists (select 1 from plan_migrations where not taken and stage <> 'withdrawn')", null, cancellation);

    private static async Task Add(Transaction transaction, MigrationRequested request, Subscription subscription, TimeProvider clock, CancellationToken cancellation)
    {
        var target = request.Plans.First(p => p.SourcePlanId == subscription.PlanId).Target;
        var change = PlanChange.Of(subscription, target is null ? null : PlanSeats.Take(target, subscription.Plan.Seats), request.Action, clock);
        change = change with { MigrationId = request.MigrationId, RequestedBy = request.RequestedBy };
        if (!await change.Add(transaction, cancellation))
        {
            await change.Reprice(transaction, cancellation);
        }
    }

    // A row's reference waits for whoever holds the subscription. Who was replaced by then by one with other seats is followed, and who is over has nothing to wait for;
    // who is replaced from now on finds the row and takes it along.
    private static async Task Follow(Transaction transaction, MigrationRequested request, string[] ids, TimeProvider clock, CancellationToken cancellation)
    {
        await PlanChange.Write(
            transaction, $"migration_id = @MigrationId and subscription_id = any(@ids) and state = 'pending' and not exists (select from subscriptions s where s.id = subscription_id and s.{Subscription.Live})",
            new { request.MigrationId, ids, State = PlanChange.Skipped, Reason = "ended", At = (DateTimeOffset?)clock.Now(), New = (string?)null }, cancellation);
        while (ids.Length > 0)
        {
            var next = await transaction.Query<Subscription>(
                $"{Subscription.Select} join subscriptions old on old.migrated_to = s.id where old.id = any(@ids) and old.plan_id = s.plan_id", new { ids }, cancellation);
            foreach (var subscription in next.Where(s => s.IsLive))
            {
                await Add(transaction, request, subscription, clock, cancellation);
            }

            ids = [.. next.Select(s => s.Id)];
        }
    }

    private sealed record NamedSubscription(string Name, string Id);

    private sealed record Open(MigrationRequested Request, string TakenThrough, long Version);
}
