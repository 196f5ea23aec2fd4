using System.Diagnostics.Metrics;
using System.Text.Json;
using Marketplace.Contracts.Invoicing;
using Marketplace.Contracts.Subscriptions;
using Marketplace.Storage;
using Marketplace.Testing;

namespace Marketplace.Invoicing.Tests;

/// <summary>The three kinds of invoice, to the cent, from message to hosted page and back.</summary>
public sealed class ChargingTests(InvoicingApp app) : IClassFixture<InvoicingApp>
{
    [Fact]
    public async Task The_first_invoice_is_issued_at_Stripe_and_paid_there()
    {
        var seller = await Seller.Open(app);
        var before = await app.Stripe.Now();
        var id = await seller.Charge(seller.Approved(Plans.Of(basePrice: 2500)));

        var open = await seller.Until(id, "open");
        Assert.Equal((2500, "usd"), (open.GetProperty("total").GetProperty("amount").GetInt64(), open.GetProperty("total").GetProperty("currency").GetString()));
        Assert.Equal("success", open.GetProperty("level").GetString());
        // Stripe counts the days, and its clock goes on while ours stands.
        Assert.InRange(open.GetProperty("dueAt").GetDateTimeOffset(), before.AddDays(14).AddSeconds(-1), (await app.Stripe.Now()).AddDays(14));
        var stripeId = await seller.StripeId(id);
        var atStripe = await app.Stripe.Client(seller.Account).V1.Invoices.GetAsync(stripeId);
        Assert.Equal((2500L, "send_invoice", "open"), (atStripe.Total, atStripe.CollectionMethod, atStripe.Status));
        Assert.Equal(seller.Integration, atStripe.Metadata["marketplace_integration"]);

        await app.Stripe.Pay(open.GetProperty("hostedInvoiceUrl").GetString()!);
        await seller.Hear(stripeId, eventId: "evt_paid_1");
        Assert.Equal("paid", (await seller.Invoice(id)).GetProperty("status").GetString());

        var told = await app.Announced<InvoiceChanged>(m => m.InvoiceId == id);
        Assert.Equal(["draft", "open", "paid"], told.Select(m => m.Status));
        Assert.Equal([1L, 2L, 3L], told.Select(m => m.Version));
        Assert.NotNull(told[2].PaidAt);
        Assert.Equal(("handled", (string?)null), (await app.Announced<StripeEventHandled>(m => m.EventId == "evt_paid_1")).Select(m => (m.Outcome, m.Reason)).Single());
    }

    [Fact]
    public async Task Set_up_fee_usage_and_the_rest_come_out_as_ten_dollars_three_twenty_one_and_the_final_invoice()
    {
        var seller = await Seller.Open(app);
        var approved = seller.Approved(Plans.Of(model: "unit", unitAmount: "1", setupFee: 1000));
        await seller.Until(await seller.Charge(approved), "open");

        var charge = app.Make<ChargeClosedPeriod>();
        var closed = Seller.Closed(approved, 321);
        await charge.Handle(closed, default);
        var period = await seller.Until(await seller.InvoiceOf(approved.SubscriptionId, "period"), "open");
        Assert.Equal(321, period.GetProperty("total").GetProperty("amount").GetInt64());
        var line = period.GetProperty("lines").EnumerateArray().Single();
        Assert.Equal((321, "1", 321), (line.GetProperty("quantity").GetInt64(), line.GetProperty("unitAmount").GetString(), line.GetProperty("amount").GetProperty("amount").GetInt64()));

        var last = closed with
        {
            ClosureId = "clo_last", Reason = "cancellation", PeriodStart = closed.PeriodEnd, PeriodEnd = closed.PeriodEnd.AddDays(3), NextPeriodStart = null, NextPeriodEnd = null,
            Usage = [new PeriodUsage("transactions", 70, closed.PeriodEnd, closed.PeriodEnd.AddDays(3), null, null)],
        };
        await charge.Handle(last, default);
        var final = await seller.Until(await seller.InvoiceOf(approved.SubscriptionId, "final"), "open");
        Assert.Equal(70, final.GetProperty("total").GetProperty("amount").GetInt64());
        Assert.Equal(JsonValueKind.Null, final.GetProperty("covers").ValueKind);
        Assert.Equal([1000L, 321L, 70L], (await app.Stripe.Client(seller.Account).V1.Invoices.ListAsync()).Data.Select(i => i.Total).OrderDescending());
    }

    [Fact]
    public async Task Nothing_to_pay_is_recorded_paid_at_first_and_makes_no_invoice_later()
    {
        var seller = await Seller.Open(app);
        var approved = seller.Approved(Plans.Of(model: "unit", unitAmount: "1"));
        var id = await seller.Charge(approved);
        Assert.Equal("paid", (await seller.Invoice(id)).GetProperty("status").GetString());
        Assert.Equal("paid", (await app.Announced<InvoiceChanged>(m => m.InvoiceId == id)).Single().Status);

        await app.Make<ChargeClosedPeriod>().Handle(Seller.Closed(approved, 0), default);
        Assert.Null(await seller.InvoiceOf(approved.SubscriptionId, "period"));
        Assert.Empty((await app.Stripe.Client(seller.Account).V1.Customers.ListAsync()).Data);
    }

