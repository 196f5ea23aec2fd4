using System.Net;
using System.Text.Json;
using Marketplace.Contracts.Invoicing;
using Marketplace.Contracts.Subscriptions;
using Marketplace.ServiceDefaults;
using Marketplace.Testing;

namespace Marketplace.Invoicing.Tests;

/// <summary>Invoices that the provider's own billing system charges: rated and made here, billed and paid there.</summary>
public sealed class CustomBillingTests(InvoicingApp app) : IClassFixture<InvoicingApp>
{
    [Fact]
    public async Task An_invoice_is_a_draft_until_the_provider_s_system_has_billed_it_and_paid_when_that_says_so()
    {
        var seller = await OwnBilling.Open(app);
        var id = await seller.Charge(seller.Approved(Plans.Of(basePrice: 2000, setupFee: 10000)));
        var draft = await seller.Invoice(id);
        Assert.Equal(("draft", "pending", "custom", 12000), Look(draft));
        Assert.Equal(["setup_fee 10000", "base 2000"], draft.GetProperty("lines").EnumerateArray().Select(l => $"{l.GetProperty("kind")} {l.GetProperty("amount").GetProperty("amount")}"));
        Assert.Equal("Initial payment", draft.GetProperty("title").GetString());

        var billed = await seller.Tell(id, "billing", OwnBilling.Billed(id, 12000, taxes: 2280, number: "R-1")).Expect<JsonElement>();
        Assert.Equal(("draft", "pending", "custom", 14280), Look(billed));
        Assert.Equal(("R-1", "https://billing.example.com/4711", 2280, 14280), (
            billed.GetProperty("number").GetString(), billed.GetProperty("hostedInvoiceUrl").GetString(), Amount(billed, "tax"), Amount(billed, "amountDue")));
        Assert.Equal(("C-17", "2000-01-31"), (billed.GetProperty("billing").GetProperty("customerId").GetString(), billed.GetProperty("billing").GetProperty("issueDate").GetString()));

        var open = await seller.Tell(id, "state", new { name = "open" }).Expect<JsonElement>();
        Assert.Equal(("open", "success", "custom", 14280), Look(open));
        Assert.Equal((14280, app.Clock.GetUtcNow().AddDays(14)), (Amount(open, "amountRemaining"), open.GetProperty("dueAt").GetDateTimeOffset()));

        await app.Advance(TimeSpan.FromDays(1));
        var paid = await seller.Tell(id, "state", new { name = "paid" }).Expect<JsonElement>();
        Assert.Equal(("paid", "success", "custom", 14280), Look(paid));
        Assert.Equal((14280, 0, app.Clock.GetUtcNow()), (Amount(paid, "amountPaid"), Amount(paid, "amountRemaining"), paid.GetProperty("paidAt").GetDateTimeOffset()));

        Assert.Equal(["draft pending status", "draft pending billing", "open success status", "paid success status"], await seller.Told(id));
        var heard = (await app.Announced<InvoiceChanged>()).Where(i => i.InvoiceId == id).OrderBy(i => i.Version).ToList();
        Assert.Equal(["draft", "draft", "open", "paid"], heard.Select(i => i.Status));
        Assert.Equal(("R-1", 14280, 2280, 14280), (heard[^1].Number, heard[^1].Total, heard[^1].Tax, heard[^1].AmountPaid));
        Assert.Equal(["invoice.billed", "invoice.state_told", "invoice.state_told"], (await app.Announced<Contracts.Storage.ChangeRecorded>()).Where(c => c.ObjectId == id).Select(c => c.Action));
        await NothingIsAtStripe(seller);
    }

    [Fact]
    public async Task A_closed_period_is_rated_and_billed_as_the_first_one_and_an_end_alone_with_its_usage()
    {
        var seller = await OwnBilling.Open(app);
        var approved = seller.Approved(Plans.Of("unit", basePrice: 2500, unitAmount: "1"));
        await seller.Charge(approved);
        await app.Make<ChargeClosedPeriod>().Handle(Seller.Closed(approved, 1000), default);
        var period = await seller.InvoiceOf(approved.SubscriptionId, "period");
        await app.Make<ChargeClosedPeriod>().Handle(Seller.Closed(approved, 1000), default);
        Assert.Equal(("draft", "pending", "custom", 3500), Look(await seller.Invoice(period)));
        await seller.Bill(period, 3500);
        Assert.Equal(["draft pending status", "draft pending billing", "open success status"], await seller.Told(period));

        var other = seller.Approved(Plans.Of("unit", unitAmount: "1"));
        await seller.Charge(other);
        await app.Make<ChargeClosedPeriod>().Handle(Seller.Closed(other, 70, last: true), default);
        Assert.Equal(("draft", "pending", "custom", 70), Look(await seller.Invoice(await seller.InvoiceOf(other.SubscriptionId, "final"))));
        await NothingIsAtStripe(seller);
    }

