using Marketplace.Contracts.Catalog;
using Marketplace.Contracts.Invoicing;
using Marketplace.Contracts.Subscriptions;
using Marketplace.Invoicing;
using Marketplace.Invoicing.Tests;
using Marketplace.Testing;
using Stripe;

namespace Marketplace.Reconciliation.Tests;

/// <summary>The same where Stripe renews: subscriptions begin at checkouts, are renewed with their usage, have payments decline, are paid, given up and ended at Stripe.</summary>
public sealed class LostRenewalTests(InvoicingBesideInbox app, ITestOutputHelper output) : IClassFixture<InvoicingBesideInbox>
{
    private const int OneOf = 50;
    private const int Rejected = 2;

    // Each of these is the only one that tells of its change.
    private static readonly string[] Delivered =
    [
        "checkout.session.completed", "customer.subscription.deleted", "customer.subscription.updated", "invoice.marked_uncollectible", "invoice.paid", "invoice.voided", .. RejectedUsage.ErrorReports,
    ];

    private static readonly PlanSnapshot Plan = Plans.Of(model: "unit", unitAmount: "1.5", basePrice: 2500, paymentTermDays: 180);

    [Fact]
    public async Task After_one_run_the_books_are_Stripe_s_where_Stripe_renews_whatever_was_dropped_over_three_periods()
    {
        var seller = await UnheardSeller.Open(app, output, "subscriptions", Delivered);
        var all = await Begin(seller, UnheardSeller.Subscriptions, isTold: true);
        for (var period = 1; period <= UnheardSeller.Periods; period++)
        {
            await Use(seller, all, period);
            await EndSome(seller, all, period);
            await Renew(seller, all, period);
            seller.Say($"period {period}: {all.Count(one => !one.IsOver)} subscriptions renewed, {await seller.SettleOpen(OneOf / 2)} open invoices settled");
        }

        await UseAndReject(seller, all, UnheardSeller.Periods + 1);
        await EndSome(seller, all, UnheardSeller.Periods + 1, alsoWithPeriod: true);
        await app.Stripe.Drop(1);
        all.AddRange(await Begin(seller, Math.Max(2, UnheardSeller.Subscriptions / OneOf), isTold: false));
        await app.Stripe.Drop(0);
        await app.MoveOn(TimeSpan.FromHours(1));

        var before = await Compare(seller, all);
        seller.Say($"before: {before}");
        Assert.All((int[])[before.Invoices, before.Subscriptions, before.Events, before.Meters], count => Assert.NotEqual(0, count));
        var run = await seller.Reconcile();
        Assert.Equal((0, 0), (UnheardSeller.Drift(run, "open"), UnheardSeller.Drift(run, "repairing")));
        // Looking into what was rejected of one has that of another sent again, before it is compared itself.
        Assert.InRange(UnheardSeller.Drift(run, "repaired"), before.Invoices + before.Subscriptions + 1, before.Invoices + before.Subscriptions + before.Meters);
        var after = await Compare(seller, all);
        seller.Say($"after: {after}");
        Assert.Equal((0, 0, 0, 0), (after.Invoices, after.Subscriptions, after.Events, after.Meters));
        await EverythingIsTold(all);

        // What was sent to a meter again is compared once it had time to add up.
        await app.MoveOn(TimeSpan.FromHours(1));
        var again = await seller.Reconcile();
        Assert.Equal((0, 0), (UnheardSeller.Drift(again, "found"), UnheardSeller.Missed(again)));
    }

