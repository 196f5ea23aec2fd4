using System.Net;
using System.Text.Json;
using Marketplace.Contracts.Invoicing;
using Marketplace.Testing;
using Stripe;

namespace Marketplace.Invoicing.Tests;

/// <summary>What becomes of payments where Stripe renews: declines, Stripe's own retries, confirmations, refunds, disputes, customers and cards that are gone.</summary>
public sealed class RenewedPaymentTests(InvoicingApp app) : IClassFixture<InvoicingApp>
{
    [Fact]
    public async Task What_was_stored_at_the_checkout_is_known_here_and_pays_the_last_invoice_too()
    {
        var shop = await Shop.Subscribed(app, Plans.Priced(new("unit", 500, "1.5")));
        Assert.Equal((await shop.AtStripe()).DefaultPaymentMethodId, await app.Database.Scalar<string>(
            "select o.stripe_id from customers c join stripe_objects o on o.our_id = c.default_method_id where c.organization_id = $1", shop.Organization));
        Assert.NotNull((await app.Announced<PaymentMethodChanged>(m => m.OrganizationId == shop.Organization)).Last().Default);
        await shop.Use(123);
        await shop.Cancelled("requested", shop.Covers.From.AddHours(1));
        await shop.Idle();
        await app.Make<ChargeClosedPeriod>().Handle(shop.Closed(123, last: true), default);
        var final = await shop.Seller.Until(await shop.Seller.InvoiceOf(shop.Subscription, "final"), "paid");
        Assert.Equal(185, final.GetProperty("total").GetProperty("amount").GetInt64());
    }

    [Fact]
    public async Task Whoever_cancels_before_a_renewal_is_settled_pays_for_the_period_that_has_begun_by_our_last_invoice()
    {
        var shop = await Shop.Subscribed(app, Plans.Priced(new("unit", 500, "1.5")));
        await shop.Use(40);
        await app.Advance(shop.Covers.To - app.Clock.GetUtcNow() + TimeSpan.FromMinutes(3));
        var renewal = await shop.Renewal();
        await shop.Cancelled("requested", app.Clock.GetUtcNow());
        await app.Make<ChargeClosedPeriod>().Handle(
            shop.Closed(40, last: true) with
            {
                PeriodStart = shop.Covers.To, PeriodEnd = app.Clock.GetUtcNow(), ClosedTogether = [new(shop.Covers.From, shop.Covers.To)], BasePricesDue = [new(shop.Covers.To, shop.Covers.From.AddMonths(2))],
            }, default);

        Assert.Equal(560, (await shop.Seller.Until(await shop.Seller.InvoiceOf(shop.Subscription, "final"), "paid")).GetProperty("total").GetProperty("amount").GetInt64());
        await shop.Idle();
        Assert.True(VoidStripeInvoice.IsDiscarded(await shop.Client.V1.Invoices.GetAsync(renewal.Id)));
        Assert.Equal([500L, 560L], (await shop.Client.V1.Charges.ListAsync()).Data.Select(charge => charge.Amount).Order());
    }

    [Fact]
    public async Task A_renewal_that_declines_says_why_and_Stripe_s_next_try_settles_it()
    {
        var (shop, renewal) = await Declined(times: 1);
        var problem = (await renewal.Read()).GetProperty("paymentProblem");
        Assert.Equal(("payment_failed", 1L), (problem.GetProperty("type").GetString(), problem.GetProperty("attempts").GetInt64()));
        Assert.Equal(JsonValueKind.String, problem.GetProperty("nextAttemptAt").ValueKind);
        await app.Advance(TimeSpan.FromDays(4));
        await renewal.Hear("invoice.paid");
        await shop.Hear();
        Assert.Equal(("paid", JsonValueKind.Null), ((await renewal.Read()).GetProperty("status").GetString(), (await renewal.Read()).GetProperty("paymentProblem").ValueKind));
        Assert.Equal("active", (await shop.AtStripe()).Status);
        Assert.Single((await shop.Client.V1.Charges.ListAsync()).Data, charge => charge.Paid && charge.Amount == 2500 && charge.Created > shop.Covers.To.UtcDateTime);
    }

