using System.Net;
using System.Text.Json;
using Marketplace.Contracts.Catalog;
using Marketplace.ServiceDefaults;
using Marketplace.Testing;
using Stripe;

namespace Marketplace.Invoicing.Tests;

/// <summary>Taxes where Stripe renews: the same cents as on invoices of ours, whatever is set when and by whom.</summary>
public sealed class RenewedTaxTests(InvoicingApp app) : IClassFixture<InvoicingApp>
{
    private static readonly PlanSnapshot PerCall = Plans.Priced(new("unit", 700, "1.5", MinimumCharge: 600), setupFee: 333);
    private static readonly PlanSnapshot Flat = Plans.Of(basePrice: 2500);

    [Theory]
    [InlineData("19")]
    [InlineData("20 within", "5")]
    [InlineData("automatic")]
    public async Task The_same_plan_and_usage_come_to_the_same_in_both_models(params string[] taxes)
    {
        var (ours, theirs) = (await Seller.Open(app, mayAll: true), await Seller.Open(app, billingModel: "subscriptions"));
        await ours.SetTaxes(taxes);
        await theirs.SetTaxes(taxes);
        var approved = ours.Approved(PerCall);
        var checkedOut = await Shop.Open(app, theirs, theirs.Approved(PerCall));
        await app.GiveAddress(approved.OrganizationId, "DE");
        await app.GiveAddress(checkedOut.Organization, "DE");
        var first = await ours.Charge(approved);
        await checkedOut.Idle();
        await checkedOut.Buy();
        var (stored, _) = await theirs.SellToStored(PerCall, "DE");
        await stored.Begun();

        // The first one, set-up fee and base price.
        var expected = Taxed.Sums(await ours.Until(first, "open"));
        Assert.Equal(1033, expected.Subtotal);
        Assert.True(expected.Tax + expected.Within > 0);
        Assert.Equal(expected, Taxed.Sums(await theirs.Until(await theirs.InvoiceOf(checkedOut.Subscription, "initial"), "paid")));
        Assert.Equal(expected, Taxed.Sums(await theirs.Until(await theirs.InvoiceOf(stored.Subscription, "initial"), "paid")));

        // A renewal, base price, usage, and what is missing to the minimum.
        await checkedOut.Use(301);
        await stored.Use(301);
        await app.Make<ChargeClosedPeriod>().Handle(Seller.Closed(approved, 301), default);
        var renewed = Taxed.Sums(await ours.Until(await ours.InvoiceOf(approved.SubscriptionId, "period"), "open"));
        await stored.EndPeriod(301);
        await app.Make<ChargeClosedPeriod>().Handle(checkedOut.Closed(301), default);
        Assert.Equal(1300, renewed.Subtotal);
        Assert.Equal(renewed, await checkedOut.RenewalSums());
        Assert.Equal(renewed, await stored.RenewalSums());
        Assert.Equal("subscription_cycle", (await checkedOut.Client.V1.Invoices.GetAsync(await theirs.StripeId(await theirs.InvoiceOf(checkedOut.Subscription, "period")))).BillingReason);
        Assert.Empty(await RenewedReconciliationTests.Drifts(checkedOut, await RenewedReconciliationTests.Reconcile(checkedOut)));
    }

    [Fact]
    public async Task A_meter_that_differs_is_made_up_for_before_tax()
    {
        var seller = await Seller.Open(app, billingModel: "subscriptions");
        await seller.SetTaxes("19");
        var shop = await Shop.Subscribed(app, seller, Plans.Priced(new("unit", 500, "1.5")));
        await shop.Use(300);
        await shop.EndPeriod(350);
        await shop.Retrying();
        await app.Advance(TimeSpan.FromMinutes(75));
        var (subtotal, tax, _, total) = await shop.RenewalSums();
        Assert.Equal(1025, subtotal);
        Assert.Equal(subtotal + tax, total);
        Assert.InRange(tax, 194, 196);
        Assert.Equal("subscription_cycle", (await shop.Client.V1.Invoices.GetAsync(await seller.StripeId(await seller.InvoiceOf(shop.Subscription, "period")))).BillingReason);
    }

