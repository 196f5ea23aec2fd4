namespace Marketplace.StripeEmulator.Tests;

public sealed class PortalConfigurationTests(EmulatorApp app) : IClassFixture<EmulatorApp>
{
    private const string Url = "/v1/billing_portal/configurations";
    private readonly Caller caller = app.NewAccount();

    [Fact]
    public async Task A_configuration_has_Stripes_defaults_and_takes_what_is_sent()
    {
        var made = (await caller.Post(Url, "features[invoice_history][enabled]=true&business_profile[headline]=Hello&metadata[a]=1&features[subscription_cancel][enabled]=true&features[subscription_cancel][cancellation_reason][enabled]=true&features[subscription_cancel][cancellation_reason][options][]=unused")).Ok();
        Assert.True(made.At("features.invoice_history.enabled")!.GetValue<bool>());
        Assert.False(made.At("features.customer_update.enabled")!.GetValue<bool>());
        Assert.Equal(("at_period_end", "unused", "Hello"), (made.Text("features.subscription_cancel.mode"), made.Text("features.subscription_cancel.cancellation_reason.options.0"), made.Text("business_profile.headline")));
        Assert.False(made["is_default"]!.GetValue<bool>());
        Assert.Equal(made.Id, (await caller.Get($"/v1/events?type=billing_portal.configuration.created")).Ok().Text("data.0.data.object.id"));
        Assert.Equal(made.Body.ToJsonString(), (await caller.Get($"{Url}/{made.Id}")).Ok().Body.ToJsonString());
    }

    [Fact]
    public async Task An_update_changes_what_is_sent_only_and_tells_what_was_before()
    {
        var made = (await caller.Post(Url, "features[invoice_history][enabled]=true&features[customer_update][enabled]=true&features[customer_update][allowed_updates][]=email")).Ok();
        var updated = (await caller.Post($"{Url}/{made.Id}", "active=False&features[invoice_history][enabled]=false&name=Plain&metadata[foo]=bar")).Ok();
        Assert.False(updated["active"]!.GetValue<bool>());
        Assert.False(updated.At("features.invoice_history.enabled")!.GetValue<bool>());
        Assert.Equal(("email", "Plain", "bar"), (updated.Text("features.customer_update.allowed_updates.0"), updated.Text("name"), updated.Text("metadata.foo")));
        var told = (await caller.Get("/v1/events?type=billing_portal.configuration.updated")).Ok();
        Assert.True(told.At("data.0.data.previous_attributes.active")!.GetValue<bool>());
        Assert.Null(told.At("data.0.data.previous_attributes.business_profile"));
    }

    [Fact]
    public async Task Each_account_has_one_default_and_lists_by_what_is_asked()
    {
        var other = (await caller.Post(Url, "features[invoice_history][enabled]=true")).Ok();
        await caller.Post($"{Url}/{other.Id}", "active=false");
        var defaults = (await caller.Get($"{Url}?is_default=true")).Ok();
        Assert.Single(defaults["data"]!.AsArray());
        Assert.Equal(defaults.Text("data.0.id"), (await caller.Get($"{Url}?is_default=true")).Ok().Text("data.0.id"));
        Assert.Equal(other.Id, (await caller.Get($"{Url}?active=false")).Ok().Text("data.0.id"));
        var refused = await caller.Post($"{Url}/{defaults.Text("data.0.id")}", "active=false");
        Assert.Equal((400, "active"), (refused.Status, refused.Text("error.param")));
    }

    [Fact]
    public async Task The_login_address_is_permanent_and_shown_while_it_works()
    {
        var made = (await caller.Post(Url, "features[invoice_history][enabled]=true&login_page[enabled]=true")).Ok();
        var url = made.Text("login_page.url");
        using (var there = await app.Http.GetAsync(url))
        {
            Assert.Equal(200, (int)there.StatusCode);
        }

        Assert.Null((await caller.Post($"{Url}/{made.Id}", "login_page[enabled]=false")).Ok().At("login_page.url"));
        using (var gone = await app.Http.GetAsync(url))
        {
            Assert.Equal(404, (int)gone.StatusCode);
        }

        Assert.Equal(url, (await caller.Post($"{Url}/{made.Id}", "login_page[enabled]=true")).Ok().Text("login_page.url"));
    }

    [Theory]
    [InlineData("", "features", "parameter_missing")]
    [InlineData("features[invoice_history]=", "features[invoice_history]", "parameter_invalid_empty")]
    [InlineData("features[invoice_history][enabled]=maybe", "features[invoice_history][enabled]", "")]
    [InlineData("features[invoice_history][enabled]=true&default_return_url=nowhere", "default_return_url", "url_invalid")]
    [InlineData("features[customer_update][enabled]=true", "features[customer_update][allowed_updates]", "parameter_missing")]
    [InlineData("features[subscription_update][enabled]=true", "features[subscription_update][default_allowed_updates]", "parameter_missing")]
    [InlineData("features[subscription_update][enabled]=true&features[subscription_update][default_allowed_updates][]=price", "features[subscription_update][products]", "parameter_missing")]
    [InlineData("features[subscription_update][enabled]=true&features[subscription_update][default_allowed_updates][]=price&features[subscription_update][products][0][product]=prod_no&features[subscription_update][products][0][prices][]=price_no", "features[subscription_update][products][0][product]", "resource_missing")]
    [InlineData("features[magic][enabled]=true", "features[magic]", "parameter_unknown")]
    public async Task What_cannot_be_is_refused(string form, string param, string code)
    {
        var refused = await caller.Post(Url, form);
        Assert.Equal((400, "invalid_request_error", param, code), (refused.Status, refused.Text("error.type"), refused.Text("error.param"), refused.Code));
    }

    [Fact]
    public async Task A_configuration_that_is_not_there_is_not_found()
    {
        var missing = await caller.Get(Url + "/bpc_no");
        Assert.Equal((404, "resource_missing", "No such configuration: 'bpc_no'"), (missing.Status, missing.Code, missing.Message));
        var made = (await caller.Post(Url, "features[invoice_history][enabled]=true")).Ok();
        Assert.Contains("a similar object exists in test mode", (await caller.Live().Post($"{Url}/{made.Id}", "name=x")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2022-11-15")]
    [InlineData("2024-06-20")]
    public async Task Older_versions_get_their_own_fields(string version)
    {
        var made = (await caller.Post(Url, "features[invoice_history][enabled]=true", ("Stripe-Version", version))).Ok();
        Assert.Null(made["name"]);
        var customer = await caller.Customer();
        (await caller.Post("/v1/billing_portal/sessions", $"customer={customer}&expand[]=configuration", ("Stripe-Version", version))).Ok();
    }
}
