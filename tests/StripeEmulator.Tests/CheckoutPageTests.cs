namespace Marketplace.StripeEmulator.Tests;

public sealed class CheckoutPageTests(EmulatorApp app) : IClassFixture<EmulatorApp>
{
    private const string Url = "/v1/checkout/sessions";
    private const string Cup = "mode=payment&line_items[0][price_data][currency]=usd&line_items[0][price_data][product_data][name]=<Cup>&line_items[0][price_data][unit_amount]=1500&line_items[0][quantity]=2";
    private readonly Caller caller = app.NewAccount();

    [Fact]
    public async Task The_page_tells_what_is_sold_and_a_card_leads_to_the_seller()
    {
        var session = await Session(Cup + "&success_url=https://shop.example/ok?session={CHECKOUT_SESSION_ID}&cancel_url=https://shop.example/no");
        var page = await app.Http.GetStringAsync(session.Text("url"));
        Assert.Contains("&lt;Cup&gt;", page, StringComparison.Ordinal);
        Assert.Contains("30.00 USD", page, StringComparison.Ordinal);
        Assert.Contains("https://shop.example/no", page, StringComparison.Ordinal);
        using var paid = await Pay(session, "4242424242424242");
        Assert.Equal((303, $"https://shop.example/ok?session={session.Id}"), ((int)paid.StatusCode, paid.Headers.Location!.ToString()));
        var done = (await caller.Get($"{Url}/{session.Id}")).Ok();
        Assert.Equal(("complete", "ada@example.com", "Ada", "https://shop.example/ok?session={CHECKOUT_SESSION_ID}"), (done.Text("status"), done.Text("customer_details.email"), done.Text("customer_details.name"), done.Text("success_url")));
        Assert.Contains("You are all done here", await app.Http.GetStringAsync(session.Text("url")), StringComparison.Ordinal);
        using var again = await Pay(session, "4242424242424242");
        Assert.Equal(303, (int)again.StatusCode);
        Assert.Single((await caller.Get("/v1/charges")).Ok()["data"]!.AsArray());
    }

    [Fact]
    public async Task What_was_typed_stays_after_a_decline()
    {
        var session = await Session(Cup + "&success_url=https://shop.example/ok");
        using var declined = await Pay(session, "4000000000000002");
        var page = await declined.Content.ReadAsStringAsync();
        Assert.Equal(402, (int)declined.StatusCode);
        Assert.Contains("""role="alert">Your card was declined.""", page, StringComparison.Ordinal);
        Assert.Contains("ada@example.com", page, StringComparison.Ordinal);
        Assert.DoesNotContain("4000000000000002", page, StringComparison.Ordinal);
        using var nobody = await Pay(session, "4242424242424242", email: "nobody");
        Assert.Equal(402, (int)nobody.StatusCode);
    }

