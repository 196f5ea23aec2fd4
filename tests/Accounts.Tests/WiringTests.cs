using Marketplace.Contracts.Accounts;
using Marketplace.Contracts.Catalog;
using Marketplace.Contracts.Invoicing;
using Marketplace.Testing;

namespace Marketplace.Accounts.Tests;

public sealed class AccountsOnBroker : AccountsApp
{
    protected override bool OnBroker => true;
}

public sealed class WiringTests(AccountsOnBroker app) : IClassFixture<AccountsOnBroker>
{
    [Fact]
    public async Task Catalog_settings_are_heard_and_organizations_told_over_the_broker()
    {
        await using var told = await PublishedMessages.Listen(app.VirtualHost, typeof(OrganizationCreated));
        await app.Publish(new CatalogSettingsChanged("cat_wired", "org_1", "sandbox", true, 1));
        await Eventually.Until(() => app.Database.Scalar<bool>("select exists (select 1 from catalogs where id = 'cat_wired')"), "the settings are kept");

        await app.Publish(new BillingIntegrationChanged("bil_wired", "org_1", "Stripe", "acct_1", false, "invoices", [], true, false, 1));
        await Eventually.Until(() => app.Database.Scalar<bool>("select exists (select 1 from billing_integrations where id = 'bil_wired')"), "the integration is known");

        var id = await (await app.SignUp()).CreateProvider();
        await told.Next<OrganizationCreated>(o => o.OrganizationId == id);
    }
}