    [Fact]
    public async Task Pending_after_an_error_hands_the_invoice_to_that_system_anew_and_the_consumer_reads_no_more_than_that_it_waits()
    {
        var seller = await OwnBilling.Open(app);
        var approved = seller.Approved(Plans.Of(basePrice: 2500));
        var id = await seller.Charge(approved);
        var wrong = new { level = "error", reasons = new[] { new { type = "customer_blocked", detail = "Debtor 17 is blocked in company code 0001." } } };
        var failed = await seller.Tell(id, "status", wrong).Expect<JsonElement>();
        Assert.Equal(("draft", "error"), (failed.GetProperty("status").GetString(), failed.GetProperty("level").GetString()));
        Assert.Equal("Debtor 17 is blocked in company code 0001.", failed.GetProperty("reasons")[0].GetProperty("detail").GetString());
        var buyer = app.ClientFor(TestCaller.Consumer(approved.OrganizationId, approved.CatalogId, Roles.Billing));
        Assert.DoesNotContain("Debtor", (await buyer.Get($"/v1/invoices/{id}")).GetRawText(), StringComparison.Ordinal);
        Assert.Equal([id], (await seller.Owner.Get("/v1/invoices?vendor=custom&status=draft&level=error")).GetProperty("data").EnumerateArray().Select(i => i.GetProperty("id").GetString()));

        // Said again it is no news.
        await seller.Tell(id, "status", wrong).Expect();
        Assert.Equal(["draft pending status", "draft error status"], await seller.Told(id));
        await seller.Tell(id, "status", new { level = "pending" }).Expect();
        await seller.Tell(id, "status", new { level = "pending" }).Expect();
        Assert.Equal(["draft pending status", "draft error status", "draft pending status"], await seller.Told(id));
        var recorded = await app.Announced<Contracts.Storage.ChangeRecorded>(c => c.ObjectId == id && c.Action == "invoice.status_told");
        Assert.Equal(2, recorded.Select(c => (c.Before, c.After)).Distinct().Count(c => c.Before != c.After));
        Assert.All(recorded, c => Assert.True(c is { Actor: not null, Before: not null, After: not null }));

        // The provider's people have a button for it.
        await seller.Tell(id, "status", wrong).Expect();
        await seller.Owner.Post($"/v1/invoices/{id}/retry").Expect();
        Assert.Equal("draft pending status", (await seller.Told(id))[^1]);
        Assert.Equal("pending", (await seller.Invoice(id)).GetProperty("level").GetString());
        await seller.Owner.Post($"/v1/invoices/{id}/retry").ExpectProblem(HttpStatusCode.Conflict, "invoice_not_in_error");
        await NothingIsAtStripe(seller);
    }

    [Fact]
    public async Task Our_clock_says_that_it_is_past_due_and_a_payment_after_that_counts()
    {
        var seller = await OwnBilling.Open(app);
        var id = await seller.Charge();
        await seller.Bill(id);
        await app.Advance(TimeSpan.FromDays(14) - TimeSpan.FromSeconds(1));
        Assert.Equal("open", (await seller.Invoice(id)).GetProperty("status").GetString());
        await app.Advance(TimeSpan.FromSeconds(1));
        await Eventually.Until(() => seller.Invoice(id), i => i.GetProperty("status").GetString() == "past_due", "it is past due");
        Assert.Equal("past_due pending status", (await seller.Told(id))[^1]);
        Assert.Contains((await app.Announced<InvoiceChanged>()), i => i.InvoiceId == id && i.Status == "past_due");

        await seller.Tell(id, "state", new { name = "past_due" }).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed");
        await seller.Tell(id, "state", new { name = "incomplete", reason = "Written off." }).Expect();
        var late = await seller.Tell(id, "state", new { name = "paid" }).Expect<JsonElement>();
        Assert.Equal(("paid", "success", "custom", 2500), Look(late));
        Assert.Equal(["past_due pending status", "incomplete success status", "paid success status"], (await seller.Told(id))[^3..]);
    }

