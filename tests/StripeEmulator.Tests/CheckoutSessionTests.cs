namespace Marketplace.StripeEmulator.Tests;

public sealed class CheckoutSessionTests(EmulatorApp app) : IClassFixture<EmulatorApp>
{
    private const string Url = "/v1/checkout/sessions";
    private const string Inline = "line_items[0][price_data][currency]=usd&line_items[0][price_data][product_data][name]=Cup&line_items[0][price_data][unit_amount]=1500&line_items[0][quantity]=2";
    private readonly Caller caller = app.NewAccount();

    [Fact]
    public async Task A_session_of_a_price_says_what_it_comes_to_and_where_to_pay()
    {
        var price = await Price();
        var session = (await caller.Post(Url, $"mode=payment&success_url=https://shop.example/ok&cancel_url=https://shop.example/no&line_items[0][price]={price}&line_items[0][quantity]=2&client_reference_id=order-7&metadata[a]=1&locale=de&expand[]=line_items.data.price.product")).Ok();
        Assert.Equal(("open", "unpaid", 3000L, "usd", "hosted_page"), (session.Text("status"), session.Text("payment_status"), session.Number("amount_total"), session.Text("currency"), session.Text("ui_mode")));
        Assert.Equal(("order-7", "1", "de", "if_required"), (session.Text("client_reference_id"), session.Text("metadata.a"), session.Text("locale"), session.Text("customer_creation")));
        Assert.StartsWith("cs_test_", session.Id, StringComparison.Ordinal);
        Assert.EndsWith("/c/pay/" + session.Id, session.Text("url"), StringComparison.Ordinal);
        Assert.Equal(session.Number("created") + 86_400, session.Number("expires_at"));
        Assert.Equal(("Cup", "Cup"), (session.Text("line_items.data.0.description"), session.Text("line_items.data.0.price.product.name")));
        Assert.Null((await caller.Get($"{Url}/{session.Id}")).Ok()["line_items"]);
    }

    [Fact]
    public async Task Lines_come_in_the_order_given_and_page_by_page()
    {
        var lines = string.Join('&', Enumerable.Range(0, 12).Select(n => $"line_items[{n}][price_data][currency]=eur&line_items[{n}][price_data][product_data][name]=P{n}&line_items[{n}][price_data][unit_amount]=100&line_items[{n}][quantity]=1"));
        var session = (await caller.Post(Url, $"mode=payment&success_url=https://shop.example/ok&{lines}&expand[]=line_items")).Ok();
        Assert.Equal((1200L, "P0", true), (session.Number("amount_total"), session.Text("line_items.data.0.description"), session.At("line_items.has_more")!.GetValue<bool>()));
        var second = (await caller.Get($"{Url}/{session.Id}/line_items?starting_after={session.Text("line_items.data.9.id")}")).Ok();
        Assert.Equal(["P10", "P11"], second["data"]!.AsArray().Select(l => l!["description"]!.GetValue<string>()));
        Assert.Equal(12, (await caller.Get($"{Url}/{session.Id}/line_items?limit=100")).Ok()["data"]!.AsArray().Count);
    }

