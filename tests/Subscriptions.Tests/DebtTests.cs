using System.Net;
using System.Text.Json;
using Marketplace.Contracts.Catalog;
using Marketplace.Contracts.Invoicing;
using Marketplace.Testing;

namespace Marketplace.Subscriptions.Tests;

/// <summary>Who owes pays first: no debt is left behind by cancelling and subscribing again.</summary>
public sealed class DebtTests(ServiceApp<Program> app) : IClassFixture<ServiceApp<Program>>
{
    private const string Open = "payment_open";
    private const string Disputed = "payment_disputed";

    [Theory]
    [InlineData("period", "past_due", "paid")]
    [InlineData("final", "incomplete", "paid")]
    [InlineData("change", "past_due", "void")]
    public async Task Who_cancels_what_it_owes_for_takes_nothing_that_costs_money_at_the_integration_until_that_is_settled(string kind, string status, string settled)
    {
        var market = await Market.Open(app, PerCall);
        var id = await market.SubscribeAndPay();
        await market.Hear(market.Invoice(id, kind, status, "inv_2", due: app.Clock.GetUtcNow()));
        await Cancel(market, id);

        await Take(market, market.Plan).ExpectProblem(HttpStatusCode.Conflict, Open, "planId");
        Assert.Equal([Open], await Obstacles(market, market.Plan));
        await Take(market, await Offer(market, plan => plan with { TrialDays = 7 })).ExpectProblem(HttpStatusCode.Conflict, Open, "planId");
        await Take(market, await Offer(market, Market.Free)).Expect(HttpStatusCode.Created);
        await Take(market, await Offer(market, integration: "bil_2")).Expect(HttpStatusCode.Created);

        await market.Hear(market.Invoice(id, kind, settled, "inv_2", version: 2));
        Assert.Empty(await Obstacles(market, market.Plan));
        await Take(market, market.Plan).Expect(HttpStatusCode.Created);
    }

    [Theory]
    [InlineData("initial", "past_due")]
    [InlineData("period", "open")]
    [InlineData("period", "draft")]
    public async Task What_gave_nothing_yet_or_is_not_due_yet_is_no_debt(string kind, string status)
    {
        var market = await Market.Open(app, PerCall);
        var id = kind == "initial" ? (await market.Subscribe()).Id() : await market.SubscribeAndPay();
        await market.Hear(market.Invoice(id, kind, status, "inv_2", due: app.Clock.GetUtcNow()));
        await Cancel(market, id);

        Assert.Empty(await Obstacles(market, market.Plan));
        await Take(market, market.Plan).Expect(HttpStatusCode.Created);
    }

    [Fact]
    public async Task A_bank_debit_under_way_buys_nothing_new_in_the_place_of_what_it_is_for()
    {
        var market = await Market.Open(app, PerCall);
        var other = await Offer(market, plan => plan with { Title = "Other" });
        var id = await market.SubscribeAndPay();
        await market.Hear(market.Invoice(id, "period", "open", "inv_2", due: app.Clock.GetUtcNow()) with { PaymentProblem = new("processing", null, "", 1, null, null) });
        Assert.Empty(await Obstacles(market, other));
        await Cancel(market, id);

        await Take(market, market.Plan).ExpectProblem(HttpStatusCode.Conflict, Open, "planId");
        await market.Hear(market.Invoice(id, "period", "paid", "inv_2", version: 2));
        await Take(market, market.Plan).Expect(HttpStatusCode.Created);
    }

    [Fact]
    public async Task A_bank_debit_that_was_begun_before_its_invoice_is_due_is_no_debt_before_that()
    {
        var market = await Market.Open(app, PerCall);
        var id = await market.SubscribeAndPay();
        var due = app.Clock.GetUtcNow().AddDays(1);
        await market.Hear(market.Invoice(id, "period", "open", "inv_2", due: due) with { PaymentProblem = new("processing", null, "", 1, null, null) });
        await Cancel(market, id);

        Assert.Empty(await Obstacles(market, market.Plan));
        await market.MoveTo(due);
        Assert.Equal([Open], await Obstacles(market, market.Plan));
    }

