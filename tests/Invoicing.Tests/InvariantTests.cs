using Marketplace.Testing;

namespace Marketplace.Invoicing.Tests;

public sealed class InvariantTests : IAsyncLifetime
{
    private const string Integration = """
        insert into billing_integrations (id, organization_id, name, title, account_id, livemode, billing_model, publishable_key, secret_key, secret_key_hint, created_at)
        values ('bil_1', 'org_1', 'b', 'B', 'acct_1', false, 'invoices', 'pk', 'sk', 'hint', now())
        """;

    private readonly InvoicingApp app = new();

    public static TheoryData<string, string> Planted => new()
    {
        { "lines_sum_to_totals", Invoice("inv_1", "draft", 100) },
        { "periods_are_charged_once", $"{Invoice("inv_1", "open", 0)}; {Invoice("inv_2", "open", 0)}; {Base("inv_1", "2000-01-01", "2000-02-01")}; {Base("inv_2", "2000-01-31", "2000-03-01")}" },
        { "closures_are_invoiced", "insert into charged_closures values ('clo_1', 'sub_1', '2000-01-01', '{}', true, now())" },
        { "priced_units_are_on_lines", Priced("") },
        { "priced_units_are_on_lines", Priced(Usage("transactions", 2_000)) },
        { "priced_units_are_on_lines", Priced(Usage("transactions", 1_000) + Usage("x-tokens", 1, 2)) },
        { "issued_invoices_are_at_stripe", Invoice("inv_1", "open", 100) },
        { "stripe_objects_are_ours", $"{Integration}; insert into stripe_objects values ('acct_other', false, 'cus_1', 'customer', 'bil_1', 'cst_1', now())" },
        { "lanes_have_one_head", $"{Integration}; insert into stripe_jobs (id, integration_id, lane, organization_id, kind, subject_id, next_attempt_at, created_at) values ('job_1', 'bil_1', 'org_1', 'org_1', 'issue_invoice', 'inv_1', now(), now())" },
        { "no_more_is_given_back_than_was_paid", $"{Paid(4, refunded: 5)}; {Refund(5)}" },
        { "no_more_is_given_back_than_was_paid", $"{Paid(100, refunded: 4)}; {Refund(5)}" },
        { "no_more_is_given_back_than_was_paid", $"{Paid(100)}; {Credit(101)}" },
        { "no_more_is_given_back_than_was_paid", $"{Paid(60, from: -40)}; {Credit(101)}" }, // the balance paid 40 of it
        { "no_more_is_given_back_than_was_paid", $"{Paid(150, from: 50)}; {Credit(101)}" }, // 50 are of the invoice before it
        { "drafts_are_on_their_way", Invoice("inv_1", "draft", 100) },
        { "renewed_subscriptions_are_at_stripe", $"{Integration}; insert into stripe_objects values ('acct_1', false, 'sub_x', 'subscription', 'bil_1', 'sub_1', now())" },
        { "meter_events_are_sent_once", "insert into meter_usage (id, subscription_id, unit, period_start, period_end, quantity, sent_at, counted_at) values ('cnt_1', 'sub_1', 'calls', now(), now(), 1, now(), now())" },
        {
            "closed_periods_are_settled", $"""
            {Integration}; {Invoice("inv_1", "paid", 100)}; insert into subscriptions (id, organization_id) values ('sub_1', 'org_1');
            insert into customers (id, integration_id, organization_id, name, email, created_at) values ('cst_1', 'bil_1', 'org_1', 'A', 'a@example.com', now());
            insert into plan_mirrors (id, integration_id, plan_id, fingerprint, title, plan, created_at) values ('mir_1', 'bil_1', 'pln_1', 'f', 't', jsonb_build_object(), now());
            insert into stripe_subscriptions (id, integration_id, organization_id, customer_id, mirror_id, plan, created_at) values ('sub_1', 'bil_1', 'org_1', 'cst_1', 'mir_1', jsonb_build_object(), now());
            insert into settlements (invoice_id, subscription_id, period_start, period_end, units) values ('inv_1', 'sub_1', '2000-01-01', '2000-02-01', jsonb_build_object());
            insert into charged_closures values ('clo_1', 'sub_1', '2000-01-01', jsonb_build_object(), true, now())
            """
        },
        {
            "awaiting_subscriptions_can_begin", $"""
            {Integration}; insert into subscriptions (id, organization_id) values ('sub_1', 'org_1'), ('sub_2', 'org_1');
            insert into plan_mirrors (id, integration_id, plan_id, fingerprint, title, plan, status, created_at) values ('mir_1', 'bil_1', 'pln_1', 'f', 't', jsonb_build_object(), 'ready', now());
            insert into stripe_subscriptions (id, integration_id, organization_id, customer_id, mirror_id, plan, created_at, stored_method)
            values ('sub_1', 'bil_1', 'org_1', 'cst_1', 'mir_1', jsonb_build_object(), now(), true), ('sub_2', 'bil_1', 'org_1', 'cst_1', 'mir_1', jsonb_build_object(), now(), false)
            """
        },
        { "custom_invoices_are_billed", CustomInvoice("inv_1", "open", 100) },
        { "custom_integrations_are_not_at_stripe", CustomInvoice("inv_1", "draft", 100) + $"; {Integration}" },
        { "invoice_feeds_have_no_gaps", $"insert into invoice_feeds values ('org_1', 3, 1); insert into invoice_events values ('org_1', 3, 'evt_1', now(), 'x', 'status', '{{}}')" },
        {
            "defaults_can_be_charged", $"""
            {Integration}; insert into customers (id, integration_id, organization_id, name, email, created_at) values ('cst_1', 'bil_1', 'org_1', 'A', 'a@example.com', now());
            insert into payment_methods (id, customer_id, integration_id, organization_id, type, title, status, created_at) values ('pmt_1', 'cst_1', 'bil_1', 'org_1', 'card', 'V', 'removed', now());
            update customers set default_method_id = 'pmt_1'
            """
        },
    };

