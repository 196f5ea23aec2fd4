namespace Marketplace.StripeEmulator.Tests;

public sealed class SetupIntentTests(EmulatorApp app) : IClassFixture<EmulatorApp>
{
    private readonly Caller caller = app.NewAccount();

    [Fact]
    public async Task Confirming_saves_the_method_to_the_customer_and_tells_of_it()
    {
        var customer = await caller.Customer();
        var intent = (await caller.Post("/v1/setup_intents", $"customer={customer}&payment_method_types[]=card")).Ok();
        Assert.Equal(("requires_payment_method", "off_session"), (intent.Text("status"), intent.Text("usage")));
        var done = (await caller.Post($"/v1/setup_intents/{intent.Id}/confirm", "payment_method=pm_card_visa&expand[]=latest_attempt")).Ok();
        Assert.Equal(("succeeded", "succeeded"), (done.Text("status"), done.Text("latest_attempt.status")));
        var method = (await caller.Get($"/v1/payment_methods/{done.Text("payment_method")}")).Ok();
        Assert.Equal(customer, method.Text("customer"));
        Assert.Equal(["setup_intent.succeeded", "payment_method.attached", "setup_intent.created"], await Told(intent.Id, method.Id));
    }

    [Theory]
    [InlineData("pm_card_chargeDeclined", "card_declined", "generic_decline")]
    [InlineData("pm_card_chargeDeclinedExpiredCard", "expired_card", "expired_card")]
    [InlineData("pm_card_visa_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds")]
    public async Task A_declined_setup_answers_402_with_the_intent_and_may_be_tried_again(string alias, string code, string decline)
    {
        var answer = await caller.Post("/v1/setup_intents", $"confirm=true&payment_method={alias}&payment_method_types[]=card");
        Assert.Equal((402, "card_error", code, decline), (answer.Status, answer.Text("error.type"), answer.Code, answer.Text("error.decline_code")));
        Assert.Equal("requires_payment_method", answer.Text("error.setup_intent.status"));
        var id = answer.Text("error.setup_intent.id");
        Assert.Equal(["setup_intent.setup_failed", "setup_intent.created"], await Told(id));
        Assert.Equal(code, (await caller.Get($"/v1/setup_intents/{id}")).Ok().Text("last_setup_error.code"));
        Assert.Equal("succeeded", (await caller.Post($"/v1/setup_intents/{id}/confirm", "payment_method=pm_card_visa")).Ok().Text("status"));
    }

    [Theory]
    [InlineData("complete", "succeeded", "setup_intent.succeeded", "succeeded")]
    [InlineData("fail", "requires_payment_method", "setup_intent.setup_failed", "failed")]
    public async Task A_card_that_wants_3_D_Secure_is_saved_when_the_person_completes_it(string result, string status, string told, string redirected)
    {
        var customer = await caller.Customer();
        var intent = (await caller.Post("/v1/setup_intents", $"confirm=true&customer={customer}&payment_method=pm_card_authenticationRequired&return_url=https://example.com/back?a=1")).Ok();
        Assert.Equal(("requires_action", "redirect_to_url"), (intent.Text("status"), intent.Text("next_action.type")));
        Assert.Empty((await caller.Get($"/v1/customers/{customer}/payment_methods")).Ok()["data"]!.AsArray());
        using var back = await app.Browse(HttpMethod.Post, intent.Text("next_action.redirect_to_url.url"), ("result", result));
        Assert.Equal(303, (int)back.StatusCode);
        Assert.Equal($"https://example.com/back?a=1&setup_intent={intent.Id}&setup_intent_client_secret={intent.Text("client_secret")}&redirect_status={redirected}", back.Headers.Location!.ToString());
        Assert.Equal(status, (await caller.Get($"/v1/setup_intents/{intent.Id}")).Ok().Text("status"));
        Assert.Equal(told, (await Told(intent.Id))[0]);
        Assert.Equal(result == "complete" ? 1 : 0, (await caller.Get($"/v1/customers/{customer}/payment_methods")).Ok()["data"]!.AsArray().Count);
    }

