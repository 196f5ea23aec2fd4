using static Marketplace.StripeEmulator.Tests.SubscriptionCaller;

namespace Marketplace.StripeEmulator.Tests;

/// <summary>Other prices, quantities and times while it runs, and what they cost.</summary>
public sealed class SubscriptionChangeTests(EmulatorApp app) : IClassFixture<EmulatorApp>
{
    private readonly SubscriptionCaller caller = new(app.NewAccount());

    [Fact]
    public async Task Another_price_credits_the_unused_time_and_charges_the_remaining_on_the_next_invoice()
    {
        var subscription = await Running(3100, 10);
        var item = subscription.Text("items.data.0.id");
        var changed = (await caller.Post($"/v1/subscriptions/{subscription.Id}", $"items[0][id]={item}&items[0][price]={await caller.Price(6200, name: "Platinum")}")).Ok();
        Assert.Equal((item, 6200L), (changed.Text("items.data.0.id"), changed.Number("items.data.0.price.unit_amount")));
        var pending = (await caller.Get($"/v1/invoiceitems?customer={subscription.Text("customer")}&pending=true")).Ok();
        Assert.Equal(
            [("Remaining time on Platinum after 11 Jan 2024", 4200L), ("Unused time on Gold after 11 Jan 2024", -2100L)],
            pending["data"]!.AsArray().Select(i => (i!["description"]!.GetValue<string>(), i["amount"]!.GetValue<long>())));
        await caller.To(Start + Month);
        var renewal = await caller.Latest(subscription.Id);
        Assert.Equal((8300L, 3), (renewal.Number("total"), renewal["lines"]!["data"]!.AsArray().Count));
        Assert.Equal(["subscription_item_details", "subscription_item_details", "subscription_item_details"], renewal["lines"]!["data"]!.AsArray().Select(l => l!["parent"]!["type"]!.GetValue<string>()));
        Assert.True(renewal.At("lines.data.0.parent.subscription_item_details.proration")!.GetValue<bool>());
    }

    [Fact]
    public async Task Always_invoice_bills_the_difference_at_once_and_none_bills_nothing()
    {
        var subscription = await Running(3100, 10);
        var item = subscription.Text("items.data.0.id");
        (await caller.Post($"/v1/subscriptions/{subscription.Id}", $"items[0][id]={item}&items[0][quantity]=3&proration_behavior=always_invoice")).Ok();
        var invoice = await caller.Latest(subscription.Id);
        Assert.Equal(("paid", "subscription_update", 4200L), (invoice.Text("status"), invoice.Text("billing_reason"), invoice.Number("amount_paid")));
        Assert.Equal("Remaining time on 3 × Gold after 11 Jan 2024", invoice.Text("lines.data.0.description"));
        (await caller.Post($"/v1/subscriptions/{subscription.Id}", $"items[0][id]={item}&items[0][quantity]=1&proration_behavior=none")).Ok();
        Assert.Empty((await caller.Get($"/v1/invoiceitems?customer={subscription.Text("customer")}&pending=true")).Ok()["data"]!.AsArray());
        Assert.Equal(2, (await caller.Invoices(subscription.Id)).Count);
    }

    [Fact]
    public async Task A_date_for_the_proration_must_lie_in_the_period()
    {
        var subscription = await Running(3100, 10);
        var item = subscription.Text("items.data.0.id");
        (await caller.Post($"/v1/subscriptions/{subscription.Id}", $"items[0][id]={item}&items[0][quantity]=2&proration_date={Start + (21 * Day)}&proration_behavior=always_invoice")).Ok();
        Assert.Equal(1000, (await caller.Latest(subscription.Id)).Number("total"));
        Assert.Equal("Invalid proration_date: must be within the subscription's current period.", (await caller.Post($"/v1/subscriptions/{subscription.Id}", $"items[0][id]={item}&items[0][quantity]=3&proration_date=5")).Message);
    }

