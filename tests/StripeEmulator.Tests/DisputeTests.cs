namespace Marketplace.StripeEmulator.Tests;

public sealed class DisputeTests(EmulatorApp app) : IClassFixture<EmulatorApp>
{
    private readonly Caller caller = app.NewAccount();

    [Theory]
    [InlineData("pm_card_createDispute", "needs_response", "fraudulent", "10.4", "chargeback")]
    [InlineData("pm_card_createDisputeProductNotReceived", "needs_response", "product_not_received", "13.1", "chargeback")]
    [InlineData("pm_card_createDisputeInquiry", "warning_needs_response", "fraudulent", "10", "inquiry")]
    public async Task A_test_card_has_its_payment_disputed(string alias, string status, string reason, string code, string kind)
    {
        var intent = await Paid(alias);
        var dispute = (await caller.Get($"/v1/disputes?payment_intent={intent.Id}")).Ok();
        Assert.Equal((status, reason, code, kind), (dispute.Text("data.0.status"), dispute.Text("data.0.reason"), dispute.Text("data.0.payment_method_details.card.network_reason_code"), dispute.Text("data.0.payment_method_details.card.case_type")));
        var inquiry = kind == "inquiry";
        Assert.Equal(inquiry ? 0 : -2000, await Net(intent) - 2000);
        Assert.True((await caller.Get($"/v1/charges/{intent.Text("latest_charge")}")).Ok()["disputed"]!.GetValue<bool>());
        string[] expected = inquiry
            ? ["payment_intent.succeeded", "charge.dispute.created", "charge.succeeded"]
            : ["payment_intent.succeeded", "charge.dispute.funds_withdrawn", "charge.dispute.created", "charge.succeeded"];
        Assert.Equal(expected, (await Events())[..expected.Length]);
        var refund = await caller.Post("/v1/refunds", $"payment_intent={intent.Id}&amount=100");
        Assert.Equal(inquiry ? (200, "") : (400, "charge_disputed"), (refund.Status, refund.Code));
    }

    [Fact]
    public async Task Winning_evidence_brings_the_money_back_by_the_clock()
    {
        var (intent, dispute) = await Disputed();
        var draft = (await caller.Post($"/v1/disputes/{dispute}", "evidence[product_description]=Plan&submit=false&metadata[case]=7")).Ok();
        Assert.Equal(("needs_response", 0, "Plan", "7"), (draft.Text("status"), draft.Number("evidence_details.submission_count"), draft.Text("evidence.product_description"), draft.Text("metadata.case")));
        var sent = (await caller.Post($"/v1/disputes/{dispute}", "evidence[uncategorized_text]=winning_evidence")).Ok();
        Assert.Equal(("under_review", 1), (sent.Text("status"), sent.Number("evidence_details.submission_count")));
        Assert.Equal(400, (await caller.Post($"/v1/disputes/{dispute}", "evidence[uncategorized_text]=more")).Status);
        await app.Advance(EmulatorApp.BankSeconds);
        var won = (await caller.Get($"/v1/disputes/{dispute}")).Ok();
        Assert.Equal(("won", true, 2), (won.Text("status"), won["is_charge_refundable"]!.GetValue<bool>(), won["balance_transactions"]!.AsArray().Count));
        Assert.Equal(2000, await Net(intent));
        Assert.Equal(["charge.dispute.closed", "charge.dispute.funds_reinstated", "charge.dispute.updated"], (await Events())[..3]);
        Assert.Equal(200, (await caller.Post("/v1/refunds", $"payment_intent={intent.Id}")).Status);
        var late = await caller.Post($"/v1/disputes/{dispute}/close");
        Assert.Equal((400, "This dispute is already closed"), (late.Status, late.Message));
    }

    [Fact]
    public async Task Losing_evidence_closing_and_silence_lose_it()
    {
        var (_, argued) = await Disputed();
        (await caller.Post($"/v1/disputes/{argued}", "evidence[uncategorized_text]=losing_evidence")).Ok();
        await app.Advance(EmulatorApp.BankSeconds);
        Assert.Equal("lost", (await caller.Get($"/v1/disputes/{argued}")).Ok().Text("status"));
        var (intent, closed) = await Disputed();
        Assert.Equal("lost", (await caller.Post($"/v1/disputes/{closed}/close")).Ok().Text("status"));
        Assert.Equal("charge.dispute.closed", (await Events())[0]);
        Assert.Equal(0, await Net(intent));
        var (_, forgotten) = await Disputed();
        await app.Advance(10 * 86_400);
        var past = (await caller.Get($"/v1/disputes/{forgotten}")).Ok();
        Assert.Equal(("lost", true), (past.Text("status"), past["evidence_details"]!["past_due"]!.GetValue<bool>()));
    }

