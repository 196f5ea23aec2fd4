using Marketplace.Storage;

namespace Marketplace.Subscriptions;

/// <summary>Ends subscriptions at once whose organization or customer is gone, in the caller's transaction.</summary>
internal static class EndSeveral
{
    /// <summary>Each that is over already stays as it is, so that ending them again has no effect; in place of one that was replaced, its successor ends.</summary>
    /// <param name="ids">In ascending order, as everywhere where several are locked.</param>
    /// <param name="onlyBilled">Whether a successor that costs nothing goes on.</param>
    /// <param name="note">What the history says beside the end.</param>
    public static async Task Run(
        Transaction transaction, IReadOnlyList<string> ids, string reason, bool onlyBilled, string? note, DateTimeOffset now, TimeProvider clock, CancellationToken cancellation)
    {
        List<string> last = [];
        foreach (var id in ids)
        {
            var subscription = await EndPeriod.RollLast(transaction, (await Subscription.Lock(transaction, id, cancellation))!, now, clock, cancellation);
            if ((subscription.Billed || !onlyBilled) && subscription.End(SubscriptionEvent.Cancelled, now, reason, atBoundary: false) is { } ended)
            {
                await transaction.Save(subscription, ended, new(SubscriptionEvent.Cancelled, now, Note: note), clock, cancellation);
            }

            last.Add(subscription.Id);
        }

        await FeedPositions.Assign(transaction, last, [], cancellation);
    }
}