    [Theory]
    [InlineData("2022-11-15", "", "")]
    [InlineData("2024-06-20", "embedded", "embedded")]
    [InlineData("2026-02-25.clover", "custom", "custom")]
    [InlineData("2026-07-29.dahlia", "embedded_page", "embedded_page")]
    public async Task The_kind_of_page_is_called_as_the_version_calls_it(string version, string sent, string shown)
    {
        var form = sent.Length == 0 ? "success_url=https://shop.example/ok" : $"ui_mode={sent}&return_url=https://shop.example/ok";
        var session = (await caller.Post(Url, $"mode=payment&{Inline}&{form}&expand[]=line_items", ("Stripe-Version", version))).Ok();
        Assert.Equal((shown, sent.Length == 0), (session.Text("ui_mode"), session.Text("url").Length > 0));
        Assert.Equal(sent.Length > 0, session.Text("client_secret").Contains("_secret_", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_older_versions_name_of_a_page_is_refused() =>
        Assert.Equal((400, "ui_mode"), await Refused($"mode=payment&{Inline}&success_url=https://shop.example/ok&ui_mode=hosted"));

    [Theory]
    [InlineData("success_url=https://a.example", "mode")]
    [InlineData("mode=payment&success_url=https://a.example", "line_items")]
    [InlineData("mode=payment&$", "success_url")]
    [InlineData("mode=payment&$&success_url=nowhere", "success_url")]
    [InlineData("mode=payment&$&success_url=https://a.example&cancel_url=javascript:alert(1)", "cancel_url")]
    [InlineData("mode=payment&$&success_url=https://a.example&return_url=https://a.example", "return_url")]
    [InlineData("mode=payment&$&ui_mode=embedded_page&success_url=https://a.example", "success_url")]
    [InlineData("mode=payment&$&ui_mode=embedded_page", "return_url")]
    [InlineData("mode=payment&$&success_url=https://a.example&customer=cus_no", "customer")]
    [InlineData("mode=payment&$&success_url=https://a.example&customer=#&customer_email=a@b.example", "customer")]
    [InlineData("mode=payment&$&success_url=https://a.example&customer=#&customer_creation=always", "customer")]
    [InlineData("mode=payment&$&success_url=https://a.example&customer_email=nobody", "customer_email")]
    [InlineData("mode=payment&$&success_url=https://a.example&subscription_data[trial_period_days]=3", "subscription_data")]
    [InlineData("mode=payment&$&success_url=https://a.example&setup_intent_data[description]=x", "setup_intent_data")]
    [InlineData("mode=subscription&$&success_url=https://a.example&payment_intent_data[description]=x", "payment_intent_data")]
    [InlineData("mode=subscription&$&success_url=https://a.example&invoice_creation[enabled]=true", "invoice_creation")]
    [InlineData("mode=setup&currency=usd&$&success_url=https://a.example", "line_items")]
    [InlineData("mode=setup&success_url=https://a.example", "currency")]
    [InlineData("mode=payment&$&success_url=https://a.example&expires_at=1000", "expires_at")]
    [InlineData("mode=payment&$&success_url=https://a.example&expires_at=99999999999", "expires_at")]
    [InlineData("mode=payment&$&success_url=https://a.example&payment_method_types[]=alipay", "payment_method_types")]
    [InlineData("mode=payment&$&success_url=https://a.example&excluded_payment_method_types[]=card", "excluded_payment_method_types")]
    [InlineData("mode=payment&success_url=https://a.example&line_items[0][price]=price_no&line_items[0][quantity]=1", "line_items[0][price]")]
    [InlineData("mode=payment&success_url=https://a.example&line_items[0][quantity]=1", "line_items[0][price]")]
    [InlineData("mode=payment&success_url=https://a.example&line_items[0][price_data][currency]=usd&line_items[0][price_data][unit_amount]=100&line_items[0][quantity]=1", "line_items[0][price_data][product]")]
    [InlineData("mode=payment&success_url=https://a.example&line_items[0][price_data][currency]=usd&line_items[0][price_data][unit_amount]=40&line_items[0][price_data][product_data][name]=x&line_items[0][quantity]=1", "line_items")]
    [InlineData("mode=payment&success_url=https://a.example&line_items[0][price_data][currency]=usd&line_items[0][price_data][unit_amount]=100&line_items[0][price_data][product_data][name]=x", "line_items[0][quantity]")]
    [InlineData("mode=payment&success_url=https://a.example&line_items[0][price_data][currency]=usd&line_items[0][price_data][unit_amount]=100&line_items[0][price_data][product_data][name]=x&line_items[0][price_data][recurring][interval]=month&line_items[0][quantity]=1", "mode")]
    [InlineData("mode=payment&$&success_url=https://a.example&consent_collection[terms_of_service]=required", "consent_collection")]
    [InlineData("mode=payment&$&success_url=https://a.example&customer_update[name]=auto", "customer_update")]
    [InlineData("mode=payment&$&success_url=https://a.example&payment_method_options[card][setup_future_usage]=off_session", "payment_method_options")]
    [InlineData("mode=payment&$&success_url=https://a.example&saved_payment_method_options[payment_method_save]=enabled", "saved_payment_method_options")]
    [InlineData("mode=payment&$&success_url=https://a.example&automatic_tax[enabled]=true", "automatic_tax[enabled]")]
    [InlineData("mode=payment&$&success_url=https://a.example&payment_intent_data[application_fee_amount]=3", "payment_intent_data[application_fee_amount]")]
    public async Task What_cannot_be_is_refused_by_name(string form, string param) =>
        Assert.Equal((400, param), await Refused(form.Replace("$", Inline, StringComparison.Ordinal).Replace("#", await caller.Customer(), StringComparison.Ordinal)));

    [Fact]
    public async Task An_update_changes_metadata_and_lines_while_the_session_is_open()
    {
        var session = await Session();
        Assert.Equal("1", (await caller.Post($"{Url}/{session.Id}", "metadata[a]=1")).Ok().Text("metadata.a"));
        var line = (await caller.Get($"{Url}/{session.Id}/line_items")).Ok().Text("data.0.id");
        var changed = (await caller.Post($"{Url}/{session.Id}", $"line_items[0][id]={line}&line_items[0][quantity]=3&line_items[1][price]={await Price()}&line_items[1][quantity]=1")).Ok();
        Assert.Equal(6000, changed.Number("amount_total"));
        Assert.Equal("line_items[0][id]", (await caller.Post($"{Url}/{session.Id}", "line_items[0][id]=li_no")).Text("error.param"));
    }

    [Fact]
    public async Task Lists_filter_by_customer_status_intent_and_email()
    {
        var customer = await caller.Customer("email=ada@example.com");
        var (mine, other) = (await Session($"customer={customer}"), await Session("customer_email=eve@example.com"));
        Assert.Equal([mine.Id], await Ids($"customer={customer}"));
        Assert.Equal([other.Id], await Ids("customer_details[email]=eve@example.com"));
        (await caller.Post($"{Url}/{mine.Id}/expire")).Ok();
        Assert.Equal([mine.Id], await Ids("status=expired"));
        Assert.Equal([other.Id], await Ids("status=open"));
        Assert.Equal(404, (await caller.Get(Url + "/cs_no")).Status);
        Assert.Equal("No such checkout.session: 'cs_no'", (await caller.Get(Url + "/cs_no")).Message);

        async Task<IEnumerable<string>> Ids(string query) => (await caller.Get($"{Url}?{query}")).Ok()["data"]!.AsArray().Select(s => s!["id"]!.GetValue<string>());
    }

    [Fact]
    public async Task The_command_lines_calls_complete_a_session_and_its_events_tell_of_all_that_was_made()
    {
        var session = await Session("payment_intent_data[description]=Cups&payment_intent_data[metadata][order]=7&payment_intent_data[shipping][name]=Jenny&payment_intent_data[shipping][address][line1]=x");
        Assert.Equal("open", (await caller.Get($"/v1/payment_pages/{session.Id}")).Ok().Text("status"));
        var method = (await caller.Post("/v1/payment_methods", "type=card&card[token]=tok_visa&billing_details[email]=jenny@example.com&billing_details[name]=Jenny")).Ok().Id;
        var wrong = await caller.Post($"/v1/payment_pages/{session.Id}/confirm", $"payment_method={method}&expected_amount=1");
        Assert.Equal((400, "expected_amount"), (wrong.Status, wrong.Text("error.param")));
        (await caller.Post($"/v1/payment_pages/{session.Id}/confirm", $"payment_method={method}&expected_amount=3000")).Ok();
        var done = (await caller.Get($"{Url}/{session.Id}?expand[]=payment_intent")).Ok();
        Assert.Equal(("complete", "paid", "jenny@example.com", "Jenny"), (done.Text("status"), done.Text("payment_status"), done.Text("customer_details.email"), done.Text("customer_details.name")));
        Assert.Null(done["url"]);
        Assert.Null(done["customer"]);
        Assert.Equal(("succeeded", 3000L, "Cups", "7", "Jenny"), (done.Text("payment_intent.status"), done.Number("payment_intent.amount_received"), done.Text("payment_intent.description"), done.Text("payment_intent.metadata.order"), done.Text("payment_intent.shipping.name")));
        var told = (await caller.Get("/v1/events?limit=100")).Ok()["data"]!.AsArray().Select(e => e!["type"]!.GetValue<string>()).ToList();
        Assert.Subset(told.ToHashSet(), new HashSet<string>(["payment_intent.created", "charge.succeeded", "payment_intent.succeeded", "checkout.session.completed"]));
        Assert.Single(told, "checkout.session.completed");
        Assert.Equal([session.Id], (await caller.Get($"{Url}?payment_intent={done.Text("payment_intent.id")}")).Ok()["data"]!.AsArray().Select(s => s!["id"]!.GetValue<string>()));
    }

    [Fact]
    public async Task A_decline_leaves_the_session_open_and_the_next_card_pays_the_same_intent()
    {
        var session = await Session("customer_creation=always");
        var declined = await caller.Post($"/v1/payment_pages/{session.Id}/confirm", "payment_method=pm_card_chargeDeclined");
        Assert.Equal((402, "card_declined"), (declined.Status, declined.Code));
        Assert.Equal("open", (await caller.Get($"{Url}/{session.Id}")).Ok().Text("status"));
        var paid = (await caller.Post($"/v1/payment_pages/{session.Id}/confirm", "payment_method=pm_card_visa")).Ok();
        Assert.Equal(declined.Text("error.payment_intent.id"), paid.Text("payment_intent"));
        var done = (await caller.Get($"{Url}/{session.Id}?expand[]=customer")).Ok();
        Assert.StartsWith("cus_", done.Text("customer.id"), StringComparison.Ordinal);
        Assert.Single((await caller.Get("/v1/customers")).Ok()["data"]!.AsArray());
    }

    [Fact]
    public async Task Expiring_cancels_what_an_attempt_left()
    {
        var session = await Session();
        var intent = (await caller.Post($"/v1/payment_pages/{session.Id}/confirm", "payment_method=pm_card_chargeDeclined")).Text("error.payment_intent.id");
        var expired = (await caller.Post($"{Url}/{session.Id}/expire")).Ok();
        Assert.Equal(("expired", "unpaid"), (expired.Text("status"), expired.Text("payment_status")));
        Assert.Null(expired["url"]);
        Assert.Equal(("canceled", "expired"), ((await caller.Get($"/v1/payment_intents/{intent}")).Ok().Text("status"), (await caller.Get($"/v1/payment_intents/{intent}")).Ok().Text("cancellation_reason")));
        Assert.Equal(session.Id, (await caller.Get("/v1/events?type=checkout.session.expired")).Ok().Text("data.0.data.object.id"));
    }

    [Fact]
    public async Task A_price_of_nothing_needs_no_payment()
    {
        var session = (await caller.Post(Url, $"mode=payment&success_url=https://shop.example/ok&{Inline.Replace("1500", "0", StringComparison.Ordinal)}")).Ok();
        (await caller.Post($"/v1/payment_pages/{session.Id}/confirm", "payment_method=pm_card_visa&expected_amount=0")).Ok();
        var done = (await caller.Get($"{Url}/{session.Id}")).Ok();
        Assert.Equal(("complete", "no_payment_required"), (done.Text("status"), done.Text("payment_status")));
        Assert.Null(done["payment_intent"]);
    }

    private async Task<Answer> Session(string form = "") => (await caller.Post(Url, $"mode=payment&success_url=https://shop.example/ok&{Inline}&{form}")).Ok();

    private async Task<string> Price() => (await caller.Post("/v1/prices", "currency=usd&unit_amount=1500&product_data[name]=Cup")).Ok().Id;

    private async Task<(int Status, string Param)> Refused(string form)
    {
        var refused = await caller.Post(Url, form, ("Stripe-Version", Shapes.Newest));
        return (refused.Status, refused.Text("error.param"));
    }
}
