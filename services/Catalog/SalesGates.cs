using Marketplace.Pricing;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Catalog;

/// <summary>What must hold before a catalog offers a plan that costs money. Asked when a product is published, and again when
/// a paid plan goes on offer in a product that is published already. The only copy of these rules.</summary>
public static class SalesGates
{
    /// <summary>Why one of the catalogs cannot sell these plans, or null; a catalog that sells nothing for money needs nothing.</summary>
    public static ProblemHttpResult? Refusal(IEnumerable<Catalogs.Catalog> catalogs, IEnumerable<Plan> plans)
    {
        var paid = plans.Where(plan => plan.IsPaid).ToList();
        return paid.Count == 0 ? null : catalogs.Select(catalog => Refusal(catalog) ?? Unbillable(catalog, paid)).FirstOrDefault(refusal => refusal is not null);
    }

    /// <summary>Why an integration of a billing model cannot bill a plan to the minor unit, or null.</summary>
    public static string? Obstacle(string? billingModel, Plan plan) => billingModel == "subscriptions" ? RecurringParts.Obstacle(plan.Snapshot()) : null;

    private static ProblemHttpResult? Unbillable(Catalogs.Catalog catalog, IEnumerable<Plan> plans) => plans
        .Select(plan => Obstacle(catalog.BillingModel, plan) is { } obstacle ? Problems.PlanNotBillable(plan.Title, obstacle) : null)
        .FirstOrDefault(refusal => refusal is not null);

    private static ProblemHttpResult? Refusal(Catalogs.Catalog catalog) => catalog switch
    {
        { BillingIntegrationId: null } or { Deleted: true } => Problems.BillingRequired(catalog.Id),
        { PaymentMethods: false, IsBilledElsewhere: false } => Problems.PaymentMethodsRequired(catalog.Id),
        { ModeFits: false } => Problems.LivemodeMismatch(catalog.Environment, catalog.Livemode == true),
        { Ready: false } => Problems.WebhookSecretRequired(catalog.BillingIntegrationId),
        _ => null,
    };
}
