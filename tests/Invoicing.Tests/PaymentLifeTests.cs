using System.Net;
using System.Text.Json;
using Marketplace.Contracts.Invoicing;
using Marketplace.Contracts.Subscriptions;
using Marketplace.Testing;
using Stripe;

namespace Marketplace.Invoicing.Tests;

/// <summary>Payments that fail, come in parts, come late, or whose payer is gone.</summary>
public sealed class PaymentLifeTests(InvoicingApp app) : IClassFixture<InvoicingApp>
{
    [Fact]
    public async Task A_declined_payment_is_shown_in_words_until_it_is_paid()
    {
        var invoice = await PaidInvoices.Open(app);
        Assert.Equal(HttpStatusCode.PaymentRequired, await app.Stripe.TryToPay(await invoice.Url(), "4000000000009995"));
        await invoice.Hear("invoice.payment_failed");
        var problem = (await invoice.Read()).GetProperty("paymentProblem");
        Assert.Equal(("payment_failed", "insufficient_funds", "The card or account has too little money.", 1L),
            (problem.GetProperty("type").GetString(), problem.GetProperty("code").GetString(), problem.GetProperty("detail").GetString(), problem.GetProperty("attempts").GetInt64()));
        var told = (await app.Announced<InvoiceChanged>(m => m.InvoiceId == invoice.Id)).Last();
        Assert.Equal(("open", "insufficient_funds"), (told.Status, told.PaymentProblem?.Code));
        await invoice.Hear("invoice.payment_failed");
        Assert.Equal(told.Version, (await app.Announced<InvoiceChanged>(m => m.InvoiceId == invoice.Id)).Last().Version);

        await app.Stripe.Pay(await invoice.Url());
        await invoice.Hear("invoice.paid");
        Assert.Null((await app.Announced<InvoiceChanged>(m => m.InvoiceId == invoice.Id)).Last().PaymentProblem);
    }

    [Fact]
    public async Task A_payment_to_be_confirmed_is_shown_with_where_to_confirm_it()
    {
        var invoice = await PaidInvoices.Open(app);
        await app.Stripe.Pay(await invoice.Url(), "4000002760003184");
        await invoice.Hear("invoice.payment_action_required");
        var problem = (await invoice.Read()).GetProperty("paymentProblem");
        Assert.Equal(("action_required", await invoice.Url()), (problem.GetProperty("type").GetString(), problem.GetProperty("hostedInvoiceUrl").GetString()));
        Assert.Equal("open", (await invoice.Read()).GetProperty("status").GetString());
    }

    [Fact]
    public async Task What_a_restricted_key_may_not_read_of_a_payment_is_told_without_its_reason()
    {
        var invoice = await PaidInvoices.Open(app);
        await app.Stripe.Permit(invoice.Seller.Key, new Dictionary<string, string> { ["customer"] = "write", ["invoice"] = "write" });
        await app.Stripe.TryToPay(await invoice.Url(), "4000000000009995");
        await invoice.Hear("invoice.payment_failed");
        Assert.Equal("The bank declined the payment.", (await invoice.Read()).GetProperty("paymentProblem").GetProperty("detail").GetString());
    }

    [Fact]
    public async Task Partial_payments_leave_it_open_and_what_is_too_much_is_not_counted()
    {
        var invoice = await PaidInvoices.Open(app);
        await PayElsewhere(invoice, 1000);
        await invoice.Hear();
        Assert.Equal(("open", 1000L, 1500L), ((await invoice.Read()).GetProperty("status").GetString(), await invoice.Amount("amountPaid"), await invoice.Amount("amountRemaining")));
        await PayElsewhere(invoice, 1700);
        await invoice.Hear("invoice.paid");
        Assert.Equal(("paid", 2500L, 0L), ((await invoice.Read()).GetProperty("status").GetString(), await invoice.Amount("amountPaid"), await invoice.Amount("amountRemaining")));
        await invoice.Seller.Owner.Post($"/v1/invoices/{invoice.Id}/refund").Expect(HttpStatusCode.Accepted);
        await invoice.SettledNotes();
        Assert.Equal(2500, await invoice.Amount("amountRefunded"));
    }

