using System.Net;
using Marketplace.Storage;
using Marketplace.Testing;
using Microsoft.Extensions.DependencyInjection;
using Stripe;

namespace Marketplace.Invoicing.Tests;

/// <summary>Another default payment method, chosen while Stripe is asked to charge the one before or its bank carries a debit out: should that be declined, the new one is charged by itself.</summary>
public sealed class MethodChosenMeanwhileTests(StillInvoicingApp app) : IClassFixture<StillInvoicingApp>
{
    private Database Database => app.Services.GetRequiredService<Database>();

    private JobQueue Queue => app.Services.GetRequiredService<JobQueue>();

    [Fact]
    public async Task It_pays_the_invoice_that_the_one_before_was_being_charged()
    {
        var seller = await Seller.Open(app, mayAll: true);
        var (holder, chosen) = await Cards(seller);
        var invoice = await seller.Charge(holder.Approved(Plans.Of(basePrice: 2500)));
        await CarriedWhileChosen(ChargeInvoice.JobKind, chosen);
        await Paid(seller, invoice);
    }

    [Fact]
    public async Task It_pays_the_invoice_that_was_to_be_charged_when_there_was_none()
    {
        var seller = await Seller.Open(app, mayAll: true);
        var (holder, chosen) = await Cards(seller);
        var invoice = await seller.Charge(holder.Approved(Plans.Of(basePrice: 2500)));
        await app.Database.Execute("update customers set default_method_id = null where organization_id = $1", holder.Organization);
        await CarriedWhileChosen(ChargeInvoice.JobKind, chosen);
        await Paid(seller, invoice);
    }

    [Fact]
    public async Task It_pays_the_first_invoice_of_a_subscription_that_was_begun_with_the_one_before()
    {
        var seller = await Seller.Open(app, billingModel: "subscriptions");
        var (holder, chosen) = await Cards(seller);
        var shop = await Shop.Open(app, seller, holder.Approved(Plans.Of(basePrice: 2500)));
        await CarriedWhileChosen(CreateSubscription.JobKind, chosen);
        await Paid(seller, await seller.InvoiceOf(shop.Subscription, "initial"));
        await shop.Hear();
        await shop.Idle();
        Assert.Equal("active", (await shop.AtStripe()).Status);
    }

    [Fact]
    public async Task It_pays_the_renewal_that_the_one_before_was_being_charged()
    {
        var shop = await Shop.Subscribed(app, Plans.Of(basePrice: 2500));
        var chosen = (await app.Database.Scalar<string>("select default_method_id from customers where organization_id = $1", shop.Organization))!;
        await shop.PayWith("pm_card_chargeCustomerFail");
        await shop.Idle();
        await shop.EndPeriod(0);
        await CarriedWhileChosen(SettlePeriod.JobKind, chosen);
        await Paid(shop.Seller, await shop.Seller.InvoiceOf(shop.Subscription, "period"));
    }

    [Fact]
    public async Task It_pays_the_renewal_whose_decline_got_no_answer()
    {
        var shop = await Shop.Subscribed(app, Plans.Of(basePrice: 2500));
        var chosen = (await app.Database.Scalar<string>("select default_method_id from customers where organization_id = $1", shop.Organization))!;
        await shop.PayWith("pm_card_chargeCustomerFail");
        await shop.Idle();
        await app.Stripe.Fail(new { account = shop.Seller.Account, method = "POST", path = "/v1/invoices/*/pay", kind = "lost", times = 1 });
        await shop.EndPeriod(0);
        await app.Turn();
        Assert.Equal("retrying", Assert.Single(await shop.Seller.Jobs()).GetProperty("status").GetString());
        Assert.True((await shop.Renewal()).Attempted);
        await using (var transaction = await Database.Begin(default))
        {
            await Choose(transaction, chosen);
            await transaction.Commit(default);
        }

        await app.Advance(TimeSpan.FromMinutes(2));
        await Paid(shop.Seller, await shop.Seller.InvoiceOf(shop.Subscription, "period"));
        Assert.Equal(2, (await shop.Client.V1.Charges.ListAsync()).Data.Count(charge => charge.Status == "succeeded"));
    }

