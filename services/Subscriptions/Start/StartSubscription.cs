using System.ComponentModel.DataAnnotations;
using Marketplace.Contracts.Accounts;
using Marketplace.Contracts.Catalog;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Subscriptions;

/// <summary>A subscription to a plan of a catalog.</summary>
/// <param name="OrganizationId">The consumer organization that will hold and pay it.</param>
/// <param name="ApplicationId">The only application it is for; leave it out for all of the organization's.</param>
/// <param name="AcceptTerms">Must be true.</param>
public sealed record StartSubscriptionRequest(
    [Required, PlainText] string PlanId, [Required, PlainText] string CatalogId, [Required, PlainText] string OrganizationId, [PlainText] string? ApplicationId, bool AcceptTerms);

/// <summary>Subscribes a consumer organization to a plan. Admin and subscriber may take any plan, developer free ones.</summary>
public static class StartSubscription
{
    private const string TakeSlot =
        """
        insert into subscriptions (id, organization_id, provider_organization_id, catalog_id, environment, billing_integration_id, product_id, product_name,
            product_title, release, plan_id, plan, application_id, status, created_at, created_by)
        values (@Id, @OrganizationId, @ProviderOrganizationId, @CatalogId, @Environment, @BillingIntegrationId, @ProductId, @ProductName,
            @ProductTitle, @Release, @PlanId, @Plan::jsonb, @ApplicationId, 'PendingApproval', @CreatedAt, @CreatedBy)
        on conflict (organization_id, product_id) where status not in ('Cancelled', 'Rejected', 'Expired', 'Migrated') do nothing
        """;

    /// <summary>201 with the subscription, approved at once unless the plan wants the provider's decision; 409 <c>already_subscribed</c>.</summary>
    public static async Task<Results<Created<SubscriptionAnswer>, ProblemHttpResult>> Handle(
        StartSubscriptionRequest request, Caller caller, Database database, TimeProvider clock, CancellationToken cancellation)
    {
        if (RefuseCaller(request, caller) is { } refusal)
        {
            return refusal;
        }

        var offer = await Offer(request, database, cancellation);
        if (offer?.Plans.FirstOrDefault(p => p.PlanId == request.PlanId) is not { } plan)
        {
            return Problem.NotFound("plan", request.PlanId);
        }

        if (RefusePlan(request, caller, offer, plan) is { } unfit)
        {
            return unfit;
        }

        if (await Organization(request, database, cancellation) is not { } organization)
        {
            return Problems.OrganizationUnknownYet();
        }

        if (!organization.Enabled)
        {
            return Problems.OrganizationDisabled();
        }

        await using var transaction = await database.Begin(cancellation);
        // What is on offer may have changed since it was read; from here on it stays as it is.
        offer = await transaction.QueryOne<ProductPublished>(
            "select facts from published_products where catalog_id = @CatalogId and product_id = @ProductId and not withdrawn for share", offer, cancellation);
        if (offer is null)
        {
            return Problems.NotOnOffer();
        }

        plan = offer.Plans.FirstOrDefault(p => p.PlanId == request.PlanId);
        if (plan is null)
        {
            return Problem.NotFound("plan", request.PlanId);
        }

        if (RefusePlan(request, caller, offer, plan) is { } changed)
        {
            return changed;
        }

        if (request.ApplicationId is not null && !await Application.Belongs(transaction, request.ApplicationId, request.OrganizationId, cancellation))
        {
            return Problems.InvalidApplication();
        }

        var subscription = New(request, caller, offer, plan, clock);
        if (await TakenBy(transaction, subscription, cancellation) is { } existing)
        {
            return Problems.AlreadySubscribed(existing);
        }

        await transaction.Record(subscription.Id, null, subscription.Status, new(SubscriptionEvent.Requested, subscription.CreatedAt, caller.UserId, "terms accepted"), cancellation);
        await transaction.CountLive(plan.PlanId, 1, cancellation);
        if (plan.Approval != "manual")
        {
            await Approval.Give(transaction, subscription, null, clock, cancellation);
        }

        var answer = await SubscriptionAnswer.Read(transaction, subscription.Id, cancellation);
        await transaction.Commit(cancellation);
        return TypedResults.Created($"/v1/subscriptions/{subscription.Id}", answer);
    }

