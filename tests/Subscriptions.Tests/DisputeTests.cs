using System.Net;
using Marketplace.Contracts.Invoicing;
using Marketplace.Contracts.Subscriptions;
using Marketplace.Testing;

namespace Marketplace.Subscriptions.Tests;

/// <summary>Disputes and refunds as Invoicing tells them.</summary>
public sealed class DisputeTests(ServiceApp<Program> app) : IClassFixture<ServiceApp<Program>>
{
    [Fact]
    public async Task A_dispute_stops_access_at_once_and_won_it_opens_again()
    {
        var market = await Market.Open(app);
        var id = await market.SubscribeAndPay();

        await Open(market, id, 1);
        Assert.Equal(("active", "payment_disputed"), (await market.Status(id), (await market.Entitlement(id)).Refusal));
        Assert.Equal("payment_disputed", (await market.Read(id)).Text("heldFor"));
        Assert.NotEmpty(await app.Announced<AccessChanged>(c => c.SubscriptionId == id));

        await Close(market, id, "won", 2);
        Assert.Equal(("active", null), (await market.Status(id), (await market.Entitlement(id)).Refusal));
        Assert.True((await market.Read(id)).IsNull("heldFor"));
        var history = (await market.Admin.Get($"/v1/subscriptions/{id}/history")).GetProperty("data").EnumerateArray().Select(e => e.Text("event")).ToList();
        Assert.Equal(["payment_released", "payment_held"], history[..2]);
    }

    [Fact]
    public async Task A_lost_dispute_ends_the_subscription()
    {
        var market = await Market.Open(app);
        var id = await market.SubscribeAndPay();
        await Open(market, id, 1);
        await Close(market, id, "lost", 2);
        Assert.Equal(("cancelled", "dispute_lost"), ((await market.Read(id)).Text("status"), (await market.Read(id)).Text("endReason")));
        Assert.Equal("dispute_lost", Assert.Single(await app.Announced<SubscriptionCancelled>(c => c.SubscriptionId == id)).Reason);
        Assert.Equal("not_subscribed", (await market.Entitlement(id)).Refusal);
    }

    [Fact]
    public async Task Every_order_and_repetition_of_a_dispute_s_news_ends_in_the_same_access()
    {
        var outcomes = new HashSet<(string, string?)>();
        int[][] orders = [[0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2], [2, 0, 3, 1], [0, 3, 1, 2], [3, 0, 0, 1, 2, 3]];
        foreach (var order in orders)
        {
            var market = await Market.Open(app);
            var id = (await market.Subscribe()).Id();
            foreach (var step in order)
            {
                await (step switch
                {
                    0 => market.Hear(market.Invoice(id, "initial", "paid")),
                    1 => Open(market, id, 1),
                    2 => Open(market, id, 2),
                    _ => Close(market, id, "won", 3),
                });
            }

            outcomes.Add((await market.Status(id), (await market.Entitlement(id)).Refusal));
        }

        Assert.Equal(("active", null), Assert.Single(outcomes));
    }

    [Fact]
    public async Task While_a_payment_is_disputed_the_plan_cannot_be_changed()
    {
        var market = await Market.Open(app);
        var other = market.Plan with { PlanId = TestCaller.NewId("pln"), Name = "other" };
        await market.PublishAll(market.Plan, other);
        var id = await market.SubscribeAndPay();
        await Open(market, id, 1);
        await market.Admin.Post($"/v1/subscriptions/{id}/change-plan", new { planId = other.PlanId, when = "now" }).ExpectProblem(HttpStatusCode.Conflict, "payment_disputed");
        await Close(market, id, "won", 2);
        await market.Admin.Post($"/v1/subscriptions/{id}/change-plan", new { planId = other.PlanId, when = "now" }).Expect();
    }

