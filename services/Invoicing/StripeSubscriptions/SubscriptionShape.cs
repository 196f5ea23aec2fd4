using Marketplace.Storage;
using Stripe;

namespace Marketplace.Invoicing;

/// <summary>What a subscription at Stripe has to look like, so that its renewals cost what we rate: the plan's prices, each in its quantity, nothing taken off, and every renewal kept as a draft.
/// What was changed in the dashboard or the portal is told from that, and how it is put back.</summary>
public sealed class SubscriptionShape
{
    private const string Drafts = "keep_as_draft";
    private const string Charged = "charge_automatically";

    // What no update of ours takes back: a person resumes what is paused, and Stripe sets a billing anchor to now or to a trial's end only.
    private static readonly string[] Lasting = ["paused", "trial", "anchor_moved"];

    // What the job that sets one up changes itself, new or with other taxes. Changed by somebody else, it charges nothing.
    private static readonly string[] OfSetUp = ["collection_resumed", "taxed"];

    private readonly IReadOnlyList<(string Id, long? Quantity)> prices;
    private readonly BillingCalendar? calendar;

    private readonly TaxSetting taxes;

    private SubscriptionShape(IReadOnlyList<(string Id, long? Quantity)> prices, BillingCalendar? calendar, TaxSetting taxes) => (this.prices, this.calendar, this.taxes) = (prices, calendar, taxes);

    /// <summary>Whether no job puts any of this back.</summary>
    public static bool Lasts(IReadOnlyList<string> changed) => changed.All(Lasting.Contains);

    /// <summary>What of it somebody else must have changed, also while the job that sets it up has not ended.</summary>
    public static IReadOnlyList<string> ByOthers(IReadOnlyList<string> changed) => [.. changed.Except(OfSetUp)];

    /// <summary>What becomes of changes, and what a person has to do about those that no job puts back.</summary>
    public static string Advice(IReadOnlyList<string> changed) =>
        changed is ["paused"] ? "Stripe does not renew it while it is paused. Resume it at Stripe, or cancel it in the marketplace."
        : Lasts(changed) ? "Stripe renews it at other times than the marketplace, or charges nothing for some time; that cannot be put back. Each period is charged by an invoice of the marketplace's own, and Stripe's renewals "
            + "stay drafts. Nothing has to be done; to have Stripe renew again, end it with its period and subscribe anew."
        : "A job puts it back; nobody is charged for the change. Change plans in the marketplace, not at Stripe.";

    /// <summary>The shape of one of ours, with the taxes that it was last given.</summary>
    public static async Task<SubscriptionShape> Of(Database database, StripeKeys keys, StripeSubscription ours, CancellationToken cancellation)
    {
        List<(string Id, long? Quantity)> own = [];
        var plan = ours.Snapshot();
        foreach (var part in RecurringParts.Of(plan))
        {
            if (await StripeObjects.Find(database, keys, PlanMirror.PriceOf(ours.MirrorId, part), cancellation) is { } price)
            {
                own.Add((price, RecurringParts.QuantityOf(plan, part)));
            }
        }

        return new(own, ours.Anchor is null ? null : ours.Calendar(), TaxSetting.Read(ours.Taxes));
    }

    /// <summary>The same with other taxes, which it is to be given.</summary>
    public SubscriptionShape With(TaxSetting tax) => new(prices, calendar, tax);

    /// <summary>What was changed, in stable words; none where all is as we set it.</summary>
    public IReadOnlyList<string> Differences(Subscription theirs) =>
    [
        .. theirs.Status == "paused" ? (string[])["paused"] : [],
        .. theirs.PauseCollection is { Behavior: Drafts, ResumesAt: null } ? (string[])[] : ["collection_resumed"],
        .. theirs.CollectionMethod == Charged ? (string[])[] : ["collection_method"],
        .. Items(theirs).Count == 0 ? (string[])[] : ["items_changed"],
        .. theirs.DiscountIds is { Count: > 0 } || theirs.Items.Data.Exists(IsDiscounted) ? (string[])["discounted"] : [],
        .. theirs.Bears(taxes) ? (string[])[] : ["taxed"],
        // A trial's end is the anchor from then on. What took another one's place has its first renewal as anchor.
        .. theirs.Status == "trialing" ? (string[])["trial"] : calendar?.Begins(StripeTimes.Utc(theirs.BillingCycleAnchor)) == false ? (string[])["anchor_moved"] : [],
    ];

    /// <summary>Brings items, terms, collection and taxes back.</summary>
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

        if (!taxes.Is(theirs.AutomaticTax?.Enabled, theirs.DefaultTaxRates))
        {
            (options.AutomaticTax, options.DefaultTaxRates) = (new() { Enabled = taxes.NeedsAddress }, [.. taxes.Rates]);
        }

        // An item bears the subscription's taxes and discounts, none of its own.
        foreach (var item in theirs.Items.Data.Where(item => (IsTaxed(item) || IsDiscounted(item)) && prices.Any(price => price.Id == item.Price.Id)))
        {
            options.Items ??= [];
            var option = options.Items.Find(known => known.Id == item.Id);
            if (option is null)
            {
                options.Items.Add(option = new() { Id = item.Id });
            }

            if (IsTaxed(item))
            {
                option.TaxRates = [];
            }

            if (IsDiscounted(item))
            {
                option.Discounts = [];
            }
        }

        return options;
    }

    private static bool IsTaxed(SubscriptionItem item) => item.TaxRates is { Count: > 0 };

    private static bool IsDiscounted(SubscriptionItem item) => item.DiscountIds is { Count: > 0 };

    private List<SubscriptionItemOptions> Items(Subscription theirs)
    {
        var there = theirs.Items.Data;
        return
        [
            .. there.Where(item => prices.All(price => price.Id != item.Price.Id)).Select(item => new SubscriptionItemOptions { Id = item.Id, Deleted = true }),
            .. prices.Where(price => there.TrueForAll(item => item.Price.Id != price.Id)).Select(price => new SubscriptionItemOptions { Price = price.Id, Quantity = price.Quantity }),
            .. there.Join(prices, item => item.Price.Id, price => price.Id, (item, price) => (Item: item, price.Quantity)).Where(pair => pair.Quantity is { } count && pair.Item.Quantity != count)
                .Select(pair => new SubscriptionItemOptions { Id = pair.Item.Id, Quantity = pair.Quantity }),
        ];
    }
}
