using Marketplace.Pricing;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Subscriptions;

/// <summary>Another number of seats of the plan that a subscription has: a plan change to its own plan as it was agreed to. What is on offer now is not asked, so that who has a plan
/// that takes no new subscribers changes its seats all the same.</summary>
internal static class ChangeSeats
{
    /// <summary>What the subscription is to become, or why not.</summary>
    public static (ChangeTarget? Target, ProblemHttpResult? Refusal) Wanted(Subscription subscription, ChangeSubscriptionPlanRequest request)
    {
        var plan = PlanSeats.Take(subscription.Plan, request.Seats ?? subscription.Plan.Seats);
        var target = ChangeTarget.Of(subscription, plan);
        var refusal = Eligibility.OfSeats(plan, request.Seats)
            ?? (plan.Seats == subscription.Plan.Seats ? Problems.SamePlan(plan) : null)
            ?? (Obstacle.Of(subscription, target) is { } obstacle ? obstacle.Refuse(subscription, plan) : null);
        refusal ??= request.When != "period_end" ? null
            : subscription.PeriodEnd is null ? Problems.StatusConflict(subscription.Status, "change its seats at the end of a period")
            : subscription.IsInLastPeriod ? Problems.TermEnds()
            : null;
        return refusal is null ? (target, null) : (null, refusal);
    }
}
