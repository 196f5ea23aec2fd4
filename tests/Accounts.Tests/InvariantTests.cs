using Marketplace.Testing;

namespace Marketplace.Accounts.Tests;

public sealed class InvariantTests(AccountsApp app) : IClassFixture<AccountsApp>
{
    [Fact]
    public Task An_organization_is_found_that_nobody_administers_or_nobody_who_may_sign_in() => PlantedViolations.AreFound(
        app.ClientFor(TestCaller.Operator()), "accounts", app.Database, "organizations_have_administrators",
        """
        insert into users (id, email, email_key, password_hash, created_at, disabled_at) values ('usr_1', 'a@x', 'a@x', 'x', now(), null), ('usr_2', 'b@x', 'b@x', 'x', now(), now());
        insert into organizations (id, kind, title, email, created_at, enabled) values
            ('org_1', 'provider', 'x', 'x@example.com', now(), true), ('org_2', 'provider', 'x', 'x@example.com', now(), true), ('org_3', 'provider', 'x', 'x@example.com', now(), false);
        insert into memberships values ('org_1', 'usr_1', array['viewer'], now()), ('org_2', 'usr_2', array['owner'], now()), ('org_3', 'usr_2', array['owner'], now())
        """, violations: 2);

    [Fact]
    public Task A_consumer_without_a_default_team_is_found() => PlantedViolations.AreFound(
        app.ClientFor(TestCaller.Operator()), "accounts", app.Database, "consumers_have_a_default_team",
        "insert into organizations (id, kind, catalog_id, title, email, created_at) values ('org_4', 'consumer', 'cat_1', 'x', 'x@example.com', now())");

    [Fact]
    public Task Every_rule_is_proven_here() => PlantedViolations.CoverEvery(app.ClientFor(TestCaller.Operator()), "accounts", ["organizations_have_administrators", "consumers_have_a_default_team"]);
}
