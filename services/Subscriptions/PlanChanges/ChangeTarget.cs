using Marketplace.Contracts.Catalog;
using Marketplace.Pricing;

namespace Marketplace.Subscriptions;

/// <summary>What a subscription is to become: a plan, with the facts of its product.</summary>
/// <param name="ApiIds">The product's APIs: access to these is kept.</param>
/// <param name="BillingIntegrationId">Who bills the product in the subscription's catalog; null when nobody does.</param>
/// <param name="BillingModel">That one's, where a provider moves subscriptions; null where a consumer changes its own, which pays before anything is renewed.</param>
/// <param name="LostDisputesBar">Whether a dispute that is lost until then keeps a consumer from its wish (<see cref="PaymentRules.Bars"/>), by the rule under which it was wished.</param>
public sealed record ChangeTarget(
    string ProductId, string ProductName, string ProductTitle, string Release, IReadOnlyList<string> ApiIds, PlanSnapshot Plan, string? BillingIntegrationId,
    string? BillingModel = null, bool LostDisputesBar = false)
{
    /// <summary>A plan of a product on offer.</summary>
    public static ChangeTarget Of(ProductPublished offer, PlanSnapshot plan) => new(
        offer.ProductId, offer.ProductName, offer.ProductTitle, offer.Release, [.. offer.Apis.Select(a => a.ApiId)], plan, offer.BillingIntegrationId);

    /// <summary>A subscription as it is, with another plan: its own with other seats. Whatever is on offer now, all of its access is kept.</summary>
    public static ChangeTarget Of(Subscription subscription, PlanSnapshot plan) => new(
        subscription.ProductId, subscription.ProductName, subscription.ProductTitle, subscription.Release, [], plan, subscription.BillingIntegrationId);

    /// <summary>What a migration makes of a subscription's plan; null where its catalog does not offer the product. Seats are kept,
    /// whether the target sells as many or not: where it does not, that is an <see cref="Obstacle"/>.</summary>
    public static ChangeTarget? Of(MigrationRequested migration, Subscription subscription)
    {
        var plan = migration.Plans.FirstOrDefault(p => p.SourcePlanId == subscription.PlanId)?.Target;
        return plan is null || migration.Target?.Catalogs.FirstOrDefault(c => c.CatalogId == subscription.CatalogId) is not { } catalog ? null : new(
            migration.Target.ProductId, migration.Target.ProductName, migration.Target.ProductTitle, migration.Target.Release, migration.Target.ApiIds, PlanSeats.Take(plan, subscription.Plan.Seats),
            catalog.BillingIntegrationId, catalog.BillingModel);
    }
}
