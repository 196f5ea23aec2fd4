using Marketplace.Storage;

namespace Marketplace.Subscriptions;

/// <summary>Keeps waiting plan changes in step with their subscription, in the transaction that changes its status.</summary>
internal static class FollowStatus
{
    /// <summary>What waits for a subscription that is over will never happen; what its status stood in the way of may happen now.</summary>
    public static async Task Of(Transaction transaction, Subscription before, Subscription after, DateTimeOffset at, CancellationToken cancellation)
    {
        if (before.IsLive && !after.IsLive)
        {
            await PlanChange.Write(
                transaction, "subscription_id = @Id and state in ('pending', 'skipped') and migration_id is not null",
                new { after.Id, State = PlanChange.Skipped, Reason = "ended", At = (DateTimeOffset?)at, New = (string?)null }, cancellation);
            await PlanChange.Write(
                transaction, "subscription_id = @Id and state = 'pending' and migration_id is null",
                new { after.Id, State = PlanChange.Withdrawn, Reason = "ended", At = (DateTimeOffset?)at, New = (string?)null }, cancellation);
        }
        else if (MayMove(after) && !MayMove(before))
        {
            await PlanChange.Write(
                transaction, "subscription_id = @Id and state = 'skipped' and migration_id is not null and reason = any(@Reasons)",
                new { after.Id, Reasons = Obstacle.OfStatus, State = PlanChange.Pending, Reason = (string?)null, At = (DateTimeOffset?)null, New = (string?)null }, cancellation);
        }
    }

    private static bool MayMove(Subscription subscription) => subscription.HeldFor is null && subscription.After(SubscriptionEvent.Migrated) is not null;
}
