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

    [Fact]
    public async Task A_held_amount_is_captured_in_part_once_and_the_rest_released()
    {
        var held = (await caller.Post("/v1/payment_intents", "amount=2000&currency=usd&capture_method=manual&confirm=true&payment_method=pm_card_visa&expand[]=latest_charge")).Ok();
        Assert.Equal(("requires_capture", 2000, 0, false), (held.Text("status"), held.Number("amount_capturable"), held.Number("amount_received"), held["latest_charge"]!["captured"]!.GetValue<bool>()));
        var charge = held.Text("latest_charge.id");
        Assert.Empty((await caller.Get($"/v1/balance_transactions?source={charge}")).Ok()["data"]!.AsArray());
        Assert.StartsWith($"This uncaptured Charge was created by a PaymentIntent ({held.Id}). You must capture", (await caller.Post($"/v1/charges/{charge}/capture")).Message, StringComparison.Ordinal);
        Assert.StartsWith($"This uncaptured Charge was created by a PaymentIntent ({held.Id}). You must cancel", (await caller.Post("/v1/refunds", $"charge={charge}")).Message, StringComparison.Ordinal);
        Assert.Equal("amount_too_large", (await caller.Post($"/v1/payment_intents/{held.Id}/capture", "amount_to_capture=2001")).Code);
        Assert.Equal("payment_intent_unexpected_state", (await caller.Post($"/v1/payment_intents/{held.Id}/increment_authorization", "amount=3000")).Code);
        var done = (await caller.Post($"/v1/payment_intents/{held.Id}/capture", "amount_to_capture=1500&metadata[a]=1&expand[]=latest_charge.balance_transaction")).Ok();
        Assert.Equal(("succeeded", 1500, 0, "1"), (done.Text("status"), done.Number("amount_received"), done.Number("amount_capturable"), done.Text("metadata.a")));
        Assert.Equal((1500, 1500, "pending"), (done.Number("latest_charge.amount_captured"), done.Number("latest_charge.balance_transaction.net"), done.Text("latest_charge.balance_transaction.status")));
        Assert.Equal("charge_already_captured", (await caller.Post($"/v1/charges/{charge}/capture")).Code);
        Assert.Equal(1500, (await caller.Post("/v1/refunds", $"charge={charge}")).Ok().Number("amount"));
        Assert.Single((await caller.Get("/v1/events?type=charge.captured")).Ok()["data"]!.AsArray(), e => e!["data"]!["object"]!["id"]!.GetValue<string>() == charge);
    }

    [Fact]
    public async Task What_is_never_captured_is_let_go_after_a_week()
    {
        var held = (await caller.Post("/v1/payment_intents", "amount=2000&currency=usd&payment_method_options[card][capture_method]=manual&confirm=true&payment_method=pm_card_visa")).Ok();
        Assert.Equal("requires_capture", held.Text("status"));
        await app.Advance((7 * 86_400) + 1);
        var gone = (await caller.Get($"/v1/payment_intents/{held.Id}")).Ok();
        Assert.Equal(("canceled", "automatic", 0), (gone.Text("status"), gone.Text("cancellation_reason"), gone.Number("amount_capturable")));
        Assert.Equal(held.Text("latest_charge"), (await caller.Get("/v1/events?type=charge.expired")).Ok().Text("data.0.data.object.id"));
    }

    [Fact]
    public async Task Three_D_Secure_is_asked_for_by_the_caller_told_on_the_charge_and_opened_by_Stripe_js()
    {
        var form = "amount=2000&currency=usd&payment_method=pm_card_threeDSecureOptional&confirm=true";
        Assert.Equal("succeeded", (await caller.Post("/v1/payment_intents", form)).Ok().Text("status"));
        var asked = (await caller.Post("/v1/payment_intents", form + "&payment_method_options[card][request_three_d_secure]=any&use_stripe_sdk=true")).Ok();
        Assert.Equal(("requires_action", "use_stripe_sdk"), (asked.Text("status"), asked.Text("next_action.type")));
        using var step = await app.Browse(HttpMethod.Post, asked.Text("next_action.use_stripe_sdk.stripe_js"), ("result", "complete"));
        var done = (await caller.Get($"/v1/payment_intents/{asked.Id}?expand[]=latest_charge")).Ok();
        Assert.Equal(("succeeded", "authenticated"), (done.Text("status"), done.Text("latest_charge.payment_method_details.card.three_d_secure.result")));
    }

    [Fact]
    public async Task Options_and_types_that_contradict_or_are_not_done_are_refused()
    {
        foreach (var (form, param) in ((string, string)[])
            [
                ("automatic_payment_methods[enabled]=true&payment_method_types[]=card", "automatic_payment_methods"),
                ("payment_method_options[card][installments][enabled]=true", "payment_method_options[card][installments]"),
                ("excluded_payment_method_types[]=card&payment_method=pm_card_visa", "payment_method"),
            ])
        {
            var answer = await caller.Post("/v1/payment_intents", "amount=2000&currency=usd&" + form);
            Assert.Equal((400, param), (answer.Status, answer.Text("error.param")));
        }
    }

    [Fact]
    public async Task A_method_is_saved_with_a_payment_when_it_is_to_be_used_again()
    {
        var customer = await caller.Customer();
        var intent = (await caller.Post("/v1/payment_intents", $"amount=1000&currency=usd&customer={customer}&setup_future_usage=off_session&payment_method=pm_card_authenticationRequiredOnSetup&confirm=true")).Ok();
        Assert.Equal("requires_action", intent.Text("status"));
        using var step = await app.Browse(HttpMethod.Post, intent.Text("next_action.redirect_to_url.url"), ("result", "complete"));
        var method = Assert.Single((await caller.Get($"/v1/customers/{customer}/payment_methods")).Ok()["data"]!.AsArray())!["id"]!.GetValue<string>();
        Assert.Equal("succeeded", (await caller.Post("/v1/payment_intents", $"amount=1000&currency=usd&customer={customer}&payment_method={method}&off_session=true&confirm=true")).Ok().Text("status"));
        Assert.Equal("requires_action", (await caller.Post("/v1/payment_intents", $"amount=1000&currency=usd&customer={customer}&payment_method={method}&confirm=true")).Ok().Text("status"));
    }

    [Theory]
    [InlineData("pm_card_authenticationRequired")]
    [InlineData("pm_card_authenticationRequiredOnSetup")]
    public async Task A_card_that_was_never_set_up_is_declined_without_the_customer_and_no_bank_is_asked(string alias)
    {
        var answer = await caller.Post("/v1/payment_intents", $"amount=1000&currency=usd&payment_method={alias}&off_session=true&confirm=true");
        Assert.Equal((402, "authentication_required", "authentication_required"), (answer.Status, answer.Code, answer.Text("error.decline_code")));
        Assert.Null(answer.At("error.charge"));
        Assert.Null(answer.At("error.payment_intent.latest_charge"));
    }

    [Fact]
    public async Task A_card_used_without_a_customer_is_good_for_one_payment()
    {
        var method = (await caller.Post("/v1/payment_methods", "type=card&card[token]=tok_visa")).Ok().Id;
        (await caller.Post("/v1/payment_intents", $"amount=1000&currency=usd&payment_method={method}&confirm=true")).Ok();
        Assert.Contains("It may not be used again.", (await caller.Post("/v1/payment_intents", $"amount=1000&currency=usd&payment_method={method}&confirm=true")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_payment_confirmed_by_the_server_waits_for_it_after_3_D_Secure()
    {
        var intent = (await caller.Post("/v1/payment_intents", "amount=1000&currency=usd&confirmation_method=manual&payment_method=pm_card_threeDSecure2Required&confirm=true")).Ok();
        using var step = await app.Browse(HttpMethod.Post, intent.Text("next_action.redirect_to_url.url"), ("result", "complete"));
        Assert.Equal("requires_confirmation", (await caller.Get($"/v1/payment_intents/{intent.Id}")).Ok().Text("status"));
        Assert.Equal("succeeded", (await caller.Post($"/v1/payment_intents/{intent.Id}/confirm")).Ok().Text("status"));
    }

    [Fact]
    public async Task What_belongs_to_confirming_is_refused_without_it_and_amounts_have_bounds()
    {
        foreach (var (form, code, message) in ((string, string, string)[])
            [
                ("amount=1000&currency=usd&off_session=true", "", "You cannot provide `off_session` when `confirm` is not set to true."),
                ("amount=49&currency=usd", "amount_too_small", "Amount must be at least $0.50 usd"),
                ("amount=100000000&currency=usd", "amount_too_large", "Amount must be no more than $999999.99"),
                ("amount=1000000000&currency=inr", "amount_too_large", "Amount must be no more than "),
                ("amount=1000&currency=eur&payment_method_types[]=klarna", "", "The payment method type \"klarna\" is invalid."),
                ("amount=1000&currency=usd&payment_method_types[]=sepa_debit", "", "The currency provided (usd) is invalid. Payments with sepa_debit support the following currencies: eur."),
                ("amount=1000&currency=usd&transfer_data[destination]=acct_x", "", "The Stripe emulator does not support 'transfer_data' on this endpoint."),
                ("amount=1000&currency=usd&confirm=true", "payment_intent_unexpected_state", "You cannot confirm this PaymentIntent because it's missing a payment method."),
            ])
        {
            var answer = await caller.Post("/v1/payment_intents", form);
            Assert.Equal((400, code), (answer.Status, answer.Code));
            Assert.StartsWith(message, answer.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("do_not_honor", "card_declined", "Your card was declined.")]
    [InlineData("expired_card", "expired_card", "Your card has expired.")]
    [InlineData("processing_error", "processing_error", "An error occurred while processing your card. Try again in a little bit.")]
    public async Task A_failing_card_says_why_as_Stripe_says_it(string decline, string code, string message)
    {
        await caller.Turn(HttpMethod.Post, "cards/fail", new { times = 2, declineCode = decline });
        foreach (var path in (string[])["payment_intents?amount=1000&currency=usd", "setup_intents?usage=off_session"])
        {
            var answer = await caller.Post("/v1/" + path.Split('?')[0], path.Split('?')[1] + "&payment_method=pm_card_visa&confirm=true");
            Assert.Equal((402, code, decline, message), (answer.Status, answer.Code, answer.Text("error.decline_code"), answer.Message));
        }

        await Assert.ThrowsAnyAsync<Exception>(() => caller.Turn(HttpMethod.Post, "cards/fail", new { declineCode = "unheard_of" }));
    }

    [Fact]
    public async Task A_charge_has_a_receipt_and_a_failed_one_has_none()
    {
        var intent = (await caller.Post("/v1/payment_intents", "amount=1234&currency=usd&payment_method=pm_card_visa&confirm=true&description=Plan&expand[]=latest_charge")).Ok();
        (await caller.Post("/v1/refunds", $"payment_intent={intent.Id}&amount=34")).Ok();
        using var page = await app.Browse(HttpMethod.Get, intent.Text("latest_charge.receipt_url"));
        var text = await page.Content.ReadAsStringAsync();
        foreach (var part in (string[])["12.34 USD", "visa ending in 4242", "Plan", "Refunded: 0.34 USD"])
        {
            Assert.Contains(part, text, StringComparison.Ordinal);
        }

        var declined = await caller.Post("/v1/payment_intents", "amount=1234&currency=usd&payment_method=pm_card_chargeDeclined&confirm=true");
        using var none = await app.Browse(HttpMethod.Get, $"http://x/receipts/{declined.Text("error.charge")}");
        Assert.Equal(404, (int)none.StatusCode);
    }

    [Fact]
    public async Task A_publishable_key_with_the_client_secret_confirms()
    {
        var intent = (await caller.Post("/v1/payment_intents", "amount=1000&currency=usd&receipt_email=a@example.com&shipping[name]=Jenny&shipping[address][line1]=Street")).Ok();
        var browser = caller.With(caller.Key.Replace("sk_", "pk_", StringComparison.Ordinal));
        Assert.Equal(404, (await browser.Post($"/v1/payment_intents/{intent.Id}/confirm", "client_secret=wrong&payment_method=pm_card_visa")).Status);
        var done = (await browser.Post($"/v1/payment_intents/{intent.Id}/confirm", $"client_secret={intent.Text("client_secret")}&payment_method_data[type]=card&payment_method_data[card][token]=tok_visa&return_url=https://example.com")).Ok();
        Assert.Equal("succeeded", done.Text("status"));
        var charge = (await caller.Get($"/v1/charges/{done.Text("latest_charge")}")).Ok();
        Assert.Equal(("a@example.com", "Jenny"), (charge.Text("receipt_email"), charge.Text("shipping.name")));
    }
}
