using Marketplace.Contracts.Invoicing;
using Marketplace.Storage;
using Marketplace.Testing;
using Microsoft.Extensions.DependencyInjection;
using Stripe;

namespace Marketplace.Invoicing.Tests;

/// <summary>Due dates pass while a payment is under way: nobody is past due for a bank's or our own slowness.</summary>
public sealed class DueDateTests(StillInvoicingApp app) : IClassFixture<StillInvoicingApp>
{
    [Fact]
    public async Task While_the_bank_carries_a_debit_out_nothing_is_past_due_for_two_weeks_and_no_longer()
    {
        var invoice = await PaidInvoices.Open(app, Plans.Of(basePrice: 2500, paymentTermDays: 1));
        await Debit(invoice, "pm_usBankAccount_processing");
        await app.Advance(TimeSpan.FromDays(5));
        Assert.Equal("open", await AfterCheck(invoice));
        Assert.Equal("processing", (await invoice.Read()).GetProperty("paymentProblem").GetProperty("type").GetString());
        // Looked at once a day, and not in every round of the timer.
        Assert.Equal(86_400, await SecondsToNextCheck(invoice));
        await app.Advance(TimeSpan.FromDays(9));
        Assert.Equal("open", await AfterCheck(invoice));
        await app.Advance(TimeSpan.FromDays(2));
        Assert.Equal("past_due", await AfterCheck(invoice));
    }

    [Fact]
    public async Task A_debit_that_the_bank_refuses_is_past_due_at_once()
    {
        var invoice = await PaidInvoices.Open(app, Plans.Of(basePrice: 2500, paymentTermDays: 1));
        await app.Advance(TimeSpan.FromDays(1.5));
        await Debit(invoice, "pm_usBankAccount_insufficientFunds");
        Assert.Equal("open", await AfterCheck(invoice));

        await app.Advance(TimeSpan.FromHours(1));
        await invoice.Hear("invoice.payment_failed");

        Assert.Equal("past_due", await AfterCheck(invoice));
        Assert.Equal("insufficient_funds", (await invoice.Read()).GetProperty("paymentProblem").GetProperty("code").GetString());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_past_due_is_open_again_while_the_bank_carries_a_debit_out_until_it_refuses_or_two_weeks_are_over(bool refuses)
    {
        var invoice = await PaidInvoices.Open(app, Plans.Of(basePrice: 2500, paymentTermDays: 1));
        await app.Advance(TimeSpan.FromDays(2));
        Assert.Equal("past_due", await AfterCheck(invoice));
        await Debit(invoice, refuses ? "pm_usBankAccount_insufficientFunds" : "pm_usBankAccount_processing");
        await invoice.Hear();

        var told = (await app.Announced<InvoiceChanged>(m => m.InvoiceId == invoice.Id)).Last();
        Assert.Equal(("open", "processing"), (told.Status, told.PaymentProblem?.Type));
        Assert.Equal("open", await AfterCheck(invoice));
        Assert.Equal(86_400, await SecondsToNextCheck(invoice));

        await app.Advance(refuses ? TimeSpan.FromHours(1) : TimeSpan.FromDays(12));
        await (refuses ? invoice.Hear("invoice.payment_failed") : Task.CompletedTask);
        Assert.Equal(refuses ? "past_due" : "open", await AfterCheck(invoice));
        await app.Advance(TimeSpan.FromDays(2));
        Assert.Equal("past_due", await AfterCheck(invoice));
        await invoice.Hear();
        Assert.Equal("past_due", (await invoice.Read()).GetProperty("status").GetString());
    }

    [Fact]
    public async Task A_debit_under_way_is_not_made_again_with_the_next_default_method()
    {
        var invoice = await PaidInvoices.Open(app);
        await Debit(invoice, "pm_usBankAccount_processing");
        await invoice.Hear();
        await Default(invoice);

        await Again(invoice);

        Assert.Empty(await invoice.Seller.Jobs());
    }

    [Fact]
    public async Task With_no_days_to_pay_an_invoice_is_not_past_due_before_it_was_charged()
    {
        var invoice = await PaidInvoices.Open(app, Plans.Of(basePrice: 2500, paymentTermDays: 0));
        await app.Advance(TimeSpan.FromMinutes(30));
        await Charge(invoice);

        Assert.Equal("open", await AfterCheck(invoice));
        await app.Turn();
        Assert.Empty(await invoice.Seller.Jobs());
        Assert.Equal("past_due", await AfterCheck(invoice));
    }

    [Fact]
    public async Task A_charge_in_a_queue_that_stands_still_holds_the_verdict_for_seventy_minutes_and_no_longer()
    {
        var invoice = await PaidInvoices.Open(app, Plans.Of(basePrice: 2500, paymentTermDays: 0));
        await app.Database.Execute("update billing_integrations set queue_status = 'paused' where id = $1", invoice.Seller.Integration);
        await Charge(invoice);
        await app.Advance(TimeSpan.FromMinutes(69));
        Assert.Equal("open", await AfterCheck(invoice));
        await app.Advance(TimeSpan.FromMinutes(2));

        Assert.Equal("past_due", await AfterCheck(invoice));
        Assert.Single(await invoice.Seller.Jobs());
    }

    private async Task Charge(PaidInvoices invoice)
    {
        await using var transaction = await app.Services.GetRequiredService<Database>().Begin(default);
        await app.Services.GetRequiredService<JobQueue>().Enqueue(transaction, invoice.Seller.Integration, invoice.Approved.OrganizationId, ChargeInvoice.JobKind, invoice.Id, default);
        await transaction.Commit(default);
    }

    private static Task Debit(PaidInvoices invoice, string method) => invoice.Client.V1.Invoices.PayAsync(invoice.StripeId, new InvoicePayOptions { PaymentMethod = method });

    private async Task<string?> AfterCheck(PaidInvoices invoice)
    {
        await app.Services.GetRequiredService<MarkPastDue>().Run(default);
        return (await invoice.Read()).GetProperty("status").GetString();
    }

    private Task<int> SecondsToNextCheck(PaidInvoices invoice) =>
        app.Database.Scalar<int>("select extract(epoch from due_check_at - $2)::int from invoices where id = $1", invoice.Id, app.Clock.GetUtcNow());

    private Task Default(PaidInvoices invoice) => app.Database.Execute(
        $"""
        insert into payment_methods (id, customer_id, integration_id, organization_id, type, title, status, created_at)
        select 'pmt_' || c.id, c.id, c.integration_id, c.organization_id, 'card', 'V', 'stored', now() from customers c join invoices i on i.customer_id = c.id where i.id = '{invoice.Id}';
        update customers set default_method_id = 'pmt_' || id where id = (select customer_id from invoices where id = '{invoice.Id}')
        """);

    private async Task Again(PaidInvoices invoice)
    {
        await using var transaction = await app.Services.GetRequiredService<Database>().Begin(default);
        var customer = await transaction.QueryOne<string>("select customer_id from invoices where id = @Id", invoice, default);
        await ChargeInvoice.Again(transaction, app.Services.GetRequiredService<JobQueue>(), (await PayingCustomer.Lock(transaction, customer!, default))!, default);
        await transaction.Commit(default);
    }
}
