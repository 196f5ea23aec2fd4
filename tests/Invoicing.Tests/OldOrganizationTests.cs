using Marketplace.Contracts.Accounts;
using Marketplace.Storage;
using Marketplace.Testing;

namespace Marketplace.Invoicing.Tests;

/// <summary>Organizations of a database from before their catalog stood with them.</summary>
public sealed class OldOrganizationTests
{
    [Fact]
    public async Task Each_keeps_its_catalog_and_one_whose_title_was_never_heard_is_known_when_it_is_told_of_again()
    {
        await using var schema = await EarlierSchema.Before("invoicing", typeof(Invoice).Assembly, "043_catalogs_of_organizations.sql");
        var database = schema.Database;
        await database.Execute(
            """
            insert into organizations (id, kind, title, email, version) values
                ('org_1', 'consumer', 'Told', 'a@example.com', 3), ('org_2', 'consumer', 'From a subscription', 'b@example.com', 0), ('org_3', 'provider', 'Provider', 'c@example.com', 1);
            insert into organization_catalogs (organization_id, catalog_id, version) values ('org_1', 'cat_1', 3), ('org_2', 'cat_2', 2), ('org_4', 'cat_4', 1);
            """);

        await schema.Migrate();

        Assert.Equal(["org_1 cat_1", "org_2 cat_2", "org_3"], await Known(database));

        var hears = new KeepOrganization(new Database(database.Source, TimeProvider.System));
        await hears.Handle(new OrganizationCreated("org_4", "consumer", "Told of again", "cat_4", "d@example.com", true, 2), default);
        await hears.Handle(new OrganizationCreated("org_1", "consumer", "Older", "cat_9", "a@example.com", true, 2), default);
        Assert.Equal(["org_1 cat_1", "org_2 cat_2", "org_3", "org_4 cat_4"], await Known(database));
    }

    private static Task<List<string>> Known(TestDatabase database) => database.Column<string>("select concat_ws(' ', id, catalog_id) from organizations order by id");
}