    [Theory]
    [InlineData("draft", "open,incomplete,void")]
    [InlineData("open", "paid,incomplete,void")]
    [InlineData("past_due", "paid,incomplete,void")]
    [InlineData("incomplete", "paid,void")]
    [InlineData("paid", "")]
    [InlineData("void", "")]
    public void The_states_that_may_follow_are_this_table(string from, string to)
    {
        string[] told = ["open", "paid", "incomplete", "void"];
        var invoice = Row(from);
        Assert.Equal(to.Split(',', StringSplitOptions.RemoveEmptyEntries), told.Where(state => state != from && CustomState.Move(invoice, state, null, app.Clock.GetUtcNow()) is { Refusal: null, Next: var next } && next.Status == state));
        Assert.Same(invoice, CustomState.Move(invoice, from, null, app.Clock.GetUtcNow()).Next);
    }

    [Fact]
    public async Task Nothing_is_payable_before_it_is_billed_and_only_over_what_we_rated()
    {
        var seller = await OwnBilling.Open(app);
        var id = await seller.Charge();
        await seller.Tell(id, "state", new { name = "open" }).ExpectProblem(HttpStatusCode.Conflict, "invoice_not_billed", "name");
        await seller.Tell(id, "state", new { name = "paid" }).ExpectProblem(HttpStatusCode.Conflict, "invoice_state_not_allowed", "name");
        await Mismatch(new { currency = "eur", total = 2500, due = 2500 }, "amount.currency");
        await Mismatch(new { currency = "usd", total = 2499, due = 2499 }, "amount.total");
        await Mismatch(new { currency = "usd", total = 2500, taxes = 100, due = 2500 }, "amount.due");
        await Mismatch(new { currency = "usd", total = 2500, taxes = 100, pastDues = 50, due = 2600 }, "amount.due");
        foreach (var (field, body) in ((string, object)[])
        [
            ("amount.taxes", Statement(new { currency = "usd", total = 2500, taxes = -100, due = 2400 })),
            ("amount.total", Statement(new { currency = "usd", due = 2500 })),
            ("amount.currency", Statement(new { currency = "dollars", total = 2500, due = 2500 })),
            ("amount", new { id = "d", number = "R", issueDate = "2000-01-31" }),
            ("number", new { id = "d", issueDate = "2000-01-31", amount = new { currency = "usd", total = 2500, due = 2500 } }),
            ("issueDate", Statement(new { currency = "usd", total = 2500, due = 2500 }, "2999-01-01")),
            ("link", Statement(new { currency = "usd", total = 2500, due = 2500 }, link: "javascript:alert(1)")),
        ])
        {
            await seller.Tell(id, "billing", body).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", field);
        }

        await seller.Tell(id, "billing", Statement(new { currency = "USD", total = 2500, taxes = 475, pastDues = 1000, due = 3975 })).Expect();
        Assert.Equal(2975, Amount(await seller.Invoice(id), "amountDue"));
        // The same document for another invoice would be one payment for two.
        await seller.Tell(await seller.Charge(), "billing", Statement(new { currency = "usd", total = 2500, due = 2500 })).ExpectProblem(HttpStatusCode.Conflict, "billing_id_taken", "id");
        // What was wrong on it is put right while it is not settled.
        await seller.Tell(id, "state", new { name = "open" }).Expect();
        await seller.Tell(id, "billing", OwnBilling.Billed(id, number: "R-2")).Expect();
        Assert.Equal(2500, Amount(await seller.Invoice(id), "amountRemaining"));
        await seller.Tell(id, "state", new { name = "paid" }).Expect();
        await seller.Tell(id, "billing", OwnBilling.Billed(id, number: "R-3")).ExpectProblem(HttpStatusCode.Conflict, "invoice_settled");

        Task Mismatch(object amount, string field) => seller.Tell(id, "billing", Statement(amount)).ExpectProblem(HttpStatusCode.UnprocessableEntity, "billing_amount_mismatch", field);

        static object Statement(object amount, string issueDate = "2000-01-31", string? link = null) => new { id = "doc-1", number = "R-1", issueDate, link, amount };
    }

