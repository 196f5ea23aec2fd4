using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Marketplace.ServiceDefaults;
using Marketplace.Testing;
using Stripe;

namespace Marketplace.Invoicing.Tests;

/// <summary>What a key may do is found out by asking, and asking changes nothing.</summary>
public sealed class PermissionTests(InvoicingApp app) : IClassFixture<InvoicingApp>
{
    /// <summary>The permissions that the billing model <c>subscriptions</c> needs: the 22 of the field, and two more to complete renewals and to give back.</summary>
    public static readonly string[] OfSubscriptions =
    [
        "customer_read", "customer_write", "checkout_session_read", "checkout_session_write", "subscription_read", "subscription_write", "invoice_read", "invoice_write", "charge_write", "portal_session_write",
        "payment_method_read", "payment_method_write", "plan_read", "plan_write", "product_read", "product_write", "usage_record_read", "usage_record_write", "billing_meter_read",
        "billing_meter_write", "billing_meter_event_read", "billing_meter_event_write", "billing_meter_event_adjustment_read", "billing_meter_event_adjustment_write",
    ];

    [Fact]
    public async Task A_key_with_two_permissions_shows_what_each_billing_model_still_lacks_and_nothing_is_changed()
    {
        var seller = await Seller.Open(app);
        var before = await app.Stripe.Objects(seller.Account);
        var table = await seller.Owner.Get($"/v1/billing-integrations/{seller.Integration}/permissions");
        Assert.Equal(before, await app.Stripe.Objects(seller.Account));
        Assert.Equal(("restricted", app.Clock.GetUtcNow()), (table.GetProperty("keyKind").GetString(), table.GetProperty("probedAt").GetDateTimeOffset()));
        Assert.DoesNotContain(seller.Key, table.GetRawText(), StringComparison.Ordinal);

        var invoices = Model(table, "invoices");
        Assert.True(invoices.GetProperty("sufficient").GetBoolean() && invoices.GetProperty("inUse").GetBoolean());
        Assert.Equal(
            [
                ("customer_write", "Customers: Write", true, "ok"), ("invoice_write", "Invoices: Write", true, "ok"),
                ("checkout_session_read", "Checkout Sessions: Read", false, "missing"), ("checkout_session_write", "Checkout Sessions: Write", false, "missing"),
                ("payment_method_read", "PaymentMethods: Read", false, "missing"), ("payment_method_write", "PaymentMethods: Write", false, "missing"),
                ("setup_intent_read", "SetupIntents: Read", false, "missing"), ("portal_session_write", "Customer portal: Write", false, "missing"),
                ("credit_note_write", "Credit Notes: Write", false, "missing"), ("charge_write", "Charges and Refunds: Write", false, "missing"), ("charge_read", "Charges and Refunds: Read", false, "missing"),
                ("dispute_read", "Disputes: Read", false, "missing"), ("payment_intent_read", "PaymentIntents: Read", false, "missing"),
                ("webhook_write", "Webhook Endpoints: Write", false, "missing"),
            ],
            Rows(invoices).Select(r => (r.Name, r.Dashboard, r.Required, r.Status)));

        var subscriptions = Model(table, "subscriptions");
        Assert.False(subscriptions.GetProperty("sufficient").GetBoolean());
        Assert.Equal(OfSubscriptions.Order(), Rows(subscriptions).Where(r => r.Required).Select(r => r.Name).Order());
        Assert.Equal(["customer_read", "customer_write", "invoice_read", "invoice_write"], Rows(subscriptions).Where(r => r.Status == "ok").Select(r => r.Name).Order());
        var plan = subscriptions.GetProperty("permissions").EnumerateArray().Single(p => p.GetProperty("permission").GetString() == "plan_write");
        Assert.Equal("Prices: Write", plan.GetProperty("dashboardName").GetString());
        Assert.Contains("rak_plan_write", plan.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_permission_alone_is_told_from_all_others()
    {
        var seller = await Seller.Open(app);
        foreach (var permission in OfSubscriptions.Append("webhook_write").Where(p => !p.EndsWith("adjustment_read", StringComparison.Ordinal) && p != "billing_meter_event_read"))
        {
            var cut = permission.LastIndexOf('_');
            var (resource, may) = (permission[..cut], permission[(cut + 1)..]);
            await app.Stripe.Permit(seller.Key, new Dictionary<string, string> { [resource] = may });
            var ok = Rows(Model(await seller.Owner.Get($"/v1/billing-integrations/{seller.Integration}/permissions"), "subscriptions")).Where(r => r.Status == "ok").Select(r => r.Name);
            string[] expected = may == "write" ? [.. new[] { $"{resource}_read", permission }.Where(p => OfSubscriptions.Contains(p) || p == "webhook_write")] : [permission];
            Assert.Equal(expected.Order(), ok.Order());
        }
    }

    [Fact]
    public async Task With_all_permissions_nothing_is_missing_and_still_nothing_is_changed()
    {
        var seller = await Seller.Open(app);
        await seller.Owner.Post($"/v1/billing-integrations/{seller.Integration}/keys", new { publishableKey = EmulatedStripe.Publishable(seller.Account), secretKey = EmulatedStripe.Secret(seller.Account) }).Expect();
        var before = await app.Stripe.Objects(seller.Account);
        var table = await seller.Owner.Get($"/v1/billing-integrations/{seller.Integration}/permissions");
        Assert.Equal(before, await app.Stripe.Objects(seller.Account));
        Assert.Equal("standard", table.GetProperty("keyKind").GetString());
        Assert.All(["invoices", "subscriptions"], model => Assert.All(Rows(Model(table, model)), row => Assert.Equal("ok", row.Status)));
    }

    [Fact]
    public async Task Saving_names_every_permission_that_the_billing_model_lacks()
    {
        var (organization, account) = (TestCaller.NewId("org"), EmulatedStripe.NewAccount());
        var owner = app.ClientFor(TestCaller.Provider(organization, Roles.Owner));
        var needed = OfSubscriptions.Select(p => p[..p.LastIndexOf('_')]).Distinct().ToDictionary(p => p, _ => "write");
        string[] lacking = ["plan", "billing_meter"];
        var some = await app.Stripe.Permitted(account, needed.Where(n => !lacking.Contains(n.Key)).ToDictionary());
        object Body(string key) => new { organizationId = organization, title = "S", publishableKey = EmulatedStripe.Publishable(account), secretKey = key, billingModel = "subscriptions" };

        using var answer = await owner.Post("/v1/billing-integrations", Body(some));
        Assert.Equal((HttpStatusCode)422, answer.StatusCode);
        var refusal = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal("stripe_permission_missing", refusal.GetProperty("code").GetString());
        Assert.Equal(["billing_meter_read", "billing_meter_write", "plan_read", "plan_write"], refusal.GetProperty("missing").EnumerateArray().Select(m => m.GetProperty("permission").GetString()).Order());
        Assert.All(["Prices: Read", "Prices: Write", "Meters: Read", "Meters: Write"], name => Assert.Contains(name, refusal.GetProperty("detail").GetString(), StringComparison.Ordinal));

        var made = await owner.Post("/v1/billing-integrations", Body(await app.Stripe.Permitted(account, needed))).Expect<JsonElement>(HttpStatusCode.Created);
        Assert.Equal("subscriptions", made.GetProperty("billingModel").GetString());

        // A rotation is held to the same.
        await owner.Post($"/v1/billing-integrations/{made.GetProperty("id").GetString()}/keys", new { publishableKey = EmulatedStripe.Publishable(account), secretKey = some })
            .ExpectProblem((HttpStatusCode)422, "stripe_permission_missing", "secretKey");
    }

    [Fact]
    public async Task A_revoked_key_is_told_as_such_and_pauses_the_queue_and_Stripe_away_is_no_verdict()
    {
        var seller = await Seller.Open(app);
        var path = $"/v1/billing-integrations/{seller.Integration}/permissions";
        await app.Stripe.Fail(new { account = seller.Account, kind = "status", status = 503, path = "/v1/customers*" });
        await seller.Owner.GetAsync(path).ExpectProblem(HttpStatusCode.ServiceUnavailable, "stripe_unavailable");
        Assert.Equal("idle", (await seller.Queue()).GetProperty("status").GetString());
        await app.Stripe.ClearFaults();

        await app.Stripe.Revoke(seller.Key);
        await seller.Owner.GetAsync(path).ExpectProblem((HttpStatusCode)422, "stripe_key_invalid");
        var queue = await seller.Queue();
        Assert.Equal(("paused", true), (queue.GetProperty("status").GetString(), queue.GetProperty("retryOffered").GetBoolean()));
        await seller.Owner.Post($"/v1/billing-integrations/{seller.Integration}/keys", new { publishableKey = EmulatedStripe.Publishable(seller.Account), secretKey = await app.Stripe.Restricted(seller.Account) }).Expect();
        queue = await seller.Queue();
        Assert.Equal(("idle", false), (queue.GetProperty("status").GetString(), queue.GetProperty("retryOffered").GetBoolean()));
    }

    [Fact]
    public async Task An_old_publishable_key_is_proven_by_an_intent_that_only_its_account_can_open()
    {
        // Keys of the form that does not tell an account belong to this one.
        const string Account = "acct_1Default000000000";
        const string Old = "pk_test_oldform0";
        var organization = TestCaller.NewId("org");
        var owner = app.ClientFor(TestCaller.Provider(organization, Roles.Owner));
        object Body(string secretKey) => new { organizationId = organization, title = "Old", publishableKey = Old, secretKey, webhookSigningSecret = "whsec_0123456789abcdef" };
        var key = EmulatedStripe.Secret(Account);
        await owner.Post("/v1/billing-integrations", Body(key)).ExpectProblem((HttpStatusCode)422, "publishable_key_unproven", "publishableKey");

        await app.Stripe.Client(Account).V1.SetupIntents.CreateAsync(new SetupIntentCreateOptions());
        Assert.Equal(Account, (await owner.Post("/v1/billing-integrations", Body(key)).Expect<JsonElement>(HttpStatusCode.Created)).GetProperty("accountId").GetString());

        var other = EmulatedStripe.NewAccount();
        await app.Stripe.Client(other).V1.SetupIntents.CreateAsync(new SetupIntentCreateOptions());
        await owner.Post("/v1/billing-integrations", Body(EmulatedStripe.Secret(other))).ExpectProblem((HttpStatusCode)422, "account_mismatch", "publishableKey");
    }

    [Theory]
    [InlineData(403, null, false)]
    [InlineData(404, "resource_missing", true)]
    [InlineData(400, "parameter_missing", true)]
    [InlineData(404, null, null)]
    [InlineData(402, "card_declined", null)]
    public void Only_an_answer_about_the_object_proves_a_permission(int status, string? code, bool? has) =>
        Assert.Equal(has, PermissionProbe.Judge(StripePermissions.Of["invoices"][0], new((HttpStatusCode)status, code, "said", default)).Has);

    private static JsonElement Model(JsonElement table, string model) => table.GetProperty("billingModels").EnumerateArray().Single(m => m.GetProperty("billingModel").GetString() == model);

    private static IEnumerable<(string Name, string Dashboard, bool Required, string Status)> Rows(JsonElement model) => model.GetProperty("permissions").EnumerateArray().Select(p => (
        p.GetProperty("permission").GetString()!, p.GetProperty("dashboardName").GetString()!, p.GetProperty("required").GetBoolean(), p.GetProperty("status").GetString()!));
}
