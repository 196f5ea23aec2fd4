using System.Net;
using System.Text.Json;
using Marketplace.Contracts.Catalog;
using Marketplace.Testing;

namespace Marketplace.Subscriptions.Tests;

/// <summary>What a plan includes is given once for a period, however often it is cancelled and subscribed to.</summary>
public sealed class TakenAgainTests(ServiceApp<Program> app) : IClassFixture<ServiceApp<Program>>
{
    [Theory]
    [InlineData("a free tier")]
    [InlineData("cheaper units above many")]
    [InlineData("units with overage")]
    [InlineData("a strict quota of units that cost")]
    [InlineData("a free plan")]
    [InlineData("a custom plan")]
    public async Task A_plan_without_a_base_price_that_includes_something_is_subscribed_to_again_only_after_the_period_in_which_it_was_cancelled(string includes)
    {
        var (market, _, other) = await Market.OpenTwo(app, changeFirst: plan => With(plan, includes));
        var id = await Begin(market);
        var end = (await market.Read(id)).GetProperty("currentPeriod").Time("end");
        await market.MoveTo(app.Clock.GetUtcNow().AddDays(2));
        await Cancel(market, id);

        var refused = await Take(market, market.Plan).ExpectProblem(HttpStatusCode.Conflict, "plan_left", "planId");
        Assert.Contains($"{end.UtcDateTime:yyyy-MM-dd HH:mm} UTC", refused.Detail, StringComparison.Ordinal);
        Assert.Equal(["plan_left"], await Obstacles(market, market.Plan));
        Assert.Empty(await Obstacles(market, other));

        // Nor by another plan, from which it is changed to.
        id = (await Take(market, other).Expect<JsonElement>(HttpStatusCode.Created)).Id();
        await market.Hear(market.Invoice(id, "initial", "paid"));
        await Change(market, id, market.Plan).ExpectProblem(HttpStatusCode.Conflict, "plan_left", "when");
        await Cancel(market, id);

        await market.MoveTo(end);
        Assert.Empty(await Obstacles(market, market.Plan));
        await Take(market, market.Plan).Expect(HttpStatusCode.Created);
    }

    [Theory]
    [InlineData("a base price")]
    [InlineData("seats")]
    [InlineData("units that cost")]
    [InlineData("packages")]
    [InlineData("a free plan without quotas")]
    [InlineData("a free plan with loose quotas")]
    public async Task A_plan_that_is_bought_whole_again_or_includes_nothing_is_cancelled_and_subscribed_to_as_often_as_one_likes(string includes)
    {
        var market = await Market.Open(app, plan => With(plan, includes));
        for (var time = 0; time < 3; time++)
        {
            Assert.Empty(await Obstacles(market, market.Plan));
            var id = await Begin(market);
            if (includes == "seats" && time == 0)
            {
                id = (await market.Admin.Post($"/v1/subscriptions/{id}/change-plan", new { planId = market.Plan.PlanId, seats = 3, when = "now" }).Expect<JsonElement>()).GetProperty("subscription").Id();
            }

            await Cancel(market, id);
        }
    }

    [Fact]
    public async Task What_was_never_approved_or_never_paid_gave_nothing_and_closes_nothing()
    {
        var market = await Market.Open(app, plan => With(plan, "a free tier"));
        await Cancel(market, (await market.Subscribe()).Id());
        await Begin(market);

        var byHand = await Market.Open(app, plan => Market.Free(plan) with { Approval = "manual" });
        await byHand.Owner.Post($"/v1/subscriptions/{(await byHand.Subscribe()).Id()}/reject").Expect();
        await Cancel(byHand, (await byHand.Subscribe()).Id());
        Assert.Equal("pending_approval", (await byHand.Subscribe()).Text("status"));
    }

    [Fact]
    public async Task A_plan_whose_base_price_a_change_gave_back_is_closed_to_a_new_subscription_as_to_a_change()
    {
        var (market, _, free) = await Market.OpenTwo(app, plan => Market.Free(plan) with { Quotas = [] }, plan => plan with { Quotas = [plan.Quotas[0] with { Interval = "year" }] });
        var id = await Begin(market);
        var end = (await market.Read(id)).GetProperty("currentPeriod").Time("end");
        await market.MoveTo(app.Clock.GetUtcNow().AddDays(2));
        id = (await Change(market, id, free).Expect<JsonElement>()).GetProperty("subscription").Id();
        await Change(market, id, market.Plan).ExpectProblem(HttpStatusCode.Conflict, "plan_left", "when");
        await Cancel(market, id);

        await Take(market, market.Plan).ExpectProblem(HttpStatusCode.Conflict, "plan_left", "planId");
        await market.MoveTo(end);
        await Take(market, market.Plan).Expect(HttpStatusCode.Created);
    }

    [Fact]
    public async Task A_quota_that_is_counted_over_a_year_is_not_refilled_with_the_next_month()
    {
        var market = await Market.Open(app, plan => Market.Free(plan) with { Quotas = [plan.Quotas[0] with { Interval = "year" }] });
        var id = await Begin(market);
        await market.Admin.Post($"/v1/subscriptions/{id}/cancel", new { when = "period_end" }).Expect();
        var end = (await market.Read(id)).GetProperty("currentPeriod").Time("end");
        var year = new DateTimeOffset(end.AddTicks(-1).Year + 1, 1, 1, 0, 0, 0, TimeSpan.Zero);
        await market.MoveTo(end);
        Assert.Equal("cancelled", await market.Status(id));

        await Take(market, market.Plan).ExpectProblem(HttpStatusCode.Conflict, "plan_left", "planId");
        await market.MoveTo(year);
        await Take(market, market.Plan).Expect(HttpStatusCode.Created);
    }

