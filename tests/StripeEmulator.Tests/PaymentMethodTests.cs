using Marketplace.StripeEmulator.Resources;

namespace Marketplace.StripeEmulator.Tests;

public sealed class PaymentMethodTests(EmulatorApp app) : IClassFixture<EmulatorApp>
{
    private readonly Caller caller = app.NewAccount();

    [Theory]
    [InlineData("pm_card_mastercard", "mastercard", "credit", "US")]
    [InlineData("pm_card_visa_debit", "visa", "debit", "US")]
    [InlineData("pm_card_amex", "amex", "credit", "US")]
    [InlineData("pm_card_jcb", "jcb", "credit", "US")]
    [InlineData("pm_card_gb", "visa", "credit", "GB")]
    [InlineData("pm_card_de", "visa", "credit", "DE")]
    public async Task An_alias_makes_a_card_of_its_brand_and_country(string alias, string brand, string funding, string country)
    {
        var method = (await caller.Post($"/v1/payment_methods/{alias}/attach", $"customer={await caller.Customer()}")).Ok();
        Assert.StartsWith("pm_1", method.Id, StringComparison.Ordinal);
        Assert.Equal((brand, funding, country), (method.Text("card.brand"), method.Text("card.funding"), method.Text("card.country")));
    }

    [Fact]
    public async Task Every_documented_number_and_name_makes_a_payment_method()
    {
        foreach (var number in TestNumbers.Documented.Where(n => n.Brand != "sepa_debit"))
        {
            var form = number.IsBank
                ? $"type=us_bank_account&us_bank_account[account_number]={number.Number}&us_bank_account[routing_number]=110000000&billing_details[name]=Bob"
                : $"type=card&card[number]={number.Number}&card[exp_month]=12&card[exp_year]=2034";
            Assert.Equal(number.Last4, (await caller.Post("/v1/payment_methods", form)).Ok().Text(number.Type + ".last4"));
        }

        foreach (var token in (string[])["tok_visa", "tok_chargeCustomerFail", "tok_visa_createDispute", "tok_us"])
        {
            Assert.Equal("card", (await caller.Post("/v1/payment_methods", $"type=card&card[token]={token}")).Ok().Text("type"));
        }

        var unknown = await caller.Post("/v1/payment_methods", "type=card&card[token]=tok_none");
        Assert.Equal((400, "resource_missing", "card[token]"), (unknown.Status, unknown.Code, unknown.Text("error.param")));
        Assert.Equal(400, (await caller.Post("/v1/payment_methods", "type=card&card[token]=pm_card_visa")).Status);
    }

    [Theory]
    [InlineData("card[number]=4242424242424241&card[exp_month]=12&card[exp_year]=2034", "incorrect_number")]
    [InlineData("card[number]=4242424242424242&card[exp_month]=13&card[exp_year]=2034", "invalid_expiry_month")]
    [InlineData("card[number]=4242424242424242&card[exp_month]=12&card[exp_year]=2020", "invalid_expiry_year")]
    [InlineData("card[number]=4242424242424242&card[exp_month]=12&card[exp_year]=2034&card[cvc]=99", "invalid_cvc")]
    public async Task A_card_that_cannot_be_is_refused(string form, string code)
    {
        var answer = await caller.Post("/v1/payment_methods", "type=card&" + form);
        Assert.Equal((402, "card_error", code), (answer.Status, answer.Text("error.type"), answer.Code));
    }

    [Fact]
    public async Task Checks_are_made_on_the_fields_that_were_sent()
    {
        const string Card = "type=card&card[exp_month]=12&card[exp_year]=2034";
        var silent = (await caller.Post("/v1/payment_methods", Card + "&card[number]=4000000000000101")).Ok();
        Assert.Null(silent.At("card.checks.cvc_check"));
        var wrong = (await caller.Post("/v1/payment_methods", Card + "&card[number]=4000000000000101&card[cvc]=123")).Ok();
        Assert.Equal("fail", wrong.Text("card.checks.cvc_check"));
        var zip = (await caller.Post("/v1/payment_methods", Card + "&card[number]=4000000000000036&card[cvc]=123&billing_details[address][postal_code]=94103")).Ok();
        Assert.Equal(("pass", "fail"), (zip.Text("card.checks.cvc_check"), zip.Text("card.checks.address_postal_code_check")));
    }

    [Fact]
    public async Task Detaching_clears_the_customers_default_and_is_for_good()
    {
        var customer = await caller.Customer("payment_method=pm_card_visa&invoice_settings[default_payment_method]=pm_card_visa");
        var method = (await caller.Get($"/v1/customers/{customer}")).Ok().Text("invoice_settings.default_payment_method");
        (await caller.Post($"/v1/payment_methods/{method}/detach")).Ok();
        Assert.Null((await caller.Get($"/v1/customers/{customer}")).Ok().At("invoice_settings.default_payment_method"));
        var told = (await caller.Get("/v1/events?limit=2")).Ok();
        Assert.Equal(("customer.updated", method), (told.Text("data.0.type"), told.Text("data.0.data.previous_attributes.invoice_settings.default_payment_method")));
        Assert.Equal(("payment_method.detached", customer), (told.Text("data.1.type"), told.Text("data.1.data.previous_attributes.customer")));
        Assert.Contains("It may not be used again.", (await caller.Post("/v1/payment_intents", $"amount=1000&currency=usd&confirm=true&payment_method={method}")).Message, StringComparison.Ordinal);
        Assert.Contains("It may not be used again.", (await caller.Post($"/v1/payment_methods/{method}/attach", $"customer={customer}")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_networks_renew_a_card_by_a_knob()
    {
        var method = (await caller.Post("/v1/payment_methods/pm_card_visa/attach", $"customer={await caller.Customer()}")).Ok().Id;
        var renewed = (await caller.Turn(HttpMethod.Post, $"payment_methods/{method}/update", new { expMonth = 7, expYear = 2040, number = "5555555555554444" }))!;
        Assert.Equal((7, "4444", "mastercard"), (renewed["card"]!["exp_month"]!.GetValue<long>(), renewed["card"]!["last4"]!.GetValue<string>(), renewed["card"]!["brand"]!.GetValue<string>()));
        var told = (await caller.Get("/v1/events?type=payment_method.automatically_updated")).Ok();
        Assert.Equal((method, "4242"), (told.Text("data.0.data.object.id"), told.Text("data.0.data.previous_attributes.card.last4")));
    }

    [Fact]
    public async Task Methods_are_listed_by_type_and_by_what_may_be_shown_again()
    {
        var customer = await caller.Customer();
        (await caller.Post("/v1/payment_methods/pm_card_visa/attach", $"customer={customer}")).Ok();
        var bank = (await caller.Post("/v1/payment_methods/pm_usBankAccount/attach", $"customer={customer}")).Ok().Id;
        (await caller.Post($"/v1/payment_methods/{bank}", "allow_redisplay=always&us_bank_account[account_holder_type]=company")).Ok();
        Assert.Equal(bank, (await caller.Get($"/v1/payment_methods?customer={customer}&type=us_bank_account")).Ok().Text("data.0.id"));
        var shown = (await caller.Get($"/v1/payment_methods?customer={customer}&allow_redisplay=always")).Ok();
        Assert.Equal("company", Assert.Single(shown["data"]!.AsArray())!["us_bank_account"]!["account_holder_type"]!.GetValue<string>());
        Assert.Equal(2, (await caller.Get($"/v1/customers/{customer}/payment_methods")).Ok()["data"]!.AsArray().Count);
    }
}
