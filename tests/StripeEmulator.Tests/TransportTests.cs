using System.Text;

namespace Marketplace.StripeEmulator.Tests;

public sealed class TransportTests(EmulatorApp app) : IClassFixture<EmulatorApp>
{
    private readonly Caller caller = app.NewAccount();

    [Fact]
    public async Task A_call_without_a_key_is_unauthorized()
    {
        var answer = await caller.With("").Get("/v1/customers");
        Assert.Equal(401, answer.Status);
        Assert.StartsWith("You did not provide an API key.", answer.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("sk_test_")]
    [InlineData("rk_test_51Account000000001neverMadeByAnybody")]
    [InlineData("sk_prod_12345678901234")]
    public async Task A_key_that_is_malformed_or_was_never_made_is_unauthorized(string key)
    {
        var answer = await caller.With(key).Get("/v1/customers");
        Assert.Equal(401, answer.Status);
        Assert.StartsWith("Invalid API Key provided: ", answer.Message, StringComparison.Ordinal);
        Assert.Equal("invalid_request_error", answer.Text("error.type"));
    }

    [Fact]
    public async Task A_key_is_taken_as_a_basic_user_name_too()
    {
        var basic = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(caller.Key + ":"));
        Assert.Equal(caller.Account, (await caller.With("").Get("/v1/account", ("Authorization", basic))).Ok().Id);
    }

    [Fact]
    public async Task A_key_names_its_account_and_any_other_belongs_to_the_default_one()
    {
        Assert.Equal(caller.Account, (await caller.Get("/v1/account")).Ok().Id);
        Assert.Equal("acct_1Default000000000", (await caller.With("sk_test_4eC39HqLyjWDarjtT1zdp7dc").Get("/v1/account")).Ok().Id);
        Assert.Equal(403, (await caller.Get("/v1/accounts/acct_1Somebody0000else")).Status);
    }

    [Fact]
    public async Task A_publishable_key_may_not_call_secret_endpoints()
    {
        var answer = await caller.With(caller.Key.Replace("sk_", "pk_", StringComparison.Ordinal)).Get("/v1/customers");
        Assert.Equal((403, "secret_key_required"), (answer.Status, answer.Code));
    }

    [Fact]
    public async Task Every_spelling_of_a_form_means_the_same()
    {
        string[] spellings =
        [
            "metadata[a]=1&preferred_locales[0]=de&preferred_locales[1]=fr&address[city]=Bad%20Ems",
            "metadata%5Ba%5D=1&preferred_locales[]=de&preferred_locales[]=fr&address%5Bcity%5D=Bad+Ems",
        ];
        foreach (var form in spellings)
        {
            var customer = (await caller.Post("/v1/customers", form)).Ok();
            Assert.Equal("1", customer.Text("metadata.a"));
            Assert.Equal(["de", "fr"], customer["preferred_locales"]!.AsArray().Select(l => l!.GetValue<string>()));
            Assert.Equal("Bad Ems", customer.Text("address.city"));
        }
    }

    [Theory]
    [InlineData("true", true)]
    [InlineData("True", true)]
    [InlineData("False", false)]
    public async Task Booleans_come_in_any_case(string text, bool value)
    {
        var invoice = (await caller.Post("/v1/invoices", $"customer={await caller.Customer()}&auto_advance={text}")).Ok();
        Assert.Equal(value, invoice["auto_advance"]!.GetValue<bool>());
    }

    [Fact]
    public async Task Lists_of_hashes_come_with_and_without_indexes()
    {
        var customer = await caller.Customer();
        string[] spellings =
        [
            "lines[0][amount]=100&lines[0][description]=a&lines[1][amount]=200&lines[1][description]=b",
            "lines[][amount]=100&lines[][description]=a&lines[][amount]=200&lines[][description]=b",
        ];
        foreach (var form in spellings)
        {
            var draft = await caller.Draft(customer, 0);
            var invoice = (await caller.Post($"/v1/invoices/{draft.Id}/add_lines", form)).Ok();
            Assert.Equal(300, invoice.Number("total"));
            Assert.Equal(2, invoice["lines"]!["data"]!.AsArray().Count);
        }
    }

