using System.Text.Json;
using Marketplace.Contracts.Catalog;
using Marketplace.Contracts.Subscriptions;
using Marketplace.Pricing;
using Marketplace.Testing;

namespace Marketplace.Subscriptions.Tests;

/// <summary>What a preview of a plan change shows is what the change then charges.</summary>
public sealed class PlanChangePreviewTests(ServiceApp<Program> app) : IClassFixture<ServiceApp<Program>>
{
    [Fact]
    public async Task A_preview_says_the_lines_that_the_change_then_charges_and_writes_nothing()
    {
        var (market, _, pro) = await Market.OpenTwo(app);
        var id = await market.SubscribeAndPay();
        await market.MoveTo(app.Clock.GetUtcNow().AddDays(11));
        var rows = await app.Database.Scalar<long>("select (select count(*) from subscriptions) + (select count(*) from plan_changes) + (select count(*) from outbox)");

        var preview = await market.Admin.Post($"/v1/subscriptions/{id}/preview-change", new { planId = pro.PlanId, when = "now" }).Expect<JsonElement>();

        Assert.Equal(rows, await app.Database.Scalar<long>("select (select count(*) from subscriptions) + (select count(*) from plan_changes) + (select count(*) from outbox)"));
        var next = (await Change(market, id, pro.PlanId)).GetProperty("subscription").Id();
        var told = Assert.Single(await app.Announced<SubscriptionPlanChanged>(c => c.SubscriptionId == next));
        Assert.Equal(told.Lines.Select(l => l.Amount), preview.GetProperty("lines").EnumerateArray().Select(l => l.GetProperty("amount").GetProperty("amount").GetInt64()));
        Assert.Equal(told.Lines.Sum(l => l.Amount), preview.GetProperty("total").GetProperty("amount").GetInt64());
        Assert.Equal("active", preview.Text("status"));
    }

    [Fact]
    public async Task A_preview_shows_the_last_invoice_with_the_minimum_and_the_flat_fee_that_each_part_is_charged()
    {
        var (market, first, second) = await Market.OpenTwo(app, Tiered, Tiered);
        var third = first with { PlanId = TestCaller.NewId("pln"), Name = "flat", Title = "Flat", Price = new("flat", 2500, null) };
        await market.PublishAll(first, second, third);
        var id = await market.SubscribeAndPay();
        await market.MoveTo(app.Clock.GetUtcNow().AddDays(3));
        await market.Hear(market.Report(TestCaller.NewId("gw"), 1, id, 7, app.Clock.GetUtcNow().AddHours(-1)));
        (string, long)[] used = [("usage", 14), ("tier_fee", 300), ("minimum", 4686)], unused = [("tier_fee", 300), ("minimum", 4700)];

        var there = await Preview(id, second.PlanId);
        Assert.True((await Preview(id, second.PlanId, "period_end")).IsNull("lastInvoice"));
        var next = (await Change(market, id, second.PlanId)).GetProperty("subscription").Id();
        app.Clock.Advance(TimeSpan.FromSeconds(5));
        var on = await Preview(next, third.PlanId);
        await Change(market, next, third.PlanId);
        await market.MoveTo(app.Clock.GetUtcNow().AddMinutes(5));

        Assert.Equal(used, Last(there));
        Assert.Equal(5000, there.GetProperty("lastInvoice").GetProperty("total").GetProperty("amount").GetInt64());
        Assert.Equal(unused, Last(on));
        Assert.Equal(used, Rating.Closed("", Assert.Single(await market.Closures(id))).Select(l => (l.Kind, l.Amount)));
        Assert.Equal(unused, Rating.Closed("", Assert.Single(await market.Closures(next))).Select(l => (l.Kind, l.Amount)));

        Task<JsonElement> Preview(string of, string plan, string when = "now") => market.Admin.Post($"/v1/subscriptions/{of}/preview-change", new { planId = plan, when }).Expect<JsonElement>();

        static PlanSnapshot Tiered(PlanSnapshot plan) => plan with { Price = new("graduated", 0, null, [new(500, "2", "300"), new(null, "1", "0")], MinimumCharge: 5000), Quotas = [] };

        static (string, long)[] Last(JsonElement preview) =>
            [.. preview.GetProperty("lastInvoice").GetProperty("lines").EnumerateArray().Select(l => (l.Text("kind"), l.GetProperty("amount").GetProperty("amount").GetInt64()))];
    }

    private static Task<JsonElement> Change(Market market, string id, string plan) =>
        market.Admin.Post($"/v1/subscriptions/{id}/change-plan", new { planId = plan, when = "now" }).Expect<JsonElement>();
}
