using Marketplace.Testing;

namespace Marketplace.Accounts.Tests;

public sealed class InvariantTests(AccountsApp app) : IClassFixture<AccountsApp>
{
    [Fact]
    public Task An_organization_that_nobody_administers_is_found() => PlantedViolations.AreFound(
        app.ClientFor(TestCaller.Operator()), "accounts", app.Database, "organizations_have_administrators",
        """
        insert into organizations (id, kind, title, email, created_at) values ('org_1', 'provider', 'x', 'x@example.com', now());
        insert into memberships values ('org_1', 'usr_1', array['viewer'], now())
        """);

    [Fact]
    public Task A_consumer_without_a_default_team_is_found() => PlantedViolations.AreFound(
        app.ClientFor(TestCaller.Operator()), "accounts", app.Database, "consumers_have_a_default_team",
        "insert into organizations (id, kind, catalog_id, title, email, created_at) values ('org_2', 'consumer', 'cat_1', 'x', 'x@example.com', now())");

    [Fact]
    public Task Every_rule_is_proven_here() => PlantedViolations.CoverEvery(app.ClientFor(TestCaller.Operator()), "accounts", ["organizations_have_administrators", "consumers_have_a_default_team"]);
}
