namespace Marketplace.StripeEmulator.Tests;

public sealed class PaymentTests(EmulatorApp app) : IClassFixture<EmulatorApp>
{
    private readonly Caller caller = app.NewAccount();

    [Theory]
    [InlineData("pm_card_visa", 200, "", "succeeded")]
    [InlineData("pm_usBankAccount", 200, "", "processing")]
    [InlineData("pm_card_visa_chargeDeclined", 402, "card_declined", "requires_payment_method")]
    [InlineData("pm_card_chargeDeclinedInsufficientFunds", 402, "card_declined", "requires_payment_method")]
    [InlineData("pm_card_chargeDeclinedExpiredCard", 402, "expired_card", "requires_payment_method")]
    [InlineData("pm_card_chargeDeclinedIncorrectCvc", 402, "incorrect_cvc", "requires_payment_method")]
    [InlineData("pm_card_chargeDeclinedProcessingError", 402, "processing_error", "requires_payment_method")]
    [InlineData("pm_card_threeDSecure2Required", 200, "", "requires_action")]
    public async Task A_test_card_does_what_it_is_documented_to_do(string alias, int status, string code, string intentStatus)
    {
        var answer = await caller.Post("/v1/payment_intents", $"amount=1000&currency=usd&payment_method={alias}&confirm=true");
        Assert.Equal((status, code), (answer.Status, answer.Code));
        Assert.Equal(intentStatus, answer.Text(status == 200 ? "status" : "error.payment_intent.status"));
    }

    [Fact]
    public async Task A_decline_tells_of_the_intent_and_the_charge_and_may_be_tried_again()
    {
        var declined = await caller.Post("/v1/payment_intents", "amount=1000&currency=usd&payment_method=pm_card_chargeDeclinedInsufficientFunds&confirm=true");
        Assert.Equal(("card_error", "insufficient_funds", "Your card has insufficient funds."), (declined.Text("error.type"), declined.Text("error.decline_code"), declined.Message));
        Assert.Equal("failed", (await caller.Get($"/v1/charges/{declined.Text("error.charge")}")).Ok().Text("status"));
        var intent = declined.Text("error.payment_intent.id");
        Assert.Equal("succeeded", (await caller.Post($"/v1/payment_intents/{intent}/confirm", "payment_method=pm_card_visa")).Ok().Text("status"));
        Assert.Equal(2, (await caller.Get($"/v1/charges?payment_intent={intent}")).Ok()["data"]!.AsArray().Count);
    }

    [Fact]
    public async Task An_invoices_intent_is_not_canceled_by_itself_but_with_its_invoice()
    {
        var invoice = await caller.Open(await caller.Customer());
        var intent = (await caller.Get($"/v1/invoice_payments?invoice={invoice.Id}")).Ok().Text("data.0.payment.payment_intent");
        Assert.Equal(400, (await caller.Post($"/v1/payment_intents/{intent}/cancel")).Status);
        (await caller.Post($"/v1/invoices/{invoice.Id}/void")).Ok();
        var canceled = (await caller.Get($"/v1/payment_intents/{intent}")).Ok();
        Assert.Equal(("canceled", "void_invoice"), (canceled.Text("status"), canceled.Text("cancellation_reason")));
    }

    [Fact]
    public async Task Confirming_an_invoices_intent_pays_the_invoice()
    {
        var invoice = await caller.Open(await caller.Customer());
        var intent = (await caller.Get($"/v1/invoice_payments?invoice={invoice.Id}")).Ok().Text("data.0.payment.payment_intent");
        (await caller.Post($"/v1/payment_intents/{intent}/confirm", "payment_method=pm_card_visa")).Ok();
        Assert.Equal("paid", (await caller.Get($"/v1/invoices/{invoice.Id}")).Ok().Text("status"));
    }

    [Fact]
    public async Task A_method_is_attached_listed_made_default_and_detached_for_good()
    {
        var customer = await caller.Customer();
        var method = (await caller.Post("/v1/payment_methods", "type=card&card[number]=4242424242424242&card[exp_month]=12&card[exp_year]=2034&card[cvc]=123")).Ok();
        Assert.Equal(("visa", "4242"), (method.Text("card.brand"), method.Text("card.last4")));
        Assert.Equal(customer, (await caller.Post($"/v1/payment_methods/{method.Id}/attach", $"customer={customer}")).Ok().Text("customer"));
        (await caller.Post($"/v1/customers/{customer}", $"invoice_settings[default_payment_method]={method.Id}")).Ok();
        Assert.Single((await caller.Get($"/v1/payment_methods?customer={customer}&type=card")).Ok()["data"]!.AsArray());
        (await caller.Post($"/v1/payment_methods/{method.Id}/detach")).Ok();
        Assert.Empty((await caller.Get($"/v1/customers/{customer}/payment_methods")).Ok()["data"]!.AsArray());
        Assert.Null((await caller.Get($"/v1/customers/{customer}")).Ok().At("invoice_settings.default_payment_method"));
        Assert.Equal(400, (await caller.Post($"/v1/payment_methods/{method.Id}/attach", $"customer={customer}")).Status);
    }

    [Fact]
    public async Task A_card_that_declines_cannot_be_saved_but_the_one_that_fails_later_can()
    {
        var customer = await caller.Customer();
        Assert.Equal((402, "card_declined"), await Attach("pm_card_chargeDeclined"));
        Assert.Equal((200, ""), await Attach("pm_card_chargeCustomerFail"));
        Assert.Equal("incorrect_number", (await caller.Post("/v1/payment_methods", "type=card&card[number]=4242424242424241&card[exp_month]=12&card[exp_year]=2034")).Code);

        async Task<(int, string)> Attach(string alias)
        {
            var answer = await caller.Post($"/v1/payment_methods/{alias}/attach", $"customer={customer}");
            return (answer.Status, answer.Code);
        }
    }

    [Fact]
    public async Task The_next_card_fails_when_told_so()
    {
        await caller.Turn(HttpMethod.Post, "cards/fail", new { times = 1, declineCode = "insufficient_funds" });
        Assert.Equal("insufficient_funds", (await caller.Post("/v1/payment_intents", "amount=1000&currency=usd&payment_method=pm_card_visa&confirm=true")).Text("error.decline_code"));
        Assert.Equal(200, (await caller.Post("/v1/payment_intents", "amount=1000&currency=usd&payment_method=pm_card_visa&confirm=true")).Status);
    }
}
