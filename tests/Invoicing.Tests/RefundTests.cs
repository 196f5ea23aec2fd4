using System.Net;
using System.Text.Json;
using Marketplace.Contracts.Invoicing;
using Marketplace.Contracts.Storage;
using Marketplace.ServiceDefaults;
using Marketplace.Testing;
using Stripe;

namespace Marketplace.Invoicing.Tests;

/// <summary>Money that goes back, and what is taken off before it is paid.</summary>
public sealed class RefundTests(InvoicingApp app) : IClassFixture<InvoicingApp>
{
    [Fact]
    public async Task A_refund_in_parts_ends_in_the_same_books_here_and_at_Stripe()
    {
        var invoice = await PaidInvoices.Paid(app);
        Assert.Equal((2500L, 0L), (await invoice.Amount("amountPaid"), await invoice.Amount("amountRemaining")));

        var asked = await invoice.Seller.Owner.Post($"/v1/invoices/{invoice.Id}/refund", new { amount = 1000, reason = "order_change", note = "Half of it was down" }).Expect<JsonElement>(HttpStatusCode.Accepted);
        Assert.Equal(("refund", "pending"), (asked.GetProperty("kind").GetString(), asked.GetProperty("status").GetString()));
        var note = Assert.Single(await invoice.SettledNotes());
        Assert.Equal("issued", note.GetProperty("status").GetString());
        Assert.Equal("succeeded", Assert.Single(note.GetProperty("refunds").EnumerateArray()).GetProperty("status").GetString());
        Assert.Equal((1000L, 1000L), (await invoice.Amount("amountRefunded"), await invoice.RefundedAtStripe()));

        await invoice.Seller.Owner.Post($"/v1/invoices/{invoice.Id}/refund", new { amount = 1501 }).ExpectProblem(HttpStatusCode.Conflict, "credit_exceeds_rest", "amount");
        await invoice.Seller.Owner.Post($"/v1/invoices/{invoice.Id}/refund").Expect(HttpStatusCode.Accepted);
        Assert.Equal(2, (await invoice.SettledNotes()).Count);
        Assert.Equal((2500L, 2500L), (await invoice.Amount("amountRefunded"), await invoice.RefundedAtStripe()));
        await invoice.Seller.Owner.Post($"/v1/invoices/{invoice.Id}/refund").ExpectProblem(HttpStatusCode.Conflict, "nothing_left_to_credit");

        var atStripe = (await invoice.Client.V1.CreditNotes.ListAsync(new CreditNoteListOptions { Invoice = invoice.StripeId })).Data;
        Assert.Equal([1000L, 1500L], atStripe.Select(n => n.PostPaymentAmount).Order());
        Assert.Equal("Half of it was down", atStripe.Single(n => n.Amount == 1000).Memo);
        // What is asked for is told before Stripe has done it.
        Assert.Equal(
            [(0L, 0L), (0L, 1000L), (1000L, 1000L), (1000L, 2500L), (2500L, 2500L)],
            (await app.Announced<InvoiceChanged>(m => m.InvoiceId == invoice.Id && m.Status == "paid")).Select(m => (m.AmountRefunded, m.AmountTakenBack!.Value)));
        Assert.Equal([1000L, 1500L], (await app.Announced<RefundIssued>(r => r.InvoiceId == invoice.Id)).Select(r => r.Amount));
        Assert.Equal([1000L, 1500L], (await app.Announced<ChangeRecorded>(c => c.ObjectId == invoice.Id && c.Action == "invoice.refund_requested")).Select(c => JsonElement.Parse(c.After!).GetProperty("amount").GetInt64()));
    }

