using System.Text.Json;
using Marketplace.Contracts.Catalog;
using Marketplace.Contracts.Invoicing;
using Marketplace.Contracts.Subscriptions;
using Marketplace.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Marketplace.Subscriptions.Tests;

/// <summary>Subscriptions that Stripe renews: its periods are ours, usage is told as it comes, and what is changed there is changed here.</summary>
public sealed class RenewedAtStripeTests(ServiceApp<Program> app) : IClassFixture<ServiceApp<Program>>
{
    [Fact]
    public async Task Its_periods_are_Stripe_s_to_the_second_from_the_first_payment_on()
    {
        var market = await Market.Open(app, Market.PayPerUse);
        var (id, from) = await Paid(market);
        var period = (await market.Read(id)).GetProperty("currentPeriod");
        Assert.Equal((from, from.AddMonths(1)), (period.Time("start"), period.Time("end")));
        await market.MoveTo(from.AddMonths(1).AddSeconds(-1));
        Assert.Equal(from, (await market.Read(id)).GetProperty("currentPeriod").Time("start"));
        await market.MoveTo(from.AddMonths(1));
        await Eventually.Until(() => market.Read(id), s => s.GetProperty("currentPeriod").Time("start") == from.AddMonths(1), "the second period began");
        await market.MoveTo(from.AddMonths(1).AddHours(2));
        var closed = (await Eventually.Until(() => market.Closures(id), c => c.Count == 1, "the first period is closed")).Single();
        Assert.Equal((from, from.AddMonths(1), from.AddMonths(2)), (closed.PeriodStart, closed.PeriodEnd, closed.NextPeriodEnd));
    }

    [Fact]
    public async Task What_Stripe_charges_may_begin_in_the_last_moment_of_the_trial_which_ends_there()
    {
        var market = await Market.Open(app, plan => plan with { TrialDays = 2 });
        var id = (await market.Subscribe()).Id();
        var until = app.Clock.GetUtcNow() + TimeSpan.FromDays(2);
        await market.MoveTo(until);
        Assert.Equal("awaiting_payment", await market.Status(id));

        var from = until.AddTicks(-(until.Ticks % TimeSpan.TicksPerSecond)).AddSeconds(-1);
        await market.Hear(market.Invoice(id, "initial", "paid") with { BillingModel = "subscriptions", CoversFrom = from, CoversTo = from.AddMonths(1) });
        Assert.Equal("active", await market.Status(id));
        Assert.Equal(from, (await market.Read(id)).GetProperty("currentPeriod").Time("start"));
        Assert.Equal(
            (from.UtcDateTime, from.AddMonths(1).UtcDateTime),
            (await app.Database.Scalar<DateTime>("select min(end_at) from periods where subscription_id = $1", id), await app.Database.Scalar<DateTime>("select max(end_at) from periods where subscription_id = $1", id)));
    }

    [Fact]
    public async Task Each_report_s_usage_is_told_once_while_its_period_is_open_and_late_usage_is_not()
    {
        var market = await Market.Open(app, Market.PayPerUse);
        var (id, from) = await Paid(market);
        var gateway = TestCaller.NewId("gtw");
        var report = market.Report(gateway, 1, id, 40, from.AddMinutes(5));
        await market.Hear(report);
        await market.Hear(report);
        await market.Hear(market.Report(gateway, 2, id, 2, from.AddMinutes(6)));
        var told = await app.Announced<UsageCounted>(u => u.SubscriptionId == id);
        Assert.Equal([40L, 2L], told.Select(u => u.Quantity));
        Assert.Equal(2, told.Select(u => u.CountId).Distinct().Count());
        Assert.All(told, u => Assert.Equal((from, from.AddMonths(1), "transactions"), (u.PeriodStart, u.PeriodEnd, u.Unit)));

        await market.MoveTo(from.AddMonths(1).AddHours(2));
        await Eventually.Until(() => market.Closures(id), c => c.Count == 1, "the first period is closed");
        await market.Hear(market.Report(gateway, 3, id, 7, from.AddMinutes(7)));
        Assert.Equal(2, (await app.Announced<UsageCounted>(u => u.SubscriptionId == id)).Count);
    }

