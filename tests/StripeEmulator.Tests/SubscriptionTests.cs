using static Marketplace.StripeEmulator.Tests.SubscriptionCaller;

namespace Marketplace.StripeEmulator.Tests;

/// <summary>Beginning, renewing and ending.</summary>
public sealed class SubscriptionTests(EmulatorApp app) : IClassFixture<EmulatorApp>
{
    private readonly SubscriptionCaller caller = new(app.NewAccount());

    [Fact]
    public async Task A_subscription_that_is_charged_begins_active_with_a_paid_invoice()
    {
        var (customer, price) = (await caller.Customer(), await caller.Price());
        var subscription = await caller.Subscribe(customer, price, "items[0][quantity]=3&metadata[a]=b&expand[]=latest_invoice.payments");
        Assert.Equal(("active", "usd", Start, Start), (subscription.Text("status"), subscription.Text("currency"), subscription.Number("start_date"), subscription.Number("billing_cycle_anchor")));
        Assert.Equal((price, 3L, Start, Start + Month), (subscription.Text("items.data.0.price.id"), subscription.Number("items.data.0.quantity"), subscription.Number("items.data.0.current_period_start"), subscription.Number("items.data.0.current_period_end")));
        Assert.Equal(("flexible", "plan"), (subscription.Text("billing_mode.type"), subscription.Text("items.data.0.plan.object")));
        var invoice = await caller.Latest(subscription.Id);
        Assert.Equal(("paid", "subscription_create", 3000L, subscription.Id), (invoice.Text("status"), invoice.Text("billing_reason"), invoice.Number("total"), invoice.Text("parent.subscription_details.subscription")));
        Assert.Equal(("3 × Gold (at $10.00 / month)", Start, Start + Month), (invoice.Text("lines.data.0.description"), invoice.Number("lines.data.0.period.start"), invoice.Number("lines.data.0.period.end")));
        Assert.Equal(
            ["customer.subscription.created", "invoice.created", "payment_intent.created", "invoice.updated", "invoice.finalized", "charge.succeeded", "payment_intent.succeeded", "invoice_payment.paid", "invoice.updated", "invoice.paid", "invoice.payment_succeeded", "customer.subscription.updated"],
            (await caller.Told()).SkipWhile(t => t != "customer.subscription.created"));
        Assert.Equal("incomplete", (await caller.Events())[^1]["data"]!["previous_attributes"]!["status"]!.GetValue<string>());
    }

    [Fact]
    public async Task It_renews_every_month_with_a_draft_that_is_finalized_an_hour_later_and_charged()
    {
        var subscription = await caller.Subscribe(await caller.Customer(), await caller.Price());
        var before = (await caller.Events()).Count;
        await caller.To(Start + Month);
        var renewed = await caller.Subscription(subscription.Id);
        Assert.Equal((Start + Month, Start + Month + (29 * Day)), (renewed.Number("items.data.0.current_period_start"), renewed.Number("items.data.0.current_period_end")));
        var draft = await caller.Latest(subscription.Id);
        Assert.Equal(("draft", "subscription_cycle", 1000L, Start + Month + 3_600), (draft.Text("status"), draft.Text("billing_reason"), draft.Number("total"), draft.Number("automatically_finalizes_at")));
        await caller.To(Start + Month + 3_600);
        Assert.Equal("paid", (await caller.Latest(subscription.Id)).Text("status"));
        var events = (await caller.Events()).Skip(before).Where(e => !e["type"]!.GetValue<string>().StartsWith("test_helpers", StringComparison.Ordinal)).ToList();
        Assert.Equal(["invoice.upcoming", "customer.subscription.updated", "invoice.created"], events.Take(3).Select(e => e["type"]!.GetValue<string>()));
        Assert.Null(events[0]["data"]!["object"]!["id"]);
        Assert.Equal(1000, events[0]["data"]!["object"]!["amount_due"]!.GetValue<long>());
        Assert.Equal(["items", "latest_invoice"], events[1]["data"]!["previous_attributes"]!.AsObject().Select(p => p.Key).Order());
    }

    [Fact]
    public async Task Months_that_lack_the_anchors_day_end_on_their_last_and_the_day_comes_back()
    {
        var (customer, price) = (await caller.Customer(), await caller.Price());
        await caller.To(Start + (30 * Day)); // 31 January
        var subscription = await caller.Subscribe(customer, price);
        var ends = new List<string>();
        for (var month = 0; month < 4; month++)
        {
            var end = (await caller.Subscription(subscription.Id)).Number("items.data.0.current_period_end");
            ends.Add(DateTimeOffset.FromUnixTimeSeconds(end).ToString("MM-dd"));
            await caller.To(end);
        }

        Assert.Equal(["02-29", "03-31", "04-30", "05-31"], ends);
    }