    [Fact]
    public async Task What_was_paid_outside_of_Stripe_is_paid_and_Stripe_cannot_give_it_back()
    {
        var invoice = await PaidInvoices.Open(app);
        await invoice.Client.V1.Invoices.MarkUncollectibleAsync(invoice.StripeId);
        await invoice.Hear();
        Assert.Equal("incomplete", (await invoice.Read()).GetProperty("status").GetString());
        await invoice.Client.V1.Invoices.PayAsync(invoice.StripeId, new InvoicePayOptions { PaidOutOfBand = true });
        await invoice.Hear("invoice.paid");
        Assert.Equal(("paid", 2500L), ((await invoice.Read()).GetProperty("status").GetString(), await invoice.Amount("amountPaid")));
        await invoice.Seller.Owner.Post($"/v1/invoices/{invoice.Id}/refund").ExpectProblem(HttpStatusCode.Conflict, "nothing_left_to_credit");
    }

    [Theory]
    [InlineData("credit")]
    [InlineData("refund")]
    [InlineData("keep")]
    public async Task Money_for_a_subscription_that_never_began_goes_back_once_by_the_integration_s_rule(string rule)
    {
        foreach (var paidFirst in new[] { true, false })
        {
            var invoice = await PaidInvoices.Open(app);
            await invoice.Seller.Owner.Patch($"/v1/billing-integrations/{invoice.Seller.Integration}", new { latePayments = rule }, "*").Expect();
            await app.Stripe.Pay(await invoice.Url());
            var cancelled = new SubscriptionCancelled(invoice.Approved.SubscriptionId, invoice.Approved.OrganizationId, "never_paid", app.Clock.GetUtcNow());
            Func<Task>[] news = [() => invoice.Hear("invoice.paid"), () => app.Make<VoidOnCancellation>().Handle(cancelled, default)];
            foreach (var one in paidFirst ? news : [.. news.Reverse()])
            {
                await one();
                await one();
            }

            await Eventually.Until(async () => (await invoice.Seller.Jobs()).Count == 0, "nothing is left to do", TimeSpan.FromSeconds(60));
            Assert.Equal("paid", (await invoice.Read()).GetProperty("status").GetString());
            var balance = (await invoice.Client.V1.Customers.GetAsync((await invoice.Client.V1.Invoices.GetAsync(invoice.StripeId)).CustomerId)).Balance;
            Assert.Equal(rule switch { "credit" => (0L, -2500L, 1), "refund" => (2500L, 0L, 1), _ => (0L, 0L, 0) }, (await invoice.RefundedAtStripe(), balance, (await invoice.Notes()).Count));
        }
    }

    [Fact]
    public async Task Whoever_pays_an_old_link_after_the_subscription_ended_for_want_of_it_gets_the_rest_of_the_period_back()
    {
        var first = await PaidInvoices.Paid(app);
        await app.Advance(first.Approved.PeriodEnd - app.Clock.GetUtcNow() + TimeSpan.FromHours(2));
        var closed = Seller.Closed(first.Approved, calls: 0);
        await app.Make<ChargeClosedPeriod>().Handle(closed, default);
        var id = await first.Seller.InvoiceOf(first.Approved.SubscriptionId, "period");
        await first.Seller.Until(id, "open");
        var late = first with { Id = id, StripeId = await first.Seller.StripeId(id) };
        var (from, to) = (closed.NextPeriodStart!.Value, closed.NextPeriodEnd!.Value);
        var end = from + ((to - from) / 4);
        await app.Advance(end - app.Clock.GetUtcNow());
        await app.Make<VoidOnCancellation>().Handle(new(first.Approved.SubscriptionId, first.Approved.OrganizationId, "past_due", end), default);
        await app.Advance(TimeSpan.FromDays(2));

        await app.Stripe.Pay(await late.Url());
        await late.Hear("invoice.paid");
        await late.Hear("invoice.paid");
        var note = Assert.Single(await late.SettledNotes());
        Assert.Equal(("balance", "late_payment", "issued", 1875L), (
            note.GetProperty("kind").GetString(), note.GetProperty("origin").GetString(), note.GetProperty("status").GetString(), note.GetProperty("amount").GetProperty("amount").GetInt64()));
        Assert.Empty(await first.Notes());
    }

