using System.Net;
using System.Text.Json;
using Marketplace.Contracts.Invoicing;
using Marketplace.ServiceDefaults;
using Marketplace.Testing;
using Stripe;

namespace Marketplace.Invoicing.Tests;

/// <summary>Taxes: tax rates, Stripe Tax, and what stands still until the address is known.</summary>
public sealed class TaxTests(InvoicingApp app) : IClassFixture<InvoicingApp>
{
    [Fact]
    public async Task Tax_rates_come_on_top_of_what_was_rated_and_stand_on_their_own()
    {
        var (seller, rates) = await Selling(("19", false));
        var id = await seller.Charge(seller.Approved(Plans.Of(basePrice: 2500)));

        var open = await seller.Until(id, "open");

        Assert.Equal((2500, 475, 0, 2975, 2975), (Amount(open, "subtotal"), Amount(open, "tax"), Amount(open, "taxIncluded"), Amount(open, "total"), Amount(open, "amountDue")));
        Assert.Equal((2975, 0, 2975), (Amount(open, "due"), Amount(open, "amountPaid"), Amount(open, "amountRemaining")));
        var atStripe = await app.Stripe.Client(seller.Account).V1.Invoices.GetAsync(await seller.StripeId(id));
        Assert.Equal((2975L, rates[0]), (atStripe.Total, atStripe.TotalTaxes.Single().TaxRateDetails.TaxRateId));
        await app.Stripe.Pay(open.GetProperty("hostedInvoiceUrl").GetString()!);
        await seller.Hear(await seller.StripeId(id));
        var paid = await seller.Until(id, "paid");
        Assert.Equal((2975, 0, 0), (Amount(paid, "amountPaid"), Amount(paid, "amountRemaining"), Amount(paid, "due")));
        var told = (await app.Announced<InvoiceChanged>(m => m.InvoiceId == id))[^1];
        Assert.Equal((2975L, (long?)2975, 475L), (told.Total, told.AmountDue, told.Tax));
    }

    [Fact]
    public async Task Money_for_time_after_the_end_goes_back_with_its_tax()
    {
        var (seller, _) = await Selling(("20", false));
        var approved = seller.Approved(Plans.Of(basePrice: 100));
        var id = await seller.Charge(approved);
        var open = await seller.Until(id, "open");
        await app.Stripe.Pay(open.GetProperty("hostedInvoiceUrl").GetString()!);
        await seller.Hear(await seller.StripeId(id));
        await seller.Until(id, "paid");

        await app.Make<VoidOnCancellation>().Handle(new(approved.SubscriptionId, approved.OrganizationId, "requested", approved.PeriodStart.AddMinutes(-1)), default);

        var note = Assert.Single((await seller.Owner.Get($"/v1/credit-notes?invoice={id}")).GetProperty("data").EnumerateArray());
        Assert.Equal(("late_payment", 120), (note.GetProperty("origin").GetString(), Amount(note, "amount")));
    }

    [Fact]
    public async Task Tax_rates_may_lie_within_the_price()
    {
        var (seller, _) = await Selling(("20", true), ("5", false));
        var id = await seller.Charge(seller.Approved(Plans.Of(basePrice: 1200)));

        var open = await seller.Until(id, "open");

        Assert.Equal((1200, 50, 200, 1250), (Amount(open, "subtotal"), Amount(open, "tax"), Amount(open, "taxIncluded"), Amount(open, "total")));
    }