    [Fact]
    public async Task Usage_of_what_is_billed_by_invoices_is_not_told()
    {
        var market = await Market.Open(app, Market.PayPerUse);
        var id = await market.SubscribeAndPay();
        await market.Hear(market.Report(TestCaller.NewId("gtw"), 1, id, 40, app.Clock.GetUtcNow()));
        Assert.Empty(await app.Announced<UsageCounted>(u => u.SubscriptionId == id));
    }

    [Fact]
    public async Task A_scheduled_end_and_its_taking_back_are_told_in_order_and_an_end_that_came_is_not()
    {
        var market = await Market.Open(app, Market.PayPerUse);
        var (id, from) = await Paid(market);
        await market.Admin.Post($"/v1/subscriptions/{id}/cancel", new { when = "period_end" }).Expect();
        await market.Admin.Post($"/v1/subscriptions/{id}/resume", new { }).Expect();
        await market.Admin.Post($"/v1/subscriptions/{id}/cancel", new { when = "period_end" }).Expect();
        await market.MoveTo(from.AddMonths(1).AddMinutes(1));
        await Eventually.Until(() => market.Status(id), s => s == "cancelled", "it is over");
        var told = await app.Announced<SubscriptionEndScheduled>(s => s.SubscriptionId == id);
        Assert.Equal([true, false, true], told.Select(s => s.EndsWithPeriod));
        Assert.Equal(told.Select(s => s.Version).Order(), told.Select(s => s.Version));
    }

    [Theory]
    [InlineData("ended", null, "cancelled", "ended_at_stripe")]
    [InlineData("ended", "payment_failed", "cancelled", "past_due")]
    [InlineData("ends_with_period", null, "cancelling", null)]
    [InlineData("goes_on", null, "active", null)]
    public async Task What_is_changed_at_Stripe_is_changed_here_and_again_changes_nothing(string change, string? reason, string status, string? told)
    {
        var market = await Market.Open(app, Market.PayPerUse);
        var (id, from) = await Paid(market);
        var heard = new StripeSubscriptionChanged(id, market.Consumer, change, reason, from);
        await app.Make<ApplyStripeChange>().Handle(heard, default);
        await app.Make<ApplyStripeChange>().Handle(heard, default);
        Assert.Equal(status, await market.Status(id));
        var ended = await app.Announced<SubscriptionCancelled>(c => c.SubscriptionId == id);
        Assert.Equal(told is null ? [] : [told], ended.Select(c => c.Reason));
    }

    [Theory]
    [InlineData("ends_with_period", "cancelling")]
    [InlineData("ended", "cancelled")]
    [InlineData("goes_on", "active")]
    public async Task An_end_at_Stripe_that_a_plan_change_overtook_ends_the_one_that_took_its_place(string change, string status)
    {
        var market = await Market.Open(app, Market.PayPerUse);
        var (id, from) = await Paid(market);
        var changed = await Change(market, id, "now", plan => plan);

        await app.Make<ApplyStripeChange>().Handle(new StripeSubscriptionChanged(id, market.Consumer, change, null, from), default);

        Assert.Equal(status, await market.Status(changed));
        Assert.Equal("migrated", await market.Status(id));
    }

    [Theory]
    [InlineData("ends_with_period", "cancelling")]
    [InlineData("goes_on", "active")]
    public async Task An_end_at_Stripe_heard_when_a_plan_change_is_due_ends_the_one_that_takes_its_place(string change, string status)
    {
        var market = await Market.Open(app, Market.PayPerUse);
        var (id, from) = await Paid(market);
        await Change(market, id, "period_end", plan => plan);

        var later = new TestClock(from.AddMonths(1).AddSeconds(1));
        await ActivatorUtilities.CreateInstance<ApplyStripeChange>(app.Services, later).Handle(new StripeSubscriptionChanged(id, market.Consumer, change, null, from), default);

        Assert.Equal(status, await market.Status(await Successor(id)));
        Assert.Equal("migrated", await market.Status(id));
    }

