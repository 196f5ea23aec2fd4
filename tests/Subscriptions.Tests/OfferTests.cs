using System.Net;
using System.Text.Json;
using Marketplace.Contracts.Catalog;
using Marketplace.ServiceDefaults;
using Marketplace.Testing;

namespace Marketplace.Subscriptions.Tests;

/// <summary>What is hidden from an organization cannot be taken by it, and answers as what does not exist.</summary>
public sealed class OfferTests(ServiceApp<Program> app) : IClassFixture<ServiceApp<Program>>
{
    [Theory]
    [InlineData("public", false, HttpStatusCode.Created)]
    [InlineData("signed_in", false, HttpStatusCode.Created)]
    [InlineData("organizations", true, HttpStatusCode.Created)]
    [InlineData("organizations", false, HttpStatusCode.NotFound)]
    [InlineData("none", false, HttpStatusCode.NotFound)]
    [InlineData("of a later version", false, HttpStatusCode.NotFound)]
    public async Task Only_who_may_see_a_product_takes_it(string visibility, bool chosen, HttpStatusCode expected)
    {
        var market = await Market.Open(app, Market.Free);
        await market.Publish(change: p => p with { Visibility = visibility, VisibleTo = chosen ? [market.Consumer] : ["org_other"] });

        var answer = await market.Admin.Post("/v1/subscriptions", market.Request()).Expect(expected);

        if (expected == HttpStatusCode.NotFound)
        {
            var unknown = new { planId = "pln_unknown", catalogId = market.Catalog, organizationId = market.Consumer, acceptTerms = true };
            Assert.Equal(
                await Told(await market.Admin.Post("/v1/subscriptions", unknown), "pln_unknown"), await Told(answer, market.Plan.PlanId));
        }
    }

    [Fact]
    public async Task A_plan_for_fewer_is_hidden_from_the_others_only()
    {
        var market = await Market.Open(app, Market.Free);
        await market.Publish(change: p => p with { PlanReaders = [new(market.Plan.PlanId, "organizations", ["org_other"])] });
        await market.Admin.Post("/v1/subscriptions", market.Request()).ExpectProblem(HttpStatusCode.NotFound, "not_found");

        await market.Publish(change: p => p with { PlanReaders = [new(market.Plan.PlanId, "organizations", [market.Consumer])] });
        await market.Subscribe();
    }

    [Fact]
    public async Task Losing_sight_of_a_product_ends_no_subscription()
    {
        var market = await Market.Open(app);
        var id = await market.SubscribeAndPay();

        await market.Publish(change: p => p with { Visibility = "none" });

        Assert.Equal("active", await market.Status(id));
        Assert.Null((await market.Entitlement(id)).Refusal);
        await market.Admin.Post($"/v1/subscriptions/{id}/cancel", new { when = "now" }).Expect();
        await market.Admin.Post("/v1/subscriptions", market.Request()).ExpectProblem(HttpStatusCode.NotFound, "not_found");
    }

    [Fact]
    public async Task A_hidden_product_that_is_withdrawn_stays_hidden()
    {
        var market = await Market.Open(app, Market.Free);
        await market.Publish(change: p => p with { Visibility = "none" });
        await market.Withdraw();

        await market.Admin.Post("/v1/subscriptions", market.Request()).ExpectProblem(HttpStatusCode.NotFound, "not_found");
    }

    [Fact]
    public async Task What_belongs_to_a_sandbox_never_meets_production()
    {
        var sandbox = await Market.Open(app, Market.Free);
        var production = await Market.Open(app, Market.Free);
        await production.Publish(change: p => p with { Environment = "production" });
        var application = (await sandbox.Admin.Post("/v1/applications", new { organizationId = sandbox.Consumer, title = "Trial run" }).Expect<JsonElement>(HttpStatusCode.Created)).Id();

        await sandbox.Admin.Post("/v1/subscriptions", new { planId = production.Plan.PlanId, catalogId = production.Catalog, organizationId = sandbox.Consumer })
            .ExpectProblem(HttpStatusCode.Conflict, "catalog_not_joined", "catalogId");
        await production.Admin.Post("/v1/subscriptions", production.Request(application)).ExpectProblem(HttpStatusCode.BadRequest, "application_invalid", "applicationId");
        // A token that names the other catalog is not believed against what Accounts told of the organization.
        var stale = app.ClientFor(TestCaller.Consumer(sandbox.Consumer, production.Catalog, Roles.Admin));
        await stale.Post("/v1/subscriptions", new { planId = production.Plan.PlanId, catalogId = production.Catalog, organizationId = sandbox.Consumer })
            .ExpectProblem(HttpStatusCode.Conflict, "catalog_not_joined", "catalogId");
    }

    // The status, the code and the words, without what was asked for.
    private static async Task<string> Told(HttpResponseMessage answer, string plan)
    {
        var problem = await Task.FromResult(answer).Expect<JsonElement>(HttpStatusCode.NotFound);
        return $"{problem.Text("code")} {problem.Text("title")} {problem.Text("detail").Replace(plan, "", StringComparison.Ordinal)}";
    }
}
