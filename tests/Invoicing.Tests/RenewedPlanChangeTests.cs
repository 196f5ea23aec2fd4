using System.Net;
using Marketplace.Contracts.Catalog;
using Marketplace.Contracts.Invoicing;
using Marketplace.Contracts.Subscriptions;
using Marketplace.Pricing;
using Marketplace.Storage;
using Marketplace.Testing;
using Stripe;

namespace Marketplace.Invoicing.Tests;

/// <summary>Plan changes of subscriptions that Stripe renews: the old one ends at Stripe, the new one begins there, and both cost what we rate.</summary>
public sealed class RenewedPlanChangeTests(InvoicingApp app) : IClassFixture<InvoicingApp>
{
    private static readonly PlanSnapshot PerCall = Plans.Priced(new("unit", 500, "1.5"));
    private static readonly PlanSnapshot Other = Plans.Priced(new("unit", 900, "2.5"), setupFee: 300);

    [Fact]
    public async Task Within_a_period_the_change_is_charged_at_once_and_Stripe_charges_the_new_plan_from_the_next_renewal_on()
    {
        var old = await Shop.Subscribed(app, PerCall);
        await old.Use(40);
        await app.Advance(TimeSpan.FromDays(10));
        var next = await old.ChangedTo(Other, calls: 40, lines: [-333, 600]);
        await next.Idle();
        Assert.Equal(267, (await old.Seller.Until(await old.Seller.InvoiceOf(next.Subscription, "change"), "paid")).GetProperty("total").GetProperty("amount").GetInt64());
        Assert.Equal(60, (await old.Seller.Until(await old.Seller.InvoiceOf(old.Subscription, "final"), "paid")).GetProperty("total").GetProperty("amount").GetInt64());
        Assert.Equal("canceled", (await old.AtStripe()).Status);
        var stripe = await next.AtStripe();
        Assert.Equal(("active", "keep_as_draft", old.Covers.To.UtcDateTime), (stripe.Status, stripe.PauseCollection.Behavior, stripe.Items.Data[0].CurrentPeriodEnd));
        Assert.Null(stripe.LatestInvoiceId);

        await next.Use(101);
        await next.EndPeriod(101);
        var renewed = await old.Seller.Until(await old.Seller.InvoiceOf(next.Subscription, "period"), "paid");
        Assert.Equal(900 + 253, renewed.GetProperty("total").GetProperty("amount").GetInt64());
        var theirs = await next.Client.V1.Invoices.GetAsync(await old.Seller.StripeId(renewed.GetProperty("id").GetString()!));
        Assert.Equal(("subscription_cycle", stripe.Id, 1153L), (theirs.BillingReason, theirs.Parent.SubscriptionDetails.SubscriptionId, theirs.AmountPaid));
        Assert.Empty(await app.Announced<StripeSubscriptionChanged>(m => m.SubscriptionId == old.Subscription || m.SubscriptionId == next.Subscription));
    }

    [Fact]
    public async Task What_is_used_before_it_has_begun_at_Stripe_is_told_when_it_has()
    {
        var old = await Shop.Subscribed(app, PerCall);
        await app.Stripe.Fail(new { account = old.Seller.Account, method = "POST", path = "/v1/subscriptions", kind = "lost", times = 1 });
        await app.Advance(TimeSpan.FromDays(10));
        var next = await old.ChangedTo(Other, lines: 100);
        await next.Retrying();
        await app.Make<KeepUsage>().Handle(next.Counted(7), default);
        await app.Advance(TimeSpan.FromMinutes(2));
        await next.Idle();
        Assert.Single((await next.Client.V1.Subscriptions.ListAsync(new SubscriptionListOptions { Status = "active" })).Data);
        await next.Use(4);
        await next.EndPeriod(11);
        Assert.Equal(900 + 28, await Renewed(next));
    }

    [Fact]
    public async Task Usage_of_one_that_was_not_heard_of_is_waited_for()
    {
        var old = await Shop.Subscribed(app, PerCall);
        var unheard = old.Counted(3) with { SubscriptionId = TestCaller.NewId("sub") };
        await Assert.ThrowsAsync<NotHeardYetException>(() => app.Make<KeepUsage>().Handle(unheard, default));
    }

