using Marketplace.Contracts.Accounts;
using Marketplace.Contracts.Subscriptions;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;

namespace Marketplace.Subscriptions;

/// <summary>Replaces a subscription by one to another plan, all in one transaction: the old one ends and its metering closes, the new one begins, access requests
/// and credentials move over with their keys. The feed shows the new one, then the moved credentials, then the end of the old one, so that
/// a gateway never finds a key without a subscription that lets it through.</summary>
internal static class TakeOver
{
    /// <summary>What a change would do and cost; nothing is written.</summary>
    public static async Task<(Subscription Next, IReadOnlyList<PlanChangeLine> Lines)> Plan(
        Transaction transaction, Subscription old, ChangeOfPlan change, CancellationToken cancellation)
    {
        var next = Successor.Of(old, change);
        var unbilled = await transaction.Query<PeriodAnswer>(
            """
            select n.start_at as start, n.end_at as "end" from periods p join periods n on n.subscription_id = p.subscription_id and n.start_at = p.end_at
            where p.subscription_id = @Id and p.charged and p.closed_at is null and n.charged and n.start_at < @At order by n.start_at
            """, new { old.Id, change.At }, cancellation);
        var hadPlan = await WasBilled(transaction, old, next.PlanId, cancellation);
        if (hadPlan && next.Status == SubscriptionStatus.AwaitingPayment)
        {
            // Its first invoice is made from its plan.
            next = next with { Plan = next.Plan with { SetupFee = 0 } };
        }

        var lines = ChangeCosts.Of(
            old, next, change, unbilled, setupFee: change.ByConsumer && !hadPlan, change.AtBoundary ? null : await Credit.Paid(transaction, old, change.At, cancellation));
        return (next with { Prepaid = next.Status == SubscriptionStatus.Active ? ChangeCosts.Prepaid(lines, change) : null }, lines);
    }

    /// <summary>Carries it out on a locked subscription whose way is free (<see cref="Obstacle"/>); the new subscription. Gives out places in the feed: only commit after it.</summary>
    public static async Task<Subscription> Carry(
        Transaction transaction, Subscription old, ChangeOfPlan change, PlanChange row, Cause cause, TimeProvider clock, CancellationToken cancellation)
    {
        var (next, lines) = await Plan(transaction, old, change, cancellation);
        next = next with { Id = Ids.New("sub", clock) };
        var ended = old.End(SubscriptionEvent.Migrated, change.At, "migrated", change.AtBoundary)!;

        // Its slot must be free before the new one can take it.
        await transaction.Execute("update subscriptions set status = 'Migrated' where id = @Id", old, cancellation);
        await Insert(transaction, next, cancellation);
        await transaction.Execute("update subscriptions set migrated_to = @NextId where id = @Id", new { old.Id, NextId = next.Id }, cancellation);
        await row.Become(transaction, PlanChange.Migrated, null, change.At, cancellation, next.Id);
        if (next.PlanId == old.PlanId)
        {
            await PlanChange.Follow(transaction, old, next, clock, cancellation);
        }

        if (!change.ByConsumer && !old.IsPeriodCharged && next.IsPaid)
        {
            // A provider moves to a plan that costs money whom it wants, and knows what is left unpaid.
            await transaction.Execute($"{Lineage.With} update subscriptions s set follows = null from lineage l where l.id = s.id and s.follows is not null", old, cancellation);
        }

        var credentials = await MoveAccess(transaction, old, next, change.Target, cancellation);
        await transaction.Save(old, ended, cause, clock, cancellation);
        await Begin(transaction, next, cause, clock, cancellation);
        await Bill(transaction, old, next, lines, cause.At, cancellation);

        await FeedPositions.Assign(transaction, [next.Id], [], cancellation);
        await FeedPositions.Assign(transaction, [], credentials, cancellation);
        await FeedPositions.Assign(transaction, [old.Id], [], cancellation);
        return next;
    }

    // Who only tried the plan out, or waited for it, was charged no set-up fee.
    private static Task<bool> WasBilled(Transaction transaction, Subscription old, string planId, CancellationToken cancellation) => transaction.QueryOne<bool>(
        $"{Lineage.With} select exists (select 1 from subscriptions s join lineage using (id) where s.plan_id = @planId and s.billed)", new { old.Id, planId }, cancellation);

