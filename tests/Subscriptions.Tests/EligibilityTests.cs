using System.Net;
using System.Text.Json;
using Marketplace.Contracts.Catalog;
using Marketplace.ServiceDefaults;
using Marketplace.Testing;

namespace Marketplace.Subscriptions.Tests;

public sealed class EligibilityTests(ServiceApp<Program> app) : IClassFixture<ServiceApp<Program>>
{
    [Fact]
    public async Task A_plan_tells_what_it_needs_and_for_which_applications_it_can_be()
    {
        var market = await Market.Open(app, plan => plan with { Approval = "manual", Questions = """{"type":"object","properties":{"x":{"type":"string","title":"Why"}}}""" });
        await market.Publish(change: p => p with { Terms = new TermsSnapshot("trm_1", 3, "General terms", null, "aa") });
        var (usable, suspended) = (await Application(market, "Usable"), await Application(market, "Suspended"));
        await Suspend(market, suspended);

        var answer = await Ask(market, market.Admin);

        Assert.True(answer.GetProperty("eligible").GetBoolean());
        Assert.Empty(answer.GetProperty("obstacles").EnumerateArray());
        Assert.Equal(("manual", true, 3, "Why"), (answer.Text("approval"), answer.GetProperty("needsPayment").GetBoolean(), answer.GetProperty("terms").GetProperty("version").GetInt32(),
            answer.GetProperty("questions").GetProperty("properties").GetProperty("x").Text("title")));
        Assert.Equal([(suspended, "application_suspended"), (usable, null)], Applications(answer));
        Assert.Equal((0, 1), (answer.GetProperty("hidden").GetProperty("alreadySubscribed").GetInt32(), answer.GetProperty("hidden").GetProperty("suspended").GetInt32()));
        await market.Admin.Post("/v1/subscriptions", new { planId = market.Plan.PlanId, catalogId = market.Catalog, organizationId = market.Consumer, applicationId = suspended, acceptTerms = true })
            .ExpectProblem(HttpStatusCode.Conflict, "application_suspended", "applicationId");
    }

    [Fact]
    public async Task Everything_that_stands_in_the_way_is_named_as_subscribing_would_refuse_it()
    {
        var market = await Market.Open(app);
        var application = await Application(market, "App");
        var taken = (await market.Subscribe()).Id();
        await market.Publish(market.Plan with { Status = "deprecated" }, integration: null);
        await market.KnowOrganization(enabled: false);
        await market.Withdraw();

        var answer = await Ask(market, app.ClientFor(TestCaller.Consumer(market.Consumer, market.Catalog, Roles.Developer)));

        Assert.False(answer.GetProperty("eligible").GetBoolean());
        Assert.Equal(
            ["role_missing", "billing_required", "plan_not_active", "organization_disabled", "product_not_on_offer", "already_subscribed"],
            answer.GetProperty("obstacles").EnumerateArray().Select(o => o.Text("code")));
        Assert.Equal(taken, answer.Text("subscriptionId"));
        Assert.Equal([(application, "already_subscribed")], Applications(answer));
        Assert.Equal(1, answer.GetProperty("hidden").GetProperty("alreadySubscribed").GetInt32());
    }

