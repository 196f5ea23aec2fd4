using Marketplace.ServiceDefaults;
using Marketplace.Storage;

namespace Marketplace.Subscriptions;

/// <summary>Carries out migrations subscription by subscription, each in a transaction of its own that also writes how it went: killed anywhere, no subscription
/// is moved twice or forgotten. Those that wait for a period's end are carried out by <see cref="AtBoundary"/>.</summary>
public static class CarryOutMigration
{
    private const string Due =
        """
        from plan_changes c join plan_migrations g on g.id = c.migration_id join subscriptions s on s.id = c.subscription_id
        where c.state = 'pending' and g.stage = 'executing' and (g.timing = 'now' or s.status in ('PendingApproval', 'AwaitingPayment'))
        """;

    /// <summary>Carries out what is due; how many.</summary>
    public static async Task<int> Run(DueWork work, Database database, TimeProvider clock, Wakeups wakeups, CancellationToken cancellation)
    {
        var done = await work.Run<Piece>(
            SubscriptionSchedule.CarryOutMigrations, $"select c.id, c.subscription_id {Due} and c.subscription_id <> all(@Resting) order by c.id limit @Batch",
            [], piece => piece.SubscriptionId, piece => Carry(database, piece, clock, cancellation), cancellation);
        if (done > 0)
        {
            wakeups.Wake(SubscriptionSchedule.CloseEnded);
        }

        return done;
    }

    /// <summary>Long ago while there is something to do.</summary>
    public static Task<DateTimeOffset?> NextDue(Database database, CancellationToken cancellation) =>
        database.QueryOne<DateTimeOffset?>($"select 'epoch'::timestamptz where exists (select 1 {Due})", null, cancellation);

    private static async Task Carry(Database database, Piece piece, TimeProvider clock, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var held = (await Subscription.Lock(transaction, piece.SubscriptionId, cancellation))!;
        var now = clock.Now();
        var subscription = await EndPeriod.Roll(transaction, held, now, clock, cancellation);
        var row = await transaction.QueryOne<PlanChange>($"{PlanChange.Select} where c.id = @Id and c.state = 'pending' for update of c", piece, cancellation);
        if (row is not null)
        {
            await Decide(transaction, subscription, row, now, clock, cancellation);
        }

        await FeedPositions.Assign(transaction, [piece.SubscriptionId], [], cancellation);
        await transaction.Commit(cancellation);
    }

    private static async Task Decide(
        Transaction transaction, Subscription subscription, PlanChange row, DateTimeOffset now, TimeProvider clock, CancellationToken cancellation)
    {
        if (row.Action == "cancel")
        {
            await AtBoundary.End(transaction, subscription, row, now, atBoundary: false, clock, cancellation);
            return;
        }

        var target = row.TargetOf(subscription);
        if (await Way.Obstacle(transaction, subscription, row, target, cancellation) is { } obstacle)
        {
            await Way.Refuse(transaction, row, obstacle, now, cancellation);
            return;
        }

        await TakeOver.Carry(
            transaction, subscription, new(target!, now, ByConsumer: false, AtBoundary: false), row,
            new(SubscriptionEvent.Migrated, now, row.RequestedBy, row.MigrationId), clock, cancellation);
    }

    private sealed record Piece(string Id, string SubscriptionId);
}