    // Who comes back from the checkout is looked at without any webhook; who does not waits for one.
    private async Task<List<Renewed>> Begin(UnheardSeller seller, int number, bool isTold)
    {
        var begun = Enumerable.Range(0, number).Select(_ => new Renewed(seller.Seller.Approved(Plan))).ToList();
        await Parallel.ForEachAsync(begun, UnheardSeller.Several, async (one, stop) => await app.Make<ChargeOnApproval>().Handle(one.Approved, stop));
        await seller.UntilQuiet();
        await Parallel.ForEachAsync(begun, UnheardSeller.Several, async (one, _) => await one.CheckOut(app, isTold));
        await seller.UntilQuiet();
        if (isTold)
        {
            await Parallel.ForEachAsync(begun, UnheardSeller.Several, async (one, _) => await one.ReadPeriods(app, seller));
            await app.MoveOn(await app.Stripe.Now() - app.Clock.GetUtcNow() + TimeSpan.FromHours(1));
            seller.Say($"{begun.Count} subscriptions begun at a checkout");
        }

        return begun;
    }

    private async Task Use(UnheardSeller seller, IEnumerable<Renewed> all, int period)
    {
        await Parallel.ForEachAsync(all.Where(one => !one.IsOver), UnheardSeller.Several, async (one, stop) => await app.Make<KeepUsage>().Handle(one.Used(period, app.Clock.GetUtcNow()), stop));
        await seller.UntilQuiet();
    }

    // What some use comes to Stripe while it does not know their customers by the ids on record, and the report about it never comes.
    private async Task UseAndReject(UnheardSeller seller, List<Renewed> all, int period)
    {
        var rejected = all.Index().Where(one => !one.Item.IsOver && one.Index % OneOf == OneOf / 2).Take(Rejected).Select(one => one.Item).ToList();
        var customers = rejected.Select(one => one.Approved.OrganizationId).ToArray();
        const string ThatOf = "where our_id in (select id from customers where organization_id = any($1))";
        await Use(seller, all.Except(rejected), period);
        await app.Stripe.Drop(1);
        await app.Database.Execute($"update stripe_objects set stripe_id = stripe_id || '_unknown' {ThatOf}", (object)customers);
        await Use(seller, rejected, period);
        await app.Database.Execute($"update stripe_objects set stripe_id = replace(stripe_id, '_unknown', '') {ThatOf}", (object)customers);
        await app.Stripe.Drop(UnheardSeller.Dropped);
    }

    // As Subscriptions does: what it is told of ends here too, with its last usage.
    private async Task EndSome(UnheardSeller seller, List<Renewed> all, int period, bool alsoWithPeriod = false)
    {
        var living = all.Index().Where(one => !one.Item.IsOver && !one.Item.IsEndedAtStripe).ToList();
        foreach (var (index, one) in living.Where(one => (one.Index + period) % OneOf == 0 || (alsoWithPeriod && (one.Index + period) % OneOf == OneOf - 1)))
        {
            one.IsEndedAtStripe = (index + period) % OneOf == 0;
            await (one.IsEndedAtStripe
                ? seller.Client.V1.Subscriptions.CancelAsync(one.StripeId)
                : seller.Client.V1.Subscriptions.UpdateAsync(one.StripeId, new SubscriptionUpdateOptions { CancelAtPeriodEnd = true }));
        }

        await seller.UntilQuiet();
        var told = Told("ended");
        foreach (var one in all.Where(one => !one.IsOver && told.Contains(one.Id)))
        {
            var now = app.Clock.GetUtcNow();
            one.IsOver = true;
            await app.Make<VoidOnCancellation>().Handle(new SubscriptionCancelled(one.Id, one.Approved.OrganizationId, "ended_at_stripe", now), default);
            await app.Make<ChargeClosedPeriod>().Handle(one.Closed(period, now), default);
        }

        await seller.UntilQuiet();
    }

    // Half of the cards decline: of these the invoices are open.
    private async Task Renew(UnheardSeller seller, List<Renewed> all, int period)
    {
        var living = all.Where(one => !one.IsOver).ToList();
        await app.MoveOn(living.Max(one => one.Period(period).To).AddHours(2) - app.Clock.GetUtcNow());
        await seller.UntilQuiet();
        foreach (var declines in (bool[])[false, true])
        {
            var half = living.Index().Where(one => one.Index % 2 == 1 == declines).Select(one => one.Item).ToList();
            await app.Stripe.FailCards(declines ? half.Count : 0);
            await Parallel.ForEachAsync(half, UnheardSeller.Several, async (one, stop) => await app.Make<ChargeClosedPeriod>().Handle(one.Closed(period), stop));
            await seller.UntilQuiet();
        }

        await app.Stripe.FailCards(0);
    }