    [Fact]
    public async Task What_is_to_end_with_its_period_at_Stripe_while_it_is_past_due_keeps_its_grace_and_ends_so_when_it_was_paid()
    {
        var market = await Market.Open(app, Market.PayPerUse);
        var (id, from) = await Paid(market);
        var due = await PastDue(market, id);

        await app.Make<ApplyStripeChange>().Handle(Change(market, id, "ends_with_period"), default);
        Assert.Equal("cancelling", await market.Status(id));
        var entitlement = await market.Entitlement(id);
        Assert.Equal((null, due.DueAt + TimeSpan.FromDays(market.Plan.GraceDays)), (entitlement.Refusal, entitlement.AccessUntil));
        await market.Hear(due with { Status = "paid", Version = 3 });

        Assert.Equal(("cancelling", from.AddMonths(1)), (await market.Status(id), (await market.Entitlement(id)).AccessUntil));
        Assert.True(Assert.Single(await app.Announced<SubscriptionEndScheduled>(s => s.SubscriptionId == id)).EndsWithPeriod);
        await market.MoveTo(from.AddMonths(1));
        await Eventually.Until(() => market.Status(id), s => s == "cancelled", "it is over");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_is_to_end_with_its_period_at_Stripe_ends_when_its_grace_is_over_whichever_comes_first(bool wished)
    {
        var market = await Market.Open(app, Market.PayPerUse);
        var (id, _) = await Paid(market);
        var due = await PastDue(market, id);
        await (wished ? app.Make<ApplyStripeChange>().Handle(Change(market, id, "ends_with_period"), default) : Task.CompletedTask);
        await market.MoveTo(due.DueAt!.Value + TimeSpan.FromDays(market.Plan.GraceDays));
        await Eventually.Until(() => market.Status(id), s => s == (wished ? "cancelled" : "suspended"), "its grace is over");
        await (wished ? Task.CompletedTask : app.Make<ApplyStripeChange>().Handle(Change(market, id, "ends_with_period"), default));

        Assert.Equal("cancelled", await market.Status(id));
        Assert.Equal("past_due", (await Told(id)).Reason);
    }

    [Fact]
    public async Task What_goes_on_at_Stripe_after_all_and_still_owes_is_past_due_with_the_grace_that_it_had()
    {
        var market = await Market.Open(app, Market.PayPerUse);
        var (id, _) = await Paid(market);
        var due = await PastDue(market, id);
        await app.Make<ApplyStripeChange>().Handle(Change(market, id, "ends_with_period"), default);

        await app.Make<ApplyStripeChange>().Handle(Change(market, id, "goes_on"), default);

        Assert.Equal(("past_due", due.DueAt + TimeSpan.FromDays(market.Plan.GraceDays)), (await market.Status(id), (await market.Entitlement(id)).AccessUntil));
    }

    [Fact]
    public async Task What_ended_at_Stripe_when_its_plan_was_to_change_is_replaced_by_nothing()
    {
        var market = await Market.Open(app, Market.PayPerUse);
        var (id, from) = await Paid(market);
        await Change(market, id, "period_end", plan => plan);
        var end = from.AddMonths(1);

        await At(end.AddSeconds(3)).Handle(Ended(market, id, end), default);

        Assert.Equal("cancelled", await market.Status(id));
        Assert.Equal(end, (await Told(id)).CancelledAt);
        Assert.Null(await app.Database.Scalar<string?>("select migrated_to from subscriptions where id = $1", id));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_end_at_Stripe_with_its_period_that_is_heard_when_the_next_one_has_begun_here_leaves_none_of_its_own(bool rolled)
    {
        var market = await Market.Open(app, WithMinimum);
        var (id, from) = await Paid(market);
        var (end, heard, gateway) = (from.AddMonths(1), from.AddMonths(1).AddSeconds(3), TestCaller.NewId("gtw"));
        await market.Hear(market.Report(gateway, 1, id, 3, from.AddDays(1)));
        if (rolled)
        {
            await market.MoveTo(heard);
            Assert.Equal(end, (await market.Read(id)).GetProperty("currentPeriod").Time("start"));
            await market.Hear(market.Report(gateway, 2, id, 2, end.AddSeconds(1)));
        }

        await At(heard).Handle(Ended(market, id, end), default);
        await At(heard).Handle(Ended(market, id, end), default);

        Assert.Equal(end, (await Told(id)).CancelledAt);
        Assert.Equal("not_subscribed", (await market.Entitlement(id)).Refusal);
        await market.MoveTo(end.AddHours(2));
        var closed = Assert.Single(await Eventually.Until(() => market.Closures(id), c => c.Count > 0, "it is closed"));
        Assert.Equal((from, end, null, null), (closed.PeriodStart, closed.PeriodEnd, closed.NextPeriodStart, closed.ClosedTogether));
        Assert.Equal([(from, end, rolled ? 5L : 3L)], closed.Usage.Select(u => (u.PeriodStart, u.PeriodEnd, u.Quantity)));
        var lines = Pricing.Rating.Closed("", closed);
        Assert.Equal((1, 1), (lines.Count(line => line.Kind == Pricing.LineKind.Minimum), lines.Count(line => line.Kind == Pricing.LineKind.TierFee)));
        Assert.Equal(5000, lines.Sum(line => line.Amount));
        Assert.Equal(1, await app.Database.Scalar<long>("select count(*) from periods where subscription_id = $1", id));

        // A call that nobody has heard of yet is charged with the same period, once.
        await market.Hear(market.Report(gateway, 3, id, 4000, end.AddSeconds(2)));
        await market.MoveTo(end.AddDays(2));
        var late = (await Eventually.Until(() => market.Closures(id), c => c.Count == 2, "the late call is closed"))[^1];
        Assert.Equal([(from, 4000L)], late.Usage.Select(u => (u.PeriodStart, u.Quantity)));
        Assert.Equal(300 + (2 * (4000 + (rolled ? 5 : 3))) - 5000, Pricing.Rating.Closed("", late).Sum(line => line.Amount));
    }

    [Fact]
    public async Task The_calls_that_were_let_through_until_an_end_at_Stripe_was_heard_of_are_waited_for()
    {
        var market = await Market.Open(app, WithMinimum);
        var (id, from) = await Paid(market);
        var (end, gateway) = (from.AddHours(1), TestCaller.NewId("gtw"));
        await app.Database.Execute("update gateways set last_seen = last_seen - interval '1 hour'");
        await market.MoveTo(from.AddHours(2));
        await market.Hear(market.Report(gateway, 1, id, 3, end.AddMinutes(5)));

        await At(app.Clock.GetUtcNow()).Handle(Ended(market, id, end), default);
        await market.MoveTo(app.Clock.GetUtcNow() + TimeSpan.FromSeconds(30));
        Assert.Empty(await market.Closures(id));
        await market.Hear(market.Report(gateway, 2, id, 4, from.AddHours(2), settled: app.Clock.GetUtcNow()));

        var closed = (await Eventually.Until(() => market.Closures(id), c => c.Count > 0, "it is closed")).Single();
        Assert.Equal((end, 7L), (closed.PeriodEnd, closed.Usage.Single().Quantity));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(0)]
    public async Task An_end_at_Stripe_that_is_heard_when_the_next_base_price_was_charged_counts_from_when_it_was_and_only_use_is_left_to_charge(int hours)
    {
        var market = await Market.Open(app, plan => WithMinimum(plan) with { Price = WithMinimum(plan).Price with { Base = 2500 } });
        var (id, from) = await Paid(market);
        var (end, next, gateway) = (from.AddMonths(1).AddHours(hours), from.AddMonths(1), TestCaller.NewId("gtw"));
        await market.Hear(market.Report(gateway, 1, id, 3000, from.AddDays(1)));
        await market.MoveTo(next.AddHours(2));
        Assert.Equal(next, Assert.Single(await Eventually.Until(() => market.Closures(id), c => c.Count > 0, "the first period is closed")).NextPeriodStart);
        await market.MoveTo(next.AddHours(15));
        await market.Hear(market.Report(gateway, 2, id, 40, next.AddHours(14)));

        await At(app.Clock.GetUtcNow()).Handle(Ended(market, id, end), default);

        Assert.Equal((end, "ended_at_stripe"), ((await Told(id)).CancelledAt, (await Told(id)).Reason));
        await market.MoveTo(app.Clock.GetUtcNow() + TimeSpan.FromMinutes(2));
        var last = (await Eventually.Until(() => market.Closures(id), c => c.Count == 2, "what was used since is closed"))[^1];
        Assert.Equal((null, last.PeriodStart), (last.NextPeriodStart, last.PeriodEnd));
        Assert.Equal([(from, end, 40L, 3000L)], last.Usage.Select(u => (u.PeriodStart, u.PeriodEnd, u.Quantity, u.Before)));
        Assert.Equal(80, Pricing.Rating.Closed("", last).Sum(line => line.Amount));
        Assert.Equal(0, await app.Database.Scalar<long>("select count(*) from usage where subscription_id = $1 and quantity <> closed", id));
    }

    [Theory]
    [InlineData("now")]
    [InlineData("period_end")]
    public async Task A_plan_change_keeps_Stripe_s_periods_and_usage_goes_on_being_told(string when)
    {
        var market = await Market.Open(app, Market.PayPerUse);
        var (id, from) = await Paid(market);
        app.Clock.Advance(TimeSpan.FromDays(3));
        var changed = await Change(market, id, when, plan => plan);
        if (when == "period_end")
        {
            await market.MoveTo(from.AddMonths(1));
            changed = await Successor(id);
        }

        var told = (await app.Announced<SubscriptionPlanChanged>(c => c.SubscriptionId == changed)).Single();
        Assert.Equal((id, from, when == "now" ? from.AddMonths(1) : from.AddMonths(2)), (told.ReplacedSubscriptionId, told.RenewsFrom, told.PeriodEnd));
        await market.Hear(market.Report(TestCaller.NewId("gtw"), 1, changed, 5, app.Clock.GetUtcNow()));
        var counted = (await app.Announced<UsageCounted>(u => u.SubscriptionId == changed)).Single();
        Assert.Equal((told.PeriodStart, told.PeriodEnd, 5L), (counted.PeriodStart, counted.PeriodEnd, counted.Quantity));
        await market.MoveTo(told.PeriodEnd);
        await Eventually.Until(() => market.Read(changed), s => s.GetProperty("currentPeriod").Time("start") == told.PeriodEnd, "the next period began when Stripe's does");
    }

    [Fact]
    public async Task A_change_to_periods_of_another_length_begins_them_at_a_whole_second()
    {
        var market = await Market.Open(app, Market.PayPerUse);
        var (id, _) = await Paid(market);
        app.Clock.Advance(TimeSpan.FromDays(3) + TimeSpan.FromMilliseconds(700));
        var changed = await Change(market, id, "now", plan => plan with { PeriodUnit = "week" });
        var told = (await app.Announced<SubscriptionPlanChanged>(c => c.SubscriptionId == changed)).Single();
        var second = told.PeriodStart.AddTicks(-(told.PeriodStart.Ticks % TimeSpan.TicksPerSecond));
        Assert.NotEqual(second, told.PeriodStart);
        Assert.Equal((second, second.AddDays(7)), (told.RenewsFrom, told.PeriodEnd));
        await market.MoveTo(told.PeriodEnd);
        await Eventually.Until(() => market.Read(changed), s => s.GetProperty("currentPeriod").Time("end") == second.AddDays(14), "the second week began");
    }

    [Fact]
    public async Task What_costs_nothing_from_now_on_is_renewed_by_nobody()
    {
        var market = await Market.Open(app, plan => Market.PayPerUse(plan) with { Price = new("unit", 3100, "1.5") });
        var (id, _) = await Paid(market);
        app.Clock.Advance(TimeSpan.FromDays(3));
        var changed = await Change(market, id, "now", plan => plan with { Price = new("free", 0, null) });
        var told = Assert.Single(await app.Announced<SubscriptionPlanChanged>(c => c.SubscriptionId == changed));
        Assert.Null(told.RenewsFrom);
        // 25 of 28, or 28 of 31 days, are given back.
        Assert.InRange(Assert.Single(told.Lines).Amount, -2800, -2768);
        await market.Hear(market.Report(TestCaller.NewId("gtw"), 1, changed, 5, app.Clock.GetUtcNow()));
        Assert.Empty(await app.Announced<UsageCounted>(u => u.SubscriptionId == changed));
        var end = (await market.Read(changed)).GetProperty("currentPeriod").Time("end");
        Assert.Equal(TimeSpan.Zero, end.TimeOfDay);
        await market.MoveTo(end);
        await Eventually.Until(() => market.Read(changed), s => s.GetProperty("currentPeriod").Time("start") == end, "the next period began at 00:00");
    }

    // 3.00 for the first tier, used or not, 0.02 a call, and 50.00 at the least.
    private static PlanSnapshot WithMinimum(PlanSnapshot plan) =>
        plan with { Price = new("graduated", 0, null, [new(10_000, "2", "300"), new(null, "1", "0")], MinimumCharge: 5000), Quotas = [], SetupFee = 1000 };

    private ApplyStripeChange At(DateTimeOffset heard) => ActivatorUtilities.CreateInstance<ApplyStripeChange>(app.Services, new TestClock(heard));

    // An invoice that fell due now.
    private async Task<InvoiceChanged> PastDue(Market market, string id)
    {
        var due = market.Invoice(id, "period", "past_due", TestCaller.NewId("inv"), version: 2, due: app.Clock.GetUtcNow());
        await market.Hear(due);
        Assert.Equal("past_due", await market.Status(id));
        return due;
    }

    private StripeSubscriptionChanged Change(Market market, string id, string change) => new(id, market.Consumer, change, null, app.Clock.GetUtcNow());

    private static StripeSubscriptionChanged Ended(Market market, string id, DateTimeOffset at) => new(id, market.Consumer, "ended", null, at);

    private async Task<SubscriptionCancelled> Told(string id) => Assert.Single(await app.Announced<SubscriptionCancelled>(c => c.SubscriptionId == id));

    // The subscription that took its place; where the change waits, the same one.
    private async Task<string> Change(Market market, string id, string when, Func<PlanSnapshot, PlanSnapshot> of)
    {
        var other = of(market.Plan with { PlanId = TestCaller.NewId("pln"), Title = "Other", Name = "other" });
        await market.PublishAll(market.Plan, other);
        var answer = await market.Admin.Post($"/v1/subscriptions/{id}/change-plan", new { planId = other.PlanId, when }).Expect<JsonElement>();
        return answer.GetProperty("subscription").Text("id");
    }

    private Task<string> Successor(string id) => Eventually.Until(
        () => app.Database.Scalar<string>("select coalesce(migrated_to, '') from subscriptions where id = $1", id), next => !string.IsNullOrEmpty(next), "it was changed")!;

    // Paid at the checkout seven hours after it was subscribed to.
    private async Task<(string Id, DateTimeOffset From)> Paid(Market market)
    {
        var id = (await market.Subscribe()).Id();
        app.Clock.Advance(TimeSpan.FromHours(7));
        var now = app.Clock.GetUtcNow();
        var from = now.AddTicks(-(now.Ticks % TimeSpan.TicksPerSecond));
        await market.Hear(market.Invoice(id, "initial", "paid", TestCaller.NewId("inv")) with { BillingModel = "subscriptions", CoversFrom = from, CoversTo = from.AddMonths(1) });
        Assert.Equal("active", await market.Status(id));
        return (id, from);
    }
}