    [Theory]
    [InlineData("heard of")]
    [InlineData("looked for")]
    [InlineData("asked about at the due date")]
    public async Task It_pays_what_the_bank_refuses_days_after_it_was_chosen(string once)
    {
        var (seller, holder, invoice) = await Debited("pm_usBankAccount_insufficientFunds");
        var chosen = await holder.Store(CardHolder.Good, "Full");
        await holder.Admin.Post($"/v1/payment-methods/{chosen.GetProperty("id").GetString()}/default").Expect();
        await app.Turn();
        Assert.Equal("processing", (await seller.Invoice(invoice)).GetProperty("paymentProblem").GetProperty("type").GetString());

        await app.Advance(TimeSpan.FromHours(1));
        await (once switch
        {
            "heard of" => seller.Hear(await seller.StripeId(invoice), "invoice.payment_failed"),
            "looked for" => Look(invoice),
            _ => AtDueDate(invoice),
        });
        await Paid(seller, invoice);
        Assert.Equal(2, await Charges(seller, holder));
    }

    [Fact]
    public async Task It_pays_what_the_bank_refuses_at_the_moment_at_which_it_is_chosen()
    {
        var (seller, holder, invoice) = await Debited("pm_usBankAccount_insufficientFunds");
        var chosen = (await holder.Store(CardHolder.Good, "Full")).GetProperty("id").GetString()!;
        await app.Advance(TimeSpan.FromHours(1));
        Task heard;
        await using (var transaction = await Database.Begin(default))
        {
            await Choose(transaction, chosen);
            heard = seller.Hear(await seller.StripeId(invoice), "invoice.payment_failed");
            await app.Database.UntilBlockedOnLocks(1);
            await transaction.Commit(default);
        }

        await heard;
        await Paid(seller, invoice);
    }

    [Fact]
    public async Task What_the_bank_refuses_is_not_debited_again_where_nothing_else_was_chosen()
    {
        var (seller, holder, invoice) = await Debited("pm_usBankAccount_insufficientFunds");
        await app.Advance(TimeSpan.FromHours(1));
        await seller.Hear(await seller.StripeId(invoice), "invoice.payment_failed");
        Assert.Empty(await seller.Jobs());
        Assert.Equal(("open", "insufficient_funds"), ((await seller.Invoice(invoice)).GetProperty("status").GetString(), (await seller.Invoice(invoice)).GetProperty("paymentProblem").GetProperty("code").GetString()));
        Assert.Equal(1, await Charges(seller, holder));
    }

    [Fact]
    public async Task It_does_not_pay_what_the_payer_confirms_with_another_card_after_the_bank_s_refusal()
    {
        var (seller, holder, invoice, _) = await Refused();
        var page = (await seller.Invoice(invoice)).GetProperty("hostedInvoiceUrl").GetString()!;
        await app.Stripe.Pay(page, CardHolder.AuthenticatedAlways);

        await seller.Hear(await seller.StripeId(invoice), "invoice.payment_action_required");

        Assert.Empty(await seller.Jobs());
        var intent = (await app.Stripe.Client(seller.Account).V1.PaymentIntents.ListAsync(new PaymentIntentListOptions { Customer = await holder.Customer() })).Data.Single(i => i.Status == "requires_action");
        await CardHolder.Authenticate(new(app.Stripe.Address, $"/authenticate/{intent.Id}"), passes: true);
        await seller.Hear(await seller.StripeId(invoice), "invoice.paid");
        await Paid(seller, invoice);
        Assert.Equal(2, await Charges(seller, holder));
    }

    [Fact]
    public async Task It_does_not_pay_what_is_paid_while_Stripe_is_asked_for_its_payment()
    {
        var (seller, _, invoice, _) = await Refused();
        await using var transaction = await Database.Begin(default);

        // Its invoice was open still, its payment succeeded since.
        await app.Make<ApplyStripeInvoice>().Apply(transaction, seller.Integration, invoice, new("open", "A-1", null, null, null, null, Problem: new(null, "pm_another")), default);

        await transaction.Commit(default);
        Assert.Empty(await seller.Jobs());
    }

    [Fact]
    public async Task It_pays_what_was_to_be_void_and_was_not_only_once_somebody_decides_so()
    {
        var (seller, holder, invoice, stripeId) = await Refused(async (seller, invoice, stripeId) =>
        {
            await PaidInvoices.PayInPart(app.Stripe.Client(seller.Account), stripeId, 1000);
            await seller.Owner.Post($"/v1/invoices/{invoice}/void").Expect(HttpStatusCode.Accepted);
            await app.Turn();
        });
        Assert.Equal("not_voided", (await seller.Invoice(invoice)).GetProperty("reasons")[0].GetProperty("type").GetString());

        await seller.Hear(stripeId, "invoice.payment_failed");

        Assert.Equal("payment_failed", (await seller.Invoice(invoice)).GetProperty("paymentProblem").GetProperty("type").GetString());
        Assert.Empty(await seller.Jobs());
        await seller.Owner.Post($"/v1/invoices/{invoice}/retry").Expect();
        await Paid(seller, invoice);
    }