    [Fact]
    public async Task An_inquiry_escalates_or_is_closed_without_money()
    {
        var intent = await Paid("pm_card_createDisputeInquiry");
        var dispute = (await caller.Get($"/v1/disputes?payment_intent={intent.Id}")).Ok().Text("data.0.id");
        Assert.Equal("warning_under_review", (await caller.Post($"/v1/disputes/{dispute}", "evidence[uncategorized_text]=escalate_inquiry_evidence")).Ok().Text("status"));
        await app.Advance(EmulatorApp.BankSeconds);
        var escalated = (await caller.Get($"/v1/disputes/{dispute}")).Ok();
        Assert.Equal(("needs_response", "chargeback"), (escalated.Text("status"), escalated.Text("payment_method_details.card.case_type")));
        Assert.Equal(0, await Net(intent));
        var other = await Paid("pm_card_createDisputeInquiry");
        var asked = (await caller.Get($"/v1/disputes?payment_intent={other.Id}")).Ok().Text("data.0.id");
        Assert.Equal("warning_closed", (await caller.Post($"/v1/disputes/{asked}/close")).Ok().Text("status"));
        Assert.Equal(2000, await Net(other));
    }

    [Fact]
    public async Task Any_charge_is_disputed_by_a_knob_once_and_up_to_what_is_left()
    {
        var intent = await Paid("pm_card_visa");
        (await caller.Post("/v1/refunds", $"payment_intent={intent.Id}&amount=500")).Ok();
        await Assert.ThrowsAnyAsync<Exception>(() => caller.Turn(HttpMethod.Post, "disputes", new { paymentIntent = intent.Id, amount = 1501 }));
        var dispute = (await caller.Turn(HttpMethod.Post, "disputes", new { paymentIntent = intent.Id, reason = "duplicate" }))!;
        Assert.Equal((1500, "duplicate", "needs_response"), (dispute["amount"]!.GetValue<long>(), dispute["reason"]!.GetValue<string>(), dispute["status"]!.GetValue<string>()));
        Assert.Equal(dispute["id"]!.GetValue<string>(), (await caller.Get($"/v1/disputes?charge={intent.Text("latest_charge")}")).Ok().Text("data.0.id"));
        await Assert.ThrowsAnyAsync<Exception>(() => caller.Turn(HttpMethod.Post, "disputes", new { charge = intent.Text("latest_charge") }));
    }

    [Fact]
    public async Task A_held_amount_is_disputed_only_when_it_is_captured()
    {
        var intent = (await caller.Post("/v1/payment_intents", "amount=2000&currency=usd&confirm=true&payment_method=pm_card_createDispute&capture_method=manual")).Ok();
        Assert.Empty((await caller.Get($"/v1/disputes?payment_intent={intent.Id}")).Ok()["data"]!.AsArray());
        (await caller.Post($"/v1/payment_intents/{intent.Id}/capture", "amount_to_capture=700")).Ok();
        Assert.Equal(700, (await caller.Get($"/v1/disputes?payment_intent={intent.Id}")).Ok().Number("data.0.amount"));
    }

    private async Task<Answer> Paid(string method) =>
        (await caller.Post("/v1/payment_intents", $"amount=2000&currency=usd&confirm=true&payment_method={method}")).Ok();

    private async Task<(Answer Intent, string Dispute)> Disputed()
    {
        var intent = await Paid("pm_card_createDispute");
        return (intent, (await caller.Get($"/v1/disputes?payment_intent={intent.Id}")).Ok().Text("data.0.id"));
    }

    /// <summary>What is left of a payment on the balance.</summary>
    private async Task<long> Net(Answer intent)
    {
        var disputes = (await caller.Get($"/v1/disputes?payment_intent={intent.Id}")).Ok()["data"]!.AsArray().Select(d => d!["id"]!.GetValue<string>());
        var sum = 0L;
        foreach (var source in disputes.Append(intent.Text("latest_charge")))
        {
            sum += (await caller.Get($"/v1/balance_transactions?source={source}")).Ok()["data"]!.AsArray().Sum(t => t!["net"]!.GetValue<long>());
        }

        return sum;
    }

    private async Task<string[]> Events() =>
        [.. (await caller.Get("/v1/events?limit=20")).Ok()["data"]!.AsArray().Select(e => e!["type"]!.GetValue<string>()).Where(t => t is not "payment_intent.created")];
}