    [Fact]
    public async Task Another_interval_begins_a_new_period_and_is_billed_at_once()
    {
        var subscription = await Running(3100, 10);
        var item = subscription.Text("items.data.0.id");
        var changed = (await caller.Post($"/v1/subscriptions/{subscription.Id}", $"items[0][id]={item}&items[0][price]={await caller.Price(30_000, "recurring[interval]=year")}")).Ok();
        Assert.Equal((Start + (10 * Day), Start + (376 * Day)), (changed.Number("billing_cycle_anchor"), changed.Number("items.data.0.current_period_end")));
        Assert.Equal((27_900L, "paid"), ((await caller.Latest(subscription.Id)).Number("total"), (await caller.Latest(subscription.Id)).Text("status")));
        var anchored = await Running(3100, 20);
        var now = (await caller.Get($"/v1/test_helpers/test_clocks/{caller.Clock}")).Ok().Number("frozen_time");
        Assert.Equal(now, (await caller.Post($"/v1/subscriptions/{anchored.Id}", "billing_cycle_anchor=now&proration_behavior=none")).Ok().Number("billing_cycle_anchor"));
        Assert.Equal(3100, (await caller.Latest(anchored.Id)).Number("total"));
    }

    [Fact]
    public async Task Items_are_added_changed_and_deleted_one_by_one()
    {
        var subscription = await Running(3100, 10);
        var added = (await caller.Post("/v1/subscription_items", $"subscription={subscription.Id}&price={await caller.Price(310)}&quantity=2")).Ok();
        Assert.Equal((subscription.Id, 2L, Start + Month), (added.Text("subscription"), added.Number("quantity"), added.Number("current_period_end")));
        Assert.Equal(5, (await caller.Post($"/v1/subscription_items/{added.Id}", "quantity=5&metadata[a]=b")).Ok().Number("quantity"));
        Assert.Equal([added.Id, subscription.Text("items.data.0.id")], (await caller.Get($"/v1/subscription_items?subscription={subscription.Id}")).Ok()["data"]!.AsArray().Select(i => i!["id"]!.GetValue<string>()));
        Assert.True((await caller.Delete($"/v1/subscription_items/{added.Id}")).Ok()["deleted"]!.GetValue<bool>());
        Assert.Equal(404, (await caller.Get($"/v1/subscription_items/{added.Id}")).Status);
        Assert.Equal("A subscription must have at least one active item.", (await caller.Delete($"/v1/subscription_items/{subscription.Text("items.data.0.id")}")).Message);
        var amounts = (await caller.Get($"/v1/invoiceitems?customer={subscription.Text("customer")}&pending=true")).Ok()["data"]!.AsArray().Select(i => i!["amount"]!.GetValue<long>());
        Assert.Equal([-1050, 1050, -420, 420], amounts);
    }

    [Fact]
    public async Task A_trial_costs_nothing_warns_three_days_before_its_end_and_goes_on()
    {
        var subscription = await caller.Subscribe(await caller.Customer(), await caller.Price(), "trial_period_days=10");
        Assert.Equal(("trialing", Start + (10 * Day), Start + (10 * Day)), (subscription.Text("status"), subscription.Number("trial_end"), subscription.Number("items.data.0.current_period_end")));
        var free = await caller.Latest(subscription.Id);
        Assert.Equal((0L, "paid", "Trial period for Gold"), (free.Number("total"), free.Text("status"), free.Text("lines.data.0.description")));
        await caller.To(Start + (7 * Day) - 1);
        Assert.DoesNotContain("customer.subscription.trial_will_end", await caller.Told());
        await caller.To(Start + (7 * Day));
        Assert.Contains("customer.subscription.trial_will_end", await caller.Told());
        await caller.To(Start + (11 * Day));
        var begun = await caller.Subscription(subscription.Id);
        Assert.Equal(("active", Start + (10 * Day), Start + (41 * Day)), (begun.Text("status"), begun.Number("items.data.0.current_period_start"), begun.Number("items.data.0.current_period_end")));
        Assert.Equal((1000L, "paid"), ((await caller.Latest(subscription.Id)).Number("total"), (await caller.Latest(subscription.Id)).Text("status")));
        Assert.Single(await caller.Told("customer.subscription.trial_will_end"));
    }

    [Theory]
    [InlineData("pause", "paused", "customer.subscription.paused")]
    [InlineData("cancel", "canceled", "customer.subscription.deleted")]
    [InlineData("create_invoice", "active", "invoice.created")]
    public async Task A_trial_that_ends_without_a_payment_method_does_as_it_was_told(string behavior, string status, string told)
    {
        var subscription = await caller.Subscribe(await caller.Customer(null), await caller.Price(), $"trial_period_days=1&trial_settings[end_behavior][missing_payment_method]={behavior}");
        Assert.Contains("customer.subscription.trial_will_end", await caller.Told());
        await caller.To(Start + Day);
        Assert.Equal(status, await caller.Status(subscription.Id));
        Assert.Contains(told, await caller.Told());
    }

