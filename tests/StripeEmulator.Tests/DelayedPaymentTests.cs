namespace Marketplace.StripeEmulator.Tests;

/// <summary>Banks answer later: until then nothing is paid, and what was billed waits.</summary>
public sealed class DelayedPaymentTests(EmulatorApp app) : IClassFixture<EmulatorApp>
{
    private readonly Caller caller = app.NewAccount();

    [Theory]
    [InlineData("AT611904300234573201", EmulatorApp.BankSeconds, "succeeded", "")]
    [InlineData("AT321904300235473204", 170, "processing", "")]
    [InlineData("AT321904300235473204", 185, "succeeded", "")]
    [InlineData("DE62370400440532013001", EmulatorApp.BankSeconds, "requires_payment_method", "debit_not_authorized")]
    [InlineData("AT051904300235473205", 185, "requires_payment_method", "debit_not_authorized")]
    [InlineData("AT981904300002222227", EmulatorApp.BankSeconds, "requires_payment_method", "insufficient_funds")]
    public async Task A_test_IBAN_does_by_the_clock_what_it_is_documented_to_do(string iban, long seconds, string status, string code)
    {
        var method = (await caller.Post("/v1/payment_methods", $"type=sepa_debit&sepa_debit[iban]={iban}&billing_details[name]=Bob&billing_details[email]=bob@example.com")).Ok();
        Assert.Equal((iban[^4..], iban[..2]), (method.Text("sepa_debit.last4"), method.Text("sepa_debit.country")));
        var intent = (await caller.Post("/v1/payment_intents", $"payment_method={method.Id}&payment_method_types[]=sepa_debit&amount=1000&currency=eur&confirm=true&mandate_data[customer_acceptance][accepted_at]=1590590577&mandate_data[customer_acceptance][type]=offline&expand[]=latest_charge")).Ok();
        Assert.Equal(("processing", "pending"), (intent.Text("status"), intent.Text("latest_charge.status")));
        var mandate = (await caller.Get($"/v1/mandates/{intent.Text("latest_charge.payment_method_details.sepa_debit.mandate")}")).Ok();
        Assert.Equal(("active", 1590590577), (mandate.Text("status"), mandate.Number("customer_acceptance.accepted_at")));
        await app.Advance(seconds);
        var after = (await caller.Get($"/v1/payment_intents/{intent.Id}?expand[]=latest_charge")).Ok();
        Assert.Equal((status, code), (after.Text("status"), after.Text("last_payment_error.code")));
        Assert.Equal(code.Length > 0 ? "failed" : status == "processing" ? "pending" : "succeeded", after.Text("latest_charge.status"));
        Assert.Equal(status == "succeeded" ? 1000 : 0, after.Number("amount_received"));
    }

    [Theory]
    [InlineData("AT611904300234573200", "invalid_bank_account_iban")]
    [InlineData("AT271904300000055555", "sepa_debit_bank_not_supported")]
    [InlineData("AT511904300000066666", "sepa_debit_debits_not_supported")]
    public async Task An_IBAN_that_cannot_be_debited_is_refused_when_it_is_given(string iban, string code)
    {
        var answer = await caller.Post("/v1/payment_methods", $"type=sepa_debit&sepa_debit[iban]={iban}&billing_details[name]=Bob&billing_details[email]=bob@example.com");
        Assert.Equal((400, code, "sepa_debit[iban]"), (answer.Status, answer.Code, answer.Text("error.param")));
    }

    [Fact]
    public async Task An_invoice_is_paid_only_when_the_bank_has_paid()
    {
        var invoice = await caller.Open(await caller.Customer());
        var answer = (await caller.Post($"/v1/invoices/{invoice.Id}/pay", "payment_method=pm_usBankAccount")).Ok();
        Assert.Equal(("open", 1, true), (answer.Text("status"), answer.Number("attempt_count"), answer["attempted"]!.GetValue<bool>()));
        Assert.Empty(await About(invoice.Id, "invoice.paid", "invoice.payment_succeeded", "invoice.payment_failed"));
        var again = await caller.Post($"/v1/invoices/{invoice.Id}/pay", "payment_method=pm_card_visa");
        Assert.Equal((400, "payment_intent_unexpected_state"), (again.Status, again.Code));
        await app.Advance(EmulatorApp.BankSeconds);
        var paid = (await caller.Get($"/v1/invoices/{invoice.Id}")).Ok();
        Assert.Equal(("paid", 2500, 1), (paid.Text("status"), paid.Number("amount_paid"), paid.Number("attempt_count")));
        Assert.Equal(["invoice.payment_succeeded", "invoice.paid"], await About(invoice.Id, "invoice.paid", "invoice.payment_succeeded"));
    }