    private static async Task Insert(Transaction transaction, Subscription next, CancellationToken cancellation)
    {
        await transaction.Execute(
            """
            insert into subscriptions (id, organization_id, provider_organization_id, catalog_id, environment, billing_integration_id, product_id, product_name,
                product_title, release, plan_id, plan, application_id, status, created_at, created_by, approved_at, activated_at, billed, anchor, period_index,
                period_start, period_end, trial_until, migrated_from, first_index, covered_from, quota_from, replaced_products, answers, billing_model, prepaid)
            values (@Id, @OrganizationId, @ProviderOrganizationId, @CatalogId, @Environment, @BillingIntegrationId, @ProductId, @ProductName,
                @ProductTitle, @Release, @PlanId, @Plan::jsonb, @ApplicationId, @StatusName, @CreatedAt, @CreatedBy, @ApprovedAt, @ActivatedAt, @Billed, @Anchor, @PeriodIndex,
                @PeriodStart, @PeriodEnd, @TrialUntil, @MigratedFrom, @FirstIndex, @CoveredFrom, @QuotaFrom, @ReplacedProducts, @Answers::json, @BillingModel, @Prepaid)
            """,
            new
            {
                next.Id, next.OrganizationId, next.ProviderOrganizationId, next.CatalogId, next.Environment, next.BillingIntegrationId, next.ProductId, next.ProductName,
                next.ProductTitle, next.Release, next.PlanId, next.Plan, next.ApplicationId, StatusName = next.Status.ToString(), next.CreatedAt, next.CreatedBy,
                next.ApprovedAt, next.ActivatedAt, next.Billed, next.Anchor, next.PeriodIndex, next.PeriodStart, next.PeriodEnd, next.TrialUntil, next.MigratedFrom,
                next.FirstIndex, next.CoveredFrom, next.QuotaFrom, next.ReplacedProducts, next.Answers, next.BillingModel, next.Prepaid,
            }, cancellation);
        if (next.PeriodStart is not null)
        {
            await transaction.Execute(
                "insert into periods (subscription_id, start_at, end_at, charged) values (@Id, @PeriodStart, @PeriodEnd, @IsPeriodCharged)",
                new { next.Id, next.PeriodStart, next.PeriodEnd, next.IsPeriodCharged }, cancellation);
        }
    }

    // What the target's product has too moves with its keys; the rest ends with the old subscription. With other seats of the same plan all of it moves.
    private static async Task<IReadOnlyList<string>> MoveAccess(
        Transaction transaction, Subscription old, Subscription next, ChangeTarget target, CancellationToken cancellation)
    {
        var parameters = new { old.Id, NextId = next.Id, Apis = target.ApiIds.ToArray(), All = next.PlanId == old.PlanId };
        await transaction.Execute(
            "update access_requests set subscription_id = @NextId where subscription_id = @Id and status in ('pending', 'granted') and (@All or api_id = any(@Apis))", parameters, cancellation);
        return await transaction.Query<string>(
            """
            update credentials set subscription_id = @NextId, version = version + 1
            where subscription_id = @Id and status <> 'revoked' and (@All or api_id is null or api_id = any(@Apis)) returning id
            """, parameters, cancellation);
    }

    private static async Task Begin(Transaction transaction, Subscription next, Cause cause, TimeProvider clock, CancellationToken cancellation)
    {
        await transaction.Record(next.Id, null, next.Status, cause with { Event = SubscriptionEvent.TookOver, Note = next.MigratedFrom }, cancellation);
        await transaction.CountLive(next.PlanId, 1, cancellation);
        if (Access.Exists(next.Status))
        {
            await AccessGrants.GrantPending(transaction, next, cause.At, clock, cancellation);
        }
    }

    private static async Task Bill(
        Transaction transaction, Subscription old, Subscription next, IReadOnlyList<PlanChangeLine> lines, DateTimeOffset now, CancellationToken cancellation)
    {
        if (next.Status == SubscriptionStatus.AwaitingPayment)
        {
            await Approval.Bill(transaction, next, now, cancellation);
            await transaction.Execute("update subscriptions set billed = true where id = @Id", next, cancellation);
        }
        else if (lines.Count > 0 || next.Billed)
        {
            if (next.Billed)
            {
                await BillingCurrency.Lock(transaction, next, now, cancellation);
            }

            var organization = await transaction.QueryOne<OrganizationCreated>(
                "select id as organization_id, kind, title, catalog_id, email, enabled, version from organizations where id = @OrganizationId", next, cancellation);
            await transaction.Announce(
                new SubscriptionPlanChanged(
                    next.Id, old.Id, next.OrganizationId, organization!.Title, organization.Email, next.ProviderOrganizationId, next.CatalogId, next.Environment,
                    (next.BillingIntegrationId ?? old.BillingIntegrationId)!, next.ProductId, next.ProductTitle, next.Plan, next.PeriodStart!.Value, next.PeriodEnd!.Value,
                    ChangeCosts.CurrencyOf(old, next), lines, now, next.BillingModel is null ? null : next.Anchor),
                cancellation);
        }
    }
}
