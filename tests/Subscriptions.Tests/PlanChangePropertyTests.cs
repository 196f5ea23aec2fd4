using FsCheck;
using FsCheck.Fluent;
using Marketplace.Contracts.Catalog;
using Marketplace.Contracts.Subscriptions;
using Marketplace.Testing;

namespace Marketplace.Subscriptions.Tests;

/// <summary>Whatever is changed, migrated, cancelled and closed in whatever order: every unit is billed once, and no moment is paid for twice.</summary>
public sealed class PlanChangePropertyTests(ServiceApp<Program> app) : IClassFixture<ServiceApp<Program>>
{
    private static readonly Gen<List<int>> Walks = Gen.Choose(0, 999).ListOf(12).Select(steps => steps.ToList());

    [Fact]
    public void Units_billed_are_units_metered_and_days_paid_for_are_days_covered_once() => Prop.ForAll(
        Walks.ToArbitrary(), steps => Walk(steps).GetAwaiter().GetResult()).Check(Config.QuickThrowOnFailure.WithMaxTest(8).WithReplay(PropertySeed.Start, PropertySeed.Step));

    private async Task<bool> Walk(List<int> steps)
    {
        var market = await Market.Open(app, plan => plan with { PeriodUnit = "week", Price = new("unit", 700, "1"), Quotas = [] });
        PlanSnapshot[] plans =
        [
            market.Plan, market.Plan with { PlanId = TestCaller.NewId("pln"), Name = "pro", Price = new("unit", 2100, "2") },
            market.Plan with { PlanId = TestCaller.NewId("pln"), Name = "monthly", PeriodUnit = "month", Price = new("flat", 5000, null) },
            market.Plan with { PlanId = TestCaller.NewId("pln"), Name = "seats", Price = new(Pricing.PlanSeats.Model, 900, null, MinimumSeats: 1, MaximumSeats: 9) },
        ];
        await market.PublishAll(plans);
        var gateway = TestCaller.NewId("gw");
        var (sequence, used) = (0L, 0L);
        var began = app.Clock.GetUtcNow();
        var first = await market.SubscribeAndPay();
        foreach (var step in steps)
        {
            var line = await Line(first);
            await Step(step, line[^1]);
        }

        var last = (await Line(first))[^1];
        await market.Admin.Post($"/v1/subscriptions/{last}/cancel", new { when = "now" });
        await market.MoveTo(app.Clock.GetUtcNow() + TimeSpan.FromDays(2));
        var all = await Line(first);
        var closures = new List<MeteringPeriodClosed>();
        foreach (var id in all)
        {
            closures.AddRange(await market.Closures(id));
        }

        Assert.Equal(used, closures.SelectMany(c => c.Usage).Sum(u => u.Quantity));
        Assert.Equal(closures.Count, closures.Select(c => c.ClosureId).Distinct().Count());
        await NoMomentIsPaidForTwice(all, closures);
        return true;

        async Task Step(int step, string id)
        {
            var plan = plans[step / 10 % plans.Length];
            switch (step % 10)
            {
                case 0 or 1 or 2:
                    used += step;
                    await market.Hear(market.Report(gateway, ++sequence, id, step, began + ((app.Clock.GetUtcNow() - began) * (step / 1000.0))));
                    break;
                case 3 or 4:
                    await market.Admin.Post($"/v1/subscriptions/{id}/change-plan", new { planId = plan.PlanId, when = step % 20 < 10 ? "now" : "period_end", seats = plan == plans[^1] ? 1 + (step % 9) : (int?)null });
                    break;
                case 5:
                    await app.Make<KeepMigration>().Handle(
                        new MigrationRequested(
                            TestCaller.NewId("mig"), market.Provider, "move", step % 20 < 10 ? "now" : "period_end", true, false,
                            [.. plans.Where(p => p != plan).Select(p => new PlanMapping(p.PlanId, plan))], null,
                            new(market.Product, "p", "P", "1.0.0", [market.Api], [new(market.Catalog, "bil_1")]), "usr_1", DateTimeOffset.UnixEpoch, 1), default);
                    await market.MoveTo(app.Clock.GetUtcNow());
                    break;
                case 6:
                    await market.Admin.Post($"/v1/subscriptions/{id}/cancel", new { when = "period_end" });
                    await market.Admin.Post($"/v1/subscriptions/{id}/resume");
                    break;
                default:
                    await market.MoveTo(app.Clock.GetUtcNow() + TimeSpan.FromHours(step % 7 == 0 ? 1 : step / 6.0));
                    break;
            }
        }
    }

    // What base prices are charged and given back for, laid on one line of time.
    private async Task NoMomentIsPaidForTwice(IReadOnlyList<string> line, IReadOnlyList<MeteringPeriodClosed> closures)
    {
        List<(DateTimeOffset From, DateTimeOffset To, int Times)> paid = [];
        foreach (var approved in await app.Announced<SubscriptionApproved>(a => line.Contains(a.SubscriptionId)))
        {
            paid.Add((approved.PeriodStart, approved.PeriodEnd, 1));
        }

        foreach (var changed in await app.Announced<SubscriptionPlanChanged>(c => line.Contains(c.SubscriptionId)))
        {
            paid.AddRange(changed.Lines.Select(l => (l.PeriodStart, l.PeriodEnd, Math.Sign(l.Amount))));
        }

        paid.AddRange(closures.Where(c => c.NextPeriodStart is not null).Select(c => (c.NextPeriodStart!.Value, c.NextPeriodEnd!.Value, 1)));
        var edges = paid.SelectMany(p => new[] { p.From, p.To }).Distinct().Order().ToList();
        Assert.All(edges.Zip(edges.Skip(1)), span =>
        {
            var times = paid.Where(p => p.From <= span.First && p.To >= span.Second).Sum(p => p.Times);
            // Less than a second is below what is prorated.
            Assert.True(times is 0 or 1 || span.Second - span.First < TimeSpan.FromSeconds(1), $"{span.First:O} to {span.Second:O} is paid for {times} times");
        });
    }

    private async Task<List<string>> Line(string first) => await app.Database.Column<string>(
        """
        with recursive line as (select id, migrated_to, 1 as place from subscriptions where id = $1
            union all select s.id, s.migrated_to, place + 1 from subscriptions s join line on s.id = line.migrated_to)
        select id from line order by place
        """, first);
}
