using System.Net;
using Marketplace.Contracts.Invoicing;
using Marketplace.Testing;

namespace Marketplace.Subscriptions.Tests;

/// <summary>Where a catalog demands a stored payment method, a paid plan is not taken without one.</summary>
public sealed class PaymentMethodRequiredTests(ServiceApp<Program> app) : IClassFixture<ServiceApp<Program>>
{
    [Fact]
    public async Task A_paid_plan_is_refused_until_a_payment_method_is_stored_and_again_when_it_is_gone()
    {
        var market = await Market.Open(app);
        await market.Publish(change: offer => offer with { PaymentMethodRequired = true });
        await Take(market).ExpectProblem(HttpStatusCode.Conflict, "payment_method_required", "planId");
        var before = await Eligibility(market);
        Assert.Equal(("payment_method_required", true), (Assert.Single(before.GetProperty("obstacles").EnumerateArray()).Text("code"), before.GetProperty("paymentMethodRequired").GetBoolean()));

        await Keep(market, "bil_other", stored: true, version: 1);
        await Take(market).ExpectProblem(HttpStatusCode.Conflict, "payment_method_required", "planId");
        await Keep(market, "bil_1", stored: true, version: 2);
        await Keep(market, "bil_1", stored: false, version: 1);
        var after = await Eligibility(market);
        Assert.Equal((true, "4242"), (after.GetProperty("eligible").GetBoolean(), after.GetProperty("paymentMethod").Text("last4")));

        await Keep(market, "bil_1", stored: false, version: 3);
        await Take(market).ExpectProblem(HttpStatusCode.Conflict, "payment_method_required", "planId");
        await Keep(market, "bil_1", stored: true, version: 4);
        await Take(market).Expect(HttpStatusCode.Created);
    }

    [Fact]
    public async Task A_method_that_is_being_stored_is_waited_for()
    {
        var market = await Market.Open(app);
        await market.Publish(change: offer => offer with { PaymentMethodRequired = true });
        var taking = Take(market);
        await Keep(market, "bil_1", stored: true, version: 1);
        await taking.Expect(HttpStatusCode.Created);
    }

    [Fact]
    public async Task Free_plans_and_catalogs_that_demand_none_need_none()
    {
        var free = await Market.Open(app, Market.Free);
        await free.Publish(integration: null, change: offer => offer with { PaymentMethodRequired = true });
        await Take(free).Expect(HttpStatusCode.Created);
        var byHand = await Market.Open(app);
        await Take(byHand).Expect(HttpStatusCode.Created);
    }

    [Fact]
    public async Task A_change_from_a_free_plan_to_a_paid_one_needs_it_as_well()
    {
        var market = await Market.Open(app, Market.Free);
        var paid = market.Plan with { PlanId = TestCaller.NewId("pln"), Price = new("flat", 2500, null) };
        await market.Publish(integration: null);
        var subscription = (await Take(market).Expect<System.Text.Json.JsonElement>(HttpStatusCode.Created)).Id();
        await market.PublishAll([market.Plan, paid], offer => offer with { PaymentMethodRequired = true });
        await market.Admin.Post($"/v1/subscriptions/{subscription}/change-plan", new { planId = paid.PlanId, when = "now" }).ExpectProblem(HttpStatusCode.Conflict, "payment_method_required", "planId");
        await Keep(market, "bil_1", stored: true, version: 1);
        using var changed = await market.Admin.Post($"/v1/subscriptions/{subscription}/change-plan", new { planId = paid.PlanId, when = "now" });
        Assert.True(changed.IsSuccessStatusCode, await changed.Content.ReadAsStringAsync());
    }

    private static Task<HttpResponseMessage> Take(Market market) =>
        market.Admin.Post("/v1/subscriptions", new { planId = market.Plan.PlanId, catalogId = market.Catalog, organizationId = market.Consumer, acceptTerms = true });

    private static Task<System.Text.Json.JsonElement> Eligibility(Market market) =>
        market.Admin.Get($"/v1/subscriptions/eligibility?organizationId={market.Consumer}&catalogId={market.Catalog}&planId={market.Plan.PlanId}");

    private Task Keep(Market market, string integration, bool stored, long version) => app.Make<KeepPaymentMethod>().Handle(
        new PaymentMethodChanged(market.Consumer, integration, stored ? new("pmt_1", "Company card", "card", "visa", "4242", 12, 2034) : null, version), default);
}
