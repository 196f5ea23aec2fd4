using System.Text.Json.Nodes;

namespace Marketplace.StripeEmulator.Tests;

public sealed class InvoiceMoneyTests(EmulatorApp app) : IClassFixture<EmulatorApp>
{
    private readonly Caller caller = app.NewAccount();

    [Fact]
    public async Task A_finalized_invoice_has_its_number_its_address_and_its_due_date()
    {
        var customer = await caller.Customer("name=Ada&email=ada@example.com");
        var draft = await caller.Draft(customer, 2500, "collection_method=send_invoice&days_until_due=30");
        Assert.Equal(("draft", true, true), (draft.Text("status"), draft["number"] is null, draft["hosted_invoice_url"] is null));
        Assert.Equal(draft.Number("created") + (30 * 86_400), draft.Number("due_date"));
        var open = (await caller.Post($"/v1/invoices/{draft.Id}/finalize")).Ok();
        Assert.EndsWith("-0001", open.Text("number"), StringComparison.Ordinal);
        Assert.Contains($"/i/{caller.Account}/invst_", open.Text("hosted_invoice_url"), StringComparison.Ordinal);
        Assert.Equal((2500L, 0L, 2500L), (open.Number("amount_due"), open.Number("amount_paid"), open.Number("amount_remaining")));
        Assert.Equal(("Ada", "ada@example.com"), (open.Text("customer_name"), open.Text("customer_email")));
        Assert.EndsWith("-0002", (await caller.Open(customer)).Text("number"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Paying_closes_the_intent_the_charge_and_the_invoice_payment()
    {
        var invoice = await caller.Open(await caller.Customer());
        var paid = (await caller.Post($"/v1/invoices/{invoice.Id}/pay", "payment_method=pm_card_visa&expand[]=payments")).Ok();
        Assert.Equal(("paid", 2500L, 0L), (paid.Text("status"), paid.Number("amount_paid"), paid.Number("amount_remaining")));
        Assert.Equal(("paid", 2500L), (paid.Text("payments.data.0.status"), paid.Number("payments.data.0.amount_paid")));
        var intent = (await caller.Get($"/v1/payment_intents/{paid.Text("payments.data.0.payment.payment_intent")}?expand[]=latest_charge")).Ok();
        Assert.Equal(("succeeded", 2500L, "succeeded"), (intent.Text("status"), intent.Number("amount_received"), intent.Text("latest_charge.status")));
        var listed = (await caller.Get($"/v1/invoice_payments?payment[type]=payment_intent&payment[payment_intent]={intent.Id}")).Ok();
        Assert.Equal(invoice.Id, listed.Text("data.0.invoice"));
    }

    [Fact]
    public async Task An_invoice_paid_elsewhere_makes_no_charge()
    {
        var invoice = await caller.Open(await caller.Customer());
        var paid = (await caller.Post($"/v1/invoices/{invoice.Id}/pay", "paid_out_of_band=true&expand[]=payments")).Ok();
        Assert.Equal(("paid", 0L, "canceled"), (paid.Text("status"), paid.Number("amount_remaining"), paid.Text("payments.data.0.status")));
        var told = (await caller.Get("/v1/events?limit=100")).Ok()["data"]!.AsArray().Where(e => e!["data"]!["object"]!["id"]!.GetValue<string>() == invoice.Id).Select(e => e!["type"]!.GetValue<string>()).ToList();
        Assert.Contains("invoice.paid", told);
        Assert.DoesNotContain("invoice.payment_succeeded", told);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(30, 30)]
    [InlineData(-700, -700)]
    public async Task What_cannot_be_charged_waits_on_the_balance_and_the_invoice_is_paid(long amount, long balance)
    {
        var customer = await caller.Customer();
        var invoice = await caller.Open(customer, amount);
        Assert.Equal(("paid", 0L, 0L, 0L), (invoice.Text("status"), invoice.Number("amount_due"), invoice.Number("amount_remaining"), invoice.Number("attempt_count")));
        Assert.Equal(balance, invoice.Number("ending_balance"));
        Assert.Equal(balance, (await caller.Get($"/v1/customers/{customer}")).Ok().Number("balance"));
        Assert.Empty((await caller.Get($"/v1/invoice_payments?invoice={invoice.Id}")).Ok()["data"]!.AsArray());
    }

    [Fact]
    public async Task Credit_pays_first_and_a_void_gives_it_back()
    {
        var customer = await caller.Customer();
        (await caller.Post($"/v1/customers/{customer}/balance_transactions", "amount=-1000&currency=usd")).Ok();
        var invoice = await caller.Open(customer);
        Assert.Equal((2500L, 1500L, -1000L, 0L), (invoice.Number("total"), invoice.Number("amount_due"), invoice.Number("starting_balance"), invoice.Number("ending_balance")));
        (await caller.Post($"/v1/invoices/{invoice.Id}/void")).Ok();
        var moves = (await caller.Get($"/v1/customers/{customer}/balance_transactions")).Ok()["data"]!.AsArray();
        Assert.Equal(["unapplied_from_invoice", "applied_to_invoice", "adjustment"], moves.Select(m => m!["type"]!.GetValue<string>()));
        Assert.Equal(-1000, moves.Sum(m => m!["amount"]!.GetValue<long>()));
        Assert.Equal(-1000, (await caller.Get($"/v1/customers/{customer}")).Ok().Number("balance"));
    }

    [Fact]
    public async Task Unit_prices_are_rounded_once_per_line_half_up()
    {
        var customer = await caller.Customer();
        var draft = await caller.Draft(customer, 0);
        (await caller.Post("/v1/invoiceitems", $"invoice={draft.Id}&quantity=321&unit_amount_decimal=1&currency=usd")).Ok();
        (await caller.Post("/v1/invoiceitems", $"invoice={draft.Id}&quantity=3&unit_amount_decimal=0.5&currency=usd")).Ok();
        var invoice = (await caller.Get($"/v1/invoices/{draft.Id}")).Ok();
        Assert.Equal([2L, 321L], invoice["lines"]!["data"]!.AsArray().Select(l => l!["amount"]!.GetValue<long>()));
        Assert.Equal(323, invoice.Number("total"));
        var both = await caller.Post("/v1/invoiceitems", $"invoice={draft.Id}&amount=5&quantity=2&currency=usd");
        Assert.Equal((400, "You may only specify one of these parameters: amount, quantity."), (both.Status, both.Message));
    }

    [Fact]
    public async Task Pending_items_wait_for_an_invoice_that_includes_them()
    {
        var customer = await caller.Customer();
        (await caller.Post("/v1/invoiceitems", $"customer={customer}&amount=100&currency=usd&description=first")).Ok();
        (await caller.Post("/v1/invoiceitems", $"customer={customer}&amount=200&currency=usd&description=second")).Ok();
        Assert.Equal(0, (await caller.Post("/v1/invoices", $"customer={customer}")).Ok().Number("total"));
        var swept = (await caller.Post("/v1/invoices", $"customer={customer}&pending_invoice_items_behavior=include")).Ok();
        Assert.Equal(["second", "first"], swept["lines"]!["data"]!.AsArray().Select(l => l!["description"]!.GetValue<string>()));
        Assert.Empty((await caller.Get($"/v1/invoiceitems?customer={customer}&pending=true")).Ok()["data"]!.AsArray());
    }

    [Fact]
    public async Task Lines_are_changed_and_removed_while_the_invoice_is_a_draft()
    {
        var draft = await caller.Draft(await caller.Customer());
        var line = draft.Text("lines.data.0.id");
        Assert.Equal(900, (await caller.Post($"/v1/invoices/{draft.Id}/lines/{line}", "amount=900&description=less")).Ok().Number("amount"));
        Assert.Equal(1000, (await caller.Post($"/v1/invoices/{draft.Id}/update_lines", $"lines[0][id]={line}&lines[0][amount]=1000")).Ok().Number("total"));
        Assert.Equal("lines[0][behavior]", (await caller.Post($"/v1/invoices/{draft.Id}/remove_lines", $"lines[0][id]={line}")).Text("error.param"));
        Assert.Equal(0, (await caller.Post($"/v1/invoices/{draft.Id}/remove_lines", $"lines[0][id]={line}&lines[0][behavior]=unassign")).Ok().Number("total"));
        Assert.Single((await caller.Get($"/v1/invoiceitems?customer={draft.Text("customer")}&pending=true")).Ok()["data"]!.AsArray());
    }

    [Theory]
    [InlineData("collection_method=send_invoice", "If invoice collection method is 'send_invoice', you must specify 'due_date' or 'days_until_due'.")]
    [InlineData("days_until_due=3", "You can only specify 'due_date' or 'days_until_due' if invoice collection method is 'send_invoice'.")]
    [InlineData("currency=xyz", "Invalid currency: xyz.")]
    [InlineData("on_behalf_of=acct_1", "The Stripe emulator does not support 'on_behalf_of' on this endpoint.")]
    public async Task What_does_not_go_together_is_refused(string form, string message) =>
        Assert.StartsWith(message, (await caller.Post("/v1/invoices", $"customer={await caller.Customer()}&{form}")).Message, StringComparison.Ordinal);

    [Fact]
    public async Task Sending_needs_an_invoice_that_is_sent()
    {
        var invoice = await caller.Open(await caller.Customer());
        Assert.Equal("You can only manually send an invoice if its collection method is 'send_invoice'.", (await caller.Post($"/v1/invoices/{invoice.Id}/send")).Message);
    }

    /// <summary>Any sequence of calls: paid + remaining = due, the balance is the sum of its moves, and no state but Stripe's.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task No_sequence_of_calls_makes_or_loses_money(int seed)
    {
        var random = new Random(seed);
        var mine = app.NewAccount();
        var customer = await mine.Customer();
        var invoices = new List<string>();
        string[] actions = ["finalize", "pay", "pay?payment_method=pm_card_visa", "pay?payment_method=pm_card_chargeCustomerFail", "pay?payment_method=pm_usBankAccount", "pay?paid_out_of_band=true", "void", "mark_uncollectible", "add_lines?lines[0][amount]=120", "add_lines?lines[0][amount]=-90"];
        for (var step = 0; step < 60; step++)
        {
            if (invoices.Count == 0 || random.Next(5) == 0)
            {
                invoices.Add((await mine.Draft(customer, random.Next(-300, 900))).Id);
            }
            else if (random.Next(8) == 0)
            {
                (await mine.Post($"/v1/customers/{customer}/balance_transactions", $"amount={random.Next(-400, 200)}&currency=usd")).Ok();
            }
            else
            {
                var action = actions[random.Next(actions.Length)].Split('?', 2);
                await mine.Post($"/v1/invoices/{invoices[random.Next(invoices.Count)]}/{action[0]}", action.Length > 1 ? action[1] : "");
            }

            await Conserved(mine, customer);
        }
    }

    private static async Task Conserved(Caller mine, string customer)
    {
        foreach (var invoice in (await mine.Get($"/v1/invoices?customer={customer}&limit=100")).Ok()["data"]!.AsArray())
        {
            long Field(string name) => invoice![name]!.GetValue<long>();
            Assert.Equal(Field("amount_due"), Field("amount_paid") + Field("amount_remaining"));
            Assert.Equal(Field("total"), invoice!["lines"]!["data"]!.AsArray().Sum(l => l!["amount"]!.GetValue<long>()));
            Assert.Contains(invoice["status"]!.GetValue<string>(), Resources.InvoiceStates.All);
            if (invoice["ending_balance"] is JsonValue ending)
            {
                // What was due or owed before equals what is due or owed after.
                Assert.Equal(Field("total") + Field("starting_balance"), Field("amount_due") + ending.GetValue<long>());
            }
        }

        var moves = (await mine.Get($"/v1/customers/{customer}/balance_transactions?limit=100")).Ok()["data"]!.AsArray();
        Assert.Equal((await mine.Get($"/v1/customers/{customer}")).Ok().Number("balance"), moves.Sum(m => m!["amount"]!.GetValue<long>()));
    }
}
