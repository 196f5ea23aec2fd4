namespace Marketplace.StripeEmulator.Tests;

public sealed class RefundTests(EmulatorApp app) : IClassFixture<EmulatorApp>
{
    private readonly Caller caller = app.NewAccount();

    [Fact]
    public async Task A_charge_is_refunded_in_parts_and_never_beyond_what_was_paid()
    {
        var intent = await Paid(5000);
        var charge = intent.Text("latest_charge");
        var first = (await caller.Post("/v1/refunds", $"charge={charge}&amount=1500&reason=duplicate&metadata[p]=9&expand[]=balance_transaction")).Ok();
        Assert.Equal((1500, "succeeded", "duplicate", intent.Id, "9"), (first.Number("amount"), first.Text("status"), first.Text("reason"), first.Text("payment_intent"), first.Text("metadata.p")));
        Assert.Equal((-1500, "refund", first.Id), (first.Number("balance_transaction.net"), first.Text("balance_transaction.type"), first.Text("balance_transaction.source")));
        await Refused($"charge={charge}&amount=4000", null, "Refund amount ($40.00) is greater than unrefunded amount on charge ($35.00)");
        await Refused($"charge={charge}&amount=0", "parameter_invalid_integer", "This value must be greater than or equal to 1.");
        Assert.Equal(3500, (await caller.Post("/v1/refunds", $"payment_intent={intent.Id}")).Ok().Number("amount"));
        await Refused($"charge={charge}&amount=1", "charge_already_refunded", $"Charge {charge} has already been refunded.");
        var after = (await caller.Get($"/v1/charges/{charge}?expand[]=refunds")).Ok();
        Assert.Equal((5000, true, 2), (after.Number("amount_refunded"), after["refunded"]!.GetValue<bool>(), after["refunds"]!["data"]!.AsArray().Count));
        Assert.Equal(2, (await caller.Get($"/v1/charges/{charge}/refunds")).Ok()["data"]!.AsArray().Count);
        Assert.Equal(2, (await caller.Get($"/v1/refunds?payment_intent={intent.Id}")).Ok()["data"]!.AsArray().Count);
        Assert.Equal(["charge.refunded", "refund.created", "charge.refunded", "refund.created"], (await Events("charge.refunded", "refund.created"))[..4]);
    }

    [Theory]
    [InlineData("isk", 90_000, 250, "Invalid amount: the last two digits of an amount in isk must be 00.")]
    [InlineData("kwd", 12_340, 125, "Invalid amount: the last digit of an amount in kwd must be 0.")]
    public async Task What_cannot_be_charged_in_a_currency_cannot_be_given_back_in_it(string currency, long paid, long amount, string message)
    {
        var intent = (await caller.Post("/v1/payment_intents", $"amount={paid}&currency={currency}&payment_method=pm_card_visa&confirm=true&payment_method_types[]=card")).Ok();
        await Refused($"payment_intent={intent.Id}&amount={amount}", "parameter_invalid_integer", message);
        Assert.Equal(paid, (await caller.Post("/v1/refunds", $"payment_intent={intent.Id}")).Ok().Number("amount"));
        Assert.Equal("amount", (await caller.Post("/v1/payment_intents", $"amount={paid + 5}&currency={currency}")).Text("error.param"));
    }

    [Fact]
    public async Task What_has_no_money_to_give_back_is_refused()
    {
        await Refused("amount=100", null, "One of the following params should be provided for this request: payment_intent or charge.");
        var open = (await caller.Post("/v1/payment_intents", "amount=900&currency=usd")).Ok();
        await Refused($"payment_intent={open.Id}", null, $"This PaymentIntent ({open.Id}) does not have a successful charge to refund.");
        var declined = await caller.Post("/v1/payment_intents", "amount=900&currency=usd&payment_method=pm_card_chargeDeclined&confirm=true");
        await Refused($"charge={declined.Text("error.charge")}", null, $"This PaymentIntent ({declined.Text("error.payment_intent.id")}) does not have a successful charge to refund.");
        Assert.Equal((404, "id"), await Missing("charge=ch_none"));
        Assert.Equal(400, (await caller.Post("/v1/refunds", "charge=ch_none&reason=expired_uncaptured_charge")).Status);

        async Task<(int, string)> Missing(string form)
        {
            var answer = await caller.Post("/v1/refunds", form);
            return (answer.Status, answer.Text("error.param"));
        }
    }

