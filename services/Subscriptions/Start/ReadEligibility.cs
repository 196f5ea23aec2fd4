using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Marketplace.Contracts.Catalog;
using Marketplace.Contracts.Invoicing;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Marketplace.Subscriptions;

/// <summary>A plan that an organization thinks of taking.</summary>
public sealed record EligibilityQuery(
    [property: FromQuery(Name = "organizationId"), Required, PlainText(64)] string OrganizationId,
    [property: FromQuery(Name = "catalogId"), Required, PlainText(64)] string CatalogId,
    [property: FromQuery(Name = "planId"), Required, PlainText(64)] string PlanId);

/// <summary>Tells before subscribing what a subscription to a plan needs, what stands in its way, and for which applications it can be.</summary>
public static class ReadEligibility
{
    /// <summary>Every member of the consumer organization. Applications come in pages.</summary>
    public static async Task<Results<Ok<EligibilityAnswer>, ProblemHttpResult>> Handle(
        [AsParameters] EligibilityQuery query, [AsParameters] PageQuery page, Caller caller, Database database, PaymentRules rules, CancellationToken cancellation)
    {
        if (Eligibility.OfCaller(caller, query.OrganizationId, query.CatalogId) is { } refusal)
        {
            return refusal;
        }

        if (await Offer.Find(database, query.CatalogId, query.PlanId, query.OrganizationId, cancellation) is not { } offer)
        {
            return Problem.NotFound("plan", query.PlanId);
        }

        var withdrawn = await database.QueryOne<bool>(
            "select withdrawn from published_products where catalog_id = @CatalogId and product_id = @ProductId", offer.Product, cancellation);
        var organization = await Eligibility.Organization(database, query.OrganizationId, cancellation);
        var taken = await database.QueryOne<string>(
            $"""
            select id from subscriptions where organization_id = @OrganizationId and product_id = @ProductId
                and {Subscription.Live}
            """, new { query.OrganizationId, offer.Product.ProductId }, cancellation);
        var method = await KeepPaymentMethod.Find(database, query.OrganizationId, offer.Product.BillingIntegrationId, cancellation);
        var currency = await BillingCurrency.Conflict(database, offer.Product.BillingIntegrationId, query.OrganizationId, offer.Plan, cancellation);
        var applications = await database.Query<Row>(
            $"""
            select id, title, {Application.Suspended} as suspended from applications a
            where organization_id = @OrganizationId and deleted_at is null and id < @After order by id desc limit @Take
            """, new { query.OrganizationId, page.After, page.Take }, cancellation);
        IReadOnlyList<ProblemHttpResult> past;
        await using (var transaction = await database.Snapshot(cancellation))
        {
            past = await Eligibility.OfPast(transaction, query.OrganizationId, offer, rules, cancellation);
        }

        var counted = await database.QueryOne<Counted>(
            $"""
            select count(*) as applications, count(*) filter (where {Application.Suspended}) as suspended from applications a
            where organization_id = @OrganizationId and deleted_at is null
            """, query, cancellation);

        List<ProblemHttpResult> obstacles =
        [
            .. Eligibility.Obstacles(caller, query.OrganizationId, offer, method),
            .. Eligibility.OfOrganization(organization, query.CatalogId) is { } closed ? [closed] : Array.Empty<ProblemHttpResult>(),
            .. withdrawn ? [Problems.NotOnOffer()] : Array.Empty<ProblemHttpResult>(),
            .. taken is null ? [] : new[] { Problems.AlreadySubscribed(taken) },
            .. currency is null ? [] : new[] { Problems.CurrencyLocked(currency) },
            .. past,
        ];
        var shown = Page<Row>.Of(applications, page, row => row.Id).Select(row => row.Show(taken is not null));
        return TypedResults.Ok(new EligibilityAnswer(
            query.PlanId, offer.Product.ProductId, query.CatalogId, query.OrganizationId, obstacles.Count == 0,
            [.. obstacles.Select(o => new ObstacleAnswer((string)o.ProblemDetails.Extensions["code"]!, o.ProblemDetails.Detail!))], taken,
            offer.Plan.Approval, Subscription.CostsMoney(offer.Plan), offer.Product.Terms,
            offer.Plan.Questions is { } questions ? JsonSerializer.Deserialize<JsonElement>(questions) : null,
            new(taken is null ? 0 : counted!.Applications - counted.Suspended, counted!.Suspended), shown,
            Eligibility.WantsPaymentMethod(offer.Product, offer.Plan), Subscription.CostsMoney(offer.Plan) ? method : null));
    }

    private sealed record Row(string Id, string Title, bool Suspended)
    {
        public EligibleApplication Show(bool taken) => new(Id, Title, !Suspended && !taken, Suspended ? "application_suspended" : taken ? "already_subscribed" : null);
    }

    private sealed record Counted(long Applications, long Suspended);
}

/// <summary>Whether a subscription to a plan can be asked for, and what it needs.</summary>
/// <param name="Eligible">Whether nothing stands in the way.</param>
/// <param name="Obstacles">Everything that does, in the order in which subscribing would refuse.</param>
/// <param name="SubscriptionId">The live subscription that the organization has to the product already.</param>
/// <param name="Approval"><c>manual</c> when the provider decides on it.</param>
/// <param name="NeedsPayment">Whether invoices follow.</param>
/// <param name="Terms">What must be accepted; null for nothing.</param>
/// <param name="Questions">A JSON schema of what must be answered; null for nothing.</param>
/// <param name="Hidden">How many applications it cannot be for.</param>
/// <param name="Applications">The organization's applications, each with whether it can be for it, and if not, why.</param>
/// <param name="PaymentMethodRequired">Whether the organization must have stored a payment method before.</param>
/// <param name="PaymentMethod">What its invoices would be charged to; null when they would be paid by hand.</param>
public sealed record EligibilityAnswer(
    string PlanId, string ProductId, string CatalogId, string OrganizationId, bool Eligible, IReadOnlyList<ObstacleAnswer> Obstacles, string? SubscriptionId,
    string Approval, bool NeedsPayment, TermsSnapshot? Terms, JsonElement? Questions, HiddenApplications Hidden, Page<EligibleApplication> Applications,
    bool PaymentMethodRequired, PaymentMethodSummary? PaymentMethod);

/// <summary>What stands in the way of a subscription.</summary>
/// <param name="Code">The code with which subscribing is refused.</param>
public sealed record ObstacleAnswer(string Code, string Detail);

/// <summary>How many applications a subscription cannot be for, by reason.</summary>
public sealed record HiddenApplications(long AlreadySubscribed, long Suspended);

/// <summary>An application that a subscription may be for, or not.</summary>
/// <param name="Reason"><c>application_suspended</c> or <c>already_subscribed</c>; null when it may.</param>
public sealed record EligibleApplication(string Id, string Title, bool Eligible, string? Reason);