    [Fact]
    public async Task Said_again_each_changes_nothing_and_said_of_an_older_version_it_is_refused()
    {
        var seller = await OwnBilling.Open(app);
        var id = await seller.Charge();
        var first = await seller.Version(id);
        var body = OwnBilling.Billed(id);
        await seller.System.Put($"/v1/invoices/{id}/billing", body).ExpectProblem(HttpStatusCode.PreconditionRequired, "if_match_required");
        var answer = await seller.System.Put($"/v1/invoices/{id}/billing", body, first).Expect();
        // Its answer was lost: what was asked for is so already.
        var again = await seller.System.Put($"/v1/invoices/{id}/billing", body, first).Expect();
        Assert.Equal(answer.Headers.ETag, again.Headers.ETag);
        Assert.Equal(await seller.Version(id), again.Headers.ETag!.ToString());
        await seller.System.Put($"/v1/invoices/{id}/billing", OwnBilling.Billed(id, number: "R-2"), first).ExpectProblem(HttpStatusCode.PreconditionFailed, "version_mismatch");
        await seller.System.Put($"/v1/invoices/{id}/state", new { name = "open" }, first).ExpectProblem(HttpStatusCode.PreconditionFailed, "version_mismatch");
        await seller.Tell(id, "state", new { name = "open" }).Expect();
        await seller.System.Put($"/v1/invoices/{id}/state", new { name = "open" }, first).Expect();
        Assert.Equal(["draft pending status", "draft pending billing", "open success status"], await seller.Told(id));
    }

    [Theory]
    [InlineData("draft")]
    [InlineData("error")]
    [InlineData("open")]
    [InlineData("incomplete")]
    public async Task A_first_invoice_that_was_not_paid_is_void_when_its_subscription_ends(string stands)
    {
        var seller = await OwnBilling.Open(app);
        var approved = seller.Approved(Plans.Of(basePrice: 2500));
        var id = await seller.Charge(approved);
        await (stands switch
        {
            "open" => seller.Bill(id),
            "incomplete" => seller.Tell(id, "state", new { name = "incomplete" }).Expect(),
            "error" => seller.Tell(id, "status", new { level = "error" }).Expect(),
            _ => Task.CompletedTask,
        });
        await app.Make<VoidOnCancellation>().Handle(new SubscriptionCancelled(approved.SubscriptionId, approved.OrganizationId, "consumer", app.Clock.GetUtcNow()), default);
        Assert.Equal(("void", "success", "custom", 2500), Look(await seller.Invoice(id)));
        Assert.Equal("void success status", (await seller.Told(id))[^1]);
        await seller.Tell(id, "state", new { name = "paid" }).ExpectProblem(HttpStatusCode.Conflict, "invoice_state_not_allowed");
        await NothingIsAtStripe(seller);
    }

    [Fact]
    public async Task What_was_paid_there_is_given_back_there()
    {
        var seller = await OwnBilling.Open(app);
        var approved = seller.Approved(Plans.Of(basePrice: 2500));
        var id = await seller.Charge(approved);
        await seller.Bill(id);
        await seller.Owner.Post($"/v1/invoices/{id}/credit", new { }).ExpectProblem(HttpStatusCode.Conflict, "not_billed_by_stripe");
        await seller.Tell(id, "state", new { name = "paid" }).Expect();
        await seller.Owner.Post($"/v1/invoices/{id}/refund", new { }).ExpectProblem(HttpStatusCode.Conflict, "not_billed_by_stripe");
        await app.Make<VoidOnCancellation>().Handle(new SubscriptionCancelled(approved.SubscriptionId, approved.OrganizationId, "never_paid", app.Clock.GetUtcNow()), default);
        Assert.Equal(0, await app.Database.Scalar<long>("select count(*) from credit_notes where invoice_id = $1", id));

        // What the provider gives up is void at once.
        var other = await seller.Charge();
        await seller.Bill(other);
        Assert.Equal("void", (await seller.Owner.Post($"/v1/invoices/{other}/void").Expect<JsonElement>(HttpStatusCode.Accepted)).GetProperty("status").GetString());
        Assert.Equal("void success status", (await seller.Told(other))[^1]);
        await NothingIsAtStripe(seller);
    }

    [Fact]
    public void A_credit_is_settled_where_it_is_issued()
    {
        var credit = Row("draft") with { Total = -700 };
        var issued = CustomState.Move(credit, "open", null, app.Clock.GetUtcNow()).Next;
        Assert.Equal(("paid", 0, 0, -700), (issued.Status, issued.AmountPaid, issued.AmountRemaining, issued.AmountDue));
        Assert.Same(issued, CustomState.Move(issued, "open", null, app.Clock.GetUtcNow()).Next);
    }

