using System.Net;
using System.Text.Json;
using Marketplace.Contracts.Accounts;
using Marketplace.Contracts.Catalog;
using Marketplace.Contracts.Invoicing;
using Marketplace.Contracts.Subscriptions;
using Marketplace.Testing;

namespace Marketplace.Catalog.Tests;

/// <summary>Catalog on a real broker.</summary>
public sealed class ConnectedCatalogApp : CatalogApp
{
    protected override bool OnBroker => true;
}

public sealed class WiringTests(ConnectedCatalogApp app) : IClassFixture<ConnectedCatalogApp>
{
    [Fact]
    public async Task Billing_integrations_and_subscription_counts_are_heard_from_the_broker()
    {
        var provider = app.NewProvider();
        var catalog = await provider.Catalog();
        var integration = TestCaller.NewId("bil");
        var changed = new BillingIntegrationChanged(integration, provider.Organization, "Stripe", "acct_1", false, "invoices", [], true, false, 1);
        await app.Publish(changed);
        await app.Publish(changed);
        Assert.Contains("catalog-keep-billing-integration", await app.VirtualHost.BoundQueues());
        await provider.Owner.Put($"/v1/catalogs/{catalog}/billing-integration", new { billingIntegrationId = integration }, "*").Expect(HttpStatusCode.OK);

        var product = await provider.Released(Provider.Flat());
        var plan = (await provider.Owner.Get($"/v1/products/{product}")).GetProperty("plans")[0].Id();
        await app.Publish(new SubscriptionCounted(plan, 7, 1));
        await Eventually.Until(async () => (await provider.Owner.Get($"/v1/products/{product}/plans/{plan}")).GetProperty("subscriptions").GetInt64(), live => live == 7, "the count is heard");
    }

    [Fact]
    public async Task How_a_migration_stands_is_heard_from_the_broker()
    {
        await using var heard = await PublishedMessages.Listen(app.VirtualHost, typeof(MigrationRequested), typeof(MigrationWithdrawn));
        var provider = app.NewProvider();
        var product = await provider.Released(Provider.Flat("Old"), Provider.Flat("New"));
        await provider.Publish(await provider.SellingCatalog(), product);
        var plans = (await provider.Owner.Get($"/v1/products/{product}")).GetProperty("plans").EnumerateArray().Select(p => p.Id()).ToList();
        var made = await provider.Owner.Post($"/v1/products/{product}/plans/{plans[0]}/migrate", new { targetPlanId = plans[1], when = "draft" }).Expect<JsonElement>(HttpStatusCode.Created);
        var told = await heard.Next<MigrationRequested>(m => m.MigrationId == made.Id());

        await app.Publish(new SubscriptionMigrationChanged(made.Id(), "sub_1", "org_1", plans[0], plans[1], "pending", null, null, 2500, 2500, "usd", null, 1));
        await app.Publish(new MigrationTaken(made.Id(), 1, told.Version));
        await Eventually.Until(async () => (await provider.Owner.Get($"/v1/migrations/{made.Id()}")).GetProperty("progress").ToString(), p => p.Contains("\"subscriptions\":1", StringComparison.Ordinal) && p.Contains("\"pending\":1", StringComparison.Ordinal), "the progress is heard");

        await provider.Owner.Post($"/v1/migrations/{made.Id()}/cancel").Expect();
        await heard.Next<MigrationWithdrawn>(m => m.MigrationId == made.Id());
    }

    [Fact]
    public async Task Consumer_organizations_are_heard_from_the_broker()
    {
        var (organization, catalog) = (TestCaller.NewId("org"), TestCaller.NewId("cat"));
        await app.Publish(new OrganizationCreated(organization, "consumer", "Consumer Inc", catalog, "bills@consumer.example", true, 1));
        await Eventually.Until(async () => await app.Database.Scalar<long>("select count(*) from consumer_organizations where id = $1", organization) == 1, "the organization is heard");
    }

    [Fact]
    public async Task What_is_published_leaves_by_the_broker()
    {
        await using var heard = await PublishedMessages.Listen(app.VirtualHost, typeof(ProductPublished));
        var provider = app.NewProvider();
        var product = await provider.Released(Provider.Free());
        await provider.Publish(await provider.Catalog(), product);
        var published = await heard.Next<ProductPublished>(p => p.ProductId == product);
        Assert.Equal("free", Assert.Single(published.Plans).Price.Model);
    }
}