    [Theory]
    [InlineData("never_paid", 10, 5, 5.0, 2800)]
    [InlineData("rejected", 10, 5, 5.0, 2800)]
    [InlineData("past_due", 10, 11, 11.0, 2000)]
    [InlineData("past_due", 10, 9, 11.0, 2000)]
    [InlineData("past_due", 10, 9, 10.0, 2000)]
    [InlineData("past_due", 10, 9, 9.96, 2000)] // within the hour before the end
    [InlineData("past_due", 10, 9, 9.95, 0)]
    [InlineData("past_due", 10, 9, 9.0, 0)]
    [InlineData("past_due", 10, 9, null, 0)]
    [InlineData("past_due", 0, 11, 11.0, 3000)]
    [InlineData("past_due", 30, 31, 31.0, 0)]
    [InlineData("past_due", 30, 9, 31.0, 0)]
    [InlineData("requested", 10, 11, 11.0, 0)]
    [InlineData("requested", 0, 11, 11.0, 3000)]
    [InlineData("requested", -5, 11, 11.0, 3000)]
    [InlineData("requested", 0, 0, 1.0, 0)]
    [InlineData("customer_deleted", 29, 30, 30.0, 0)]
    public void What_of_a_late_payment_goes_back(string reason, int endDay, int paidDay, double? heardDay, long expected)
    {
        var start = new DateTimeOffset(2026, 4, 1, 0, 0, 0, TimeSpan.Zero);
        PaidLine[] lines = [new("usage", 300, start.AddMonths(-1), start), new("base", 3000, start, start.AddDays(30)), new("setup_fee", 100, start, start)];
        var paid = reason is "never_paid" or "rejected" ? 2800 : 3400;
        Assert.Equal(expected, LatePayments.GivenBack(reason, start.AddDays(endDay), Paid(start.AddDays(paidDay), paid) with { PaidHeardAt = heardDay is { } day ? start.AddDays(day) : null }, lines));
    }

    [Fact]
    public void Of_a_plan_change_paid_after_the_end_the_part_after_it_goes_back()
    {
        var start = new DateTimeOffset(2026, 4, 1, 0, 0, 0, TimeSpan.Zero);
        // Changed with twenty days left, ended after five of them.
        PaidLine[] lines = [new("proration", -1000, start, start.AddDays(20)), new("proration", 3000, start, start.AddDays(20)), new("proration", 50, start.AddDays(-2), start)];
        Assert.Equal(1500, LatePayments.GivenBack("past_due", start.AddDays(5), Paid(start.AddDays(6), 2050), lines));
        Assert.Equal(0, LatePayments.GivenBack("requested", start.AddDays(5), Paid(start.AddDays(6), 2050), lines));
    }

    [Theory]
    [InlineData(100, 0, 20, 120)]
    [InlineData(100, 100, 38, 119)]
    [InlineData(1, 1, 1, 2)]
    [InlineData(1, 2, 1, 1)]
    public void What_of_a_late_payment_goes_back_takes_its_tax_along(long @base, long usage, long tax, long expected)
    {
        var start = new DateTimeOffset(2026, 4, 1, 0, 0, 0, TimeSpan.Zero);
        PaidLine[] lines = [new("usage", usage, start.AddMonths(-1), start), new("base", @base, start, start.AddDays(30))];
        Assert.Equal(expected, LatePayments.GivenBack("requested", start, Paid(start.AddDays(1), @base + usage + tax) with { Tax = tax }, lines));
    }