    [Fact]
    public async Task Only_owners_and_administrators_of_the_provider_tell_and_only_with_the_scope_for_it()
    {
        var seller = await OwnBilling.Open(app);
        var approved = seller.Approved(Plans.Of(basePrice: 2500));
        var id = await seller.Charge(approved);
        foreach (var (what, body) in ((string, object)[])[("billing", OwnBilling.Billed(id)), ("state", new { name = "void" }), ("status", new { level = "error" })])
        {
            var path = $"/v1/invoices/{id}/{what}";
            await app.CreateClient().Put(path, body, "*").Expect(HttpStatusCode.Unauthorized);
            await app.ClientFor(TestCaller.Stranger()).Put(path, body, "*").ExpectProblem(HttpStatusCode.NotFound, "not_found");
            await (await OwnBilling.Open(app)).System.Put(path, body, "*").ExpectProblem(HttpStatusCode.NotFound, "not_found");
            await app.ClientFor(TestCaller.Consumer(approved.OrganizationId, approved.CatalogId, Roles.Admin)).Put(path, body, "*").ExpectProblem(HttpStatusCode.Forbidden, "role_missing");
            await app.ClientFor(TestCaller.Provider(seller.Organization, Roles.ProductManager)).Put(path, body, "*").ExpectProblem(HttpStatusCode.Forbidden, "role_missing");
            await app.ClientFor(TestCaller.Operator()).Put(path, body, "*").ExpectProblem(HttpStatusCode.Forbidden, "role_missing");
            foreach (var scope in Scopes.All.Where(scope => scope != "billing-system:write"))
            {
                await app.ClientFor(TestCaller.Provider(seller.Organization, Roles.Owner) with { Scopes = [scope] }).Put(path, body, "*").ExpectProblem(HttpStatusCode.Forbidden, "scope_missing");
            }
        }

        Assert.Equal(["draft pending status"], await seller.Told(id));
        // With that scope nothing else is done.
        await seller.System.GetAsync("/v1/invoices").ExpectProblem(HttpStatusCode.Forbidden, "scope_missing");
        await seller.System.Post($"/v1/invoices/{id}/void").ExpectProblem(HttpStatusCode.Forbidden, "scope_missing");
    }

    [Fact]
    public async Task What_Stripe_charges_nobody_tells_of()
    {
        var seller = await Seller.Open(app);
        var id = await seller.Charge(seller.Approved(Plans.Of(basePrice: 2500)));
        await seller.Until(id, "open");
        foreach (var (what, body) in ((string, object)[])[("billing", OwnBilling.Billed(id)), ("state", new { name = "paid" }), ("status", new { level = "pending" })])
        {
            await seller.Owner.Put($"/v1/invoices/{id}/{what}", body, "*").ExpectProblem(HttpStatusCode.Conflict, "billed_by_stripe");
        }

        Assert.Equal("open", (await seller.Invoice(id)).GetProperty("status").GetString());
        Assert.Empty((await seller.Owner.Get("/v1/invoice-events")).GetProperty("data").EnumerateArray());
        Assert.Empty((await seller.Owner.Get("/v1/invoices?vendor=custom")).GetProperty("data").EnumerateArray());
    }

    private static (string?, string?, string?, long) Look(JsonElement i) =>
        (i.GetProperty("status").GetString(), i.GetProperty("level").GetString(), i.GetProperty("vendor").GetString(), Amount(i, "total"));

    private static long Amount(JsonElement invoice, string name) => invoice.GetProperty(name).GetProperty("amount").GetInt64();

    private static Invoice Row(string status) => new()
    {
        Id = "inv_1", SubscriptionId = "sub_1", OrganizationId = "org_1", ProviderOrganizationId = "org_2", IntegrationId = "bil_1", Kind = "initial", Status = status, Level = "pending",
        Description = "Weather", Currency = "usd", Total = 2500, Vendor = InvoiceVendor.Custom, BillingId = "doc-1",
    };

    private async Task NothingIsAtStripe(OwnBilling seller)
    {
        Assert.Equal(0, await app.Database.Scalar<long>("select count(*) from stripe_jobs where integration_id = $1", seller.Integration));
        Assert.Equal(0, await app.Database.Scalar<long>("select count(*) from stripe_objects where integration_id = $1", seller.Integration));
    }
}