    [Fact]
    public async Task Who_does_not_say_where_it_is_falls_past_due_all_the_same_and_not_any_more_once_the_invoice_is_issued()
    {
        var seller = await Seller.Open(app);
        var approved = seller.Approved(Plans.Of(basePrice: 2500));
        await seller.Until(await seller.Charge(approved), "open");
        await app.Stripe.Collect(seller.Account, "DE", new Dictionary<string, string> { ["DE"] = "19" });
        await Set(seller, "automatic").Expect();
        await app.Make<ChargeClosedPeriod>().Handle(Seller.Closed(approved, calls: 0), default);
        var period = (await app.Announced<InvoiceChanged>(i => i.SubscriptionId == approved.SubscriptionId && i.Kind == "period")).Single().InvoiceId;
        await Eventually.Until(() => seller.Invoice(period), i => i.GetProperty("level").GetString() == "error", "the invoice waits for the address");

        await app.Advance(TimeSpan.FromDays(approved.Plan.PaymentTermDays));
        await Eventually.Until(() => seller.Invoice(period), i => i.GetProperty("status").GetString() == "past_due", "the invoice is past due");

        var told = (await app.Announced<InvoiceChanged>(i => i.InvoiceId == period))[^1];
        Assert.Equal(("past_due", true), (told.Status, told.DueAt <= app.Clock.GetUtcNow()));
        Assert.Equal("customer_address_missing", (await seller.Invoice(period)).GetProperty("reasons")[0].GetProperty("type").GetString());

        var billing = app.ClientFor(TestCaller.Consumer(approved.OrganizationId, approved.CatalogId, Roles.Billing));
        await billing.Put($"/v1/billing-details/{approved.OrganizationId}", new { address = new { country = "de", line1 = "Am Markt 1", city = "Berlin", postalCode = "10115" } }, "*").Expect();

        Assert.True((await seller.Until(period, "open")).GetProperty("dueAt").GetDateTimeOffset() > app.Clock.GetUtcNow());
    }

    [Fact]
    public async Task Without_an_address_Stripe_Tax_leaves_the_invoice_in_error_until_it_is_given()
    {
        var seller = await Automatic();
        var approved = seller.Approved(Plans.Of(basePrice: 2500));
        var id = await seller.Charge(approved);

        var stuck = await Eventually.Until(() => seller.Invoice(id), i => i.GetProperty("level").GetString() == "error", "the invoice waits for the address");
        Assert.Equal(("draft", "customer_address_missing"), (stuck.GetProperty("status").GetString(), stuck.GetProperty("reasons")[0].GetProperty("type").GetString()));
        Assert.Equal(0, await seller.InvoicesAtStripe(id));
        // The one who can put it right is told so as well.
        var billing = app.ClientFor(TestCaller.Consumer(approved.OrganizationId, approved.CatalogId, Roles.Billing));
        Assert.Contains($"/v1/billing-details/{approved.OrganizationId}", (await billing.Get($"/v1/invoices/{id}")).GetProperty("reasons")[0].GetProperty("detail").GetString(), StringComparison.Ordinal);

        await billing.Put($"/v1/billing-details/{approved.OrganizationId}", new { address = new { country = "de", line1 = "Am Markt 1", city = "Berlin", postalCode = "10115" } }, "*").Expect();

        var open = await seller.Until(id, "open");
        Assert.Equal((2500, 475, 2975), (Amount(open, "subtotal"), Amount(open, "tax"), Amount(open, "total")));
        var atStripe = await app.Stripe.Client(seller.Account).V1.Invoices.GetAsync(await seller.StripeId(id));
        Assert.Equal(("complete", "DE"), (atStripe.AutomaticTax.Status, (await app.Stripe.Client(seller.Account).V1.Customers.GetAsync(atStripe.CustomerId)).Address.Country));
        Assert.Equal(1, await seller.InvoicesAtStripe(id));
    }

    [Fact]
    public async Task A_business_of_another_country_of_the_Union_is_charged_no_tax_for_its_tax_id()
    {
        var seller = await Automatic();
        var approved = seller.Approved(Plans.Of(basePrice: 2500));
        var admin = app.ClientFor(TestCaller.Consumer(approved.OrganizationId, approved.CatalogId, Roles.Admin));
        await admin.Put($"/v1/billing-details/{approved.OrganizationId}", new { address = new { country = "AT" }, taxId = new { type = "eu_vat", value = "ATU12345678" } }, "*").Expect();

        var open = await seller.Until(await seller.Charge(approved), "open");

        Assert.Equal((0, 2500), (Amount(open, "tax"), Amount(open, "total")));
        var atStripe = await app.Stripe.Client(seller.Account).V1.Invoices.GetAsync(await seller.StripeId(open.GetProperty("id").GetString()!));
        Assert.Equal("reverse_charge", atStripe.TotalTaxes.Single().TaxabilityReason);
    }

