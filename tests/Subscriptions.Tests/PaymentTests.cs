using System.Net;
using Marketplace.Contracts.Invoicing;
using Marketplace.Contracts.Subscriptions;
using Marketplace.Testing;

namespace Marketplace.Subscriptions.Tests;

public sealed class PaymentTests(ServiceApp<Program> app) : IClassFixture<ServiceApp<Program>>
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    [Fact]
    public async Task Unpaid_past_its_grace_access_stops_and_paid_it_opens_again_at_once()
    {
        var market = await Market.Open(app);
        var id = await market.SubscribeAndPay();
        var due = app.Clock.GetUtcNow();

        await market.Hear(market.Invoice(id, "period", "past_due", "inv_2", due: due));
        var inGrace = await market.Entitlement(id);
        Assert.Equal(("past_due", null, due + (3 * Day), "payment_required"), (await market.Status(id), inGrace.Refusal, inGrace.AccessUntil, inGrace.RefusalAfter));

        await market.MoveTo(due + (3 * Day));
        Assert.Equal(("suspended", "payment_required"), (await market.Status(id), (await market.Entitlement(id)).Refusal));

        await market.Hear(market.Invoice(id, "period", "paid", "inv_2", 2));
        var open = await market.Entitlement(id);
        Assert.Equal(("active", null, null), (await market.Status(id), open.Refusal, open.AccessUntil));
    }

    [Fact]
    public async Task It_opens_only_when_no_other_invoice_is_past_due()
    {
        var market = await Market.Open(app);
        var id = await market.SubscribeAndPay();
        var due = app.Clock.GetUtcNow();
        await market.Hear(market.Invoice(id, "period", "past_due", "inv_2", due: due));
        await market.Hear(market.Invoice(id, "period", "past_due", "inv_3", due: due + Day));

        await market.Hear(market.Invoice(id, "period", "paid", "inv_2", 2));
        Assert.Equal(("past_due", due + (4 * Day)), (await market.Status(id), (await market.Entitlement(id)).AccessUntil));

        await market.Hear(market.Invoice(id, "period", "void", "inv_3", 2));
        Assert.Equal("active", await market.Status(id));
    }

    [Fact]
    public async Task An_uncollectible_invoice_is_still_owed_and_may_still_be_paid()
    {
        var market = await Market.Open(app);
        var id = await market.SubscribeAndPay();

        await market.Hear(market.Invoice(id, "period", "incomplete", "inv_2"));
        Assert.Equal("past_due", await market.Status(id));

        await market.Hear(market.Invoice(id, "period", "paid", "inv_2", 2));
        Assert.Equal("active", await market.Status(id));
    }

    [Theory]
    [InlineData(1, "past_due")]
    [InlineData(4, "suspended")]
    public async Task An_invoice_that_is_open_again_because_the_bank_carries_a_debit_out_gives_access_until_it_is_past_due_once_more(int begun, string before)
    {
        var market = await Market.Open(app);
        var id = await market.SubscribeAndPay();
        var due = app.Clock.GetUtcNow();
        await market.Hear(market.Invoice(id, "period", "past_due", "inv_2", due: due));
        await market.MoveTo(due + (begun * Day));
        Assert.Equal(before, await market.Status(id));

        await market.Hear(market.Invoice(id, "period", "open", "inv_2", version: 2, due: due));
        await market.MoveTo(due + (6 * Day));
        Assert.Equal("active", await market.Status(id));

        await market.Hear(market.Invoice(id, "period", "past_due", "inv_2", version: 3, due: due));
        await market.MoveTo(due + (7 * Day));
        Assert.Equal("suspended", await market.Status(id));
    }

    [Fact]
    public async Task Where_the_plan_says_so_grace_ends_the_subscription()
    {
        var market = await Market.Open(app, plan => plan with { CancelWhenPastDue = true });
        var id = await market.SubscribeAndPay();
        var due = app.Clock.GetUtcNow();
        await market.Hear(market.Invoice(id, "period", "past_due", "inv_2", due: due));
        Assert.Equal("not_subscribed", (await market.Entitlement(id)).RefusalAfter);

        await market.MoveTo(due + (3 * Day));

        Assert.Equal(("cancelled", "past_due"), ((await market.Read(id)).Text("status"), (await market.Read(id)).Text("endReason")));
        var told = Assert.Single(await app.Announced<SubscriptionCancelled>(c => c.SubscriptionId == id));
        Assert.Equal(("past_due", due + (3 * Day)), (told.Reason, told.CancelledAt));
    }

    [Theory]
    [InlineData("past_due")]
    [InlineData("incomplete")]
    public async Task Where_the_plan_says_so_a_first_invoice_that_is_not_paid_ends_the_subscription_with_its_grace(string status)
    {
        var market = await Market.Open(app, plan => plan with { CancelWhenPastDue = true });
        var id = (await market.Subscribe()).Id();
        var due = app.Clock.GetUtcNow() + Day;
        await market.Hear(market.Invoice(id, "initial", "open", due: due));
        await market.MoveTo(due);
        Assert.True((await market.Read(id)).IsNull("graceUntil"));
        await market.Hear(market.Invoice(id, "initial", status, version: 2, due: due));
        Assert.Equal(("awaiting_payment", due + (3 * Day)), (await market.Status(id), (await market.Read(id)).Time("graceUntil")));

        await market.MoveTo(due + (3 * Day));

        var ended = await market.Read(id);
        Assert.Equal(("cancelled", "never_paid", due + (3 * Day)), (ended.Text("status"), ended.Text("endReason"), ended.Time("endedAt")));
        Assert.Equal("never_paid", Assert.Single(await app.Announced<SubscriptionCancelled>(c => c.SubscriptionId == id)).Reason);
        await market.Subscribe();
    }

    [Fact]
    public async Task A_first_invoice_that_is_paid_within_its_grace_leaves_nothing_of_it()
    {
        var market = await Market.Open(app, plan => plan with { CancelWhenPastDue = true });
        var id = (await market.Subscribe()).Id();
        var due = app.Clock.GetUtcNow();
        await market.Hear(market.Invoice(id, "initial", "past_due", due: due));
        await market.Owner.Put($"/v1/grace-periods/{market.Consumer}", new { providerOrganizationId = market.Provider, days = 10 }, "*").Expect();
        Assert.Equal(due + (10 * Day), (await market.Read(id)).Time("graceUntil"));

        await market.Hear(market.Invoice(id, "initial", "paid", version: 2, due: due));

        Assert.Equal(("active", true), (await market.Status(id), (await market.Read(id)).IsNull("graceUntil")));
        await market.MoveTo(due + (11 * Day));
        Assert.Equal("active", await market.Status(id));
    }

    [Fact]
    public async Task Grace_that_would_be_over_when_the_debt_is_heard_of_ends_the_subscription_then_and_not_before()
    {
        var market = await Market.Open(app, plan => plan with { CancelWhenPastDue = true });
        var id = await market.SubscribeAndPay();
        var boundary = (await market.Read(id)).GetProperty("currentPeriod").Time("end");
        await market.MoveTo(boundary + Day);
        await market.Hear(market.Invoice(id, "period", "past_due", "inv_2", due: boundary - (10 * Day)));
        var heard = app.Clock.GetUtcNow();

        await market.MoveTo(boundary + (2 * Day));

        Assert.Equal("cancelled", await market.Status(id));
        var told = Assert.Single(await app.Announced<SubscriptionCancelled>(c => c.SubscriptionId == id));
        Assert.Equal(("past_due", heard), (told.Reason, told.CancelledAt));
    }

    [Fact]
    public async Task A_late_payment_never_revives_a_cancelled_subscription()
    {
        var market = await Market.Open(app);
        var id = (await market.Subscribe()).Id();
        await market.Admin.Post($"/v1/subscriptions/{id}/cancel", new { when = "now" }).Expect();

        await market.Hear(market.Invoice(id, "initial", "paid"));

        Assert.Equal(("cancelled", "never_paid"), ((await market.Read(id)).Text("status"), (await market.Read(id)).Text("endReason")));
        Assert.Equal("never_paid", Assert.Single(await app.Announced<SubscriptionCancelled>(c => c.SubscriptionId == id)).Reason);
        await market.MoveTo(app.Clock.GetUtcNow() + TimeSpan.FromMinutes(2));
        Assert.Empty(await market.Closures(id));
    }

    [Fact]
    public async Task A_first_invoice_that_was_voided_ends_what_can_never_start()
    {
        var market = await Market.Open(app);
        var id = (await market.Subscribe()).Id();

        await market.Hear(market.Invoice(id, "initial", "void"));

        Assert.Equal("cancelled", await market.Status(id));
    }

    [Fact]
    public async Task An_open_or_uncollectible_first_invoice_opens_nothing()
    {
        var market = await Market.Open(app);
        var id = (await market.Subscribe()).Id();

        foreach (var (status, version) in new[] { ("draft", 1L), ("open", 2L), ("past_due", 3L), ("incomplete", 4L) })
        {
            await market.Hear(market.Invoice(id, "initial", status, version: version));
            Assert.Equal(("awaiting_payment", "payment_required"), (await market.Status(id), (await market.Entitlement(id)).Refusal));
        }

        await market.Hear(market.Invoice(id, "initial", "paid", version: 5));
        Assert.Equal("active", await market.Status(id));
    }

    [Fact]
    public async Task Every_order_of_the_invoices_ends_in_the_same_state()
    {
        var due = app.Clock.GetUtcNow() + (5 * Day);
        var outcomes = new HashSet<(string, string?, DateTimeOffset?)>();
        foreach (var order in Permutations([0, 1, 2, 3, 4]))
        {
            var market = await Market.Open(app);
            var id = (await market.Subscribe()).Id();
            InvoiceChanged[] history =
            [
                market.Invoice(id, "initial", "open", "inv_1", 1),
                market.Invoice(id, "initial", "paid", "inv_1", 2),
                market.Invoice(id, "period", "past_due", "inv_2", 2, due - Day),
                market.Invoice(id, "period", "open", "inv_2", 1, due - Day),
                market.Invoice(id, "period", "past_due", "inv_3", 7, due),
            ];
            foreach (var index in order)
            {
                await market.Hear(history[index]);
                if (index % 2 == 0)
                {
                    await market.Hear(history[index]);
                }
            }

            outcomes.Add((await market.Status(id), (await market.Entitlement(id)).Refusal, (await market.Entitlement(id)).AccessUntil));
        }

        Assert.Equal(("past_due", null, due + (2 * Day)), Assert.Single(outcomes));
    }

    [Fact]
    public async Task Two_invoices_heard_at_once_both_count()
    {
        var market = await Market.Open(app);
        var id = (await market.Subscribe()).Id();
        var held = await app.Database.HoldRow("subscriptions", id);

        var heard = new[] { market.Hear(market.Invoice(id, "initial", "paid", "inv_1", 2)), market.Hear(market.Invoice(id, "period", "past_due", "inv_2")) };
        await app.Database.UntilBlockedOnLocks(2);
        await held.DisposeAsync();
        await Task.WhenAll(heard);

        Assert.Equal("past_due", await market.Status(id));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Payment_and_cancellation_at_once_leave_a_cancelled_subscription_without_access(bool paymentFirst)
    {
        var market = await Market.Open(app);
        var id = (await market.Subscribe()).Id();
        var held = await app.Database.HoldRow("subscriptions", id);

        // Row locks are queued in order: the one that began first goes on first.
        var first = paymentFirst ? Pay() : Cancel();
        await app.Database.UntilBlockedOnLocks(1);
        var second = paymentFirst ? Cancel() : Pay();
        await app.Database.UntilBlockedOnLocks(2);
        await held.DisposeAsync();
        await Task.WhenAll(first, second);

        Assert.Equal(("cancelled", "not_subscribed"), (await market.Status(id), (await market.Entitlement(id)).Refusal));

        Task Pay() => market.Hear(market.Invoice(id, "initial", "paid"));
        Task Cancel() => market.Admin.Post($"/v1/subscriptions/{id}/cancel", new { when = "now" }).Expect();
    }

    [Fact]
    public async Task Paid_after_its_first_period_was_over_its_periods_start_anew()
    {
        var market = await Market.Open(app);
        var id = (await market.Subscribe()).Id();
        await market.MoveTo(app.Clock.GetUtcNow() + (70 * Day));
        Assert.Empty(await market.Closures(id));

        await market.Hear(market.Invoice(id, "initial", "paid"));

        var period = (await market.Read(id)).GetProperty("currentPeriod");
        Assert.Equal(app.Clock.GetUtcNow(), period.Time("start"));
        await market.MoveTo(app.Clock.GetUtcNow() + Day);
        Assert.Empty(await market.Closures(id));
    }

    [Fact]
    public async Task Whoever_is_leaving_and_does_not_pay_leaves_at_the_end_of_grace()
    {
        var market = await Market.Open(app);
        var id = await market.SubscribeAndPay();
        var due = app.Clock.GetUtcNow();
        await market.Admin.Post($"/v1/subscriptions/{id}/cancel", new { when = "period_end" }).Expect();
        await market.Hear(market.Invoice(id, "period", "past_due", "inv_2", due: due));
        Assert.Equal(("cancelling", due + (3 * Day)), (await market.Status(id), (await market.Entitlement(id)).AccessUntil));

        await market.MoveTo(due + (3 * Day));

        Assert.Equal("cancelled", await market.Status(id));
    }

    [Fact]
    public async Task An_overdue_invoice_heard_before_the_first_payment_counts_once_that_is_heard()
    {
        var market = await Market.Open(app);
        var id = (await market.Subscribe()).Id();
        await market.Hear(market.Invoice(id, "period", "past_due", "inv_2"));
        Assert.Equal("awaiting_payment", await market.Status(id));

        await market.Hear(market.Invoice(id, "initial", "paid"));

        Assert.Equal("past_due", await market.Status(id));
    }

    [Fact]
    public async Task Whoever_owes_may_leave_with_the_period_and_keeps_its_grace_until_then()
    {
        var market = await Market.Open(app);
        var id = await market.SubscribeAndPay();
        var due = market.Invoice(id, "period", "past_due", "inv_2", due: app.Clock.GetUtcNow());
        await market.Hear(due);
        await market.Admin.Post($"/v1/subscriptions/{id}/cancel", new { when = "period_end" }).Expect();
        Assert.Equal(("cancelling", due.DueAt + TimeSpan.FromDays(market.Plan.GraceDays)), (await market.Status(id), (await market.Entitlement(id)).AccessUntil));

        await market.Admin.Post($"/v1/subscriptions/{id}/resume", new { }).Expect();

        Assert.Equal("past_due", await market.Status(id));
    }

    private static IEnumerable<int[]> Permutations(int[] items) => items.Length == 1
        ? [items]
        : items.SelectMany(item => Permutations([.. items.Where(i => i != item)]).Select(rest => (int[])[item, .. rest]));
}
