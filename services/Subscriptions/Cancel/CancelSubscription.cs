using System.ComponentModel.DataAnnotations;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Subscriptions;

/// <summary>How a subscription is cancelled.</summary>
/// <param name="When"><c>now</c>, or <c>period_end</c> to keep access until the current period is over.</param>
/// <param name="Reason">Shown in the history.</param>
public sealed record CancelSubscriptionRequest([Required, AllowedValues("now", "period_end")] string When, [PlainText(500, MayBeBlank = true)] string? Reason);

/// <summary>Cancels, and takes a cancellation for the period's end back. Whoever may take the plan may end it: admin and subscriber, developer for free plans.</summary>
public static class CancelSubscription
{
    /// <summary>Ends access at once or with the period. A subscription that was never paid is simply over; any other is billed for what was used.</summary>
    public static async Task<Results<Ok<SubscriptionAnswer>, ProblemHttpResult>> Cancel(
        string id, CancelSubscriptionRequest request, Caller caller, Database database, TimeProvider clock, Wakeups wakeups, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var held = await Subscription.Lock(transaction, id, cancellation);
        if (Refuse(held, id, caller) is { } refusal)
        {
            return refusal;
        }

        var now = clock.Now();
        var subscription = await EndPeriod.Roll(transaction, held!, now, clock, cancellation);
        var (happened, after) = request.When == "now"
            ? (SubscriptionEvent.Cancelled, subscription.End(SubscriptionEvent.Cancelled, now, "requested", atBoundary: false))
            : (SubscriptionEvent.CancelledAtPeriodEnd, subscription.After(SubscriptionEvent.CancelledAtPeriodEnd));
        if (after is null)
        {
            return Problems.StatusConflict(subscription.Status, request.When == "now" ? "be cancelled" : "be cancelled for its period's end");
        }

        await transaction.Save(subscription, after, new(happened, now, caller.UserId, request.Reason), clock, cancellation);
        await transaction.Record(
            caller, request.When == "now" ? "subscription.cancelled" : "subscription.cancellation_scheduled", subscription.OrganizationId, id,
            new { Status = subscription.Status.ToString() }, new { Status = after.Status.ToString(), request.Reason }, cancellation);
        await FeedPositions.Assign(transaction, [id], [], cancellation);
        var answer = await SubscriptionAnswer.Read(transaction, id, cancellation);
        await transaction.Commit(cancellation);
        wakeups.Wake(SubscriptionSchedule.CloseEnded);
        return TypedResults.Ok(answer);
    }

    /// <summary>Takes back a cancellation that waits for the period's end.</summary>
    public static async Task<Results<Ok<SubscriptionAnswer>, ProblemHttpResult>> Resume(
        string id, Caller caller, SettlePayment payment, Database database, TimeProvider clock, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var held = await Subscription.Lock(transaction, id, cancellation);
        if (Refuse(held, id, caller) is { } refusal)
        {
            return refusal;
        }

        var now = clock.Now();
        var subscription = await EndPeriod.Roll(transaction, held!, now, clock, cancellation);
        var happened = subscription.Anchor is null ? SubscriptionEvent.ResumedTrial : SubscriptionEvent.Resumed;
        if (subscription.After(happened) is not { } after)
        {
            return Problems.StatusConflict(subscription.Status, "be resumed");
        }

        await transaction.Save(subscription, after, new(happened, now, caller.UserId), clock, cancellation);
        await transaction.Record(caller, "subscription.resumed", subscription.OrganizationId, id, new { Status = subscription.Status.ToString() }, new { Status = after.Status.ToString() }, cancellation);
        await payment.Settle(transaction, after, cancellation);
        await FeedPositions.Assign(transaction, [id], [], cancellation);
        var answer = await SubscriptionAnswer.Read(transaction, id, cancellation);
        await transaction.Commit(cancellation);
        return TypedResults.Ok(answer);
    }

    private static ProblemHttpResult? Refuse(Subscription? subscription, string id, Caller caller)
    {
        if (subscription is null || (caller.In(subscription.OrganizationId) is null && caller.In(subscription.ProviderOrganizationId) is null))
        {
            return Problem.NotFound("subscription", id);
        }

        var roles = Subscription.RolesFor(subscription.Plan);
        return caller.Has(subscription.OrganizationId, roles) ? null : Problem.RoleMissing(subscription.OrganizationId, roles);
    }
}
