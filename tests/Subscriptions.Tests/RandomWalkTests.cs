using Marketplace.Testing;

namespace Marketplace.Subscriptions.Tests;

/// <summary>Anything may happen in any order; what must always hold is looked at after every walk.</summary>
public sealed class RandomWalkTests(ServiceApp<Program> app) : IClassFixture<ServiceApp<Program>>
{
    private const int Steps = 14;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public async Task Every_walk_keeps_the_invariants(int seed)
    {
        var random = new Random(seed);
        var gateway = TestCaller.NewId("gw");
        var market = await Market.Open(app, plan => Market.PayPerUse(plan) with
        {
            Price = new("graduated", 0, null, [new(50, "2", "0"), new(null, "1", "10")], Unit: seed % 2 == 0 ? "x-tokens" : null), PeriodUnit = "week", TrialDays = seed % 3 == 0 ? 3 : 0, TermPeriods = seed % 4 == 0 ? 4 : null, CancelWhenPastDue = seed % 2 == 0,
        });
        var began = app.Clock.GetUtcNow();
        var id = (await market.Subscribe()).Id();
        var sequence = 0L;
        for (var step = 0; step < Steps; step++)
        {
            await Step(random.Next(9), step);
            await NothingIsOpenThatMustNotBe(market, id);
        }

        await market.Admin.Post($"/v1/subscriptions/{id}/cancel", new { when = "now" });
        await market.Hear(market.Report(gateway, ++sequence, id, 5, app.Clock.GetUtcNow().AddMinutes(-1)));
        await market.MoveTo(app.Clock.GetUtcNow() + TimeSpan.FromDays(2));
        await AllThatWasUsedIsBilledOnce(market, id);
        await HistoryIsAsTheTableSays(id);

        Task Step(int kind, int step) => kind switch
        {
            0 => market.Hear(market.Invoice(id, "initial", "paid", version: 10)),
            1 => market.Hear(market.Invoice(id, "period", "past_due", "inv_2", step, app.Clock.GetUtcNow())),
            2 => market.Hear(market.Invoice(id, "period", "paid", "inv_2", step)),
            3 => market.Admin.Post($"/v1/subscriptions/{id}/cancel", new { when = "period_end" }),
            4 => market.Admin.Post($"/v1/subscriptions/{id}/resume"),
            5 or 6 => market.Hear(market.Report(gateway, ++sequence, id, random.Next(1, 100), At(), unit: random.Next(2) == 0 ? null : "x-tokens")),
            _ => market.MoveTo(app.Clock.GetUtcNow() + TimeSpan.FromHours(random.Next(1, 150))),
        };

        DateTimeOffset At() => began + (random.NextDouble() * (app.Clock.GetUtcNow() - began));
    }

    private static async Task NothingIsOpenThatMustNotBe(Market market, string id)
    {
        var status = await market.Status(id);
        var open = (await market.Entitlement(id)).Refusal is null;
        Assert.True(open == status is "trialing" or "active" or "past_due" or "cancelling", $"{status} is {(open ? "open" : "closed")}");
    }

    private async Task AllThatWasUsedIsBilledOnce(Market market, string id)
    {
        var closures = await market.Closures(id);
        Assert.Equal(closures.Count, closures.Select(c => c.ClosureId).Distinct().Count());
        Assert.Equal(closures.Count, closures.Select(c => c.PeriodStart).Distinct().Count());
        var paid = await app.Database.Scalar<bool>("select activated_at is not null from subscriptions where id = $1", id);
        var charged = await app.Database.Scalar<long>("select coalesce(sum(quantity), 0)::bigint from usage where subscription_id = $1 and charged", id);
        var carried = await app.Database.Scalar<long>("select coalesce(sum(closed), 0)::bigint from usage where subscription_id = $1", id);
        Assert.Equal(carried, closures.SelectMany(c => c.Usage).Sum(u => u.Quantity));
        Assert.True(!paid || charged == carried, $"{charged} used, {carried} billed");

        // What a closure says was carried before is what the closures before it carried: late units are rated on top of exactly those.
        var before = new Dictionary<(string, DateTimeOffset), long>();
        foreach (var usage in closures.SelectMany(c => c.Usage))
        {
            Assert.Equal(before.GetValueOrDefault((usage.Unit, usage.PeriodStart)), usage.Before);
            before[(usage.Unit, usage.PeriodStart)] = usage.Before + usage.Quantity;
        }
    }

    private async Task HistoryIsAsTheTableSays(string id)
    {
        var lines = await app.Database.Column<string>(
            "select event || ' ' || from_status || ' ' || to_status from subscription_history where subscription_id = $1 and from_status is not null order by number", id);
        var status = SubscriptionStatus.PendingApproval;
        foreach (var line in lines.Select(l => l.Split(' ')))
        {
            Assert.Equal(status, Enum.Parse<SubscriptionStatus>(line[1]));
            Assert.Equal(Subscription.After(status, Enum.Parse<SubscriptionEvent>(line[0])), Enum.Parse<SubscriptionStatus>(line[2]));
            status = Enum.Parse<SubscriptionStatus>(line[2]);
        }

        Assert.Equal(status.ToString(), await app.Database.Scalar<string>("select status from subscriptions where id = $1", id));
        Assert.True(Subscription.IsOver(status));
    }
}
