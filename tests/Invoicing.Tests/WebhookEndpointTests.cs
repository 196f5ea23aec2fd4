using System.Net;
using System.Text.Json;
using Marketplace.Contracts.Invoicing;
using Marketplace.Contracts.Storage;
using Marketplace.ServiceDefaults;
using Marketplace.Testing;
using Microsoft.Extensions.DependencyInjection;
using Stripe;

namespace Marketplace.Invoicing.Tests;

/// <summary>The webhook endpoint at Stripe is looked after: repaired, made again, rotated with an overlap.</summary>
public sealed class WebhookEndpointTests(InvoicingApp app) : IClassFixture<InvoicingApp>
{
    [Theory]
    [InlineData("url")]
    [InlineData("events")]
    [InlineData("disabled")]
    public async Task What_was_changed_at_Stripe_is_shown_and_put_back(string what)
    {
        var (owner, id, account, _) = await Managed();
        Assert.Equal("ok", (await State(owner, id)).GetProperty("status").GetString());
        var endpoint = await Endpoint(account);
        await app.Stripe.Client(account).V1.WebhookEndpoints.UpdateAsync(endpoint.Id, what switch
        {
            "url" => new() { Url = "https://elsewhere.example/hook" },
            "events" => new() { EnabledEvents = ["invoice.paid", "charge.succeeded"] },
            _ => new() { Disabled = true },
        });

        var drifted = await State(owner, id);
        Assert.Equal("drifted", drifted.GetProperty("status").GetString());
        Assert.Equal([what], drifted.GetProperty("drifted").EnumerateArray().Select(d => d.GetString()));

        var repaired = await owner.Post($"/v1/billing-integrations/{id}/webhook-endpoint/repair").Expect<JsonElement>();
        Assert.Equal(("ok", what), (repaired.GetProperty("status").GetString(), repaired.GetProperty("repaired")[0].GetString()));
        var told = Assert.Single(await app.Announced<ChangeRecorded>(c => c.Action == "billing_integration.webhook_endpoint_repaired" && c.ObjectId == id));
        Assert.Equal((what, 0), (JsonElement.Parse(told.Before!).GetProperty("drifted")[0].GetString(), JsonElement.Parse(told.After!).GetProperty("drifted").GetArrayLength()));
        var after = await Endpoint(account);
        Assert.Equal((endpoint.Id, endpoint.Url, "enabled"), (after.Id, after.Url, after.Status));
        Assert.Equal(WebhookEndpoint.WithErrorReports.Order(), after.EnabledEvents.Order());
    }