    [Fact]
    public async Task Nor_by_a_change_from_another_plan()
    {
        var (market, _, other) = await Market.OpenTwo(
            app, changeFirst: plan => plan with { Price = new("unit", 0, "1"), PeriodUnit = "week", Quotas = [plan.Quotas[0] with { Interval = "year" }] });
        var id = await Begin(market);
        var end = (await market.Read(id)).GetProperty("currentPeriod").Time("end");
        await market.MoveTo(app.Clock.GetUtcNow().AddDays(2));
        await Cancel(market, id);
        await market.MoveTo(end);
        id = (await Take(market, other).Expect<JsonElement>(HttpStatusCode.Created)).Id();
        await market.Hear(market.Invoice(id, "initial", "paid"));

        var refused = await Change(market, id, market.Plan).ExpectProblem(HttpStatusCode.Conflict, "plan_left", "when");

        Assert.Contains($"{end.AddTicks(-1).Year + 1}-01-01 00:00 UTC", refused.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_subscription_that_ends_at_the_very_moment_counts_too()
    {
        var market = await Market.Open(app, Market.Free);
        var id = await Begin(market);
        await using var connection = await app.Database.Source.OpenConnectionAsync();
        await using var cancelling = await market.BeginCancelling(connection, id);

        // It waits for the slot, and asks when it has it.
        var taking = Take(market, market.Plan);
        await app.Database.UntilBlockedOnLocks(1);
        await cancelling.CommitAsync();

        await taking.ExpectProblem(HttpStatusCode.Conflict, "plan_left", "planId");
    }

    [Fact]
    public async Task However_often_one_cancels_and_subscribes_at_once_a_free_quota_is_given_once()
    {
        var market = await Market.Open(app, Market.Free);
        var id = await Begin(market);

        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(number => number % 3 == 0
            ? market.Admin.Post($"/v1/subscriptions/{id}/cancel", new { when = "now" })
            : Take(market, market.Plan)));

        Assert.DoesNotContain(answers, answer => answer.StatusCode == HttpStatusCode.Created);
        Assert.Equal(1, await app.Database.Scalar<long>("select count(*) from subscriptions where organization_id = $1", market.Consumer));
    }

    private static PlanSnapshot With(PlanSnapshot plan, string includes) => includes switch
    {
        "a free tier" => plan with { Price = new("graduated", 0, null, [new(1000, "0", "0"), new(null, "1", "0")]), Quotas = [] },
        "cheaper units above many" => plan with { Price = new("volume", 0, null, [new(1000, "1", "0"), new(null, "2", "0")]), Quotas = [] },
        "units with overage" => plan with { Price = new("unit", 0, "0"), Quotas = [new(TestCaller.NewId("quo"), "transactions", 1000, "loose", "period", "1", [])] },
        "a strict quota of units that cost" => plan with { Price = new("unit", 0, "1") },
        "a free plan" => Market.Free(plan),
        "a custom plan" => plan with { Price = new("custom", 0, null) },
        "seats" => plan with { Price = new("per_seat", 1000, null, MinimumSeats: 1, MaximumSeats: 5) },
        "units that cost" => plan with { Price = new("unit", 0, "1"), Quotas = [] },
        "packages" => plan with { Price = new("package", 0, "500", PackageSize: 1000), Quotas = [] },
        "a free plan without quotas" => Market.Free(plan) with { Quotas = [] },
        "a free plan with loose quotas" => Market.Free(plan) with { Quotas = [new("quo_1", "transactions", 1000, "loose", "period", null, []), new("quo_2", "transactions", null, "strict", "period", null, [])] },
        _ => plan,
    };

    private static async Task<string> Begin(Market market)
    {
        var id = (await market.Subscribe()).Id();
        if (await market.Status(id) == "awaiting_payment")
        {
            await market.Hear(market.Invoice(id, "initial", "paid"));
        }

        Assert.Equal("active", await market.Status(id));
        return id;
    }

    private static Task<HttpResponseMessage> Take(Market market, PlanSnapshot plan) =>
        market.Admin.Post("/v1/subscriptions", new { planId = plan.PlanId, catalogId = market.Catalog, organizationId = market.Consumer, acceptTerms = true });

    private static Task<HttpResponseMessage> Change(Market market, string id, PlanSnapshot plan) =>
        market.Admin.Post($"/v1/subscriptions/{id}/change-plan", new { planId = plan.PlanId, when = "now" });

    private static Task Cancel(Market market, string id) => market.Admin.Post($"/v1/subscriptions/{id}/cancel", new { when = "now" }).Expect();

    private static async Task<IEnumerable<string>> Obstacles(Market market, PlanSnapshot plan) =>
        (await market.Admin.Get($"/v1/subscriptions/eligibility?organizationId={market.Consumer}&catalogId={market.Catalog}&planId={plan.PlanId}"))
            .GetProperty("obstacles").EnumerateArray().Select(o => o.Text("code"));
}