    [Fact]
    public async Task The_last_period_of_one_waits_until_its_end_was_heard_which_goes_to_Stripe_first()
    {
        var old = await Shop.Subscribed(app, PerCall);
        await old.Use(40);
        await app.Advance(TimeSpan.FromDays(10));
        var now = app.Clock.GetUtcNow();
        var closed = old.Closed(40, last: true) with { PeriodEnd = now, Usage = [new("transactions", 40, old.Covers.From, now, null, null)] };
        await Assert.ThrowsAsync<NotHeardYetException>(() => app.Make<ChargeClosedPeriod>().Handle(closed, default));
        await old.Cancelled("requested", now);
        await app.Make<ChargeClosedPeriod>().Handle(closed, default);
        Assert.Equal(60, await Total(old, "final"));
    }

    [Fact]
    public async Task One_that_ended_before_its_change_was_heard_is_charged_and_never_begins_at_Stripe()
    {
        var old = await Shop.Subscribed(app, PerCall);
        await app.Advance(TimeSpan.FromDays(10));
        var next = old.Next(Other);
        await next.Cancelled("requested", app.Clock.GetUtcNow());
        await next.TakesPlaceOf(old, 100);
        await app.Make<KeepUsage>().Handle(next.Counted(2), default);
        await app.Make<ChargeClosedPeriod>().Handle(next.Closed(2, last: true), default);
        Assert.Equal(5, await Total(next, "final"));
        await next.Idle();
        await IsAlone(old);
    }

    [Fact]
    public async Task A_cancellation_that_came_before_it_began_is_told_to_Stripe_when_it_begins()
    {
        var old = await Shop.Subscribed(app, PerCall);
        await app.Stripe.Fail(new { account = old.Seller.Account, method = "POST", path = "/v1/products", kind = "reset", times = 1 });
        await app.Advance(TimeSpan.FromDays(10));
        var scheduled = new SubscriptionEndScheduled("", old.Organization, true, old.Covers.To, 2);
        var next = await old.ChangedTo(Other, lines: 100);
        await next.Retrying();
        await Assert.ThrowsAsync<NotHeardYetException>(() => app.Make<TellScheduledEnd>().Handle(scheduled with { SubscriptionId = TestCaller.NewId("sub") }, default));
        await app.Make<TellScheduledEnd>().Handle(scheduled with { SubscriptionId = next.Subscription }, default);
        await app.Turn();
        await app.Advance(TimeSpan.FromMinutes(2));
        await next.Idle();
        Assert.True((await next.AtStripe()).CancelAtPeriodEnd);
        Assert.Empty(await app.Announced<StripeSubscriptionChanged>(m => m.SubscriptionId == next.Subscription));
    }

    [Fact]
    public async Task A_cancellation_at_Stripe_that_a_plan_change_overtook_is_told_once()
    {
        var old = await Shop.Subscribed(app, PerCall);
        await app.Advance(TimeSpan.FromDays(10));
        await old.Client.V1.Subscriptions.UpdateAsync((await old.AtStripe()).Id, new SubscriptionUpdateOptions { CancelAtPeriodEnd = true });
        var next = await old.ChangedTo(Other, lines: 100);

        await old.Hear();
        await next.Idle();
        await old.Hear();

        Assert.Equal("ends_with_period", Assert.Single(await app.Announced<StripeSubscriptionChanged>(m => m.SubscriptionId == old.Subscription)).Change);
    }

    [Fact]
    public async Task A_cancellation_whose_job_a_person_removed_is_not_taken_back_by_what_Stripe_says()
    {
        var shop = await Shop.Subscribed(app, PerCall);
        await app.Stripe.Fail(new { account = shop.Seller.Account, method = "POST", path = "/v1/subscriptions/*", kind = "reset", times = 1 });
        await app.Make<TellScheduledEnd>().Handle(new(shop.Subscription, shop.Organization, true, shop.Covers.To, 2), default);
        await shop.Retrying();
        await Remove(shop.Seller, EndSubscription.JobKind);
        await shop.Hear();
        Assert.Empty(await app.Announced<StripeSubscriptionChanged>(m => m.SubscriptionId == shop.Subscription));

        // What a person changes there is heard, also then.
        await shop.Client.V1.Subscriptions.UpdateAsync((await shop.AtStripe()).Id, new SubscriptionUpdateOptions { CancelAtPeriodEnd = true });
        await shop.Hear();
        await shop.Client.V1.Subscriptions.UpdateAsync((await shop.AtStripe()).Id, new SubscriptionUpdateOptions { CancelAtPeriodEnd = false });
        await shop.Hear();
        Assert.Equal("goes_on", Assert.Single(await app.Announced<StripeSubscriptionChanged>(m => m.SubscriptionId == shop.Subscription)).Change);
    }

