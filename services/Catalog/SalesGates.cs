using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Catalog;

/// <summary>What must hold before a catalog offers a plan that costs money. Asked when a product is published, and again when
/// a paid plan goes on offer in a product that is published already. The only copy of these rules.</summary>
public static class SalesGates
{
    /// <summary>Why one of the catalogs cannot sell, or null; a catalog that sells nothing for money needs nothing.</summary>
    public static ProblemHttpResult? Refusal(IEnumerable<Catalogs.Catalog> catalogs, bool paid) =>
        paid ? catalogs.Select(Refusal).FirstOrDefault(refusal => refusal is not null) : null;

    private static ProblemHttpResult? Refusal(Catalogs.Catalog catalog) => catalog switch
    {
        { BillingIntegrationId: null } or { Deleted: true } => Problems.BillingRequired(catalog.Id),
        { PaymentMethods: false } => Problems.PaymentMethodsRequired(catalog.Id),
        { ModeFits: false } => Problems.LivemodeMismatch(catalog.Environment, catalog.Livemode == true),
        { Ready: false } => Problems.WebhookSecretRequired(catalog.BillingIntegrationId),
        _ => null,
    };
}
