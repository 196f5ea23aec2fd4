using Marketplace.StripeEmulator.Resources;

namespace Marketplace.StripeEmulator.Tests;

/// <summary>The invoice's whole table, through the API: every state, every action.</summary>
public sealed class InvoiceStateTests(EmulatorApp app) : IClassFixture<EmulatorApp>
{
    private readonly Caller caller = app.NewAccount();

    public static TheoryData<string, string, string?, string?> Table => new()
    {
        { "draft", "delete", "deleted", "invoice.deleted" },
        { "draft", "finalize", "open", "invoice.finalized" },
        { "draft", "pay", "paid", "invoice.paid" },
        { "draft", "send", "open", "invoice.sent" },
        { "draft", "void", null, "You can only pass in open invoices. This invoice isn't open." },
        { "draft", "mark_uncollectible", null, "You can only pass in open invoices. This invoice isn't open." },
        { "open", "delete", null, "You can only delete draft invoices." },
        { "open", "finalize", null, "This invoice is already finalized, you can't re-finalize a non-draft invoice." },
        { "open", "pay", "paid", "invoice.paid" },
        { "open", "send", "open", "invoice.sent" },
        { "open", "void", "void", "invoice.voided" },
        { "open", "mark_uncollectible", "uncollectible", "invoice.marked_uncollectible" },
        { "paid", "delete", null, "You can only delete draft invoices." },
        { "paid", "finalize", null, "This invoice is already finalized, you can't re-finalize a non-draft invoice." },
        { "paid", "pay", null, "Invoice is already paid" },
        { "paid", "send", null, "This invoice cannot be sent right now. Please contact us via https://support.stripe.com/contact with details, so we can help." },
        { "paid", "void", null, "Invoices with `paid` payments cannot be voided." },
        { "paid", "mark_uncollectible", null, "You can only pass in open invoices. This invoice isn't open." },
        { "uncollectible", "delete", null, "You can only delete draft invoices." },
        { "uncollectible", "finalize", null, "This invoice is already finalized, you can't re-finalize a non-draft invoice." },
        { "uncollectible", "pay", "paid", "invoice.paid" },
        { "uncollectible", "send", null, "This invoice cannot be sent right now. Please contact us via https://support.stripe.com/contact with details, so we can help." },
        { "uncollectible", "void", "void", "invoice.voided" },
        { "uncollectible", "mark_uncollectible", null, "This invoice has already been marked uncollectible." },
        { "void", "delete", null, "You can only delete draft invoices." },
        { "void", "finalize", null, "This invoice is already finalized, you can't re-finalize a non-draft invoice." },
        { "void", "pay", null, "You can only pass in open invoices. This invoice isn't open." },
        { "void", "send", null, "This invoice cannot be sent right now. Please contact us via https://support.stripe.com/contact with details, so we can help." },
        { "void", "void", null, "You can only pass in open invoices. This invoice isn't open." },
        { "void", "mark_uncollectible", null, "You can only pass in open invoices. This invoice isn't open." },
    };

    [Fact]
    public void The_table_is_whole() =>
        Assert.Equal(
            InvoiceStates.All.SelectMany(s => InvoiceStates.Actions.Select(a => (s, a))).Order(),
            Table.Select(row => (row.Data.Item1, row.Data.Item2)).Order());

    [Theory]
    [MemberData(nameof(Table))]
    public async Task Each_action_does_in_each_state_what_Stripe_does(string from, string action, string? to, string? eventOrMessage)
    {
        var invoice = await In(from);
        var answer = await Act(invoice, action);
        if (to is null)
        {
            Assert.Equal((400, "invalid_request_error", eventOrMessage), (answer.Status, answer.Text("error.type"), answer.Message));
            Assert.Equal(from, (await caller.Get($"/v1/invoices/{invoice}")).Ok().Text("status"));
            return;
        }

        answer.Ok();
        Assert.Equal(to, to == "deleted" ? (answer["deleted"]!.GetValue<bool>() ? "deleted" : "") : answer.Text("status"));
        var told = (await caller.Get($"/v1/events?type={eventOrMessage}&limit=100")).Ok()["data"]!.AsArray();
        Assert.Single(told, e => e!["data"]!["object"]!["id"]!.GetValue<string>() == invoice);
        Assert.Equal(InvoiceStates.After(from, action), to);
    }

    [Theory]
    [InlineData("open")]
    [InlineData("uncollectible")]
    public async Task A_payment_that_fails_leaves_the_invoice_where_it_was(string from)
    {
        var invoice = await In(from);
        var answer = await caller.Post($"/v1/invoices/{invoice}/pay", "payment_method=pm_card_visa_chargeDeclined");
        Assert.Equal((402, "card_error", "card_declined", "generic_decline"), (answer.Status, answer.Text("error.type"), answer.Code, answer.Text("error.decline_code")));
        var after = (await caller.Get($"/v1/invoices/{invoice}")).Ok();
        Assert.Equal((from, 1L, 0L, 2500L), (after.Text("status"), after.Number("attempt_count"), after.Number("amount_paid"), after.Number("amount_remaining")));
        Assert.Contains((await caller.Get("/v1/events?type=invoice.payment_failed&limit=100")).Ok()["data"]!.AsArray(), e => e!["data"]!["object"]!["id"]!.GetValue<string>() == invoice);
    }

    [Fact]
    public async Task Only_what_a_finalized_invoice_still_takes_is_taken()
    {
        var invoice = await In("open");
        var refused = await caller.Post($"/v1/invoices/{invoice}", "description=late");
        Assert.Equal((400, "description", "Finalized invoices can't be updated in this way"), (refused.Status, refused.Text("error.param"), refused.Message));
        Assert.Equal("1", (await caller.Post($"/v1/invoices/{invoice}", "metadata[late]=1")).Ok().Text("metadata.late"));
        var line = await caller.Post($"/v1/invoices/{invoice}/add_lines", "lines[0][amount]=1");
        Assert.Equal((400, "invoice_not_editable", "Invalid invoice: This invoice is no longer editable"), (line.Status, line.Code, line.Message));
        Assert.Equal("invoice_not_editable", (await caller.Post("/v1/invoiceitems", $"invoice={invoice}&amount=1&currency=usd")).Code);
    }

    private async Task<string> In(string status)
    {
        var customer = await caller.Customer("payment_method=pm_card_visa&invoice_settings[default_payment_method]=pm_card_visa");
        var invoice = (await caller.Draft(customer, 2500, "collection_method=send_invoice&days_until_due=30")).Id;
        string[] steps = status switch
        {
            "draft" => [],
            "open" => ["finalize"],
            "paid" => ["pay"],
            "void" => ["finalize", "void"],
            _ => ["finalize", "mark_uncollectible"],
        };
        foreach (var step in steps)
        {
            (await Act(invoice, step)).Ok();
        }

        return invoice;
    }

    private Task<Answer> Act(string invoice, string action) =>
        action == "delete" ? caller.Delete($"/v1/invoices/{invoice}") : caller.Post($"/v1/invoices/{invoice}/{action}");
}
