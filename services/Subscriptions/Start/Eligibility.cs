using Marketplace.Contracts.Accounts;
using Marketplace.Contracts.Catalog;
using Marketplace.Contracts.Invoicing;
using Marketplace.Pricing;
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

    /// <summary>Whether the catalog wants a stored payment method of who takes the plan.</summary>
    public static bool WantsPaymentMethod(ProductPublished product, PlanSnapshot plan) => product.PaymentMethodRequired && Subscription.CostsMoney(plan) && product.BillingIntegrationId is not null;

    /// <summary>What the organization would pay the offer with by itself; one that was stored a moment ago is waited for where it is demanded.</summary>
    public static Task<PaymentMethodSummary?> PaymentMethod(Database database, string organizationId, Offer offer, CancellationToken cancellation) => FreshFacts.Await(
        () => KeepPaymentMethod.Find(database, organizationId, offer.Product.BillingIntegrationId, cancellation),
        method => method is not null || !WantsPaymentMethod(offer.Product, offer.Plan), cancellation);

    /// <summary>What stands between the caller and the plan.</summary>
    /// <param name="method">What the organization would pay with.</param>
    public static IEnumerable<ProblemHttpResult> Obstacles(Caller caller, string organizationId, Offer offer, PaymentMethodSummary? method)
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

        if (method is null && WantsPaymentMethod(offer.Product, offer.Plan))
        {
            yield return Problems.PaymentMethodRequired();
        }
    }

    /// <summary>What stands between the organization and the plan from before: what it owes, and the same plan that it had in a period which still runs. To be asked where its slot for the product is held, so that
    /// no subscription to it ends in between.</summary>
    public static async Task<IReadOnlyList<ProblemHttpResult>> OfPast(Transaction transaction, string organizationId, Offer offer, PaymentRules rules, CancellationToken cancellation)
    {
        var debt = await Debt.Of(transaction, offer.Product.BillingIntegrationId, organizationId, offer.Plan, rules.Bars(offer.Plan), cancellation);
        var closed = await WayBack.ClosedUntil(transaction, organizationId, offer.Plan, transaction.Clock.Now(), cancellation);
        return [.. debt is null ? Array.Empty<ProblemHttpResult>() : [Problems.Owes(debt)], .. closed is { } end ? [Problems.PlanGiven(end)] : Array.Empty<ProblemHttpResult>()];
    }

    /// <summary>Why a plan is not taken with so many seats, or null; where none are named it is taken with the least.</summary>
    public static ProblemHttpResult? OfSeats(PlanSnapshot plan, int? seats) =>
        seats is null ? null
        : !PlanSeats.AreSold(plan.Price) ? Problems.SeatsNotSold()
        : PlanSeats.Fit(plan with { Seats = seats }) ? null : Problems.SeatsOutOfBounds(plan.Price);

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
