using System.Net;
using Marketplace.Contracts.Subscriptions;
using Marketplace.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Marketplace.Subscriptions.Tests;

public sealed class PeriodTests(ServiceApp<Program> app) : IClassFixture<ServiceApp<Program>>
{
    [Fact]
    public async Task Each_period_closes_once_at_two_o_clock_with_the_bounds_of_the_next()
    {
        var market = await Market.Open(app);
        var id = await market.SubscribeAndPay();
        var first = (await market.Read(id)).GetProperty("currentPeriod");

        await market.MoveTo(first.Time("end") + TimeSpan.FromHours(2) - TimeSpan.FromSeconds(1));
        Assert.Empty(await market.Closures(id));
        await market.MoveTo(first.Time("end") + TimeSpan.FromHours(2));

        var closed = Assert.Single(await market.Closures(id));
        var second = (await market.Read(id)).GetProperty("currentPeriod");
        Assert.Equal(
            (first.Time("start"), first.Time("end"), second.Time("start"), second.Time("end")),
            (closed.PeriodStart, closed.PeriodEnd, closed.NextPeriodStart!.Value, closed.NextPeriodEnd!.Value));
        Assert.Equal(first.Time("end"), second.Time("start"));
    }

    [Fact]
    public async Task Two_closers_at_once_close_once()
    {
        var market = await Market.Open(app);
        var id = await market.SubscribeAndPay();
        var end = (await market.Read(id)).GetProperty("currentPeriod").Time("end");
        await market.MoveTo(end + TimeSpan.FromHours(1));
        var database = app.Services.GetRequiredService<Storage.Database>();
        var held = await app.Database.HoldRow("subscriptions", id);

        var closing = Enumerable.Range(0, 3).Select(_ => CloseMetering.Run(app.Services.GetRequiredService<Storage.DueWork>(), database, end + TimeSpan.FromHours(2), default)).ToList();
        await app.Database.UntilBlockedOnLocks(3);
        await held.DisposeAsync();
        await Task.WhenAll(closing);

        Assert.Single(await market.Closures(id));
    }

    [Fact]
    public async Task After_a_long_silence_every_missed_period_is_closed_in_order()
    {
        var market = await Market.Open(app, plan => plan with { PeriodUnit = "day" });
        var id = await market.SubscribeAndPay();

        app.Clock.MoveTo(app.Clock.GetUtcNow() + TimeSpan.FromDays(10));
        await market.MoveTo(app.Clock.GetUtcNow());

        var closures = await Eventually.Until(() => market.Closures(id), all => all.Count >= 9, "all closures");
        Assert.All(closures.Zip(closures.Skip(1)), pair => Assert.Equal(pair.First.PeriodEnd, pair.Second.PeriodStart));
    }

    [Fact]
    public async Task Free_plans_roll_silently()
    {
        var market = await Market.Open(app, Market.Free);
        var id = (await market.Subscribe()).Id();
        var end = (await market.Read(id)).GetProperty("currentPeriod").Time("end");

        await market.MoveTo(end + TimeSpan.FromHours(3));

        Assert.Equal(end, (await market.Entitlement(id)).PeriodStart);
        Assert.Empty(await market.Closures(id));
    }

    [Fact]
    public async Task A_trial_gives_access_without_payment_and_is_billed_when_it_ends()
    {
        var market = await Market.Open(app, plan => plan with { TrialDays = 7 });
        var id = (await market.Subscribe()).Id();
        var until = app.Clock.GetUtcNow() + TimeSpan.FromDays(7);
        var trial = await market.Entitlement(id);
        Assert.Equal(("trialing", null, until, "payment_required"), (await market.Status(id), trial.Refusal, trial.AccessUntil, trial.RefusalAfter));
        Assert.Empty(await app.Announced<SubscriptionApproved>(a => a.SubscriptionId == id));

        await market.MoveTo(until);

        Assert.Equal(("awaiting_payment", "payment_required"), (await market.Status(id), (await market.Entitlement(id)).Refusal));
        Assert.Equal(until, Assert.Single(await app.Announced<SubscriptionApproved>(a => a.SubscriptionId == id)).PeriodStart);
        await market.Hear(market.Invoice(id, "initial", "paid"));
        Assert.Equal("active", await market.Status(id));
    }

    [Fact]
    public async Task There_is_one_trial_per_organization_and_product()
    {
        var market = await Market.Open(app, plan => plan with { TrialDays = 7 });
        var first = (await market.Subscribe()).Id();
        await market.Admin.Post($"/v1/subscriptions/{first}/cancel", new { when = "now" }).Expect();

        Assert.Equal("awaiting_payment", (await market.Subscribe()).Text("status"));
    }

    [Fact]
    public async Task A_trial_cancelled_for_its_end_costs_nothing()
    {
        var market = await Market.Open(app, plan => plan with { TrialDays = 7 });
        var id = (await market.Subscribe()).Id();
        await market.Admin.Post($"/v1/subscriptions/{id}/cancel", new { when = "period_end" }).Expect();
        await market.Admin.Post($"/v1/subscriptions/{id}/resume").Expect();
        Assert.Equal("trialing", await market.Status(id));
        await market.Admin.Post($"/v1/subscriptions/{id}/cancel", new { when = "period_end" }).Expect();

        await market.MoveTo(app.Clock.GetUtcNow() + TimeSpan.FromDays(8));

        Assert.Equal("cancelled", await market.Status(id));
        Assert.Empty(await app.Announced<SubscriptionApproved>(a => a.SubscriptionId == id));
        Assert.Empty(await market.Closures(id));
    }

