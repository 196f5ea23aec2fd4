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
        { "access_is_paid", $"{Active}; {Invoice("period", "past_due")}" },
        { "access_is_paid", $"{Active}; update subscriptions set plan = jsonb_set(plan, array['price', 'base'], to_jsonb(0))" },
        { "access_is_paid", $"{Active}; update subscriptions set plan = jsonb_set(plan, array['price', 'base'], to_jsonb(0)), trial_until = period_start" },
        { "access_is_paid", $"{Active}; {Invoice("initial", "open")}" },
        { "access_is_paid", $"{Active}; {Invoice("initial", "past_due")}" },
        { "access_is_paid", $"{Active}; {Invoice("initial", "incomplete")}" },
        { "access_is_paid", $"{Of("PastDue")}; {Invoice("period", "paid")}" },
        { "access_is_paid", $"{Of("Cancelling")}; {Invoice("change", "incomplete")}" },
        { "access_is_paid", $"{Active}; {Replaced}; {Invoice("final", "past_due", "sub_0")}" },
        { "access_is_paid", $"{Active}; {Replaced}; insert into disputes values ('dsp_1', 'sub_0', 'inv_1', null, 1)" },
        { "access_is_paid", $"{Active}; {Followed}; {Invoice("final", "past_due", "sub_0")}" },
        { "access_is_paid", $"{Active}; {Followed}; insert into disputes values ('dsp_1', 'sub_0', 'inv_1', null, 1)" },
        { "access_is_paid", $"{Of("PastDue")}; {Invoice("period", "past_due")}; update subscriptions set grace_until = now() - interval '1 day'" },
        { "access_is_paid", $"{Of("AwaitingPayment")}; {Invoice("initial", "paid")}" },
        { "access_is_paid", $"{Of("AwaitingPayment")}; {Invoice("initial", "past_due")}; update subscriptions set grace_until = now() - interval '1 day'" },
        { "current_periods_are_invoiced", Active },
        { "current_periods_are_invoiced", $"{Active}; {Invoice("period", "void")}" },
        { "current_periods_are_invoiced", $"{Active}; {Invoice("period", "paid")}; update invoices set covers_from = covers_from - interval '1 month'" },
        { "current_periods_are_invoiced", $"{Active}; {Invoice("initial", "paid")}; update subscriptions set period_index = 1, period_start = period_start + interval '1 day'" },
        { "current_periods_are_invoiced", $"{Active}; {Invoice("period", "open")}; update invoices set due_at = now() - interval '1 day'" },
        { "current_periods_are_invoiced", $"{Active}; {Invoice("period", "open")}; update invoices set due_at = now() - interval '16 days', problem = jsonb_build_object('type', 'processing')" },
        { "current_periods_are_invoiced", $"{Active}; {Invoice("period", "incomplete")}" },
        { "current_periods_are_invoiced", $"{Active}; {Invoice("period", "draft")}; update subscriptions set period_start = period_start - interval '1 day'; update invoices set covers_from = covers_from - interval '1 day'" },
        { "current_periods_are_invoiced", $"{Active}; {Invoice("period", "paid")}; update subscriptions set period_end = now() - interval '1 day'" },
        { "plan_counts_are_right", "insert into plan_counts values ('pln_1', 7, 1)" },
        { "usage_is_assigned", "insert into unassigned_usage values ('gtw_1', 1, '{}')" },
    };

    public static TheoryData<string> Right =>
    [
        $"{Renewed}; {Invoice("period", "paid")}", $"{Renewed}; {Invoice("change", "open")}; update invoices set due_at = now() + interval '1 day'", $"{Renewed}; {Invoice("period", "draft")}",
        $"{Of("PastDue")}; {First}; {Invoice("period", "past_due")}; update subscriptions set grace_until = now() + interval '1 day'",
        $"{Renewed}; {Invoice("period", "open")}; update invoices set due_at = now() - interval '2 days', problem = jsonb_build_object('type', 'processing')",
        $"{Renewed}; update subscriptions set period_start = now() - interval '1 hour'",
        $"{Active}; {Invoice("initial", "paid")}; update invoices set covers_from = covers_from - interval '2 months'",
        $"{Active}; {Replaced}; {Invoice("period", "paid")}; insert into disputes values ('dsp_1', 'sub_0', 'inv_1', 'won', 1)",
        $"{Of("PastDue")}; {First}; {Followed}; {Invoice("final", "past_due", "sub_0")}; update subscriptions set grace_until = now() + interval '1 day', period_start = now() - interval '1 hour'",
        $"{Active}; {First}; {Followed}; update subscriptions set plan = jsonb_set(plan, array['price'], jsonb_build_object('model', 'free')); {Invoice("final", "past_due", "sub_0")}",
    ];

    // Its first invoice is paid, and charged another period than the present one.
    private static string Renewed => $"{Active}; {First}; update subscriptions set period_index = 1";

    private const string First = "insert into invoices (id, subscription_id, kind, status, total, currency, version) values ('inv_0', 'sub_1', 'initial', 'paid', 1, 'usd', 1)";

    private static string Active => Of("Active");

    private static string Ended => Of("Cancelled", "now()");

    // In whose place the first one came.
    private static string Replaced => $"{Of("Migrated", "now()").Replace("'sub_1'", "'sub_0'", StringComparison.Ordinal)}; update subscriptions set migrated_from = 'sub_0' where id = 'sub_1'";

    // After which the first one was taken, to a plan that costs money.
    private static string Followed =>
        $"{Of("Cancelled", "now()").Replace("'sub_1'", "'sub_0'", StringComparison.Ordinal)}; update subscriptions set follows = 'sub_0', plan = jsonb_set(plan, array['price', 'model'], to_jsonb('flat'::text)) where id = 'sub_1'";

    private static string Invoice(string kind, string status, string subscription = "sub_1") =>
        $"insert into invoices (id, subscription_id, kind, status, total, currency, covers_from, version) select 'inv_1', '{subscription}', '{kind}', '{status}', 1, 'usd', period_start, 1 from subscriptions where id = 'sub_1'";

    // The rows are planted by the database's time, and the rules look at the service's.
    public async ValueTask InitializeAsync()
    {
        app.Clock.MoveTo(TimeProvider.System.GetUtcNow());
        await app.InitializeAsync();
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    [Theory, MemberData(nameof(Planted))]
    public Task A_row_that_contradicts_a_rule_is_found(string rule, string rows) =>
        PlantedViolations.AreFound(app.ClientFor(TestCaller.Operator()), "subscriptions", app.Database, rule, rows);

    [Theory, MemberData(nameof(Right))]
    public async Task What_is_paid_not_due_or_in_grace_contradicts_nothing(string rows)
    {
        await PlantedViolations.AreFound(app.ClientFor(TestCaller.Operator()), "subscriptions", app.Database, "access_is_paid", rows, violations: 0);
        await PlantedViolations.AreFound(app.ClientFor(TestCaller.Operator()), "subscriptions", app.Database, "current_periods_are_invoiced", "select 1", violations: 0);
    }

    [Fact]
    public async Task Whoever_has_access_without_its_first_invoice_is_found_among_all_who_need_none()
    {
        string[] without = [await Paid(await Market.Open(app)), await Paid(await Market.Open(app, plan => Market.PayPerUse(plan) with { SetupFee = 0 }))];
        var changing = await Market.OpenTwo(app);
        await changing.Market.Admin.Post($"/v1/subscriptions/{await Paid(changing.Market)}/change-plan", new { planId = changing.To.PlanId, when = "now" }).Expect();
        // Nobody has paid for these yet.
        await (await Market.Open(app)).Subscribe();
        await (await Market.Open(app, Market.Free)).Subscribe();
        await (await Trial()).Subscribe();
        var trial = await Trial();
        await trial.Admin.Post($"/v1/subscriptions/{(await trial.Subscribe()).Id()}/cancel", new { when = "period_end" }).Expect();
        Assert.Equal(0, await Contradictions());
        Assert.Equal(["Active", "Active", "Active", "Active", "AwaitingPayment", "Cancelling", "Migrated", "Trialing"], await app.Database.Column<string>("select status from subscriptions order by status"));

        await app.Database.Execute("delete from invoices where subscription_id <> all($1)", (object)without);
        Assert.Equal(0, await Contradictions());
        foreach (var (lost, found) in without.Zip([1, 2]))
        {
            await app.Database.Execute("delete from invoices where subscription_id = $1", lost);
            Assert.Equal(found, await Contradictions());
        }

        Task<Market> Trial() => Market.Open(app, plan => plan with { TrialDays = 7 });

        static Task<string> Paid(Market market) => market.SubscribeAndPay();

        Task<long> Contradictions() => PlantedViolations.Violations(app.ClientFor(TestCaller.Operator()), "subscriptions", "access_is_paid");
    }

    [Fact]
    public Task Every_rule_is_proven_here() =>
        PlantedViolations.CoverEvery(app.ClientFor(TestCaller.Operator()), "subscriptions", Planted.Select(row => row.Data.Item1).Distinct());

    private static string Of(string status, string endedAt = "null") =>
        $"""
        insert into subscriptions (id, organization_id, provider_organization_id, catalog_id, environment, product_id, product_name, product_title, release, plan_id, plan,
            status, created_at, created_by, billed, anchor, period_start, period_end, ended_at)
        values ('sub_1', 'org_1', 'org_2', 'cat_1', 'sandbox', 'prd_1', 'p', 'P', '1.0.0', 'pln_1', '{Plan}',
            '{status}', '2000-01-01', 'usr_1', true, '2000-01-01', now() - interval '3 days', now() + interval '27 days', {endedAt})
        """;
}