    [Fact]
    public async Task What_Stripe_renewed_is_discarded_to_the_end_where_an_answer_got_lost_on_the_way()
    {
        var old = await Shop.Subscribed(app, PerCall);
        await app.Advance(old.Covers.To - app.Clock.GetUtcNow() + TimeSpan.FromMinutes(3));
        var renewal = await old.Renewal();
        // Usage that comes onto a draft with its finalizing only.
        await old.Client.V1.Billing.MeterEvents.CreateAsync(new()
        {
            EventName = await app.Database.Scalar<string>("select mirror_id || '_usage1' from stripe_subscriptions where id = $1", old.Subscription), Timestamp = old.Covers.To.AddMinutes(-5).UtcDateTime,
            Payload = new() { ["stripe_customer_id"] = (await old.AtStripe()).CustomerId, ["value"] = "50" },
        });
        await app.Stripe.Fail(new { account = old.Seller.Account, method = "POST", path = "/v1/invoices/*/finalize", kind = "lost", times = 1 });
        var next = await old.ChangedTo(Other, covers: (old.Covers.To, old.Covers.From.AddMonths(2)), lines: 0);
        await next.Retrying();
        await app.Advance(TimeSpan.FromMinutes(2));
        await next.Idle();
        Assert.Equal("canceled", (await old.AtStripe()).Status);
        Assert.DoesNotContain((await old.Client.V1.Invoices.GetAsync(renewal.Id)).Status, (string[])["draft", "open"]);
        Assert.Equal(0, (await next.Client.V1.Customers.GetAsync((await next.AtStripe()).CustomerId)).Balance);
    }

    [Fact]
    public async Task A_term_that_is_over_before_it_began_stops_no_lane()
    {
        var old = await Shop.Subscribed(app, PerCall);
        await app.Advance(old.Covers.To - app.Clock.GetUtcNow() - TimeSpan.FromMinutes(1));
        var next = await old.ChangedTo(Other with { TermPeriods = 1 }, lines: 100);
        await next.Retrying();
        await app.Advance(TimeSpan.FromMinutes(5));
        await next.Idle();
        Assert.Null((await next.AtStripe()).CancelAt);
    }

    [Fact]
    public async Task There_and_back_within_a_period_each_one_s_usage_is_charged_once()
    {
        var first = await Shop.Subscribed(app, PerCall);
        await first.Use(10);
        await app.Advance(TimeSpan.FromDays(3));
        var second = await first.ChangedTo(Other, calls: 10, lines: 100);
        await second.Idle();
        await second.Use(20);
        await app.Advance(TimeSpan.FromDays(3));
        var third = await second.ChangedTo(first.Plan, calls: 20, lines: 100);
        await third.Idle();
        await third.Use(30);
        Assert.Equal((15L, 50L), (await Total(first, "final"), await Total(second, "final")));
        await third.EndPeriod(30);
        Assert.Equal(500 + 45, await Renewed(third));
        Assert.Single((await third.Client.V1.Subscriptions.ListAsync(new SubscriptionListOptions { Status = "active" })).Data);
    }

    [Fact]
    public async Task With_the_period_s_end_what_Stripe_renewed_of_the_old_one_is_owed_by_nobody()
    {
        var old = await Shop.Subscribed(app, PerCall);
        await old.Use(40);
        await app.Advance(old.Covers.To - app.Clock.GetUtcNow() + TimeSpan.FromMinutes(3));
        var renewal = await old.Renewal();
        var next = await old.ChangedTo(Other, calls: 40, covers: (old.Covers.To, old.Covers.From.AddMonths(2)), lines: 900);
        await next.Idle();
        Assert.Equal(60, await Total(old, "final"));
        Assert.True(VoidStripeInvoice.IsDiscarded(await next.Client.V1.Invoices.GetAsync(renewal.Id)));
        Assert.Equal(0, (await next.Client.V1.Customers.GetAsync((await next.AtStripe()).CustomerId)).Balance);
        Assert.Equal(old.Covers.From.AddMonths(2).UtcDateTime, (await next.AtStripe()).Items.Data[0].CurrentPeriodEnd);
        await next.EndPeriod(0);
        Assert.Equal(900, await Renewed(next));
    }