    [Theory]
    [InlineData("usd", 3100, 2067)]
    [InlineData("isk", 3100, 2100)]
    [InlineData("UGX", 3100, 2100)]
    [InlineData("kwd", 3100, 2070)]
    [InlineData("isk", 2000, 2000)]
    [InlineData("isk", 2050, 2000)]
    [InlineData("kwd", 2066, 2060)]
    public void What_of_a_late_payment_goes_back_can_be_charged_in_its_currency_and_is_never_more_than_was_paid(string currency, long paid, long expected)
    {
        var start = new DateTimeOffset(2026, 4, 1, 0, 0, 0, TimeSpan.Zero);
        PaidLine[] lines = [new("base", 3100, start, start.AddDays(30))];
        Assert.Equal(expected, LatePayments.GivenBack("past_due", start.AddDays(10), Paid(start.AddDays(11), paid) with { Currency = currency }, lines));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_customer_deleted_at_Stripe_ends_what_is_unpaid_and_the_next_invoice_makes_another(bool heard)
    {
        var invoice = await PaidInvoices.Open(app);
        var customer = (await invoice.Client.V1.Invoices.GetAsync(invoice.StripeId)).CustomerId;
        await invoice.Client.V1.Customers.DeleteAsync(customer);
        var next = invoice.Seller.Approved(Plans.Of(basePrice: 900), invoice.Approved.OrganizationId);
        if (heard)
        {
            await invoice.Seller.Hear(customer, "customer.deleted", objectType: "customer");
            await invoice.Seller.Hear(customer, "customer.deleted", objectType: "customer");
        }
        else
        {
            // Nobody told: the job that needs the customer notices it.
            var lost = await invoice.Seller.Charge(next);
            await invoice.Seller.Until(lost, "void");
            next = invoice.Seller.Approved(Plans.Of(basePrice: 900), invoice.Approved.OrganizationId);
        }

        await invoice.Seller.Until(invoice.Id, "void");
        Assert.Equal(invoice.Approved.OrganizationId, Assert.Single(await app.Announced<CustomerDeleted>(c => c.BillingIntegrationId == invoice.Seller.Integration)).OrganizationId);

        var fresh = await invoice.Seller.Charge(next);
        await invoice.Seller.Until(fresh, "open");
        var made = (await invoice.Client.V1.Invoices.GetAsync(await invoice.Seller.StripeId(fresh))).CustomerId;
        Assert.NotEqual(customer, made);
        await Eventually.Until(async () => (await invoice.Seller.Jobs()).Count == 0, "no job is stuck", TimeSpan.FromSeconds(60));
    }

    [Theory]
    [InlineData("insufficient_funds", "The card or account has too little money.")]
    [InlineData("stolen_card", "The bank declined the payment.")]
    [InlineData("lost_card", "The bank declined the payment.")]
    [InlineData(null, "The bank declined the payment.")]
    public void Codes_are_told_in_words_that_help_the_payer_and_no_thief(string? code, string words) => Assert.Equal(words, PaymentProblems.Words(code));

    private static Invoice Paid(DateTimeOffset at, long amount) => new()
    {
        Id = "inv_1", SubscriptionId = "sub_1", OrganizationId = "org_1", ProviderOrganizationId = "org_2", IntegrationId = "bil_1", Kind = "period",
        Status = "paid", Level = "success", Description = "Weather", Currency = "usd", AmountPaid = amount, PaidAt = at,
    };

    private static async Task PayElsewhere(PaidInvoices invoice, long amount)
    {
        var intent = await invoice.Client.V1.PaymentIntents.CreateAsync(new PaymentIntentCreateOptions
        {
            Amount = amount, Currency = "usd", PaymentMethod = "pm_card_visa", PaymentMethodTypes = ["card"], Confirm = true,
        });
        await invoice.Client.V1.Invoices.AttachPaymentAsync(invoice.StripeId, new InvoiceAttachPaymentOptions { PaymentIntent = intent.Id });
    }
}