    private static ProblemHttpResult? RefuseCaller(StartSubscriptionRequest request, Caller caller) => caller.In(request.OrganizationId) switch
    {
        null => Problem.NotFound("organization", request.OrganizationId),
        { Kind: not "consumer" } => Problems.ConsumersOnly(),
        _ when !caller.Has(request.OrganizationId, Roles.ConsumerFree) => Problem.RoleMissing(request.OrganizationId, Roles.ConsumerFree),
        _ when !request.AcceptTerms => Problems.TermsNotAccepted(),
        var membership when membership.Catalog != request.CatalogId => Problems.OtherCatalog(),
        _ => null,
    };

    private static ProblemHttpResult? RefusePlan(StartSubscriptionRequest request, Caller caller, ProductPublished offer, PlanSnapshot plan)
    {
        var roles = Subscription.RolesFor(plan);
        return !caller.Has(request.OrganizationId, roles) ? Problem.RoleMissing(request.OrganizationId, roles)
            : Subscription.CostsMoney(plan) && offer.BillingIntegrationId is null ? Problems.BillingRequired()
            : plan.Status != "active" ? Problems.PlanNotActive()
            : null;
    }

    private static Task<ProductPublished?> Offer(StartSubscriptionRequest request, Database database, CancellationToken cancellation) => FreshFacts.Await(
        () => database.QueryOne<ProductPublished>(
            """
            select p.facts from published_plans n join published_products p using (catalog_id, product_id)
            where n.catalog_id = @CatalogId and n.plan_id = @PlanId and p.facts is not null
            """, request, cancellation),
        offer => offer.Plans.Any(p => p.PlanId == request.PlanId && p.Status == "active"), cancellation);

    private static Task<OrganizationCreated?> Organization(StartSubscriptionRequest request, Database database, CancellationToken cancellation) => FreshFacts.Await(
        () => database.QueryOne<OrganizationCreated>(
            "select id as organization_id, kind, title, catalog_id, email, enabled, version from organizations where id = @OrganizationId", request, cancellation),
        _ => true, cancellation);

    private static Subscription New(StartSubscriptionRequest request, Caller caller, ProductPublished offer, PlanSnapshot plan, TimeProvider clock) => new()
    {
        Id = Ids.New("sub", clock),
        OrganizationId = request.OrganizationId,
        ProviderOrganizationId = offer.ProviderOrganizationId,
        CatalogId = offer.CatalogId,
        Environment = offer.Environment,
        BillingIntegrationId = Subscription.CostsMoney(plan) ? offer.BillingIntegrationId : null,
        ProductId = offer.ProductId,
        ProductName = offer.ProductName,
        ProductTitle = offer.ProductTitle,
        Release = offer.Release,
        PlanId = plan.PlanId,
        Plan = plan,
        ApplicationId = request.ApplicationId,
        CreatedAt = clock.Now(),
        CreatedBy = caller.UserId,
    };

    // The index decides who is first. An insert that met another's open one waits for its commit; if that one ended meanwhile the slot is free again.
    private static async Task<string?> TakenBy(Transaction transaction, Subscription subscription, CancellationToken cancellation)
    {
        while (await transaction.Execute(TakeSlot, subscription, cancellation) == 0)
        {
            if (await transaction.QueryOne<string>(
                """
                select id from subscriptions where organization_id = @OrganizationId and product_id = @ProductId
                    and status not in ('Cancelled', 'Rejected', 'Expired', 'Migrated')
                """, subscription, cancellation) is { } existing)
            {
                return existing;
            }
        }

        return null;
    }
}
