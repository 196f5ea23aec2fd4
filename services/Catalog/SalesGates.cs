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
        var sold = plans.ToList();
        return catalogs.SelectMany(catalog => Refusals(catalog, sold)).FirstOrDefault();
    }

    /// <summary>Everything that keeps a catalog from selling these plans, in the order in which it is refused.</summary>
    public static IEnumerable<ProblemHttpResult> Refusals(Catalogs.Catalog catalog, IEnumerable<Plan> plans)
    {
        var paid = plans.Where(plan => plan.IsPaid).ToList();
        return paid.Count == 0 ? [] : OfCatalog(catalog).Concat(Unbillable(catalog, paid));
    }

    /// <summary>Why an integration of a billing model cannot bill a plan to the minor unit, or null.</summary>
    public static string? Obstacle(string? billingModel, Plan plan) => billingModel is null or "custom" ? null
        : TooDear(plan) ?? (billingModel == "subscriptions" ? RecurringParts.Obstacle(plan.Snapshot()) : null);

    // An invoice that can never be paid would stop the queue of whoever subscribes.
    private static string? TooDear(Plan plan) => plan.Base * (plan.MinimumSeats ?? 1) + plan.SetupFee is var first && Currencies.MostCharged(plan.Currency) is var most && first > most
        ? $"Its first invoice comes to {Currencies.Print(first, plan.Currency)}, and Stripe charges at most {Currencies.Print(most, plan.Currency)} at once." : null;

    // What an integration is like is asked only where there is one.
    private static IEnumerable<ProblemHttpResult> OfCatalog(Catalogs.Catalog catalog)
    {
        var attached = catalog is { BillingIntegrationId: not null, Deleted: not true };
        if (!attached)
        {
            yield return Problems.BillingRequired(catalog.Id);
        }

        if (catalog is { PaymentMethods: false, IsCustom: false })
        {
            yield return Problems.PaymentMethodsRequired(catalog.Id);
        }

        if (attached && catalog.ModeFits == false)
        {
            yield return Problems.LivemodeMismatch(catalog.Environment, catalog.Livemode == true);
        }

        if (attached && catalog.Ready == false)
        {
            yield return Problems.WebhookSecretRequired(catalog.BillingIntegrationId!);
        }
    }

    private static IEnumerable<ProblemHttpResult> Unbillable(Catalogs.Catalog catalog, IEnumerable<Plan> plans) => catalog.Deleted == true ? [] : plans
        .Select(plan => Obstacle(catalog.BillingModel, plan) is { } obstacle ? Problems.PlanNotBillable(plan.Title, obstacle) : null)
        .OfType<ProblemHttpResult>();
}
