using System.Net;
using System.Text.Json;
using Marketplace.Storage;
using Marketplace.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Marketplace.Invoicing.Tests;

/// <summary>Differences under repair: none of them is forgotten, and none holds up anything else.</summary>
public sealed class DriftRepairTests(InvoicingApp app) : IClassFixture<InvoicingApp>
{
    private static readonly Dictionary<string, string> Billing = new() { ["customer"] = "write", ["invoice"] = "write" };
    private static readonly Dictionary<string, string> CustomersOnly = new() { ["customer"] = "write" };

    [Fact]
    public async Task A_difference_under_repair_that_the_key_may_not_look_at_is_open_again_with_the_reason()
    {
        var seller = await Seller.Open(app);
        var run = await Differing(seller);
        await app.Stripe.Permit(seller.Key, CustomersOnly);
        await seller.Owner.Post($"{Path(run)}/repair").Expect<JsonElement>(HttpStatusCode.Accepted);

        var drift = await Eventually.Until(() => Drift(seller, run), d => Text(d, "state") == "open", "it waits for a person again");
        Assert.StartsWith("permission_missing", Text(drift, "detail"), StringComparison.Ordinal);
        await seller.Owner.Post($"{Path(run)}/drifts/{Text(drift, "id")}/repair").ExpectProblem(HttpStatusCode.Conflict, "drift_not_repairable");
        await app.Stripe.Permit(seller.Key, Billing);
    }

    [Fact]
    public async Task An_open_difference_that_the_key_may_not_look_at_stays_as_it_is_and_stops_neither_the_run_nor_the_queue()
    {
        var seller = await Seller.Open(app);
        var found = await Differing(seller);
        await app.Stripe.Permit(seller.Key, CustomersOnly);

        var run = await Reconcile(seller);

        Assert.Equal("finished", Text(run, "state"));
        Assert.Equal("idle", (await seller.Queue()).GetProperty("status").GetString());
        Assert.Equal(("open", Text(await Drift(seller, found), "id")), await Drift(seller, run) is var drift ? (Text(drift, "state"), Text(drift, "id")) : default);
        await app.Stripe.Permit(seller.Key, Billing);
        await app.Database.Execute("update invoices set total = 2500 where integration_id = $1", seller.Integration);
        await Reconcile(seller);
        Assert.Equal("repaired", Text(await Drift(seller, found), "state"));
    }

    [Fact]
    public async Task A_period_is_settled_at_once_once_for_each_click_and_is_open_again_where_its_settlement_is_stuck()
    {
        var shop = await Shop.Subscribed(app, Plans.Priced(new("unit", 500, "1.5")));
        await shop.Use(300);
        await app.Database.Execute("update meter_usage set quantity = 310 where subscription_id = $1", shop.Subscription);
        await app.Advance(TimeSpan.FromHours(1));
        var run = await Reconcile(shop.Seller);
        Assert.Equal("meter_total", Text(await Drift(shop.Seller, run), "kind"));
        await shop.EndPeriod(310);
        await shop.Retrying();
        await app.Stripe.Fail(new { account = shop.Seller.Account, method = "POST", path = "/v1/invoices/*/finalize", kind = "status", status = 400, times = 1 });

        await shop.Seller.Owner.Post($"{Path(run)}/repair").Expect<JsonElement>(HttpStatusCode.Accepted);
        await Eventually.Until(shop.Seller.Jobs, jobs => jobs.Exists(job => Text(job, "status") == "failed"), "the settlement is stuck", TimeSpan.FromSeconds(30));
        await app.Database.Execute("update reconciliation_drifts set look_at = now() where state = 'repairing' and integration_id = $1", shop.Seller.Integration);
        await app.Services.GetRequiredService<RepairDrifts>().Run(default);
        // Unless the timer has it under way.
        var drift = await Eventually.Until(() => Drift(shop.Seller, run), d => Text(d, "state") == "open", "it waits for a person again");
        Assert.Equal("failed", Text(Assert.Single(await shop.Seller.Jobs(), job => Text(job, "kind") == "settle_period"), "status"));

        Assert.Equal("repairing", Text(await shop.Seller.Owner.Post($"{Path(run)}/drifts/{Text(drift, "id")}/repair").Expect<JsonElement>(), "state"));
        var paid = await shop.Seller.Until(await shop.Seller.InvoiceOf(shop.Subscription, "period"), "paid");
        Assert.Equal(500 + 465, paid.GetProperty("total").GetProperty("amount").GetInt64());
    }

    [Theory]
    [InlineData("update billing_integrations set queue_status = 'paused' where id = $1")]
    [InlineData(BehindStuckHead)]
    public async Task A_difference_whose_job_waits_where_nothing_moves_is_open_again_and_under_repair_once_it_moves(string stop)
    {
        var shop = await Shop.Subscribed(app, Plans.Priced(new("unit", 500, "1.5")));
        await shop.Use(300);
        await app.Database.Execute("update meter_usage set quantity = 310 where subscription_id = $1", shop.Subscription);
        await app.Advance(TimeSpan.FromHours(1));
        var run = await Reconcile(shop.Seller);
        await shop.EndPeriod(310);
        await shop.Retrying();
        await app.Database.Execute(stop, shop.Seller.Integration);
        Assert.Equal("waiting", await app.Database.Scalar<string>("select status from stripe_jobs where integration_id = $1 and kind = 'settle_period'", shop.Seller.Integration));

        Assert.Equal("open", await AfterLook(shop.Seller, run));

        await app.Database.Execute("update billing_integrations set queue_status = 'running' where id = $1", shop.Seller.Integration);
        await app.Database.Execute("update stripe_jobs set status = 'waiting' where integration_id = $1", shop.Seller.Integration);
        Assert.Equal("repairing", await AfterLook(shop.Seller, run));
    }

