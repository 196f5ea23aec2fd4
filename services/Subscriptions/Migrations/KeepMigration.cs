using MassTransit;
using Marketplace.Contracts.Catalog;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;

namespace Marketplace.Subscriptions;

/// <summary>Keeps what Catalog told last of each migration; timers find its subscribers and carry it out.</summary>
public sealed class KeepMigration(Database database, TimeProvider clock, Wakeups wakeups) : IConsumer<MigrationRequested>, IConsumer<MigrationWithdrawn>
{
    /// <inheritdoc/>
    public Task Consume(ConsumeContext<MigrationRequested> context) => Handle(context.Message, context.CancellationToken);

    /// <inheritdoc/>
    public Task Consume(ConsumeContext<MigrationWithdrawn> context) => Handle(context.Message, context.CancellationToken);

    /// <summary>Planned, to be executed, or to be tried again; an older version changes nothing.</summary>
    public async Task Handle(MigrationRequested message, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var newer = await transaction.Execute(
            """
            insert into plan_migrations as m (id, request, source_plans, whole, timing, stage, version)
            values (@MigrationId, @Request::jsonb, @Plans, @Whole, @Timing, @Stage, @Version)
            on conflict (id) do update set request = excluded.request, source_plans = excluded.source_plans, whole = excluded.whole, timing = excluded.timing,
                stage = excluded.stage, taken = false, taken_through = '', version = excluded.version
            where m.version < excluded.version
            """,
            new
            {
                message.MigrationId, Request = message, Plans = message.Plans.Select(p => p.SourcePlanId).ToArray(), Whole = message.SubscriptionIds is null, message.Timing,
                Stage = message.Execute ? "executing" : "planned", message.Version,
            }, cancellation);
        if (newer == 1 && message.Retry)
        {
            await WriteAll(
                transaction, "migration_id = @MigrationId and state in ('skipped', 'failed') and reason <> 'ended'",
                new { message.MigrationId, State = PlanChange.Pending, Reason = (string?)null, At = (DateTimeOffset?)null, New = (string?)null }, cancellation);
        }

        await transaction.Commit(cancellation);
        wakeups.Wake(SubscriptionSchedule.TakeMigrations);
        wakeups.Wake(SubscriptionSchedule.CarryOutMigrations);
    }

    /// <summary>What is not carried out yet never will be. Kept also when the request comes later.</summary>
    public async Task Handle(MigrationWithdrawn message, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var newer = await transaction.Execute(
            """
            insert into plan_migrations as m (id, request, source_plans, whole, timing, stage, version)
            values (@MigrationId, '{}', '{}', false, 'now', 'withdrawn', @Version)
            on conflict (id) do update set stage = 'withdrawn', version = excluded.version where m.version < excluded.version
            """, message, cancellation);
        if (newer == 1)
        {
            await WriteAll(
                transaction, "migration_id = @MigrationId and state in ('pending', 'skipped')",
                new { message.MigrationId, State = PlanChange.Withdrawn, Reason = (string?)null, At = (DateTimeOffset?)clock.Now(), New = (string?)null }, cancellation);
        }

        await transaction.Commit(cancellation);
    }

    /// <summary>Looks through the subscribers once more when their plans are heard to take no new ones in a catalog, once for each catalog: whoever subscribed there before
    /// that is held by the lock on the offer, so that nobody slips in between.</summary>
    internal static Task Sweep(Transaction transaction, string catalogId, IEnumerable<PlanSnapshot> plans, CancellationToken cancellation) => transaction.Execute(
        """
        update plan_migrations set taken = false, taken_through = '', swept_in = swept_in || @catalogId::text
        where stage = 'executing' and whole and source_plans && @Closed and not source_plans && @Open and @catalogId <> all(swept_in)
        """,
        new { catalogId, Closed = Ids(plans.Where(p => p.Status != "active")), Open = Ids(plans.Where(p => p.Status == "active")) }, cancellation);

    /// <summary>The same when the plans' product is heard to be withdrawn from a catalog, whenever that is.</summary>
    internal static Task Sweep(Transaction transaction, string catalogId, string productId, CancellationToken cancellation) => transaction.Execute(
        """
        update plan_migrations set taken = false, taken_through = ''
        where stage = 'executing' and whole
            and source_plans && array(select plan_id from published_plans where catalog_id = @catalogId and product_id = @productId)
        """, new { catalogId, productId }, cancellation);

    // Again until there is none: a row that another transaction held may have been taken along to a subscription with other seats meanwhile.
    private static async Task WriteAll(Transaction transaction, string where, object parameters, CancellationToken cancellation)
    {
        while (await PlanChange.Write(transaction, where, parameters, cancellation) > 0)
        {
        }
    }

    private static string[] Ids(IEnumerable<PlanSnapshot> plans) => [.. plans.Select(p => p.PlanId)];
}