    [Fact]
    public async Task A_publishable_key_with_the_client_secret_may_see_and_confirm()
    {
        var intent = (await caller.Post("/v1/setup_intents")).Ok();
        var browser = caller.With(caller.Key.Replace("sk_", "pk_", StringComparison.Ordinal));
        Assert.Equal(404, (await browser.Get($"/v1/setup_intents/{intent.Id}")).Status);
        Assert.Equal(404, (await browser.Get($"/v1/setup_intents/{intent.Id}?client_secret=wrong")).Status);
        var secret = intent.Text("client_secret");
        Assert.Equal("requires_payment_method", (await browser.Get($"/v1/setup_intents/{intent.Id}?client_secret={secret}")).Ok().Text("status"));
        Assert.Equal(404, (await browser.Post($"/v1/setup_intents/{intent.Id}/confirm", "payment_method_data[type]=card&payment_method_data[card][token]=tok_visa")).Status);
        var form = $"client_secret={secret}&payment_method_data[type]=card&payment_method_data[card][number]=4242424242424242&payment_method_data[card][exp_month]=12&payment_method_data[card][exp_year]=34&payment_method_data[card][cvc]=123";
        Assert.Equal("succeeded", (await browser.Post($"/v1/setup_intents/{intent.Id}/confirm", form)).Ok().Text("status"));
        Assert.Equal("secret_key_required", (await browser.Post($"/v1/setup_intents/{intent.Id}/cancel")).Code);
    }

    [Fact]
    public async Task A_method_of_another_customer_and_one_of_a_type_not_taken_are_refused()
    {
        var (owner, other) = (await caller.Customer(), await caller.Customer());
        var method = (await caller.Post("/v1/payment_methods/pm_card_visa/attach", $"customer={owner}")).Ok().Id;
        var foreign = await caller.Post("/v1/setup_intents", $"customer={other}&payment_method={method}");
        Assert.Equal((400, "payment_method"), (foreign.Status, foreign.Text("error.param")));
        Assert.StartsWith($"The PaymentMethod {method} does not belong to the Customer you supplied {other}.", foreign.Message, StringComparison.Ordinal);
        Assert.StartsWith($"The payment method supplied ({method}) belongs to the Customer {owner}.", (await caller.Post("/v1/setup_intents", $"payment_method={method}")).Message, StringComparison.Ordinal);
        var typed = await caller.Post("/v1/setup_intents", "payment_method=pm_usBankAccount&payment_method_types[]=card");
        Assert.Equal("The PaymentMethod provided (us_bank_account) is not allowed for this SetupIntent. Please attach a PaymentMethod with one of the following types: card.", typed.Message);
        Assert.Equal(400, (await caller.Post("/v1/setup_intents", "payment_method_types[]=klarna")).Status);
    }

    [Fact]
    public async Task A_bank_account_is_saved_with_a_mandate()
    {
        var intent = (await caller.Post("/v1/setup_intents", "confirm=true&payment_method=pm_sepaDebit_success_de&payment_method_types[]=sepa_debit&mandate_data[customer_acceptance][type]=offline&expand[]=mandate")).Ok();
        Assert.Equal(("succeeded", "active", "offline"), (intent.Text("status"), intent.Text("mandate.status"), intent.Text("mandate.customer_acceptance.type")));
    }

    [Fact]
    public async Task Intents_are_listed_by_customer_and_updated_while_open()
    {
        var customer = await caller.Customer();
        var intent = (await caller.Post("/v1/setup_intents", $"customer={customer}&metadata[a]=1&description=first")).Ok();
        (await caller.Post("/v1/setup_intents")).Ok();
        Assert.Equal(intent.Id, (await caller.Get($"/v1/setup_intents?customer={customer}")).Ok().Text("data.0.id"));
        var updated = (await caller.Post($"/v1/setup_intents/{intent.Id}", "description=second&metadata[b]=2&payment_method=pm_card_visa")).Ok();
        Assert.Equal(("second", "1", "2", "requires_confirmation"), (updated.Text("description"), updated.Text("metadata.a"), updated.Text("metadata.b"), updated.Text("status")));
        Assert.Equal("requested_by_customer", (await caller.Post($"/v1/setup_intents/{intent.Id}/cancel", "cancellation_reason=requested_by_customer")).Ok().Text("cancellation_reason"));
        var late = await caller.Post($"/v1/setup_intents/{intent.Id}", "description=third");
        Assert.Equal((400, "setup_intent_unexpected_state", "canceled"), (late.Status, late.Code, late.Text("error.setup_intent.status")));
    }

    /// <summary>Types of the events about these objects, newest first.</summary>
    private async Task<string[]> Told(params string[] ids) =>
        [.. (await caller.Get("/v1/events?limit=100")).Ok()["data"]!.AsArray().Where(e => ids.Contains(e!["data"]!["object"]!["id"]!.GetValue<string>())).Select(e => e!["type"]!.GetValue<string>())];
}
