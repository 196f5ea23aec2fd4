using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Marketplace.Contracts.Catalog;
using Marketplace.Contracts.Invoicing;
using Marketplace.Pricing;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Subscriptions;

/// <summary>A subscription to a plan of a catalog.</summary>
/// <param name="OrganizationId">The consumer organization that will hold and pay it.</param>
/// <param name="ApplicationId">The only application it is for; leave it out for all of the organization's.</param>
/// <param name="AcceptTerms">Must be true where terms are in force; it is recorded who accepted which version.</param>
/// <param name="Answers">To the plan's questions, where it has some.</param>
/// <param name="TermsVersion">The version that was read; another one in force by now is refused instead of accepted unseen.</param>
/// <param name="Seats">How many seats of a plan that is sold by them; the plan's least when left out.</param>
public sealed record StartSubscriptionRequest(
    [Required, PlainText] string PlanId, [Required, PlainText] string CatalogId, [Required, PlainText] string OrganizationId, [PlainText] string? ApplicationId = null,
    bool AcceptTerms = false, JsonElement? Answers = null, int? TermsVersion = null, int? Seats = null);

/// <summary>Subscribes a consumer organization to a plan. Admin and subscriber may take any plan, developer free ones.</summary>
public static class StartSubscription
{
    private const string TakeSlot =
        $"""
        insert into subscriptions (id, organization_id, provider_organization_id, catalog_id, environment, billing_integration_id, product_id, product_name,
            product_title, release, plan_id, plan, application_id, status, created_at, created_by, answers)
        values (@Id, @OrganizationId, @ProviderOrganizationId, @CatalogId, @Environment, @BillingIntegrationId, @ProductId, @ProductName,
            @ProductTitle, @Release, @PlanId, @Plan::jsonb, @ApplicationId, 'PendingApproval', @CreatedAt, @CreatedBy, @Answers::json)
        on conflict (organization_id, product_id) where {Subscription.Live} do nothing
        """;

    /// <summary>201 with the subscription, approved at once unless the plan wants the provider's decision; 409 <c>already_subscribed</c>.</summary>
    public static async Task<Results<Created<SubscriptionAnswer>, ProblemHttpResult>> Handle(
        StartSubscriptionRequest request, Caller caller, Database database, PaymentRules rules, TimeProvider clock, CancellationToken cancellation)
    {
        if (RefuseCaller(request, caller) is { } refusal)
        {
            return refusal;
        }

        var offer = await Offer.Find(database, request.CatalogId, request.PlanId, request.OrganizationId, cancellation);
        if (offer is null)
        {
            return Problem.NotFound("plan", request.PlanId);
        }

        var method = await Eligibility.PaymentMethod(database, request.OrganizationId, offer, cancellation);
        if (RefuseOffer(request, caller, offer, method) is { } unfit)
        {
            return unfit;
        }

        if (Eligibility.OfOrganization(await Eligibility.Organization(database, request.OrganizationId, cancellation), request.CatalogId) is { } closed)
        {
            return closed;
        }

        await using var transaction = await database.Begin(cancellation);
        // What is on offer may have changed since it was read; from here on it stays as it is.
        if (await Offer.Hold(transaction, offer.Product, cancellation) is not { } product)
        {
            return Problems.NotOnOffer();
        }

        offer = Offer.Of(product, request.PlanId, request.OrganizationId);
        if (offer is null)
        {
            return Problem.NotFound("plan", request.PlanId);
        }

        if (RefuseOffer(request, caller, offer, method) is { } changed)
        {
            return changed;
        }

        if (request.ApplicationId is not null)
        {
            if (!await Application.Belongs(transaction, request.ApplicationId, request.OrganizationId, cancellation))
            {
                return Problems.InvalidApplication();
            }

            if (await Application.IsSuspended(transaction, request.ApplicationId, cancellation))
            {
                return Problems.ApplicationSuspended();
            }
        }

        var subscription = New(request, caller, offer, clock);
        if (await TakenBy(transaction, subscription, cancellation) is { } existing)
        {
            return Problems.AlreadySubscribed(existing);
        }

        // Asked when it holds the slot: what ended while it waited for that counts too.
        await transaction.Execute($"update subscriptions set follows = ({Lineage.Left}) where id = @Id", subscription, cancellation);
        if (await BillingCurrency.Conflict(
            transaction, subscription.BillingIntegrationId, subscription.OrganizationId, subscription.Plan, keep: offer.Plan.Approval != "manual", subscription.CreatedAt, cancellation) is { } currency)
        {
            return Problems.CurrencyLocked(currency);
        }

        if (await Eligibility.OfPast(transaction, subscription.OrganizationId, offer, rules, cancellation) is [var held, ..])
        {
            return held;
        }

        if (offer.Product.Terms is { } terms)
        {
            await TermsAcceptance.Write(transaction, subscription, terms, clock, cancellation);
        }

        await transaction.Record(
            subscription.Id, null, subscription.Status,
            new(SubscriptionEvent.Requested, subscription.CreatedAt, caller.UserId, offer.Product.Terms is null ? null : "terms accepted"), cancellation);
        await transaction.CountLive(offer.Plan.PlanId, 1, cancellation);
        if (offer.Plan.Approval != "manual")
        {
            await Approval.Give(transaction, subscription, null, clock, cancellation);
        }

        await transaction.Record(
            caller, "subscription.requested", subscription.OrganizationId, subscription.Id, null,
            new { subscription.PlanId, subscription.ProductId, subscription.CatalogId, subscription.ApplicationId, subscription.Plan.Seats }, cancellation);
        var answer = await SubscriptionAnswer.Read(transaction, subscription.Id, cancellation);
        await transaction.Commit(cancellation);
        return TypedResults.Created($"/v1/subscriptions/{subscription.Id}", answer);
    }