    [Fact]
    public async Task A_refunds_metadata_changes_under_both_of_its_event_names_and_one_that_arrived_is_not_canceled()
    {
        var refund = (await caller.Post("/v1/refunds", $"payment_intent={(await Paid(1000)).Id}")).Ok();
        Assert.Equal("6735", (await caller.Post($"/v1/refunds/{refund.Id}", "metadata[order_id]=6735")).Ok().Text("metadata.order_id"));
        Assert.Equal(["charge.refund.updated", "refund.updated"], (await Events("charge.refund.updated", "refund.updated"))[..2]);
        var canceled = await caller.Post($"/v1/refunds/{refund.Id}/cancel");
        Assert.Equal((400, "Canceling this refund is unsupported."), (canceled.Status, canceled.Message));
    }

    [Fact]
    public async Task A_pending_refund_arrives_by_the_clock_and_books_only_then()
    {
        var intent = await Paid(2400, "pm_card_pendingRefund");
        var refund = (await caller.Post("/v1/refunds", $"payment_intent={intent.Id}")).Ok();
        Assert.Equal("pending", refund.Text("status"));
        Assert.Equal(0, (await Charge(intent)).Number("amount_refunded"));
        await Refused($"payment_intent={intent.Id}", "charge_already_refunded", $"Charge {intent.Text("latest_charge")} has already been refunded.");
        await app.Advance(EmulatorApp.BankSeconds);
        var after = (await caller.Get($"/v1/refunds/{refund.Id}?expand[]=balance_transaction")).Ok();
        Assert.Equal(("succeeded", -2400), (after.Text("status"), after.Number("balance_transaction.amount")));
        Assert.True((await Charge(intent))["refunded"]!.GetValue<bool>());
        Assert.Equal(["charge.refunded", "charge.refund.updated", "refund.updated", "refund.created"], (await Events("charge.refunded", "charge.refund.updated", "refund.updated", "refund.created"))[..4]);
    }

    [Fact]
    public async Task A_pending_refund_may_be_canceled_and_the_money_given_back_again()
    {
        var intent = await Paid(2400, "pm_card_pendingRefund");
        var refund = (await caller.Post("/v1/refunds", $"payment_intent={intent.Id}")).Ok();
        Assert.Equal("canceled", (await caller.Post($"/v1/refunds/{refund.Id}/cancel")).Ok().Text("status"));
        await app.Advance(EmulatorApp.BankSeconds);
        Assert.Equal((0, "canceled"), ((await Charge(intent)).Number("amount_refunded"), (await caller.Get($"/v1/refunds/{refund.Id}")).Ok().Text("status")));
        Assert.Equal(2400, (await caller.Post("/v1/refunds", $"payment_intent={intent.Id}")).Ok().Number("amount"));
    }

    [Fact]
    public async Task A_refund_that_comes_back_fails_by_the_clock_and_returns_the_money()
    {
        var intent = await Paid(3100, "pm_card_refundFail");
        var refund = (await caller.Post("/v1/refunds", $"payment_intent={intent.Id}&amount=1100")).Ok();
        Assert.Equal(("succeeded", 1100), (refund.Text("status"), (await Charge(intent)).Number("amount_refunded")));
        await app.Advance(EmulatorApp.BankSeconds);
        var after = (await caller.Get($"/v1/refunds/{refund.Id}?expand[]=failure_balance_transaction")).Ok();
        Assert.Equal(("failed", "expired_or_canceled_card", 1100), (after.Text("status"), after.Text("failure_reason"), after.Number("failure_balance_transaction.amount")));
        Assert.Equal(0, (await Charge(intent)).Number("amount_refunded"));
        Assert.Equal("refund.failed", (await Events("refund.failed", "refund.created"))[0]);
    }

    private async Task<Answer> Paid(long amount, string method = "pm_card_visa") =>
        (await caller.Post("/v1/payment_intents", $"amount={amount}&currency=usd&confirm=true&payment_method={method}")).Ok();

    private async Task<Answer> Charge(Answer intent) => (await caller.Get($"/v1/charges/{intent.Text("latest_charge")}")).Ok();

    private async Task Refused(string form, string? code, string message)
    {
        var answer = await caller.Post("/v1/refunds", form);
        Assert.Equal((400, "invalid_request_error", code ?? "", message), (answer.Status, answer.Text("error.type"), answer.Code, answer.Message));
    }

    private async Task<string[]> Events(params string[] types) =>
        [.. (await caller.Get("/v1/events?limit=100&" + string.Join('&', types.Select(t => "types[]=" + t)))).Ok()["data"]!.AsArray().Select(e => e!["type"]!.GetValue<string>())];
}
