using System.Net;
using System.Text.Json;
using Marketplace.Contracts.Catalog;
using Marketplace.Testing;

namespace Marketplace.Subscriptions.Tests;

public sealed class TermsTests(ServiceApp<Program> app) : IClassFixture<ServiceApp<Program>>
{
    private static readonly TermsSnapshot First = new("trm_1", 1, "General terms", null, "aa");
    private static readonly TermsSnapshot Second = new("trm_1", 2, "General terms", "https://example.com/terms", "bb");

    [Fact]
    public async Task Terms_in_force_must_be_accepted()
    {
        var market = await Market.Open(app, Market.Free);
        await market.Publish(change: p => p with { Terms = Second });

        foreach (var body in new object[] { Body(market, false), new { planId = market.Plan.PlanId, catalogId = market.Catalog, organizationId = market.Consumer } })
        {
            var refused = await market.Admin.Post("/v1/subscriptions", body).Expect<JsonElement>(HttpStatusCode.BadRequest);
            Assert.Equal(("terms_not_accepted", 2, "https://example.com/terms"), (refused.Text("code"), refused.GetProperty("terms").GetProperty("version").GetInt32(), refused.GetProperty("terms").Text("url")));
            Assert.True(refused.GetProperty("errors").TryGetProperty("acceptTerms", out _));
        }

        await market.Admin.Post("/v1/subscriptions", Body(market, true)).Expect(HttpStatusCode.Created);
    }

    [Fact]
    public async Task Without_terms_there_is_nothing_to_accept()
    {
        var market = await Market.Open(app, Market.Free);

        var id = (await market.Admin.Post("/v1/subscriptions", Body(market, false)).Expect<JsonElement>(HttpStatusCode.Created)).Id();

        Assert.Empty((await market.Admin.Get($"/v1/terms-acceptances?subscriptionId={id}")).GetProperty("data").EnumerateArray());
    }

    [Fact]
    public async Task What_was_read_is_what_is_accepted()
    {
        var market = await Market.Open(app, Market.Free);
        await market.Publish(change: p => p with { Terms = Second });

        await market.Admin.Post("/v1/subscriptions", Body(market, true, 1)).ExpectProblem(HttpStatusCode.Conflict, "terms_changed", "termsVersion");
        await market.Admin.Post("/v1/subscriptions", Body(market, true, 2)).Expect(HttpStatusCode.Created);
    }

    [Fact]
    public async Task Both_parties_see_who_accepted_which_version_when_and_nobody_else_does()
    {
        var market = await Market.Open(app, plan => Market.Free(plan) with { Quotas = [] });
        await market.Publish(change: p => p with { Terms = First });
        var caller = TestCaller.Consumer(market.Consumer, market.Catalog, "developer");
        var first = (await app.ClientFor(caller).Post("/v1/subscriptions", Body(market, true)).Expect<JsonElement>(HttpStatusCode.Created)).Id();
        await market.Admin.Post($"/v1/subscriptions/{first}/cancel", new { when = "now" }).Expect();
        // A new version counts for who subscribes from now on; what was accepted stays what it was.
        await market.Publish(change: p => p with { Terms = Second });
        app.Clock.Advance(TimeSpan.FromHours(1));
        var second = (await market.Admin.Post("/v1/subscriptions", Body(market, true)).Expect<JsonElement>(HttpStatusCode.Created)).Id();

        foreach (var party in new[] { market.Admin, market.Owner })
        {
            var accepted = (await party.Get($"/v1/terms-acceptances?organizationId={market.Consumer}")).GetProperty("data").EnumerateArray().ToList();
            Assert.Equal([(second, 2, "bb"), (first, 1, "aa")], accepted.Select(a => (a.Text("subscriptionId"), a.GetProperty("termsVersion").GetInt32(), a.Text("textHash"))));
            Assert.Equal((caller.UserId, "General terms", market.Provider), (accepted[1].Text("acceptedBy"), accepted[1].Text("title"), accepted[1].Text("providerOrganizationId")));
            Assert.Equal(TimeSpan.FromHours(1), accepted[0].Time("acceptedAt") - accepted[1].Time("acceptedAt"));
        }

        var page = await market.Admin.Get("/v1/terms-acceptances?limit=1");
        Assert.Equal(first, (await market.Admin.Get($"/v1/terms-acceptances?limit=1&cursor={page.Text("nextCursor")}")).GetProperty("data")[0].Text("subscriptionId"));
        Assert.Empty((await app.ClientFor(TestCaller.Stranger()).Get("/v1/terms-acceptances")).GetProperty("data").EnumerateArray());
        await app.Anonymous().GetAsync("/v1/terms-acceptances").Expect(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task An_acceptance_is_never_changed()
    {
        var market = await Market.Open(app, Market.Free);
        await market.Publish(change: p => p with { Terms = First });
        await market.Subscribe();

        await Assert.ThrowsAnyAsync<Npgsql.PostgresException>(() => app.Database.Execute("update terms_acceptances set terms_version = 9 where organization_id = $1", market.Consumer));
        await Assert.ThrowsAnyAsync<Npgsql.PostgresException>(() => app.Database.Execute("delete from terms_acceptances where organization_id = $1", market.Consumer));
    }

    private static object Body(Market market, bool accept, int? version = null) =>
        new { planId = market.Plan.PlanId, catalogId = market.Catalog, organizationId = market.Consumer, acceptTerms = accept, termsVersion = version };
}