    [Fact]
    public async Task The_timer_makes_a_deleted_endpoint_again_with_a_new_secret_and_the_old_one_for_a_day()
    {
        var (owner, id, account, organization) = await Managed();
        var first = await Endpoint(account);
        await app.Stripe.Client(account).V1.WebhookEndpoints.DeleteAsync(first.Id);
        Assert.Equal("missing", (await State(owner, id)).GetProperty("status").GetString());
        await app.Database.Execute("update webhook_checks set next_check_at = now() where integration_id = $1", id);
        app.Services.GetRequiredService<Wakeups>().Wake(InvoicingSchedule.WebhookEndpoints);
        await Eventually.Until(async () => (await Endpoints(account)).Count == 1, "it is there again");
        var state = await Eventually.Until(() => State(owner, id), s => s.GetProperty("status").GetString() == "ok" && s.GetProperty("endpointId").GetString() != first.Id, "it is known");
        Assert.Equal(2, state.GetProperty("secretsInForce").GetInt32());
        Assert.Equal(app.Clock.GetUtcNow().AddHours(24), state.GetProperty("oldSecretsUntil").GetDateTimeOffset(), TimeSpan.FromMilliseconds(1));
        var told = (await app.Announced<BillingIntegrationChanged>(m => m.BillingIntegrationId == id))[^1];
        Assert.Equal(2, told.SigningSecrets.Count);
        Assert.Equal(app.Clock.GetUtcNow().AddHours(24), told.OldSecretsUntil!.Value, TimeSpan.FromMilliseconds(1));
        var secret = app.Services.GetRequiredService<FieldCipher>().Decrypt(told.SigningSecrets[0], organization, id, "webhook-secret");
        Assert.StartsWith("whsec_", secret, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_rotation_leaves_both_endpoints_and_secrets_until_they_are_retired()
    {
        var (owner, id, account, organization) = await Managed();
        var first = await Endpoint(account);
        var rotated = await owner.Post($"/v1/billing-integrations/{id}/webhook-endpoint/rotate").Expect<JsonElement>();
        var endpoints = await Endpoints(account);
        Assert.Equal((2, 2), (endpoints.Count, rotated.GetProperty("secretsInForce").GetInt32()));
        Assert.Contains(endpoints, e => e.Id == first.Id);
        var told = (await app.Announced<BillingIntegrationChanged>(m => m.BillingIntegrationId == id))[^1];
        var cipher = app.Services.GetRequiredService<FieldCipher>();
        Assert.Equal(2, told.SigningSecrets.Select(s => cipher.Decrypt(s, organization, id, "webhook-secret")).Distinct().Count());
        Assert.Equal(told.SigningSecrets[1], (await app.Announced<BillingIntegrationChanged>(m => m.BillingIntegrationId == id))[0].SigningSecrets[0]);

        var retired = await owner.Post($"/v1/billing-integrations/{id}/webhook-endpoint/retire").Expect<JsonElement>();
        Assert.Equal((1, JsonValueKind.Null), (retired.GetProperty("secretsInForce").GetInt32(), retired.GetProperty("oldSecretsUntil").ValueKind));
        Assert.NotEqual(first.Id, Assert.Single(await Endpoints(account)).Id);
        var last = (await app.Announced<BillingIntegrationChanged>(m => m.BillingIntegrationId == id))[^1];
        Assert.Equal([told.SigningSecrets[0]], last.SigningSecrets);
        await owner.Post($"/v1/billing-integrations/{id}/webhook-endpoint/retire").ExpectProblem(HttpStatusCode.Conflict, "nothing_to_retire");
    }

    [Fact]
    public async Task After_a_day_the_old_endpoint_and_its_secret_go_by_themselves()
    {
        var (owner, id, account, _) = await Managed();
        var first = await Endpoint(account);
        await owner.Post($"/v1/billing-integrations/{id}/webhook-endpoint/rotate").Expect();
        await app.Advance(TimeSpan.FromHours(23));
        app.Services.GetRequiredService<Wakeups>().Wake(InvoicingSchedule.WebhookEndpoints);
        Assert.Equal(2, (await State(owner, id)).GetProperty("secretsInForce").GetInt32());
        await app.Advance(TimeSpan.FromHours(2));
        Assert.Equal(1, (await State(owner, id)).GetProperty("secretsInForce").GetInt32());
        await Eventually.Until(async () => (await Endpoints(account)).Count == 1, "the old endpoint is gone");
        Assert.NotEqual(first.Id, (await Endpoint(account)).Id);
        await Eventually.Until(async () => (await app.Announced<BillingIntegrationChanged>(m => m.BillingIntegrationId == id))[^1].SigningSecrets.Count == 1, "the hearers know");
    }

    [Fact]
    public async Task An_endpoint_of_another_API_version_is_replaced_because_that_cannot_be_changed()
    {
        var (owner, id, account, _) = await Managed();
        var client = app.Stripe.Client(account).V1.WebhookEndpoints;
        var old = await client.CreateAsync(new() { Url = (await Endpoint(account)).Url, EnabledEvents = [.. WebhookEndpoint.Events], ApiVersion = "2024-06-20" });
        await client.DeleteAsync((await State(owner, id)).GetProperty("endpointId").GetString());
        await app.Database.Execute("update billing_integrations set webhook_endpoint_id = $2 where id = $1", id, old.Id);
        Assert.Equal("api_version", (await State(owner, id)).GetProperty("drifted")[0].GetString());

        var repaired = await owner.Post($"/v1/billing-integrations/{id}/webhook-endpoint/repair").Expect<JsonElement>();
        Assert.Equal("ok", repaired.GetProperty("status").GetString());
        Assert.Equal("2026-07-29.dahlia", (await client.GetAsync(repaired.GetProperty("endpointId").GetString())).ApiVersion);
    }

    [Fact]
    public async Task A_key_that_may_not_make_endpoints_works_with_a_secret_given_by_hand()
    {
        var seller = await Seller.Open(app);
        var path = $"/v1/billing-integrations/{seller.Integration}/webhook-endpoint";
        var state = await seller.Owner.Get(path);
        Assert.Equal(("provided", 1), (state.GetProperty("status").GetString(), state.GetProperty("secretsInForce").GetInt32()));
        await seller.Owner.Post($"{path}/rotate").ExpectProblem(HttpStatusCode.Conflict, "webhook_endpoint_not_managed");
        await seller.Owner.Patch($"/v1/billing-integrations/{seller.Integration}", new { webhookSigningSecret = "whsec_fedcba9876543210" }, "*").Expect();
        Assert.Equal(2, (await seller.Owner.Get(path)).GetProperty("secretsInForce").GetInt32());

        // A repair leaves the provider's own alone; with a key that may make one, a rotation puts ours in its place.
        Assert.Equal("provided", (await seller.Owner.Post($"{path}/repair").Expect<JsonElement>()).GetProperty("status").GetString());
        await seller.Owner.Post($"/v1/billing-integrations/{seller.Integration}/keys", new { publishableKey = EmulatedStripe.Publishable(seller.Account), secretKey = EmulatedStripe.Secret(seller.Account) }).Expect();
        var ours = await seller.Owner.Post($"{path}/rotate").Expect<JsonElement>();
        Assert.Equal(("ok", "ok"), (ours.GetProperty("status").GetString(), (await State(seller.Owner, seller.Integration)).GetProperty("status").GetString()));
        Assert.InRange(ours.GetProperty("secretsInForce").GetInt32(), 2, 3);
        Assert.Equal(ours.GetProperty("endpointId").GetString(), (await Endpoint(seller.Account)).Id);
        await seller.Owner.Post($"{path}/retire").Expect();
        Assert.Equal(("ok", 1), ((await State(seller.Owner, seller.Integration)).GetProperty("status").GetString(), (await State(seller.Owner, seller.Integration)).GetProperty("secretsInForce").GetInt32()));

        // Without one, the reason stands there; once the key may, a repair makes the endpoint.
        var organization = TestCaller.NewId("org");
        var account = EmulatedStripe.NewAccount();
        var owner = app.ClientFor(TestCaller.Provider(organization, Roles.Owner));
        var key = await app.Stripe.Restricted(account);
        var id = (await owner.Post("/v1/billing-integrations", new { organizationId = organization, title = "T", publishableKey = EmulatedStripe.Publishable(account), secretKey = key })
            .Expect<JsonElement>(HttpStatusCode.Created)).GetProperty("id").GetString()!;
        var waiting = await State(owner, id);
        Assert.Equal("signing_secret_required", waiting.GetProperty("status").GetString());
        Assert.Contains("permission_missing", waiting.GetProperty("detail").GetString(), StringComparison.Ordinal);
        await owner.Post($"/v1/billing-integrations/{id}/webhook-endpoint/repair").ExpectProblem((HttpStatusCode)422, "stripe_permission_missing");
        await app.Stripe.Permit(key, new Dictionary<string, string> { ["customer"] = "write", ["invoice"] = "write", ["webhook"] = "write" });
        Assert.Equal("ok", (await owner.Post($"/v1/billing-integrations/{id}/webhook-endpoint/repair").Expect<JsonElement>()).GetProperty("status").GetString());
    }

    [Fact]
    public async Task When_the_account_is_full_leftovers_of_ours_make_room_and_else_the_limit_is_named()
    {
        var (owner, id, account, organization) = await Managed();
        var client = app.Stripe.Client(account).V1.WebhookEndpoints;
        for (var n = (await Endpoints(account)).Count; n < 16; n++)
        {
            await client.CreateAsync(new() { Url = $"https://other.example/{n}", EnabledEvents = ["charge.succeeded"] });
        }

        await owner.Post($"/v1/billing-integrations/{id}/webhook-endpoint/rotate").ExpectProblem(HttpStatusCode.Conflict, "webhook_endpoint_limit");
        Assert.Equal(16, (await Endpoints(account)).Count);
        Assert.Contains("webhook_endpoint_limit", (await State(owner, id)).GetProperty("detail").GetString(), StringComparison.Ordinal);
        var created = await owner.Post("/v1/billing-integrations", new { organizationId = organization, title = "Second", publishableKey = EmulatedStripe.Publishable(account), secretKey = EmulatedStripe.Secret(account) })
            .Expect<JsonElement>(HttpStatusCode.Created);
        Assert.Equal("signing_secret_required", created.GetProperty("webhook").GetProperty("status").GetString());

        // An endpoint of an integration that is deleted here is nobody's any more.
        await client.DeleteAsync((await Endpoints(account)).First(e => e.Url.StartsWith("https://other", StringComparison.Ordinal)).Id);
        var gone = TestCaller.NewId("bil");
        await app.Database.Execute(
            """
            insert into billing_integrations (id, organization_id, name, title, account_id, livemode, billing_model, publishable_key, secret_key, secret_key_hint, created_at, deleted_at)
            select $2, organization_id, $2, title, account_id, livemode, billing_model, publishable_key, secret_key, secret_key_hint, created_at, now() from billing_integrations where id = $1
            """, id, gone);
        await client.CreateAsync(new() { Url = $"http://localhost:8080/webhooks/stripe/{gone}", EnabledEvents = ["invoice.paid"], Metadata = StripeMetadata.Of(gone, organization) });
        Assert.Equal(2, (await owner.Post($"/v1/billing-integrations/{id}/webhook-endpoint/rotate").Expect<JsonElement>()).GetProperty("secretsInForce").GetInt32());
        Assert.DoesNotContain(await Endpoints(account), e => e.Url.EndsWith(gone, StringComparison.Ordinal));
    }

    [Fact]
    public async Task While_Stripe_is_away_the_last_known_state_is_told_with_its_time()
    {
        var (owner, id, account, _) = await Managed();
        var seen = await State(owner, id);
        await app.Stripe.Fail(new { account, kind = "status", status = 503, path = "/v1/webhook_endpoints*" });
        var state = await State(owner, id);
        await app.Stripe.ClearFaults();
        Assert.Equal("unknown", state.GetProperty("status").GetString());
        Assert.Equal(seen.GetProperty("checkedAt").GetDateTimeOffset(), state.GetProperty("checkedAt").GetDateTimeOffset());
        Assert.Contains("stripe_error", state.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_seen_of_Stripe_is_told_per_integration_and_to_operators()
    {
        var (owner, id, account, _) = await Managed();
        await State(owner, id);
        var seen = (await owner.Get($"/v1/billing-integrations/{id}")).GetProperty("stripe");
        Assert.Equal(app.Clock.GetUtcNow(), seen.GetProperty("lastSuccessAt").GetDateTimeOffset(), TimeSpan.FromMilliseconds(1));
        Assert.Equal(JsonValueKind.Null, seen.GetProperty("lastError").ValueKind);
        await app.Stripe.Fail(new { account, kind = "reset", path = "/v1/webhook_endpoints*" });
        app.Clock.Advance(TimeSpan.FromSeconds(1));
        await State(owner, id);
        await app.Stripe.ClearFaults();
        seen = (await owner.Get($"/v1/billing-integrations/{id}")).GetProperty("stripe");
        Assert.Equal(app.Clock.GetUtcNow(), seen.GetProperty("lastErrorAt").GetDateTimeOffset(), TimeSpan.FromMilliseconds(1));
        Assert.Equal("stripe_unreachable", seen.GetProperty("lastError").GetString());

        var operators = app.ClientFor(TestCaller.Operator());
        Assert.Contains(id, (await operators.Get("/v1/operations/invoicing/stripe")).GetProperty("failing").EnumerateArray().Select(f => f.GetString()));
        await app.Services.GetRequiredService<StripeReachability>().WriteDown(default);
        Assert.Equal("stripe_unreachable", await app.Database.Scalar<string>("select last_error from stripe_reachability where integration_id = $1", id));
        Assert.True((await app.Anonymous().Get("/ready")).GetProperty("checks").TryGetProperty("stripe", out _));
        await owner.GetAsync("/v1/operations/invoicing/stripe").Expect(HttpStatusCode.Forbidden);
    }

    private static Task<JsonElement> State(HttpClient owner, string id) => owner.Get($"/v1/billing-integrations/{id}/webhook-endpoint");

    private async Task<List<Stripe.WebhookEndpoint>> Endpoints(string account) => (await app.Stripe.Client(account).V1.WebhookEndpoints.ListAsync(new() { Limit = 100 })).Data;

    private async Task<Stripe.WebhookEndpoint> Endpoint(string account) => Assert.Single(await Endpoints(account));

    private async Task<(HttpClient Owner, string Id, string Account, string Organization)> Managed()
    {
        var (organization, account) = (TestCaller.NewId("org"), EmulatedStripe.NewAccount());
        var owner = app.ClientFor(TestCaller.Provider(organization, Roles.Owner));
        var body = new { organizationId = organization, title = "Acme", publishableKey = EmulatedStripe.Publishable(account), secretKey = EmulatedStripe.Secret(account) };
        var made = await owner.Post("/v1/billing-integrations", body).Expect<JsonElement>(HttpStatusCode.Created);
        return (owner, made.GetProperty("id").GetString()!, account, organization);
    }
}