    [Fact]
    public async Task An_empty_string_unsets_and_metadata_is_merged()
    {
        var customer = await caller.Customer("description=x&metadata[a]=1&metadata[b]=2");
        var updated = (await caller.Post($"/v1/customers/{customer}", "description=&metadata[a]=&metadata[c]=3")).Ok();
        Assert.Null(updated["description"]);
        Assert.Equal("""{"b":"2","c":"3"}""", updated["metadata"]!.ToJsonString());
        Assert.Equal("{}", (await caller.Post($"/v1/customers/{customer}", "metadata=")).Ok()["metadata"]!.ToJsonString());
    }

    [Fact]
    public async Task A_required_value_cannot_be_emptied()
    {
        var answer = await caller.Post("/v1/invoices", "customer=");
        Assert.Equal((400, "parameter_invalid_empty", "customer"), (answer.Status, answer.Code, answer.Text("error.param")));
    }

    [Theory]
    [InlineData("metadata[x]=1&foo=1", "parameter_unknown", "foo", "Received unknown parameter: foo")]
    [InlineData("address[zip]=1", "parameter_unknown", "address[zip]", "Received unknown parameter: address[zip]")]
    [InlineData("balance=much", "parameter_invalid_integer", "balance", "Invalid integer: much")]
    [InlineData("email=nobody", "email_invalid", "email", "Invalid email address: nobody")]
    [InlineData("tax_exempt=perhaps", "", "tax_exempt", "Invalid tax_exempt: must be one of exempt, none, or reverse")]
    [InlineData("metadata=text", "", "metadata", "Invalid object")]
    [InlineData("name[a]=1", "", "name", """Invalid string: {"a"=>"1"}""")]
    [InlineData("payment_method=pm_1Nothing", "resource_missing", "payment_method", "No such PaymentMethod: 'pm_1Nothing'")]
    public async Task A_parameter_that_is_wrong_is_refused_in_Stripes_words(string form, string code, string param, string message)
    {
        var answer = await caller.Post("/v1/customers", form);
        Assert.Equal((400, "invalid_request_error", code, param, message), (answer.Status, answer.Text("error.type"), answer.Code, answer.Text("error.param"), answer.Message));
    }

    [Fact]
    public async Task An_unknown_address_and_an_unknown_verb_are_not_found()
    {
        Assert.StartsWith("Unrecognized request URL (GET: /v1/nothing)", (await caller.Get("/v1/nothing")).Message, StringComparison.Ordinal);
        Assert.Equal(404, (await caller.Delete("/v1/customers")).Status);
    }

    [Fact]
    public async Task Every_answer_names_its_request_and_echoes_the_version()
    {
        var answer = await caller.Get("/v1/customers", ("Stripe-Version", "2024-06-20"));
        Assert.StartsWith("req_", answer.Headers.GetValues("Request-Id").Single(), StringComparison.Ordinal);
        Assert.Equal("2024-06-20", answer.Headers.GetValues("Stripe-Version").Single());
        Assert.Equal("Invalid Stripe API version: 2024-06-21", (await caller.Get("/v1/customers", ("Stripe-Version", "2024-06-21"))).Message);
    }

    [Fact]
    public async Task A_delete_takes_its_parameters_from_the_query()
    {
        var draft = await caller.Draft(await caller.Customer());
        Assert.Equal("parameter_unknown", (await caller.Delete($"/v1/invoices/{draft.Id}?foo=1")).Code);
        Assert.True((await caller.Delete($"/v1/invoices/{draft.Id}")).Ok()["deleted"]!.GetValue<bool>());
    }

    [Fact]
    public async Task Pages_go_both_ways_newest_first()
    {
        var mine = app.NewAccount();
        var ids = new List<string>();
        for (var made = 0; made < 5; made++)
        {
            ids.Insert(0, await mine.Customer());
        }

        async Task<(string[] Ids, bool More)> Page(string query)
        {
            var page = (await mine.Get("/v1/customers?" + query)).Ok();
            Assert.Equal(("list", "/v1/customers"), (page.Text("object"), page.Text("url")));
            return ([.. page["data"]!.AsArray().Select(c => c!["id"]!.GetValue<string>())], page["has_more"]!.GetValue<bool>());
        }

        var first = await Page("limit=2");
        Assert.Equal(ids[..2], first.Ids);
        Assert.True(first.More);
        var second = await Page($"limit=2&starting_after={ids[1]}");
        Assert.Equal(ids[2..4], second.Ids);
        var last = await Page($"limit=2&starting_after={ids[3]}");
        Assert.Equal(ids[4..], last.Ids);
        Assert.False(last.More);
        Assert.Equal(ids[1..3], (await Page($"limit=2&ending_before={ids[3]}")).Ids);
        Assert.Equal("parameters_exclusive", (await mine.Get($"/v1/customers?starting_after={ids[0]}&ending_before={ids[1]}")).Code);
        Assert.Equal(400, (await mine.Get("/v1/customers?limit=101")).Status);
    }