    [Fact]
    public async Task What_a_change_to_a_free_plan_charged_is_owed_at_the_integration_of_the_plan_before()
    {
        var (market, _, free) = await Market.OpenTwo(app, plan => Market.Free(plan) with { Quotas = [] }, PerCall);
        var id = await market.SubscribeAndPay();
        var next = await Change(market, id, free, "now").Expect<JsonElement>();
        id = next.GetProperty("subscription").Id();
        await market.Hear(market.Invoice(id, "change", "past_due", "inv_2", due: app.Clock.GetUtcNow()));

        await Take(market, await Offer(market)).ExpectProblem(HttpStatusCode.Conflict, Open, "planId");
    }

    [Fact]
    public async Task A_disputed_payment_is_not_left_behind_by_cancelling_and_won_it_lets_its_payer_in_again()
    {
        var market = await Market.Open(app, PerCall);
        var id = await market.SubscribeAndPay();
        await Dispute(market, id);
        await Cancel(market, id);

        await Take(market, market.Plan).ExpectProblem(HttpStatusCode.Conflict, Disputed, "planId");
        Assert.Equal([Disputed], await Obstacles(market, market.Plan));
        await Take(market, await Offer(market, Market.Free)).Expect(HttpStatusCode.Created);

        await Decide(market, id, "won");
        Assert.Empty(await Obstacles(market, market.Plan));
        await Take(market, market.Plan).Expect(HttpStatusCode.Created);
    }

    [Fact]
    public async Task Who_took_a_payment_back_through_its_bank_is_let_in_by_its_provider_s_decision_alone()
    {
        var market = await Market.Open(app, PerCall);
        var id = await market.SubscribeAndPay();
        await Dispute(market, id);
        await Decide(market, id, "lost");
        Assert.Equal("cancelled", await market.Status(id));

        await Take(market, market.Plan).ExpectProblem(HttpStatusCode.Conflict, Disputed, "planId");
        Assert.Equal([Disputed], await Obstacles(market, market.Plan));
        var byHand = await Offer(market, plan => plan with { Approval = "manual" });
        Assert.Empty(await Obstacles(market, byHand));
        var waiting = (await Take(market, byHand).Expect<JsonElement>(HttpStatusCode.Created)).Id();
        await market.Owner.Post($"/v1/subscriptions/{waiting}/approve").Expect();

        Assert.True(new PaymentRules().Bars(market.Plan));
        Assert.False(new PaymentRules(AfterLostDispute: PaymentRules.Keep).Bars(market.Plan));
    }

    [Theory]
    [InlineData(Open)]
    [InlineData(Disputed)]
    public async Task Who_came_to_owe_while_it_waited_for_its_approval_is_not_approved_before_that_is_settled(string code)
    {
        var market = await Market.Open(app, PerCall);
        var byHand = await Offer(market, plan => plan with { Approval = "manual" });
        var waiting = (await Take(market, byHand).Expect<JsonElement>(HttpStatusCode.Created)).Id();
        var id = await market.SubscribeAndPay();
        await (code == Open ? market.Hear(market.Invoice(id, "period", "past_due", "inv_2", due: app.Clock.GetUtcNow())) : Dispute(market, id));

        await market.Owner.Post($"/v1/subscriptions/{waiting}/approve").ExpectProblem(HttpStatusCode.Conflict, code);
        await app.ClientFor(TestCaller.Stranger()).Post($"/v1/subscriptions/{waiting}/approve").ExpectProblem(HttpStatusCode.NotFound, "not_found");
        Assert.Equal("pending_approval", await market.Status(waiting));

        await (code == Open ? market.Hear(market.Invoice(id, "period", "paid", "inv_2", version: 2)) : Decide(market, id, "won"));
        await market.Owner.Post($"/v1/subscriptions/{waiting}/approve").Expect();
    }