    [Fact]
    public async Task When_Stripe_gives_up_it_ends_here_for_want_of_payment_and_what_is_paid_later_goes_back_by_the_rule()
    {
        var (shop, renewal) = await Declined(times: 50);
        await app.Advance(TimeSpan.FromDays(20));
        await app.Stripe.FailCards(0);
        await renewal.Hear("invoice.payment_failed");
        await shop.Hear();
        await shop.Hear();
        var ended = Assert.Single(await app.Announced<StripeSubscriptionChanged>(m => m.SubscriptionId == shop.Subscription));
        Assert.Equal(("ended", "payment_failed"), (ended.Change, ended.Reason));
        await shop.Seller.Until(renewal.Id, "past_due");
        // Heard of again it stays past due, though Stripe has no due date of what it charges by itself.
        await renewal.Hear("invoice.payment_failed");
        Assert.Equal("past_due", (await renewal.Read()).GetProperty("status").GetString());
        var end = shop.Covers.To + ((shop.Covers.To.AddMonths(1) - shop.Covers.To) / 2);
        await shop.Cancelled("past_due", end);
        await shop.Idle();
        await app.Stripe.Pay(await renewal.Url());
        await renewal.Hear("invoice.paid");
        await renewal.Hear("invoice.paid");
        var note = Assert.Single(await renewal.SettledNotes());
        Assert.Equal(("balance", "late_payment", "issued", 1250L), (
            note.GetProperty("kind").GetString(), note.GetProperty("origin").GetString(), note.GetProperty("status").GetString(), note.GetProperty("amount").GetProperty("amount").GetInt64()));
    }

    [Fact]
    public async Task A_renewal_that_its_payer_must_confirm_says_where_to()
    {
        var shop = await Shop.Subscribed(app, Plans.Of(basePrice: 2500));
        await shop.PayWith("pm_card_authenticationRequired");
        await shop.EndPeriod(0);
        var renewal = await shop.Renewed("open");
        var problem = (await renewal.Read()).GetProperty("paymentProblem");
        Assert.Equal(("action_required", await renewal.Url()), (problem.GetProperty("type").GetString(), problem.GetProperty("hostedInvoiceUrl").GetString()));
        await app.Stripe.Pay(await renewal.Url());
        await renewal.Hear("invoice.paid");
        await shop.Seller.Until(renewal.Id, "paid");
    }

    [Fact]
    public async Task A_card_that_was_detached_pays_nothing_and_the_next_default_pays_what_it_left()
    {
        var shop = await Shop.Subscribed(app, Plans.Of(basePrice: 2500));
        var stored = (await shop.AtStripe()).DefaultPaymentMethodId;
        await shop.Client.V1.PaymentMethods.DetachAsync(stored);
        await shop.Seller.Hear(stored, "payment_method.detached", objectType: "payment_method");
        Assert.Null((await app.Announced<PaymentMethodChanged>(m => m.OrganizationId == shop.Organization)).Last().Default);
        await shop.EndPeriod(0);
        var renewal = await shop.Renewed("open");
        Assert.Equal("payment_failed", (await renewal.Read()).GetProperty("reasons")[0].GetProperty("type").GetString());
        await shop.Idle();
        await shop.PayWith("pm_card_visa");
        await shop.Seller.Until(renewal.Id, "paid");
        await shop.Idle();
    }

    [Fact]
    public async Task An_uncollectible_renewal_is_still_owed_and_paid_elsewhere_it_is_paid()
    {
        var (shop, renewal) = await Declined(times: 1);
        await shop.Client.V1.Invoices.MarkUncollectibleAsync(renewal.StripeId);
        await renewal.Hear("invoice.marked_uncollectible");
        Assert.Equal("incomplete", (await renewal.Read()).GetProperty("status").GetString());
        await shop.Client.V1.Invoices.PayAsync(renewal.StripeId, new InvoicePayOptions { PaidOutOfBand = true });
        await renewal.Hear("invoice.paid");
        Assert.Equal("paid", (await renewal.Read()).GetProperty("status").GetString());
    }

