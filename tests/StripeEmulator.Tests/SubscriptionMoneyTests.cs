using static Marketplace.StripeEmulator.Tests.SubscriptionCaller;

namespace Marketplace.StripeEmulator.Tests;

/// <summary>What a subscription costs and who pays it where time, methods and settings meet.</summary>
public sealed class SubscriptionMoneyTests(EmulatorApp app) : IClassFixture<EmulatorApp>
{
    private readonly SubscriptionCaller caller = new(app.NewAccount());

    [Fact]
    public async Task A_retry_charges_the_method_that_the_subscription_has_now()
    {
        var customer = await caller.Customer();
        var subscription = await caller.Subscribe(customer, await caller.Price());
        await Take(subscription.Id, customer, "pm_card_chargeCustomerFail");
        await caller.To(Start + Month + 7_200);
        Assert.Equal("past_due", await caller.Status(subscription.Id));
        await Take(subscription.Id, customer, "pm_card_visa");
        await caller.To(Start + Month + (4 * Day));
        var latest = await caller.Latest(subscription.Id);
        Assert.Equal(("active", "paid"), (await caller.Status(subscription.Id), latest.Text("status")));
        Assert.Null(latest.At("default_payment_method"));
        Assert.Equal(2, latest.Number("attempt_count"));
    }

    [Fact]
    public async Task Paying_the_latest_invoice_ends_being_unpaid_whatever_is_open_from_before()
    {
        await caller.Dunning(new { retryDays = new[] { 1 }, subscription = "unpaid" });
        var customer = await caller.Customer();
        var subscription = await caller.Subscribe(customer, await caller.Price());
        await caller.Pay(customer, "pm_card_chargeCustomerFail");
        await caller.To(Start + Month + (5 * Day));
        Assert.Equal("unpaid", await caller.Status(subscription.Id));
        await caller.To(Start + (61 * Day));
        await caller.Pay(customer, "pm_card_visa");
        var latest = await caller.Latest(subscription.Id);
        Assert.Equal("draft", latest.Text("status"));
        (await caller.Post($"/v1/invoices/{latest.Id}/pay")).Ok();
        Assert.Equal("active", await caller.Status(subscription.Id));
        Assert.Equal(["paid", "open", "paid"], (await caller.Invoices(subscription.Id)).Select(i => i["status"]!.GetValue<string>()));
    }

    [Theory]
    [InlineData("past_due", "past_due")]
    [InlineData("unpaid", "unpaid")]
    [InlineData("cancel", "canceled")]
    public async Task An_invoice_given_up_by_dunning_leaves_the_subscription_to_the_settings(string setting, string status)
    {
        await caller.Dunning(new { retryDays = new[] { 1 }, subscription = setting, invoice = "uncollectible" });
        var customer = await caller.Customer();
        var subscription = await caller.Subscribe(customer, await caller.Price());
        await caller.Pay(customer, "pm_card_chargeCustomerFail");
        await caller.To(Start + Month + (5 * Day));
        Assert.Equal((status, "uncollectible"), (await caller.Status(subscription.Id), (await caller.Latest(subscription.Id)).Text("status")));
    }

    [Fact]
    public async Task An_end_within_a_period_shortens_it_and_its_price()
    {
        var customer = await caller.Customer();
        var subscription = await caller.Subscribe(customer, await caller.Price(3100));
        var path = "/v1/subscriptions/" + subscription.Id;
        Assert.Equal(Start + (21 * Day), (await caller.Post(path, $"cancel_at={Start + (21 * Day)}")).Ok().Number("items.data.0.current_period_end"));
        Assert.Equal([-1000], await Pending(customer));
        Assert.Equal(Start + Month, (await caller.Post(path, "cancel_at=")).Ok().Number("items.data.0.current_period_end"));
        Assert.Equal([1000, -1000], await Pending(customer));
        (await caller.Post(path, $"cancel_at={Start + Month + (10 * Day)}")).Ok();
        await caller.To(Start + Month + 7_200);
        var last = await caller.Latest(subscription.Id);
        Assert.Equal((1069L, Start + Month + (10 * Day)), (last.Number("total"), last.Number("lines.data.2.period.end")));
        await caller.To(Start + Month + (11 * Day));
        Assert.Equal(("canceled", Start + Month + (10 * Day)), (await caller.Status(subscription.Id), (await caller.Subscription(subscription.Id)).Number("ended_at")));
        Assert.Equal(2, (await caller.Invoices(subscription.Id)).Count);
    }

    [Theory]
    [InlineData("flexible")]
    [InlineData("classic")]
    public async Task A_change_before_an_end_within_the_period_is_prorated_up_to_it(string mode)
    {
        var customer = await caller.Customer();
        var subscription = await caller.Subscribe(customer, await caller.Price(3100), "billing_mode[type]=" + mode);
        (await caller.Post("/v1/subscriptions/" + subscription.Id, $"cancel_at={Start + (21 * Day)}")).Ok();
        await caller.To(Start + (10 * Day));
        (await caller.Post("/v1/subscriptions/" + subscription.Id, $"items[0][id]={subscription.Text("items.data.0.id")}&items[0][quantity]=2")).Ok();
        Assert.Equal([2200, -1100, -1000], await Pending(customer));
    }

