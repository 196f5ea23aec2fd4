using Marketplace.Testing;

namespace Marketplace.Subscriptions.Tests;

public sealed class InvariantTests : IAsyncLifetime
{
    private const string Plan = """{"price":{"base":100}}""";

    private readonly ServiceApp<Program> app = new();

    public static TheoryData<string, string> Planted => new()
    {
        { "usage_is_carried_once", $"{Ended}; insert into usage values ('sub_1', now(), 'api_1', current_date, 'gtw_1', now() + interval '1 day', true, 10, 9)" },
        { "closed_periods_have_closures", "insert into periods values ('sub_1', now(), now() + interval '1 day', true, now())" },
        { "current_periods_are_known", $"{Active}; insert into invoices (id, subscription_id, kind, status, total, currency, covers_from, version) select 'inv_1', id, 'initial', 'open', 1, 'usd', period_start, 1 from subscriptions" },
        { "access_is_paid", $"{Active}; insert into invoices (id, subscription_id, kind, status, total, currency, version) values ('inv_1', 'sub_1', 'period', 'past_due', 1, 'usd', 1)" },
        { "current_periods_are_invoiced", Active },
        { "plan_counts_are_right", "insert into plan_counts values ('pln_1', 7, 1)" },
        { "usage_is_assigned", "insert into unassigned_usage values ('gtw_1', 1, '{}')" },
    };

    private static string Active => Subscription("Active", "null");

    private static string Ended => Subscription("Cancelled", "now()");

    public ValueTask InitializeAsync() => app.InitializeAsync();

    public ValueTask DisposeAsync() => app.DisposeAsync();

    [Theory, MemberData(nameof(Planted))]
    public Task A_row_that_contradicts_a_rule_is_found(string rule, string rows) =>
        PlantedViolations.AreFound(app.ClientFor(TestCaller.Operator()), "subscriptions", app.Database, rule, rows);

    [Fact]
    public Task Every_rule_is_proven_here() =>
        PlantedViolations.CoverEvery(app.ClientFor(TestCaller.Operator()), "subscriptions", Planted.Select(row => row.Data.Item1));

    private static string Subscription(string status, string endedAt) =>
        $"""
        insert into subscriptions (id, organization_id, provider_organization_id, catalog_id, environment, product_id, product_name, product_title, release, plan_id, plan,
            status, created_at, created_by, billed, anchor, period_start, period_end, ended_at)
        values ('sub_1', 'org_1', 'org_2', 'cat_1', 'sandbox', 'prd_1', 'p', 'P', '1.0.0', 'pln_1', '{Plan}',
            '{status}', '2000-01-01', 'usr_1', true, '2000-01-01', '2000-01-01', '2000-02-01', {endedAt})
        """;
}
