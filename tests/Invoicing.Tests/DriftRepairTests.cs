using System.Net;
using System.Text.Json;
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
