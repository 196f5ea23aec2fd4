using Marketplace.Contracts.Catalog;
using Marketplace.Contracts.Invoicing;
using Marketplace.Contracts.Subscriptions;
using Marketplace.Contracts.WebhookIngest;
using Marketplace.Testing;

namespace Marketplace.Invoicing.Tests;

/// <summary>Each consumer hears its message from a real broker, and what is announced leaves over it.</summary>
public sealed class WiringTests(WiredInvoicingApp app) : IClassFixture<WiredInvoicingApp>
{
    [Fact]
    public async Task From_approval_to_cancellation_over_the_broker()
    {
        await using var heard = await PublishedMessages.Listen(app.VirtualHost, typeof(BillingIntegrationChanged), typeof(InvoiceChanged), typeof(StripeEventHandled));
        var patience = TimeSpan.FromSeconds(90);
        var seller = await Seller.Open(app);
        await heard.Next<BillingIntegrationChanged>(m => m.BillingIntegrationId == seller.Integration, patience);

        var approved = seller.Approved(Plans.Of(model: "unit", unitAmount: "1", setupFee: 1000));
        await app.Publish(approved);
        var open = await heard.Next<InvoiceChanged>(m => m.SubscriptionId == approved.SubscriptionId && m.Status == "open", patience);
        Assert.Equal(("initial", 1000L), (open.Kind, open.Total));

        await app.Stripe.Pay(open.HostedInvoiceUrl!);
        await app.Publish(new StripeEventReceived(seller.Integration, "evt_1", "invoice.paid", "invoice", await seller.StripeId(open.InvoiceId), false, app.Clock.GetUtcNow()));
        await heard.Next<InvoiceChanged>(m => m.InvoiceId == open.InvoiceId && m.Status == "paid", patience);
        await heard.Next<StripeEventHandled>(m => m is { EventId: "evt_1", Outcome: "handled" }, patience);

        await app.Publish(Seller.Closed(approved, 321));
        var period = await heard.Next<InvoiceChanged>(m => m.SubscriptionId == approved.SubscriptionId && m.Kind == "period" && m.Status == "open", patience);
        Assert.Equal(321, period.Total);

        await app.Publish(new SubscriptionPlanChanged(
            "sub_moved", approved.SubscriptionId, approved.OrganizationId, approved.OrganizationTitle, approved.Email, approved.ProviderOrganizationId, approved.CatalogId, approved.Environment,
            approved.BillingIntegrationId, approved.ProductId, approved.ProductTitle, approved.Plan, approved.PeriodStart, approved.PeriodEnd, "usd",
            [new PlanChangeLine("proration", "Weather: a part", 700, approved.PeriodStart, approved.PeriodEnd)], approved.PeriodStart));
        Assert.Equal(700, (await heard.Next<InvoiceChanged>(m => m is { SubscriptionId: "sub_moved", Kind: "change", Status: "open" }, patience)).Total);

        await app.Publish(new CatalogSettingsChanged("cat_wired", seller.Organization, "sandbox", true, 1, BillingIntegrationId: seller.Integration, Title: "Shop"));
        await Eventually.Until(async () => await app.Database.Scalar<string>("select integration_id from catalogs where id = 'cat_wired'") == seller.Integration, "the catalog is known", patience);

        var second = seller.Approved(Plans.Of(basePrice: 2500));
        await app.Publish(second);
        await heard.Next<InvoiceChanged>(m => m.SubscriptionId == second.SubscriptionId && m.Status == "open", patience);
        await app.Publish(new SubscriptionCancelled(second.SubscriptionId, second.OrganizationId, "requested", app.Clock.GetUtcNow()));
        await heard.Next<InvoiceChanged>(m => m.SubscriptionId == second.SubscriptionId && m.Status == "void", patience);
    }
}

/// <summary>Invoicing on a real broker.</summary>
public sealed class WiredInvoicingApp : InvoicingApp
{
    protected override bool OnBroker => true;
}