    [Fact]
    public async Task Expansions_are_followed_and_refused_where_there_is_nothing_to_expand()
    {
        var customer = await caller.Customer("name=Ada");
        var invoice = await caller.Open(customer);
        var expanded = (await caller.Get($"/v1/invoices/{invoice.Id}?expand[]=customer&expand[]=payments.data.payment.payment_intent&expand[]=confirmation_secret")).Ok();
        Assert.Equal("Ada", expanded.Text("customer.name"));
        Assert.Equal(invoice.Id, expanded.Text("payments.data.0.invoice"));
        Assert.Equal("requires_payment_method", expanded.Text("payments.data.0.payment.payment_intent.status"));
        Assert.Equal(expanded.Text("payments.data.0.payment.payment_intent.client_secret"), expanded.Text("confirmation_secret.client_secret"));
        Assert.Equal("Ada", (await caller.Get($"/v1/invoices?customer={customer}&expand[]=data.customer")).Ok().Text("data.0.customer.name"));
        Assert.Equal("This property cannot be expanded (number).", (await caller.Get($"/v1/invoices/{invoice.Id}?expand[]=number")).Message);
        Assert.Equal("This property cannot be expanded (customer). You may want to try expanding 'data.customer' instead.", (await caller.Get("/v1/invoices?expand[]=customer")).Message);
    }

    [Fact]
    public async Task The_other_mode_sees_nothing_and_says_so()
    {
        var customer = await caller.Customer();
        var answer = await caller.Live().Get($"/v1/customers/{customer}");
        Assert.Equal((404, "resource_missing"), (answer.Status, answer.Code));
        Assert.Equal($"No such customer: '{customer}'; a similar object exists in test mode, but a live mode key was used to make this request.", answer.Message);
        Assert.True((await caller.Live().Post("/v1/customers")).Ok()["livemode"]!.GetValue<bool>());
        Assert.Equal(400, (await caller.Live().Post("/v1/invoices", $"customer={customer}")).Status);
        Assert.Equal(404, (await app.NewAccount().Get($"/v1/customers/{customer}")).Status);
    }

    [Fact]
    public async Task Objects_are_found_by_metadata_and_email()
    {
        var mine = app.NewAccount();
        var wanted = await mine.Customer("email=a@example.com&metadata[order]=6735");
        await mine.Customer("email=b@example.com&metadata[order]=6736");
        async Task<string[]> Found(string query) =>
            [.. (await mine.Get("/v1/customers/search?query=" + Uri.EscapeDataString(query))).Ok()["data"]!.AsArray().Select(c => c!["id"]!.GetValue<string>())];
        Assert.Equal([wanted], await Found("metadata['order']:'6735'"));
        Assert.Equal([wanted], await Found("""email:"a@example.com" AND metadata["order"]:"6735" """));
        Assert.Equal([wanted], await Found("-email:'b@example.com'"));
        Assert.Empty(await Found("created<1"));
        Assert.Equal([wanted], (await mine.Get("/v1/customers?email=a@example.com")).Ok()["data"]!.AsArray().Select(c => c!["id"]!.GetValue<string>()));
        Assert.Equal(400, (await mine.Get("/v1/customers/search?query=shoe:'1'")).Status);
        Assert.Equal("parameter_missing", (await mine.Get("/v1/customers/search")).Code);
    }

    [Theory]
    [InlineData(20_000, 1)]
    [InlineData(1, 40)]
    public async Task A_form_that_would_take_forever_to_read_is_refused(int parameters, int levels)
    {
        var form = string.Join('&', Enumerable.Range(0, parameters).Select(at => $"metadata{string.Concat(Enumerable.Repeat($"[k{at}]", levels))}=1"));
        var answer = await caller.Post("/v1/customers", form, ("Idempotency-Key", "large"));
        Assert.Equal((400, "invalid_request_error"), (answer.Status, answer.Text("error.type")));
    }