    [Fact]
    public async Task An_invoice_that_is_sent_leaves_the_subscription_active_and_past_due_after_its_date()
    {
        var subscription = await caller.Subscribe(await caller.Customer(null), await caller.Price(), "collection_method=send_invoice&days_until_due=10");
        Assert.Equal("active", subscription.Text("status"));
        var invoice = await caller.Latest(subscription.Id);
        Assert.Equal(("draft", Start + (10 * Day)), (invoice.Text("status"), invoice.Number("due_date")));
        await caller.To(Start + Day);
        Assert.Equal("open", (await caller.Latest(subscription.Id)).Text("status"));
        Assert.Contains("invoice.sent", await caller.Told());
        await caller.To(Start + (11 * Day));
        Assert.Equal("past_due", await caller.Status(subscription.Id));
        (await caller.Post($"/v1/invoices/{invoice.Id}/pay", "paid_out_of_band=true")).Ok();
        Assert.Equal("active", await caller.Status(subscription.Id));
    }

    [Theory]
    [InlineData("customer={0}", "items", "parameter_missing")]
    [InlineData("items[0][price]={1}", "customer", "parameter_missing")]
    [InlineData("customer={0}&items[0][price]=price_none", "items[0][price]", "resource_missing")]
    [InlineData("customer={0}&items[0][price]={1}&items[1][price]={1}", "items", "")]
    [InlineData("customer={0}&items[0][price]={1}&trial_end=5", "trial_end", "")]
    [InlineData("customer={0}&items[0][price]={1}&trial_period_days=1&trial_end=now", "trial_end", "parameters_exclusive")]
    [InlineData("customer={0}&items[0][price]={1}&days_until_due=3", "days_until_due", "")]
    [InlineData("customer={0}&items[0][price]={1}&collection_method=send_invoice", "days_until_due", "parameter_missing")]
    [InlineData("customer={0}&items[0][price]={1}&cancel_at=5", "cancel_at", "")]
    [InlineData("customer={0}&items[0][price]={1}&billing_cycle_anchor=5", "billing_cycle_anchor", "")]
    [InlineData("customer={0}&items[0][price]={1}&payment_behavior=pending_if_incomplete", "payment_behavior", "")]
    [InlineData("customer={0}&items[0][price]={1}&default_payment_method=pm_card_visa", "default_payment_method", "resource_missing")]
    [InlineData("customer={0}&items[0][price]={1}&automatic_tax[enabled]=true", "items", "")]
    [InlineData("customer={0}&items[0][price]={1}&billing_thresholds[amount_gte]=5", "billing_thresholds", "")]
    public async Task What_Stripe_does_not_take_is_refused_by_name(string form, string param, string code)
    {
        var answer = await caller.Post("/v1/subscriptions", string.Format(null, form, await caller.Customer(), await caller.Price()));
        Assert.Equal((400, param, code), (answer.Status, answer.Text("error.param"), answer.Code));
    }

    [Fact]
    public async Task A_customer_without_a_payment_method_cannot_be_charged()
    {
        var (customer, price) = (await caller.Customer(null), await caller.Price());
        var answer = await caller.Post("/v1/subscriptions", $"customer={customer}&items[0][price]={price}");
        Assert.Equal((400, "resource_missing"), (answer.Status, answer.Code));
        Assert.StartsWith("This customer has no attached payment source or default payment method.", answer.Message, StringComparison.Ordinal);
        Assert.Empty((await caller.Get($"/v1/subscriptions?customer={customer}")).Ok()["data"]!.AsArray());
        Assert.Equal("active", (await caller.Subscribe(customer, await caller.Price(0))).Text("status"));
    }