    [Fact]
    public async Task Parallel_refunds_never_give_back_more_than_was_paid()
    {
        var invoice = await PaidInvoices.Paid(app);
        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(number => invoice.Seller.Owner.Post($"/v1/invoices/{invoice.Id}/refund", new { amount = number % 2 == 0 ? 1500 : 700 })));
        var accepted = answers.Where(a => a.StatusCode == HttpStatusCode.Accepted).Count();
        Assert.All(answers.Where(a => a.StatusCode != HttpStatusCode.Accepted), a => Assert.Equal(HttpStatusCode.Conflict, a.StatusCode));
        Assert.Equal(accepted, (await invoice.SettledNotes()).Count);
        var refunded = await invoice.RefundedAtStripe();
        Assert.InRange(refunded, 1500, 2500);
        Assert.Equal(refunded, await invoice.Amount("amountRefunded"));
    }

    [Fact]
    public async Task An_answer_that_never_arrived_is_looked_up_and_not_done_again()
    {
        var invoice = await PaidInvoices.Paid(app);
        await app.Stripe.Fail(new { account = invoice.Seller.Account, method = "POST", path = "/v1/credit_notes", kind = "lost", times = 1 });
        await invoice.Seller.Owner.Post($"/v1/invoices/{invoice.Id}/refund", new { amount = 1000 }).Expect(HttpStatusCode.Accepted);
        await Eventually.Until(
            async () => (await invoice.Seller.Jobs()).Any(j => j.GetProperty("attempts").GetInt32() == 1), "the first attempt failed", TimeSpan.FromSeconds(60));
        await app.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("issued", Assert.Single(await invoice.SettledNotes()).GetProperty("status").GetString());
        Assert.Equal(1000, await invoice.RefundedAtStripe());
        Assert.Single((await invoice.Client.V1.CreditNotes.ListAsync(new CreditNoteListOptions { Invoice = invoice.StripeId })).Data);
    }

    [Fact]
    public async Task A_refund_that_fails_days_later_is_taken_back_in_the_books()
    {
        var invoice = await PaidInvoices.Paid(app, "4000000000005126");
        await invoice.Seller.Owner.Post($"/v1/invoices/{invoice.Id}/refund").Expect(HttpStatusCode.Accepted);
        await invoice.SettledNotes();
        Assert.Equal(2500, await invoice.Amount("amountRefunded"));

        await app.Advance(TimeSpan.FromDays(3));
        var refund = (await invoice.Client.V1.Refunds.ListAsync(new RefundListOptions { PaymentIntent = await invoice.Intent() })).Data.Single();
        Assert.Equal("failed", refund.Status);
        await invoice.Seller.Hear(refund.Id, "refund.failed", objectType: "refund");
        await invoice.Seller.Hear(refund.Id, "refund.updated", objectType: "refund");

        Assert.Equal((0L, "paid"), (await invoice.Amount("amountRefunded"), (await invoice.Read()).GetProperty("status").GetString()));
        var shown = Assert.Single((await invoice.Notes()).Single().GetProperty("refunds").EnumerateArray());
        Assert.Equal(("failed", "expired_or_canceled_card"), (shown.GetProperty("status").GetString(), shown.GetProperty("failure").GetString()));
        Assert.Equal(["succeeded", "failed"], (await app.Announced<RefundIssued>(r => r.InvoiceId == invoice.Id)).Select(r => r.Status));
        Assert.Equal(0, (await app.Announced<InvoiceChanged>(m => m.InvoiceId == invoice.Id)).Last().AmountRefunded);
        Assert.Equal(2500, await TakenBack(invoice));
        // Its credit note stays in force at Stripe, which takes no second one for the same money.
        await invoice.Seller.Owner.Post($"/v1/invoices/{invoice.Id}/refund").ExpectProblem(HttpStatusCode.Conflict, "nothing_left_to_credit");
    }

    [Fact]
    public async Task A_refund_that_failed_is_made_again_under_its_credit_note_once_for_each_failure()
    {
        var invoice = await PaidInvoices.Paid(app, "4000000000005126");
        await app.Stripe.Permit(invoice.Seller.Key, new Dictionary<string, string>(PaidInvoices.Permissions) { ["charge"] = "write" });
        await invoice.Seller.Owner.Post($"/v1/invoices/{invoice.Id}/refund", new { amount = 1000 }).Expect(HttpStatusCode.Accepted);
        var note = Assert.Single(await invoice.SettledNotes()).GetProperty("id").GetString();
        await Repeat(HttpStatusCode.Conflict, "nothing_to_repeat");
        for (var failures = 1; failures <= 2; failures++)
        {
            await Fail(invoice);
            Assert.Equal(0, await invoice.Amount("amountRefunded"));
            var asked = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => invoice.Seller.Owner.Post($"/v1/credit-notes/{note}/retry")));
            Assert.Equal([HttpStatusCode.Accepted, HttpStatusCode.Conflict, HttpStatusCode.Conflict], asked.Select(a => a.StatusCode).Order());
            await Eventually.Until(() => invoice.Amount("amountRefunded"), amount => amount == 1000, "it is given back again", TimeSpan.FromSeconds(60));
            Assert.Equal((failures + 1, 1000L), ((await Refunds(invoice)).Count, await invoice.RefundedAtStripe()));
            await Repeat(HttpStatusCode.Conflict, "nothing_to_repeat");
        }

        Assert.Equal(["failed", "failed", "succeeded"], (await Refunds(invoice)).Select(r => r.GetProperty("status").GetString()));
        Assert.Equal(2, (await app.Announced<Contracts.Storage.ChangeRecorded>(c => c.Action == "credit_note.refund_repeated" && c.ObjectId == note)).Count);
        // What was paid beside it is left, and no more.
        await invoice.Seller.Owner.Post($"/v1/invoices/{invoice.Id}/refund", new { amount = 1501 }).ExpectProblem(HttpStatusCode.Conflict, "credit_exceeds_rest");

        var stranger = await Seller.Open(app);
        await stranger.Owner.Post($"/v1/credit-notes/{note}/retry").ExpectProblem(HttpStatusCode.NotFound, "not_found");
        await app.ClientFor(TestCaller.Provider(invoice.Seller.Organization, Roles.ProductManager)).Post($"/v1/credit-notes/{note}/retry").ExpectProblem(HttpStatusCode.Forbidden, "role_missing");

        Task Repeat(HttpStatusCode status, string code) => invoice.Seller.Owner.Post($"/v1/credit-notes/{note}/retry").ExpectProblem(status, code);
    }

    [Fact]
    public async Task A_repetition_that_Stripe_refuses_says_why_and_may_be_asked_for_once_more()
    {
        var invoice = await PaidInvoices.Paid(app, "4000000000005126");
        await invoice.Seller.Owner.Post($"/v1/invoices/{invoice.Id}/refund").Expect(HttpStatusCode.Accepted);
        var note = Assert.Single(await invoice.SettledNotes()).GetProperty("id").GetString();
        await Fail(invoice);
        await invoice.Seller.Owner.Post($"/v1/credit-notes/{note}/retry").Expect(HttpStatusCode.Accepted);
        var refused = await Eventually.Until(
            async () => Assert.Single(await Refunds(invoice)), refund => refund.GetProperty("repeatFailure").ValueKind == JsonValueKind.String, "the refusal is told", TimeSpan.FromSeconds(60));
        Assert.StartsWith("permission_missing", refused.GetProperty("repeatFailure").GetString(), StringComparison.Ordinal);
        Assert.Equal((JsonValueKind.Null, "idle"), (refused.GetProperty("repeatedAt").ValueKind, (await invoice.Seller.Queue()).GetProperty("status").GetString()));

        await app.Stripe.Permit(invoice.Seller.Key, new Dictionary<string, string>(PaidInvoices.Permissions) { ["charge"] = "write" });
        await invoice.Seller.Owner.Post($"/v1/credit-notes/{note}/retry").Expect(HttpStatusCode.Accepted);
        await Eventually.Until(() => invoice.Amount("amountRefunded"), amount => amount == 2500, "it is given back again", TimeSpan.FromSeconds(60));
    }

    // The payer's bank sends back what was given back last.
    private async Task Fail(PaidInvoices invoice)
    {
        await app.Advance(TimeSpan.FromDays(3));
        foreach (var refund in (await invoice.Client.V1.Refunds.ListAsync(new RefundListOptions { PaymentIntent = await invoice.Intent() })).Data)
        {
            Assert.Equal("failed", refund.Status);
            await invoice.Seller.Hear(refund.Id, "refund.failed", objectType: "refund");
        }
    }

    private async Task<long?> TakenBack(PaidInvoices invoice) => (await app.Announced<InvoiceChanged>(m => m.InvoiceId == invoice.Id)).Last().AmountTakenBack;

    private static async Task<List<JsonElement>> Refunds(PaidInvoices invoice) => [.. (await invoice.Notes()).Single().GetProperty("refunds").EnumerateArray()];

    [Fact]
    public async Task What_is_given_back_in_Stripe_s_dashboard_is_mirrored_whichever_event_comes_first()
    {
        foreach (var refundFirst in new[] { true, false })
        {
            var invoice = await PaidInvoices.Paid(app);
            var refund = await invoice.Client.V1.Refunds.CreateAsync(new RefundCreateOptions { PaymentIntent = await invoice.Intent(), Amount = 400 });
            var note = await invoice.Client.V1.CreditNotes.CreateAsync(new CreditNoteCreateOptions { Invoice = invoice.StripeId, Amount = 600, RefundAmount = 600 });
            (string, string)[] news = [(refund.Id, "refund"), (note.Id, "credit_note"), (refund.Id, "refund")];
            foreach (var (id, type) in refundFirst ? news : [.. news.Reverse().Skip(1)])
            {
                await invoice.Seller.Hear(id, $"{type}.created", objectType: type);
            }

            Assert.Equal((1000L, 1000L), (await invoice.Amount("amountRefunded"), await TakenBack(invoice)));
            Assert.Equal(("stripe", 600L), (Assert.Single(await invoice.Notes()).GetProperty("origin").GetString(), (await invoice.Notes())[0].GetProperty("amount").GetProperty("amount").GetInt64()));
            var left = await invoice.Seller.Owner.Post($"/v1/invoices/{invoice.Id}/refund", new { amount = 1501 }).ExpectProblem(HttpStatusCode.Conflict, "credit_exceeds_rest");
            Assert.NotNull(left);
            await invoice.Seller.Owner.Post($"/v1/invoices/{invoice.Id}/refund", new { amount = 1500 }).Expect(HttpStatusCode.Accepted);
            await invoice.SettledNotes();
            Assert.Equal((2500L, 2500L), (await invoice.Amount("amountRefunded"), await invoice.RefundedAtStripe()));
        }
    }

    [Fact]
    public async Task What_Stripe_refuses_ends_the_credit_note_and_not_the_queue()
    {
        var invoice = await PaidInvoices.Paid(app);
        await app.Stripe.Dispute(await invoice.Intent());
        await invoice.Seller.Owner.Post($"/v1/invoices/{invoice.Id}/refund", new { amount = 1000 }).Expect(HttpStatusCode.Accepted);
        var refused = Assert.Single(await invoice.SettledNotes());
        Assert.Equal("failed", refused.GetProperty("status").GetString());
        Assert.StartsWith("charge_disputed", refused.GetProperty("failure").GetString(), StringComparison.Ordinal);
        Assert.Equal((0L, "idle"), (await invoice.Amount("amountRefunded"), (await invoice.Seller.Queue()).GetProperty("status").GetString()));
        Assert.Equal([0L, 1000L, 0L], (await app.Announced<InvoiceChanged>(m => m.InvoiceId == invoice.Id && m.Status == "paid")).Select(m => m.AmountTakenBack!.Value));

        await app.Stripe.Permit(invoice.Seller.Key, new Dictionary<string, string> { ["customer"] = "write", ["invoice"] = "write" });
        await invoice.Seller.Owner.Post($"/v1/invoices/{invoice.Id}/refund").Expect(HttpStatusCode.Accepted);
        Assert.All(await invoice.SettledNotes(), n => Assert.Equal("failed", n.GetProperty("status").GetString()));
        Assert.Contains(await invoice.Notes(), n => n.GetProperty("failure").GetString()!.StartsWith("permission_missing", StringComparison.Ordinal));
        Assert.Equal("idle", (await invoice.Seller.Queue()).GetProperty("status").GetString());
    }

    [Fact]
    public async Task A_credit_note_whose_job_is_removed_has_failed_and_its_amount_is_free_again()
    {
        var invoice = await PaidInvoices.Paid(app);
        await Eventually.Until(async () => (await invoice.Seller.Jobs()).Count == 0, "nothing is left to do", TimeSpan.FromSeconds(60));
        await app.Database.Execute("update billing_integrations set queue_status = 'paused' where id = $1", invoice.Seller.Integration);
        await invoice.Seller.Owner.Post($"/v1/invoices/{invoice.Id}/refund").Expect(HttpStatusCode.Accepted);
        var job = Assert.Single(await invoice.Seller.Jobs());
        Assert.Equal("issue_credit_note", job.GetProperty("kind").GetString());

        await invoice.Seller.Owner.Delete($"/v1/billing-integrations/{invoice.Seller.Integration}/jobs/{job.GetProperty("id").GetString()}").Expect(HttpStatusCode.NoContent);

        var removed = Assert.Single(await invoice.Notes());
        Assert.Equal("failed", removed.GetProperty("status").GetString());
        Assert.Equal(0, await TakenBack(invoice));
        Assert.StartsWith("job_removed", removed.GetProperty("failure").GetString(), StringComparison.Ordinal);
        await app.Database.Execute("update billing_integrations set queue_status = 'running' where id = $1", invoice.Seller.Integration);
        await invoice.Seller.Owner.Post($"/v1/invoices/{invoice.Id}/refund").Expect(HttpStatusCode.Accepted);
        Assert.Equal(["failed", "issued"], (await invoice.SettledNotes()).Select(n => n.GetProperty("status").GetString()).Order());
        Assert.Equal(2500, await invoice.RefundedAtStripe());
    }

    [Fact]
    public async Task A_credit_lowers_what_is_due_and_to_nothing_it_pays()
    {
        var invoice = await PaidInvoices.Open(app);
        await invoice.Seller.Owner.Post($"/v1/invoices/{invoice.Id}/refund").ExpectProblem(HttpStatusCode.Conflict, "invoice_not_refundable");
        await invoice.Seller.Owner.Post($"/v1/invoices/{invoice.Id}/credit", new { amount = 2501 }).ExpectProblem(HttpStatusCode.Conflict, "credit_exceeds_rest");
        await invoice.Seller.Owner.Post($"/v1/invoices/{invoice.Id}/credit", new { amount = 1000 }).Expect(HttpStatusCode.Accepted);
        await invoice.SettledNotes();
        Assert.Equal(("open", 1500L, 1000L), ((await invoice.Read()).GetProperty("status").GetString(), await invoice.Amount("amountRemaining"), await invoice.Amount("amountCredited")));

        await invoice.Seller.Owner.Post($"/v1/invoices/{invoice.Id}/credit").Expect(HttpStatusCode.Accepted);
        var paid = await invoice.Seller.Until(invoice.Id, "paid");
        Assert.Equal(0, paid.GetProperty("amountPaid").GetProperty("amount").GetInt64());
        Assert.Equal((2500L, 2500L), (await invoice.Amount("amountCredited"), await TakenBack(invoice)));
        await invoice.Seller.Owner.Post($"/v1/invoices/{invoice.Id}/credit").ExpectProblem(HttpStatusCode.Conflict, "invoice_not_creditable");
        await invoice.Seller.Owner.Post($"/v1/invoices/{invoice.Id}/refund").ExpectProblem(HttpStatusCode.Conflict, "nothing_left_to_credit");
    }

    [Theory]
    [InlineData(30, 1000, true, 1000)]
    [InlineData(30, 1000, false, 1000)]
    [InlineData(-4000, 10000, true, 6000)]
    [InlineData(-4000, 10000, false, 6000)]
    public async Task What_goes_back_or_is_taken_off_is_what_the_invoice_itself_is_over_whatever_came_to_it_from_the_balance(long balance, long price, bool paid, long expected)
    {
        var invoice = await (await PaidInvoices.Paid(app)).Next(price, balance);
        Assert.Equal(price + balance, await invoice.Amount("amountRemaining"));
        if (paid)
        {
            await app.Stripe.Pay(await invoice.Url());
            await invoice.Hear();
        }

        var action = $"/v1/invoices/{invoice.Id}/{(paid ? "refund" : "credit")}";
        await invoice.Seller.Owner.Post(action, new { amount = expected + 1 }).ExpectProblem(HttpStatusCode.Conflict, "credit_exceeds_rest");
        await invoice.Seller.Owner.Post(action).Expect(HttpStatusCode.Accepted);

        var note = Assert.Single(await invoice.SettledNotes());
        Assert.Equal(("issued", expected), (note.GetProperty("status").GetString(), note.GetProperty("amount").GetProperty("amount").GetInt64()));
        Assert.Equal(paid ? expected : 0, await invoice.RefundedAtStripe());
        Assert.Equal(paid ? 0 : Math.Max(0, balance), await invoice.Amount("amountRemaining"));
        await invoice.Seller.Owner.Post(action).ExpectProblem(HttpStatusCode.Conflict, paid || balance > 0 ? "nothing_left_to_credit" : "invoice_not_creditable");
    }

    [Theory]
    [InlineData("isk", 100)]
    [InlineData("ugx", 100)]
    [InlineData("kwd", 10)]
    public async Task What_can_be_neither_charged_nor_given_back_in_a_currency_is_refused_before_anything_is_written(string currency, long step)
    {
        var invoice = await PaidInvoices.Open(app, Plans.Of(basePrice: 900_000, currency: currency));
        await invoice.Seller.Owner.Post($"/v1/invoices/{invoice.Id}/credit", new { amount = step + 1 }).ExpectProblem(HttpStatusCode.UnprocessableEntity, "amount_not_chargeable", "amount");
        await app.Stripe.Pay(await invoice.Url());
        await invoice.Hear("invoice.paid");
        await invoice.Seller.Owner.Post($"/v1/invoices/{invoice.Id}/refund", new { amount = (step * 3) - 5 }).ExpectProblem(HttpStatusCode.UnprocessableEntity, "amount_not_chargeable", "amount");
        Assert.Empty(await invoice.Notes());

        await invoice.Seller.Owner.Post($"/v1/invoices/{invoice.Id}/refund", new { amount = step * 3 }).Expect(HttpStatusCode.Accepted);
        Assert.Equal("issued", Assert.Single(await invoice.SettledNotes()).GetProperty("status").GetString());
    }

    [Fact]
    public async Task Only_the_provider_s_administrators_give_back_and_strangers_see_nothing()
    {
        var invoice = await PaidInvoices.Paid(app);
        var stranger = await Seller.Open(app);
        foreach (var action in new[] { "refund", "credit" })
        {
            await stranger.Owner.Post($"/v1/invoices/{invoice.Id}/{action}").ExpectProblem(HttpStatusCode.NotFound, "not_found");
            await app.ClientFor(TestCaller.Provider(invoice.Seller.Organization, Roles.ProductManager)).Post($"/v1/invoices/{invoice.Id}/{action}").ExpectProblem(HttpStatusCode.Forbidden, "role_missing");
            await app.ClientFor(TestCaller.Consumer(invoice.Approved.OrganizationId, "cat_1", Roles.Admin)).Post($"/v1/invoices/{invoice.Id}/{action}").ExpectProblem(HttpStatusCode.Forbidden, "role_missing");
        }

        await invoice.Seller.Owner.Post($"/v1/invoices/{invoice.Id}/refund", new { amount = 0 }).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed");
        await invoice.Seller.Owner.Post($"/v1/invoices/{invoice.Id}/refund", new { amount = 5, reason = "because" }).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed");
        await invoice.Seller.Owner.Post($"/v1/invoices/{invoice.Id}/refund", new { amount = 500 }).Expect(HttpStatusCode.Accepted);
        var note = Assert.Single(await invoice.SettledNotes()).GetProperty("id").GetString();
        await stranger.Owner.GetAsync($"/v1/credit-notes/{note}").ExpectProblem(HttpStatusCode.NotFound, "not_found");
        Assert.Empty((await stranger.Owner.Get($"/v1/credit-notes?invoice={invoice.Id}")).GetProperty("data").EnumerateArray());
        Assert.Equal(note, (await app.ClientFor(TestCaller.Consumer(invoice.Approved.OrganizationId, "cat_1", Roles.Billing)).Get($"/v1/credit-notes/{note}")).GetProperty("id").GetString());
    }
}