    [Fact]
    public async Task A_plan_whose_job_waits_where_nothing_moves_is_refused_with_that_reason()
    {
        var shop = await Shop.Subscribed(app, Plans.Of(basePrice: 2500));
        await app.Database.Execute("update billing_integrations set queue_status = 'paused' where id = $1", shop.Seller.Integration);
        await shop.Client.V1.Prices.UpdateAsync((await shop.Client.V1.Prices.ListAsync()).Data.Single(price => price.Recurring is not null).Id, new() { Active = false });
        var run = await Reconcile(shop.Seller);
        var drift = await Drift(shop.Seller, run);
        var repair = $"{Path(run)}/drifts/{Text(drift, "id")}/repair";

        Assert.Equal("plan_changed", Text(drift, "kind"));
        Assert.Contains("stands still", (await shop.Seller.Owner.Post(repair).ExpectProblem(HttpStatusCode.Conflict, "drift_not_repairable")).Detail, StringComparison.Ordinal);

        await app.Services.GetRequiredService<JobQueue>().Resume(shop.Seller.Integration, onlyAccountWide: false, default);
        await shop.Idle();
        Assert.Equal("repaired", Text(await shop.Seller.Owner.Post(repair).Expect<JsonElement>(), "state"));
    }

    [Fact]
    public async Task An_invoice_or_an_end_whose_job_waits_where_nothing_moves_is_open_again()
    {
        var shop = await Shop.Subscribed(app, Plans.Of(basePrice: 2500));
        await app.Database.Execute("update billing_integrations set queue_status = 'paused' where id = $1", shop.Seller.Integration);
        await shop.Cancelled("requested", app.Clock.GetUtcNow());
        await shop.Seller.Owner.Delete($"/v1/billing-integrations/{shop.Seller.Integration}/jobs?confirm=clear").Expect();
        var ended = await Reconcile(shop.Seller);
        Assert.Equal(("subscription_status", "open"), await Clicked(shop.Seller, ended));

        var seller = await Seller.Open(app);
        await app.Database.Execute("update billing_integrations set queue_status = 'paused' where id = $1", seller.Integration);
        await seller.Charge(seller.Approved(Plans.Of(basePrice: 2500)));
        await app.Database.Execute("delete from stripe_jobs where integration_id = $1", seller.Integration);
        var lost = await Reconcile(seller);
        Assert.Equal(("invoice_not_issued", "open"), await Clicked(seller, lost));
    }

    // In front of what retries, a job that failed.
    private const string BehindStuckHead =
        """
        with behind as (update stripe_jobs set head = false where integration_id = $1 and head and kind = 'settle_period' returning *)
        insert into stripe_jobs (id, integration_id, lane, organization_id, kind, subject_id, status, next_attempt_at, created_at, head)
        select id || '_before', integration_id, lane, organization_id, 'take_off_discount', 'cst_before', 'failed', next_attempt_at, created_at, true from behind
        """;

    // The click has put the job into the queue, and another look finds it standing there.
    private async Task<(string?, string?)> Clicked(Seller seller, JsonElement run)
    {
        var clicked = await seller.Owner.Post($"{Path(run)}/drifts/{Text(await Drift(seller, run), "id")}/repair").Expect<JsonElement>();
        Assert.Equal("repairing", Text(clicked, "state"));
        return (Text(clicked, "kind"), await AfterLook(seller, run));
    }

    // As the timer looks at what is under repair.
    private async Task<string> AfterLook(Seller seller, JsonElement run)
    {
        var database = app.Services.GetRequiredService<Database>();
        var drift = (await database.QueryOne<Drift>($"select {Invoicing.Drift.Columns} from reconciliation_drifts where id = @Id", new { Id = Text(await Drift(seller, run), "id") }, default))!;
        var step = app.Services.GetServices<IReconciliationStep>().Single(step => step.Name == drift.Step);
        return (await step.Look(drift, (await BillingIntegration.Find(database, seller.Integration, default))!, byHand: false, default)).State;
    }

    // An invoice over another amount than Stripe's, and the run that found it.
    private async Task<JsonElement> Differing(Seller seller)
    {
        var id = await seller.Charge(seller.Approved(Plans.Of(basePrice: 2500, paymentTermDays: 90)));
        await seller.Until(id, "open");
        await app.Database.Execute("update invoices set total = 2400, look_at = 'infinity' where id = $1", id);
        var run = await Reconcile(seller);
        Assert.Equal(("invoice_amount", "open"), await Drift(seller, run) is var drift ? (Text(drift, "kind"), Text(drift, "state")) : default);
        return run;
    }

    private static async Task<JsonElement> Reconcile(Seller seller)
    {
        var run = await seller.Owner.Post("/v1/reconciliation", new { billingIntegrationId = seller.Integration }).Expect<JsonElement>(HttpStatusCode.Accepted);
        return await Eventually.Until(() => seller.Owner.Get(Path(run)), r => Text(r, "state") != "running", "the run has ended", TimeSpan.FromSeconds(60));
    }

    private static async Task<JsonElement> Drift(Seller seller, JsonElement run) =>
        Assert.Single((await seller.Owner.Get($"{Path(run)}/drifts")).GetProperty("data").EnumerateArray());

    private static string Path(JsonElement run) => $"/v1/reconciliation/{Text(run, "id")}";

    private static string? Text(JsonElement from, string name) => from.GetProperty(name).GetString();
}