    // Told apart from the product's own words for it.
    private async Task<Differences> Compare(UnheardSeller seller, List<Renewed> all)
    {
        var (invoices, differing) = await seller.Invoices();
        var ours = (await app.Database.Column<string>(
            "select s.id || ' ' || s.status || ' ' || (s.ended_at is null and s.ends_with_period) from stripe_subscriptions s where s.integration_id = $1", seller.Seller.Integration)).ToHashSet(StringComparer.Ordinal);
        var (total, subscriptions) = (0, 0);
        await foreach (var theirs in seller.Client.V1.Subscriptions.ListAutoPagingAsync(new SubscriptionListOptions { Status = "all", Limit = 100 }))
        {
            total++;
            subscriptions += ours.Contains($"{theirs.Metadata["marketplace_id"]} {theirs.Status} {(theirs.Status != "canceled" && theirs.CancelAtPeriodEnd ? "true" : "false")}") ? 0 : 1;
        }

        Assert.Equal(total, ours.Count);
        var meter = (await seller.Client.V1.Billing.Meters.ListAsync()).Data.Single().Id;
        var meters = 0;
        await Parallel.ForEachAsync(all.Where(one => one.InLastPeriod > 0), UnheardSeller.Several, async (one, stop) =>
        {
            var (from, to) = one.Period(UnheardSeller.Periods + 1);
            var shown = await seller.Client.V1.Billing.Meters.EventSummaries.ListAsync(
                meter, new() { Customer = one.CustomerId, StartTime = Minute(from.AddMinutes(-1)), EndTime = Minute(to), Limit = 100 }, cancellationToken: stop);
            if (shown.Data.Sum(summary => summary.AggregatedValue) != one.InLastPeriod)
            {
                Interlocked.Increment(ref meters);
            }
        });

        return new(invoices, differing.Count, total, subscriptions, (await seller.MissingEvents()).Count, meters);
    }

    // What opens and ends access at Subscriptions.
    private async Task EverythingIsTold(List<Renewed> all)
    {
        var (ended, ending) = (Told("ended"), Told("ends_with_period"));
        Assert.DoesNotContain(all, one => one.IsEndedAtStripe && !ended.Contains(one.Id));
        Assert.NotEmpty(ending);
        var paid = app.Heard.Of<InvoiceChanged>(m => m is { Kind: "initial", Status: "paid" }).Select(m => m.SubscriptionId).ToHashSet(StringComparer.Ordinal);
        Assert.DoesNotContain(all, one => !paid.Contains(one.Id));
        var settled = app.Heard.Of<InvoiceChanged>(m => m.Status is "paid" or "void" or "incomplete").Select(m => m.InvoiceId).ToHashSet(StringComparer.Ordinal);
        Assert.Empty((await app.Database.Column<string>("select id from invoices")).Except(settled));
    }

    private static DateTime Minute(DateTimeOffset time) => time.AddTicks(-(time.Ticks % TimeSpan.TicksPerMinute)).UtcDateTime;

    private HashSet<string> Told(string change) => app.Heard.Of<StripeSubscriptionChanged>(m => m.Change == change).Select(m => m.SubscriptionId).ToHashSet(StringComparer.Ordinal);

    private sealed record Differences(int Listed, int Invoices, int Renewed, int Subscriptions, int Events, int Meters)
    {
        public override string ToString() =>
            $"{Invoices} of {Listed} invoices differ, {Subscriptions} of {Renewed} subscriptions, {Meters} sums of meters; {Events} events of the last 30 days are missing";
    }
}
