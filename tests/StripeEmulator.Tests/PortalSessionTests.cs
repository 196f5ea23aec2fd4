using System.Net;

namespace Marketplace.StripeEmulator.Tests;

public sealed class PortalSessionTests(EmulatorApp app) : IClassFixture<EmulatorApp>
{
    private const string Url = "/v1/billing_portal/sessions";
    private readonly Caller caller = app.NewAccount();

    [Fact]
    public async Task A_session_leads_its_customer_into_the_portal()
    {
        var customer = await caller.Customer("name=<Ada>&email=ada@example.com&payment_method=pm_card_visa");
        var invoice = await caller.Open(customer);
        var session = (await caller.Post(Url, $"customer={customer}&return_url=https://shop.example/account&expand[]=configuration")).Ok();
        Assert.True(session.At("configuration.is_default")!.GetValue<bool>());
        Assert.Equal(session.Id, (await caller.Get("/v1/events?type=billing_portal.session.created")).Ok().Text("data.0.data.object.id"));
        var page = await app.Http.GetStringAsync(session.Text("url"));
        Assert.Contains("&lt;Ada&gt;", page, StringComparison.Ordinal);
        Assert.Contains("Visa •••• 4242", page, StringComparison.Ordinal);
        Assert.Contains(invoice.Text("number"), page, StringComparison.Ordinal);
        Assert.Contains(new Uri(invoice.Text("hosted_invoice_url")).AbsolutePath, page, StringComparison.Ordinal);
        Assert.Contains("https://shop.example/account", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "customer", "parameter_missing")]
    [InlineData("customer=cus_no", "customer", "resource_missing")]
    [InlineData("customer=$&configuration=bpc_no", "configuration", "resource_missing")]
    [InlineData("customer=$&return_url=javascript:alert(1)", "return_url", "url_invalid")]
    [InlineData("customer=$&flow_data[type]=magic", "flow_data[type]", "")]
    [InlineData("customer=$&flow_data[type]=subscription_cancel", "flow_data[subscription_cancel]", "parameter_missing")]
    [InlineData("customer=$&flow_data[type]=subscription_cancel&flow_data[subscription_cancel][subscription]=sub_no", "flow_data[subscription_cancel][subscription]", "resource_missing")]
    [InlineData("customer=$&flow_data[type]=subscription_update&flow_data[subscription_update][subscription]=sub_no", "flow_data[type]", "")]
    [InlineData("customer=$&flow_data[type]=payment_method_update&flow_data[subscription_cancel][subscription]=sub_no", "flow_data[subscription_cancel]", "")]
    [InlineData("customer=$&flow_data[type]=payment_method_update&flow_data[after_completion][type]=redirect", "flow_data[after_completion][redirect]", "parameter_missing")]
    [InlineData("customer=$&unknown=1", "unknown", "parameter_unknown")]
    public async Task What_cannot_be_is_refused(string form, string param, string code)
    {
        var refused = await caller.Post(Url, form.Replace("$", await caller.Customer(), StringComparison.Ordinal));
        Assert.Equal((400, "invalid_request_error", param, code), (refused.Status, refused.Text("error.type"), refused.Text("error.param"), refused.Code));
    }

    [Fact]
    public async Task An_inactive_configuration_takes_nobody()
    {
        var configuration = (await caller.Post("/v1/billing_portal/configurations", "features[invoice_history][enabled]=true")).Ok().Id;
        (await caller.Post($"/v1/billing_portal/configurations/{configuration}", "active=false")).Ok();
        var refused = await caller.Post(Url, $"customer={await caller.Customer()}&configuration={configuration}");
        Assert.Equal((400, "configuration"), (refused.Status, refused.Text("error.param")));
    }

    [Fact]
    public async Task Only_what_the_configuration_enables_is_there()
    {
        var configuration = (await caller.Post("/v1/billing_portal/configurations", "features[customer_update][enabled]=true&features[customer_update][allowed_updates][]=phone")).Ok().Id;
        var customer = await caller.Customer("name=Ada&email=ada@example.com&payment_method=pm_card_visa");
        await caller.Open(customer);
        var url = (await caller.Post(Url, $"customer={customer}&configuration={configuration}")).Ok().Text("url");
        var page = await app.Http.GetStringAsync(url);
        Assert.DoesNotContain("Payment methods", page, StringComparison.Ordinal);
        Assert.DoesNotContain("Invoice history", page, StringComparison.Ordinal);
        Assert.Equal(404, await Post(url + "/payment-methods/add", ("card_number", "4242424242424242"), ("card_expiry", "12/34"), ("card_cvc", "123")));
        Assert.Equal(303, await Post(url + "/customer", ("phone", "+15550001"), ("name", "Eve"), ("email", "eve@example.com")));
        var after = (await caller.Get($"/v1/customers/{customer}")).Ok();
        Assert.Equal(("+15550001", "Ada", "ada@example.com"), (after.Text("phone"), after.Text("name"), after.Text("email")));
    }