    [Fact]
    public async Task A_free_plan_is_not_changed_for_one_that_costs_money_by_who_owes_for_another_subscription()
    {
        var (market, _, perCall) = await Market.OpenTwo(app, PerCall, Market.Free);
        var free = (await market.Subscribe()).Id();
        var owing = await Owes(market);

        await Change(market, free, perCall, "now").ExpectProblem(HttpStatusCode.Conflict, Open, "planId");
        await Change(market, free, perCall, "period_end").ExpectProblem(HttpStatusCode.Conflict, Open, "planId");
        await market.Admin.Post($"/v1/subscriptions/{free}/preview-change", new { planId = perCall.PlanId, when = "now" }).ExpectProblem(HttpStatusCode.Conflict, Open, "planId");

        await market.Hear(market.Invoice(owing, "period", "paid", "inv_2", version: 2));
        await Change(market, free, perCall, "now").Expect();
    }

    [Fact]
    public async Task A_change_that_waits_for_a_period_s_end_is_withdrawn_where_its_organization_owes_by_then()
    {
        var (market, plan, perCall) = await Market.OpenTwo(app, PerCall, Market.Free);
        var free = (await market.Subscribe()).Id();
        await Change(market, free, perCall, "period_end").Expect();
        await Owes(market);

        await market.MoveTo((await market.Read(free)).GetProperty("currentPeriod").Time("end").AddHours(3));

        Assert.Equal($"withdrawn {Open}", await app.Database.Scalar<string>("select state || ' ' || reason from plan_changes where subscription_id = $1", free));
        Assert.Equal(("active", plan.PlanId), (await market.Status(free), (await market.Read(free)).GetProperty("plan").Id()));
    }

    [Theory]
    [InlineData("automatic", $"withdrawn {Disputed}")]
    [InlineData("manual", "migrated ")]
    public async Task A_change_that_waits_for_a_period_s_end_is_withdrawn_where_a_dispute_was_lost_by_then_and_its_provider_decides_on_nobody(string approval, string becomes)
    {
        var (market, plan, perCall) = await Market.OpenTwo(app, p => PerCall(p) with { Approval = approval }, p => Market.Free(p) with { Approval = approval });
        var free = (await market.Subscribe()).Id();
        if (approval == "manual")
        {
            await market.Owner.Post($"/v1/subscriptions/{free}/approve").Expect();
        }

        await Change(market, free, perCall, "period_end").Expect();
        var end = (await market.Read(free)).GetProperty("currentPeriod").Time("end");
        var other = await Offer(market, p => PerCall(p) with { Approval = "automatic" });
        var lost = (await Take(market, other).Expect<JsonElement>(HttpStatusCode.Created)).Id();
        await market.Hear(market.Invoice(lost, "initial", "paid"));
        await Dispute(market, lost);
        await Decide(market, lost, "lost");

        await market.MoveTo(end.AddHours(3));

        Assert.Equal(becomes, await app.Database.Scalar<string>("select concat(state, ' ', reason) from plan_changes where subscription_id = $1", free));
        Assert.Equal(approval == "manual" ? "migrated" : "active", await market.Status(free));
        Assert.Equal(plan.PlanId, (await market.Read(free)).GetProperty("plan").Id());
    }

    [Fact]
    public async Task A_provider_moves_whoever_owes_from_a_free_plan_as_it_likes()
    {
        var (market, plan, perCall) = await Market.OpenTwo(app, PerCall, Market.Free);
        var free = (await market.Subscribe()).Id();
        await Owes(market);

        await app.Make<KeepMigration>().Handle(
            new MigrationRequested(
                TestCaller.NewId("mig"), market.Provider, "move", "now", true, false, [new(plan.PlanId, perCall)], null,
                new(market.Product, "next", "Next", "2.0.0", [market.Api, market.OtherApi], [new(market.Catalog, "bil_1")]), "usr_owner", DateTimeOffset.UnixEpoch, 1), default);

        await Eventually.Until(async () => await market.Status(free) == "migrated", "moved");
    }