    [Fact]
    public async Task Messages_heard_again_charge_nothing_again()
    {
        var seller = await Seller.Open(app);
        var approved = seller.Approved(Plans.Of(model: "unit", unitAmount: "1", setupFee: 1000));
        await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => app.Make<ChargeOnApproval>().Handle(approved, default)));
        var closed = Seller.Closed(approved, 321);
        await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => app.Make<ChargeClosedPeriod>().Handle(closed, default)));
        // The same period closed under another id or as the last one would be a defect elsewhere; it is not charged twice either.
        await app.Make<ChargeClosedPeriod>().Handle(closed with { ClosureId = "clo_again", NextPeriodStart = null, NextPeriodEnd = null }, default);

        await seller.Until(await seller.InvoiceOf(approved.SubscriptionId, "period"), "open");
        await seller.Until(await seller.InvoiceOf(approved.SubscriptionId, "initial"), "open");
        Assert.Equal(2, await app.Database.Scalar<long>("select count(*) from invoices where subscription_id = $1", approved.SubscriptionId));
        var client = app.Stripe.Client(seller.Account);
        Assert.Equal([1000L, 321L], (await client.V1.Invoices.ListAsync()).Data.Select(i => i.Total).OrderDescending());
        Assert.Single((await client.V1.Customers.ListAsync()).Data);
    }

    [Fact]
    public async Task A_first_invoice_that_was_never_paid_is_voided_when_the_subscription_ends()
    {
        var seller = await Seller.Open(app);
        var approved = seller.Approved(Plans.Of(basePrice: 2500));
        var id = await seller.Charge(approved);
        await seller.Until(id, "open");
        await app.Make<VoidOnCancellation>().Handle(new(approved.SubscriptionId, approved.OrganizationId, "never_paid", app.Clock.GetUtcNow()), default);
        await seller.Until(id, "void");
        Assert.Equal("void", (await app.Stripe.Client(seller.Account).V1.Invoices.GetAsync(await seller.StripeId(id))).Status);
        Assert.Equal("void", (await app.Announced<InvoiceChanged>(m => m.InvoiceId == id))[^1].Status);
    }

    [Fact]
    public async Task A_paid_first_invoice_stays_paid_when_the_subscription_ends()
    {
        var seller = await Seller.Open(app);
        var approved = seller.Approved(Plans.Of(basePrice: 2500));
        var id = await seller.Charge(approved);
        var open = await seller.Until(id, "open");
        await app.Stripe.Pay(open.GetProperty("hostedInvoiceUrl").GetString()!);
        // The webhook is still under way when the cancellation is heard: Stripe is asked before anything is voided.
        await app.Make<VoidOnCancellation>().Handle(new(approved.SubscriptionId, approved.OrganizationId, "requested", app.Clock.GetUtcNow()), default);
        await seller.Until(id, "paid");
        await Eventually.Until(async () => (await seller.Jobs()).Count == 0, "the queue is empty");
        Assert.Equal("paid", (await seller.Invoice(id)).GetProperty("status").GetString());
    }

    [Fact]
    public async Task A_cancellation_heard_before_its_approval_leaves_nothing_to_pay()
    {
        var seller = await Seller.Open(app);
        var approved = seller.Approved(Plans.Of(basePrice: 2500));
        await app.Make<VoidOnCancellation>().Handle(new(approved.SubscriptionId, approved.OrganizationId, "requested", app.Clock.GetUtcNow()), default);
        Assert.Null(await seller.Charge(approved));
    }

    [Fact]
    public async Task A_closed_period_waits_for_its_approval_however_old_it_is()
    {
        var seller = await Seller.Open(app);
        var approved = seller.Approved(Plans.Of(model: "unit", unitAmount: "1"));
        var charge = app.Make<ChargeClosedPeriod>();
        var closed = Seller.Closed(approved, 321) with { ClosedAt = app.Clock.GetUtcNow() };
        await Assert.ThrowsAsync<NotHeardYetException>(() => charge.Handle(closed, default));
        // Of a free plan no approval is ever told, and its period owes nothing.
        await charge.Handle(closed with { Plan = Plans.Of(model: "free") }, default);

        await seller.Charge(approved);
        await charge.Handle(closed, default);
        Assert.NotNull(await seller.InvoiceOf(approved.SubscriptionId, "period"));
    }

    [Fact]
    public async Task Every_total_is_the_sum_of_its_lines()
    {
        var seller = await Seller.Open(app);
        var approved = seller.Approved(Plans.Of(model: "unit", basePrice: 2500, unitAmount: "0.333333333333", setupFee: 1000));
        await seller.Charge(approved);
        await app.Make<ChargeClosedPeriod>().Handle(Seller.Closed(approved, 1001), default);
        var period = await seller.Until(await seller.InvoiceOf(approved.SubscriptionId, "period"), "open");
        Assert.Equal([334L, 2500L], period.GetProperty("lines").EnumerateArray().Select(l => l.GetProperty("amount").GetProperty("amount").GetInt64()));
        Assert.Equal(0, await app.Database.Scalar<long>(
            "select count(*) from invoices i where total <> (select coalesce(sum(amount), 0) from invoice_lines l where l.invoice_id = i.id)"));
    }

    [Fact]
    public async Task Test_keys_never_bill_a_production_catalog_nor_live_keys_a_sandbox()
    {
        var seller = await Seller.Open(app);
        await Assert.ThrowsAsync<InvalidOperationException>(() => seller.Charge(seller.Approved(Plans.Of(basePrice: 2500)) with { Environment = "production" }));

        await app.Database.Execute("update billing_integrations set livemode = true where id = $1", seller.Integration);
        await Assert.ThrowsAsync<InvalidOperationException>(() => seller.Charge(seller.Approved(Plans.Of(basePrice: 2500)) with { Environment = "sandbox" }));
    }

    [Fact]
    public async Task A_runaway_loop_is_stopped_by_the_number_of_invoices_in_a_day()
    {
        var seller = await Seller.Open(app);
        var approved = seller.Approved(Plans.Of(model: "unit", unitAmount: "1", setupFee: 1000));
        await seller.Charge(approved);
        var charge = app.Make<ChargeClosedPeriod>();
        var closed = Seller.Closed(approved, 100);
        for (var period = 1; period < WriteInvoice.InvoicesPerDay; period++)
        {
            await charge.Handle(closed with { PeriodStart = closed.PeriodStart.AddMonths(period) }, default);
        }

        var alarms = 0L;
        using var listener = new MeterListener { InstrumentPublished = (instrument, listening) => Listen(instrument, listening) };
        listener.SetMeasurementEventCallback<long>((_, count, _, _) => Interlocked.Add(ref alarms, count));
        listener.Start();
        // Every kind of invoice counts, and what is refused leaves nothing behind.
        await Assert.ThrowsAsync<InvalidOperationException>(() => charge.Handle(closed with { PeriodStart = closed.PeriodStart.AddMonths(50) }, default));
        Assert.Equal(1, alarms);
        Assert.Equal(WriteInvoice.InvoicesPerDay, await app.Database.Scalar<long>("select count(*) from invoices where subscription_id = $1", approved.SubscriptionId));

        await app.Advance(TimeSpan.FromDays(1));
        await charge.Handle(closed with { PeriodStart = closed.PeriodStart.AddMonths(50) }, default);
        Assert.Equal(1, alarms);

        static void Listen(Instrument instrument, MeterListener listening)
        {
            if (instrument.Name == WriteInvoice.Alarm)
            {
                listening.EnableMeasurementEvents(instrument);
            }
        }
    }

    [Fact]
    public async Task An_invoice_below_what_Stripe_charges_is_paid_at_once()
    {
        var seller = await Seller.Open(app);
        var approved = seller.Approved(Plans.Of(model: "unit", unitAmount: "1", setupFee: 1000));
        await seller.Charge(approved);
        await app.Make<ChargeClosedPeriod>().Handle(Seller.Closed(approved, 7), default);
        await seller.Until(await seller.InvoiceOf(approved.SubscriptionId, "period"), "paid");
    }

    [Fact]
    public async Task Unpaid_on_its_due_date_it_is_past_due_and_paid_late_it_is_paid()
    {
        var seller = await Seller.Open(app);
        var id = await seller.Charge(seller.Approved(Plans.Of(basePrice: 2500, paymentTermDays: 7)));
        var open = await seller.Until(id, "open");
        await app.Advance(TimeSpan.FromDays(6));
        Assert.Equal("open", (await seller.Invoice(id)).GetProperty("status").GetString());
        await app.Advance(TimeSpan.FromDays(2));
        var late = await seller.Until(id, "past_due");
        Assert.Equal(("pending", "past_due"), (late.GetProperty("level").GetString(), late.GetProperty("reasons")[0].GetProperty("type").GetString()));

        await app.Stripe.Pay(open.GetProperty("hostedInvoiceUrl").GetString()!);
        await seller.Hear(await seller.StripeId(id));
        Assert.Equal("paid", (await seller.Invoice(id)).GetProperty("status").GetString());
    }

    [Fact]
    public async Task Paid_in_time_with_the_webhook_lost_it_is_never_past_due()
    {
        var seller = await Seller.Open(app);
        var id = await seller.Charge(seller.Approved(Plans.Of(basePrice: 2500, paymentTermDays: 7)));
        var open = await seller.Until(id, "open");
        await app.Stripe.Pay(open.GetProperty("hostedInvoiceUrl").GetString()!);
        await app.Advance(TimeSpan.FromDays(8));
        await seller.Until(id, "paid");
        Assert.Equal(["draft", "open", "paid"], (await app.Announced<InvoiceChanged>(m => m.InvoiceId == id)).Select(m => m.Status));
    }
}