    public static TheoryData<string> GivenBackWhole =>
    [
        $"{Paid(100, refunded: 5)}; {Refund(5)}", $"{Paid(100)}; {Credit(100)}", $"{Paid(60, from: -40)}; {Credit(100)}", $"{Paid(150, from: 50)}; {Credit(100)}",
    ];

    public ValueTask InitializeAsync() => app.InitializeAsync();

    public ValueTask DisposeAsync() => app.DisposeAsync();

    [Theory, MemberData(nameof(Planted))]
    public Task A_row_that_contradicts_a_rule_is_found(string rule, string rows) =>
        PlantedViolations.AreFound(app.ClientFor(TestCaller.Operator()), "invoicing", app.Database, rule, rows);

    [Theory, MemberData(nameof(GivenBackWhole))]
    public Task What_was_paid_may_go_back_whole(string rows) =>
        PlantedViolations.AreFound(app.ClientFor(TestCaller.Operator()), "invoicing", app.Database, "no_more_is_given_back_than_was_paid", rows, violations: 0);

    [Fact]
    public Task Every_rule_is_proven_here() =>
        PlantedViolations.CoverEvery(app.ClientFor(TestCaller.Operator()), "invoicing", Planted.Select(row => row.Data.Item1).Distinct());

    private static string Invoice(string id, string status, long total) =>
        $"""
        insert into invoices (id, subscription_id, organization_id, provider_organization_id, integration_id, kind, period_start, status, level, description, currency, total, payment_term_days, created_at)
        values ('{id}', 'sub_1', 'org_1', 'org_2', 'bil_1', 'period', '{(id == "inv_1" ? "2000-01-01" : "2000-02-01")}', '{status}', 'pending', '', 'usd', {total}, 7, now())
        """;

    // Of 100, with what was on the balance before it, which it used up or took over.
    private static string Paid(long paid, long refunded = 0, long from = 0) =>
        $"{Invoice("inv_1", "paid", 100)}; update invoices set amount_paid = {paid}, amount_refunded = {refunded}, starting_balance = {from}, ending_balance = 0";

    private static string Refund(long amount) => $"insert into refunds values ('rfn_1', 'inv_1', null, {amount}, 'usd', 'succeeded', null, now(), 1)";

    // After payment.
    private static string Credit(long amount) =>
        $"insert into credit_notes (id, invoice_id, integration_id, kind, before_payment, after_payment, currency, origin, status, created_at) values ('crn_1', 'inv_1', 'bil_1', 'balance', 0, {amount}, 'usd', 'provider', 'issued', now())";

    // A closure of 1,000 units that are priced, with these lines.
    private static string Priced(string lines) =>
        $"""{Invoice("inv_1", "paid", 0)}; insert into charged_closures values ('clo_1', 'sub_1', '2000-01-01', '{"{"}"transactions": 1000{"}"}', true, now(), '{"{"}"transactions": 1000{"}"}'){lines}""";

    private static string Usage(string unit, long units, int position = 1) =>
        $"; insert into invoice_lines values ('inv_1', {position}, 'sub_1', 'usage', '', '{unit}', 1, 0, 0, '2000-01-01', '2000-02-01', {units})";

    private static string CustomInvoice(string id, string status, long total) => $"{Invoice(id, status, total)}; update invoices set vendor = 'custom'";

    private static string Base(string invoice, string from, string to) =>
        $"insert into invoice_lines values ('{invoice}', 1, 'sub_1', 'base', '', null, 1, 0, 0, '{from}', '{to}')";
}