    [Fact]
    public async Task What_one_organization_owes_stops_no_other_and_is_told_to_no_stranger()
    {
        var market = await Market.Open(app, PerCall);
        await Owes(market);
        var neighbour = await Market.Open(app, PerCall);

        Assert.Empty(await Obstacles(neighbour, neighbour.Plan));
        await Take(neighbour, neighbour.Plan).Expect(HttpStatusCode.Created);
        foreach (var stranger in new[] { app.ClientFor(TestCaller.Stranger()), neighbour.Admin, neighbour.Owner })
        {
            var refused = await stranger.GetAsync(Eligibility(market, market.Plan)).ExpectProblem(HttpStatusCode.NotFound, "not_found");
            Assert.DoesNotContain("paid", refused.Detail, StringComparison.Ordinal);
            await stranger.Post("/v1/subscriptions", market.Request()).ExpectProblem(HttpStatusCode.NotFound, "not_found");
        }
    }

    private static PlanSnapshot PerCall(PlanSnapshot plan) => Market.PayPerUse(plan) with { SetupFee = 0 };

    // By a subscription to another product.
    private async Task<string> Owes(Market market)
    {
        var id = (await Take(market, await Offer(market, PerCall)).Expect<JsonElement>(HttpStatusCode.Created)).Id();
        await market.Hear(market.Invoice(id, "initial", "paid"));
        await market.Hear(market.Invoice(id, "period", "past_due", "inv_2", due: app.Clock.GetUtcNow()));
        return id;
    }

    private Task Dispute(Market market, string id) =>
        app.Make<ApplyDispute>().Handle(new DisputeOpened("dsp_" + id, "inv_1", id, market.Consumer, 2500, "usd", "fraudulent", null, 1), default);

    private Task Decide(Market market, string id, string outcome) =>
        app.Make<ApplyDispute>().Handle(new DisputeClosed("dsp_" + id, "inv_1", id, market.Consumer, outcome, app.Clock.GetUtcNow(), 2), default);

    private static async Task<PlanSnapshot> Offer(Market market, Func<PlanSnapshot, PlanSnapshot>? change = null, string integration = "bil_1")
    {
        var plan = market.Plan with { PlanId = TestCaller.NewId("pln") };
        plan = change is null ? plan : change(plan);
        var product = TestCaller.NewId("prd");
        await market.Publish(plan, integration, offer => offer with { ProductId = product, ProductName = product });
        return plan;
    }

    private static Task<HttpResponseMessage> Take(Market market, PlanSnapshot plan) =>
        market.Admin.Post("/v1/subscriptions", new { planId = plan.PlanId, catalogId = market.Catalog, organizationId = market.Consumer, acceptTerms = true });

    private static Task<HttpResponseMessage> Change(Market market, string id, PlanSnapshot plan, string when) =>
        market.Admin.Post($"/v1/subscriptions/{id}/change-plan", new { planId = plan.PlanId, when });

    private static Task Cancel(Market market, string id) => market.Admin.Post($"/v1/subscriptions/{id}/cancel", new { when = "now" }).Expect();

    private static string Eligibility(Market market, PlanSnapshot plan) =>
        $"/v1/subscriptions/eligibility?organizationId={market.Consumer}&catalogId={market.Catalog}&planId={plan.PlanId}";

    private static async Task<IEnumerable<string>> Obstacles(Market market, PlanSnapshot plan) =>
        (await market.Admin.Get(Eligibility(market, plan))).GetProperty("obstacles").EnumerateArray().Select(o => o.Text("code"));
}
