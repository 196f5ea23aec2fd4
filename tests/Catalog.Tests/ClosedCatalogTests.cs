using System.Text.Json;
using Marketplace.Contracts.Catalog;
using Marketplace.Testing;

namespace Marketplace.Catalog.Tests;

/// <summary>Catalogs that were closed before anybody was told of it.</summary>
public sealed class ClosedCatalogTests
{
    [Fact]
    public async Task Those_of_an_old_database_are_told_once_as_the_service_itself_tells_it_and_open_ones_are_not()
    {
        await using var schema = await EarlierSchema.Before("catalog", typeof(CatalogEndpoints).Assembly, "015_closed_catalogs_told.sql");
        var database = schema.Database;
        await database.Execute(
            """
            insert into billing_integrations (id, organization_id, title, account_id, livemode, billing_model, ready, deleted, version)
                values ('bil_1', 'org_1', 'Stripe', 'acct_1', true, 'invoices', true, false, 1);
            insert into catalogs (id, organization_id, title, environment, self_signup, consumer_organizations, organization_approval, payment_methods, payment_method_required,
                    billing_integration_id, version, created_at, deleted_at) values
                ('cat_open', 'org_1', 'Open', 'production', true, true, 'automatic', true, false, 'bil_1', 4, '2026-01-01Z', null),
                ('cat_closed', 'org_1', 'Closed "for good" \ ü', 'production', true, true, 'manual', false, true, 'bil_1', 7, '2026-01-01Z', '2026-02-01Z'),
                ('cat_shut', 'org_2', 'Shut', 'sandbox', false, false, 'automatic', true, false, null, 2, '2026-01-01Z', '2026-02-01Z');
            """);

        await schema.Migrate();

        var told = await database.Column<string>("select body::text from outbox where message_type = $1 order by body ->> 'catalogId'", "Marketplace.Contracts.Catalog.CatalogSettingsChanged, Marketplace.Contracts");
        CatalogSettingsChanged[] expected =
        [
            new("cat_closed", "org_1", "production", false, 8, "manual", false, null, "Closed \"for good\" \\ ü", false, true, true),
            new("cat_shut", "org_2", "sandbox", false, 3, "automatic", false, null, "Shut", true, false, true),
        ];
        Assert.Equal(expected, told.Select(body => JsonSerializer.Deserialize<CatalogSettingsChanged>(body, JsonSerializerOptions.Web)!));
        Assert.All(told, body => Assert.Equal(typeof(CatalogSettingsChanged).GetProperties().Length, JsonDocument.Parse(body).RootElement.EnumerateObject().Count()));
        Assert.Equal(2, await database.Scalar<long>("select count(*) from outbox"));
        Assert.Equal([8L, 4, 3], await database.Column<long>("select version from catalogs order by id"));

        await schema.Migrate();
        Assert.Equal(2, await database.Scalar<long>("select count(*) from outbox"));
    }
}