    [Fact]
    public async Task A_paused_subscription_resumes_when_its_invoice_is_paid()
    {
        var customer = await caller.Customer(null);
        var subscription = await caller.Subscribe(customer, await caller.Price(), "trial_period_days=1&trial_settings[end_behavior][missing_payment_method]=pause");
        Assert.Equal("paused", (await caller.Post($"/v1/subscriptions/{subscription.Id}", "trial_end=now")).Ok().Text("status"));
        Assert.Equal("paused", (await caller.Post($"/v1/subscriptions/{subscription.Id}/resume")).Ok().Text("status"));
        await caller.To(Start + Day);
        var unpaid = await caller.Latest(subscription.Id);
        Assert.Equal(("void", "paused"), (unpaid.Text("status"), await caller.Status(subscription.Id)));
        await caller.Pay(customer, "pm_card_visa");
        var resumed = (await caller.Post($"/v1/subscriptions/{subscription.Id}/resume")).Ok();
        Assert.Equal(("active", Start + Day), (resumed.Text("status"), resumed.Number("billing_cycle_anchor")));
        Assert.Contains("customer.subscription.resumed", await caller.Told());
        Assert.Equal(400, (await caller.Post($"/v1/subscriptions/{subscription.Id}/resume")).Status);
    }

    [Theory]
    [InlineData("void", "void")]
    [InlineData("mark_uncollectible", "uncollectible")]
    [InlineData("keep_as_draft", "draft")]
    public async Task Paused_collection_keeps_the_subscription_and_shelves_its_invoices(string behavior, string status)
    {
        var subscription = await caller.Subscribe(await caller.Customer(), await caller.Price());
        (await caller.Post($"/v1/subscriptions/{subscription.Id}", $"pause_collection[behavior]={behavior}&pause_collection[resumes_at]={Start + Month + (10 * Day)}")).Ok();
        await caller.To(Start + Month + Day);
        Assert.Equal((status, "active"), ((await caller.Latest(subscription.Id)).Text("status"), await caller.Status(subscription.Id)));
        await caller.To(Start + Month + (29 * Day) + Day);
        Assert.Null((await caller.Subscription(subscription.Id))["pause_collection"]);
        Assert.Equal("paid", (await caller.Latest(subscription.Id)).Text("status"));
    }

    [Fact]
    public async Task A_first_period_up_to_the_anchor_is_prorated_and_time_gone_by_is_billed()
    {
        var (customer, price) = (await caller.Customer(), await caller.Price(3100));
        var anchored = await caller.Subscribe(customer, price, $"billing_cycle_anchor={Start + (10 * Day)}");
        Assert.Equal(1000, (await caller.Latest(anchored.Id)).Number("total"));
        Assert.Equal(Start + (10 * Day), anchored.Number("items.data.0.current_period_end"));
        var free = await caller.Subscribe(customer, price, $"billing_cycle_anchor={Start + (10 * Day)}&proration_behavior=none");
        Assert.Null(free["latest_invoice"]);
        Assert.Equal("active", free.Text("status"));
        var back = await caller.Subscribe(customer, price, $"backdate_start_date={Start - (31 * Day)}");
        Assert.Equal((6200L, Start - (31 * Day)), ((await caller.Latest(back.Id)).Number("total"), back.Number("start_date")));
        var day = await caller.Subscribe(customer, price, "billing_cycle_anchor_config[day_of_month]=15");
        Assert.Equal((Start + (14 * Day), 15L), (day.Number("billing_cycle_anchor"), day.Number("billing_cycle_anchor_config.day_of_month")));
    }