    [Fact]
    public async Task An_invoice_stays_open_when_the_bank_refuses_and_is_paid_another_way()
    {
        var invoice = await caller.Open(await caller.Customer());
        (await caller.Post($"/v1/invoices/{invoice.Id}/pay", "payment_method=pm_usBankAccount_insufficientFunds")).Ok();
        await app.Advance(EmulatorApp.BankSeconds);
        Assert.Equal(("open", 1), ((await caller.Get($"/v1/invoices/{invoice.Id}")).Ok().Text("status"), (await caller.Get($"/v1/invoices/{invoice.Id}")).Ok().Number("attempt_count")));
        Assert.Equal(["invoice.payment_failed"], await About(invoice.Id, "invoice.paid", "invoice.payment_failed"));
        Assert.Equal("paid", (await caller.Post($"/v1/invoices/{invoice.Id}/pay", "payment_method=pm_card_visa")).Ok().Text("status"));
    }

    [Fact]
    public async Task Voiding_an_invoice_stops_the_debit()
    {
        var invoice = await caller.Open(await caller.Customer());
        (await caller.Post($"/v1/invoices/{invoice.Id}/pay", "payment_method=pm_usBankAccount")).Ok();
        (await caller.Post($"/v1/invoices/{invoice.Id}/void")).Ok();
        await app.Advance(EmulatorApp.BankSeconds);
        Assert.Equal("void", (await caller.Get($"/v1/invoices/{invoice.Id}")).Ok().Text("status"));
        var intent = (await caller.Get($"/v1/payment_intents?customer={invoice.Text("customer")}&expand[]=data.latest_charge")).Ok();
        Assert.Equal(("canceled", "failed", 0), (intent.Text("data.0.status"), intent.Text("data.0.latest_charge.status"), intent.Number("data.0.amount_received")));
    }

    [Fact]
    public async Task A_debit_that_never_ends_may_be_canceled_and_one_by_SEPA_may_not()
    {
        var stuck = (await caller.Post("/v1/payment_intents", "amount=1000&currency=usd&confirm=true&payment_method=pm_usBankAccount_processing")).Ok();
        await app.Advance(86_400);
        Assert.Equal("processing", (await caller.Get($"/v1/payment_intents/{stuck.Id}")).Ok().Text("status"));
        Assert.Equal("canceled", (await caller.Post($"/v1/payment_intents/{stuck.Id}/cancel")).Ok().Text("status"));
        var sepa = (await caller.Post("/v1/payment_intents", "amount=1000&currency=eur&confirm=true&payment_method=pm_sepaDebit_successDelayed_de")).Ok();
        Assert.Equal("payment_intent_unexpected_state", (await caller.Post($"/v1/payment_intents/{sepa.Id}/cancel")).Code);
    }

    [Fact]
    public async Task A_refund_to_a_bank_arrives_by_the_clock()
    {
        var intent = (await caller.Post("/v1/payment_intents", "amount=1000&currency=eur&confirm=true&payment_method=pm_sepaDebit_success_fr")).Ok();
        await app.Advance(EmulatorApp.BankSeconds);
        Assert.Equal("pending", (await caller.Post("/v1/refunds", $"payment_intent={intent.Id}")).Ok().Text("status"));
        await app.Advance(EmulatorApp.BankSeconds);
        Assert.Equal("succeeded", (await caller.Get($"/v1/refunds?payment_intent={intent.Id}")).Ok().Text("data.0.status"));
        var balance = (await caller.Get("/v1/balance_transactions?currency=eur&type=payment_refund")).Ok();
        Assert.Equal((-1000, "refund"), (balance.Number("data.0.net"), balance.Text("data.0.reporting_category")));
    }

    private async Task<string[]> About(string id, params string[] types) =>
        [.. (await caller.Get("/v1/events?limit=100&" + string.Join('&', types.Select(t => "types[]=" + t)))).Ok()["data"]!.AsArray()
            .Where(e => e!["data"]!["object"]!["id"]!.GetValue<string>() == id).Select(e => e!["type"]!.GetValue<string>())];
}
