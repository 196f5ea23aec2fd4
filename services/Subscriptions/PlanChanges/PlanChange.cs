using Marketplace.Contracts.Catalog;
using Marketplace.Contracts.Subscriptions;
using Marketplace.Pricing;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;

namespace Marketplace.Subscriptions;

/// <summary>What is to become of one subscription: part of a provider's migration, or a consumer's own wish.</summary>
internal sealed record PlanChange
{
    /// <summary>Still to be done.</summary>
    public const string Pending = "pending";

    /// <summary>Done: another subscription took its place.</summary>
    public const string Migrated = "migrated";

    /// <summary>Done: it was cancelled.</summary>
    public const string Cancelled = "cancelled";

    /// <summary>The subscription's own status stood in the way.</summary>
    public const string Skipped = "skipped";

    /// <summary>The facts did not allow it.</summary>
    public const string Failed = "failed";

    /// <summary>Taken back.</summary>
    public const string Withdrawn = "withdrawn";

    /// <summary>Reads every column, with the migration's request.</summary>
    public const string Select = "select c.*, g.request, g.stage, g.timing from plan_changes c left join plan_migrations g on g.id = c.migration_id";

    /// <summary>Holds for one (<c>c</c>, with its migration <c>g</c>) that waits for the end of its subscription's period.</summary>
    public const string Waits = "c.state = 'pending' and (c.migration_id is null or (g.stage = 'executing' and g.timing = 'period_end'))";

    public required string Id { get; init; }

    public string? MigrationId { get; init; }

    public required string SubscriptionId { get; init; }

    public required string OrganizationId { get; init; }

    public required string Action { get; init; }

    public required string SourcePlanId { get; init; }

    public string? TargetPlanId { get; init; }

    public ChangeTarget? Target { get; init; }

    public required string State { get; init; }

    public string? Reason { get; init; }

    public string? NewSubscriptionId { get; init; }

    public long BaseBefore { get; init; }

    public long? BaseAfter { get; init; }

    public required string Currency { get; init; }

    public DateTimeOffset? DueAt { get; init; }

    public string? RequestedBy { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public long Version { get; init; }

    public MigrationRequested? Request { get; init; }

    /// <summary>Whether the consumer asked for it.</summary>
    public bool IsOwn => MigrationId is null;

    /// <summary>What the subscription is to become; null when it is to end or its catalog does not offer that.</summary>
    public ChangeTarget? TargetOf(Subscription subscription) => Request is null ? Target : ChangeTarget.Of(Request, subscription);

    /// <summary>A new one for a subscription.</summary>
    public static PlanChange Of(Subscription subscription, PlanSnapshot? plan, string action, TimeProvider clock) => new()
    {
        Id = Ids.New("pch", clock),
        SubscriptionId = subscription.Id,
        OrganizationId = subscription.OrganizationId,
        Action = action,
        SourcePlanId = subscription.PlanId,
        TargetPlanId = plan?.PlanId,
        State = Pending,
        BaseBefore = PlanSeats.BasePrice(subscription.Plan),
        BaseAfter = plan is null ? null : PlanSeats.BasePrice(plan),
        Currency = Subscription.CostsMoney(subscription.Plan) ? subscription.Plan.Currency : plan?.Currency ?? subscription.Plan.Currency,
        CreatedAt = clock.Now(),
        Version = 1,
    };

    /// <summary>Lets migrations that concern a subscription follow it to one with other seats of the same plan, so that nobody is left behind: what waits, or may be tried again, is copied.
    /// A migration that is looking through the subscribers at this moment waits for the old one's lock, and goes on to the new one itself.</summary>
    /// <param name="old">Held.</param>
    public static async Task Follow(Transaction transaction, Subscription old, Subscription next, TimeProvider clock, CancellationToken cancellation)
    {
        var rows = await transaction.Query<PlanChange>(
            $"{Select} where c.subscription_id = @Id and c.migration_id is not null and c.state in ('pending', 'skipped', 'failed') order by c.id for update of c", old, cancellation);
        foreach (var row in rows)
        {
            var copy = Of(next, row.TargetOf(next)?.Plan, row.Action, clock);
            await (copy with { MigrationId = row.MigrationId, RequestedBy = row.RequestedBy, State = row.State, Reason = row.Reason }).Add(transaction, cancellation);
        }
    }

    /// <summary>Writes it; false when there is one already.</summary>
    public async Task<bool> Add(Transaction transaction, CancellationToken cancellation)
    {
        var added = await transaction.Execute(
            """
            insert into plan_changes (id, migration_id, subscription_id, organization_id, action, source_plan_id, target_plan_id, target, state, reason,
                new_subscription_id, base_before, base_after, currency, due_at, requested_by, created_at)
            values (@Id, @MigrationId, @SubscriptionId, @OrganizationId, @Action, @SourcePlanId, @TargetPlanId, @Target::jsonb, @State, @Reason,
                @NewSubscriptionId, @BaseBefore, @BaseAfter, @Currency, @DueAt, @RequestedBy, @CreatedAt)
            on conflict do nothing
            """, this, cancellation) == 1;
        if (added)
        {
            await Tell(transaction, cancellation);
        }

        return added;
    }

    /// <summary>Brings it into another state.</summary>
    public Task Become(Transaction transaction, string state, string? reason, DateTimeOffset? at, CancellationToken cancellation, string? newSubscriptionId = null) =>
        Write(transaction, "id = @Id", new { Id, State = state, Reason = reason, At = at, New = newSubscriptionId }, cancellation);

    /// <summary>Brings all that fit a condition into another state and tells Catalog of each that belongs to a migration.</summary>
    public static async Task<int> Write(Transaction transaction, string where, object parameters, CancellationToken cancellation)
    {
        var changed = await transaction.Query<PlanChange>(
            $"""
            update plan_changes set state = @State, reason = @Reason, due_at = @At, new_subscription_id = @New, version = version + 1
            where {where} returning *
            """, parameters, cancellation);
        foreach (var change in changed)
        {
            await change.Tell(transaction, cancellation);
        }

        return changed.Count;
    }

    /// <summary>Gives the row that is there for the same migration and subscription this one's amounts, while it is not carried out: a draft's plan may have another price by now.</summary>
    public async Task Reprice(Transaction transaction, CancellationToken cancellation)
    {
        var changed = await transaction.Query<PlanChange>(
            """
            update plan_changes set base_after = @BaseAfter, currency = @Currency, version = version + 1
            where migration_id = @MigrationId and subscription_id = @SubscriptionId and state = 'pending' and (base_after, currency) is distinct from (@BaseAfter, @Currency)
            returning *
            """, this, cancellation);
        foreach (var change in changed)
        {
            await change.Tell(transaction, cancellation);
        }
    }

    private async Task Tell(Transaction transaction, CancellationToken cancellation)
    {
        if (MigrationId is not null)
        {
            await transaction.Announce(
                new SubscriptionMigrationChanged(
                    MigrationId, SubscriptionId, OrganizationId, SourcePlanId, TargetPlanId, State, Reason, NewSubscriptionId, BaseBefore, BaseAfter, Currency, DueAt, Version),
                cancellation);
        }
    }
}