    [Fact]
    public async Task Canceling_ends_it_at_once_and_stops_what_is_still_to_be_collected()
    {
        var subscription = await caller.Subscribe(await caller.Customer(), await caller.Price());
        await caller.To(Start + Month);
        var canceled = (await caller.Delete($"/v1/subscriptions/{subscription.Id}?cancellation_details[comment]=bye")).Ok();
        Assert.Equal(("canceled", Start + Month, Start + Month, "bye", "cancellation_requested"), (canceled.Text("status"), canceled.Number("canceled_at"), canceled.Number("ended_at"), canceled.Text("cancellation_details.comment"), canceled.Text("cancellation_details.reason")));
        var draft = await caller.Latest(subscription.Id);
        Assert.Equal(("draft", false), (draft.Text("status"), draft["auto_advance"]!.GetValue<bool>()));
        await caller.To(Start + Month + Day);
        Assert.Equal("draft", (await caller.Latest(subscription.Id)).Text("status"));
        Assert.Equal(404, (await caller.Delete($"/v1/subscriptions/{subscription.Id}")).Status);
        var refused = await caller.Post($"/v1/subscriptions/{subscription.Id}", "description=x");
        Assert.Equal((400, "A canceled subscription can only update its cancellation_details and metadata."), (refused.Status, refused.Message));
        Assert.Equal("1", (await caller.Post($"/v1/subscriptions/{subscription.Id}", "metadata[late]=1")).Ok().Text("metadata.late"));
    }

    [Fact]
    public async Task Canceling_at_the_end_of_the_period_can_be_undone_before_it()
    {
        var subscription = await caller.Subscribe(await caller.Customer(), await caller.Price());
        var asked = (await caller.Post($"/v1/subscriptions/{subscription.Id}", "cancel_at_period_end=true")).Ok();
        Assert.Equal(("active", true, Start + Month), (asked.Text("status"), asked["cancel_at_period_end"]!.GetValue<bool>(), asked.Number("cancel_at")));
        var undone = (await caller.Post($"/v1/subscriptions/{subscription.Id}", "cancel_at_period_end=false")).Ok();
        Assert.Null(undone["cancel_at"]);
        Assert.Null(undone["canceled_at"]);
        (await caller.Post($"/v1/subscriptions/{subscription.Id}", "cancel_at=min_period_end")).Ok();
        await caller.To(Start + Month + Day);
        var ended = await caller.Subscription(subscription.Id);
        Assert.Equal(("canceled", Start + Month, Start), (ended.Text("status"), ended.Number("ended_at"), ended.Number("canceled_at")));
        Assert.Single(await caller.Invoices(subscription.Id));
    }

    [Fact]
    public async Task Canceling_with_a_last_invoice_credits_the_unused_time()
    {
        var (customer, price) = (await caller.Customer(), await caller.Price(3100));
        var subscription = await caller.Subscribe(customer, price);
        await caller.To(Start + (10 * Day));
        (await caller.Delete($"/v1/subscriptions/{subscription.Id}?prorate=true&invoice_now=true")).Ok();
        var last = await caller.Latest(subscription.Id);
        Assert.Equal((-2100L, "paid", "Unused time on Gold after 11 Jan 2024"), (last.Number("total"), last.Text("status"), last.Text("lines.data.0.description")));
        Assert.Equal(-2100, (await caller.Get($"/v1/customers/{customer}")).Ok().Number("balance"));
    }

    [Fact]
    public async Task Deleting_the_customer_cancels_its_subscriptions()
    {
        var customer = await caller.Customer();
        var subscription = await caller.Subscribe(customer, await caller.Price());
        (await caller.Delete($"/v1/customers/{customer}")).Ok();
        Assert.Equal("canceled", await caller.Status(subscription.Id));
        Assert.Contains("customer.subscription.deleted", await caller.Told());
    }

    [Fact]
    public async Task Lists_leave_out_the_canceled_unless_asked_and_filter_by_price()
    {
        var (customer, gold, silver) = (await caller.Customer(), await caller.Price(), await caller.Price(500));
        var (one, other) = (await caller.Subscribe(customer, gold), await caller.Subscribe(customer, silver));
        (await caller.Delete($"/v1/subscriptions/{other.Id}")).Ok();
        foreach (var (query, ids) in ((string, string[])[])[("", [one.Id]), ("&status=all", [other.Id, one.Id]), ("&status=canceled", [other.Id]), ("&status=ended", [other.Id]), ("&status=trialing", []), ($"&status=all&price={silver}", [other.Id]), ($"&current_period_end[gt]={Start + Month}", [])])
        {
            Assert.Equal(ids, (await caller.Get($"/v1/subscriptions?customer={customer}{query}")).Ok()["data"]!.AsArray().Select(s => s!["id"]!.GetValue<string>()));
        }

        Assert.Empty((await caller.Get("/v1/subscriptions")).Ok()["data"]!.AsArray());
        Assert.Equal(2, (await caller.Get($"/v1/subscriptions?status=all&test_clock={caller.Clock}")).Ok()["data"]!.AsArray().Count);
        Assert.Equal([other.Id], (await caller.Get("/v1/subscriptions/search?query=" + Uri.EscapeDataString("status:\"canceled\""))).Ok()["data"]!.AsArray().Select(s => s!["id"]!.GetValue<string>()));
    }