    [Theory]
    [InlineData("payment", "4000000000003220", "complete")]
    [InlineData("payment", "4000000000003220", "fail")]
    [InlineData("setup", "4000002500003155", "complete")]
    [InlineData("setup", "4000002500003155", "fail")]
    public async Task With_3_D_Secure_the_session_completes_after_the_step_and_not_when_it_fails(string mode, string card, string result)
    {
        var session = await Session((mode == "setup" ? "mode=setup&currency=usd" : Cup) + "&success_url=https://shop.example/ok");
        using var step = await Pay(session, card);
        var address = step.Headers.Location!.ToString();
        Assert.StartsWith("/authenticate/", address, StringComparison.Ordinal);
        Assert.Equal("open", (await caller.Get($"{Url}/{session.Id}")).Ok().Text("status"));
        using var back = await app.Http.PostAsync(address, new FormUrlEncodedContent([new("result", result)]));
        var done = (await caller.Get($"{Url}/{session.Id}")).Ok();
        if (result == "complete")
        {
            Assert.Equal(("complete", "https://shop.example/ok"), (done.Text("status"), back.Headers.Location!.ToString()));
            return;
        }

        Assert.Equal(("open", new Uri(session.Text("url")).AbsolutePath), (done.Text("status"), back.Headers.Location!.ToString()));
        Assert.Contains("unable to authenticate", await app.Http.GetStringAsync(session.Text("url")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Saving_a_card_gives_it_to_the_customer_and_names_the_intent()
    {
        var customer = await caller.Customer("email=grace@example.com");
        var session = await Session($"mode=setup&payment_method_types[]=card&customer={customer}&success_url=https://shop.example/ok&setup_intent_data[description]=Card&setup_intent_data[metadata][order]=7");
        Assert.Contains("grace@example.com", await app.Http.GetStringAsync(session.Text("url")), StringComparison.Ordinal);
        using var saved = await Pay(session, "4242424242424242", email: null);
        Assert.Equal(303, (int)saved.StatusCode);
        var done = (await caller.Get($"{Url}/{session.Id}?expand[]=setup_intent")).Ok();
        Assert.Equal(("complete", "no_payment_required", "succeeded", "Card", "7"), (done.Text("status"), done.Text("payment_status"), done.Text("setup_intent.status"), done.Text("setup_intent.description"), done.Text("setup_intent.metadata.order")));
        Assert.Equal(done.Text("setup_intent.payment_method"), (await caller.Get($"/v1/customers/{customer}/payment_methods")).Ok().Text("data.0.id"));
        Assert.Null(done["amount_total"]);
    }

    [Fact]
    public async Task A_session_that_makes_a_customer_takes_what_the_visitor_said()
    {
        var session = await Session("mode=setup&currency=eur&customer_creation=always&billing_address_collection=required&phone_number_collection[enabled]=true&success_url=https://shop.example/ok");
        using var saved = await Pay(session, "4242424242424242", more: [new("phone", "+15550001"), new("line1", "1 Road"), new("city", "Rome"), new("postal_code", "00100"), new("country", "IT")]);
        Assert.Equal(303, (int)saved.StatusCode);
        var customer = (await caller.Get($"{Url}/{session.Id}?expand[]=customer")).Ok();
        Assert.Equal(("ada@example.com", "Ada", "+15550001", "Rome"), (customer.Text("customer.email"), customer.Text("customer.name"), customer.Text("customer.phone"), customer.Text("customer.address.city")));
    }

    [Fact]
    public async Task A_visitor_adjusts_the_quantity_within_bounds()
    {
        var session = await Session(Cup + "&line_items[0][adjustable_quantity][enabled]=true&line_items[0][adjustable_quantity][maximum]=5&success_url=https://shop.example/ok");
        var line = (await caller.Get($"{Url}/{session.Id}/line_items")).Ok().Text("data.0.id");
        foreach (var (quantity, status, total) in ((string, int, long)[])[("6", 400, 3000), ("x", 400, 3000), ("5", 303, 7500)])
        {
            using var answer = await app.Http.PostAsync(session.Text("url") + "/quantities", new FormUrlEncodedContent([new(line, quantity)]));
            Assert.Equal((status, total), ((int)answer.StatusCode, (await caller.Get($"{Url}/{session.Id}")).Ok().Number("amount_total")));
        }

        Assert.Contains("Pay 75.00 USD", await app.Http.GetStringAsync(session.Text("url")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_customer_learns_what_the_visitor_said_when_the_caller_wants_it()
    {
        var customer = await caller.Customer("email=grace@example.com&name=G");
        var session = await Session($"{Cup}&customer={customer}&customer_update[name]=auto&customer_update[address]=never&success_url=https://shop.example/ok");
        using var paid = await Pay(session, "4242424242424242", email: null);
        var after = (await caller.Get($"/v1/customers/{customer}")).Ok();
        Assert.Equal(("Ada", ""), (after.Text("name"), after.Text("address.city")));
        Assert.Equal("G", (await caller.Get("/v1/events?type=customer.updated")).Ok().Text("data.0.data.previous_attributes.name"));
    }

    [Fact]
    public async Task An_expired_session_says_so_and_takes_no_money()
    {
        var session = await Session(Cup + "&success_url=https://shop.example/ok");
        (await caller.Post($"{Url}/{session.Id}/expire")).Ok();
        using var page = await app.Http.GetAsync(session.Text("url"));
        Assert.Equal(410, (int)page.StatusCode);
        using var late = await Pay(session, "4242424242424242");
        Assert.Empty((await caller.Get("/v1/charges")).Ok()["data"]!.AsArray());
        using var nowhere = await app.Http.GetAsync("/c/pay/cs_test_no");
        Assert.Equal(404, (int)nowhere.StatusCode);
    }

    [Fact]
    public async Task A_saved_method_with_3_D_Secure_comes_back_to_the_portal()
    {
        var customer = await caller.Customer();
        var portal = (await caller.Post("/v1/billing_portal/sessions", $"customer={customer}")).Ok().Text("url");
        foreach (var (result, saved) in ((string, int)[])[("fail", 0), ("complete", 1)])
        {
            using var step = await app.Http.PostAsync(portal + "/payment-methods/add", new FormUrlEncodedContent([new("card_number", "4000002500003155"), new("card_expiry", "12/34"), new("card_cvc", "123")]));
            using var back = await app.Http.PostAsync(step.Headers.Location!.ToString(), new FormUrlEncodedContent([new("result", result)]));
            using var end = await app.Http.GetAsync(back.Headers.Location!.ToString());
            Assert.Equal(saved == 0 ? 402 : 303, (int)end.StatusCode);
            Assert.Equal(saved, (await caller.Get($"/v1/customers/{customer}/payment_methods")).Ok()["data"]!.AsArray().Count);
        }

        Assert.StartsWith("pm_", (await caller.Get($"/v1/customers/{customer}")).Ok().Text("invoice_settings.default_payment_method"), StringComparison.Ordinal);
    }

    private async Task<Answer> Session(string form) => (await caller.Post(Url, form)).Ok();

    private async Task<HttpResponseMessage> Pay(Answer session, string card, string? email = "ada@example.com", params KeyValuePair<string, string>[] more)
    {
        List<KeyValuePair<string, string>> fields = [new("name", "Ada"), new("card_number", card), new("card_expiry", "12/34"), new("card_cvc", "123"), new("payment_method", "card"), .. more];
        if (email is not null)
        {
            fields.Add(new("email", email));
        }

        return await app.Http.PostAsync(session.Text("url"), new FormUrlEncodedContent(fields));
    }
}