    [Fact]
    public async Task Nothing_begins_at_Stripe_within_two_minutes_of_a_renewal_and_our_invoice_charges_the_period()
    {
        var old = await Shop.Subscribed(app, PerCall);
        await app.Advance(old.Covers.To - app.Clock.GetUtcNow() - TimeSpan.FromMinutes(1));
        var next = await old.ChangedTo(Other, lines: 100);
        await next.Retrying();
        Assert.Equal("renewal_is_near", (await old.Seller.Jobs()).Find(job => job.GetProperty("status").GetString() == "retrying").GetProperty("error").GetProperty("code").GetString());
        await app.Make<KeepUsage>().Handle(next.Counted(2), default);
        await app.Advance(TimeSpan.FromMinutes(5));
        await next.Idle();
        Assert.Equal(old.Covers.From.AddMonths(2).UtcDateTime, (await next.AtStripe()).Items.Data[0].CurrentPeriodEnd);
        await next.EndPeriod(2);
        Assert.Equal(900 + 5, await Total(next, "period"));
        Assert.Null((await next.Client.V1.Invoices.GetAsync(await old.Seller.StripeId(await old.Seller.InvoiceOf(next.Subscription, "period")))).Parent?.SubscriptionDetails);
    }

    [Fact]
    public async Task In_the_second_of_a_renewal_nothing_begins_at_Stripe_which_would_charge_the_period_once_more()
    {
        var old = await Shop.Subscribed(app, PerCall);
        await app.Advance(old.Covers.To - app.Clock.GetUtcNow());
        var next = await old.ChangedTo(Other, covers: (old.Covers.To, old.Covers.From.AddMonths(2)), lines: 900);
        await next.Retrying();
        await app.Advance(TimeSpan.FromSeconds(11));
        await next.Idle();
        Assert.Null((await next.AtStripe()).LatestInvoiceId);
        Assert.Equal(900, await Total(next, "change"));
        Assert.Equal([500L, 900L], (await next.Client.V1.Charges.ListAsync()).Data.Select(charge => charge.Amount).Order());
        Assert.Equal(old.Covers.From.AddMonths(2).UtcDateTime, (await next.AtStripe()).Items.Data[0].CurrentPeriodEnd);
    }

    [Fact]
    public async Task Without_a_payment_method_it_begins_all_the_same_and_its_renewal_is_open()
    {
        var old = await Shop.Subscribed(app, PerCall);
        await old.Client.V1.PaymentMethods.DetachAsync((await old.AtStripe()).DefaultPaymentMethodId);
        await app.Advance(TimeSpan.FromDays(10));
        var next = await old.ChangedTo(Other, lines: 100);
        await next.Idle();
        Assert.Equal("active", (await next.AtStripe()).Status);
        await next.EndPeriod(0);
        await old.Seller.Until(await old.Seller.InvoiceOf(next.Subscription, "period"), "open");
    }

    [Fact]
    public async Task Cancelled_before_it_was_begun_it_never_begins_at_Stripe()
    {
        var old = await Shop.Subscribed(app, PerCall);
        await app.Stripe.Fail(new { account = old.Seller.Account, method = "POST", path = "/v1/subscriptions", kind = "reset", times = 1 });
        await app.Advance(TimeSpan.FromDays(10));
        var next = await old.ChangedTo(Other, lines: 100);
        await next.Retrying();
        await next.Cancelled("requested", app.Clock.GetUtcNow());
        await app.Advance(TimeSpan.FromMinutes(2));
        await next.Idle();
        await IsAlone(old);
    }

    [Fact]
    public async Task One_whose_job_a_person_removed_is_charged_by_us_opens_no_checkout_and_begins_with_its_next_period()
    {
        var old = await Shop.Subscribed(app, PerCall);
        await app.Stripe.Fail(new { account = old.Seller.Account, method = "POST", path = "/v1/subscriptions", kind = "reset", times = 1 });
        await app.Advance(TimeSpan.FromDays(10));
        var next = await old.ChangedTo(Other, lines: 100);
        await next.Retrying();
        await Remove(old.Seller, CreateSubscription.JobKind);
        Assert.Equal("checkout_not_needed", (await next.Ask(HttpStatusCode.Conflict)).GetProperty("code").GetString());
        await app.Make<KeepUsage>().Handle(next.Counted(2), default);
        await next.EndPeriod(2);
        Assert.Equal(900 + 5, await Total(next, "period"));
        await next.Idle();
        Assert.Equal(old.Covers.From.AddMonths(2).UtcDateTime, (await next.AtStripe()).Items.Data[0].CurrentPeriodEnd);
    }

