using Marketplace.Testing;
using Stripe;

namespace Marketplace.Invoicing.Tests;

/// <summary>What goes back of payments after the end where not only this subscription's money paid.</summary>
public sealed class LatePaymentTests(InvoicingApp app) : IClassFixture<InvoicingApp>
{
    [Theory]
    [InlineData("credit", 1500, 0, 1875)]
    [InlineData("refund", 1500, 1000, 875)]
    [InlineData("refund", 2500, 0, 0)]
    public async Task What_the_balance_paid_of_a_period_after_the_end_is_on_the_balance_again(string rule, long balance, long refunded, long credited)
    {
        var first = await PaidInvoices.Paid(app);
        await Rule(first, rule);
        await Credit(first, balance);
        var (late, from, to) = await Next(first);
        var end = from + ((to - from) / 4);
        await app.Advance(end - app.Clock.GetUtcNow());
        await app.Make<VoidOnCancellation>().Handle(new(first.Approved.SubscriptionId, first.Approved.OrganizationId, "past_due", end), default);
        await app.Advance(TimeSpan.FromDays(2));
        if (balance < 2500)
        {
            await app.Stripe.Pay(await late.Url());
        }

        await late.Hear("invoice.paid");
        await late.Hear("invoice.paid");

        await Expect(late, refunded, credited);
    }

    [Theory]
    [InlineData("credit", 1500, 0, 2500)]
    [InlineData("refund", 1500, 1000, 1500)]
    [InlineData("refund", 2500, 0, 2500)]
    public async Task Of_a_subscription_that_never_began_all_goes_back_also_what_the_balance_paid(string rule, long balance, long refunded, long credited)
    {
        var first = await PaidInvoices.Paid(app);
        await Rule(first, rule);
        await Credit(first, balance);
        var approved = first.Seller.Approved(Plans.Of(basePrice: 2500), first.Approved.OrganizationId);
        var id = await first.Seller.Charge(approved);
        await first.Seller.Until(id, balance < 2500 ? "open" : "paid");
        var late = first with { Id = id, StripeId = await first.Seller.StripeId(id), Approved = approved };
        if (balance < 2500)
        {
            await app.Stripe.Pay(await late.Url());
        }

        await late.Hear("invoice.paid");
        await app.Make<VoidOnCancellation>().Handle(new(approved.SubscriptionId, approved.OrganizationId, "never_paid", app.Clock.GetUtcNow()), default);
        await late.Hear("invoice.paid");

        await Expect(late, refunded, credited);
    }

    [Theory]
    [InlineData(1000, -1500L, 0L, 2500)]
    [InlineData(2505, 5L, 0L, 2500)]
    [InlineData(0, 0L, 30L, 30)]
    [InlineData(0, 0L, -300L, 0)]
    [InlineData(2500, null, null, 2500)]
    public void What_settled_an_invoice_is_the_money_and_what_it_moved_on_the_balance(long paid, long? before, long? after, long settled) =>
        Assert.Equal(settled, new Invoice
        {
            Id = "inv_1", SubscriptionId = "sub_1", OrganizationId = "org_1", ProviderOrganizationId = "org_2", IntegrationId = "bil_1", Kind = "initial",
            Status = "paid", Level = "success", Description = "Weather", Currency = "usd", AmountPaid = paid, StartingBalance = before, EndingBalance = after,
        }.Settled);

    private async Task<(PaidInvoices Late, DateTimeOffset From, DateTimeOffset To)> Next(PaidInvoices first)
    {
        await app.Advance(first.Approved.PeriodEnd - app.Clock.GetUtcNow() + TimeSpan.FromHours(2));
        var closed = Seller.Closed(first.Approved, calls: 0);
        await app.Make<ChargeClosedPeriod>().Handle(closed, default);
        var id = await first.Seller.InvoiceOf(first.Approved.SubscriptionId, "period");
        await Eventually.Until(async () => (await first.Seller.Invoice(id)).GetProperty("status").GetString() is "open" or "paid", $"{id} is issued", TimeSpan.FromSeconds(60));
        return (first with { Id = id, StripeId = await first.Seller.StripeId(id) }, closed.NextPeriodStart!.Value, closed.NextPeriodEnd!.Value);
    }

    private static Task Rule(PaidInvoices invoice, string rule) =>
        invoice.Seller.Owner.Patch($"/v1/billing-integrations/{invoice.Seller.Integration}", new { latePayments = rule }, "*").Expect();

    private static async Task<string> Customer(PaidInvoices invoice) => (await invoice.Client.V1.Invoices.GetAsync(invoice.StripeId)).CustomerId;

    private static async Task Credit(PaidInvoices invoice, long amount) => await invoice.Client.V1.Customers.BalanceTransactions.CreateAsync(
        await Customer(invoice), new CustomerBalanceTransactionCreateOptions { Amount = -amount, Currency = "usd" });

    // What went back to the payer, and what is on the balance at Stripe, which was used up before.
    private static async Task Expect(PaidInvoices late, long refunded, long credited)
    {
        await Eventually.Until(async () => (await late.Seller.Jobs()).Count == 0, "nothing is left to do", TimeSpan.FromSeconds(60));
        var customer = await late.Client.V1.Customers.GetAsync(await Customer(late));
        Assert.Equal((refunded, -credited), (await late.Amount("amountRefunded"), customer.Balance));
        Assert.All(await late.Notes(), note => Assert.Equal(("issued", "late_payment"), (note.GetProperty("status").GetString(), note.GetProperty("origin").GetString())));
    }
}
