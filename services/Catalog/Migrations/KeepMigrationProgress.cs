using Marketplace.Contracts.Subscriptions;
using Marketplace.Storage;
using MassTransit;

namespace Marketplace.Catalog.Migrations;

/// <summary>Keeps how each migration stands, counted under its row's lock: it is executed when every subscription that Subscriptions found for the request
/// last told has been dealt with.</summary>
public sealed class KeepMigrationProgress(Database database) : IConsumer<SubscriptionMigrationChanged>, IConsumer<MigrationTaken>
{
    /// <inheritdoc/>
    public Task Consume(ConsumeContext<SubscriptionMigrationChanged> context) => Handle(context.Message, context.CancellationToken);

    /// <inheritdoc/>
    public Task Consume(ConsumeContext<MigrationTaken> context) => Handle(context.Message, context.CancellationToken);

    /// <summary>One subscription; an older version changes nothing.</summary>
    public async Task Handle(SubscriptionMigrationChanged message, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        if (await Migration.Lock(transaction, message.MigrationId, cancellation) is not { } migration)
        {
            return;
        }

        var before = await transaction.QueryOne<string>(
            "select state from migration_subscriptions where migration_id = @MigrationId and subscription_id = @SubscriptionId", message, cancellation);
        if (await transaction.Execute(
            """
            insert into migration_subscriptions as m (migration_id, subscription_id, organization_id, source_plan_id, target_plan_id, state, reason, new_subscription_id,
                base_before, base_after, currency, due_at, version)
            values (@MigrationId, @SubscriptionId, @OrganizationId, @SourcePlanId, @TargetPlanId, @State, @Reason, @NewSubscriptionId,
                @BaseBefore, @BaseAfter, @Currency, @DueAt, @Version)
            on conflict (migration_id, subscription_id) do update set state = excluded.state, reason = excluded.reason, new_subscription_id = excluded.new_subscription_id,
                base_after = excluded.base_after, currency = excluded.currency, due_at = excluded.due_at, version = excluded.version
            where m.version < excluded.version
            """, message, cancellation) == 0)
        {
            return;
        }

        await Settle(transaction, Count(Count(migration, before, -1), message.State, 1), cancellation);
        await transaction.Commit(cancellation);
    }

    /// <summary>All are found; an older answer changes nothing.</summary>
    public async Task Handle(MigrationTaken message, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        if (await Migration.Lock(transaction, message.MigrationId, cancellation) is not { } migration || migration.TakenVersion > message.RequestVersion)
        {
            return;
        }

        await Settle(transaction, migration with
        {
            Taken = Math.Max(message.Subscriptions, migration.Taken ?? 0), TakenVersion = message.RequestVersion,
            UnknownSubscriptions = [.. message.UnknownSubscriptionIds ?? []],
        }, cancellation);
        await transaction.Commit(cancellation);
    }

    private static Migration Count(Migration migration, string? state, int change) => state switch
    {
        "pending" => migration with { Pending = migration.Pending + change },
        "migrated" or "cancelled" => migration with { Done = migration.Done + change },
        "skipped" => migration with { Skipped = migration.Skipped + change },
        "failed" => migration with { Failed = migration.Failed + change },
        _ => migration,
    };

    // The two kinds of message travel apart: all rows must be here before none of them is pending means anything.
    private static Task Settle(Transaction transaction, Migration migration, CancellationToken cancellation)
    {
        var all = migration.TakenVersion >= migration.ToldVersion && migration.Pending + migration.Done + migration.Skipped + migration.Failed >= migration.Taken;
        var move = migration.Pending > 0 ? MigrationMove.Reopen : MigrationMove.Finish;
        var state = all ? Migration.After(migration.State, move) ?? migration.State : migration.State;
        return transaction.Execute(
            """
            update migrations set taken = @Taken, taken_version = @TakenVersion, unknown_subscriptions = @UnknownSubscriptions, pending = @Pending, done = @Done, skipped = @Skipped, failed = @Failed, state = @State
            where id = @Id
            """,
            new
            {
                migration.Id, migration.Taken, migration.TakenVersion, migration.UnknownSubscriptions, migration.Pending, migration.Done, migration.Skipped, migration.Failed,
                State = state.ToString(),
            }, cancellation);
    }
}
