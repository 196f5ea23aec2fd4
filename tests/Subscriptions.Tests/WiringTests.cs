using System.Net;
using System.Text.Json;
using Marketplace.Contracts.Accounts;
using Marketplace.Contracts.Catalog;
using Marketplace.Contracts.Invoicing;
using Marketplace.Contracts.Subscriptions;
using Marketplace.Testing;

namespace Marketplace.Subscriptions.Tests;

/// <summary>Each consumer hears its message over a real broker, and what is announced leaves.</summary>
public sealed class WiringTests(WiringTests.OnBrokerApp app) : IClassFixture<WiringTests.OnBrokerApp>
{
    [Fact]
    public async Task Every_message_reaches_its_consumer()
    {
        await using var heard = await PublishedMessages.Listen(app.VirtualHost, typeof(SubscriptionApproved), typeof(AccessChanged), typeof(SubscriptionCounted), typeof(SubscriptionMigrationChanged), typeof(MigrationTaken));
        var market = await Market.Open(app);
        var id = (await market.Subscribe()).Id();
        Assert.Equal(id, (await heard.Next<SubscriptionApproved>()).SubscriptionId);
        Assert.Equal(1, (await heard.Next<SubscriptionCounted>()).Live);
        await heard.Next<AccessChanged>(c => c.SubscriptionId == id);

        await app.Publish(market.Invoice(id, "initial", "paid"));
        await Eventually.Until(async () => await market.Status(id) == "active", "InvoiceChanged was heard");

        await app.Publish(market.Report("gw_wired", 1, id, 12, app.Clock.GetUtcNow()));
        await Eventually.Until(
            async () => (await market.Admin.Get<JsonElement>($"/v1/subscriptions/{id}/usage")).GetProperty("total").GetInt64() == 12, "UsageReported was heard");

        var migration = new MigrationRequested(
            TestCaller.NewId("mig"), market.Provider, "move", "now", false, false, [new(market.Plan.PlanId, market.Plan with { PlanId = "pln_next" })], null,
            new(market.Product, "p", "P", "2", [market.Api], [new(market.Catalog, "bil_1")]), "usr_owner", app.Clock.GetUtcNow(), 1);
        await app.Publish(migration);
        await heard.Next<SubscriptionMigrationChanged>(c => c.MigrationId == migration.MigrationId && c.SubscriptionId == id && c.State == "pending");
        Assert.Equal(1, (await heard.Next<MigrationTaken>(t => t.MigrationId == migration.MigrationId)).Subscriptions);
        await app.Publish(new MigrationWithdrawn(migration.MigrationId, 2));
        await heard.Next<SubscriptionMigrationChanged>(c => c.MigrationId == migration.MigrationId && c.State == "withdrawn");

        await app.Publish(new DisputeOpened("dsp_wired", "inv_1", id, market.Consumer, 2500, "usd", "fraudulent", null, 1));
        await Eventually.Until(async () => (await market.Entitlement(id)).Refusal == "payment_disputed", "DisputeOpened was heard");
        await app.Publish(new DisputeClosed("dsp_wired", "inv_1", id, market.Consumer, "won", app.Clock.GetUtcNow(), 2));
        await Eventually.Until(async () => (await market.Entitlement(id)).Refusal is null, "DisputeClosed was heard");
        await app.Publish(new RefundIssued("rfn_wired", "inv_1", id, market.Consumer, 100, "usd", "succeeded", app.Clock.GetUtcNow(), 1));
        await Eventually.Until(() => app.Database.Scalar<long>("select count(*) from refunds where id = 'rfn_wired'"), count => count == 1, "RefundIssued was heard");

        var leaving = await Market.Open(app);
        var deleted = await leaving.SubscribeAndPay();
        await app.Publish(new CustomerDeleted("cst_wired", "bil_1", leaving.Consumer, app.Clock.GetUtcNow()));
        await Eventually.Until(async () => await leaving.Status(deleted) == "cancelled", "CustomerDeleted was heard");

        var refused = await Market.Open(app);
        var unbilled = (await refused.Subscribe()).Id();
        await app.Publish(new BillingRefused(unbilled, refused.Consumer, "bil_1", app.Clock.GetUtcNow()));
        await Eventually.Until(async () => await refused.Status(unbilled) == "cancelled", "BillingRefused was heard");

        await app.Publish(new OrganizationCreated(market.Consumer, "consumer", "Renamed", market.Catalog, "b@c.example", false, 100));
        await Eventually.Until(async () => (await market.Entitlement(id)).Refusal == "subscription_suspended", "OrganizationCreated was heard");

        await app.Publish(new OrganizationDeleted(market.Consumer, app.Clock.GetUtcNow(), 101));
        await Eventually.Until(async () => await market.Status(id) == "cancelled", "OrganizationDeleted was heard");

        await app.Publish(new ProductWithdrawn("pub_1", market.Catalog, market.Product, 100));
        await Eventually.Until(
            () => app.Database.Scalar<bool>("select withdrawn from published_products where product_id = $1", market.Product), withdrawn => withdrawn, "ProductWithdrawn was heard");

        await app.Publish(new ProductPublished("pub_1", market.Catalog, "sandbox", market.Provider, market.Product, "p", "P", "2", "bil_1", [], [market.Plan], 101));
        await Eventually.Until(
            () => app.Database.Scalar<bool>("select withdrawn from published_products where product_id = $1", market.Product), withdrawn => !withdrawn, "ProductPublished was heard");
    }

    public sealed class OnBrokerApp : ServiceApp<Program>
    {
        protected override bool OnBroker => true;
    }
}
