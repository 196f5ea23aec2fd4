using static Marketplace.StripeEmulator.Tests.SubscriptionCaller;

namespace Marketplace.StripeEmulator.Tests;

/// <summary>Invoices to come, and usage on those that came.</summary>
public sealed class PreviewTests(EmulatorApp app) : IClassFixture<EmulatorApp>
{
    private readonly SubscriptionCaller caller = new(app.NewAccount());

    [Fact]
    public async Task A_preview_is_what_the_next_renewal_will_be_and_changes_nothing()
    {
        var subscription = await caller.Subscribe(await caller.Customer(), await caller.Price());
        var events = (await caller.Events()).Count;
        foreach (var form in (string[])[$"subscription={subscription.Id}", $"customer={subscription.Text("customer")}"])
        {
            var preview = (await caller.Post("/v1/invoices/create_preview", form)).Ok();
            Assert.StartsWith("upcoming_in_", preview.Id, StringComparison.Ordinal);
            Assert.Equal(("draft", 1000L, Start + Month, "upcoming"), (preview.Text("status"), preview.Number("total"), preview.Number("created"), preview.Text("billing_reason")));
            Assert.StartsWith("il_tmp_", preview.Text("lines.data.0.id"), StringComparison.Ordinal);
        }

        Assert.Equal(events, (await caller.Events()).Count);
        Assert.Single(await caller.Invoices(subscription.Id));
        Assert.Equal(Start + Month, (await caller.Subscription(subscription.Id)).Number("items.data.0.current_period_end"));
        await caller.To(Start + Month);
        Assert.Equal(1000, (await caller.Latest(subscription.Id)).Number("total"));
    }

    [Theory]
    [InlineData("subscription_details[items][0][quantity]=2", 8300)]
    [InlineData("subscription_details[items][0][quantity]=2&subscription_details[proration_behavior]=always_invoice", 2100)]
    [InlineData("subscription_details[items][0][quantity]=2&subscription_details[proration_behavior]=none", 6200)]
    [InlineData("subscription_details[items][0][quantity]=2&preview_mode=recurring", 6200)]
    [InlineData("subscription_details[cancel_now]=true", -2100)]
    [InlineData("invoice_items[0][amount]=50", 3150)]
    public async Task A_change_is_previewed_as_it_would_be_billed(string form, long total)
    {
        var subscription = await caller.Subscribe(await caller.Customer(), await caller.Price(3100));
        await caller.To(Start + (10 * Day));
        var item = $"&subscription_details[items][0][id]={subscription.Text("items.data.0.id")}";
        var preview = (await caller.Post("/v1/invoices/create_preview", $"subscription={subscription.Id}&{form}{(form.Contains("[items]", StringComparison.Ordinal) ? item : "")}")).Ok();
        Assert.Equal(total, preview.Number("total"));
        Assert.Equal(1, (await caller.Subscription(subscription.Id)).Number("items.data.0.quantity"));
    }

    [Fact]
    public async Task A_new_subscription_is_previewed_and_nothing_to_come_is_said_so()
    {
        var (customer, price) = (await caller.Customer(), await caller.Price());
        var preview = (await caller.Post("/v1/invoices/create_preview", $"customer={customer}&subscription_details[items][0][price]={price}&subscription_details[items][0][quantity]=4")).Ok();
        Assert.Equal((4000L, "upcoming"), (preview.Number("total"), preview.Text("billing_reason")));
        var none = await caller.Post("/v1/invoices/create_preview", $"customer={customer}");
        Assert.Equal((404, "invoice_upcoming_none", $"No upcoming invoices for customer: {customer}"), (none.Status, none.Code, none.Message));
        var subscription = await caller.Subscribe(customer, price, "cancel_at_period_end=true");
        Assert.Equal("invoice_upcoming_none", (await caller.Post("/v1/invoices/create_preview", $"subscription={subscription.Id}")).Code);
    }

