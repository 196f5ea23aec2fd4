using System.Net;
using System.Text.Json;
using Marketplace.Contracts.Catalog;
using Marketplace.Testing;

namespace Marketplace.Subscriptions.Tests;

/// <summary>What a plan includes is given once for a period, however often its plan changes.</summary>
public sealed class WayBackTests(ServiceApp<Program> app) : IClassFixture<ServiceApp<Program>>
{
    private static readonly PriceSnapshot Tiered = new("graduated", 2500, null, [new(1000, "0", "0"), new(null, "1", "0")]);

    [Theory]
    [InlineData("units with overage", "month")]
    [InlineData("a free tier", "month")]
    [InlineData("a strict quota", "year")]
    public async Task A_plan_that_includes_something_is_taken_again_at_once_only_after_the_period_in_which_it_was_left(string includes, string otherPeriod)
    {
        var (market, _, other) = await Market.OpenTwo(app, plan => With(plan, includes) with { PeriodUnit = otherPeriod }, plan => With(plan, includes));
        var id = await market.SubscribeAndPay();
        var left = (await market.Read(id)).GetProperty("currentPeriod").Time("end");
        await market.MoveTo(app.Clock.GetUtcNow().AddDays(2));

        id = await Change(market, id, other);
        await market.Hear(market.Invoice(id, "change", "paid"));

        await Ask(market, id, market.Plan, "now").ExpectProblem(HttpStatusCode.Conflict, "plan_left", "when");
        await market.Admin.Post($"/v1/subscriptions/{id}/preview-change", new { planId = market.Plan.PlanId, when = "now" }).ExpectProblem(HttpStatusCode.Conflict, "plan_left", "when");
        await Ask(market, id, market.Plan, "period_end").Expect();
        await market.Admin.Delete($"/v1/subscriptions/{id}/change-plan").Expect(HttpStatusCode.NoContent);

        await market.MoveTo(left.AddHours(3));
        if (otherPeriod == "month")
        {
            await market.Hear(market.Invoice(id, "period", "paid", TestCaller.NewId("inv")));
        }

        await Change(market, id, market.Plan);
    }

    [Fact]
    public async Task A_quota_counted_over_a_year_goes_on_counting_over_changes_and_closes_its_plan_no_longer_than_the_period()
    {
        var (market, _, other) = await Market.OpenTwo(
            app, plan => plan with { PeriodUnit = "month" }, plan => plan with { Price = new("unit", 0, "1"), PeriodUnit = "week", Quotas = [plan.Quotas[0] with { Interval = "year" }] });
        var id = await market.SubscribeAndPay();
        var end = (await market.Read(id)).GetProperty("currentPeriod").Time("end");
        await market.MoveTo(app.Clock.GetUtcNow().AddDays(2));
        id = await Change(market, id, other);
        await market.Hear(market.Invoice(id, "change", "paid"));

        await Ask(market, id, market.Plan, "now").ExpectProblem(HttpStatusCode.Conflict, "plan_left", "when");
        await market.MoveTo(end);
        await Change(market, id, market.Plan);
    }

    [Fact]
    public async Task A_plan_that_includes_nothing_is_left_and_taken_again_as_often_as_one_likes()
    {
        var (market, _, other) = await Market.OpenTwo(app, changeFirst: plan => plan with { Price = new("flat", 2500, null), Quotas = [] });
        var id = await market.SubscribeAndPay();
        await market.MoveTo(app.Clock.GetUtcNow().AddDays(2));

        id = await Change(market, id, other);
        await market.Hear(market.Invoice(id, "change", "paid"));
        await Change(market, id, market.Plan);
    }

    private static PlanSnapshot With(PlanSnapshot plan, string includes) => includes switch
    {
        "units with overage" => plan with { Price = new("flat", 2500, null), Quotas = [new(TestCaller.NewId("quo"), "transactions", 1000, "loose", "period", "1", [])] },
        "a free tier" => plan with { Price = Tiered, Quotas = [] },
        _ => plan with { Price = new("flat", 2500, null), Quotas = [new(TestCaller.NewId("quo"), "transactions", 1000, "strict", "period", null, [])] },
    };

    private static Task<HttpResponseMessage> Ask(Market market, string id, PlanSnapshot plan, string when) =>
        market.Admin.Post($"/v1/subscriptions/{id}/change-plan", new { planId = plan.PlanId, when });

    private static async Task<string> Change(Market market, string id, PlanSnapshot plan) => (await Ask(market, id, plan, "now").Expect<JsonElement>()).GetProperty("subscription").Id();
}
