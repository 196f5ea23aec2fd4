using static Marketplace.StripeEmulator.Tests.SubscriptionCaller;

namespace Marketplace.StripeEmulator.Tests;

/// <summary>What becomes of a subscription when money does not come.</summary>
public sealed class SubscriptionPaymentTests(EmulatorApp app) : IClassFixture<EmulatorApp>
{
    private const string Fails = "pm_card_chargeCustomerFail";

    private readonly SubscriptionCaller caller = new(app.NewAccount());

    [Theory]
    [InlineData("", "incomplete", "open")]
    [InlineData("payment_behavior=default_incomplete", "incomplete", "open")]
    public async Task A_first_payment_that_fails_leaves_it_incomplete_until_it_is_paid(string form, string status, string invoiceStatus)
    {
        var customer = await caller.Customer(Fails);
        var subscription = await caller.Subscribe(customer, await caller.Price(), form + "&expand[]=latest_invoice.confirmation_secret");
        Assert.Equal((status, invoiceStatus), (subscription.Text("status"), subscription.Text("latest_invoice.status")));
        Assert.StartsWith("pi_", subscription.Text("latest_invoice.confirmation_secret.client_secret"), StringComparison.Ordinal);
        (await caller.Post($"/v1/invoices/{subscription.Text("latest_invoice.id")}/pay", "payment_method=pm_card_visa")).Ok();
        Assert.Equal("active", await caller.Status(subscription.Id));
    }

    [Fact]
    public async Task An_incomplete_subscription_expires_after_23_hours_and_its_invoice_is_void()
    {
        var subscription = await caller.Subscribe(await caller.Customer(Fails), await caller.Price());
        await caller.To(Start + (23 * 3_600) - 1);
        Assert.Equal("incomplete", await caller.Status(subscription.Id));
        await caller.To(Start + (23 * 3_600));
        Assert.Equal(("incomplete_expired", "void"), (await caller.Status(subscription.Id), (await caller.Latest(subscription.Id)).Text("status")));
    }

    [Fact]
    public async Task A_card_that_was_detached_pays_no_renewal()
    {
        var customer = await caller.Customer();
        var method = (await caller.Get($"/v1/customers/{customer}")).Ok().Text("invoice_settings.default_payment_method");
        var subscription = await caller.Subscribe(customer, await caller.Price(), $"default_payment_method={method}");
        (await caller.Post($"/v1/payment_methods/{method}/detach")).Ok();
        await caller.To(Start + Month + 3_600);
        Assert.Equal(("past_due", "open"), (await caller.Status(subscription.Id), (await caller.Latest(subscription.Id)).Text("status")));
        Assert.Equal(400, (await caller.Post($"/v1/invoices/{(await caller.Latest(subscription.Id)).Id}/pay")).Status);
    }

    [Fact]
    public async Task Error_if_incomplete_leaves_nothing_behind()
    {
        var customer = await caller.Customer(Fails);
        var answer = await caller.Post("/v1/subscriptions", $"customer={customer}&items[0][price]={await caller.Price()}&payment_behavior=error_if_incomplete");
        Assert.Equal((402, "card_error", "card_declined"), (answer.Status, answer.Text("error.type"), answer.Code));
        Assert.Empty((await caller.Get($"/v1/subscriptions?customer={customer}&status=all")).Ok()["data"]!.AsArray());
        Assert.Empty((await caller.Get($"/v1/invoices?customer={customer}")).Ok()["data"]!.AsArray());
    }

    [Theory]
    [InlineData("cancel", "open", "canceled", "open")]
    [InlineData("unpaid", "open", "unpaid", "open")]
    [InlineData("past_due", "open", "past_due", "open")]
    [InlineData("cancel", "uncollectible", "canceled", "uncollectible")]
    public async Task A_renewal_that_fails_is_retried_on_the_accounts_schedule_and_ends_as_it_says(string end, string invoiceEnd, string status, string invoiceStatus)
    {
        await caller.Dunning(new { retryDays = (int[])[1, 2], subscription = end, invoice = invoiceEnd });
        var customer = await caller.Customer();
        var subscription = await caller.Subscribe(customer, await caller.Price());
        await caller.Pay(customer, Fails);
        await caller.To(Start + Month + 3_600);
        var first = await caller.Latest(subscription.Id);
        Assert.Equal(("past_due", 1L, Start + Month + 3_600 + Day), (await caller.Status(subscription.Id), first.Number("attempt_count"), first.Number("next_payment_attempt")));
        Assert.True((await caller.Get($"/v1/customers/{customer}")).Ok()["delinquent"]!.GetValue<bool>());
        await caller.To(Start + Month + (2 * Day));
        Assert.Equal((2L, "past_due"), ((await caller.Latest(subscription.Id)).Number("attempt_count"), await caller.Status(subscription.Id)));
        await caller.To(Start + Month + (5 * Day));
        var last = await caller.Latest(subscription.Id);
        Assert.Equal((status, invoiceStatus, 3L), (await caller.Status(subscription.Id), last.Text("status"), last.Number("attempt_count")));
        Assert.Null(last["next_payment_attempt"]);
        if (status == "canceled")
        {
            Assert.Equal("payment_failed", (await caller.Subscription(subscription.Id)).Text("cancellation_details.reason"));
        }
    }

    [Fact]
    public async Task Paying_what_is_owed_makes_it_active_again()
    {
        var customer = await caller.Customer();
        var subscription = await caller.Subscribe(customer, await caller.Price());
        await caller.Pay(customer, Fails);
        await caller.To(Start + Month + Day);
        Assert.Equal("past_due", await caller.Status(subscription.Id));
        await caller.Pay(customer, "pm_card_visa");
        await caller.To(Start + Month + (4 * Day));
        Assert.Equal(("active", "paid"), (await caller.Status(subscription.Id), (await caller.Latest(subscription.Id)).Text("status")));
    }