    [Fact]
    public async Task A_method_is_added_made_the_default_and_removed()
    {
        var customer = await caller.Customer("payment_method=pm_card_mastercard");
        var url = (await caller.Post(Url, $"customer={customer}")).Ok().Text("url");
        Assert.Equal(402, await Post(url + "/payment-methods/add", ("card_number", "4000000000000002"), ("card_expiry", "12/34"), ("card_cvc", "123")));
        Assert.Equal(303, await Post(url + "/payment-methods/add", ("card_number", "4242424242424242"), ("card_expiry", "12/34"), ("card_cvc", "123")));
        var methods = (await caller.Get($"/v1/customers/{customer}/payment_methods")).Ok();
        var (visa, mastercard) = (methods.Text("data.0.id"), methods.Text("data.1.id"));
        Assert.Equal("visa", methods.Text("data.0.card.brand"));
        Assert.Equal(visa, await Default());
        Assert.Equal(303, await Post($"{url}/payment-methods/{mastercard}/default"));
        Assert.Equal(mastercard, await Default());
        Assert.Equal(303, await Post($"{url}/payment-methods/{mastercard}/remove"));
        Assert.Equal("", await Default());
        Assert.Equal(404, await Post($"{url}/payment-methods/{mastercard}/remove"));
        Assert.Equal(mastercard, (await caller.Get("/v1/events?type=payment_method.detached")).Ok().Text("data.0.data.object.id"));

        async Task<string> Default() => (await caller.Get($"/v1/customers/{customer}")).Ok().Text("invoice_settings.default_payment_method");
    }

    [Fact]
    public async Task One_customer_does_not_touch_the_method_of_another()
    {
        var other = await caller.Customer("payment_method=pm_card_visa");
        var method = (await caller.Get($"/v1/customers/{other}/payment_methods")).Ok().Text("data.0.id");
        var url = (await caller.Post(Url, $"customer={await caller.Customer()}")).Ok().Text("url");
        Assert.Equal(404, await Post($"{url}/payment-methods/{method}/remove"));
        Assert.Equal(404, await Post($"{url}/payment-methods/{method}/default"));
    }

    [Fact]
    public async Task The_login_page_shows_a_link_to_who_is_known_and_none_to_others()
    {
        var configuration = (await caller.Post("/v1/billing_portal/configurations", "features[invoice_history][enabled]=true&login_page[enabled]=true")).Ok();
        await caller.Customer("email=grace@example.com");
        var login = configuration.Text("login_page.url");
        Assert.Contains("value=\"grace@example.com\"", await app.Http.GetStringAsync(login + "?prefilled_email=grace@example.com"), StringComparison.Ordinal);
        Assert.Contains("id=\"link\"", await Ask("grace@example.com"), StringComparison.Ordinal);
        Assert.DoesNotContain("id=\"link\"", await Ask("nobody@example.com"), StringComparison.Ordinal);
        Assert.Contains("role=\"alert\"", await Ask("nothing"), StringComparison.Ordinal);

        async Task<string> Ask(string email)
        {
            using var answer = await app.Http.PostAsync(login, new FormUrlEncodedContent([new("email", email)]));
            return await answer.Content.ReadAsStringAsync();
        }
    }

    [Fact]
    public async Task Flows_lead_to_their_page_and_end_as_they_say()
    {
        var customer = await caller.Customer();
        var there = (await caller.Post(Url, $"customer={customer}&flow_data[type]=payment_method_update&flow_data[after_completion][type]=redirect&flow_data[after_completion][redirect][return_url]=https://shop.example/done")).Ok();
        using var first = await app.Http.GetAsync(there.Text("url"));
        Assert.EndsWith("/payment-methods/add", first.Headers.Location!.ToString(), StringComparison.Ordinal);
        using var done = await app.Http.PostAsync(there.Text("url") + "/payment-methods/add", new FormUrlEncodedContent([new("card_number", "4242424242424242"), new("card_expiry", "12/34"), new("card_cvc", "123")]));
        Assert.Equal((HttpStatusCode.SeeOther, "https://shop.example/done"), (done.StatusCode, done.Headers.Location!.ToString()));
        var told = (await caller.Post(Url, $"customer={customer}&flow_data[type]=payment_method_update&flow_data[after_completion][type]=hosted_confirmation&flow_data[after_completion][hosted_confirmation][custom_message]=Thanks")).Ok();
        using var confirmation = await app.Http.PostAsync(told.Text("url") + "/payment-methods/add", new FormUrlEncodedContent([new("card_number", "4242424242424242"), new("card_expiry", "12/34"), new("card_cvc", "123")]));
        Assert.Contains("Thanks", await confirmation.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pages_go_into_no_cache_no_frame_and_no_other_sites_log()
    {
        var url = (await caller.Post(Url, $"customer={await caller.Customer()}")).Ok().Text("url");
        using var page = await app.Http.GetAsync(url);
        Assert.Equal("no-store", page.Headers.CacheControl!.ToString());
        Assert.Equal("no-referrer", page.Headers.GetValues("Referrer-Policy").Single());
        Assert.Contains("frame-ancestors 'none'", page.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.False(page.Headers.Contains("Set-Cookie"));
    }

    private async Task<int> Post(string url, params (string Name, string Value)[] fields)
    {
        using var answer = await app.Http.PostAsync(url, new FormUrlEncodedContent(fields.Select(f => KeyValuePair.Create(f.Name, f.Value))));
        return (int)answer.StatusCode;
    }
}
