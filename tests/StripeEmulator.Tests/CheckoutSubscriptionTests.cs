namespace Marketplace.StripeEmulator.Tests;

public sealed class CheckoutSubscriptionTests(EmulatorApp app) : IClassFixture<EmulatorApp>
{
    private const string Url = "/v1/checkout/sessions";
    private readonly Caller caller = app.NewAccount();

    [Fact]
    public async Task A_session_begins_a_subscription_that_its_card_pays()
    {
        var session = await Session($"line_items[0][price]={await Plan()}&line_items[0][quantity]=2&line_items[1][price_data][currency]=usd&line_items[1][price_data][product_data][name]=Setup&line_items[1][price_data][unit_amount]=500&line_items[1][quantity]=1&subscription_data[metadata][order]=7&subscription_data[description]=Team");
        Assert.Equal((4500L, "always", "unpaid"), (session.Number("amount_total"), session.Text("customer_creation"), session.Text("payment_status")));
        var method = (await caller.Post("/v1/payment_methods", "type=card&card[token]=tok_visa&billing_details[email]=jenny@example.com&billing_details[name]=Jenny")).Ok().Id;
        (await caller.Post($"/v1/payment_pages/{session.Id}/confirm", $"payment_method={method}&expected_amount=4500")).Ok();
        var done = (await caller.Get($"{Url}/{session.Id}?expand[]=subscription&expand[]=invoice&expand[]=customer")).Ok();
        Assert.Equal(("complete", "paid", "active", "paid", "jenny@example.com"), (done.Text("status"), done.Text("payment_status"), done.Text("subscription.status"), done.Text("invoice.status"), done.Text("customer.email")));
        Assert.Equal((4500L, "7", "Team", method), (done.Number("invoice.amount_paid"), done.Text("subscription.metadata.order"), done.Text("subscription.description"), done.Text("subscription.default_payment_method")));
        Assert.Null(done["payment_intent"]);
        Assert.Equal([session.Id], (await caller.Get($"{Url}?subscription={done.Text("subscription.id")}")).Ok()["data"]!.AsArray().Select(s => s!["id"]!.GetValue<string>()));
        var told = (await caller.Get("/v1/events?limit=100")).Ok()["data"]!.AsArray().Select(e => e!["type"]!.GetValue<string>()).ToList();
        Assert.True(told.IndexOf("checkout.session.completed") < told.IndexOf("invoice.paid"), "newest first: completed comes after paid");
        Assert.Contains("customer.subscription.created", told);
    }

    [Fact]
    public async Task A_decline_leaves_it_incomplete_and_the_next_card_pays_the_same_one()
    {
        var session = await Session($"line_items[0][price]={await Plan()}&line_items[0][quantity]=1&customer={await caller.Customer("email=a@example.com")}");
        Assert.Equal(402, (await caller.Post($"/v1/payment_pages/{session.Id}/confirm", "payment_method=pm_card_chargeCustomerFail")).Status);
        Assert.Equal("open", (await caller.Get($"{Url}/{session.Id}")).Ok().Text("status"));
        (await caller.Post($"/v1/payment_pages/{session.Id}/confirm", "payment_method=pm_card_visa")).Ok();
        var all = (await caller.Get("/v1/subscriptions?status=all")).Ok()["data"]!.AsArray();
        Assert.Equal("active", Assert.Single(all)!["status"]!.GetValue<string>());
    }

    [Fact]
    public async Task Expiring_ends_what_a_declined_attempt_began()
    {
        var session = await Session($"line_items[0][price]={await Plan()}&line_items[0][quantity]=1&customer={await caller.Customer("email=a@example.com")}");
        await caller.Post($"/v1/payment_pages/{session.Id}/confirm", "payment_method=pm_card_chargeCustomerFail");
        (await caller.Post($"{Url}/{session.Id}/expire")).Ok();
        Assert.Equal("incomplete_expired", (await caller.Get("/v1/subscriptions?status=all")).Ok().Text("data.0.status"));
        Assert.Equal("void", (await caller.Get("/v1/invoices")).Ok().Text("data.0.status"));
    }

    [Theory]
    [InlineData("complete", "complete", "active")]
    [InlineData("fail", "open", "incomplete")]
    public async Task With_3_D_Secure_it_begins_after_the_step(string result, string status, string subscription)
    {
        var session = await Session($"line_items[0][price]={await Plan()}&line_items[0][quantity]=1&customer={await caller.Customer("email=a@example.com")}");
        using var step = await Pay(session, "4000000000003220");
        using var back = await app.Http.PostAsync(step.Headers.Location!.ToString(), new FormUrlEncodedContent([new("result", result)]));
        Assert.Equal(status, (await caller.Get($"{Url}/{session.Id}")).Ok().Text("status"));
        Assert.Equal(subscription, (await caller.Get("/v1/subscriptions?status=all")).Ok().Text("data.0.status"));
    }