    [Fact]
    public async Task A_term_counts_from_the_period_of_the_change()
    {
        var old = await Shop.Subscribed(app, PerCall);
        await app.Advance(TimeSpan.FromDays(10));
        var next = await old.ChangedTo(Other with { TermPeriods = 3 }, lines: 100);
        await next.Idle();
        Assert.Equal(old.Covers.From.AddMonths(3).UtcDateTime, (await next.AtStripe()).CancelAt);
    }

    [Theory]
    [InlineData("month", 1, 31)]
    [InlineData("month", 3, 30)]
    [InlineData("year", 1, 31)]
    [InlineData("week", 2, 9)]
    [InlineData("day", 10, 9)]
    public async Task Stripe_renews_at_the_boundaries_of_the_calendar_that_was_taken_over(string unit, int count, int day)
    {
        // Another case may have left the clock at one of its own boundaries, near which nothing begins.
        await app.Advance(TimeSpan.FromHours(1));
        var old = await Shop.Subscribed(app, PerCall);
        var plan = Other with { PeriodUnit = unit, PeriodCount = count };
        var now = app.Clock.GetUtcNow();
        // The last time before today that a period could have begun on that day, at an hour of its own.
        var anchor = Enumerable.Range(1, 400).Select(back => new DateTimeOffset(now.UtcDateTime.Date.AddDays(-back), TimeSpan.Zero)).First(date => date.Day == day).AddHours(13).AddSeconds(7);
        var calendar = BillingCalendar.Of(anchor, plan, toTheSecond: true);
        var boundary = calendar.After(now);
        var next = await old.ChangedTo(plan, covers: (now, boundary), anchor: anchor, lines: 100);
        await next.Idle();
        for (var renewals = 0; renewals < 4; renewals++)
        {
            var ends = (await next.AtStripe()).Items.Data[0].CurrentPeriodEnd;
            Assert.Equal(boundary.UtcDateTime, ends);
            await app.Stripe.MoveTo(boundary);
            boundary = calendar.After(boundary);
        }

        await app.Advance(await app.Stripe.Now() - app.Clock.GetUtcNow());
        await next.Hear();
        await next.Idle();
        Assert.Empty((await next.Seller.Owner.Get($"/v1/billing-integrations/{next.Seller.Integration}/stripe-changes")).GetProperty("data").EnumerateArray());
    }

    // Whatever its status, no other was ever begun.
    private static async Task IsAlone(Shop shop) => Assert.Equal(
        await shop.Seller.StripeId(shop.Subscription), Assert.Single((await shop.Client.V1.Subscriptions.ListAsync(new SubscriptionListOptions { Status = "all" })).Data).Id);

    private static async Task Remove(Seller seller, string kind)
    {
        var job = (await seller.Jobs()).Find(j => j.GetProperty("kind").GetString() == kind).GetProperty("id").GetString();
        await seller.Owner.Delete($"/v1/billing-integrations/{seller.Integration}/jobs/{job}").Expect(HttpStatusCode.NoContent);
    }

    private static async Task<long> Total(Shop shop, string kind) =>
        (await shop.Seller.Until(await shop.Seller.InvoiceOf(shop.Subscription, kind), "paid")).GetProperty("total").GetProperty("amount").GetInt64();

    // What the renewal came to, which Stripe's own invoice of it collected.
    private static async Task<long> Renewed(Shop shop)
    {
        var id = await shop.Seller.InvoiceOf(shop.Subscription, "period");
        var invoice = await shop.Seller.Until(id, "paid");
        await shop.Idle();
        var theirs = await shop.Client.V1.Invoices.GetAsync(await shop.Seller.StripeId(id));
        Assert.Equal((await shop.Seller.StripeId(shop.Subscription), invoice.GetProperty("total").GetProperty("amount").GetInt64()), (theirs.Parent?.SubscriptionDetails?.SubscriptionId, theirs.AmountPaid));
        return theirs.AmountPaid;
    }
}