    [Fact]
    public async Task Older_versions_show_the_period_on_the_subscription()
    {
        var subscription = await caller.Subscribe(await caller.Customer(), await caller.Price());
        foreach (var version in (string[])["2022-11-15", "2024-06-20"])
        {
            var old = (await caller.Get($"/v1/subscriptions/{subscription.Id}?expand[]=latest_invoice", ("Stripe-Version", version))).Ok();
            Assert.Equal((Start, Start + Month, subscription.Id), (old.Number("current_period_start"), old.Number("current_period_end"), old.Text("latest_invoice.subscription")));
            Assert.Null(old.At("items.data.0.current_period_end"));
            Assert.Null(old["billing_mode"]);
        }

        var classic = (await caller.Post("/v1/subscriptions", $"customer={subscription.Text("customer")}&items[0][price]={await caller.Price()}", ("Stripe-Version", "2024-06-20"))).Ok();
        Assert.Equal("classic", (await caller.Subscription(classic.Id)).Text("billing_mode.type"));
        Assert.Equal("flexible", (await caller.Post($"/v1/subscriptions/{classic.Id}/migrate", "billing_mode[type]=flexible")).Ok().Text("billing_mode.type"));
        Assert.Equal(400, (await caller.Post($"/v1/subscriptions/{classic.Id}/migrate", "billing_mode[type]=flexible")).Status);
    }

    [Fact]
    public async Task Items_can_wait_for_a_subscriptions_invoice_or_be_invoiced_by_hand()
    {
        var (customer, price) = (await caller.Customer(), await caller.Price());
        var (one, other) = (await caller.Subscribe(customer, price), await caller.Subscribe(customer, price));
        var item = (await caller.Post("/v1/invoiceitems", $"customer={customer}&subscription={one.Id}&amount=70&currency=usd")).Ok();
        Assert.Equal(one.Id, item.Text("parent.subscription_details.subscription"));
        Assert.Equal("invoice_no_subscription_line_items", (await caller.Post("/v1/invoices", $"customer={customer}&subscription={other.Id}")).Code);
        var byHand = (await caller.Post("/v1/invoices", $"customer={customer}&subscription={one.Id}")).Ok();
        Assert.Equal((70L, one.Id, "manual"), (byHand.Number("total"), byHand.Text("parent.subscription_details.subscription"), byHand.Text("billing_reason")));
        (await caller.Post("/v1/invoiceitems", $"customer={customer}&subscription={one.Id}&amount=80&currency=usd")).Ok();
        await caller.To(Start + Month);
        Assert.Equal((1080L, 1000L), ((await caller.Latest(one.Id)).Number("total"), (await caller.Latest(other.Id)).Number("total")));
        Assert.Equal("subscription", (await caller.Post("/v1/invoiceitems", $"customer={await caller.Customer()}&subscription={one.Id}&amount=80&currency=usd")).Text("error.param"));
    }

    [Fact]
    public async Task Expanding_reaches_a_customers_subscriptions_and_an_items_product()
    {
        var subscription = await caller.Subscribe(await caller.Customer(), await caller.Price());
        var shown = (await caller.Get($"/v1/customers/{subscription.Text("customer")}?expand[]=subscriptions")).Ok();
        Assert.Equal(subscription.Id, shown.Text("subscriptions.data.0.id"));
        Assert.Equal("Gold", (await caller.Get($"/v1/subscriptions/{subscription.Id}?expand[]=items.data.price.product")).Ok().Text("items.data.0.price.product.name"));
    }

    [Fact]
    public async Task A_trial_without_a_payment_method_asks_for_one_and_takes_it()
    {
        var subscription = await caller.Subscribe(await caller.Customer(null), await caller.Price(), "trial_period_days=10&expand[]=pending_setup_intent");
        Assert.Equal("requires_payment_method", subscription.Text("pending_setup_intent.status"));
        (await caller.Post($"/v1/setup_intents/{subscription.Text("pending_setup_intent.id")}/confirm", "payment_method=pm_card_visa")).Ok();
        var ready = await caller.Subscription(subscription.Id);
        Assert.Null(ready["pending_setup_intent"]);
        Assert.StartsWith("pm_", ready.Text("default_payment_method"), StringComparison.Ordinal);
        await caller.To(Start + (10 * Day) + 3_600);
        Assert.Equal(("active", "paid"), (await caller.Status(subscription.Id), (await caller.Latest(subscription.Id)).Text("status")));
    }
}