    [Fact]
    public async Task A_plan_change_its_last_closure_and_its_successor_bear_the_taxes()
    {
        var seller = await Seller.Open(app, billingModel: "subscriptions");
        var rates = await seller.SetTaxes("20");
        var old = await Shop.Subscribed(app, seller, Plans.Priced(new("unit", 500, "1.5")));
        await old.Use(40);
        await app.Advance(TimeSpan.FromDays(10));
        var next = await old.ChangedTo(Flat, calls: 40, lines: [-330, 600]);
        await next.Idle();
        Assert.Equal((270, 54, 0, 324), Taxed.Sums(await seller.Until(await seller.InvoiceOf(next.Subscription, "change"), "paid")));
        Assert.Equal((60, 12, 0, 72), Taxed.Sums(await seller.Until(await seller.InvoiceOf(old.Subscription, "final"), "paid")));
        Assert.Equal(rates, (await next.AtStripe()).DefaultTaxRates.Select(rate => rate.Id));
        await next.EndPeriod(0);
        Assert.Equal((2500, 500, 0, 3000), await next.RenewalSums());
    }

    [Fact]
    public async Task A_setting_that_changes_midway_is_brought_to_what_runs_and_is_no_change_at_Stripe()
    {
        var seller = await Seller.Open(app, billingModel: "subscriptions");
        var shop = await Shop.Subscribed(app, seller, Flat);
        var rates = await seller.SetTaxes("19");
        await shop.Idle();
        Assert.Equal(rates, (await shop.AtStripe()).DefaultTaxRates.Select(rate => rate.Id));
        await shop.Hear();
        Assert.Empty(await StripeChangeTests.Changes(shop));
        await shop.EndPeriod(0);
        Assert.Equal((2500, 475, 0, 2975), await shop.RenewalSums());

        await seller.SetTaxes();
        await shop.Idle();
        Assert.Empty((await shop.AtStripe()).DefaultTaxRates ?? []);
        Assert.Empty(await StripeChangeTests.Changes(shop));
    }

    [Fact]
    public async Task A_renewal_that_was_drafted_before_bears_the_setting_of_the_moment_when_it_is_settled()
    {
        var seller = await Seller.Open(app, billingModel: "subscriptions");
        await seller.SetTaxes("7");
        var shop = await Shop.Subscribed(app, seller, Flat);
        await app.Advance(shop.Covers.To - app.Clock.GetUtcNow() + TimeSpan.FromHours(2));
        Assert.Equal(2675, (await shop.Renewal()).Total);
        await seller.SetTaxes("19");
        await app.Make<ChargeClosedPeriod>().Handle(shop.Closed(0), default);
        Assert.Equal((2500, 475, 0, 2975), await shop.RenewalSums());
    }

