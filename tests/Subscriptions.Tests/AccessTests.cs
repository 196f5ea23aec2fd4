using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Marketplace.Contracts.Subscriptions;
using Marketplace.ServiceDefaults;
using Marketplace.Testing;

namespace Marketplace.Subscriptions.Tests;

public sealed class AccessTests(ServiceApp<Program> app) : IClassFixture<ServiceApp<Program>>
{
    [Fact]
    public async Task A_key_is_stored_hashed_and_never_logged_or_announced()
    {
        var market = await Market.Open(app, Market.Free);
        var application = await Application(market);
        var key = application.GetProperty("credential").Text("key");

        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));
        Assert.Equal(hash, await app.Database.Scalar<string>("select key_hash from credentials where application_id = $1", application.Id()));
        Assert.Contains((await market.Feed()).Credentials, c => c.KeyHash == hash && c.ApplicationId == application.Id() && c.Status == "active");
        Assert.Equal(0, await app.Database.Scalar<long>("select count(*) from outbox where body::text like '%' || $1 || '%'", key));
        Assert.Equal(0, await app.Database.Scalar<long>("select count(*) from credentials c where c::text like '%' || $1 || '%'", key));
        Assert.False(app.Logs.Contain(key));
        Assert.True(AccessKey.IsWellFormed(key));
        Assert.False(AccessKey.IsWellFormed(key[..^1] + (key[^1] == 'A' ? 'B' : 'A')));
        Assert.True((await market.Admin.Get($"/v1/applications/{application.Id()}")).IsNull("credential"));
    }

    [Fact]
    public async Task Of_two_first_readers_of_a_grant_one_gets_the_key()
    {
        var market = await Market.Open(app);
        var id = (await market.Subscribe()).Id();
        var request = (await Request(market, id)).Id();
        await market.Hear(market.Invoice(id, "initial", "paid"));
        Assert.Equal("granted", (await market.Owner.Get($"/v1/access-requests/{request}")).Text("status"));
        var credential = await app.Database.Scalar<string>("select id from credentials where access_request_id = $1", request);
        var held = await app.Database.HoldRow("credentials", credential!);

        var reading = Enumerable.Range(0, 3).Select(_ => market.Admin.Get($"/v1/access-requests/{request}")).ToList();
        await app.Database.UntilBlockedOnLocks(3);
        await held.DisposeAsync();

        var answers = await Task.WhenAll(reading);
        var shown = Assert.Single(answers, a => !a.IsNull("credential"));
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(shown.GetProperty("credential").Text("key"))));
        Assert.Contains((await market.Feed()).Credentials, c => c.KeyHash == hash && c.SubscriptionId == id && c.ApiId == market.Api);
        Assert.True((await market.Admin.Get($"/v1/access-requests/{request}")).IsNull("credential"));
    }

    [Fact]
    public async Task Members_without_the_role_and_the_provider_never_see_the_key()
    {
        var market = await Market.Open(app);
        var id = (await market.Subscribe()).Id();
        var request = (await Request(market, id)).Id();
        await market.Hear(market.Invoice(id, "initial", "paid"));

        foreach (var reader in new[] { market.Owner, app.ClientFor(TestCaller.Consumer(market.Consumer, market.Catalog, Roles.Billing)), app.ClientFor(TestCaller.Operator()) })
        {
            Assert.True((await reader.Get($"/v1/access-requests/{request}")).IsNull("credential"));
        }

        Assert.False((await market.Admin.Get($"/v1/access-requests/{request}")).IsNull("credential"));
    }

    [Fact]
    public async Task With_access_the_grant_and_its_key_come_at_once()
    {
        var market = await Market.Open(app, Market.Free);
        var id = (await market.Subscribe()).Id();

        var request = await Request(market, id);

        Assert.Equal("granted", request.Text("status"));
        Assert.StartsWith("mk_", request.GetProperty("credential").Text("key"));
        Assert.Equal(new GrantedApi(market.Api, null), Assert.Single((await market.Entitlement(id)).Granted));
    }

    [Fact]
    public async Task The_same_access_is_asked_for_once()
    {
        var market = await Market.Open(app, Market.Free);
        var id = (await market.Subscribe()).Id();
        var first = await Request(market, id);

        var again = await market.Admin.Post("/v1/access-requests", new { subscriptionId = id, apiId = market.Api }).Expect<JsonElement>(HttpStatusCode.Conflict);

        Assert.Equal(("already_requested", first.Id()), (again.Text("code"), again.Text("accessRequestId")));
        await market.Admin.Post("/v1/access-requests", new { subscriptionId = id, apiId = market.OtherApi }).Expect(HttpStatusCode.Created);
    }

    [Fact]
    public async Task Access_is_asked_for_APIs_of_the_product_and_own_applications_only()
    {
        var market = await Market.Open(app, Market.Free);
        var application = (await Application(market)).Id();
        var second = (await Application(market)).Id();
        var id = (await market.Subscribe(application)).Id();

        await market.Admin.Post("/v1/access-requests", new { subscriptionId = id, apiId = "api_x" }).ExpectProblem(HttpStatusCode.BadRequest, "api_not_in_product", "apiId");
        await market.Admin.Post("/v1/access-requests", new { subscriptionId = id, apiId = market.Api, applicationId = second })
            .ExpectProblem(HttpStatusCode.BadRequest, "application_invalid", "applicationId");
        Assert.Equal(application, (await Request(market, id)).Text("applicationId"));
    }

    [Fact]
    public async Task A_provider_may_take_a_grant_away_and_give_it_back()
    {
        var market = await Market.Open(app, Market.Free);
        var id = (await market.Subscribe()).Id();
        var request = (await Request(market, id)).Id();
        var credential = (await market.Feed()).Credentials.Single(c => c.SubscriptionId == id).CredentialId;

        Assert.Equal("rejected", (await market.Owner.Post($"/v1/access-requests/{request}/reject").Expect<JsonElement>()).Text("status"));
        Assert.Empty((await market.Entitlement(id)).Granted);
        Assert.Equal("revoked", (await market.Feed()).Credentials.Last(c => c.CredentialId == credential).Status);

        var back = await market.Owner.Post($"/v1/access-requests/{request}/approve").Expect<JsonElement>();
        Assert.True(back.IsNull("credential"));
        Assert.Equal("granted", back.Text("status"));
        Assert.StartsWith("mk_", (await market.Admin.Get($"/v1/access-requests/{request}")).GetProperty("credential").Text("key"));
    }

    [Fact]
    public async Task A_rotated_key_replaces_the_old_one()
    {
        var market = await Market.Open(app, Market.Free);
        var application = await Application(market);
        var credential = application.GetProperty("credential");

        var rotated = await market.Admin.Post($"/v1/credentials/{credential.Id()}/rotate").Expect<JsonElement>();

        Assert.NotEqual(credential.Text("key"), rotated.Text("key"));
        var known = (await market.Feed()).Credentials.Where(c => c.CredentialId == credential.Id()).ToList();
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(rotated.Text("key")))), Assert.Single(known).KeyHash);
    }

    [Fact]
    public async Task A_credential_is_suspended_with_a_reason_enabled_and_deleted()
    {
        var market = await Market.Open(app, Market.Free);
        var credential = (await Application(market)).GetProperty("credential").Id();

        await market.Admin.Post($"/v1/credentials/{credential}/suspend", new { reason = "" }).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "reason");
        Assert.Equal("leaked", (await market.Admin.Post($"/v1/credentials/{credential}/suspend", new { reason = "leaked" }).Expect<JsonElement>()).Text("suspendReason"));
        Assert.Equal("suspended", await InFeed());
        await market.Admin.Post($"/v1/credentials/{credential}/rotate").ExpectProblem(HttpStatusCode.Conflict, "status_conflict");
        await market.Admin.Post($"/v1/credentials/{credential}/enable").Expect();
        Assert.Equal("active", await InFeed());
        await market.Admin.Delete($"/v1/credentials/{credential}").Expect(HttpStatusCode.NoContent);
        await market.Admin.Delete($"/v1/credentials/{credential}").Expect(HttpStatusCode.NoContent);
        Assert.Equal("revoked", await InFeed());
        await market.Admin.Post($"/v1/credentials/{credential}/enable").ExpectProblem(HttpStatusCode.Conflict, "status_conflict");

        async Task<string> InFeed() => (await market.Feed()).Credentials.Single(c => c.CredentialId == credential).Status;
    }

    [Fact]
    public async Task The_key_of_a_cancelled_subscription_is_refused_and_nothing_more_is_granted()
    {
        var market = await Market.Open(app, Market.Free);
        var id = (await market.Subscribe()).Id();
        var request = (await Request(market, id)).Id();

        await market.Admin.Post($"/v1/subscriptions/{id}/cancel", new { when = "now" }).Expect();

        Assert.Equal("revoked", (await market.Feed()).Credentials.Single(c => c.SubscriptionId == id).Status);
        Assert.Equal("revoked", (await market.Admin.Get($"/v1/access-requests/{request}")).Text("status"));
        await market.Admin.Post("/v1/access-requests", new { subscriptionId = id, apiId = market.Api }).ExpectProblem(HttpStatusCode.Conflict, "status_conflict");
        await market.Owner.Post($"/v1/access-requests/{request}/approve").ExpectProblem(HttpStatusCode.Conflict, "status_conflict");
    }

    [Fact]
    public async Task An_application_is_renamed_with_its_ETag_and_deleted_when_unused()
    {
        var market = await Market.Open(app, Market.Free);
        var application = (await Application(market)).Id();
        var subscription = (await market.Subscribe(application)).Id();
        using var read = await market.Admin.GetAsync($"/v1/applications/{application}");
        var tag = read.Headers.ETag!.Tag;

        await market.Admin.Patch($"/v1/applications/{application}", new { title = "New" }).ExpectProblem(HttpStatusCode.PreconditionRequired, "if_match_required");
        await market.Admin.Patch($"/v1/applications/{application}", new { title = "New" }, tag).Expect();
        await market.Admin.Patch($"/v1/applications/{application}", new { title = "Newer" }, tag).ExpectProblem(HttpStatusCode.PreconditionFailed, "version_mismatch");
        await market.Admin.Delete($"/v1/applications/{application}").ExpectProblem(HttpStatusCode.Conflict, "application_in_use");

        await market.Admin.Post($"/v1/subscriptions/{subscription}/cancel", new { when = "now" }).Expect();
        await market.Admin.Delete($"/v1/applications/{application}").Expect(HttpStatusCode.NoContent);
        await market.Admin.GetAsync($"/v1/applications/{application}").ExpectProblem(HttpStatusCode.NotFound, "not_found");
        Assert.Equal("revoked", (await market.Feed()).Credentials.Single(c => c.ApplicationId == application).Status);
    }

    private static Task<JsonElement> Application(Market market) =>
        market.Admin.Post("/v1/applications", new { organizationId = market.Consumer, title = "App" }).Expect<JsonElement>(HttpStatusCode.Created);

    private static Task<JsonElement> Request(Market market, string subscription) =>
        market.Admin.Post("/v1/access-requests", new { subscriptionId = subscription, apiId = market.Api }).Expect<JsonElement>(HttpStatusCode.Created);
}
