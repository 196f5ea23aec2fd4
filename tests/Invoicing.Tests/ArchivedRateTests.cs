using System.Net;
using System.Text.Json;
using Marketplace.Contracts.Catalog;
using Marketplace.Testing;
using Microsoft.Extensions.DependencyInjection;
using Stripe;

namespace Marketplace.Invoicing.Tests;

/// <summary>Tax rates of the setting that their provider archives at Stripe: told, and what waits for them goes on by itself.</summary>
public sealed class ArchivedRateTests(InvoicingApp app) : IClassFixture<InvoicingApp>
{
    private static readonly PlanSnapshot Flat = Plans.Of(basePrice: 2500);

    [Theory]
    [InlineData("used again and heard of", 475)]
    [InlineData("used again and compared", 475)]
    [InlineData("others are set", 175)]
    [InlineData("used again and set again", 475)]
    public async Task An_invoice_that_is_to_bear_it_stops_with_its_own_code_and_goes_on_by_itself(string once, long tax)
    {
        var seller = await Seller.Open(app, mayAll: true);
        var rate = (await seller.SetTaxes("19")).Single();
        await Use(seller, rate, false);
        var approved = seller.Approved(Flat);
        var id = await seller.Charge(approved);
        var stuck = await Eventually.Until(() => seller.Invoice(id), i => Text(i, "level") == "error", "the invoice waits for the rate");
        Assert.Contains(rate, Text(stuck.GetProperty("reasons")[0], "detail"), StringComparison.Ordinal);
        Assert.Equal("tax_rate_archived", Text(await Stopped(seller), "code"));
        await Told(seller, rate);

        switch (once)
        {
            case "used again and heard of":
                await Use(seller, rate, true);
                await seller.Hear(rate, "tax_rate.updated", objectType: "tax_rate");
                break;
            case "used again and compared":
                await Use(seller, rate, true);
                await RenewedReconciliationTests.Reconcile(await Shop.Open(app, seller, approved));
                break;
            case "used again and set again":
                await Use(seller, rate, true);
                await seller.AskForTaxes("rates", rate).Expect();
                break;
            default:
                await seller.SetTaxes("7");
                break;
        }

        Assert.Equal((2500, tax, 0, 2500 + tax), Taxed.Sums(await seller.Until(id, "open")));
        Assert.Equal("repaired", Text((await Changes(seller)).Single(), "state"));
        Assert.Equal(JsonValueKind.Null, (await Tax(seller)).GetProperty("detail").ValueKind);
    }

    [Fact]
    public async Task It_is_told_by_its_event_before_anything_waits_for_it_and_rates_of_no_setting_are_not()
    {
        var seller = await Seller.Open(app, mayAll: true);
        var rate = (await seller.SetTaxes("19")).Single();
        var other = await seller.TaxRate("7");
        foreach (var id in (string[])[rate, other])
        {
            await Use(seller, id, false);
            await seller.Hear(id, "tax_rate.updated", objectType: "tax_rate");
        }

        await Told(seller, rate);
        await Use(seller, rate, true);
        await seller.Hear(rate, "tax_rate.updated", objectType: "tax_rate");
        Assert.Equal("repaired", Text((await Changes(seller)).Single(), "state"));
    }

    [Fact]
    public async Task It_is_found_by_a_comparison_and_its_drift_lasts_until_it_is_used_again()
    {
        var seller = await Seller.Open(app, mayAll: true);
        var shop = await Shop.Open(app, seller, seller.Approved(Flat));
        await shop.Idle();
        var rate = (await seller.SetTaxes("19")).Single();
        await Use(seller, rate, false);
        var run = await RenewedReconciliationTests.Reconcile(shop);
        var drift = Assert.Single(await RenewedReconciliationTests.Drifts(shop, run));
        Assert.Equal(("tax_rate_archived", rate, "open"), (Text(drift, "kind"), Text(drift, "stripeId"), Text(drift, "state")));
        await Told(seller, rate);
        await seller.Owner.Post($"/v1/reconciliation/{Text(run, "id")}/drifts/{Text(drift, "id")}/repair").ExpectProblem(HttpStatusCode.Conflict, "drift_not_repairable");

        await app.Stripe.Fail(new { account = seller.Account, method = "GET", path = "/v1/tax_rates/*", kind = "status", status = 403, times = 2 });
        var unread = (await RenewedReconciliationTests.Reconcile(shop)).GetProperty("steps").EnumerateArray().Single(step => Text(step, "name") == "tax_rates");
        Assert.Equal("skipped", Text(unread, "state"));
        Assert.StartsWith("permission_missing", Text(unread, "note"), StringComparison.Ordinal);
        Assert.Equal("open", Text(Assert.Single(await RenewedReconciliationTests.Drifts(shop, run)), "state"));

        await Use(seller, rate, true);
        await RenewedReconciliationTests.Reconcile(shop);
        Assert.Equal("repaired", Text(Assert.Single(await RenewedReconciliationTests.Drifts(shop, run)), "state"));
        Assert.Equal("repaired", Text((await Changes(seller)).Single(), "state"));
    }

