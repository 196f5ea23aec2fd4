using Marketplace.Contracts.Invoicing;
using Marketplace.Contracts.Subscriptions;
using Marketplace.Testing;
using Stripe;

namespace Marketplace.Invoicing.Tests;

/// <summary>What goes back of payments after the end where not only this subscription's money paid, or another one took its place.</summary>
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
        Assert.Equal((2500 - balance, 2500L), (await app.Announced<InvoiceChanged>(m => m.InvoiceId == id)).Select(m => (m.AmountPaid!.Value, m.AmountSettled!.Value)).Last());
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
        }.PaidInAll);

    [Theory]
    [InlineData("changed", "ended", "paid")]
    [InlineData("changed", "paid", "ended")]
    [InlineData("ended", "paid", "changed")]
    public async Task Whoever_pays_for_the_plan_before_a_change_after_the_end_gets_the_rest_of_the_period_back(params string[] order)
    {
        var first = await PaidInvoices.Paid(app);
        var (late, from, to) = await Next(first);
        var changed = Changed(first.Approved, from, to, 5000);
        var end = from + ((to - from) / 4);
        Dictionary<string, Func<Task>> news = new(StringComparer.Ordinal)
        {
            ["changed"] = async () =>
            {
                await app.Make<ChargePlanChange>().Handle(changed, default);
                await app.Make<VoidOnCancellation>().Handle(new(first.Approved.SubscriptionId, first.Approved.OrganizationId, "migrated", changed.ChangedAt), default);
            },
            ["ended"] = () => app.Make<VoidOnCancellation>().Handle(new(changed.SubscriptionId, changed.OrganizationId, "past_due", end), default),
            ["paid"] = async () =>
            {
                await app.Stripe.Pay(await late.Url());
                await late.Hear("invoice.paid");
            },
        };
        await app.Advance(end + TimeSpan.FromDays(2) - app.Clock.GetUtcNow());

        foreach (var one in order)
        {
            await news[one]();
        }

        await Expect(late, 0, 1875);
    }

    [Theory]
    [InlineData("ended", "paid")]
    [InlineData("paid", "ended")]
    public async Task Whoever_pays_within_grace_and_is_heard_of_after_it_gets_the_rest_of_the_period_back(params string[] order)
    {
        var first = await PaidInvoices.Paid(app);
        var (late, from, to) = await Next(first);
        // Due after two weeks; grace is over after three quarters of the period.
        var end = from + ((to - from) * 0.75);
        await app.Advance(end.AddHours(-2) - app.Clock.GetUtcNow());
        await late.Seller.Until(late.Id, "past_due");
        await app.Stripe.Pay(await late.Url());
        await app.Advance(TimeSpan.FromHours(3));
        Dictionary<string, Func<Task>> news = new(StringComparer.Ordinal)
        {
            ["ended"] = () => app.Make<VoidOnCancellation>().Handle(new(first.Approved.SubscriptionId, first.Approved.OrganizationId, "past_due", end), default),
            ["paid"] = () => late.Hear("invoice.paid"),
        };

        foreach (var one in order)
        {
            await news[one]();
            await news[one]();
        }

        await Expect(late, 0, 625);
        Assert.Single(await late.Notes());
        Assert.Empty(await first.Notes());
    }

    [Theory]
    [InlineData(30, 625)]
    [InlineData(90, 0)]
    public async Task What_was_heard_of_within_the_hour_before_the_end_goes_back_and_what_was_heard_of_before_is_kept_however_often_it_is_heard_again(int minutes, long credited)
    {
        var first = await PaidInvoices.Paid(app);
        var (late, from, to) = await Next(first);
        var end = from + ((to - from) * 0.75);
        await app.Advance(end.AddMinutes(-minutes) - app.Clock.GetUtcNow());
        await late.Seller.Until(late.Id, "past_due");
        await app.Stripe.Pay(await late.Url());
        await late.Hear("invoice.paid");
        await app.Advance(end.AddMinutes(1) - app.Clock.GetUtcNow());

        await app.Make<VoidOnCancellation>().Handle(new(first.Approved.SubscriptionId, first.Approved.OrganizationId, "past_due", end), default);
        await Expect(late, 0, credited);
        await late.Hear("invoice.paid");

        await Expect(late, 0, credited);
    }

    [Fact]
    public async Task A_payment_that_is_written_down_while_the_end_is_heard_is_seen_by_it()
    {
        var first = await PaidInvoices.Paid(app);
        var (late, from, to) = await Next(first);
        var end = from + ((to - from) / 4);
        await app.Advance(end + TimeSpan.FromDays(2) - app.Clock.GetUtcNow());
        await using var connection = await app.Database.Source.OpenConnectionAsync();
        await using var payment = await connection.BeginTransactionAsync();
        await using var write = connection.CreateCommand();
        write.CommandText = "update invoices set status = 'paid', amount_paid = total, paid_at = $2 where id = $1";
        write.Parameters.Add(new() { Value = late.Id });
        write.Parameters.Add(new() { Value = app.Clock.GetUtcNow() });
        await write.ExecuteNonQueryAsync();

        var ended = app.Make<VoidOnCancellation>().Handle(new(first.Approved.SubscriptionId, first.Approved.OrganizationId, "past_due", end), default);
        await app.Database.UntilBlockedOnLocks(1);
        await payment.CommitAsync();
        await ended;

        Assert.Equal(1875, await app.Database.Scalar<long>("select after_payment from credit_notes where invoice_id = $1 and origin = 'late_payment'", late.Id));
    }

    [Fact]
    public async Task What_a_cheaper_plan_credited_of_the_time_after_the_end_does_not_go_back_twice()
    {
        var first = await PaidInvoices.Paid(app);
        var (late, from, to) = await Next(first);
        // To a plan at half the price: half of the period's price is on the balance already.
        var changed = Changed(first.Approved, from, to, 1250);
        await app.Make<ChargePlanChange>().Handle(changed, default);
        var change = await first.Seller.InvoiceOf(changed.SubscriptionId, "change");
        await first.Seller.Until(change, "paid");
        await app.Make<VoidOnCancellation>().Handle(new(first.Approved.SubscriptionId, first.Approved.OrganizationId, "migrated", changed.ChangedAt), default);
        var end = from + ((to - from) / 4);
        await app.Advance(end + TimeSpan.FromDays(2) - app.Clock.GetUtcNow());
        await app.Make<VoidOnCancellation>().Handle(new(changed.SubscriptionId, changed.OrganizationId, "past_due", end), default);
        await app.Stripe.Pay(await late.Url());
        await late.Hear("invoice.paid");

        // Three quarters of the new plan's price, and the credit of the change.
        await Expect(late, 0, 938 + 1250);
    }

    private async Task<(PaidInvoices Late, DateTimeOffset From, DateTimeOffset To)> Next(PaidInvoices first)
    {
        await app.Advance(first.Approved.PeriodEnd - app.Clock.GetUtcNow() + TimeSpan.FromHours(2));
        var closed = Seller.Closed(first.Approved, calls: 0);
        await app.Make<ChargeClosedPeriod>().Handle(closed, default);
        var id = await first.Seller.InvoiceOf(first.Approved.SubscriptionId, "period");
        await Eventually.Until(async () => (await first.Seller.Invoice(id)).GetProperty("status").GetString() is "open" or "paid", $"{id} is issued", TimeSpan.FromSeconds(60));
        return (first with { Id = id, StripeId = await first.Seller.StripeId(id) }, closed.NextPeriodStart!.Value, closed.NextPeriodEnd!.Value);
    }

    private static SubscriptionPlanChanged Changed(SubscriptionApproved old, DateTimeOffset from, DateTimeOffset to, long price) => new(
        TestCaller.NewId("sub"), old.SubscriptionId, old.OrganizationId, old.OrganizationTitle, old.Email, old.ProviderOrganizationId, old.CatalogId, old.Environment, old.BillingIntegrationId,
        old.ProductId, old.ProductTitle, Plans.Of(basePrice: price), from, to, "usd",
        [new("proration", "Unused", -2500, from, to), new("proration", "Rest", price, from, to)], from.AddHours(1));

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
