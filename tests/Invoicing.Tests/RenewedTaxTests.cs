using System.Net;
using System.Text.Json;
using Marketplace.Contracts.Catalog;
using Marketplace.ServiceDefaults;
using Marketplace.Testing;
using Stripe;

namespace Marketplace.Invoicing.Tests;

/// <summary>Taxes where Stripe renews: the same cents as on invoices of ours, whatever is set when, by whom, and whether the address is known.</summary>
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
        await Set(ours, taxes);
        await Set(theirs, taxes);
        var approved = ours.Approved(PerCall);
        var checkedOut = await Shop.Open(app, theirs, theirs.Approved(PerCall));
        await At(approved.OrganizationId, "DE");
        await At(checkedOut.Organization, "DE");
        var first = await ours.Charge(approved);
        await checkedOut.Idle();
        await Buy(checkedOut);
        var (stored, _) = await Stored(theirs, PerCall, "DE");
        await Begun(stored);

        // The first one, set-up fee and base price.
        var expected = Sums(await ours.Until(first, "open"));
        Assert.Equal(1033, expected.Subtotal);
        Assert.True(expected.Tax + expected.Within > 0);
        Assert.Equal(expected, Sums(await theirs.Until(await theirs.InvoiceOf(checkedOut.Subscription, "initial"), "paid")));
        Assert.Equal(expected, Sums(await theirs.Until(await theirs.InvoiceOf(stored.Subscription, "initial"), "paid")));

        // A renewal, base price, usage, and what is missing to the minimum.
        await checkedOut.Use(301);
        await stored.Use(301);
        await app.Make<ChargeClosedPeriod>().Handle(Seller.Closed(approved, 301), default);
        var renewed = Sums(await ours.Until(await ours.InvoiceOf(approved.SubscriptionId, "period"), "open"));
        await stored.EndPeriod(301);
        await app.Make<ChargeClosedPeriod>().Handle(checkedOut.Closed(301), default);
        Assert.Equal(1300, renewed.Subtotal);
        Assert.Equal(renewed, await Renewal(checkedOut));
        Assert.Equal(renewed, await Renewal(stored));
        Assert.Equal("subscription_cycle", (await checkedOut.Client.V1.Invoices.GetAsync(await theirs.StripeId(await theirs.InvoiceOf(checkedOut.Subscription, "period")))).BillingReason);
        Assert.Empty(await RenewedReconciliationTests.Drifts(checkedOut, await RenewedReconciliationTests.Reconcile(checkedOut)));
    }

    [Fact]
    public async Task A_meter_that_differs_is_made_up_for_before_tax()
    {
        var seller = await Seller.Open(app, billingModel: "subscriptions");
        await Set(seller, "19");
        var shop = await Shop.Subscribed(app, seller, Plans.Priced(new("unit", 500, "1.5")));
        await shop.Use(300);
        await shop.EndPeriod(350);
        await shop.Retrying();
        await app.Advance(TimeSpan.FromMinutes(75));
        var (subtotal, tax, _, total) = await Renewal(shop);
        Assert.Equal(1025, subtotal);
        Assert.Equal(subtotal + tax, total);
        Assert.InRange(tax, 194, 196);
        Assert.Equal("subscription_cycle", (await shop.Client.V1.Invoices.GetAsync(await seller.StripeId(await seller.InvoiceOf(shop.Subscription, "period")))).BillingReason);
    }

    [Fact]
    public async Task A_plan_change_its_last_closure_and_its_successor_bear_the_taxes()
    {
        var seller = await Seller.Open(app, billingModel: "subscriptions");
        var rates = await Set(seller, "20");
        var old = await Shop.Subscribed(app, seller, Plans.Priced(new("unit", 500, "1.5")));
        await old.Use(40);
        await app.Advance(TimeSpan.FromDays(10));
        var next = await old.ChangedTo(Flat, calls: 40, lines: [-330, 600]);
        await next.Idle();
        Assert.Equal((270, 54, 0, 324), Sums(await seller.Until(await seller.InvoiceOf(next.Subscription, "change"), "paid")));
        Assert.Equal((60, 12, 0, 72), Sums(await seller.Until(await seller.InvoiceOf(old.Subscription, "final"), "paid")));
        Assert.Equal(rates, (await next.AtStripe()).DefaultTaxRates.Select(rate => rate.Id));
        await next.EndPeriod(0);
        Assert.Equal((2500, 500, 0, 3000), await Renewal(next));
    }

    [Fact]
    public async Task A_setting_that_changes_midway_is_brought_to_what_runs_and_is_no_change_at_Stripe()
    {
        var seller = await Seller.Open(app, billingModel: "subscriptions");
        var shop = await Shop.Subscribed(app, seller, Flat);
        var rates = await Set(seller, "19");
        await shop.Idle();
        Assert.Equal(rates, (await shop.AtStripe()).DefaultTaxRates.Select(rate => rate.Id));
        await shop.Hear();
        Assert.Empty(await StripeChangeTests.Changes(shop));
        await shop.EndPeriod(0);
        Assert.Equal((2500, 475, 0, 2975), await Renewal(shop));

        await Set(seller);
        await shop.Idle();
        Assert.Empty((await shop.AtStripe()).DefaultTaxRates ?? []);
        Assert.Empty(await StripeChangeTests.Changes(shop));
    }

    [Fact]
    public async Task A_renewal_that_was_drafted_before_bears_the_setting_of_the_moment_when_it_is_settled()
    {
        var seller = await Seller.Open(app, billingModel: "subscriptions");
        await Set(seller, "7");
        var shop = await Shop.Subscribed(app, seller, Flat);
        await app.Advance(shop.Covers.To - app.Clock.GetUtcNow() + TimeSpan.FromHours(2));
        Assert.Equal(2675, (await shop.Renewal()).Total);
        await Set(seller, "19");
        await app.Make<ChargeClosedPeriod>().Handle(shop.Closed(0), default);
        Assert.Equal((2500, 475, 0, 2975), await Renewal(shop));
    }

    [Fact]
    public async Task A_job_that_somebody_removed_is_added_again_when_the_subscription_is_next_looked_at()
    {
        var seller = await Seller.Open(app, billingModel: "subscriptions");
        var shop = await Shop.Subscribed(app, seller, Flat);
        await app.Stripe.Fail(new { account = seller.Account, method = "POST", path = "/v1/subscriptions/sub_*", kind = "status", status = 503, times = 1 });
        var rates = await Set(seller, "19");
        await shop.Retrying();
        await seller.Owner.Delete($"/v1/billing-integrations/{seller.Integration}/jobs?confirm=clear").Expect();
        Assert.Empty((await shop.AtStripe()).DefaultTaxRates ?? []);
        await shop.Hear();
        await shop.Idle();
        Assert.Equal(rates, (await shop.AtStripe()).DefaultTaxRates.Select(rate => rate.Id));
        Assert.Empty(await StripeChangeTests.Changes(shop));
    }

    [Fact]
    public async Task A_checkout_that_was_opened_with_other_taxes_is_closed_and_the_next_one_has_those_of_now()
    {
        var seller = await Seller.Open(app, billingModel: "subscriptions");
        var shop = await Shop.Open(app, seller, seller.Approved(Flat));
        await shop.Idle();
        var session = await shop.Checkout();
        await Set(seller, "19");
        await shop.Idle();
        Assert.Equal("expired", (await shop.Buyer.Get($"/v1/checkout-sessions/{session.GetProperty("id").GetString()}")).GetProperty("status").GetString());
        await Buy(shop);
        Assert.Equal((2500, 475, 0, 2975), Sums(await seller.Until(await seller.InvoiceOf(shop.Subscription, "initial"), "paid")));
    }

    [Fact]
    public async Task Set_to_Stripe_Tax_midway_without_an_address_nothing_stops_until_the_renewal_which_goes_on_once_it_is_given()
    {
        var seller = await Seller.Open(app, billingModel: "subscriptions");
        var shop = await Shop.Subscribed(app, seller, Flat);
        await Set(seller, "automatic");
        await shop.Idle();
        Assert.False((await shop.AtStripe()).AutomaticTax.Enabled);
        await shop.EndPeriod(0);
        var id = await seller.InvoiceOf(shop.Subscription, "period");
        var stuck = await Eventually.Until(() => seller.Invoice(id), i => i.GetProperty("level").GetString() == "error", "the renewal waits for the address");
        Assert.Equal(("draft", "customer_address_missing"), (stuck.GetProperty("status").GetString(), stuck.GetProperty("reasons")[0].GetProperty("type").GetString()));
        Assert.Equal("draft", (await shop.Renewal()).Status);

        await At(shop.Organization, "DE");
        Assert.Equal((2500, 475, 0, 2975), await Renewal(shop));
        await shop.Idle();
        Assert.True((await shop.AtStripe()).AutomaticTax.Enabled);
        Assert.Empty(await StripeChangeTests.Changes(shop));
    }

    [Fact]
    public async Task An_address_that_Stripe_does_not_recognize_leaves_the_subscription_as_it_was_and_stops_its_renewal_until_it_is_corrected()
    {
        var seller = await Seller.Open(app, billingModel: "subscriptions");
        var shop = await Shop.Subscribed(app, seller, Flat);
        // As an older row would be: our own check asks for the code today.
        await app.Database.Execute("insert into billing_details (organization_id, country, changed_at) values ($1, 'US', now())", shop.Organization);
        await Set(seller, "automatic");
        await shop.Idle();
        Assert.False((await shop.AtStripe()).AutomaticTax.Enabled);
        await shop.EndPeriod(0);
        var id = await seller.InvoiceOf(shop.Subscription, "period");
        var stuck = await Eventually.Until(() => seller.Invoice(id), i => i.GetProperty("level").GetString() == "error", "the renewal waits for an address");
        Assert.Equal("customer_tax_location_invalid", stuck.GetProperty("reasons")[0].GetProperty("type").GetString());

        await At(shop.Organization, "DE");
        Assert.Equal((2500, 475, 0, 2975), await Renewal(shop));
        await shop.Idle();
        Assert.True((await shop.AtStripe()).AutomaticTax.Enabled);
    }

    [Fact]
    public async Task What_is_to_begin_with_the_stored_method_waits_for_the_address_says_so_and_goes_on_by_itself()
    {
        var seller = await Seller.Open(app, billingModel: "subscriptions");
        await Set(seller, "automatic");
        var (shop, holder) = await Stored(seller, Flat, null);
        await Eventually.Until(seller.Jobs, jobs => jobs.Exists(job => job.GetProperty("status").GetString() == "failed"), "it waits for the address");
        await holder.Admin.Post("/v1/checkout-sessions", Shop.Body(shop.Subscription)).ExpectProblem(HttpStatusCode.Conflict, "customer_address_missing");
        Assert.Empty((await shop.Client.V1.Subscriptions.ListAsync(new SubscriptionListOptions { Status = "all" })).Data);

        await At(shop.Organization, "AT", "ATU12345678");
        await Begun(shop);
        Assert.Equal((2500, 0, 0, 2500), Sums(await seller.Until(await seller.InvoiceOf(shop.Subscription, "initial"), "paid")));
        Assert.True((await shop.AtStripe()).AutomaticTax.Enabled);
    }

    [Fact]
    public async Task At_the_checkout_the_address_that_is_typed_counts_where_the_organization_gave_none_also_for_renewals()
    {
        var seller = await Seller.Open(app, billingModel: "subscriptions");
        await Set(seller, "automatic");
        var shop = await Shop.Open(app, seller, seller.Approved(Flat));
        await shop.Idle();
        await Buy(shop);
        Assert.Equal((2500, 250, 0, 2750), Sums(await seller.Until(await seller.InvoiceOf(shop.Subscription, "initial"), "paid")));
        await shop.EndPeriod(0);
        Assert.Equal((2500, 250, 0, 2750), await Renewal(shop));
        Assert.Equal("US", (await shop.Client.V1.Customers.GetAsync((await shop.AtStripe()).CustomerId)).Address.Country);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Taxes_that_are_edited_in_the_dashboard_are_found_and_put_back(bool ofItem)
    {
        var seller = await Seller.Open(app, billingModel: "subscriptions");
        var rates = await Set(seller, "19");
        var shop = await Shop.Subscribed(app, seller, Flat);
        await Edit(shop, await Rate(seller, "7"), ofItem);
        await shop.Hear();
        Assert.Equal("taxed", (await StripeChangeTests.Changes(shop)).Single().GetProperty("what").EnumerateArray().Single().GetString());
        await shop.Idle();
        var after = await shop.AtStripe();
        Assert.Equal(rates, after.DefaultTaxRates.Select(rate => rate.Id));
        Assert.Empty(after.Items.Data.Single().TaxRates ?? []);
        Assert.Equal("repaired", (await StripeChangeTests.Changes(shop)).Single().GetProperty("state").GetString());
        await shop.EndPeriod(0);
        Assert.Equal((2500, 475, 0, 2975), await Renewal(shop));
    }

    [Fact]
    public async Task A_renewal_whose_line_bears_a_rate_of_its_own_is_void_and_ours_is_issued()
    {
        var seller = await Seller.Open(app, billingModel: "subscriptions");
        await Set(seller, "19");
        var shop = await Shop.Subscribed(app, seller, Flat);
        await Edit(shop, await Rate(seller, "7"), ofItem: true);
        await shop.EndPeriod(0);
        Assert.Equal((2500, 475, 0, 2975), await Renewal(shop));
        Assert.Equal("void", (await shop.Renewal()).Status);
    }

    [Fact]
    public async Task A_rate_on_the_draft_alone_stops_the_settlement_where_operators_see_it_and_nobody_pays_it()
    {
        var seller = await Seller.Open(app, billingModel: "subscriptions");
        await Set(seller, "19");
        var shop = await Shop.Subscribed(app, seller, Flat);
        var customer = (await shop.AtStripe()).CustomerId;
        foreach (var (amount, taxed) in new[] { (100L, true), (-100L, false) })
        {
            await shop.Client.V1.InvoiceItems.CreateAsync(new InvoiceItemCreateOptions
            {
                Customer = customer, Amount = amount, Currency = "usd", TaxRates = taxed ? [await Rate(seller, "7")] : null,
            });
        }

        await shop.EndPeriod(0);
        var id = await seller.InvoiceOf(shop.Subscription, "period");
        var stuck = await Eventually.Until(() => seller.Invoice(id), i => i.GetProperty("level").GetString() == "error", "its taxes are not ours");
        Assert.Contains("tax rate", stuck.GetProperty("reasons")[0].GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal(("void", 0L), ((await shop.Renewal()).Status, (await shop.Renewal()).AmountPaid));
        await seller.Owner.Post($"/v1/invoices/{id}/retry", new { }).Expect();
        Assert.Equal((2500, 475, 0, 2975), await Renewal(shop));
    }

    [Fact]
    public async Task A_first_invoice_with_other_taxes_than_it_was_begun_with_shows_an_error()
    {
        var seller = await Seller.Open(app, billingModel: "subscriptions");
        await Set(seller, "19");
        var shop = await Shop.Open(app, seller, seller.Approved(Flat));
        await shop.Idle();
        var session = await shop.Checkout();
        await shop.Pay(session);
        await app.Database.Execute("update stripe_subscriptions set taxes = 'none' where id = $1", shop.Subscription);
        await shop.Completed(session);
        var invoice = await seller.Invoice(await seller.InvoiceOf(shop.Subscription, "initial"));
        Assert.Equal(("error", "total_mismatch"), (invoice.GetProperty("level").GetString(), invoice.GetProperty("reasons")[0].GetProperty("type").GetString()));
    }

    [Fact]
    public async Task Money_that_comes_too_late_goes_back_with_its_tax()
    {
        var seller = await Seller.Open(app, billingModel: "subscriptions");
        await Set(seller, "20");
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
        await Set(seller, "automatic");
        await shop.Idle();
        Assert.Equal("exclusive", (await shop.Client.V1.Prices.ListAsync()).Data.Single(price => price.Recurring is not null).TaxBehavior);
        await Put(seller, "rates", await Rate(seller, "20", inclusive: true)).ExpectProblem(HttpStatusCode.UnprocessableEntity, "tax_not_billable", "tax.rates[0]");
        var rates = await Set(seller, "19");
        await shop.Idle();
        Assert.Equal(rates, (await shop.AtStripe()).DefaultTaxRates.Select(rate => rate.Id));
    }

    private static async Task Edit(Shop shop, string rate, bool ofItem)
    {
        var stripe = await shop.AtStripe();
        await shop.Client.V1.Subscriptions.UpdateAsync(
            stripe.Id, ofItem ? new() { Items = [new() { Id = stripe.Items.Data.Single().Id, TaxRates = [rate] }] } : new SubscriptionUpdateOptions { DefaultTaxRates = [rate] });
    }

    private static async Task Buy(Shop shop)
    {
        var session = await shop.Checkout();
        await shop.Pay(session);
        await shop.Completed(session);
        await shop.Idle();
    }

    private async Task<(Shop Shop, CardHolder Holder)> Stored(Seller seller, PlanSnapshot plan, string? country)
    {
        var holder = await CardHolder.Open(app, seller);
        await holder.Store();
        if (country is not null)
        {
            await At(holder.Organization, country);
        }

        return (await Shop.Open(app, seller, holder.Approved(plan)), holder);
    }

    private async Task Begun(Shop shop)
    {
        await Eventually.Until(
            async () => await app.Database.Scalar<string>("select id from invoices where subscription_id = $1 and kind = 'initial'", shop.Subscription) ?? "", id => id.Length > 0, "the first invoice", TimeSpan.FromSeconds(60));
        await shop.Idle();
        await shop.ReadCovers();
    }

    private async Task At(string organization, string country, string? vat = null)
    {
        var admin = app.ClientFor(TestCaller.Consumer(organization, "cat_1", Roles.Admin));
        await admin.Put($"/v1/billing-details/{organization}", new { address = new { country, city = "Berlin" }, taxId = vat is null ? null : new { type = "eu_vat", value = vat } }, "*").Expect();
    }

    private static async Task<(long Subtotal, long Tax, long Within, long Total)> Renewal(Shop shop) =>
        Sums(await shop.Seller.Until(await shop.Seller.InvoiceOf(shop.Subscription, "period"), "paid"));

    private static (long Subtotal, long Tax, long Within, long Total) Sums(JsonElement invoice)
    {
        return (Of("subtotal"), Of("tax"), Of("taxIncluded"), Of("total"));

        long Of(string name) => invoice.GetProperty(name).GetProperty("amount").GetInt64();
    }

    // A percentage on top, or within; Stripe Tax for an account in Germany that collects there, in Austria and in the United States; nothing.
    private async Task<List<string>> Set(Seller seller, params string[] taxes)
    {
        List<string> rates = [];
        if (taxes is ["automatic"])
        {
            await app.Stripe.Collect(seller.Account, "DE", new Dictionary<string, string> { ["DE"] = "19", ["AT"] = "20", ["US"] = "10" });
            await Put(seller, "automatic").Expect();
            return rates;
        }

        foreach (var tax in taxes)
        {
            rates.Add(await Rate(seller, tax.Split(' ')[0], tax.EndsWith("within", StringComparison.Ordinal)));
        }

        await Put(seller, rates.Count > 0 ? "rates" : "none", [.. rates]).Expect();
        return rates;
    }

    private async Task<string> Rate(Seller seller, string percentage, bool inclusive = false) => (await app.Stripe.Client(seller.Account).V1.TaxRates.CreateAsync(new TaxRateCreateOptions
    {
        DisplayName = "VAT", Inclusive = inclusive, Percentage = decimal.Parse(percentage, System.Globalization.CultureInfo.InvariantCulture),
    })).Id;

    private static Task<HttpResponseMessage> Put(Seller seller, string mode, params string[] rates) =>
        seller.Owner.Patch($"/v1/billing-integrations/{seller.Integration}", new { tax = new { mode, rates } }, "*");
}