    [Fact]
    public async Task The_method_that_pays_for_the_start_is_kept()
    {
        var customer = await caller.Customer(method: null);
        var subscription = await caller.Subscribe(customer, await caller.Price(), "payment_behavior=default_incomplete&payment_settings[save_default_payment_method]=on_subscription&expand[]=latest_invoice.payments");
        var intent = subscription.Text("latest_invoice.payments.data.0.payment.payment_intent");
        Assert.Equal("off_session", (await caller.Post($"/v1/payment_intents/{intent}/confirm", "payment_method=pm_card_visa")).Ok().Text("setup_future_usage"));
        var active = await caller.Subscription(subscription.Id);
        Assert.Equal(("active", (await caller.Get($"/v1/customers/{customer}/payment_methods")).Ok().Text("data.0.id")), (active.Text("status"), active.Text("default_payment_method")));
    }

    [Fact]
    public async Task A_renewals_draft_can_be_added_to_and_not_deleted()
    {
        var customer = await caller.Customer();
        var subscription = await caller.Subscribe(customer, await caller.Price());
        await caller.To(Start + Month + 600);
        var draft = await caller.Latest(subscription.Id);
        (await caller.Post("/v1/invoiceitems", $"customer={customer}&invoice={draft.Id}&amount=250&currency=usd")).Ok();
        Assert.Equal((400, "You can't delete invoices created by subscriptions."), ((await caller.Delete("/v1/invoices/" + draft.Id)).Status, (await caller.Delete("/v1/invoices/" + draft.Id)).Message));
        await caller.To(Start + Month + 7_200);
        Assert.Equal(("paid", 1250L), ((await caller.Latest(subscription.Id)).Text("status"), (await caller.Latest(subscription.Id)).Number("total")));
    }

    [Fact]
    public async Task A_declined_start_that_leaves_nothing_is_declined_again_for_the_same_key()
    {
        var (customer, price) = (await caller.Customer("pm_card_chargeCustomerFail"), await caller.Price());
        var form = $"customer={customer}&items[0][price]={price}&payment_behavior=error_if_incomplete";
        Assert.Equal(402, (await caller.Post("/v1/subscriptions", form, ("Idempotency-Key", "start"))).Status);
        await caller.Pay(customer, "pm_card_visa");
        Assert.Equal(402, (await caller.Post("/v1/subscriptions", form, ("Idempotency-Key", "start"))).Status);
        Assert.Equal("active", (await caller.Post("/v1/subscriptions", form, ("Idempotency-Key", "start again"))).Ok().Text("status"));
    }

    [Fact]
    public async Task Discounts_of_a_subscription_are_told_and_an_update_that_changes_nothing_is_not()
    {
        var coupon = (await caller.Post("/v1/coupons", "percent_off=50&duration=forever")).Ok().Id;
        var subscription = await caller.Subscribe(await caller.Customer(), await caller.Price(), $"discounts[0][coupon]={coupon}&metadata[a]=1");
        (await caller.Post("/v1/subscriptions/" + subscription.Id, "discounts=")).Ok();
        Assert.Equal(["customer.discount.created", "customer.discount.deleted"], await caller.Told("customer.discount"));
        var told = (await caller.Told()).Count;
        (await caller.Post("/v1/subscriptions/" + subscription.Id, "metadata[a]=1")).Ok();
        Assert.Equal(told, (await caller.Told()).Count);
    }

    [Fact]
    public async Task Dinars_have_three_decimals_and_the_last_is_0()
    {
        Assert.Equal("amount", (await caller.Post("/v1/payment_intents", "amount=12345&currency=kwd")).Text("error.param"));
        Assert.Equal(12_340, (await caller.Post("/v1/payment_intents", "amount=12340&currency=kwd")).Ok().Number("amount"));
        var product = (await caller.Post("/v1/products", "name=Gold")).Ok().Id;
        var price = (await caller.Post("/v1/prices", $"product={product}&unit_amount=1500&currency=kwd&recurring[interval]=month")).Ok().Id;
        var subscription = await caller.Subscribe(await caller.Customer(), price);
        Assert.Equal("1 × Gold (at 1.500 KWD / month)", (await caller.Latest(subscription.Id)).Text("lines.data.0.description"));
    }

    [Fact]
    public async Task Data_of_a_list_is_one_of_the_four_levels_of_an_expansion()
    {
        Assert.Equal("You cannot expand more than 4 levels of a property.", (await caller.Get("/v1/invoices?expand[]=data.payments.data.payment.payment_intent")).Message);
        (await caller.Get("/v1/subscriptions?expand[]=data.latest_invoice.customer.test_clock")).Ok();
    }

    private async Task Take(string subscription, string customer, string method)
    {
        var attached = (await caller.Post($"/v1/payment_methods/{method}/attach", "customer=" + customer)).Ok().Id;
        (await caller.Post("/v1/subscriptions/" + subscription, "default_payment_method=" + attached)).Ok();
    }

    private async Task<IEnumerable<long>> Pending(string customer) =>
        (await caller.Get($"/v1/invoiceitems?customer={customer}&pending=true")).Ok()["data"]!.AsArray().Select(i => i!["amount"]!.GetValue<long>());
}