    [Fact]
    public async Task An_address_that_Stripe_does_not_recognize_finalizes_nothing()
    {
        var seller = await Automatic();
        var approved = seller.Approved(Plans.Of(basePrice: 2500));
        var admin = app.ClientFor(TestCaller.Consumer(approved.OrganizationId, approved.CatalogId, Roles.Admin));
        await admin.Put($"/v1/billing-details/{approved.OrganizationId}", new { address = new { country = "US", postalCode = "10001" } }, "*").Expect();
        // As an older row would be: our own check asks for the code today.
        await app.Database.Execute("update billing_details set postal_code = null where organization_id = $1", approved.OrganizationId);

        var id = await seller.Charge(approved);

        var stuck = await Eventually.Until(() => seller.Invoice(id), i => i.GetProperty("level").GetString() == "error", "the invoice waits for an address");
        Assert.Equal(("draft", "customer_tax_location_invalid"), (stuck.GetProperty("status").GetString(), stuck.GetProperty("reasons")[0].GetProperty("type").GetString()));
        Assert.Equal("draft", (await app.Stripe.Client(seller.Account).V1.Invoices.GetAsync(await seller.StripeId(id))).Status);
        await admin.Put($"/v1/billing-details/{approved.OrganizationId}", new { address = new { country = "US", state = "NY", postalCode = "10001" } }, "*").Expect();
        Assert.Equal(222, Amount(await seller.Until(id, "open"), "tax"));
    }

    [Fact]
    public async Task Taxes_that_are_set_otherwise_while_a_draft_waits_are_those_it_is_issued_with()
    {
        var (seller, rates) = await Selling(("19", false));
        await app.Stripe.Fail(new { account = seller.Account, method = "POST", path = "/v1/invoices/*/finalize", kind = "status", status = 503, times = 1 });
        var id = await seller.Charge(seller.Approved(Plans.Of(basePrice: 2500)));
        await Eventually.Until(async () => (await seller.Jobs()).FirstOrDefault() is { ValueKind: JsonValueKind.Object } job && job.GetProperty("status").GetString() == "retrying", "the draft waits");

        await seller.Owner.Patch($"/v1/billing-integrations/{seller.Integration}", new { tax = new { mode = "none" } }, "*").Expect();
        await app.Advance(TimeSpan.FromMinutes(70));

        Assert.Equal((0, 2500), (await seller.Until(id, "open")) is var open ? (Amount(open, "tax"), Amount(open, "total")) : default);
        Assert.Single(rates);
    }

