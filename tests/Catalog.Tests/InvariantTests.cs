using Marketplace.Testing;

namespace Marketplace.Catalog.Tests;

public sealed class InvariantTests : IAsyncLifetime
{
    private const string Catalog = """
        insert into billing_integrations values ('bil_1', 'org_1', 'B', 'acct_1', true, 'invoices', true, false, 1);
        insert into catalogs (id, organization_id, title, environment, billing_integration_id, payment_methods, created_at)
        values ('cat_1', 'org_1', 'C', 'sandbox', 'bil_1', false, now())
        """;

    private readonly CatalogApp app = new();

    public static TheoryData<string, string> Planted => new()
    {
        { "modes_are_kept_apart", Catalog },
        {
            "paid_plans_can_be_paid",
            $"""
            {Catalog};
            insert into publications (id, catalog_id, product_id, visibility, published, version, published_at) values ('pub_1', 'cat_1', 'prd_1', 'public', true, 1, now());
            insert into plans (id, product_id, name, title, status, currency, period_unit, period_count, price_model, base, setup_fee, trial_days, approval,
                cancel_when_past_due, grace_days, payment_term_days, quotas, created_at)
            values ('pln_1', 'prd_1', 'p', 'P', 'Active', 'usd', 'month', 1, 'flat', 100, 0, 0, 'automatic', false, 3, 7, '[]', now())
            """
        },
        {
            "units_are_known",
            """
            insert into products (id, organization_id, name, title, created_at) values ('prd_2', 'org_1', 'p-2', 'P', now());
            insert into consumption_units (id, organization_id, name, title, created_at) values ('unt_1', 'org_1', 'x-known', 'U', now()), ('unt_2', 'org_2', 'x-theirs', 'U', now());
            insert into plans (id, product_id, name, title, status, currency, period_unit, period_count, price_model, base, unit_amount, price_unit, setup_fee, trial_days, approval,
                cancel_when_past_due, grace_days, payment_term_days, quotas, created_at)
            values ('pln_2', 'prd_2', 'p', 'P', 'Draft', 'usd', 'month', 1, 'unit', 0, '1', 'x-known', 0, 0, 'automatic', false, 3, 7, '[{"unit":"x-theirs"},{"unit":"transactions"}]', now())
            """
        },
        { "products_show_their_newest_release", "insert into products (id, organization_id, name, title, release, created_at) values ('prd_3', 'org_1', 'p-3', 'P', '1.0.0', now())" },
    };

    public ValueTask InitializeAsync() => app.InitializeAsync();

    public ValueTask DisposeAsync() => app.DisposeAsync();

    [Theory, MemberData(nameof(Planted))]
    public Task A_row_that_contradicts_a_rule_is_found(string rule, string rows) =>
        PlantedViolations.AreFound(app.ClientFor(TestCaller.Operator()), "catalog", app.Database, rule, rows);

    [Fact]
    public Task Every_rule_is_proven_here() =>
        PlantedViolations.CoverEvery(app.ClientFor(TestCaller.Operator()), "catalog", Planted.Select(row => row.Data.Item1));
}