    [Fact]
    public async Task Obstacles_stand_in_the_order_in_which_subscribing_refuses()
    {
        var market = await Market.Open(app);
        await market.Subscribe();
        var developer = app.ClientFor(TestCaller.Consumer(market.Consumer, market.Catalog, Roles.Developer));
        await market.Publish(market.Plan with { Status = "deprecated" }, integration: null);
        await market.KnowOrganization(enabled: false);
        await market.Withdraw();
        var seen = new List<string>();

        // Whatever stands first is what subscribing refuses with; it is taken out of the way, and the next one is.
        await Next(developer);
        await Next(market.Admin);
        await market.Publish(market.Plan with { Status = "deprecated" });
        await market.Withdraw();
        await Next(market.Admin);
        await market.Publish();
        await market.Withdraw();
        await Next(market.Admin);
        await market.KnowOrganization();
        await Next(market.Admin);
        await market.Publish();
        await Next(market.Admin);

        Assert.Equal(["role_missing", "billing_required", "plan_not_active", "organization_disabled", "product_not_on_offer", "already_subscribed"], seen);

        async Task Next(HttpClient client)
        {
            var named = (await Ask(market, client)).GetProperty("obstacles").EnumerateArray().Select(o => o.Text("code")).ToList();
            using var refused = await client.Post("/v1/subscriptions", market.Request());
            Assert.Contains($"\"code\":\"{named[0]}\"", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            Assert.Equal(named.Order(), named.Distinct().Order());
            seen.Add(named[0]);
        }
    }

    [Fact]
    public async Task Applications_come_in_pages()
    {
        var market = await Market.Open(app, Market.Free);
        var applications = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            applications.Insert(0, await Application(market, $"App {i}"));
        }

        var first = (await Ask(market, market.Admin, "&limit=2")).GetProperty("applications");
        var second = (await Ask(market, market.Admin, $"&limit=2&cursor={first.Text("nextCursor")}")).GetProperty("applications");

        Assert.Equal(applications, first.GetProperty("data").EnumerateArray().Concat(second.GetProperty("data").EnumerateArray()).Select(a => a.Id()));
    }

    [Fact]
    public async Task Strangers_providers_and_hidden_plans_are_refused_as_in_subscribing()
    {
        var market = await Market.Open(app, Market.Free);
        await Asking(market, app.ClientFor(TestCaller.Stranger())).ExpectProblem(HttpStatusCode.NotFound, "not_found");
        await Asking(market, app.Anonymous()).Expect(HttpStatusCode.Unauthorized);
        await Asking(market, app.ClientFor(TestCaller.Consumer(market.Consumer, "cat_other", Roles.Admin))).ExpectProblem(HttpStatusCode.Conflict, "catalog_not_joined");
        await market.Owner.GetAsync($"/v1/subscriptions/eligibility?organizationId={market.Provider}&catalogId={market.Catalog}&planId={market.Plan.PlanId}").ExpectProblem(HttpStatusCode.Forbidden, "consumers_only");
        await market.Admin.GetAsync($"/v1/subscriptions/eligibility?organizationId={market.Consumer}&catalogId={market.Catalog}").Expect(HttpStatusCode.BadRequest);
        await market.Publish(change: p => p with { Visibility = "none" });
        await Asking(market, market.Admin).ExpectProblem(HttpStatusCode.NotFound, "not_found");
    }

    private static Task<JsonElement> Ask(Market market, HttpClient client, string more = "") => Asking(market, client, more).Expect<JsonElement>();

    private static Task<HttpResponseMessage> Asking(Market market, HttpClient client, string more = "") =>
        client.GetAsync($"/v1/subscriptions/eligibility?organizationId={market.Consumer}&catalogId={market.Catalog}&planId={market.Plan.PlanId}{more}");

    private static IEnumerable<(string, string?)> Applications(JsonElement answer) =>
        answer.GetProperty("applications").GetProperty("data").EnumerateArray().Select(a => (a.Id(), a.GetProperty("reason").GetString()));

    private async Task<string> Application(Market market, string title)
    {
        app.Clock.Advance(TimeSpan.FromMilliseconds(1));
        return (await market.Admin.Post("/v1/applications", new { organizationId = market.Consumer, title }).Expect<JsonElement>(HttpStatusCode.Created)).Id();
    }

    private static async Task Suspend(Market market, string application)
    {
        var key = (await market.Admin.Get($"/v1/credentials?applicationId={application}")).GetProperty("data")[0].Id();
        await market.Admin.Post($"/v1/credentials/{key}/suspend", new { reason = "lost" }).Expect();
    }
}
