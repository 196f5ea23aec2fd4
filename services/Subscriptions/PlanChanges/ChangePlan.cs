using System.ComponentModel.DataAnnotations;
using Marketplace.Contracts.Catalog;
using Marketplace.Pricing;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Subscriptions;

/// <summary>The plan wanted instead.</summary>
/// <param name="PlanId">An active plan of the same product; or the present one, for another number of seats.</param>
/// <param name="When"><c>now</c>, or <c>period_end</c> for the end of the current period.</param>
/// <param name="Seats">How many seats; left out, as many as now, or the plan's least where there were none.</param>
public sealed record ChangeSubscriptionPlanRequest([Required, PlainText] string PlanId, [Required, AllowedValues("now", "period_end")] string When, int? Seats = null);

/// <summary>A plan change that was made or waits.</summary>
/// <param name="State"><c>done</c> or <c>scheduled</c>.</param>
/// <param name="At">When it happened or will happen (UTC).</param>
/// <param name="UndoableUntil">Until when it can be taken back (UTC); null when it cannot.</param>
/// <param name="Subscription">The new subscription once it is done; until then the present one.</param>
public sealed record PlanChangeAnswer(string State, string PlanId, DateTimeOffset At, DateTimeOffset? UndoableUntil, SubscriptionAnswer Subscription);

/// <summary>A consumer's own change to another plan of the product, or to other seats of its plan. Whoever may take both plans may: admin and subscriber, developer between free ones.</summary>
public static class ChangePlan
{
    /// <summary>How often a plan or its seats change at once within a day, over the subscription and those that it replaced.</summary>
    public const int MostPerDay = 20;

    /// <summary>Now: another subscription takes this one's place, with its access and keys. At the period's end: the same then; until then it can be taken back.</summary>
    public static async Task<Results<Ok<PlanChangeAnswer>, ProblemHttpResult>> Handle(
        string id, ChangeSubscriptionPlanRequest request, Caller caller, Database database, PaymentRules rules, TimeProvider clock, Wakeups wakeups, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var (subscription, target, refusal) = await Wanted(transaction, id, request, caller, rules, clock, cancellation);
        if (refusal is not null)
        {
            return refusal;
        }

        // A later wish replaces an earlier one.
        var earlier = await Scheduled(transaction, id, cancellation);
        await (earlier?.Become(transaction, PlanChange.Withdrawn, "replaced", clock.Now(), cancellation) ?? Task.CompletedTask);
        var row = PlanChange.Of(subscription!, target!.Plan, "move", clock) with { Target = target, RequestedBy = caller.UserId, DueAt = subscription!.PeriodEnd };
        await row.Add(transaction, cancellation);
        var now = clock.Now();
        await transaction.Record(
            caller, request.When == "now" ? "subscription.plan_changed" : "subscription.plan_change_scheduled", subscription.OrganizationId, id,
            Waiting(subscription, earlier), new { request.PlanId, request.When, target.Plan.Seats }, cancellation);
        if (request.When == "now")
        {
            var next = await TakeOver.Carry(
                transaction, subscription, new(target, now, ByConsumer: true, AtBoundary: false), row, new(SubscriptionEvent.Migrated, now, caller.UserId), clock, cancellation);
            var done = new PlanChangeAnswer("done", next.PlanId, now, null, await SubscriptionAnswer.Read(transaction, next.Id, cancellation));
            await transaction.Commit(cancellation);
            wakeups.Wake(SubscriptionSchedule.CloseEnded);
            return TypedResults.Ok(done);
        }

        await FeedPositions.Assign(transaction, [id], [], cancellation);
        var answer = new PlanChangeAnswer(
            "scheduled", request.PlanId, subscription.PeriodEnd!.Value, subscription.PeriodEnd, await SubscriptionAnswer.Read(transaction, id, cancellation));
        await transaction.Commit(cancellation);
        return TypedResults.Ok(answer);
    }

    /// <summary>Takes a change back that waits for the period's end.</summary>
    public static async Task<Results<NoContent, ProblemHttpResult>> TakeBack(
        string id, Caller caller, Database database, TimeProvider clock, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var held = await Subscription.Lock(transaction, id, cancellation);
        if (Refuse(held, id, caller, null) is { } refusal)
        {
            return refusal;
        }

        if (await Scheduled(transaction, id, cancellation) is not { } scheduled)
        {
            return Problems.NoPlanChange();
        }

        await scheduled.Become(transaction, PlanChange.Withdrawn, "requested", clock.Now(), cancellation);
        await transaction.Record(
            caller, "subscription.plan_change_taken_back", held!.OrganizationId, id, Waiting(held, scheduled), new { held.PlanId, held.Plan.Seats, NextPlanId = (string?)null }, cancellation);
        await transaction.Commit(cancellation);
        return TypedResults.NoContent();
    }

    // The subscription is held, so that nobody else moves its change meanwhile; an index allows one that waits.
    private static Task<PlanChange?> Scheduled(Transaction transaction, string id, CancellationToken cancellation) => transaction.QueryOne<PlanChange>(
        $"{PlanChange.Select} where c.subscription_id = @id and c.state = 'pending' and c.migration_id is null", new { id }, cancellation);

    private static object Waiting(Subscription subscription, PlanChange? scheduled) => new
    {
        subscription.PlanId, subscription.Plan.Seats, NextPlanId = scheduled?.TargetPlanId, NextSeats = scheduled?.Target?.Plan.Seats, At = scheduled?.DueAt,
    };