    // Who may not even take a free plan learns nothing of plans.
    private static ProblemHttpResult? RefuseCaller(StartSubscriptionRequest request, Caller caller) =>
        caller.In(request.OrganizationId) is { Kind: "consumer" } && !caller.Has(request.OrganizationId, Roles.ConsumerFree)
            ? Problem.RoleMissing(request.OrganizationId, Roles.ConsumerFree)
            : Eligibility.OfCaller(caller, request.OrganizationId, request.CatalogId);

    private static ProblemHttpResult? RefuseOffer(StartSubscriptionRequest request, Caller caller, Offer offer, PaymentMethodSummary? method) =>
        Eligibility.Obstacles(caller, request.OrganizationId, offer, method).FirstOrDefault()
        ?? TermsAcceptance.Refusal(offer.Product.Terms, request.AcceptTerms, request.TermsVersion)
        ?? Eligibility.OfSeats(offer.Plan, request.Seats)
        ?? RefuseAnswers(request, offer.Plan);

    private static ProblemHttpResult? RefuseAnswers(StartSubscriptionRequest request, PlanSnapshot plan)
    {
        if (plan.Questions is null)
        {
            return request.Answers is { ValueKind: not JsonValueKind.Null } ? Problem.Invalid("answers", "The plan asks nothing. Leave the answers out.") : null;
        }

        return AnswerCheck.Faults(plan.Questions, request.Answers) is { Count: > 0 } faults ? Problems.AnswersInvalid(faults) : null;
    }

    private static Subscription New(StartSubscriptionRequest request, Caller caller, Offer offer, TimeProvider clock) => new()
    {
        Id = Ids.New("sub", clock),
        OrganizationId = request.OrganizationId,
        ProviderOrganizationId = offer.Product.ProviderOrganizationId,
        CatalogId = offer.Product.CatalogId,
        Environment = offer.Product.Environment,
        BillingIntegrationId = Subscription.CostsMoney(offer.Plan) ? offer.Product.BillingIntegrationId : null,
        ProductId = offer.Product.ProductId,
        ProductName = offer.Product.ProductName,
        ProductTitle = offer.Product.ProductTitle,
        Release = offer.Product.Release,
        PlanId = offer.Plan.PlanId,
        Plan = PlanSeats.Take(offer.Plan, request.Seats),
        ApplicationId = request.ApplicationId,
        CreatedAt = clock.Now(),
        CreatedBy = caller.UserId,
        Answers = offer.Plan.Questions is null ? null : JsonSerializer.Serialize(request.Answers),
    };

    // The index decides who is first. An insert that met another's open one waits for its commit; if that one ended meanwhile the slot is free again.
    private static async Task<string?> TakenBy(Transaction transaction, Subscription subscription, CancellationToken cancellation)
    {
        while (await transaction.Execute(TakeSlot, subscription, cancellation) == 0)
        {
            if (await transaction.QueryOne<string>(
                $"""
                select id from subscriptions where organization_id = @OrganizationId and product_id = @ProductId
                    and {Subscription.Live}
                """, subscription, cancellation) is { } existing)
            {
                return existing;
            }
        }

        return null;
    }
}
