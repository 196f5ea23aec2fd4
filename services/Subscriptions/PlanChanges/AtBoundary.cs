using Marketplace.Contracts.Catalog;
using Marketplace.Storage;

namespace Marketplace.Subscriptions;

/// <summary>Carries out the plan change that waits for the end of a period, in the place of whatever that end would have brought.</summary>
internal static class AtBoundary
{
    /// <summary>The plan changes that wait for the end of a subscription's period, with their migrations.</summary>
    public const string Waiting = $"{PlanChange.Select} where c.subscription_id = @Id and {PlanChange.Waits}";

    /// <summary>Moves or ends a locked subscription at the end of its period; null when nothing waits for it or its way is not free. A migration goes before a wish.</summary>
    public static async Task<Subscription?> Change(
        Transaction transaction, Subscription subscription, DateTimeOffset end, TimeProvider clock, CancellationToken cancellation)
    {
        var waiting = await transaction.Query<PlanChange>(
            $"""
            {Waiting}
            order by c.migration_id nulls last for update of c
            """, subscription, cancellation);
        foreach (var row in waiting)
        {
            if (row.Action == "cancel")
            {
                return await End(transaction, subscription, row, end, atBoundary: true, clock, cancellation);
            }

            var target = row.TargetOf(subscription);
            if (await Way.Obstacle(transaction, subscription, row, target, cancellation) is { } obstacle)
            {
                await Way.Refuse(transaction, row, obstacle, end, cancellation);
                continue;
            }

            var cause = new Cause(SubscriptionEvent.Migrated, end, row.RequestedBy, row.MigrationId);
            var next = await TakeOver.Carry(transaction, subscription, new(target!, end, row.IsOwn, AtBoundary: true), row, cause, clock, cancellation);
            return subscription with { Status = SubscriptionStatus.Migrated, MigratedTo = next.Id, EndedAt = end };
        }

        return null;
    }

    /// <summary>Ends a subscription whose plan ends.</summary>
    public static async Task<Subscription?> End(
        Transaction transaction, Subscription subscription, PlanChange row, DateTimeOffset at, bool atBoundary, TimeProvider clock, CancellationToken cancellation)
    {
        var ended = subscription.End(SubscriptionEvent.Cancelled, at, "plan_ended", atBoundary)!;
        await row.Become(transaction, PlanChange.Cancelled, null, at, cancellation);
        await transaction.Save(subscription, ended, new(SubscriptionEvent.Cancelled, at, row.RequestedBy, row.MigrationId), clock, cancellation);
        return ended;
    }
}

/// <summary>Whether the way of a plan change is free.</summary>
internal static class Way
{
    /// <summary>What stands in the way of a locked subscription, or null.</summary>
    public static async Task<Obstacle?> Obstacle(
        Transaction transaction, Subscription subscription, PlanChange row, ChangeTarget? target, CancellationToken cancellation)
    {
        if ((Subscriptions.Obstacle.Of(subscription, target) ?? await Closed(transaction, subscription, row, target!, cancellation)) is { } obstacle)
        {
            return obstacle;
        }

        if (await BillingCurrency.Conflict(
            transaction, target!.BillingIntegrationId, subscription.OrganizationId, target.Plan, keep: false, DateTimeOffset.MinValue, cancellation) is not null)
        {
            return new(false, "currency_differs");
        }

        if (row.IsOwn && IsBilledFirst(subscription, target) && await Debt.Of(
            transaction, target.BillingIntegrationId, subscription.OrganizationId, target.Plan, target.LostDisputesBar, cancellation) is { } debt)
        {
            return new(false, debt);
        }

        return target.ProductId != subscription.ProductId && await transaction.QueryOne<bool>(
            $"""
            select exists (select 1 from subscriptions where organization_id = @OrganizationId and product_id = @ProductId
                and {Subscription.Live})
            """, new { subscription.OrganizationId, target.ProductId }, cancellation) ? new(true, "already_subscribed") : null;
    }

    // A wish was granted for a plan that was sold then. A migration may be told before the publication of its target is, so that its target is not known, or not yet sold, does not stop it;
    // what was taken off sale does where its subscriber pays nobody yet: whoever was to bill that may be gone.
    private static async Task<Obstacle?> Closed(
        Transaction transaction, Subscription subscription, PlanChange row, ChangeTarget target, CancellationToken cancellation)
    {
        // Seats of the plan that it has: that one was agreed to, whatever is sold now.
        if (row.IsOwn && target.Plan.PlanId == subscription.PlanId)
        {
            return null;
        }

        var known = await transaction.QueryOne<Known>(
            "select facts, withdrawn from published_products where catalog_id = @CatalogId and product_id = @ProductId", new { subscription.CatalogId, target.ProductId }, cancellation);
        var offer = known is { Withdrawn: false } ? known.Facts : null;
        var plan = offer?.Plans.FirstOrDefault(p => p.PlanId == target.Plan.PlanId);
        var isClosed = row.IsOwn ? offer is null || Offer.Of(offer, target.Plan.PlanId, subscription.OrganizationId) is null
            : known is { Withdrawn: true } && IsBilledFirst(subscription, target);
        return plan?.Status == "archived" ? new(false, "plan_archived")
            : isClosed ? new(false, "not_on_offer")
            : row.IsOwn && plan!.Status != "active" ? new(false, "plan_not_active")
            : plan is not null && IsBilledFirst(subscription, target) && offer!.BillingIntegrationId != target.BillingIntegrationId ? new(false, Subscriptions.Obstacle.BilledElsewhere)
            : null;
    }

    // Who pays already keeps its integration from being deleted; who does not was given one that may be gone by now.
    private static bool IsBilledFirst(Subscription subscription, ChangeTarget target) => !subscription.IsPaid && Subscription.CostsMoney(target.Plan);

    /// <summary>Notes what stood in the way: a wish is withdrawn, a migration's row can be tried again.</summary>
    public static Task Refuse(Transaction transaction, PlanChange row, Obstacle obstacle, DateTimeOffset at, CancellationToken cancellation) => row.Become(
        transaction, row.IsOwn ? PlanChange.Withdrawn : obstacle.Passes ? PlanChange.Skipped : PlanChange.Failed, obstacle.Reason, at, cancellation);

    private sealed record Known(ProductPublished? Facts, bool Withdrawn);
}
