using Marketplace.Contracts.Invoicing;
using Marketplace.Contracts.Subscriptions;
using Marketplace.Invoicing;
using Marketplace.Invoicing.Tests;
using Marketplace.Testing;

[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Marketplace.Reconciliation.Tests;

/// <summary>Stripe, the inbox and Invoicing on one broker, where we issue the invoices.</summary>
public sealed class LostWebhookTests(InvoicingBesideInbox app, ITestOutputHelper output) : IClassFixture<InvoicingBesideInbox>
{
    // Each of these is the only one that tells of its change.
    private static readonly string[] Delivered = ["invoice.finalized", "invoice.marked_uncollectible", "invoice.paid", "invoice.voided"];

    [Fact]
    public async Task After_one_run_the_books_are_Stripe_s_whatever_was_dropped_over_three_periods()
    {
        var seller = await UnheardSeller.Open(app, output, "invoices", Delivered);
        var approved = Enumerable.Range(0, UnheardSeller.Subscriptions)
            .Select(_ => seller.Seller.Approved(Plans.Of(model: "unit", unitAmount: "1.5", basePrice: 2500, paymentTermDays: 180))).ToList();
        await Parallel.ForEachAsync(approved, UnheardSeller.Several, async (one, stop) => await app.Make<ChargeOnApproval>().Handle(one, stop));
        await Settle(seller, 0);
        for (var period = 1; period <= UnheardSeller.Periods; period++)
        {
            await app.MoveOn(approved[0].PeriodStart.AddMonths(period).AddHours(2) - app.Clock.GetUtcNow());
            var number = period;
            await Parallel.ForEachAsync(approved.Index(), UnheardSeller.Several, async (one, stop) => await app.Make<ChargeClosedPeriod>().Handle(Closed(one.Item, number, one.Index), stop));
            await Settle(seller, period);
        }

        await app.Stripe.Drop(0);
        await app.MoveOn(TimeSpan.FromHours(1));
        var (total, differing) = await seller.Invoices();
        var missing = await seller.MissingEvents();
        seller.Say($"before: {differing.Count} of {total} invoices differ, {missing.Count} events of the last 30 days are missing");
        Assert.NotEmpty(differing);
        Assert.NotEmpty(missing);
        var ids = (await app.Database.Column<string>("select our_id from stripe_objects where stripe_id = any($1)", (object)differing.ToArray())).ToList();

        var run = await seller.Reconcile();
        Assert.Equal((differing.Count, differing.Count, 0), (UnheardSeller.Drift(run, "found"), UnheardSeller.Drift(run, "repaired"), UnheardSeller.Drift(run, "open")));
        Assert.Empty((await seller.Invoices()).Differing);
        Assert.Empty(await seller.MissingEvents());
        Assert.Equal(missing.Count, UnheardSeller.Missed(run));
        var told = app.Heard.Of<InvoiceChanged>(m => m.Status is "paid" or "void" or "incomplete").Select(m => m.InvoiceId).ToHashSet(StringComparer.Ordinal);
        Assert.Empty(ids.Except(told));

        var again = await seller.Reconcile();
        Assert.Equal((0, 0), (UnheardSeller.Drift(again, "found"), UnheardSeller.Missed(again)));
    }

    private static MeteringPeriodClosed Closed(SubscriptionApproved approved, int period, int number)
    {
        var (from, to) = (approved.PeriodStart.AddMonths(period - 1), approved.PeriodStart.AddMonths(period));
        var last = period == UnheardSeller.Periods;
        return new(
            TestCaller.NewId("clo"), approved.SubscriptionId, approved.OrganizationId, last ? "cancellation" : "period_end", approved.Plan, from, to, last ? null : to, last ? null : to.AddMonths(1),
            [new PeriodUsage("transactions", 1000 + number, from, to, null, null)], to.AddHours(2));
    }

    private static async Task Settle(UnheardSeller seller, int period)
    {
        var open = await seller.SettleOpen(50);
        Assert.Equal(UnheardSeller.Subscriptions, open);
        seller.Say($"period {period}: {open} invoices issued and settled");
    }
}