    [Fact]
    public async Task An_unpaid_subscription_goes_on_making_invoices_that_nobody_collects()
    {
        await caller.Dunning(new { retryDays = Array.Empty<int>(), subscription = "unpaid" });
        var customer = await caller.Customer();
        var subscription = await caller.Subscribe(customer, await caller.Price());
        await caller.Pay(customer, Fails);
        await caller.To(Start + Month + Day);
        Assert.Equal("unpaid", await caller.Status(subscription.Id));
        var owed = await caller.Latest(subscription.Id);
        await caller.To(Start + Month + (31 * Day));
        var next = await caller.Latest(subscription.Id);
        Assert.Equal(("draft", false), (next.Text("status"), next["auto_advance"]!.GetValue<bool>()));
        (await caller.Post($"/v1/invoices/{owed.Id}/pay", "payment_method=pm_card_visa")).Ok();
        Assert.Equal("active", await caller.Status(subscription.Id));
    }

    [Fact]
    public async Task An_update_that_waits_for_its_payment_comes_about_when_it_is_paid()
    {
        var (subscription, item, dear) = await Cheap();
        var waiting = (await caller.Post($"/v1/subscriptions/{subscription.Id}", $"items[0][id]={item}&items[0][price]={dear}&proration_behavior=always_invoice&payment_behavior=pending_if_incomplete")).Ok();
        Assert.Equal(("active", 1000L, 9000L), (waiting.Text("status"), waiting.Number("items.data.0.price.unit_amount"), waiting.Number("pending_update.subscription_items.0.price.unit_amount")));
        Assert.Equal(Start + (10 * Day) + (23 * 3_600), waiting.Number("pending_update.expires_at"));
        (await caller.Post($"/v1/invoices/{waiting.Text("latest_invoice")}/pay", "payment_method=pm_card_visa")).Ok();
        var applied = await caller.Subscription(subscription.Id);
        Assert.Equal(9000, applied.Number("items.data.0.price.unit_amount"));
        Assert.Null(applied["pending_update"]);
        Assert.Contains("customer.subscription.pending_update_applied", await caller.Told());
    }

    [Fact]
    public async Task An_update_that_waits_in_vain_is_forgotten_after_23_hours()
    {
        var (subscription, item, dear) = await Cheap();
        var waiting = (await caller.Post($"/v1/subscriptions/{subscription.Id}", $"items[0][id]={item}&items[0][price]={dear}&proration_behavior=always_invoice&payment_behavior=pending_if_incomplete")).Ok();
        await caller.To(Start + (11 * Day));
        var after = await caller.Subscription(subscription.Id);
        Assert.Equal(("active", 1000L), (after.Text("status"), after.Number("items.data.0.price.unit_amount")));
        Assert.Null(after["pending_update"]);
        Assert.Equal("void", (await caller.Get($"/v1/invoices/{waiting.Text("latest_invoice")}")).Ok().Text("status"));
        Assert.Contains("customer.subscription.pending_update_expired", await caller.Told());
        var refused = await caller.Post($"/v1/subscriptions/{subscription.Id}", "metadata[a]=b&payment_behavior=pending_if_incomplete");
        Assert.Equal((400, "metadata"), (refused.Status, refused.Text("error.param")));
    }

    [Theory]
    [InlineData("", 200, "past_due", 9000)]
    [InlineData("payment_behavior=default_incomplete", 200, "past_due", 9000)]
    [InlineData("payment_behavior=error_if_incomplete", 402, "active", 1000)]
    public async Task An_update_whose_payment_fails_does_as_it_was_told(string form, int answer, string status, long amount)
    {
        var (subscription, item, dear) = await Cheap();
        Assert.Equal(answer, (await caller.Post($"/v1/subscriptions/{subscription.Id}", $"items[0][id]={item}&items[0][price]={dear}&proration_behavior=always_invoice&{form}")).Status);
        var after = await caller.Subscription(subscription.Id);
        Assert.Equal((status, amount), (after.Text("status"), after.Number("items.data.0.price.unit_amount")));
    }

    [Fact]
    public async Task A_payment_that_asks_for_the_person_leaves_it_incomplete_and_saves_the_method_once_it_is_passed()
    {
        var customer = await caller.Customer("pm_card_threeDSecure2Required");
        var subscription = await caller.Subscribe(customer, await caller.Price(), "payment_settings[save_default_payment_method]=on_subscription&expand[]=latest_invoice.payments");
        Assert.Equal("incomplete", subscription.Text("status"));
        Assert.Contains("invoice.payment_action_required", await caller.Told());
        await caller.Pay(customer, "pm_card_visa");
        (await caller.Post($"/v1/invoices/{subscription.Text("latest_invoice.id")}/pay", "")).Ok();
        var active = await caller.Subscription(subscription.Id);
        Assert.Equal("active", active.Text("status"));
        Assert.StartsWith("pm_", active.Text("default_payment_method"), StringComparison.Ordinal);
    }

    private async Task<(Answer Subscription, string Item, string Dear)> Cheap()
    {
        var customer = await caller.Customer();
        var subscription = await caller.Subscribe(customer, await caller.Price());
        await caller.To(Start + (10 * Day));
        await caller.Pay(customer, Fails);
        return (subscription, subscription.Text("items.data.0.id"), await caller.Price(9000));
    }
}