    [Fact]
    public async Task Versions_before_basil_get_the_upcoming_invoice()
    {
        var subscription = await caller.Subscribe(await caller.Customer(), await caller.Price());
        var url = $"/v1/invoices/upcoming?customer={subscription.Text("customer")}";
        var upcoming = (await caller.Get(url + $"&subscription={subscription.Id}&subscription_items[0][id]={subscription.Text("items.data.0.id")}&subscription_items[0][quantity]=2&subscription_proration_behavior=none", ("Stripe-Version", "2022-11-15"))).Ok();
        Assert.Equal((2000L, subscription.Id, false), (upcoming.Number("total"), upcoming.Text("subscription"), upcoming["paid"]!.GetValue<bool>()));
        Assert.Single((await caller.Get(url.Replace("upcoming", "upcoming/lines", StringComparison.Ordinal), ("Stripe-Version", "2024-06-20"))).Ok()["data"]!.AsArray());
        Assert.Equal(404, (await caller.Get(url)).Status);
    }

    [Fact]
    public async Task Usage_is_billed_on_the_renewal_of_the_period_it_fell_in()
    {
        var meter = (await caller.Post("/v1/billing/meters", "display_name=Calls&event_name=calls&default_aggregation[formula]=sum")).Ok().Id;
        var (customer, price) = (await caller.Customer(), await caller.Price(2, $"recurring[interval]=month&recurring[usage_type]=metered&recurring[meter]={meter}", "Calls"));
        var subscription = await caller.Subscribe(customer, price);
        Assert.Null(subscription["latest_invoice"]);
        Assert.Null(subscription.At("items.data.0.quantity"));
        await Use(customer, 100);
        await caller.To(Start + (10 * Day));
        await Use(customer, 20);
        Assert.Equal(240, (await caller.Post("/v1/invoices/create_preview", $"subscription={subscription.Id}")).Ok().Number("total"));
        await caller.To(Start + Month);
        await Use(customer, 5);
        var invoice = await caller.Latest(subscription.Id);
        Assert.Equal(("120 × Calls (at $0.02 / month)", 240L, Start, Start + Month), (invoice.Text("lines.data.0.description"), invoice.Number("total"), invoice.Number("lines.data.0.period.start"), invoice.Number("lines.data.0.period.end")));
        var canceled = (await caller.Delete($"/v1/subscriptions/{subscription.Id}?invoice_now=true")).Ok();
        Assert.Equal(10, (await caller.Latest(canceled.Id)).Number("total"));
        var refused = await caller.Post("/v1/subscriptions", $"customer={customer}&items[0][price]={price}&items[0][quantity]=2");
        Assert.Equal((400, "items[0][quantity]"), (refused.Status, refused.Text("error.param")));
    }

    [Fact]
    public async Task Usage_reported_while_the_invoice_is_a_draft_is_on_it_when_it_is_finalized()
    {
        var meter = (await caller.Post("/v1/billing/meters", "display_name=Calls&event_name=calls&default_aggregation[formula]=sum")).Ok().Id;
        var (customer, price) = (await caller.Customer(), await caller.Price(2, $"recurring[interval]=month&recurring[usage_type]=metered&recurring[meter]={meter}", "Calls"));
        var subscription = await caller.Subscribe(customer, price);
        await Use(customer, 100);
        await caller.To(Start + Month);
        (await caller.Post("/v1/billing/meter_events", $"event_name=calls&timestamp={Start + Month - 1}&payload[stripe_customer_id]={customer}&payload[value]=11")).Ok();
        await Use(customer, 5);
        Assert.Equal(200, (await caller.Latest(subscription.Id)).Number("total"));
        await caller.To(Start + Month + 3_600);
        var paid = await caller.Latest(subscription.Id);
        Assert.Equal(("paid", 222L, 111L), (paid.Text("status"), paid.Number("amount_paid"), paid.Number("lines.data.0.quantity")));
    }

    private async Task Use(string customer, long value) =>
        (await caller.Post("/v1/billing/meter_events", $"event_name=calls&payload[stripe_customer_id]={customer}&payload[value]={value}")).Ok();
}
