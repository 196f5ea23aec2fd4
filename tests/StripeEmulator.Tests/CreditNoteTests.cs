using System.Text.Json.Nodes;

namespace Marketplace.StripeEmulator.Tests;

/// <summary>Credit notes before and after payment, and payments made elsewhere that an invoice is given.</summary>
public sealed class CreditNoteTests(EmulatorApp app) : IClassFixture<EmulatorApp>
{
    private readonly Caller caller = app.NewAccount();

    [Fact]
    public async Task Before_payment_a_credit_note_lowers_what_is_due_and_voiding_it_raises_it_again()
    {
        var invoice = await caller.Open(await caller.Customer(), 2000);
        var note = (await caller.Post("/v1/credit_notes", $"invoice={invoice.Id}&lines[0][type]=custom_line_item&lines[0][unit_amount]=500&lines[0][quantity]=2&lines[0][description]=Sorry&reason=order_change&memo=m")).Ok();
        Assert.Equal(
            ("pre_payment", "issued", 1000L, 1000L, 0L, invoice.Text("number") + "-CN-01"),
            (note.Text("type"), note.Text("status"), note.Number("amount"), note.Number("pre_payment_amount"), note.Number("post_payment_amount"), note.Text("number")));
        var lowered = (await caller.Get($"/v1/invoices/{invoice.Id}?expand[]=payments.data.payment.payment_intent")).Ok();
        Assert.Equal((1000L, 1000L, 1000L, 2000L), (lowered.Number("amount_due"), lowered.Number("amount_remaining"), lowered.Number("pre_payment_credit_notes_amount"), lowered.Number("total")));
        Assert.Equal(1000L, lowered.Number("payments.data.0.payment.payment_intent.amount"));
        Assert.Equal("changed", (await caller.Post($"/v1/credit_notes/{note.Id}", "memo=changed&metadata[a]=b")).Ok().Text("memo"));
        Assert.Equal("void", (await caller.Post($"/v1/credit_notes/{note.Id}/void")).Ok().Text("status"));
        Assert.Equal(2000L, (await caller.Get($"/v1/invoices/{invoice.Id}")).Ok().Number("amount_due"));
        Assert.Equal((400, "This credit note has already been voided."), await Told(caller.Post($"/v1/credit_notes/{note.Id}/void")));
        foreach (var type in (string[])["created", "updated", "voided"])
        {
            Assert.Equal(note.Id, (await caller.Get($"/v1/events?type=credit_note.{type}")).Ok().Text("data.0.data.object.id"));
        }

        using var pdf = await app.Http.GetAsync(new Uri(note.Text("pdf")).PathAndQuery);
        Assert.StartsWith("%PDF", await pdf.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Crediting_all_that_is_due_pays_the_invoice()
    {
        var invoice = await caller.Open(await caller.Customer(), 2000);
        (await caller.Post("/v1/credit_notes", $"invoice={invoice.Id}&amount=2000")).Ok();
        var paid = (await caller.Get($"/v1/invoices/{invoice.Id}?expand[]=payments")).Ok();
        Assert.Equal(("paid", 0L, 0L, "canceled"), (paid.Text("status"), paid.Number("amount_remaining"), paid.Number("amount_paid"), paid.Text("payments.data.0.status")));
        Assert.Contains((await caller.Get("/v1/events?type=invoice.paid")).Ok()["data"]!.AsArray(), e => e!["data"]!["object"]!["id"]!.GetValue<string>() == invoice.Id);
        Assert.Equal(400, (await caller.Post("/v1/credit_notes", $"invoice={invoice.Id}&amount=1&credit_amount=1")).Status);
    }

    [Fact]
    public async Task After_payment_it_refunds_credits_or_records_what_was_given_back_elsewhere()
    {
        var customer = await caller.Customer("payment_method=pm_card_visa&invoice_settings[default_payment_method]=pm_card_visa");
        var invoice = (await caller.Post($"/v1/invoices/{(await caller.Draft(customer, 3000)).Id}/pay")).Ok().Id;
        Assert.Equal((400, "The sum of credit amount, refund amount and out of band amount ($0.00) must equal the credit note amount ($10.00)."), await Told(caller.Post("/v1/credit_notes", $"invoice={invoice}&amount=1000")));
        var note = (await caller.Post("/v1/credit_notes", $"invoice={invoice}&amount=1000&refund_amount=500&credit_amount=300&out_of_band_amount=200&expand[]=refunds.refund&expand[]=customer_balance_transaction")).Ok();
        Assert.Equal(("post_payment", 1000L, 500L, "succeeded", -300L, "credit_note"), (note.Text("type"), note.Number("post_payment_amount"), note.Number("refunds.0.amount_refunded"), note.Text("refunds.0.refund.status"), note.Number("customer_balance_transaction.amount"), note.Text("customer_balance_transaction.type")));
        Assert.Equal(note.Id, note.Text("customer_balance_transaction.credit_note"));
        var after = (await caller.Get($"/v1/invoices/{invoice}")).Ok();
        Assert.Equal(("paid", 1000L, 3000L, 3000L), (after.Text("status"), after.Number("post_payment_credit_notes_amount"), after.Number("amount_paid"), after.Number("amount_due")));
        Assert.Equal(-300L, (await caller.Get($"/v1/customers/{customer}")).Ok().Number("balance"));
        Assert.Equal(400, (await caller.Post($"/v1/credit_notes/{note.Id}/void")).Status);

        var charge = (await caller.Get($"/v1/charges?customer={customer}")).Ok().Text("data.0.id");
        var refund = (await caller.Post("/v1/refunds", $"charge={charge}&amount=700")).Ok().Id;
        var linked = (await caller.Post("/v1/credit_notes", $"invoice={invoice}&amount=700&refunds[0][refund]={refund}")).Ok();
        Assert.Equal((refund, 700L), (linked.Text("refunds.0.refund"), linked.Number("refunds.0.amount_refunded")));
        Assert.Equal(400, (await caller.Post("/v1/credit_notes", $"invoice={invoice}&amount=700&refunds[0][refund]={refund}&refunds[0][amount_refunded]=700")).Status);
        Assert.Equal(1300L, (await caller.Post("/v1/credit_notes", $"invoice={invoice}&amount=1300&refund_amount=1300")).Ok().Number("refunds.0.amount_refunded"));
        Assert.Equal((400, "The credit note amount ($0.01) is greater than the amount that can be credited on the invoice ($0.00)."), await Told(caller.Post("/v1/credit_notes", $"invoice={invoice}&amount=1&refund_amount=1")));
        Assert.Equal(2, (await caller.Get($"/v1/credit_notes?invoice={invoice}&limit=2")).Ok()["data"]!.AsArray().Count);
    }

    [Fact]
    public async Task Parts_of_a_line_take_their_share_of_discounts_and_taxes_and_sum_to_the_line()
    {
        var customer = await caller.Customer();
        var coupon = (await caller.Post("/v1/coupons", "percent_off=33")).Ok().Id;
        var rate = (await caller.Post("/v1/tax_rates", "display_name=VAT&inclusive=false&percentage=19")).Ok().Id;
        var invoice = (await caller.Post("/v1/invoices", $"customer={customer}&discounts[0][coupon]={coupon}&default_tax_rates[]={rate}")).Ok().Id;
        (await caller.Post("/v1/invoiceitems", $"customer={customer}&invoice={invoice}&unit_amount_decimal=333&quantity=3&currency=usd")).Ok();
        var open = (await caller.Post($"/v1/invoices/{invoice}/finalize")).Ok();
        var line = open.Text("lines.data.0.id");
        var preview = (await caller.Get($"/v1/credit_notes/preview?invoice={invoice}&lines[0][type]=invoice_line_item&lines[0][invoice_line_item]={line}")).Ok();
        Assert.Equal((open.Number("total"), 999L, 330L), (preview.Number("total"), preview.Number("lines.data.0.amount"), preview.Number("discount_amount")));
        Assert.Empty((await caller.Get($"/v1/credit_notes?invoice={invoice}")).Ok()["data"]!.AsArray());
        Assert.Equal(line, (await caller.Get($"/v1/credit_notes/preview/lines?invoice={invoice}&lines[0][type]=invoice_line_item&lines[0][invoice_line_item]={line}")).Ok().Text("data.0.invoice_line_item"));
        long total = 0;
        foreach (var part in (string[])["quantity=1", "amount=100", ""])
        {
            var form = $"invoice={invoice}&lines[0][type]=invoice_line_item&lines[0][invoice_line_item]={line}" + (part.Length > 0 ? $"&lines[0][{part.Split('=')[0]}]={part.Split('=')[1]}" : "");
            var note = (await caller.Post("/v1/credit_notes", form)).Ok();
            total += note.Number("total");
            Assert.Equal(note.Number("total"), note.Number("subtotal") - note.Number("discount_amount") + note.Number("total_taxes.0.amount"));
            Assert.Equal(line, (await caller.Get($"/v1/credit_notes/{note.Id}/lines")).Ok().Text("data.0.invoice_line_item"));
        }

        Assert.Equal(open.Number("total"), total);
        Assert.Equal(("paid", 0L), (await caller.Get($"/v1/invoices/{invoice}")).Ok() is var end ? (end.Text("status"), end.Number("amount_remaining")) : default);
    }

    [Theory]
    [InlineData("amount=2001", "amount")]
    [InlineData("amount=0", "amount")]
    [InlineData("", "amount")]
    [InlineData("lines[0][type]=invoice_line_item&lines[0][invoice_line_item]={line}&lines[0][amount]=2001", "lines[0][amount]")]
    [InlineData("lines[0][type]=invoice_line_item&lines[0][invoice_line_item]={line}&lines[0][quantity]=2", "lines[0][quantity]")]
    [InlineData("lines[0][type]=invoice_line_item&lines[0][invoice_line_item]=il_none", "lines[0][invoice_line_item]")]
    [InlineData("lines[0][type]=custom_line_item&lines[0][description]=x", "lines[0][unit_amount]")]
    [InlineData("lines[0][type]=custom_line_item&lines[0][unit_amount]=1", "lines[0][description]")]
    [InlineData("amount=1&shipping_cost[shipping_rate]=shr_1", "shipping_cost")]
    public async Task A_credit_note_that_makes_no_sense_is_refused(string form, string param)
    {
        var invoice = await caller.Open(await caller.Customer(), 2000);
        var answer = await caller.Post("/v1/credit_notes", $"invoice={invoice.Id}&{form.Replace("{line}", invoice.Text("lines.data.0.id"), StringComparison.Ordinal)}");
        Assert.Equal((400, param), (answer.Status, answer.Text("error.param")));
    }

    [Theory]
    [InlineData("draft")]
    [InlineData("void")]
    public async Task Only_what_was_owed_is_credited(string status)
    {
        var invoice = (await caller.Draft(await caller.Customer(), 2000)).Id;
        if (status == "void")
        {
            (await caller.Post($"/v1/invoices/{invoice}/finalize")).Ok();
            (await caller.Post($"/v1/invoices/{invoice}/void")).Ok();
        }

        Assert.Equal((400, $"You can only create credit notes for invoices that are open, paid, or uncollectible. This invoice is {status}."), await Told(caller.Post("/v1/credit_notes", $"invoice={invoice}&amount=1")));
    }

    [Fact]
    public async Task Payments_made_elsewhere_pay_in_parts_and_what_is_too_much_becomes_credit()
    {
        var customer = await caller.Customer();
        var invoice = (await caller.Open(customer, 2000)).Id;
        var first = await Payment(customer, 800);
        var part = (await caller.Post($"/v1/invoices/{invoice}/attach_payment", $"payment_intent={first}&expand[]=payments")).Ok();
        Assert.Equal(("open", 800L, 1200L, 2000L), (part.Text("status"), part.Number("amount_paid"), part.Number("amount_remaining"), part.Number("amount_due")));
        Assert.Equal([800L, 1200L], part.At("payments.data")!.AsArray().Select(p => p!["amount_requested"]!.GetValue<long>()).Order());
        Assert.Equal(400, (await caller.Post($"/v1/invoices/{invoice}/attach_payment", $"payment_intent={first}")).Status);
        Assert.Equal((400, "Invoices with `paid` payments cannot be voided."), await Told(caller.Post($"/v1/invoices/{invoice}/void")));
        var rest = (await caller.Post($"/v1/invoices/{invoice}/attach_payment", $"payment_intent={await Payment(customer, 1500)}")).Ok();
        Assert.Equal(("paid", 2300L, 0L, 300L), (rest.Text("status"), rest.Number("amount_paid"), rest.Number("amount_remaining"), rest.Number("amount_overpaid")));
        Assert.Equal(-300L, (await caller.Get($"/v1/customers/{customer}")).Ok().Number("balance"));
        Assert.Equal("invoice_overpaid", (await caller.Get($"/v1/customers/{customer}/balance_transactions")).Ok().Text("data.0.type"));
        Assert.Equal(2, (await caller.Get($"/v1/invoice_payments?invoice={invoice}&status=paid")).Ok()["data"]!.AsArray().Count);
        Assert.Equal(invoice, (await caller.Get("/v1/events?type=invoice.overpaid")).Ok().Text("data.0.data.object.id"));
    }

    [Fact]
    public async Task A_payment_attached_before_it_succeeds_pays_when_it_does()
    {
        var customer = await caller.Customer();
        var invoice = (await caller.Open(customer, 2000)).Id;
        var intent = (await caller.Post("/v1/payment_intents", $"amount=2000&currency=usd&customer={customer}&payment_method_types[]=card")).Ok().Id;
        Assert.Equal("open", (await caller.Post($"/v1/invoices/{invoice}/attach_payment", $"payment_intent={intent}")).Ok().Text("status"));
        (await caller.Post($"/v1/payment_intents/{intent}/confirm", "payment_method=pm_card_visa")).Ok();
        Assert.Equal(("paid", 2000L), (await caller.Get($"/v1/invoices/{invoice}")).Ok() is var paid ? (paid.Text("status"), paid.Number("amount_paid")) : default);
    }

    [Theory]
    [InlineData("2022-11-15")]
    [InlineData("2024-06-20")]
    public async Task Older_versions_show_one_refund_and_tax_amounts(string version)
    {
        var customer = await caller.Customer("payment_method=pm_card_visa&invoice_settings[default_payment_method]=pm_card_visa");
        var rate = (await caller.Post("/v1/tax_rates", "display_name=VAT&inclusive=true&percentage=19")).Ok().Id;
        var invoice = (await caller.Post($"/v1/invoices/{(await caller.Draft(customer, 3000, $"default_tax_rates[]={rate}")).Id}/pay")).Ok();
        (await caller.Post("/v1/credit_notes", $"invoice={invoice.Id}&lines[0][type]=invoice_line_item&lines[0][invoice_line_item]={invoice.Text("lines.data.0.id")}&refund_amount=3000")).Ok();
        var shown = (await caller.Get($"/v1/credit_notes?invoice={invoice.Id}", ("Stripe-Version", version))).Ok();
        Assert.Equal((479L, rate), (shown.Number("data.0.tax_amounts.0.amount"), shown.Text("data.0.tax_amounts.0.tax_rate")));
        Assert.StartsWith("re_", shown.Text("data.0.refund"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lines_are_paged_both_ways()
    {
        var invoice = await caller.Open(await caller.Customer());
        var custom = string.Join('&', Enumerable.Range(0, 3).Select(n => $"lines[{n}][type]=custom_line_item&lines[{n}][unit_amount]=100&lines[{n}][quantity]=1&lines[{n}][description]={n}"));
        var url = $"/v1/credit_notes/{(await caller.Post("/v1/credit_notes", $"invoice={invoice.Id}&{custom}")).Ok().Id}/lines";
        var ids = (await caller.Get(url)).Ok()["data"]!.AsArray().Select(l => l!["id"]!.GetValue<string>()).ToList();
        foreach (var (query, id, more) in ((string, string, bool)[])[($"starting_after={ids[0]}", ids[1], true), ($"starting_after={ids[1]}", ids[2], false), ($"ending_before={ids[2]}", ids[1], true), ($"ending_before={ids[1]}", ids[0], false)])
        {
            var page = (await caller.Get($"{url}?limit=1&{query}")).Ok();
            Assert.Equal((id, more), (page.Text("data.0.id"), page["has_more"]!.GetValue<bool>()));
        }

        Assert.Equal("parameters_exclusive", (await caller.Get($"{url}?starting_after={ids[0]}&ending_before={ids[2]}")).Code);
        Assert.Equal("resource_missing", (await caller.Get($"{url}?starting_after=cnli_none")).Code);
    }

    private async Task<string> Payment(string customer, long amount) =>
        (await caller.Post("/v1/payment_intents", $"amount={amount}&currency=usd&customer={customer}&payment_method=pm_card_visa&payment_method_types[]=card&confirm=true")).Ok().Id;

    private static async Task<(int, string)> Told(Task<Answer> asked)
    {
        var answer = await asked;
        return (answer.Status, answer.Message);
    }
}
