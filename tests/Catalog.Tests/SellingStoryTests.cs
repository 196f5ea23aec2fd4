using System.Net;
using System.Text.Json;
using Marketplace.Contracts.Catalog;
using Marketplace.Testing;

namespace Marketplace.Catalog.Tests;

public sealed class SellingStoryTests(CatalogApp app) : IClassFixture<CatalogApp>
{
    [Fact]
    public async Task A_provider_describes_prices_releases_and_publishes_a_product_and_the_world_hears_of_it()
    {
        var provider = app.NewProvider();
        var catalog = await provider.Catalog();
        var api = await provider.Api("Orders API");
        var product = (await provider.Owner.Post("/v1/products", new { organizationId = provider.Organization, title = "Monetized Product", apiIds = new[] { api } })
            .Expect<JsonElement>(HttpStatusCode.Created)).Id();
        var enterprise = await provider.Plan(product, Provider.Flat());
        var perCall = await provider.Plan(product, Provider.PerCall());
        var free = await provider.Plan(product, Provider.Free());
        var release = await provider.Release(product);
        Assert.Equal("1.0.0", release.Text("version"));

        await provider.Owner.Post($"/v1/catalogs/{catalog}/publications", new { productId = product, visibility = "public" })
            .ExpectProblem(HttpStatusCode.Conflict, "billing_required");

        var integration = await app.Integration(provider.Organization);
        var attached = await provider.Owner.Put($"/v1/catalogs/{catalog}/billing-integration", new { billingIntegrationId = integration }, "*").Expect<JsonElement>();
        Assert.Equal(integration, attached.GetProperty("billingIntegration").Id());
        var publication = await provider.Publish(catalog, product);

        var published = Assert.Single(await app.Announced<ProductPublished>(p => p.ProductId == product));
        Assert.Equal(publication, published.PublicationId);
        Assert.Equal((catalog, "sandbox", provider.Organization, "1.0.0", integration, 1L),
            (published.CatalogId, published.Environment, published.ProviderOrganizationId, published.Release, published.BillingIntegrationId, published.Version));
        var orders = Assert.Single(published.Apis);
        Assert.Equal((api, "orders-api", CatalogApp.AllowedUpstream), (orders.ApiId, orders.Name, orders.UpstreamUrl));
        Assert.Equal(new PublishedResource("GET", "/orders/{id}"), Assert.Single(orders.Resources));

        Assert.Equal([enterprise, perCall, free], published.Plans.Select(p => p.PlanId));
        Assert.All(published.Plans, plan => Assert.Equal("active", plan.Status));
        Assert.Equivalent(
            new
            {
                Name = "enterprise-plan", Title = "Enterprise Plan", Currency = "usd", PeriodUnit = "month", PeriodCount = 1, Price = new PriceSnapshot("flat", 2500, null),
                SetupFee = 0L, TrialDays = 0, TermPeriods = (int?)null, Approval = "automatic", CancelWhenPastDue = false, GraceDays = 3, PaymentTermDays = 1,
                RateLimit = (int?)null, RateLimitSeconds = (int?)null,
            },
            published.Plans[0]);
        var quota = Assert.Single(published.Plans[0].Quotas);
        Assert.Equivalent(new { Unit = "transactions", Limit = 1000L, Kind = "strict", Interval = "period", Overage = (string?)null }, quota);
        Assert.Equal((new PriceSnapshot("unit", 0, "1"), 1000L), (published.Plans[1].Price, published.Plans[1].SetupFee));
        Assert.Equal(new PriceSnapshot("free", 0, null), published.Plans[2].Price);

        var routes = await app.ClientForService().Get<RoutePage>("/internal/routes");
        var route = Assert.Single(routes.Routes, r => r.ProductId == product);
        Assert.Equal((published.ProductName, "orders-api", CatalogApp.AllowedUpstream), (route.ProductName, route.ApiName, route.UpstreamUrl));
    }

    [Fact]
    public async Task What_a_catalog_is_billed_by_is_told_when_it_is_attached_and_taken_off()
    {
        var provider = app.NewProvider();
        var catalog = await provider.Catalog();
        var integration = await app.Integration(provider.Organization);
        await provider.Owner.Put($"/v1/catalogs/{catalog}/billing-integration", new { billingIntegrationId = integration }, "*").Expect();
        Assert.Equal(integration, (await app.Announced<CatalogSettingsChanged>(c => c.CatalogId == catalog))[^1].BillingIntegrationId);
        await provider.Owner.Delete($"/v1/catalogs/{catalog}/billing-integration").Expect(HttpStatusCode.NoContent);
        Assert.Null((await app.Announced<CatalogSettingsChanged>(c => c.CatalogId == catalog))[^1].BillingIntegrationId);
    }

    [Fact]
    public async Task A_test_key_on_a_production_catalog_and_a_live_key_on_a_sandbox_are_refused()
    {
        var provider = app.NewProvider();
        var production = await provider.Catalog("production");
        var sandbox = await provider.Catalog();
        var test = await app.Integration(provider.Organization);
        var live = await app.Integration(provider.Organization, livemode: true);

        await provider.Owner.Put($"/v1/catalogs/{production}/billing-integration", new { billingIntegrationId = test }, "*").ExpectProblem(HttpStatusCode.Conflict, "livemode_mismatch");
        await provider.Owner.Put($"/v1/catalogs/{sandbox}/billing-integration", new { billingIntegrationId = live }, "*").ExpectProblem(HttpStatusCode.Conflict, "livemode_mismatch");
        await provider.Owner.Put($"/v1/catalogs/{production}/billing-integration", new { billingIntegrationId = live }, "*").Expect();
        await provider.Owner.Put($"/v1/catalogs/{sandbox}/billing-integration", new { billingIntegrationId = test }, "*").Expect();
    }

    [Fact]
    public async Task A_deleted_billing_integration_is_taken_off_its_catalogs_and_their_offers_go_on_without_one()
    {
        var provider = app.NewProvider();
        var integration = await app.Integration(provider.Organization);
        var catalog = await provider.Catalog("sandbox", integration);
        var product = await provider.Released(Provider.Flat());
        await provider.Publish(catalog, product);

        await app.Integration(provider.Organization, deleted: true, id: integration, version: 2);
        await app.Integration(provider.Organization, deleted: true, id: integration, version: 2);

        var offers = await app.Announced<ProductPublished>(p => p.ProductId == product);
        Assert.Equal([integration, null], offers.Select(o => o.BillingIntegrationId));
        Assert.True(offers[1].Version > offers[0].Version);
        var read = await provider.Owner.Get($"/v1/catalogs/{catalog}");
        Assert.False(read.TryGetProperty("billingIntegration", out var shown) && shown.ValueKind != JsonValueKind.Null);
        await provider.Owner.Put($"/v1/catalogs/{catalog}/billing-integration", new { billingIntegrationId = await app.Integration(provider.Organization) }, "*").Expect();
    }
}
