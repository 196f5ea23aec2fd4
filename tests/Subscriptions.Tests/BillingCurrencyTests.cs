using System.Net;
using Marketplace.Contracts.Accounts;
using Marketplace.Contracts.Catalog;
using Marketplace.Contracts.Subscriptions;
using Marketplace.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Marketplace.Subscriptions.Tests;

public sealed class BillingCurrencyTests(ServiceApp<Program> app) : IClassFixture<ServiceApp<Program>>
{
    [Fact]
    public async Task A_plan_in_another_currency_of_the_same_integration_is_refused_before_anything_is_billed()
    {
        var market = await Market.Open(app);
        await market.SubscribeAndPay();
        var euro = await Offer(market, "eur");
        await Take(market, euro).ExpectProblem(HttpStatusCode.Conflict, "currency_locked");
        var eligibility = await market.Admin.Get($"/v1/subscriptions/eligibility?organizationId={market.Consumer}&catalogId={market.Catalog}&planId={euro.PlanId}");
        Assert.Equal("currency_locked", Assert.Single(eligibility.GetProperty("obstacles").EnumerateArray()).Text("code"));

        var dollar = await Offer(market, "USD");
        await Take(market, dollar).Expect(HttpStatusCode.Created);
        var elsewhere = await Offer(market, "eur", "bil_2");
        await Take(market, elsewhere).Expect(HttpStatusCode.Created);
    }

    [Fact]
    public async Task The_provider_s_approval_is_refused_too()
    {
        var market = await Market.Open(app);
        var euro = await Offer(market, "eur", change: p => p with { Approval = "manual" });
        var waiting = (await Take(market, euro).Expect<System.Text.Json.JsonElement>(HttpStatusCode.Created)).Id();
        await market.SubscribeAndPay();
        await market.Owner.Post($"/v1/subscriptions/{waiting}/approve").ExpectProblem(HttpStatusCode.Conflict, "currency_locked");
        Assert.Equal("pending_approval", await market.Status(waiting));
    }

    [Fact]
    public async Task A_subscription_that_ended_before_it_was_paid_leaves_the_currency_free_and_one_that_began_keeps_it()
    {
        var market = await Market.Open(app);
        var abandoned = (await Take(market, await Offer(market, "usd")).Expect<System.Text.Json.JsonElement>(HttpStatusCode.Created)).Id();
        var euro = await Offer(market, "eur");
        await Take(market, euro).ExpectProblem(HttpStatusCode.Conflict, "currency_locked");
        await market.Admin.Post($"/v1/subscriptions/{abandoned}/cancel", new { when = "now" }).Expect();
        Assert.Empty((await market.Admin.Get($"/v1/subscriptions/eligibility?organizationId={market.Consumer}&catalogId={market.Catalog}&planId={euro.PlanId}")).GetProperty("obstacles").EnumerateArray());
        await Take(market, euro).Expect(HttpStatusCode.Created);
        var locked = await Take(market, await Offer(market, "usd")).ExpectProblem(HttpStatusCode.Conflict, "currency_locked");
        Assert.Contains("EUR", locked.Detail, StringComparison.Ordinal);

        var other = await Market.Open(app);
        var paid = await other.SubscribeAndPay();
        await other.Admin.Post($"/v1/subscriptions/{paid}/cancel", new { when = "now" }).Expect();
        Assert.Equal("cancelled", await other.Status(paid));
        await Take(other, await Offer(other, "eur")).ExpectProblem(HttpStatusCode.Conflict, "currency_locked");
    }

    [Fact]
    public async Task A_trial_binds_the_currency_that_it_will_be_billed_in()
    {
        var market = await Market.Open(app, plan => plan with { TrialDays = 7 });
        var trial = (await market.Subscribe()).Id();
        var euro = await Offer(market, "eur");
        await Take(market, euro).ExpectProblem(HttpStatusCode.Conflict, "currency_locked");
        // It may be resumed until it is over.
        await market.Admin.Post($"/v1/subscriptions/{trial}/cancel", new { when = "period_end" }).Expect();
        await Take(market, euro).ExpectProblem(HttpStatusCode.Conflict, "currency_locked");

        await market.Admin.Post($"/v1/subscriptions/{trial}/cancel", new { when = "now" }).Expect();
        await Take(market, euro).Expect(HttpStatusCode.Created);
    }

    [Fact]
    public async Task A_trial_that_another_currency_overtook_ends_with_it_and_holds_up_nothing_else()
    {
        var market = await Market.Open(app, plan => plan with { TrialDays = 7 });
        var trial = await market.Subscribe();
        var euro = await Offer(market, "eur", "bil_2", plan => plan with { TrialDays = 0 });
        var other = (await Take(market, euro).Expect<System.Text.Json.JsonElement>(HttpStatusCode.Created)).Id();
        // As it could come when trials bound no currency.
        await app.Database.Execute("update subscriptions set billing_integration_id = 'bil_1' where id = $1", other);
        await app.Database.Execute("update billing_currencies set currency = 'eur' where billing_integration_id = 'bil_1' and organization_id = $1", market.Consumer);
        var end = trial.Time("trialUntil");

        var later = new TestClock(end.AddSeconds(1));
        await ActivatorUtilities.CreateInstance<CancelOnOrganizationDeleted>(app.Services, later).Handle(new OrganizationDeleted(market.Consumer, later.GetUtcNow(), 90), default);

        var ended = await market.Read(trial.Id());
        Assert.Equal(("cancelled", "currency_locked", end), (ended.Text("status"), ended.Text("endReason"), ended.Time("endedAt")));
        Assert.Empty(await app.Announced<SubscriptionApproved>(approved => approved.SubscriptionId == trial.Id()));
        Assert.Equal("cancelled", await market.Status(other));
    }

    [Fact]
    public async Task Of_many_at_once_in_two_currencies_all_that_get_through_are_in_one()
    {
        var market = await Market.Open(app);
        var offers = new List<PlanSnapshot>();
        for (var number = 0; number < 6; number++)
        {
            offers.Add(await Offer(market, number % 2 == 0 ? "eur" : "usd"));
        }

        await Task.WhenAll(offers.Select(offer => Take(market, offer)));
        Assert.Single(await app.Database.Column<string>(
            "select distinct plan ->> 'currency' from subscriptions where organization_id = $1 and billed", market.Consumer));
    }

    private static async Task<PlanSnapshot> Offer(Market market, string currency, string integration = "bil_1", Func<PlanSnapshot, PlanSnapshot>? change = null)
    {
        var plan = market.Plan with { PlanId = TestCaller.NewId("pln"), Currency = currency };
        plan = change is null ? plan : change(plan);
        var product = TestCaller.NewId("prd");
        await market.Publish(plan, integration, offer => offer with { ProductId = product, ProductName = product });
        return plan;
    }

    private static Task<HttpResponseMessage> Take(Market market, PlanSnapshot plan) =>
        market.Admin.Post("/v1/subscriptions", new { planId = plan.PlanId, catalogId = market.Catalog, organizationId = market.Consumer, acceptTerms = true });
}
