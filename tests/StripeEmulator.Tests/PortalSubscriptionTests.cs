namespace Marketplace.StripeEmulator.Tests;

public sealed class PortalSubscriptionTests(EmulatorApp app) : IClassFixture<EmulatorApp>
{
    private readonly Caller caller = app.NewAccount();

    [Theory]
    [InlineData("classic")]
    [InlineData("flexible")]
    public async Task A_plan_is_canceled_at_the_end_of_its_period_and_the_cancellation_taken_back(string mode)
    {
        var (subscription, url) = await Portal(
            "features[subscription_cancel][enabled]=true&features[subscription_cancel][cancellation_reason][enabled]=true&features[subscription_cancel][cancellation_reason][options][]=unused", mode);
        Assert.Contains("Gold, 20.00 USD every month", await app.Http.GetStringAsync(url), StringComparison.Ordinal);
        Assert.Contains("I do not use it", await app.Http.GetStringAsync($"{url}/subscriptions/{subscription}/cancel"), StringComparison.Ordinal);
        Assert.Equal(303, await Post($"{url}/subscriptions/{subscription}/cancel", ("reason", "unused"), ("comment", "Bye")));
        var ending = (await caller.Get($"/v1/subscriptions/{subscription}")).Ok();
        // In flexible billing mode by the date alone.
        Assert.Equal(mode == "classic", ending["cancel_at_period_end"]!.GetValue<bool>());
        Assert.Equal(ending["items"]!["data"]![0]!["current_period_end"]!.GetValue<long>(), ending["cancel_at"]!.GetValue<long>());
        Assert.Equal(("active", "unused", "Bye", "cancellation_requested"), (ending.Text("status"), ending.Text("cancellation_details.feedback"), ending.Text("cancellation_details.comment"), ending.Text("cancellation_details.reason")));
        Assert.Contains("Ends on", await app.Http.GetStringAsync(url), StringComparison.Ordinal);
        Assert.Equal(303, await Post($"{url}/subscriptions/{subscription}/renew"));
        var renewed = (await caller.Get($"/v1/subscriptions/{subscription}")).Ok();
        Assert.Equal((false, null), (renewed["cancel_at_period_end"]!.GetValue<bool>(), renewed["cancel_at"]));
        Assert.Contains("Renews on", await app.Http.GetStringAsync(url), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_configuration_that_cancels_at_once_does_so()
    {
        var (subscription, url) = await Portal("features[subscription_cancel][enabled]=true&features[subscription_cancel][mode]=immediately");
        Assert.Equal(303, await Post($"{url}/subscriptions/{subscription}/cancel"));
        Assert.Equal("canceled", (await caller.Get($"/v1/subscriptions/{subscription}")).Ok().Text("status"));
        Assert.Equal(subscription, (await caller.Get("/v1/events?type=customer.subscription.deleted")).Ok().Text("data.0.data.object.id"));
        Assert.Equal(404, await Post($"{url}/subscriptions/{subscription}/cancel"));
    }

    [Fact]
    public async Task A_plan_is_changed_to_what_is_offered_and_to_nothing_else()
    {
        var product = (await caller.Post("/v1/products", "name=Platinum")).Ok().Id;
        var offered = (await caller.Post("/v1/prices", $"currency=usd&unit_amount=5000&recurring[interval]=month&product={product}")).Ok().Id;
        var secret = (await caller.Post("/v1/prices", $"currency=usd&unit_amount=100&recurring[interval]=month&product={product}")).Ok().Id;
        var (subscription, url) = await Portal($"features[subscription_update][enabled]=true&features[subscription_update][default_allowed_updates][]=price&features[subscription_update][default_allowed_updates][]=quantity&features[subscription_update][proration_behavior]=always_invoice&features[subscription_update][products][0][product]={product}&features[subscription_update][products][0][prices][]={offered}");
        var choices = await app.Http.GetStringAsync($"{url}/subscriptions/{subscription}/update");
        Assert.Contains("Platinum, 50.00 USD every month", choices, StringComparison.Ordinal);
        Assert.DoesNotContain(secret, choices, StringComparison.Ordinal);
        var confirmation = await app.Http.GetStringAsync($"{url}/subscriptions/{subscription}/confirm?price={offered}&quantity=2");
        Assert.Contains("2 &#215; Platinum", confirmation, StringComparison.Ordinal);
        Assert.Contains("Due now", confirmation, StringComparison.Ordinal);
        Assert.Contains("80.00 USD", confirmation, StringComparison.Ordinal);
        Assert.Equal("Gold", await Product());
        Assert.Equal(404, await Post($"{url}/subscriptions/{subscription}/confirm", ("price", secret)));
        Assert.Equal(400, await Post($"{url}/subscriptions/{subscription}/confirm", ("price", offered), ("quantity", "0")));
        Assert.Equal(303, await Post($"{url}/subscriptions/{subscription}/confirm", ("price", offered), ("quantity", "2")));
        Assert.Equal("Platinum", await Product());
        Assert.Equal(2, (await caller.Get($"/v1/subscriptions/{subscription}")).Ok().Number("items.data.0.quantity"));
        Assert.Equal(8000, (await caller.Get("/v1/charges")).Ok().Number("data.0.amount"));

        async Task<string> Product() => (await caller.Get($"/v1/subscriptions/{subscription}?expand[]=items.data.price.product")).Ok().Text("items.data.0.price.product.name");
    }

    [Fact]
    public async Task Flows_lead_to_cancelling_and_changing_a_plan()
    {
        var product = (await caller.Post("/v1/products", "name=Platinum")).Ok().Id;
        var offered = (await caller.Post("/v1/prices", $"currency=usd&unit_amount=5000&recurring[interval]=month&product={product}")).Ok().Id;
        var configuration = await Configuration($"features[subscription_cancel][enabled]=true&features[subscription_update][enabled]=true&features[subscription_update][default_allowed_updates][]=price&features[subscription_update][products][0][product]={product}&features[subscription_update][products][0][prices][]={offered}");
        var (customer, subscription) = await Subscribed();
        var item = (await caller.Get($"/v1/subscriptions/{subscription}")).Ok().Text("items.data.0.id");
        var confirm = await Flow($"flow_data[type]=subscription_update_confirm&flow_data[subscription_update_confirm][subscription]={subscription}&flow_data[subscription_update_confirm][items][0][id]={item}&flow_data[subscription_update_confirm][items][0][price]={offered}");
        using (var first = await app.Http.GetAsync(confirm))
        {
            Assert.Contains("Platinum", await app.Http.GetStringAsync(first.Headers.Location!.ToString()), StringComparison.Ordinal);
            Assert.Equal(303, await Post(first.Headers.Location!.ToString(), ("price", offered)));
        }

        using (var change = await app.Http.GetAsync(await Flow($"flow_data[type]=subscription_update&flow_data[subscription_update][subscription]={subscription}")))
        {
            Assert.EndsWith($"/subscriptions/{subscription}/update", change.Headers.Location!.ToString(), StringComparison.Ordinal);
        }

        var cancel = await Flow($"flow_data[type]=subscription_cancel&flow_data[subscription_cancel][subscription]={subscription}&flow_data[after_completion][type]=redirect&flow_data[after_completion][redirect][return_url]=https://shop.example/bye");
        using (var done = await app.Http.PostAsync($"{cancel}/subscriptions/{subscription}/cancel", null))
        {
            Assert.Equal("https://shop.example/bye", done.Headers.Location!.ToString());
        }

        var again = await caller.Post("/v1/billing_portal/sessions", $"customer={customer}&configuration={configuration}&flow_data[type]=subscription_cancel&flow_data[subscription_cancel][subscription]={subscription}");
        Assert.Equal((400, "flow_data[subscription_cancel][subscription]"), (again.Status, again.Text("error.param")));

        async Task<string> Flow(string form) => (await caller.Post("/v1/billing_portal/sessions", $"customer={customer}&configuration={configuration}&{form}")).Ok().Text("url");
    }

    [Fact]
    public async Task The_subscription_of_another_customer_is_not_there()
    {
        var (_, url) = await Portal("features[subscription_cancel][enabled]=true");
        var (_, other) = await Subscribed();
        Assert.Equal(404, await Post($"{url}/subscriptions/{other}/cancel"));
        Assert.Equal(404, await Post($"{url}/subscriptions/{other}/renew"));
        Assert.Equal(404, await Post($"{url}/subscriptions/{other}/confirm"));
    }

    [Fact]
    public async Task A_new_default_card_pays_the_subscription_too()
    {
        var (subscription, url) = await Portal("features[payment_method_update][enabled]=true");
        Assert.Equal(303, await Post(url + "/payment-methods/add", ("card_number", "5555555555554444"), ("card_expiry", "12/34"), ("card_cvc", "123")));
        var own = (await caller.Get($"/v1/subscriptions/{subscription}?expand[]=default_payment_method")).Ok();
        Assert.Equal("mastercard", own.Text("default_payment_method.card.brand"));
    }

    private async Task<(string Subscription, string Url)> Portal(string features, string mode = "flexible")
    {
        var (customer, subscription) = await Subscribed(mode);
        return (subscription, (await caller.Post("/v1/billing_portal/sessions", $"customer={customer}&configuration={await Configuration(features)}")).Ok().Text("url"));
    }

    private async Task<string> Configuration(string features) => (await caller.Post("/v1/billing_portal/configurations", features)).Ok().Id;

    private async Task<(string Customer, string Subscription)> Subscribed(string mode = "flexible")
    {
        var customer = await caller.Customer("email=ada@example.com&payment_method=pm_card_visa");
        var method = (await caller.Get($"/v1/customers/{customer}/payment_methods")).Ok().Text("data.0.id");
        var price = (await caller.Post("/v1/prices", "currency=usd&unit_amount=2000&recurring[interval]=month&product_data[name]=Gold")).Ok().Id;
        return (customer, (await caller.Post("/v1/subscriptions", $"customer={customer}&items[0][price]={price}&default_payment_method={method}&billing_mode[type]={mode}")).Ok().Id);
    }

    private async Task<int> Post(string url, params (string Name, string Value)[] fields)
    {
        using var answer = await app.Http.PostAsync(url, new FormUrlEncodedContent(fields.Select(f => KeyValuePair.Create(f.Name, f.Value))));
        return (int)answer.StatusCode;
    }
}
