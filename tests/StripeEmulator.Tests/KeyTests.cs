namespace Marketplace.StripeEmulator.Tests;

public sealed class KeyTests(EmulatorApp app) : IClassFixture<EmulatorApp>
{
    private readonly Caller caller = app.NewAccount();

    [Fact]
    public async Task A_key_for_customers_and_invoices_does_what_an_invoice_needs_and_nothing_else()
    {
        var restricted = await Restricted(new { customer = "write", invoice = "write" });
        Assert.StartsWith($"rk_test_51{caller.Account[6..]}", restricted.Key, StringComparison.Ordinal);
        var customer = await restricted.Customer("email=a@example.com");
        var invoice = await restricted.Open(customer, 2500, "collection_method=send_invoice&days_until_due=14");
        Assert.Equal("open", invoice.Text("status"));
        Assert.Equal(200, (await restricted.Get($"/v1/invoices/search?query=customer:'{customer}'")).Status);
        Assert.Equal(200, (await restricted.Get($"/v1/customers/{customer}/payment_methods")).Status);
        Assert.Equal(200, (await restricted.Post($"/v1/invoices/{invoice.Id}/void")).Status);
        var refused = await restricted.Get("/v1/account");
        Assert.Equal((403, "invalid_request_error"), (refused.Status, refused.Text("error.type")));
        Assert.Null(refused.At("error.code"));
        Assert.StartsWith("The provided key 'rk_test_***", refused.Message, StringComparison.Ordinal);
        Assert.EndsWith("Having the 'rak_accounts_kyc_basic_read' permission would allow this request to continue.", refused.Message, StringComparison.Ordinal);
        Assert.Contains("'rak_webhook_write'", (await restricted.Post("/v1/webhook_endpoints", "url=http://example.com&enabled_events[]=*")).Message, StringComparison.Ordinal);
        Assert.Contains("'rak_event_read'", (await restricted.Get("/v1/events")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reading_is_not_writing_but_writing_is_reading()
    {
        var reader = await Restricted(new { customer = "read" });
        Assert.Equal(200, (await reader.Get("/v1/customers")).Status);
        Assert.Contains("'rak_customer_write'", (await reader.Post("/v1/customers")).Message, StringComparison.Ordinal);
        Assert.Equal(200, (await (await Restricted(new { customer = "write" })).Get("/v1/customers")).Status);
    }

    [Fact]
    public async Task A_restricted_key_s_permissions_are_edited_like_in_the_dashboard()
    {
        var restricted = await Restricted(new { customer = "write" });
        Assert.Equal(200, (await restricted.Post("/v1/customers")).Status);
        await caller.Turn(HttpMethod.Put, $"keys/{restricted.Key}/permissions", new { customer = "read" });
        Assert.Equal(200, (await restricted.Get("/v1/customers")).Status);
        Assert.Contains("'rak_customer_write'", (await restricted.Post("/v1/customers")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_permission_is_judged_before_the_parameters_and_the_object()
    {
        var nothing = await Restricted(new { customer = "read" });
        var everything = await Restricted(new { all = "write" });
        foreach (var (path, form, permission, refused) in ((string, string, string, int)[])[
            ("/v1/billing/meter_events", "", "billing_meter_event_write", 400), ("/v1/billing_portal/sessions", "customer=cus_none", "portal_session_write", 400),
            ("/v1/checkout/sessions/cs_none/expire", "", "checkout_session_write", 404), ("/v1/prices/price_none", "", "plan_write", 404)])
        {
            var denied = await nothing.Post(path, form);
            Assert.Equal(403, denied.Status);
            Assert.Contains($"'rak_{permission}'", denied.Message, StringComparison.Ordinal);
            Assert.Equal(refused, (await everything.Post(path, form)).Status);
        }

        const string Usage = "/v1/subscription_items/si_none/usage_records";
        Assert.Contains("'rak_usage_record_write'", (await nothing.Post(Usage, "quantity=1", ("Stripe-Version", "2024-06-20"))).Message, StringComparison.Ordinal);
        Assert.Equal("resource_missing", (await everything.Post(Usage, "quantity=1", ("Stripe-Version", "2024-06-20"))).Text("error.code"));
    }

    [Fact]
    public async Task A_revoked_key_is_unauthorized()
    {
        var restricted = await Restricted(new { customer = "write" });
        await caller.Turn(HttpMethod.Delete, $"keys/{restricted.Key}");
        Assert.Equal(401, (await restricted.Get("/v1/customers")).Status);
        var secret = app.NewAccount();
        await secret.Turn(HttpMethod.Delete, $"keys/{secret.Key}");
        Assert.Equal(401, (await secret.Get("/v1/customers")).Status);
    }

    private async Task<Caller> Restricted(object permissions)
    {
        var made = await caller.Turn(HttpMethod.Post, "keys", new { account = caller.Account, livemode = false, permissions });
        return caller.With(made!["key"]!.GetValue<string>());
    }

    [Fact]
    public async Task An_answer_is_not_repeated_to_a_key_that_could_not_have_asked()
    {
        var reader = (await caller.Turn(HttpMethod.Post, "keys", new { account = caller.Account, permissions = new { customer = "read" } }))!["key"]!.GetValue<string>();
        (await caller.Post("/v1/customers", "name=Ada", ("Idempotency-Key", "hers"))).Ok();
        Assert.Equal(403, (await caller.With(reader).Post("/v1/customers", "name=Ada", ("Idempotency-Key", "hers"))).Status);
    }
}
