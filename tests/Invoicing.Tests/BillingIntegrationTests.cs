using System.Net;
using System.Text.Json;
using Marketplace.Contracts.Invoicing;
using Marketplace.ServiceDefaults;
using Marketplace.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Marketplace.Invoicing.Tests;

public sealed class BillingIntegrationTests(InvoicingApp app) : IClassFixture<InvoicingApp>
{
    [Fact]
    public async Task A_restricted_key_with_two_permissions_is_enough_and_the_provider_makes_the_endpoint()
    {
        var (organization, account, owner) = Provider();
        var body = await owner.Post("/v1/billing-integrations", Body(organization, account, await app.Stripe.Restricted(account))).Expect<JsonElement>(HttpStatusCode.Created);
        var id = body.GetProperty("id").GetString()!;
        Assert.Equal(("acme-eu-billing", account, false, "invoices"), (
            body.GetProperty("name").GetString(), body.GetProperty("accountId").GetString(), body.GetProperty("livemode").GetBoolean(), body.GetProperty("billingModel").GetString()));
        Assert.StartsWith("rk_test_…", body.GetProperty("secretKey").GetString(), StringComparison.Ordinal);
        var webhook = body.GetProperty("webhook");
        Assert.Equal("signing_secret_required", webhook.GetProperty("status").GetString());
        Assert.Equal($"http://localhost:8080/webhooks/stripe/{id}", webhook.GetProperty("url").GetString());
        Assert.Equal("2026-07-29.dahlia", webhook.GetProperty("apiVersion").GetString());
        Assert.False((await Told(id))[^1].Ready);

        using var read = await owner.GetAsync($"/v1/billing-integrations/{id}").Expect();
        var etag = read.Headers.ETag!.Tag;
        await owner.Patch($"/v1/billing-integrations/{id}", new { webhookSigningSecret = "whsec_abcdefgh12345678" }).ExpectProblem((HttpStatusCode)428, "if_match_required");
        var patched = await owner.Patch($"/v1/billing-integrations/{id}", new { webhookSigningSecret = "whsec_abcdefgh12345678" }, etag).Expect<JsonElement>();
        Assert.Equal("provided", patched.GetProperty("webhook").GetProperty("status").GetString());
        await owner.Patch($"/v1/billing-integrations/{id}", new { title = "Late" }, etag).ExpectProblem(HttpStatusCode.PreconditionFailed, "version_mismatch");

        var told = (await Told(id))[^1];
        Assert.True(told.Ready);
        Assert.Equal((2L, organization, account), (told.Version, told.OrganizationId, told.AccountId));
        Assert.Equal("whsec_abcdefgh12345678", app.Services.GetRequiredService<FieldCipher>().Decrypt(told.SigningSecrets[0], organization, id, "webhook-secret"));
    }

    [Fact]
    public async Task A_key_that_may_makes_the_endpoint_itself_and_a_deleted_integration_takes_it_away()
    {
        var (organization, account, owner) = Provider();
        var body = await owner.Post("/v1/billing-integrations", Body(organization, account, EmulatedStripe.Secret(account))).Expect<JsonElement>(HttpStatusCode.Created);
        var id = body.GetProperty("id").GetString()!;
        Assert.Equal("managed", body.GetProperty("webhook").GetProperty("status").GetString());
        var endpoints = app.Stripe.Client(account).V1.WebhookEndpoints;
        var endpoint = Assert.Single((await endpoints.ListAsync()).Data);
        Assert.Equal((body.GetProperty("webhookUrl").GetString(), "2026-07-29.dahlia", id), (endpoint.Url, endpoint.ApiVersion, endpoint.Metadata["marketplace_integration"]));
        Assert.Equal(["invoice.finalized", "invoice.marked_uncollectible", "invoice.paid", "invoice.voided"], endpoint.EnabledEvents.Order());
        Assert.True((await Told(id))[^1].Ready);

        await owner.Delete($"/v1/billing-integrations/{id}", "\"1\"").Expect(HttpStatusCode.NoContent);
        Assert.Empty((await endpoints.ListAsync()).Data);
        await owner.GetAsync($"/v1/billing-integrations/{id}").ExpectProblem(HttpStatusCode.NotFound, "not_found");
        Assert.True((await Told(id))[^1].Deleted);
    }

