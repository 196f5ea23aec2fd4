using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Marketplace.Contracts.Invoicing;
using Marketplace.Contracts.Storage;
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
        Assert.Equal(WebhookEndpoint.WithErrorReports.Order(StringComparer.Ordinal), endpoint.EnabledEvents.Order(StringComparer.Ordinal));
        Assert.All(["invoice.finalized", "invoice.marked_uncollectible", "invoice.paid", "invoice.voided"], name => Assert.Contains(name, endpoint.EnabledEvents));
        Assert.True((await Told(id))[^1].Ready);

        await owner.Delete($"/v1/billing-integrations/{id}", "\"1\"").Expect(HttpStatusCode.NoContent);
        Assert.Empty((await endpoints.ListAsync()).Data);
        await owner.GetAsync($"/v1/billing-integrations/{id}").ExpectProblem(HttpStatusCode.NotFound, "not_found");
        var gone = (await Told(id))[^1];
        Assert.Equal((true, false, 0), (gone.Deleted, gone.Ready, gone.SigningSecrets.Count));
        Assert.True(await IsErased(id));
    }

    [Fact]
    public async Task Keys_of_two_modes_or_two_accounts_are_refused()
    {
        var (organization, account, owner) = Provider();
        var other = EmulatedStripe.NewAccount();
        await owner.Post("/v1/billing-integrations", Body(organization, account, EmulatedStripe.Secret(account, live: true))).ExpectProblem(HttpStatusCode.Conflict, "livemode_mismatch", "publishableKey");
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
        var stale = EmulatedStripe.Publishable(account) + "stale";
        await app.Stripe.Revoke(stale);
        var body = new { organizationId = organization, title = "x", publishableKey = stale, secretKey = EmulatedStripe.Secret(account) };
        await owner.Post("/v1/billing-integrations", body).ExpectProblem((HttpStatusCode)422, "stripe_key_invalid", "publishableKey");
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
            .ExpectProblem(HttpStatusCode.Conflict, "livemode_mismatch", "secretKey");
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
    public async Task What_is_in_use_is_not_deleted_and_its_uses_are_named()
    {
        var seller = await Seller.Open(app);
        string[] catalogs = [TestCaller.NewId("cat"), TestCaller.NewId("cat")];
        foreach (var catalog in catalogs)
        {
            await Attached(catalog, seller, seller.Integration, 2);
        }

        var approved = seller.Approved(Plans.Of(basePrice: 2500));
        var id = await seller.Charge(approved);
        await seller.Until(id, "open");
        await Eventually.Until(async () => (await seller.Jobs()).Count == 0, "the queue is empty");
        var path = $"/v1/billing-integrations/{seller.Integration}";
        using var answer = await seller.Owner.Delete(path, "*");
        Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode);
        var refusal = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal("billing_integration_in_use", refusal.GetProperty("code").GetString());
        Assert.Equal(
            [("catalogs", 2, catalogs.Order().First()), ("live subscriptions", 1, approved.SubscriptionId), ("unpaid invoices", 1, id)],
            refusal.GetProperty("uses").EnumerateArray().Select(u => (u.GetProperty("what").GetString()!, u.GetProperty("count").GetInt32(), u.GetProperty("ids")[0].GetString()!)));

        // An older word about a catalog than the one that is known changes nothing; a newer one frees it.
        await Attached(catalogs[0], seller, null, 1);
        await Attached(catalogs[1], seller, null, 3);
        Assert.Equal(1, (await (await seller.Owner.Delete(path, "*")).Content.ReadFromJsonAsync<JsonElement>()).GetProperty("uses")[0].GetProperty("count").GetInt32());
        await Attached(catalogs[0], seller, null, 3);
        await app.Make<VoidOnCancellation>().Handle(new(approved.SubscriptionId, approved.OrganizationId, "never_paid", app.Clock.GetUtcNow()), default);
        await seller.Until(id, "void");
        await Eventually.Until(async () => (await seller.Jobs()).Count == 0, "the queue is empty again");
        await seller.Owner.Delete(path, "*").Expect(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task Read_only_fields_are_refused_by_name_and_what_a_copy_holds_is_ignored()
    {
        var seller = await Seller.Open(app);
        var path = $"/v1/billing-integrations/{seller.Integration}";
        foreach (var (field, value) in ((string, object)[])[("jobQueueStatus", "idle"), ("job_queue_status", "idle"), ("jobQueue", new { status = "idle" }), ("livemode", true), ("accountId", "acct_x"), ("name", "mine"), ("webhookUrl", "http://x.example")])
        {
            var sent = new Dictionary<string, object?> { ["organizationId"] = seller.Organization, ["title"] = "T", ["publishableKey"] = EmulatedStripe.Publishable(seller.Account), ["secretKey"] = seller.Key, [field] = value };
            await seller.Owner.Post("/v1/billing-integrations", sent).ExpectProblem(HttpStatusCode.BadRequest, "read_only_field", field);
            await seller.Owner.Patch(path, new Dictionary<string, object?> { [field] = value }, "*").ExpectProblem(HttpStatusCode.BadRequest, "read_only_field", field);
        }

        foreach (var field in (string[])["secretKey", "publishableKey", "billingModel", "organizationId", "lanes"])
        {
            await seller.Owner.Patch(path, new Dictionary<string, object?> { [field] = "x" }, "*").ExpectProblem(HttpStatusCode.BadRequest, "read_only_field", field);
        }

        await seller.Owner.Patch(path, new { titel = "typo" }, "*").ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "titel");
        var changed = await seller.Owner.Patch(
            path, new { title = "Kept", id = "x", type = "billing", apiVersion = "2", scope = "org", createdAt = "then", updatedAt = "now", url = "http://x.example" }, "*").Expect<JsonElement>();
        Assert.Equal(("Kept", seller.Integration), (changed.GetProperty("title").GetString(), changed.GetProperty("id").GetString()));
    }

    [Theory]
    [InlineData("Smith & Sons – EU Billing", "smith-sons-eu-billing")]
    [InlineData("  Two   words ", "two-words")]
    [InlineData("請求", "stripe")]
    public async Task The_name_is_generated_as_one_word_and_finds_the_integration(string title, string name)
    {
        var (organization, account, owner) = Provider();
        var body = new { organizationId = organization, title, publishableKey = EmulatedStripe.Publishable(account), secretKey = await app.Stripe.Restricted(account) };
        var id = (await owner.Post("/v1/billing-integrations", body).Expect<JsonElement>(HttpStatusCode.Created)).GetProperty("id").GetString();
        await owner.Post("/v1/billing-integrations", body).Expect(HttpStatusCode.Created);
        var found = (await owner.Get($"/v1/billing-integrations?name={name}")).GetProperty("data");
        Assert.Equal(id, found.EnumerateArray().Single().GetProperty("id").GetString());
        Assert.Equal(1, (await owner.Get($"/v1/billing-integrations?name={name}-2")).GetProperty("data").GetArrayLength());
    }

    [Fact]
    public async Task While_Stripe_is_away_a_deleted_integration_keeps_its_key_until_its_endpoint_is_gone_and_three_days_at_most()
    {
        var (here, away) = (await Seller.Open(app, mayAll: true, endpoint: true), await Seller.Open(app, mayAll: true, endpoint: true));
        foreach (var seller in new[] { here, away })
        {
            // As often as it is asked: the service's own timer asks as well.
            await app.Stripe.Fail(new { account = seller.Account, kind = "status", status = 503, path = "/v1/webhook_endpoints*", times = 1000 });
            await seller.Owner.Delete($"/v1/billing-integrations/{seller.Integration}", "*").Expect(HttpStatusCode.NoContent);
            Assert.False(await IsErased(seller.Integration));
        }

        Assert.False(await app.Make<ForgetIntegrations>().Forget(await Deleted(away.Integration), default));
        await app.Database.Execute("update billing_integrations set deleted_at = deleted_at - interval '3 days' where id = $1", away.Integration);
        await Erased(away);
        Assert.False(await IsErased(here.Integration));

        await app.Stripe.ClearFaults();
        await Erased(here);
        Assert.Empty((await app.Stripe.Client(here.Account).V1.WebhookEndpoints.ListAsync()).Data);

        // Unless the timer was faster.
        async Task Erased(Seller seller) => Assert.True(
            (await Deleted(seller.Integration) is not { SecretKey: not null } left || await app.Make<ForgetIntegrations>().Forget(left, default)) && await IsErased(seller.Integration));
    }

    [Fact]
    public async Task A_key_that_was_revoked_at_Stripe_is_erased_all_the_same()
    {
        var seller = await Seller.Open(app, mayAll: true, endpoint: true);
        await app.Stripe.Revoke(seller.Key);

        await seller.Owner.Delete($"/v1/billing-integrations/{seller.Integration}", "*").Expect(HttpStatusCode.NoContent);

        Assert.True(await IsErased(seller.Integration));
    }

    [Fact]
    public async Task What_a_deleted_provider_had_is_deleted_too_once_nothing_uses_it()
    {
        var seller = await Seller.Open(app, mayAll: true, endpoint: true);
        var other = await Seller.Open(app);
        var catalog = TestCaller.NewId("cat");
        await Attached(catalog, seller, seller.Integration, 1);
        await app.Make<KeepOrganization>().Handle(new Contracts.Accounts.OrganizationDeleted(seller.Organization, app.Clock.GetUtcNow(), 9), default);
        await app.Make<ForgetIntegrations>().Run(default);
        await seller.Owner.Get($"/v1/billing-integrations/{seller.Integration}");

        await Attached(catalog, seller, null, 2);
        // What could not be done rests a little before it is tried again.
        await Eventually.Until(
            async () =>
            {
                await app.Make<ForgetIntegrations>().Run(default);
                return await IsErased(seller.Integration);
            },
            "its key is erased");

        await seller.Owner.GetAsync($"/v1/billing-integrations/{seller.Integration}").ExpectProblem(HttpStatusCode.NotFound, "not_found");
        Assert.Empty((await app.Stripe.Client(seller.Account).V1.WebhookEndpoints.ListAsync()).Data);
        Assert.Null(Assert.Single(await app.Announced<ChangeRecorded>(c => c.ObjectId == seller.Integration && c.Action == "billing_integration.deleted")).Actor);
        await other.Owner.Get($"/v1/billing-integrations/{other.Integration}");
    }

    [Fact]
    public async Task Every_change_is_in_the_audit_log_without_a_secret()
    {
        var seller = await Seller.Open(app);
        var path = $"/v1/billing-integrations/{seller.Integration}";
        await seller.Owner.Patch(path, new { title = "Renamed", webhookSigningSecret = "whsec_fedcba9876543210" }, "*").Expect();
        var fresh = await app.Stripe.Restricted(seller.Account);
        await seller.Owner.Post($"{path}/keys", Keys(seller.Account, fresh)).Expect();
        await seller.Owner.Post($"{path}/webhook-endpoint/retire").Expect();
        await seller.Owner.Delete(path, "*").Expect(HttpStatusCode.NoContent);

        var recorded = await app.Announced<ChangeRecorded>(c => c.ObjectId == seller.Integration);
        Assert.Equal(
            ["billing_integration.created", "billing_integration.changed", "billing_integration.keys_rotated", "billing_integration.old_secrets_retired", "billing_integration.deleted"],
            recorded.Select(c => c.Action));
        Assert.All(recorded, c => Assert.Equal(seller.Organization, c.OrganizationId));
        Assert.All(recorded, c => Assert.NotNull(c.Actor));
        var text = string.Concat(recorded.Select(c => c.Before + c.After));
        Assert.Contains("Renamed", text, StringComparison.Ordinal);
        Assert.All(["rk_", "whsec_", "v1.", fresh[^4..]], secret => Assert.DoesNotContain(secret, text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_account_and_mode_of_an_integration_never_change_under_what_was_made_with_it()
    {
        var seller = await Seller.Open(app);
        var id = await seller.Charge(seller.Approved(Plans.Of(basePrice: 2500)));
        await seller.Until(id, "open");
        foreach (var change in (string[])["account_id = 'acct_1Stranger00000000'", "livemode = true"])
        {
            var refused = await Assert.ThrowsAsync<Npgsql.PostgresException>(() => app.Database.Execute($"update billing_integrations set {change} where id = $1", seller.Integration));
            Assert.Equal("23503", refused.SqlState);
        }

        // Nor can a Stripe id be kept under an account or a mode that is not its integration's.
        var foreign = await Assert.ThrowsAsync<Npgsql.PostgresException>(() => app.Database.Execute(
            "insert into stripe_objects (account_id, livemode, stripe_id, object_type, integration_id, our_id, recorded_at) values ($2, true, 'in_1', 'invoice', $1, 'inv_x', now())", seller.Integration, seller.Account));
        Assert.Equal("23503", foreign.SqlState);
    }

    [Fact]
    public async Task A_stored_Stripe_id_is_refused_to_every_other_integration_of_the_same_account_too()
    {
        var seller = await Seller.Open(app);
        var id = await seller.Charge(seller.Approved(Plans.Of(basePrice: 2500)));
        await seller.Until(id, "open");
        var other = (await seller.Owner.Post("/v1/billing-integrations", seller.Body(await app.Stripe.Restricted(seller.Account))).Expect<JsonElement>(HttpStatusCode.Created)).GetProperty("id").GetString()!;
        var database = app.Services.GetRequiredService<Storage.Database>();
        var own = (await BillingIntegration.Find(database, seller.Integration, default))!.Keys;
        var twin = (await BillingIntegration.Find(database, other, default))!.Keys;
        Assert.Equal(await seller.StripeId(id), await StripeObjects.Find(database, own, id, default));
        foreach (var keys in (StripeKeys[])[twin, own with { Livemode = true }, own with { AccountId = "acct_1Stranger00000000" }])
        {
            var refused = await Assert.ThrowsAsync<JobFailedException>(() => StripeObjects.Find(database, keys, id, default));
            Assert.Equal((StripeFailureKind.Refused, "foreign_stripe_object"), (refused.Failure.Kind, refused.Failure.Code));
        }

        // And its events at the twin's address are stored as ignored.
        await app.Make<RefetchOnStripeEvent>().Handle(new(other, "evt_twin", "invoice.paid", "invoice", await seller.StripeId(id), false, app.Clock.GetUtcNow()), default);
        var handled = Assert.Single(await app.Announced<StripeEventHandled>(h => h.EventId == "evt_twin"));
        Assert.Equal(("ignored", "The invoice belongs to another billing integration."), (handled.Outcome, handled.Reason));
    }

    private Task<bool> IsErased(string id) => app.Database.Scalar<bool>(
        "select secret_key is null and signing_secrets = '{}' and webhook_endpoint_id is null and secret_key_hint = '' and publishable_key = '' from billing_integrations where id = $1", id);

    private async Task<BillingIntegration> Deleted(string id) =>
        (await app.Services.GetRequiredService<Storage.Database>().QueryOne<BillingIntegration>($"select {BillingIntegration.Columns} from billing_integrations where id = @id and deleted_at is not null", new { id }, default))!;

    private Task Attached(string catalog, Seller seller, string? integration, long version) =>
        app.Make<KeepCatalog>().Handle(new(catalog, seller.Organization, "sandbox", true, version, BillingIntegrationId: integration, Title: "Shop"), default);

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