    [Fact]
    public async Task What_Stripe_renews_with_it_goes_on_with_it()
    {
        var seller = await Seller.Open(app, billingModel: "subscriptions");
        var rate = (await seller.SetTaxes("19")).Single();
        var shop = await Shop.Subscribed(app, seller, Flat);
        await Use(seller, rate, false);
        await seller.Hear(rate, "tax_rate.updated", objectType: "tax_rate");
        await shop.EndPeriod(0);
        Assert.Equal((2500, 475, 0, 2975), await shop.RenewalSums());
        Assert.Empty(await seller.Jobs());
    }

    [Fact]
    public async Task A_subscription_that_is_to_be_given_it_goes_on_as_it_was_and_its_renewal_stops_until_it_is_used_again()
    {
        var seller = await Seller.Open(app, billingModel: "subscriptions");
        var shop = await Shop.Subscribed(app, seller, Flat);
        await app.Database.Execute("update billing_integrations set queue_status = 'paused' where id = $1", seller.Integration);
        var rate = (await seller.SetTaxes("19")).Single();
        await Use(seller, rate, false);
        await app.Services.GetRequiredService<JobQueue>().Resume(seller.Integration, onlyAccountWide: false, default);
        await shop.Idle();
        Assert.Empty((await shop.AtStripe()).DefaultTaxRates ?? []);
        // Not again and again while it is archived.
        await shop.Hear();
        Assert.Empty(await seller.Jobs());

        await shop.EndPeriod(0);
        Assert.Equal("tax_rate_archived", Text(await Stopped(seller), "code"));
        Assert.Equal("draft", (await shop.Renewal()).Status);
        await Told(seller, rate);

        await Use(seller, rate, true);
        await seller.Hear(rate, "tax_rate.updated", objectType: "tax_rate");
        Assert.Equal((2500, 475, 0, 2975), await shop.RenewalSums());
        Assert.Equal("subscription_cycle", (await shop.Client.V1.Invoices.GetAsync(await seller.StripeId(await seller.InvoiceOf(shop.Subscription, "period")))).BillingReason);
        await shop.Idle();
        Assert.Equal(rate, (await shop.AtStripe()).DefaultTaxRates.Single().Id);
    }

    [Fact]
    public async Task What_is_to_begin_with_the_stored_method_waits_says_so_and_goes_on_by_itself()
    {
        var seller = await Seller.Open(app, billingModel: "subscriptions");
        var rate = (await seller.SetTaxes("19")).Single();
        await Use(seller, rate, false);
        var (shop, holder) = await seller.SellToStored(Flat, null);
        Assert.Equal("tax_rate_archived", Text(await Stopped(seller), "code"));
        var said = await holder.Admin.Post("/v1/checkout-sessions", Shop.Body(shop.Subscription)).ExpectProblem(HttpStatusCode.UnprocessableEntity, "tax_rate_archived");
        Assert.DoesNotContain(rate, said.ToString(), StringComparison.Ordinal);

        await Use(seller, rate, true);
        await seller.Hear(rate, "tax_rate.updated", objectType: "tax_rate");
        await shop.Begun();
        Assert.Equal((2500, 475, 0, 2975), Taxed.Sums(await seller.Until(await seller.InvoiceOf(shop.Subscription, "initial"), "paid")));
    }

    [Fact]
    public async Task A_checkout_that_is_to_bear_it_is_refused_with_its_code_until_others_are_set()
    {
        var seller = await Seller.Open(app, billingModel: "subscriptions");
        var rate = (await seller.SetTaxes("19")).Single();
        var shop = await Shop.Open(app, seller, seller.Approved(Flat));
        await shop.Idle();
        await Use(seller, rate, false);
        Assert.Equal("tax_rate_archived", Text(await shop.Ask(HttpStatusCode.UnprocessableEntity), "code"));
        await Told(seller, rate);
        await seller.SetTaxes("7");
        await shop.Idle();
        await shop.Buy();
        Assert.Equal((2500, 175, 0, 2675), Taxed.Sums(await seller.Until(await seller.InvoiceOf(shop.Subscription, "initial"), "paid")));
    }

    [Fact]
    public async Task What_Stripe_refuses_for_something_else_says_so_although_a_rate_is_archived()
    {
        var seller = await Seller.Open(app, mayAll: true);
        var rate = (await seller.SetTaxes("19")).Single();
        await Use(seller, rate, false);
        await seller.Hear(rate, "tax_rate.updated", objectType: "tax_rate");
        await app.Stripe.Fail(new { account = seller.Account, method = "POST", path = "/v1/invoices", kind = "status", status = 400, times = 1 });
        await seller.Charge(seller.Approved(Flat));
        Assert.Equal("invalid_request_error", Text(await Stopped(seller), "code"));
    }