    /// <summary>The locked subscription and what it is wanted to become, or why not.</summary>
    internal static async Task<(Subscription? Subscription, ChangeTarget? Target, ProblemHttpResult? Refusal)> Wanted(
        Transaction transaction, string id, ChangeSubscriptionPlanRequest request, Caller caller, PaymentRules rules, TimeProvider clock, CancellationToken cancellation)
    {
        var held = await Subscription.Lock(transaction, id, cancellation);
        if (Refuse(held, id, caller, null) is { } refusal)
        {
            return (null, null, refusal);
        }

        var subscription = await EndPeriod.Roll(transaction, held!, clock.Now(), clock, cancellation);
        if (subscription.After(SubscriptionEvent.Migrated) is null)
        {
            return (null, null, Problems.StatusConflict(subscription.Status, "change its plan"));
        }

        var (target, problem) = request.PlanId == subscription.PlanId
            ? ChangeSeats.Wanted(subscription, request)
            : await OnOffer(transaction, subscription, request, caller, rules, clock, cancellation);
        problem ??= request.When == "now" ? await RefuseNow(transaction, subscription, target!, clock.Now(), cancellation) : null;
        return problem is null ? (subscription, target, null) : (null, null, problem);
    }

    private static async Task<(ChangeTarget? Target, ProblemHttpResult? Refusal)> OnOffer(
        Transaction transaction, Subscription subscription, ChangeSubscriptionPlanRequest request, Caller caller, PaymentRules rules, TimeProvider clock, CancellationToken cancellation)
    {
        var offer = await transaction.QueryOne<ProductPublished>(
            "select facts from published_products where catalog_id = @CatalogId and product_id = @ProductId and not withdrawn for share", subscription, cancellation);
        // As in subscribing, a plan that is hidden from the organization is not there.
        var plan = offer is null ? null : Offer.Of(offer, request.PlanId, subscription.OrganizationId)?.Plan;
        var seated = plan is null ? null : PlanSeats.Take(plan, request.Seats ?? subscription.Plan.Seats);
        var problem = offer is null ? Problems.NotOnOffer()
            : plan is null ? Problem.NotFound("plan of the product", request.PlanId)
            : Refuse(subscription, subscription.Id, caller, plan) ?? Eligibility.OfSeats(plan, request.Seats) ?? RefusePlan(subscription, offer, seated!, request.When);
        problem ??= await BillingCurrency.Conflict(
            transaction, offer!.BillingIntegrationId, subscription.OrganizationId, plan!, keep: false, clock.Now(), cancellation) is { } currency ? Problems.CurrencyLocked(currency) : null;
        var lostDisputesBar = plan is not null && rules.Bars(plan);
        // Who pays already goes on paying as before.
        problem ??= !Subscription.CostsMoney(subscription.Plan) && await Debt.Of(
            transaction, offer!.BillingIntegrationId, subscription.OrganizationId, plan!, lostDisputesBar, cancellation) is { } debt ? Problems.Owes(debt) : null;
        problem ??= Eligibility.WantsPaymentMethod(offer!, plan!) && !Subscription.CostsMoney(subscription.Plan)
            && !await KeepPaymentMethod.IsStored(transaction, subscription.OrganizationId, offer!.BillingIntegrationId!, cancellation) ? Problems.PaymentMethodRequired() : null;
        return problem is null ? (ChangeTarget.Of(offer!, seated!) with { LostDisputesBar = lostDisputesBar }, null) : (null, problem);
    }

    // Each change now is a subscription and an invoice.
    private static async Task<ProblemHttpResult?> RefuseNow(Transaction transaction, Subscription subscription, ChangeTarget target, DateTimeOffset now, CancellationToken cancellation)
    {
        var today = await transaction.QueryOne<long>(
            $"{Lineage.With} select count(*) from subscriptions s join lineage l on l.id = s.id where s.migrated_from is not null and s.created_at > @Since",
            new { subscription.Id, Since = now.AddDays(-1) }, cancellation);
        if (today >= MostPerDay)
        {
            return Problems.ChangedTooOften(MostPerDay);
        }

        if (await WayBack.ClosedUntil(transaction, subscription, target.Plan, now, cancellation) is { } end)
        {
            return Problems.PlanLeft(end);
        }

        var (_, lines) = await TakeOver.Plan(transaction, subscription, new(target, now, ByConsumer: true, AtBoundary: false), cancellation);
        return await Credit.IsUnpaid(transaction, subscription, lines, cancellation) ? Problems.PaymentOpen() : null;
    }

    private static ProblemHttpResult? RefusePlan(Subscription subscription, ProductPublished offer, PlanSnapshot plan, string when) => plan switch
    {
        _ when plan.Status != "active" => Problems.PlanNotActive(),
        _ when Obstacle.Of(subscription, ChangeTarget.Of(offer, plan)) is { } obstacle => obstacle.Refuse(subscription, plan),
        // The provider has decided on this subscriber for a plan that needs its word, or for no such plan.
        _ when plan.Approval == "manual" && subscription.Plan.Approval != "manual" => Problems.PlanNeedsApproval(),
        _ when plan.Questions is not null && plan.Questions != subscription.Plan.Questions => Problems.PlanAsks(),
        _ when when == "period_end" && subscription.PeriodEnd is null => Problems.StatusConflict(subscription.Status, "change its plan at the end of a period"),
        _ => null,
    };

    private static ProblemHttpResult? Refuse(Subscription? subscription, string id, Caller caller, PlanSnapshot? plan)
    {
        if (subscription is null || (caller.In(subscription.OrganizationId) is null && caller.In(subscription.ProviderOrganizationId) is null))
        {
            return Problem.NotFound("subscription", id);
        }

        // Whoever may take a paid plan may take a free one: the stricter of the two decides.
        var roles = Subscription.RolesFor(plan is null || Subscription.RolesFor(plan) == Roles.ConsumerFree ? subscription.Plan : plan);
        return caller.Has(subscription.OrganizationId, roles) ? null : Problem.RoleMissing(subscription.OrganizationId, roles);
    }
}