    // A debit that Stripe knows is refused and we do not, and another default, chosen since.
    private async Task<(Seller Seller, CardHolder Holder, string Invoice, string StripeId)> Refused(Func<Seller, string, string, Task>? meanwhile = null)
    {
        var (seller, holder, invoice) = await Debited("pm_usBankAccount_insufficientFunds");
        var stripeId = await seller.StripeId(invoice);
        var chosen = await holder.Store(CardHolder.Good, "Full");
        await holder.Admin.Post($"/v1/payment-methods/{chosen.GetProperty("id").GetString()}/default").Expect();
        await app.Turn();
        await (meanwhile?.Invoke(seller, invoice, stripeId) ?? Task.CompletedTask);
        await app.Advance(TimeSpan.FromHours(1));
        return (seller, holder, invoice, stripeId);
    }

    // An invoice that is charged to a bank account, whose bank has not answered.
    private async Task<(Seller Seller, CardHolder Holder, string Invoice)> Debited(string account)
    {
        var seller = await Seller.Open(app, mayAll: true);
        var holder = await CardHolder.Open(app, seller);
        await holder.Ask();
        var (client, customer) = (app.Stripe.Client(seller.Account), await holder.Customer());
        await client.V1.PaymentMethods.AttachAsync(account, new PaymentMethodAttachOptions { Customer = customer });
        await seller.Hear(customer, "customer.updated", objectType: "customer");
        await app.Turn();
        var invoice = await seller.Charge(holder.Approved(Plans.Of(basePrice: 2500, paymentTermDays: 0)));
        await app.Turn();
        Assert.Equal(("open", "processing"), ((await seller.Invoice(invoice)).GetProperty("status").GetString(), (await seller.Invoice(invoice)).GetProperty("paymentProblem").GetProperty("type").GetString()));
        Assert.Empty(await seller.Jobs());
        return (seller, holder, invoice);
    }

    private async Task Look(string invoice)
    {
        await app.Database.Execute("update invoices set look_at = now() where id = $1", invoice);
        await app.Make<LookAtOpenInvoices>().Run(default);
    }

    private async Task AtDueDate(string invoice)
    {
        await app.Database.Execute("update invoices set due_check_at = due_at where id = $1", invoice);
        await app.Make<MarkPastDue>().Run(default);
    }

    private async Task<int> Charges(Seller seller, CardHolder holder) =>
        (await app.Stripe.Client(seller.Account).V1.Charges.ListAsync(new ChargeListOptions { Customer = await holder.Customer() })).Data.Count;

    // The default is declined when it is charged; the other one is not.
    private async Task<(CardHolder Holder, string Other)> Cards(Seller seller)
    {
        var holder = await CardHolder.Open(app, seller);
        await holder.Store(CardHolder.DeclinedWhenCharged, "Empty");
        var other = (await holder.Store(CardHolder.Good, "Full")).GetProperty("id").GetString()!;
        await app.Turn();
        return (holder, other);
    }

    // The choice, made in Stripe's portal, is being written while the job reads the default of before, and is committed once Stripe has declined that one.
    private async Task CarriedWhileChosen(string kind, string chosen)
    {
        var worker = app.Services.GetRequiredService<JobWorker>();
        var job = (await Queue.Claim(default))!;
        for (; job.Kind != kind; job = (await Queue.Claim(default))!)
        {
            await worker.Carry(job, default);
        }

        await using var transaction = await Database.Begin(default);
        await Choose(transaction, chosen);
        var carried = worker.Carry(job, default);
        await app.Database.UntilBlockedOnLocks(1);
        await transaction.Commit(default);
        await carried;
    }

    private async Task Choose(Transaction transaction, string chosen)
    {
        var id = (await app.Database.Scalar<string>("select customer_id from payment_methods where id = $1", chosen))!;
        var customer = (await PayingCustomer.Lock(transaction, id, default))!;
        Assert.NotEqual(chosen, customer.DefaultMethodId);
        await customer.SetDefault(transaction, Queue, chosen, unsent: false, await customer.Default(transaction, default), default);
    }

    private async Task Paid(Seller seller, string invoice)
    {
        await app.Turn();
        Assert.Equal("paid", (await seller.Invoice(invoice)).GetProperty("status").GetString());
        Assert.Empty(await seller.Jobs());
    }
}