    [Fact]
    public async Task A_period_given_back_whole_stops_access_until_the_next_period_s_invoice_or_until_the_refund_fails()
    {
        var market = await Market.Open(app);
        var id = (await market.Subscribe()).Id();
        var period = (await market.Read(id)).GetProperty("currentPeriod");
        await market.Hear(Paid(1, 0));
        await market.Hear(Paid(2, 2000));
        Assert.Null((await market.Entitlement(id)).Refusal);

        await market.Hear(Paid(3, 2500));
        await app.Make<RecordRefund>().Handle(new("rfn_" + id, "inv_1", id, market.Consumer, 2500, "usd", "pending", app.Clock.GetUtcNow(), 1), default);
        Assert.Equal(("active", "payment_refunded"), (await market.Status(id), (await market.Entitlement(id)).Refusal));

        await app.Make<RecordRefund>().Handle(new("rfn_" + id, "inv_1", id, market.Consumer, 2500, "usd", "failed", app.Clock.GetUtcNow(), 2), default);
        await app.Make<RecordRefund>().Handle(new("rfn_" + id, "inv_1", id, market.Consumer, 2500, "usd", "failed", app.Clock.GetUtcNow(), 2), default);
        await market.Hear(Paid(4, 0));
        Assert.Null((await market.Entitlement(id)).Refusal);

        await market.Hear(Paid(5, 2500));
        Assert.Equal("payment_refunded", (await market.Entitlement(id)).Refusal);
        await market.MoveTo(period.Time("end"));
        await market.Hear(market.Invoice(id, "period", "open", "inv_2") with { CoversFrom = period.Time("end") });
        Assert.Null((await market.Entitlement(id)).Refusal);
        var history = (await market.Admin.Get($"/v1/subscriptions/{id}/history")).GetProperty("data").EnumerateArray().Select(e => e.Text("event")).ToList();
        Assert.Equal(1, history.Count(e => e == "refund_issued"));
        Assert.Equal(1, history.Count(e => e == "refund_failed"));

        InvoiceChanged Paid(long version, long refunded) =>
            market.Invoice(id, "initial", "paid", "inv_1", version) with { CoversFrom = period.Time("start"), CoversTo = period.Time("end"), AmountPaid = 2500, AmountRefunded = refunded };
    }

    [Fact]
    public async Task What_stands_in_the_way_of_a_payment_is_shown_with_the_subscription()
    {
        var market = await Market.Open(app);
        var id = (await market.Subscribe()).Id();
        await market.Hear(market.Invoice(id, "initial", "open") with
        {
            PaymentProblem = new("payment_failed", "insufficient_funds", "The card has too little money.", 1, null, "http://stripe/hosted"),
        });
        var problem = (await market.Read(id)).GetProperty("latestInvoice").GetProperty("paymentProblem");
        Assert.Equal(("payment_failed", "insufficient_funds"), (problem.Text("type"), problem.Text("code")));
        await market.Hear(market.Invoice(id, "initial", "paid", version: 2));
        Assert.True((await market.Read(id)).GetProperty("latestInvoice").IsNull("paymentProblem"));
    }

    [Fact]
    public async Task A_customer_deleted_at_Stripe_ends_what_was_billed_to_it_and_nothing_else()
    {
        var market = await Market.Open(app);
        var id = await market.SubscribeAndPay();
        var free = await Market.Open(app, Market.Free);
        var kept = (await free.Subscribe()).Id();
        var deleted = new CustomerDeleted("cst_1", "bil_1", market.Consumer, app.Clock.GetUtcNow());

        await app.Make<CancelOnCustomerDeleted>().Handle(deleted with { BillingIntegrationId = "bil_other" }, default);
        await app.Make<CancelOnCustomerDeleted>().Handle(new("cst_2", "bil_1", free.Consumer, app.Clock.GetUtcNow()), default);
        Assert.Equal(("active", "active"), (await market.Status(id), await free.Status(kept)));

        await app.Make<CancelOnCustomerDeleted>().Handle(deleted, default);
        Assert.Equal(("cancelled", "customer_deleted"), ((await market.Read(id)).Text("status"), (await market.Read(id)).Text("endReason")));

        app.Clock.Advance(TimeSpan.FromMinutes(5));
        var again = (await market.Subscribe()).Id();
        await app.Make<CancelOnCustomerDeleted>().Handle(deleted, default);
        Assert.Equal("awaiting_payment", await market.Status(again));
    }

    private Task Open(Market market, string id, long version) =>
        app.Make<ApplyDispute>().Handle(new DisputeOpened("dsp_" + id, "inv_1", id, market.Consumer, 2500, "usd", "fraudulent", null, version), default);

    private Task Close(Market market, string id, string outcome, long version) =>
        app.Make<ApplyDispute>().Handle(new DisputeClosed("dsp_" + id, "inv_1", id, market.Consumer, outcome, app.Clock.GetUtcNow(), version), default);
}
