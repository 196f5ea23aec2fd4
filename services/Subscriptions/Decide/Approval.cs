using Marketplace.Contracts.Accounts;
using Marketplace.Contracts.Subscriptions;
using Marketplace.Storage;

namespace Marketplace.Subscriptions;

/// <summary>What approval starts: a free plan runs, a trial runs, any other plan waits for its first invoice.</summary>
internal static class Approval
{
    /// <summary>Approves a locked, pending subscription; false when it is not pending any more.</summary>
    /// <param name="actor">The user who approved; null when the plan approves by itself.</param>
    public static async Task<bool> Give(Transaction transaction, Subscription subscription, string? actor, TimeProvider clock, CancellationToken cancellation)
    {
        var now = clock.Now();
        var trialDays = subscription.IsPaid && !await HadTrial(transaction, subscription, cancellation) ? subscription.Plan.TrialDays : 0;
        var happened = !subscription.IsPaid ? SubscriptionEvent.ApprovedFree
            : trialDays > 0 ? SubscriptionEvent.ApprovedForTrial
            : SubscriptionEvent.Approved;
        if (subscription.After(happened) is not { } approved)
        {
            return false;
        }

        approved = approved with { ApprovedAt = now };
        approved = happened switch
        {
            SubscriptionEvent.ApprovedForTrial => approved with { TrialUntil = now.AddDays(trialDays), PeriodStart = now, PeriodEnd = now.AddDays(trialDays) },
            SubscriptionEvent.ApprovedFree => approved.FirstPeriodFrom(now) with { ActivatedAt = now },
            _ => await Bill(transaction, approved.FirstPeriodFrom(now), now, cancellation),
        };
        await transaction.Save(subscription, approved, new(happened, now, actor), clock, cancellation);
        await FeedPositions.Assign(transaction, [subscription.Id], [], cancellation);
        return true;
    }

    /// <summary>Tells Invoicing that the first invoice is due.</summary>
    public static async Task<Subscription> Bill(Transaction transaction, Subscription subscription, DateTimeOffset now, CancellationToken cancellation)
    {
        await BillingCurrency.Lock(transaction, subscription, now, cancellation);
        var organization = await transaction.QueryOne<OrganizationCreated>(
            "select id as organization_id, kind, title, catalog_id, email, enabled, version from organizations where id = @OrganizationId", subscription, cancellation);
        await transaction.Announce(
            new SubscriptionApproved(
                subscription.Id, subscription.OrganizationId, organization!.Title, organization.Email, subscription.ProviderOrganizationId,
                subscription.CatalogId, subscription.Environment,
                subscription.BillingIntegrationId ?? throw new InvalidOperationException($"{subscription.Id} costs money and has no billing integration."),
                subscription.ProductId, subscription.ProductTitle, subscription.Plan, subscription.PeriodStart!.Value, subscription.PeriodEnd!.Value, now),
            cancellation);
        return subscription with { Billed = true };
    }

    /// <summary>The subscription with its first charged period starting at an instant.</summary>
    public static Subscription FirstPeriodFrom(this Subscription subscription, DateTimeOffset anchor)
    {
        var (start, end) = subscription.CalendarFrom(anchor).Period(0);
        return subscription with { Anchor = anchor, PeriodIndex = 0, PeriodStart = start, PeriodEnd = end };
    }

    // One trial per organization and product, whatever became of it.
    private static async Task<bool> HadTrial(Transaction transaction, Subscription subscription, CancellationToken cancellation) =>
        await transaction.QueryOne<bool>(
            "select exists (select 1 from subscriptions where organization_id = @OrganizationId and product_id = @ProductId and id <> @Id and trial_until is not null)",
            subscription, cancellation);
}
