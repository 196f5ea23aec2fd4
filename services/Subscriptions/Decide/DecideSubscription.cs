using System.ComponentModel.DataAnnotations;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Subscriptions;

/// <summary>Why a subscription is declined; the consumer sees it in the history.</summary>
public sealed record RejectSubscriptionRequest([PlainText(500, MayBeBlank = true)] string? Reason);

/// <summary>The provider's decision on a subscription that waits for one: owner, admin and product manager.</summary>
public static class DecideSubscription
{
    /// <summary>Approves; the first decision wins, a later one is 409 <c>status_conflict</c>.</summary>
    public static async Task<Results<Ok<SubscriptionAnswer>, ProblemHttpResult>> Approve(
        string id, Caller caller, Database database, TimeProvider clock, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var subscription = await Subscription.Lock(transaction, id, cancellation);
        if (Refuse(subscription, id, caller) is { } refusal)
        {
            return refusal;
        }

        if (subscription!.Status == SubscriptionStatus.PendingApproval && await BillingCurrency.Conflict(
            transaction, subscription.BillingIntegrationId, subscription.OrganizationId, subscription.Plan, keep: true, clock.Now(), cancellation) is { } currency)
        {
            return Problems.CurrencyLocked(currency);
        }

        // A lost dispute is for the provider to decide on, and this is its decision.
        if (subscription!.Status == SubscriptionStatus.PendingApproval && await Debt.Of(
            transaction, subscription.BillingIntegrationId, subscription.OrganizationId, subscription.Plan, lost: false, cancellation) is { } debt)
        {
            return Problems.Owes(debt, field: null);
        }

        if (!await Approval.Give(transaction, subscription!, caller.UserId, clock, cancellation))
        {
            return Problems.StatusConflict(subscription!.Status, "be approved");
        }

        return await Answer(transaction, caller, "subscription.approved", subscription!, null, cancellation);
    }

    /// <summary>Declines; final.</summary>
    public static async Task<Results<Ok<SubscriptionAnswer>, ProblemHttpResult>> Reject(
        string id, RejectSubscriptionRequest? request, Caller caller, Database database, TimeProvider clock, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var subscription = await Subscription.Lock(transaction, id, cancellation);
        if (Refuse(subscription, id, caller) is { } refusal)
        {
            return refusal;
        }

        var now = clock.Now();
        if (subscription!.End(SubscriptionEvent.Rejected, now, "rejected", atBoundary: false) is not { } rejected)
        {
            return Problems.StatusConflict(subscription.Status, "be rejected");
        }

        await transaction.Save(subscription, rejected, new(SubscriptionEvent.Rejected, now, caller.UserId, request?.Reason), clock, cancellation);
        return await Answer(transaction, caller, "subscription.rejected", subscription, request?.Reason, cancellation);
    }

    private static ProblemHttpResult? Refuse(Subscription? subscription, string id, Caller caller) => subscription switch
    {
        null => Problem.NotFound("subscription", id),
        _ when caller.Has(subscription.ProviderOrganizationId, Roles.ProviderProducts) => null,
        _ when caller.In(subscription.ProviderOrganizationId) is not null => Problem.RoleMissing(subscription.ProviderOrganizationId, Roles.ProviderProducts),
        // The consumer sees it, but only the provider decides.
        _ when caller.In(subscription.OrganizationId) is not null => Problem.RoleMissing(subscription.ProviderOrganizationId, Roles.ProviderProducts),
        _ => Problem.NotFound("subscription", id),
    };

    // The decision is the provider's, and so is its entry in the audit log; the consumer reads it in the history.
    private static async Task<Ok<SubscriptionAnswer>> Answer(
        Transaction transaction, Caller caller, string action, Subscription before, string? reason, CancellationToken cancellation)
    {
        var answer = (await SubscriptionAnswer.Read(transaction, before.Id, cancellation))!;
        await transaction.Record(
            caller, action, before.ProviderOrganizationId, before.Id, new { Status = before.Status.ToString() }, new { Status = answer.Status.ToString(), Reason = reason }, cancellation);
        await transaction.Commit(cancellation);
        return TypedResults.Ok(answer);
    }
}