    [Fact]
    public async Task A_trial_is_due_nothing_and_keeps_the_card()
    {
        var session = await Session($"line_items[0][price]={await Plan()}&line_items[0][quantity]=1&subscription_data[trial_period_days]=14&customer_email=a@example.com");
        Assert.Equal((0L, "always"), (session.Number("amount_total"), session.Text("payment_method_collection")));
        using var begun = await Pay(session, "4242424242424242");
        var done = (await caller.Get($"{Url}/{session.Id}?expand[]=subscription")).Ok();
        Assert.Equal(("complete", "no_payment_required", "trialing"), (done.Text("status"), done.Text("payment_status"), done.Text("subscription.status")));
        Assert.StartsWith("pm_", done.Text("subscription.default_payment_method"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_trial_that_wants_no_card_asks_for_none()
    {
        var session = await Session($"line_items[0][price]={await Plan()}&line_items[0][quantity]=1&subscription_data[trial_period_days]=14&payment_method_collection=if_required&subscription_data[trial_settings][end_behavior][missing_payment_method]=pause");
        Assert.DoesNotContain("card_number", await app.Http.GetStringAsync(session.Text("url")), StringComparison.Ordinal);
        using var begun = await app.Http.PostAsync(session.Text("url"), new FormUrlEncodedContent([new("email", "eve@example.com"), new("name", "Eve")]));
        Assert.Equal(303, (int)begun.StatusCode);
        var done = (await caller.Get($"{Url}/{session.Id}?expand[]=subscription&expand[]=customer")).Ok();
        Assert.Equal(("complete", "trialing", "eve@example.com"), (done.Text("status"), done.Text("subscription.status"), done.Text("customer.email")));
    }

    [Theory]
    [InlineData("line_items[0][price_data][currency]=usd&line_items[0][price_data][product_data][name]=x&line_items[0][price_data][unit_amount]=500&line_items[0][quantity]=1", "line_items")]
    [InlineData("line_items[0][price_data][currency]=usd&line_items[0][price_data][product_data][name]=x&line_items[0][price_data][unit_amount]=500&line_items[0][price_data][recurring][interval]=month&line_items[0][quantity]=1&line_items[1][price_data][currency]=usd&line_items[1][price_data][product_data][name]=x&line_items[1][price_data][unit_amount]=500&line_items[1][price_data][recurring][interval]=year&line_items[1][quantity]=1", "line_items")]
    [InlineData("line_items[0][price_data][currency]=usd&line_items[0][price_data][product_data][name]=x&line_items[0][price_data][unit_amount]=500&line_items[0][price_data][recurring][interval]=month&line_items[0][quantity]=1&subscription_data[billing_cycle_anchor]=99999999999", "subscription_data[billing_cycle_anchor]")]
    [InlineData("line_items[0][price_data][currency]=usd&line_items[0][price_data][product_data][name]=x&line_items[0][price_data][unit_amount]=500&line_items[0][price_data][recurring][interval]=month&line_items[0][quantity]=1&customer_creation=always", "customer_creation")]
    public async Task What_is_no_subscription_is_refused(string form, string param)
    {
        var refused = await caller.Post(Url, "mode=subscription&success_url=https://shop.example/ok&" + form);
        Assert.Equal((400, param), (refused.Status, refused.Text("error.param")));
    }

    [Fact]
    public async Task A_price_of_the_sessions_own_recurs()
    {
        var session = await Session("line_items[0][price_data][currency]=eur&line_items[0][price_data][product_data][name]=Own&line_items[0][price_data][unit_amount]=500&line_items[0][price_data][recurring][interval]=month&line_items[0][quantity]=1&customer_email=a@example.com");
        using var begun = await Pay(session, "4242424242424242");
        Assert.Equal("active", (await caller.Get($"{Url}/{session.Id}?expand[]=subscription")).Ok().Text("subscription.status"));
    }

    private async Task<Answer> Session(string form) => (await caller.Post(Url, "mode=subscription&success_url=https://shop.example/ok&" + form)).Ok();

    private async Task<string> Plan() => (await caller.Post("/v1/prices", "currency=usd&unit_amount=2000&recurring[interval]=month&product_data[name]=Plan")).Ok().Id;

    private Task<HttpResponseMessage> Pay(Answer session, string card) =>
        app.Http.PostAsync(session.Text("url"), new FormUrlEncodedContent([new("name", "Ada"), new("card_number", card), new("card_expiry", "12/34"), new("card_cvc", "123"), new("payment_method", "card")]));
}
