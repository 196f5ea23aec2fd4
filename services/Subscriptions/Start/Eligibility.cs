using Marketplace.Contracts.Accounts;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Subscriptions;

/// <summary>Who may take a plan. The only copy of these rules: subscribing asks for the first obstacle, the wizard shows them all.</summary>
internal static class Eligibility
{
    /// <summary>Why the caller does not subscribe for this organization in this catalog at all, or null.</summary>
    public static ProblemHttpResult? OfCaller(Caller caller, string organizationId, string catalogId) => caller.In(organizationId) switch
    {
        null => Problem.NotFound("organization", organizationId),
        { Kind: not "consumer" } => Problems.ConsumersOnly(),
        var membership when membership.Catalog != catalogId => Problems.OtherCatalog(),
        _ => null,
    };

    /// <summary>What stands between the caller and the plan.</summary>
    public static IEnumerable<ProblemHttpResult> Obstacles(Caller caller, string organizationId, Offer offer)
    {
        var roles = Subscription.RolesFor(offer.Plan);
        if (!caller.Has(organizationId, roles))
        {
            yield return Problem.RoleMissing(organizationId, roles);
        }

        if (Subscription.CostsMoney(offer.Plan) && offer.Product.BillingIntegrationId is null)
        {
            yield return Problems.BillingRequired();
        }

        if (offer.Plan.Status != "active")
        {
            yield return Problems.PlanNotActive();
        }
    }

    /// <summary>Why the organization itself cannot subscribe in the catalog, or null.</summary>
    public static ProblemHttpResult? OfOrganization(OrganizationCreated? organization, string catalogId) => organization switch
    {
        null => Problems.OrganizationUnknownYet(),
        { Enabled: false } => Problems.OrganizationDisabled(),
        _ when organization.CatalogId != catalogId => Problems.OtherCatalog(),
        _ => null,
    };

    /// <summary>What is known of an organization; one made a moment ago is waited for.</summary>
    public static Task<OrganizationCreated?> Organization(Database database, string id, CancellationToken cancellation) => FreshFacts.Await(
        () => database.QueryOne<OrganizationCreated>(
            "select id as organization_id, kind, title, catalog_id, email, enabled, version from organizations where id = @id", new { id }, cancellation),
        organization => organization is not null, cancellation);
}