    [Fact]
    public async Task A_job_that_somebody_removed_is_added_again_when_the_subscription_is_next_looked_at()
    {
        var seller = await Seller.Open(app, billingModel: "subscriptions");
        var shop = await Shop.Subscribed(app, seller, Flat);
        await app.Stripe.Fail(new { account = seller.Account, method = "POST", path = "/v1/subscriptions/sub_*", kind = "status", status = 503, times = 1 });
        var rates = await seller.SetTaxes("19");
        await shop.Retrying();
        await seller.Owner.Delete($"/v1/billing-integrations/{seller.Integration}/jobs?confirm=clear").Expect();
        Assert.Empty((await shop.AtStripe()).DefaultTaxRates ?? []);
        await shop.Hear();
        await shop.Idle();
        Assert.Equal(rates, (await shop.AtStripe()).DefaultTaxRates.Select(rate => rate.Id));
        Assert.Empty(await StripeChangeTests.Changes(shop));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Taxes_that_are_edited_in_the_dashboard_are_found_and_put_back(bool ofItem)
    {
        var seller = await Seller.Open(app, billingModel: "subscriptions");
        var rates = await seller.SetTaxes("19");
        var shop = await Shop.Subscribed(app, seller, Flat);
        await Edit(shop, await seller.TaxRate("7"), ofItem);
        await shop.Hear();
        Assert.Equal("taxed", (await StripeChangeTests.Changes(shop)).Single().GetProperty("what").EnumerateArray().Single().GetString());
        await shop.Idle();
        var after = await shop.AtStripe();
        Assert.Equal(rates, after.DefaultTaxRates.Select(rate => rate.Id));
        Assert.Empty(after.Items.Data.Single().TaxRates ?? []);
        Assert.Equal("repaired", (await StripeChangeTests.Changes(shop)).Single().GetProperty("state").GetString());
        await shop.EndPeriod(0);
        Assert.Equal((2500, 475, 0, 2975), await shop.RenewalSums());
    }

    [Fact]
    public async Task A_renewal_whose_line_bears_a_rate_of_its_own_is_void_and_ours_is_issued()
    {
        var seller = await Seller.Open(app, billingModel: "subscriptions");
        await seller.SetTaxes("19");
        var shop = await Shop.Subscribed(app, seller, Flat);
        await Edit(shop, await seller.TaxRate("7"), ofItem: true);
        await shop.EndPeriod(0);
        Assert.Equal((2500, 475, 0, 2975), await shop.RenewalSums());
        Assert.Equal("void", (await shop.Renewal()).Status);
    }

    [Fact]
    public async Task A_rate_on_the_draft_alone_stops_the_settlement_where_operators_see_it_and_nobody_pays_it()
    {
        var seller = await Seller.Open(app, billingModel: "subscriptions");
        await seller.SetTaxes("19");
        var shop = await Shop.Subscribed(app, seller, Flat);
        var customer = (await shop.AtStripe()).CustomerId;
        foreach (var (amount, taxed) in new[] { (100L, true), (-100L, false) })
        {
            await shop.Client.V1.InvoiceItems.CreateAsync(new InvoiceItemCreateOptions
            {
                Customer = customer, Amount = amount, Currency = "usd", TaxRates = taxed ? [await seller.TaxRate("7")] : null,
            });
        }

        await shop.EndPeriod(0);
        var id = await seller.InvoiceOf(shop.Subscription, "period");
        var stuck = await Eventually.Until(() => seller.Invoice(id), i => i.GetProperty("level").GetString() == "error", "its taxes are not ours");
        Assert.Contains("tax rate", stuck.GetProperty("reasons")[0].GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal("tax_mismatch", (await seller.Jobs()).Single(job => job.GetProperty("status").GetString() == "failed").GetProperty("error").GetProperty("code").GetString());
        Assert.Equal(("void", 0L), ((await shop.Renewal()).Status, (await shop.Renewal()).AmountPaid));
        await seller.Owner.Post($"/v1/invoices/{id}/retry", new { }).Expect();
        Assert.Equal((2500, 475, 0, 2975), await shop.RenewalSums());
    }

    [Fact]
    public async Task A_first_invoice_with_other_taxes_than_it_was_begun_with_shows_an_error()
    {
        var seller = await Seller.Open(app, billingModel: "subscriptions");
        await seller.SetTaxes("19");
        var shop = await Shop.Open(app, seller, seller.Approved(Flat));
        await shop.Idle();
        var session = await shop.Checkout();
        await shop.Pay(session);
        await app.Database.Execute("update stripe_subscriptions set taxes = 'none' where id = $1", shop.Subscription);
        await shop.Completed(session);
        var invoice = await seller.Invoice(await seller.InvoiceOf(shop.Subscription, "initial"));
        Assert.Equal(("error", "tax_mismatch"), (invoice.GetProperty("level").GetString(), invoice.GetProperty("reasons")[0].GetProperty("type").GetString()));
    }

    [Fact]
    public async Task Money_that_comes_too_late_goes_back_with_its_tax()
    {
        var seller = await Seller.Open(app, billingModel: "subscriptions");
        await seller.SetTaxes("20");
        var shop = await Shop.Subscribed(app, seller, Flat);
        await shop.EndPeriod(0);
        var renewal = await shop.Renewed("paid");
        await shop.Cancelled("requested", shop.Covers.To);
        var note = Assert.Single(await renewal.SettledNotes());
        Assert.Equal(("late_payment", 3000), (note.GetProperty("origin").GetString(), note.GetProperty("amount").GetProperty("amount").GetInt64()));
    }

    [Fact]
    public async Task Once_Stripe_Tax_was_told_that_prices_are_before_tax_no_rate_within_them_is_taken()
    {
        var seller = await Seller.Open(app, billingModel: "subscriptions");
        var shop = await Shop.Subscribed(app, seller, Flat);
        await seller.SetTaxes("automatic");
        await shop.Idle();
        Assert.Equal("exclusive", (await shop.Client.V1.Prices.ListAsync()).Data.Single(price => price.Recurring is not null).TaxBehavior);
        await seller.AskForTaxes("rates", await seller.TaxRate("20", inclusive: true)).ExpectProblem(HttpStatusCode.UnprocessableEntity, "tax_rate_inclusive", "tax.rates[0]");
        var rates = await seller.SetTaxes("19");
        await shop.Idle();
        Assert.Equal(rates, (await shop.AtStripe()).DefaultTaxRates.Select(rate => rate.Id));
    }

    [Fact]
    public async Task Whoever_sets_Stripe_Tax_tells_first_that_the_prices_are_before_tax_while_the_provider_s_lane_stands_still()
    {
        var seller = await Seller.Open(app, billingModel: "subscriptions");
        var shop = await Shop.Subscribed(app, seller, Flat);
        await app.GiveAddress(shop.Organization, "DE");
        await app.Stripe.Fail(new { account = seller.Account, method = "GET", path = "/v1/products/*", kind = "status", status = 503, times = 1000 });
        await seller.SetTaxes("automatic");
        await shop.Retrying();
        Assert.Equal("unspecified", await Behavior(shop));
        await shop.EndPeriod(0);
        Assert.Equal((2500, 475, 0, 2975), await shop.RenewalSums());
        Assert.Equal("exclusive", await Behavior(shop));
        await Eventually.Until(async () => (await shop.AtStripe()).AutomaticTax.Enabled, enabled => enabled, "the subscription is brought along");
        Assert.Contains(await seller.Jobs(), job => job.GetProperty("kind").GetString() == "mirror_plan");
    }

    [Fact]
    public async Task A_price_that_includes_its_tax_keeps_Stripe_Tax_away_and_nothing_else()
    {
        var seller = await Seller.Open(app, billingModel: "subscriptions");
        var shop = await Shop.Subscribed(app, seller, Flat);
        await app.GiveAddress(shop.Organization, "DE");
        var price = (await shop.Client.V1.Prices.ListAsync()).Data.Single(price => price.Recurring is not null);
        await shop.Client.V1.Prices.UpdateAsync(price.Id, new PriceUpdateOptions { TaxBehavior = "inclusive" });
        await seller.SetTaxes("automatic");
        var failed = await Eventually.Until(seller.Jobs, jobs => jobs.Exists(job => job.GetProperty("status").GetString() == "failed"), "the plan waits for its provider");
        Assert.Equal("price_tax_inclusive", failed.Single(job => job.GetProperty("status").GetString() == "failed").GetProperty("error").GetProperty("code").GetString());
        Assert.False((await shop.AtStripe()).AutomaticTax.Enabled);

        var rates = await seller.SetTaxes("20 within");
        await seller.Owner.Post($"/v1/billing-integrations/{seller.Integration}/jobs/retry?confirm=retry", new { }).Expect();
        await shop.Idle();
        Assert.Equal(rates, (await shop.AtStripe()).DefaultTaxRates.Select(rate => rate.Id));
    }

    private static async Task<string> Behavior(Shop shop) => (await shop.Client.V1.Prices.ListAsync()).Data.Single(price => price.Recurring is not null).TaxBehavior;

    private static async Task Edit(Shop shop, string rate, bool ofItem)
    {
        var stripe = await shop.AtStripe();
        await shop.Client.V1.Subscriptions.UpdateAsync(
            stripe.Id, ofItem ? new() { Items = [new() { Id = stripe.Items.Data.Single().Id, TaxRates = [rate] }] } : new SubscriptionUpdateOptions { DefaultTaxRates = [rate] });
    }
}
