using Marketplace.Storage;
using Stripe;

namespace Marketplace.Invoicing;

/// <summary>What a subscription at Stripe has to look like, so that its renewals cost what we rate: the plan's prices, each once, nothing taken off, and every renewal kept as a draft.
/// What was changed in the dashboard or the portal is told from that, and how it is put back.</summary>
public sealed class SubscriptionShape
{
    private const string Drafts = "keep_as_draft";
    private const string Charged = "charge_automatically";

    private readonly IReadOnlyList<(string Id, bool IsMetered)> prices;

    private SubscriptionShape(IReadOnlyList<(string Id, bool IsMetered)> prices) => this.prices = prices;

    /// <summary>The shape of one of ours.</summary>
    public static async Task<SubscriptionShape> Of(Database database, StripeKeys keys, StripeSubscription ours, CancellationToken cancellation)
    {
        List<(string Id, bool IsMetered)> own = [];
        foreach (var part in RecurringParts.Of(ours.Snapshot()))
        {
            if (await StripeObjects.Find(database, keys, $"{ours.MirrorId}/{part.Key}", cancellation) is { } price)
            {
                own.Add((price, part.Unit is not null));
            }
        }

        return new(own);
    }

    /// <summary>What was changed, in stable words; none where all is as we set it.</summary>
    public IReadOnlyList<string> Differences(Subscription theirs) =>
    [
        .. theirs.Status == "paused" ? (string[])["paused"] : [],
        .. theirs.PauseCollection is { Behavior: Drafts, ResumesAt: null } ? (string[])[] : ["collection_resumed"],
        .. theirs.CollectionMethod == Charged ? (string[])[] : ["collection_method"],
        .. Items(theirs).Count == 0 ? (string[])[] : ["items_changed"],
        .. theirs.DiscountIds is { Count: > 0 } ? (string[])["discounted"] : [],
    ];

    /// <summary>Brings items, terms and collection back.</summary>
    public SubscriptionUpdateOptions Restore(Subscription theirs)
    {
        var options = new SubscriptionUpdateOptions { PauseCollection = new() { Behavior = Drafts }, ProrationBehavior = "none" };
        if (Items(theirs) is { Count: > 0 } items)
        {
            options.Items = items;
        }

        if (theirs.DiscountIds is { Count: > 0 })
        {
            options.Discounts = [];
        }

        if (theirs.CollectionMethod != Charged)
        {
            options.CollectionMethod = Charged;
        }

        return options;
    }

    private List<SubscriptionItemOptions> Items(Subscription theirs)
    {
        var there = theirs.Items.Data;
        return
        [
            .. there.Where(item => prices.All(price => price.Id != item.Price.Id)).Select(item => new SubscriptionItemOptions { Id = item.Id, Deleted = true }),
            .. prices.Where(price => there.TrueForAll(item => item.Price.Id != price.Id)).Select(price => new SubscriptionItemOptions { Price = price.Id, Quantity = price.IsMetered ? null : 1 }),
            .. there.Where(item => item.Quantity != 1 && prices.Contains((item.Price.Id, false))).Select(item => new SubscriptionItemOptions { Id = item.Id, Quantity = 1 }),
        ];
    }
}