    [Fact]
    public async Task Metadata_has_names() => Assert.Equal(400, (await caller.Post("/v1/customers", "metadata[]=1")).Status);

    [Fact]
    public async Task An_address_that_ends_in_a_slash_says_what_is_wrong()
    {
        var answer = await caller.Get("/v1/customers/");
        Assert.Equal(404, answer.Status);
        Assert.Contains("remove the trailing slash", answer.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_deletes_while_paging_goes_on_behind_what_is_gone()
    {
        string[] coupons = ["A", "B", "C"], customers = [await caller.Customer(), await caller.Customer(), await caller.Customer()];
        foreach (var coupon in coupons)
        {
            (await caller.Post("/v1/coupons", $"id={coupon}&percent_off=10&duration=once")).Ok();
        }

        (await caller.Delete("/v1/coupons/B")).Ok();
        (await caller.Delete($"/v1/customers/{customers[1]}")).Ok();
        Assert.Equal("A", (await caller.Get("/v1/coupons?starting_after=B")).Ok().Text("data.0.id"));
        Assert.Equal("C", (await caller.Get("/v1/coupons?ending_before=B")).Ok().Text("data.0.id"));
        Assert.Equal(customers[0], (await caller.Get($"/v1/customers?starting_after={customers[1]}")).Ok().Text("data.0.id"));
    }

    [Fact]
    public async Task A_page_begins_behind_an_object_of_the_list_only()
    {
        var invoice = await caller.Draft(await caller.Customer());
        var answer = await caller.Get($"/v1/customers?starting_after={invoice.Id}");
        Assert.Equal((400, "resource_missing", "starting_after", $"No such customer: '{invoice.Id}'"), (answer.Status, answer.Code, answer.Text("error.param"), answer.Message));
    }

    [Theory]
    [InlineData("2026-08-26.dahlia")]
    [InlineData("2026-10-28.endive")]
    public async Task Versions_after_the_newest_rendering_get_the_newest(string version) =>
        Assert.Equal(version, (await caller.Get("/v1/account", ("Stripe-Version", version))).Ok().Headers.GetValues("Stripe-Version").Single());

    [Theory]
    [InlineData("/v1/webhook_endpoints", "url=http://127.0.0.1:9&enabled_events[]=", "enabled_events[0]")]
    [InlineData("/v1/customers", "preferred_locales[]=de&preferred_locales[]=", "preferred_locales[1]")]
    [InlineData("/v1/customers", "expand[]=", "expand[0]")]
    [InlineData("/v1/prices", "currency=usd&product=&custom_unit_amount[enabled]=true", "product")]
    public async Task An_element_of_a_list_and_a_name_of_an_object_are_not_empty(string path, string form, string param)
    {
        var answer = await caller.Post(path, form);
        Assert.Equal((400, "parameter_invalid_empty", param), (answer.Status, answer.Code, answer.Text("error.param")));
    }

    [Theory]
    [InlineData("javascript:alert(1)")]
    [InlineData("javascript://x%0aalert(1)")]
    [InlineData("vbscript:x")]
    [InlineData("//example.com")]
    [InlineData("/back")]
    public async Task Nobody_is_sent_back_to_what_is_no_address(string address)
    {
        foreach (var kind in (string[])["payment_intents?amount=1000&currency=usd&", "setup_intents?"])
        {
            var answer = await caller.Post($"/v1/{kind}payment_method=pm_card_threeDSecure2Required&confirm=true&return_url={Uri.EscapeDataString(address)}");
            Assert.Equal((400, "url_invalid", "return_url"), (answer.Status, answer.Code, answer.Text("error.param")));
        }
    }

    [Fact]
    public async Task Four_levels_are_expanded_and_the_data_of_a_list_is_one_of_them()
    {
        (await caller.Get("/v1/invoices?expand[]=data.payments.data.payment")).Ok();
        Assert.Equal(400, (await caller.Get("/v1/invoices?expand[]=data.payments.data.payment.charge")).Status);
    }
}
