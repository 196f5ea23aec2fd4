using Marketplace.Contracts.Subscriptions;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;

namespace Marketplace.Subscriptions;

/// <summary>Why a subscription changed.</summary>
/// <param name="Actor">The user who did it; null for the system.</param>
/// <param name="Note">The words given with it.</param>
public sealed record Cause(SubscriptionEvent Event, DateTimeOffset At, string? Actor = null, string? Note = null);

/// <summary>The one place that writes a changed subscription, with everything that follows from the change in the same transaction:
/// history, periods, the plan's count, granted and revoked access. <see cref="FeedPositions.Assign"/> follows once, before the commit.</summary>
public static class SubscriptionWrites
{
    /// <summary>Writes what changed between two states of a locked subscription.</summary>
    public static async Task Save(this Transaction transaction, Subscription before, Subscription after, Cause cause, TimeProvider clock, CancellationToken cancellation)
    {
        await transaction.Execute(
            """
            update subscriptions set status = @Status, approved_at = @ApprovedAt, activated_at = @ActivatedAt, billed = @Billed, anchor = @Anchor,
                period_index = @PeriodIndex, period_start = @PeriodStart, period_end = @PeriodEnd, trial_until = @TrialUntil, grace_until = @GraceUntil, held_for = @HeldFor, billing_model = @BillingModel,
                ended_at = @EndedAt, end_reason = @EndReason, final_due = @FinalDue, final_early = @FinalEarly, version = version + 1
            where id = @Id
            """,
            new
            {
                after.Id, Status = after.Status.ToString(), after.ApprovedAt, after.ActivatedAt, after.Billed, after.Anchor, after.PeriodIndex, after.PeriodStart,
                after.PeriodEnd, after.TrialUntil, after.GraceUntil, after.HeldFor, after.BillingModel, after.EndedAt, after.EndReason, after.FinalDue, after.FinalEarly,
            }, cancellation);
        await WritePeriod(transaction, before, after, cancellation);
        if (before.Status != after.Status || before.HeldFor != after.HeldFor)
        {
            await transaction.Record(after.Id, before.Status, after.Status, cause, cancellation);
            await FollowStatus.Of(transaction, before, after, cause.At, cancellation);
            await TellScheduledEnd(transaction, before, after, cancellation);
        }

        if (Access.Exists(after.Status))
        {
            await AccessGrants.GrantPending(transaction, after, cause.At, clock, cancellation);
        }
        else if (before.IsLive && !after.IsLive)
        {
            await transaction.CountLive(after.PlanId, -1, cancellation);
            await AccessGrants.RevokeAll(transaction, after.Id, cause.At, cancellation);
            if (after.Billed)
            {
                await transaction.Announce(new SubscriptionCancelled(after.Id, after.OrganizationId, after.EndReason!, after.EndedAt!.Value), cancellation);
            }
        }
    }

    /// <summary>Adds a line to the subscription's history.</summary>
    public static Task Record(
        this Transaction transaction, string id, SubscriptionStatus? from, SubscriptionStatus to, Cause cause, CancellationToken cancellation) => transaction.Execute(
        """
        insert into subscription_history (subscription_id, at, event, from_status, to_status, actor, reason)
        values (@id, @At, @Event, @From, @To, @Actor, @Note)
        """,
        new { id, cause.At, Event = cause.Event.ToString(), From = from?.ToString(), To = to.ToString(), cause.Actor, cause.Note }, cancellation);

    /// <summary>Counts a subscription in or out of its plan's live ones and tells Catalog.</summary>
    public static async Task CountLive(this Transaction transaction, string planId, int change, CancellationToken cancellation)
    {
        var count = await transaction.QueryOne<PlanCount>(
            """
            insert into plan_counts (plan_id, live, version) values (@planId, @change, 1)
            on conflict (plan_id) do update set live = plan_counts.live + @change, version = plan_counts.version + 1
            returning plan_id, live, version
            """, new { planId, change }, cancellation);
        await transaction.Announce(new SubscriptionCounted(count!.PlanId, count.Live, count.Version), cancellation);
    }

    // What Stripe renews is to end there with the same period; an end that has come is told as such.
    private static async Task TellScheduledEnd(Transaction transaction, Subscription before, Subscription after, CancellationToken cancellation)
    {
        var ends = after.Status == SubscriptionStatus.Cancelling;
        if (after is { BillingModel: Subscription.RenewedAtStripe, IsLive: true } && ends != (before.Status == SubscriptionStatus.Cancelling))
        {
            var version = await transaction.QueryOne<long>("select version from subscriptions where id = @Id", after, cancellation);
            await transaction.Announce(new SubscriptionEndScheduled(after.Id, after.OrganizationId, ends, after.PeriodEnd!.Value, version), cancellation);
        }
    }

    // A period that starts anew is a row of its own; one that ends early is cut.
    private static async Task WritePeriod(Transaction transaction, Subscription before, Subscription after, CancellationToken cancellation)
    {
        if (after.PeriodStart is null || (before.PeriodStart == after.PeriodStart && before.PeriodEnd == after.PeriodEnd))
        {
            return;
        }

        await transaction.Execute(
            before.PeriodStart == after.PeriodStart
                ? "update periods set end_at = @PeriodEnd where subscription_id = @Id and start_at = @PeriodStart"
                : "insert into periods (subscription_id, start_at, end_at, charged) values (@Id, @PeriodStart, @PeriodEnd, @IsPeriodCharged)",
            new { after.Id, after.PeriodStart, after.PeriodEnd, after.IsPeriodCharged }, cancellation);
    }

    private sealed record PlanCount(string PlanId, long Live, long Version);
}