    [Fact]
    public async Task A_configured_day_that_a_month_lacks_is_its_last_one_and_comes_back_in_the_next()
    {
        var (customer, price) = (await caller.Customer(), await caller.Price());
        var last = At(Start).AddMonths(1).AddDays(-1);
        await caller.To(last.AddHours(1).ToUnixTimeSeconds());
        const string AtMonthsEnd = "billing_cycle_anchor_config[day_of_month]=31&billing_cycle_anchor_config[hour]=0&billing_cycle_anchor_config[minute]=0&billing_cycle_anchor_config[second]=0&proration_behavior=none";
        var subscription = await caller.Subscribe(customer, price, AtMonthsEnd);
        List<DateTimeOffset> ends = [];
        for (var renewals = 0; renewals < 5; renewals++)
        {
            var end = (await caller.Subscription(subscription.Id)).Number("items.data.0.current_period_end");
            ends.Add(At(end));
            await caller.To(end);
        }

        Assert.Equal([.. Enumerable.Range(0, 5).Select(month => At(Start).AddMonths(month + 2).AddDays(-1))], ends);
        Assert.Contains(ends, end => end.Day < 31);

        // From the 30th to the 31st of the next month is longer than a month, and free like any time before an anchor.
        await caller.To(ends[^1].AddHours(1).ToUnixTimeSeconds());
        var late = await caller.Subscribe(customer, price, AtMonthsEnd);
        Assert.Equal(ends[^1].AddDays(1).AddMonths(1).AddDays(-1), At(late.Number("items.data.0.current_period_end")));
        Assert.Null(late["latest_invoice"]);

        static DateTimeOffset At(long seconds) => DateTimeOffset.FromUnixTimeSeconds(seconds);
    }

    [Fact]
    public async Task Discounts_and_one_time_prices_are_on_the_invoices_they_belong_to()
    {
        var (customer, price) = (await caller.Customer(), await caller.Price());
        var setup = (await caller.Post("/v1/prices", $"product={(await caller.Post("/v1/products", "name=Setup")).Ok().Id}&unit_amount=500&currency=usd")).Ok().Id;
        var once = (await caller.Post("/v1/coupons", "percent_off=50&duration=once")).Ok().Id;
        var subscription = await caller.Subscribe(customer, price, $"add_invoice_items[0][price]={setup}&discounts[0][coupon]={once}");
        Assert.Equal(750, (await caller.Latest(subscription.Id)).Number("total"));
        await caller.To(Start + Month + Day);
        Assert.Equal(1000, (await caller.Latest(subscription.Id)).Number("total"));
        var forever = (await caller.Post("/v1/coupons", "percent_off=10&duration=forever")).Ok().Id;
        (await caller.Post($"/v1/subscriptions/{subscription.Id}", $"discounts[0][coupon]={forever}")).Ok();
        await caller.To(Start + Month + (29 * Day) + Day);
        Assert.Equal(900, (await caller.Latest(subscription.Id)).Number("total"));
        Assert.True((await caller.Delete($"/v1/subscriptions/{subscription.Id}/discount")).Ok()["deleted"]!.GetValue<bool>());
        Assert.Equal(404, (await caller.Delete($"/v1/subscriptions/{subscription.Id}/discount")).Status);
    }

    [Theory]
    [InlineData("2026-07-29.dahlia", -1050)]
    [InlineData("2024-06-20", -2100)]
    public async Task The_flexible_mode_gives_back_what_was_charged_and_the_classic_one_what_the_price_is_now(string version, long credit)
    {
        var (customer, price) = (await caller.Customer(), await caller.Price(3100));
        var half = (await caller.Post("/v1/coupons", "percent_off=50&duration=forever")).Ok().Id;
        var subscription = (await caller.Post("/v1/subscriptions", $"customer={customer}&items[0][price]={price}&discounts[0][coupon]={half}", ("Stripe-Version", version))).Ok();
        (await caller.Delete($"/v1/subscriptions/{subscription.Id}/discount")).Ok();
        await caller.To(Start + (10 * Day));
        (await caller.Post($"/v1/subscriptions/{subscription.Id}", $"items[0][id]={subscription.Text("items.data.0.id")}&items[0][price]={await caller.Price(6200)}")).Ok();
        var pending = (await caller.Get($"/v1/invoiceitems?customer={customer}&pending=true")).Ok();
        Assert.Equal([4200, credit], pending["data"]!.AsArray().Select(i => i!["amount"]!.GetValue<long>()));
        var first = (await caller.Latest(subscription.Id)).Text("lines.data.0.id");
        Assert.Equal(version == "2024-06-20" ? null : first, pending.At("data.1.proration_details.credited_items.invoice_line_item_details.invoice_line_items.0")?.GetValue<string>());
        await caller.To(Start + Month);
        Assert.Equal(6200 + 4200 + credit, (await caller.Latest(subscription.Id)).Number("total"));
    }

    private async Task<Answer> Running(long amount, int days)
    {
        var subscription = await caller.Subscribe(await caller.Customer(), await caller.Price(amount));
        await caller.To(Start + (days * Day));
        return subscription;
    }
}
