using Marketplace.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace Marketplace.Invoicing.Tests;

/// <summary>Another default payment method, chosen while Stripe is asked to charge the one before: should that be declined, the new one is charged by itself.</summary>
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

        var id = (await app.Database.Scalar<string>("select customer_id from payment_methods where id = $1", chosen))!;
        await using var transaction = await Database.Begin(default);
        var customer = (await PayingCustomer.Lock(transaction, id, default))!;
        Assert.NotEqual(chosen, customer.DefaultMethodId);
        await customer.SetDefault(transaction, Queue, chosen, unsent: false, await customer.Default(transaction, default), default);
        var carried = worker.Carry(job, default);
        await app.Database.UntilBlockedOnLocks(1);
        await transaction.Commit(default);
        await carried;
    }

    private async Task Paid(Seller seller, string invoice)
    {
        await app.Turn();
        Assert.Equal("paid", (await seller.Invoice(invoice)).GetProperty("status").GetString());
        Assert.Empty(await seller.Jobs());
    }
}
