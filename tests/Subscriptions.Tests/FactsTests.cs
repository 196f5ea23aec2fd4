using System.Net;
using Marketplace.Contracts.Accounts;
using Marketplace.Contracts.Catalog;
using Marketplace.Testing;

namespace Marketplace.Subscriptions.Tests;

/// <summary>What other services told: the newest version stands, whatever comes after it late or again.</summary>
public sealed class FactsTests(ServiceApp<Program> app) : IClassFixture<ServiceApp<Program>>
{
    [Fact]
    public async Task An_older_withdrawal_or_publication_changes_nothing()
    {
        var market = await Market.Open(app);
        var newest = Published(market, market.Plan, 50);
        await app.Make<KeepProduct>().Handle(newest, default);

        await app.Make<KeepProduct>().Handle(new ProductWithdrawn("pub_1", market.Catalog, market.Product, 49), default);
        await app.Make<KeepProduct>().Handle(Published(market, market.Plan with { Status = "archived" }, 48), default);
        await app.Make<KeepProduct>().Handle(newest, default);

        await market.Subscribe();
    }

    [Fact]
    public async Task A_withdrawal_heard_before_its_publication_holds()
    {
        var market = await Market.Open(app);
        await app.Make<KeepProduct>().Handle(new ProductWithdrawn("pub_1", market.Catalog, market.Product, 51), default);

        await app.Make<KeepProduct>().Handle(Published(market, market.Plan, 50), default);

        await market.Admin.Post("/v1/subscriptions", market.Request()).ExpectProblem(HttpStatusCode.Conflict, "product_not_on_offer");
    }

    [Fact]
    public async Task An_older_word_about_an_organization_changes_nothing()
    {
        var market = await Market.Open(app, Market.Free);
        var id = (await market.Subscribe()).Id();
        await app.Make<KeepOrganization>().Handle(Organization(market, enabled: false, 50), default);

        await app.Make<KeepOrganization>().Handle(Organization(market, enabled: true, 49), default);

        Assert.Equal("subscription_suspended", (await market.Entitlement(id)).Refusal);
    }

    [Fact]
    public async Task A_plan_changed_later_never_reaches_a_subscriber()
    {
        var market = await Market.Open(app);
        var id = (await market.Subscribe()).Id();

        await market.Publish(market.Plan with { Price = new("flat", 9900, null), Status = "archived" });

        Assert.Equal(2500, (await market.Read(id)).GetProperty("plan").GetProperty("price").GetProperty("base").GetInt64());
    }

    [Fact]
    public async Task An_API_that_joins_the_product_can_be_asked_for()
    {
        var market = await Market.Open(app, Market.Free);
        var id = (await market.Subscribe()).Id();
        var added = TestCaller.NewId("api");
        await market.Admin.Post("/v1/access-requests", new { subscriptionId = id, apiId = added }).ExpectProblem(HttpStatusCode.BadRequest, "api_not_in_product");

        await app.Make<KeepProduct>().Handle(Published(market, market.Plan, 50) with { Apis = [new(added, "new", "New", "http://127.0.0.1:9", [])] }, default);

        await market.Admin.Post("/v1/access-requests", new { subscriptionId = id, apiId = added }).Expect(HttpStatusCode.Created);
    }

    private static ProductPublished Published(Market market, PlanSnapshot plan, long version) => new(
        "pub_1", market.Catalog, "sandbox", market.Provider, market.Product, "p", "P", "1.0.0", "bil_1", [new(market.Api, "echo", "Echo", "http://127.0.0.1:9", [])], [plan], version);

    private static OrganizationCreated Organization(Market market, bool enabled, long version) =>
        new(market.Consumer, "consumer", "Consumer Inc", market.Catalog, "bills@consumer.example", enabled, version);
}
