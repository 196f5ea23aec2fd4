using System.Net.Http.Json;

namespace Marketplace.StripeEmulator.Tests;

/// <summary>Stripe's own reckoning of tax on invoices: by where the customer is and where the account collects.</summary>
public sealed class AutomaticTaxTests(EmulatorApp app) : IClassFixture<EmulatorApp>
{
    private readonly Caller caller = app.NewAccount();

    [Theory]
    [InlineData("address[country]=DE", 190, "standard_rated")]
    [InlineData("address[country]=US&address[state]=NY&address[postal_code]=10001", 89, "standard_rated")]
    [InlineData("address[country]=US&address[state]=OR&address[postal_code]=97201", 0, "not_collecting")]
    [InlineData("address[country]=FR", 0, "not_collecting")]
    [InlineData("address[country]=AT&tax_id_data[0][type]=eu_vat&tax_id_data[0][value]=ATU12345678", 0, "reverse_charge")]
    [InlineData("address[country]=AT", 200, "standard_rated")]
    [InlineData("address[country]=DE&tax_exempt=exempt", 0, "customer_exempt")]
    public async Task It_is_what_the_account_collects_where_the_customer_is(string customer, long tax, string reason)
    {
        await Register();
        var draft = await caller.Draft(await caller.Customer(customer), 1000, "automatic_tax[enabled]=true");
        Assert.Equal(("complete", 1000L, 1000L, 1000 + tax), (draft.Text("automatic_tax.status"), draft.Number("subtotal"), draft.Number("total_excluding_tax"), draft.Number("total")));
        Assert.Equal((tax, reason, "exclusive"), (draft.Number("total_taxes.0.amount"), draft.Text("total_taxes.0.taxability_reason"), draft.Text("total_taxes.0.tax_behavior")));
        var open = (await caller.Post($"/v1/invoices/{draft.Id}/finalize")).Ok();
        Assert.Equal((1000 + tax, 1000 + tax), (open.Number("total"), open.Number("amount_due")));
        var rate = (await caller.Get($"/v1/tax_rates/{open.Text("total_taxes.0.tax_rate_details.tax_rate")}")).Ok();
        Assert.Null(rate["taxability_reason"]);
    }

    [Fact]
    public async Task A_line_may_have_it_within()
    {
        await Register();
        var customer = await caller.Customer("address[country]=DE");
        var invoice = (await caller.Post("/v1/invoices", $"customer={customer}&automatic_tax[enabled]=true")).Ok().Id;
        (await caller.Post("/v1/invoiceitems", $"customer={customer}&invoice={invoice}&amount=1190&currency=usd&tax_behavior=inclusive")).Ok();
        (await caller.Post("/v1/invoiceitems", $"customer={customer}&invoice={invoice}&amount=1000&currency=usd&tax_behavior=exclusive")).Ok();
        var draft = (await caller.Get($"/v1/invoices/{invoice}")).Ok();
        Assert.Equal((2190L, 2380L, 2000L), (draft.Number("subtotal"), draft.Number("total"), draft.Number("total_excluding_tax")));
    }

    [Theory]
    [InlineData("address[country]=US")]
    [InlineData("address[country]=CA")]
    [InlineData("address[city]=Berlin")]
    public async Task Where_too_little_is_known_nothing_is_finalized(string customer)
    {
        await Register();
        var draft = await caller.Draft(await caller.Customer(customer), 1000, "automatic_tax[enabled]=true");
        Assert.Equal(("requires_location_inputs", 1000L), (draft.Text("automatic_tax.status"), draft.Number("total")));
        Assert.Equal("customer_tax_location_invalid", (await caller.Post($"/v1/invoices/{draft.Id}/finalize")).Code);
    }

    [Fact]
    public async Task What_is_collected_where_must_be_places_and_percentages()
    {
        using var answer = await app.Http.PostAsJsonAsync("/_emulator/accounts", new { id = "acct_1Tax", tax = new Dictionary<string, string> { ["Germany"] = "19" } });
        Assert.Equal(400, (int)answer.StatusCode);
    }

    private async Task Register()
    {
        var account = (await caller.Get("/v1/account")).Ok().Id;
        var tax = new Dictionary<string, string> { ["DE"] = "19", ["AT"] = "20", ["US-NY"] = "8.875" };
        using var answer = await app.Http.PostAsJsonAsync("/_emulator/accounts", new { id = account, country = "DE", tax });
        Assert.True(answer.IsSuccessStatusCode);
    }
}
