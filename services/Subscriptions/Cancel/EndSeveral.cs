using Marketplace.Storage;

namespace Marketplace.Subscriptions;

/// <summary>Ends subscriptions at once whose organization, customer or billing integration is gone, each in a write of its own: a plan change that falls due on the way gives out places in the feed, and
/// who has given out any may lock nothing more (<see cref="FeedPositions.Assign"/>).</summary>
internal static class EndSeveral
{
    /// <summary>Each that is over already stays as it is, so that whoever was interrupted ends the rest by doing it again; in place of one that was replaced, its successor ends.</summary>
    /// <param name="onlyBilled">Whether a successor that costs nothing goes on.</param>
    /// <param name="note">What the history says beside the end.</param>
    public static async Task Run(
        Database database, IReadOnlyList<string> ids, string reason, bool onlyBilled, string? note, DateTimeOffset now, TimeProvider clock, CancellationToken cancellation)
    {
        foreach (var id in ids)
        {
            await using var transaction = await database.Begin(cancellation);
            var subscription = await EndPeriod.RollLast(transaction, (await Subscription.Lock(transaction, id, cancellation))!, now, clock, cancellation);
            if ((subscription.Billed || !onlyBilled) && subscription.End(SubscriptionEvent.Cancelled, now, reason, atBoundary: false) is { } ended)
            {
                await transaction.Save(subscription, ended, new(SubscriptionEvent.Cancelled, now, Note: note), clock, cancellation);
            }

            await FeedPositions.Assign(transaction, [subscription.Id], [], cancellation);
            await transaction.Commit(cancellation);
        }
    }
}