    [Fact]
    public async Task Keys_of_two_modes_or_two_accounts_are_refused()
    {
        var (organization, account, owner) = Provider();
        var other = EmulatedStripe.NewAccount();
        await owner.Post("/v1/billing-integrations", Body(organization, account, EmulatedStripe.Secret(account, live: true))).ExpectProblem((HttpStatusCode)422, "livemode_mismatch", "publishableKey");
        await owner.Post("/v1/billing-integrations", Body(organization, account, EmulatedStripe.Secret(other))).ExpectProblem((HttpStatusCode)422, "account_mismatch", "publishableKey");
        await owner.Post("/v1/billing-integrations", Body(organization, account, await app.Stripe.Restricted(other))).ExpectProblem((HttpStatusCode)422, "account_mismatch");
        Assert.Equal(0, await app.Database.Scalar<long>("select count(*) from billing_integrations where organization_id = $1", organization));
    }

    [Theory]
    [InlineData("none", "write", "Customers: Write")]
    [InlineData("read", "write", "Customers: Write")]
    [InlineData("write", "read", "Invoices: Write")]
    public async Task A_restricted_key_that_lacks_a_permission_is_refused_by_its_name(string customer, string invoice, string permission)
    {
        var (organization, account, owner) = Provider();
        var refusal = await owner.Post("/v1/billing-integrations", Body(organization, account, await app.Stripe.Restricted(account, customer, invoice)))
            .ExpectProblem((HttpStatusCode)422, "stripe_permission_missing", "secretKey");
        Assert.Contains(permission, refusal.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_revoked_key_a_malformed_key_and_a_missing_field_are_refused()
    {
        var (organization, account, owner) = Provider();
        var revoked = EmulatedStripe.Secret(account);
        await app.Stripe.Revoke(revoked);
        await owner.Post("/v1/billing-integrations", Body(organization, account, revoked)).ExpectProblem((HttpStatusCode)422, "stripe_key_invalid", "secretKey");
        await owner.Post("/v1/billing-integrations", Body(organization, account, "hunter2")).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "secretKey");
        await owner.Post("/v1/billing-integrations", new { organizationId = organization, title = "x" }).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "secretKey");
        await owner.Post("/v1/billing-integrations", new
        {
            organizationId = organization, title = "x", publishableKey = EmulatedStripe.Publishable(account), secretKey = EmulatedStripe.Secret(account), billingModel = "subscriptions",
        }).ExpectProblem((HttpStatusCode)422, "billing_model_unavailable", "billingModel");
    }

    [Fact]
    public async Task Stripe_away_changes_nothing_and_says_so()
    {
        var (organization, account, owner) = Provider();
        await app.Stripe.Fail(new { account, kind = "reset", path = "/v1/account" });
        await owner.Post("/v1/billing-integrations", Body(organization, account, EmulatedStripe.Secret(account))).ExpectProblem(HttpStatusCode.ServiceUnavailable, "stripe_unavailable");
        Assert.Equal(0, await app.Database.Scalar<long>("select count(*) from billing_integrations where organization_id = $1", organization));
    }

    [Fact]
    public async Task Keys_are_rotated_within_one_account_and_mode_only()
    {
        var seller = await Seller.Open(app);
        var path = $"/v1/billing-integrations/{seller.Integration}/keys";
        var fresh = await app.Stripe.Restricted(seller.Account);
        var rotated = await seller.Owner.Post(path, Keys(seller.Account, fresh)).Expect<JsonElement>();
        Assert.EndsWith(fresh[^4..], rotated.GetProperty("secretKey").GetString(), StringComparison.Ordinal);

        var other = EmulatedStripe.NewAccount();
        await seller.Owner.Post(path, Keys(other, EmulatedStripe.Secret(other))).ExpectProblem((HttpStatusCode)422, "account_mismatch", "secretKey");
        await seller.Owner.Post(path, new { publishableKey = EmulatedStripe.Publishable(seller.Account, live: true), secretKey = EmulatedStripe.Secret(seller.Account, live: true) })
            .ExpectProblem((HttpStatusCode)422, "livemode_mismatch", "secretKey");
    }