    [Fact]
    public async Task A_rate_that_somebody_puts_on_a_line_of_a_draft_that_waits_stops_the_invoice()
    {
        var (seller, _) = await Selling(("19", false));
        var client = app.Stripe.Client(seller.Account);
        await app.Stripe.Fail(new { account = seller.Account, method = "POST", path = "/v1/invoices/*/finalize", kind = "status", status = 503, times = 1 });
        var id = await seller.Charge(seller.Approved(Plans.Of(basePrice: 2500)));
        await Eventually.Until(async () => (await seller.Jobs()).FirstOrDefault() is { ValueKind: JsonValueKind.Object } job && job.GetProperty("status").GetString() == "retrying", "the draft waits");
        var item = (await client.V1.InvoiceItems.ListAsync(new InvoiceItemListOptions { Invoice = await seller.StripeId(id) })).Data.Single();
        await client.V1.InvoiceItems.UpdateAsync(item.Id, new InvoiceItemUpdateOptions { TaxRates = [(await client.V1.TaxRates.CreateAsync(Rate("7", false))).Id] });
        await app.Advance(TimeSpan.FromMinutes(70));

        var stuck = await Eventually.Until(() => seller.Invoice(id), i => i.GetProperty("level").GetString() == "error", "its taxes are not the setting's");
        Assert.Equal("tax_mismatch", (await seller.Jobs()).Single().GetProperty("error").GetProperty("code").GetString());
        Assert.Contains("tax rate", stuck.GetProperty("reasons")[0].GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal("draft", (await client.V1.Invoices.GetAsync(await seller.StripeId(id))).Status);
        await client.V1.InvoiceItems.UpdateAsync(item.Id, new InvoiceItemUpdateOptions { TaxRates = [] });
        await seller.Owner.Post($"/v1/invoices/{id}/retry", new { }).Expect();
        Assert.Equal(475, Amount(await seller.Until(id, "open"), "tax"));
    }

    [Fact]
    public async Task A_rate_that_is_missing_on_a_line_behind_the_newest_ten_stops_the_invoice()
    {
        var (seller, rates) = await Selling(("19", false), ("5", false));
        var client = app.Stripe.Client(seller.Account);
        await app.Stripe.Fail(new { account = seller.Account, method = "POST", path = "/v1/invoices/*/finalize", kind = "status", status = 503, times = 1 });
        var id = await seller.Charge(seller.Approved(Plans.Of(basePrice: 2500)));
        await Eventually.Until(async () => (await seller.Jobs()).FirstOrDefault() is { ValueKind: JsonValueKind.Object } job && job.GetProperty("status").GetString() == "retrying", "the draft waits");
        var draft = await client.V1.Invoices.GetAsync(await seller.StripeId(id));
        var item = (await client.V1.InvoiceItems.ListAsync(new InvoiceItemListOptions { Invoice = draft.Id })).Data.Single();
        await client.V1.InvoiceItems.UpdateAsync(item.Id, new InvoiceItemUpdateOptions { TaxRates = [rates[0]] });
        for (var i = 0; i < 12; i++)
        {
            await client.V1.InvoiceItems.CreateAsync(new() { Customer = draft.CustomerId, Invoice = draft.Id, Amount = i % 2 == 0 ? 100 : -100, Currency = "usd" });
        }

        await app.Advance(TimeSpan.FromMinutes(70));

        await Eventually.Until(() => seller.Invoice(id), i => i.GetProperty("level").GetString() == "error", "its taxes are not the setting's");
        Assert.Equal("tax_mismatch", (await seller.Jobs()).Single().GetProperty("error").GetProperty("code").GetString());
    }

    [Fact]
    public async Task A_discount_that_somebody_left_at_Stripe_comes_off_neither_an_invoice_nor_its_tax()
    {
        var (seller, _) = await Selling(("19", false));
        var client = app.Stripe.Client(seller.Account);
        var approved = seller.Approved(Plans.Of(basePrice: 2500));
        await seller.Until(await seller.Charge(approved), "open");
        await app.Stripe.Discount(seller.Account, (await client.V1.Customers.ListAsync()).Data.Single().Id, 10);

        var id = await seller.Charge(seller.Approved(Plans.Of(basePrice: 2500), approved.OrganizationId));

        var open = await seller.Until(id, "open");
        Assert.Equal((2500, 475, 2975), (Amount(open, "subtotal"), Amount(open, "tax"), Amount(open, "total")));
    }

    [Fact]
    public async Task Tax_rates_are_proven_in_the_same_account_and_mode()
    {
        var (seller, rates) = await Selling(("19", false));
        var stranger = EmulatedStripe.NewAccount();
        var elsewhere = (await app.Stripe.Client(stranger).V1.TaxRates.CreateAsync(Rate("7", false))).Id;
        var live = (await app.Stripe.Client(seller.Account, live: true).V1.TaxRates.CreateAsync(Rate("7", false))).Id;
        var archived = (await app.Stripe.Client(seller.Account).V1.TaxRates.CreateAsync(Rate("7", false))).Id;
        await app.Stripe.Client(seller.Account).V1.TaxRates.UpdateAsync(archived, new TaxRateUpdateOptions { Active = false });

        await Set(seller, "rates", elsewhere).ExpectProblem(HttpStatusCode.UnprocessableEntity, "tax_rate_unknown", "tax.rates[0]");
        await Set(seller, "rates", rates[0], live).ExpectProblem(HttpStatusCode.UnprocessableEntity, "tax_rate_unknown", "tax.rates[1]");
        await Set(seller, "rates", archived).ExpectProblem(HttpStatusCode.UnprocessableEntity, "tax_rate_archived", "tax.rates[0]");
        await Set(seller, "rates").ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "tax.rates");
        await Set(seller, "automatic", rates[0]).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "tax.rates");
        await Set(seller, "rates", "../account").ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "tax.rates[0]");
        await Set(seller, "sometimes").ExpectProblem(HttpStatusCode.BadRequest, "validation_failed");
        await app.Stripe.Fail(new { account = seller.Account, method = "GET", path = "/v1/tax_rates/*", kind = "status", status = 503, times = 1 });
        await Set(seller, "rates", rates[0]).ExpectProblem(HttpStatusCode.ServiceUnavailable, "stripe_unavailable");
        await app.Stripe.Permit(seller.Key, new Dictionary<string, string> { ["customer"] = "write", ["invoice"] = "write" });
        await Set(seller, "rates", rates[0]).ExpectProblem(HttpStatusCode.UnprocessableEntity, "stripe_permission_missing", "tax.rates[0]");

        var tax = (await seller.Owner.Get($"/v1/billing-integrations/{seller.Integration}")).GetProperty("tax");
        Assert.Equal(("rates", rates[0]), (tax.GetProperty("mode").GetString(), tax.GetProperty("rates")[0].GetString()));
        Assert.Equal(["detail", "mode", "rates"], tax.EnumerateObject().Select(property => property.Name).Order(StringComparer.Ordinal));
    }

    private static long Amount(JsonElement invoice, string name) => invoice.GetProperty(name).GetProperty("amount").GetInt64();

    private static Task<HttpResponseMessage> Set(Seller seller, string mode, params string[] rates) =>
        seller.Owner.Patch($"/v1/billing-integrations/{seller.Integration}", new { tax = new { mode, rates } }, "*");

    private static TaxRateCreateOptions Rate(string percentage, bool inclusive) => new()
    {
        DisplayName = "VAT", Inclusive = inclusive, Percentage = decimal.Parse(percentage, System.Globalization.CultureInfo.InvariantCulture),
    };

    private async Task<(Seller Seller, List<string> Rates)> Selling(params (string Percentage, bool Inclusive)[] rates)
    {
        var seller = await Seller.Open(app);
        await app.Stripe.Permit(seller.Key, new Dictionary<string, string> { ["customer"] = "write", ["invoice"] = "write", ["tax_rate"] = "read" });
        var made = new List<string>();
        foreach (var (percentage, inclusive) in rates)
        {
            made.Add((await app.Stripe.Client(seller.Account).V1.TaxRates.CreateAsync(Rate(percentage, inclusive))).Id);
        }

        await Set(seller, "rates", [.. made]).Expect();
        return (seller, made);
    }

    // An account in Germany that collects there, in Austria and in New York.
    private async Task<Seller> Automatic()
    {
        var seller = await Seller.Open(app);
        await app.Stripe.Collect(seller.Account, "DE", new Dictionary<string, string> { ["DE"] = "19", ["AT"] = "20", ["US-NY"] = "8.875" });
        await Set(seller, "automatic").Expect();
        return seller;
    }
}