    [Fact]
    public async Task Cancelled_for_the_period_s_end_it_keeps_access_until_then_and_is_closed_at_two()
    {
        var market = await Market.Open(app, Market.PayPerUse);
        var id = await market.SubscribeAndPay();
        var end = (await market.Read(id)).GetProperty("currentPeriod").Time("end");
        await market.Admin.Post($"/v1/subscriptions/{id}/cancel", new { when = "period_end", reason = "too dear" }).Expect();
        var entitlement = await market.Entitlement(id);
        Assert.Equal((null, end, "not_subscribed"), (entitlement.Refusal, entitlement.AccessUntil, entitlement.RefusalAfter));
        await market.Hear(market.Report(TestCaller.NewId("gw"), 1, id, 8, app.Clock.GetUtcNow()));

        await market.MoveTo(end);
        Assert.Equal("cancelled", await market.Status(id));
        await market.MoveTo(end + TimeSpan.FromHours(2) - TimeSpan.FromSeconds(1));
        Assert.Empty(await market.Closures(id));
        await market.MoveTo(end + TimeSpan.FromHours(2));

        var final = Assert.Single(await market.Closures(id));
        Assert.Equal(("cancellation", null, 8L), (final.Reason, final.NextPeriodStart, Assert.Single(final.Usage).Quantity));
        Assert.Equal("requested", Assert.Single(await app.Announced<SubscriptionCancelled>(c => c.SubscriptionId == id)).Reason);
    }

    [Fact]
    public async Task A_cancellation_taken_back_goes_on_as_before()
    {
        var market = await Market.Open(app);
        var id = await market.SubscribeAndPay();
        await market.Admin.Post($"/v1/subscriptions/{id}/resume").ExpectProblem(HttpStatusCode.Conflict, "status_conflict");
        await market.Admin.Post($"/v1/subscriptions/{id}/cancel", new { when = "period_end" }).Expect();
        await market.Admin.Post($"/v1/subscriptions/{id}/resume").Expect();
        var end = (await market.Read(id)).GetProperty("currentPeriod").Time("end");

        await market.MoveTo(end + TimeSpan.FromHours(2));

        Assert.Equal("active", await market.Status(id));
        Assert.NotNull(Assert.Single(await market.Closures(id)).NextPeriodStart);
    }

    [Fact]
    public async Task A_term_ends_by_itself()
    {
        var market = await Market.Open(app, plan => plan with { TermPeriods = 2 });
        var id = await market.SubscribeAndPay();
        var first = (await market.Read(id)).GetProperty("currentPeriod").Time("end");
        Assert.Null((await market.Entitlement(id)).AccessUntil);
        await market.MoveTo(first + TimeSpan.FromHours(2));
        var last = (await market.Read(id)).GetProperty("currentPeriod").Time("end");
        Assert.Equal((last, "not_subscribed"), ((await market.Entitlement(id)).AccessUntil, (await market.Entitlement(id)).RefusalAfter));

        await market.MoveTo(last + TimeSpan.FromHours(2));

        Assert.Equal("expired", await market.Status(id));
        Assert.Equal(["period_end", "cancellation"], (await market.Closures(id)).Select(c => c.Reason));
        Assert.Equal("term_over", Assert.Single(await app.Announced<SubscriptionCancelled>(c => c.SubscriptionId == id)).Reason);
    }

    [Fact]
    public async Task Cancelled_between_midnight_and_two_one_closure_carries_both_periods()
    {
        var market = await Market.Open(app, Market.PayPerUse);
        var id = await market.SubscribeAndPay();
        var end = (await market.Read(id)).GetProperty("currentPeriod").Time("end");
        var gateway = TestCaller.NewId("gw");
        await market.Hear(market.Report(gateway, 1, id, 10, end.AddHours(-1)));
        await market.MoveTo(end.AddHours(1));
        await market.Hear(market.Report(gateway, 2, id, 3, end.AddMinutes(30)));

        await market.Admin.Post($"/v1/subscriptions/{id}/cancel", new { when = "now" }).Expect();
        await market.MoveTo(end.AddHours(3));

        var final = Assert.Single(await market.Closures(id));
        Assert.Equal((end, end.AddHours(1)), (final.PeriodStart, final.PeriodEnd));
        Assert.Equal([10L, 3L], final.Usage.Select(u => u.Quantity));
        Assert.Equal([end, end.AddHours(1)], final.Usage.Select(u => u.PeriodEnd));
    }

    [Fact]
    public async Task Billing_goes_on_while_suspended_until_it_is_cancelled()
    {
        var market = await Market.Open(app);
        var id = await market.SubscribeAndPay();
        await market.Hear(market.Invoice(id, "period", "past_due", "inv_2", due: app.Clock.GetUtcNow() - TimeSpan.FromDays(4)));
        await Eventually.Until(async () => await market.Status(id) == "suspended", "suspended");
        var end = (await market.Read(id)).GetProperty("currentPeriod").Time("end");

        await market.MoveTo(end.AddHours(2));

        Assert.NotNull(Assert.Single(await market.Closures(id)).NextPeriodStart);
        Assert.Equal("suspended", await market.Status(id));
    }
}