    [Fact]
    public async Task A_checkout_that_Stripe_refuses_for_something_else_says_so_although_a_rate_is_archived()
    {
        var seller = await Seller.Open(app, billingModel: "subscriptions");
        var rate = (await seller.SetTaxes("19")).Single();
        var shop = await Shop.Open(app, seller, seller.Approved(Flat));
        await shop.Idle();
        await Use(seller, rate, false);
        await app.Stripe.Fail(new { account = seller.Account, method = "POST", path = "/v1/checkout/sessions", kind = "status", status = 400, times = 1 });
        Assert.Equal("stripe_refused", Text(await shop.Ask(HttpStatusCode.UnprocessableEntity), "code"));
        Assert.Empty(await Changes(seller));
    }

    internal static Task Use(Seller seller, string rate, bool active) => seller.App.Stripe.Client(seller.Account).V1.TaxRates.UpdateAsync(rate, new TaxRateUpdateOptions { Active = active });

    internal static async Task Told(Seller seller, string rate, string word = "archived")
    {
        var change = (await Changes(seller)).Single();
        Assert.Equal(("tax_rate", rate, "open"), (Text(change, "objectType"), Text(change, "objectId"), Text(change, "state")));
        Assert.Equal(word, change.GetProperty("what").EnumerateArray().Single().GetString());
        var detail = Text(await Tax(seller), "detail");
        Assert.StartsWith($"tax_rate_{word}: ", detail, StringComparison.Ordinal);
        Assert.Contains(rate, detail, StringComparison.Ordinal);
    }

    internal static async Task<JsonElement> Stopped(Seller seller) => (await Eventually.Until(
        seller.Jobs, jobs => jobs.Exists(job => Text(job, "status") == "failed"), "it waits for the rate", TimeSpan.FromSeconds(30))).Single(job => Text(job, "status") == "failed").GetProperty("error");

    internal static async Task<JsonElement> Tax(Seller seller) => (await seller.Owner.Get($"/v1/billing-integrations/{seller.Integration}")).GetProperty("tax");

    internal static async Task<List<JsonElement>> Changes(Seller seller) =>
        [.. (await seller.Owner.Get($"/v1/billing-integrations/{seller.Integration}/stripe-changes")).GetProperty("data").EnumerateArray()];

    private static string? Text(JsonElement from, string name) => from.GetProperty(name).GetString();
}

/// <summary>The same amid a change of the setting, step by step.</summary>
public sealed class ArchivedRateOrderTests(StillInvoicingApp app) : IClassFixture<StillInvoicingApp>
{
    [Fact]
    public async Task A_subscription_bears_the_rate_that_is_used_again_while_it_is_set_up_without_it()
    {
        var worker = app.Services.GetRequiredService<JobWorker>();
        var seller = await Seller.Open(app, billingModel: "subscriptions");
        var shop = await Shop.Subscribed(app, seller, Plans.Of(basePrice: 2500));
        var customer = (await shop.AtStripe()).CustomerId;
        var rate = (await seller.SetTaxes("19")).Single();
        await ArchivedRateTests.Use(seller, rate, false);
        await worker.RunOne(default);
        // Stripe has refused the rate by then, and taken all else.
        app.Stripe.Before(seller.Account, "GET", $"/v1/customers/{customer}", async () =>
        {
            await ArchivedRateTests.Use(seller, rate, true);
            await seller.Hear(rate, "tax_rate.updated", objectType: "tax_rate");
            // It asks for the job of each subscription that is behind, and finds this one's here.
            Assert.True(await worker.RunOne(default));
        });
        await worker.RunOne(default);
        Assert.True(app.Stripe.HasHappened);

        await shop.Idle();
        Assert.Equal(rate, (await shop.AtStripe()).DefaultTaxRates.Single().Id);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_job_that_stops_while_the_rate_is_used_again_or_others_are_set_goes_on(bool usedAgain)
    {
        var seller = await Seller.Open(app, mayAll: true);
        var rate = (await seller.SetTaxes("19")).Single();
        await ArchivedRateTests.Use(seller, rate, false);
        await seller.Hear(rate, "tax_rate.updated", objectType: "tax_rate");
        var id = await seller.Charge(seller.Approved(Plans.Of(basePrice: 2500)));
        await app.Services.GetRequiredService<JobWorker>().RunOne(default);
        var job = (await app.Services.GetRequiredService<JobQueue>().Claim(default))!;
        var note = (await app.Database.Scalar<string>("select id from stripe_changes where integration_id = $1", seller.Integration))!;
        Task carried;
        Task over;
        // Stripe has refused the job, which writes why; what ends that is behind it.
        await using (await app.Database.HoldRow("stripe_changes", note))
        {
            carried = app.Services.GetRequiredService<JobWorker>().Carry(job, default);
            await app.Database.UntilBlockedOnLocks(1);
            await ArchivedRateTests.Use(seller, rate, usedAgain);
            over = usedAgain ? seller.Hear(rate, "tax_rate.updated", objectType: "tax_rate") : seller.SetTaxes("7");
            await app.Database.UntilBlockedOnLocks(2);
        }

        await carried;
        await over;
        // A call that met the rate as it was is made again a little later.
        await app.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(2500 + (usedAgain ? 475 : 175), Taxed.Sums(await seller.Until(id, "open")).Total);
        Assert.Empty(await seller.Jobs());
    }
}