    [Fact]
    public async Task No_key_is_in_the_database_or_in_the_logs()
    {
        var seller = await Seller.Open(app);
        await app.Stripe.Revoke(seller.Key);
        await seller.Charge(seller.Approved(Plans.Of(basePrice: 2500)));
        await Eventually.Until(seller.Queue, queue => queue.GetProperty("status").GetString() == "paused", "the queue is paused");

        var dump = await Dump();
        Assert.Contains(seller.Integration, dump, StringComparison.Ordinal);
        Assert.DoesNotContain(seller.Key, dump, StringComparison.Ordinal);
        Assert.DoesNotContain("whsec_0123456789abcdef", dump, StringComparison.Ordinal);
        Assert.False(app.Logs.Contain(seller.Key), "The key was logged.");
        Assert.False(app.Logs.Contain("whsec_0123456789abcdef"), "The signing secret was logged.");
    }

    [Fact]
    public async Task Lists_show_only_one_s_own_page_by_page()
    {
        var (organization, account, owner) = Provider();
        for (var n = 0; n < 3; n++)
        {
            await owner.Post("/v1/billing-integrations", Body(organization, account, await app.Stripe.Restricted(account))).Expect(HttpStatusCode.Created);
        }

        await Seller.Open(app);
        var first = await owner.Get("/v1/billing-integrations?limit=2");
        var second = await owner.Get($"/v1/billing-integrations?limit=2&cursor={first.GetProperty("nextCursor").GetString()}");
        var names = first.GetProperty("data").EnumerateArray().Concat(second.GetProperty("data").EnumerateArray()).Select(i => i.GetProperty("name").GetString());
        Assert.Equal(["acme-eu-billing-3", "acme-eu-billing-2", "acme-eu-billing"], names);
        Assert.Equal(JsonValueKind.Null, second.GetProperty("nextCursor").ValueKind);
    }

    [Fact]
    public async Task A_zero_in_a_text_is_refused()
    {
        var (organization, account, owner) = Provider();
        var body = new { organizationId = organization, title = "Acme\0", publishableKey = EmulatedStripe.Publishable(account), secretKey = EmulatedStripe.Secret(account) };
        await owner.Post("/v1/billing-integrations", body).Expect(HttpStatusCode.BadRequest);
        foreach (var path in (string[])["billing-integrations?organizationId=%00", "invoices?subscription=%00", "invoices?organization=%00", "invoices?status=%00"])
        {
            await owner.GetAsync($"/v1/{path}").Expect(HttpStatusCode.BadRequest);
        }
    }

    [Fact]
    public async Task What_is_in_use_is_not_deleted()
    {
        var seller = await Seller.Open(app);
        var id = await seller.Charge(seller.Approved(Plans.Of(basePrice: 2500)));
        await seller.Until(id, "open");
        await seller.Owner.Delete($"/v1/billing-integrations/{seller.Integration}", "\"1\"").ExpectProblem(HttpStatusCode.Conflict, "billing_integration_in_use");
    }

    private static object Keys(string account, string secretKey) => new { publishableKey = EmulatedStripe.Publishable(account), secretKey };

    private static object Body(string organizationId, string account, string secretKey) =>
        new { organizationId, title = "Acme – EU Billing", publishableKey = EmulatedStripe.Publishable(account), secretKey, billingModel = "invoices" };

    private (string Organization, string Account, HttpClient Owner) Provider()
    {
        var organization = TestCaller.NewId("org");
        return (organization, EmulatedStripe.NewAccount(), app.ClientFor(TestCaller.Provider(organization, Roles.Owner)));
    }

    private Task<List<BillingIntegrationChanged>> Told(string id) => app.Announced<BillingIntegrationChanged>(m => m.BillingIntegrationId == id);

    // Every row of every table as text, as a thief of a backup would have it.
    private async Task<string> Dump()
    {
        var tables = await app.Database.Column<string>("select quote_ident(table_name) from information_schema.tables where table_schema = 'public'");
        var rows = await Task.WhenAll(tables.Select(table => app.Database.Column<string>($"select t::text from {table} t")));
        return string.Join('\n', rows.SelectMany(r => r));
    }
}