    [Fact]
    public async Task A_renewal_is_given_back_by_credit_note_and_never_more_than_was_paid()
    {
        var renewal = await Paid();
        await renewal.Seller.Owner.Post($"/v1/invoices/{renewal.Id}/refund", new { amount = 1000 }).Expect(HttpStatusCode.Accepted);
        await renewal.SettledNotes();
        Assert.Equal((1000L, 1000L), (await renewal.Amount("amountRefunded"), await renewal.RefundedAtStripe()));
        await renewal.Seller.Owner.Post($"/v1/invoices/{renewal.Id}/refund", new { amount = 1501 }).Expect(HttpStatusCode.Conflict);
        await renewal.Seller.Owner.Post($"/v1/invoices/{renewal.Id}/refund").Expect(HttpStatusCode.Accepted);
        await renewal.SettledNotes();
        Assert.Equal((2500L, 2500L), (await renewal.Amount("amountRefunded"), await renewal.RefundedAtStripe()));
    }

    [Theory]
    [InlineData(true, "won")]
    [InlineData(false, "lost")]
    public async Task A_dispute_of_a_renewal_is_told_with_its_subscription_and_so_is_its_end(bool win, string outcome)
    {
        var renewal = await Paid();
        var dispute = await app.Stripe.Dispute(await renewal.Intent());
        await renewal.Seller.Hear(dispute, "charge.dispute.created", objectType: "dispute");
        var opened = Assert.Single(await app.Announced<DisputeOpened>(d => d.InvoiceId == renewal.Id));
        Assert.Equal((renewal.Approved.SubscriptionId, 2500L), (opened.SubscriptionId, opened.Amount));
        if (win)
        {
            await renewal.Client.V1.Disputes.UpdateAsync(dispute, new DisputeUpdateOptions { Evidence = new() { UncategorizedText = "winning_evidence" }, Submit = true });
            await app.Advance(TimeSpan.FromHours(1));
        }
        else
        {
            await renewal.Client.V1.Disputes.CloseAsync(dispute);
        }

        await renewal.Seller.Hear(dispute, "charge.dispute.closed", objectType: "dispute");
        Assert.Equal(outcome, Assert.Single(await app.Announced<DisputeClosed>(d => d.InvoiceId == renewal.Id)).Outcome);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_customer_deleted_at_Stripe_ends_it_and_leaves_no_job_stuck_whether_or_not_it_is_heard_of_before_the_last_invoice(bool heard)
    {
        var shop = await Shop.Subscribed(app, Plans.Priced(new("unit", 500, "1.5")));
        await shop.Use(20);
        var customer = (await shop.AtStripe()).CustomerId;
        await shop.Client.V1.Customers.DeleteAsync(customer);
        if (heard)
        {
            await shop.Seller.Hear(customer, "customer.deleted", objectType: "customer");
            await shop.Hear();
            Assert.Equal("ended", Assert.Single(await app.Announced<StripeSubscriptionChanged>(m => m.SubscriptionId == shop.Subscription)).Change);
        }

        // Calls that were under way.
        await app.Make<KeepUsage>().Handle(shop.Counted(103), default);
        await shop.Idle();
        await shop.Cancelled("customer_deleted", shop.Covers.From.AddHours(1));
        await app.Make<ChargeClosedPeriod>().Handle(shop.Closed(123, last: true), default);
        var final = await shop.Seller.Until(await shop.Seller.InvoiceOf(shop.Subscription, "final"), heard ? "open" : "void");
        Assert.Equal(185, final.GetProperty("total").GetProperty("amount").GetInt64());
        await shop.Idle();
        Assert.Single(await app.Announced<CustomerDeleted>(c => c.OrganizationId == shop.Organization));
    }

    private async Task<(Shop Shop, PaidInvoices Renewal)> Declined(int times)
    {
        var shop = await Shop.Subscribed(app, Plans.Of(basePrice: 2500));
        await app.Stripe.FailCards(times);
        await shop.EndPeriod(0);
        var renewal = await shop.Renewed("open");
        await shop.Idle();
        return (shop, renewal);
    }

    private async Task<PaidInvoices> Paid()
    {
        var shop = await Shop.Subscribed(app, Plans.Of(basePrice: 2500));
        await shop.EndPeriod(0);
        return await shop.Renewed("paid");
    }
}
