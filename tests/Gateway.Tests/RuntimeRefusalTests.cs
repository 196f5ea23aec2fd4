using System.Diagnostics;
using System.Net;
using Marketplace.Contracts.Catalog;
using Marketplace.Contracts.Subscriptions;
using Marketplace.Testing;

namespace Marketplace.Gateway.Tests;

public sealed class RuntimeRefusalTests(Installation installation) : IClassFixture<Installation>
{
    [Fact]
    public async Task A_call_with_a_good_key_reaches_the_provider_and_is_metered()
    {
        var subscriber = await installation.Subscribe();

        var heard = await Installation.HeardIn(await installation.Call(subscriber.Key, "daily?city=Oslo").Expect(HttpStatusCode.OK));

        Assert.Equal("/base/daily?city=Oslo", heard.Target);
        await installation.Plane.ExpectMetered(subscriber.Id, 1);
    }

    [Fact]
    public async Task A_key_works_as_a_bearer_token_too()
    {
        var subscriber = await installation.Subscribe();

        await installation.Call(null, headers: ("Authorization", $"bearer {subscriber.Key}")).Expect(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("X-Other", "x")]
    [InlineData("X-Api-Key", "")]
    [InlineData("Authorization", "Basic dXNlcjpwYXNz")]
    [InlineData("Authorization", "Bearer ")]
    public async Task A_call_without_a_key_says_where_to_put_it(string header, string value)
    {
        var response = await installation.Call(null, headers: (header, value));

        Assert.Equal("Bearer", response.Headers.WwwAuthenticate.ToString());
        await Task.FromResult(response).ExpectProblem(HttpStatusCode.Unauthorized, "key_missing");
    }

    [Fact]
    public async Task An_unknown_key_is_invalid_before_anything_else_is_told()
    {
        await installation.Call("mk_unknown").ExpectProblem(HttpStatusCode.Unauthorized, "key_invalid");
        await installation.Client.SendAsync(With("mk_unknown", "apis/nothing/here")).ExpectProblem(HttpStatusCode.Unauthorized, "key_invalid");
    }

    [Theory]
    [InlineData("apis")]
    [InlineData("apis/")]
    [InlineData("apis/weather")]
    [InlineData("apis/weather/other/x")]
    [InlineData("apis/Weather/forecast/x")]
    [InlineData("apis//forecast/x")]
    [InlineData("apis/weather//forecast/x")]
    public async Task An_address_without_an_api_is_unknown(string address)
    {
        var subscriber = await installation.Subscribe();

        await installation.Client.SendAsync(With(subscriber.Key, address)).ExpectProblem(HttpStatusCode.NotFound, "address_unknown");
    }

    [Fact]
    public async Task A_key_without_a_subscription_to_the_product_is_not_subscribed()
    {
        var other = await installation.Subscribe(facts => facts with { ProductId = "prd_other", ProductName = "other" });

        await installation.Call(other.Key).ExpectProblem(HttpStatusCode.Forbidden, "not_subscribed");
    }

    [Theory]
    [InlineData("payment_required")]
    [InlineData("subscription_suspended")]
    [InlineData("not_subscribed")]
    [InlineData("payment_disputed")]
    [InlineData("payment_refunded")]
    public async Task The_subscriptions_state_is_told_before_the_missing_grant(string code)
    {
        var subscriber = await installation.Subscribe(facts => facts with { Refusal = code, Granted = [] });

        await installation.Call(subscriber.Key).ExpectProblem(HttpStatusCode.Forbidden, code);
    }

    [Fact]
    public async Task A_live_subscription_decides_before_an_ended_one()
    {
        var ended = await installation.Subscribe(facts => facts with { Refusal = "not_subscribed" }, settle: false);
        installation.Plane.Put(ended.Facts with { SubscriptionId = TestCaller.NewId("sub"), Refusal = null });
        await installation.Plane.Settle();

        await installation.Call(ended.Key).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task An_api_that_was_not_granted_is_refused_before_its_resources_are_told()
    {
        installation.Plane.Put(Installation.RouteTo(installation.Upstream.Address, "private", new PublishedResource("GET", "/one")));
        var subscriber = await installation.Subscribe();
        await installation.Plane.Publish(new ProductPublished("pub", "cat", "sandbox", "org", "prd_weather", "weather", "Weather", "1.0.0", null, [], [], 1));

        await Eventually.Passes(() => installation.Client.SendAsync(With(subscriber.Key, "apis/weather/private/none")).ExpectProblem(HttpStatusCode.Forbidden, "access_not_granted"));
    }

    [Fact]
    public async Task A_grant_to_another_application_is_none()
    {
        var subscriber = await installation.Subscribe(facts => facts with { Granted = [new GrantedApi("api_forecast", "app_other")] });

        await installation.Call(subscriber.Key).ExpectProblem(HttpStatusCode.Forbidden, "access_not_granted");
    }

    [Fact]
    public async Task A_subscription_of_another_application_is_none()
    {
        var subscriber = await installation.Subscribe(facts => facts with { ApplicationId = "app_other" });

        await installation.Call(subscriber.Key).ExpectProblem(HttpStatusCode.Forbidden, "not_subscribed");
    }

    [Fact]
    public async Task A_credential_is_good_for_its_own_subscription_and_api_only()
    {
        var subscriber = await installation.Subscribe(settle: false);
        var (ofApi, ofOther, ofSubscription) = ($"mk_{Guid.NewGuid():n}", $"mk_{Guid.NewGuid():n}", $"mk_{Guid.NewGuid():n}");
        var credential = subscriber.Credential;
        installation.Plane.Put(credential with { CredentialId = TestCaller.NewId("cre"), KeyHash = ControlPlane.HashOf(ofApi), SubscriptionId = subscriber.Id, ApiId = "api_forecast" });
        installation.Plane.Put(credential with { CredentialId = TestCaller.NewId("cre"), KeyHash = ControlPlane.HashOf(ofOther), ApiId = "api_other" });
        installation.Plane.Put(credential with { CredentialId = TestCaller.NewId("cre"), KeyHash = ControlPlane.HashOf(ofSubscription), SubscriptionId = "sub_other" });
        await installation.Plane.Settle();

        await installation.Call(ofApi).Expect(HttpStatusCode.OK);
        await installation.Call(ofOther).ExpectProblem(HttpStatusCode.Forbidden, "access_not_granted");
        await installation.Call(ofSubscription).ExpectProblem(HttpStatusCode.Forbidden, "not_subscribed");
    }

    [Fact]
    public async Task Only_published_resources_may_be_called()
    {
        installation.Plane.Put(Installation.RouteTo(installation.Upstream.Address + "/base", "limited",
            new PublishedResource("GET", "/cities/{id}"), new PublishedResource("*", "/any/**"), new PublishedResource("post", "/orders")));
        var subscriber = await installation.Subscribe(facts => facts with { Granted = [new GrantedApi("api_limited", null)] });
        await installation.Plane.Publish(new ProductPublished("pub", "cat", "sandbox", "org", "prd_weather", "weather", "Weather", "1.0.1", null, [], [], 2));
        await Eventually.Passes(() => Send(HttpMethod.Get, "cities/7").Expect(HttpStatusCode.OK));

        await Send(HttpMethod.Delete, "any/thing/below").Expect(HttpStatusCode.OK);
        await Send(HttpMethod.Post, "orders").Expect(HttpStatusCode.OK);
        await Send(HttpMethod.Get, "orders").ExpectProblem(HttpStatusCode.NotFound, "resource_unknown");
        await Send(HttpMethod.Get, "cities").ExpectProblem(HttpStatusCode.NotFound, "resource_unknown");
        await Send(HttpMethod.Get, "cities/7/streets").ExpectProblem(HttpStatusCode.NotFound, "resource_unknown");
        await Send(HttpMethod.Get, "").ExpectProblem(HttpStatusCode.NotFound, "resource_unknown");

        Task<HttpResponseMessage> Send(HttpMethod method, string path) => installation.Client.SendAsync(With(subscriber.Key, $"apis/weather/limited/{path}", method));
    }

    [Fact]
    public async Task A_burst_limit_holds_within_the_rate_limit_and_both_are_told()
    {
        var subscriber = await installation.Subscribe(facts => facts with { RateLimit = 5, RateLimitSeconds = 3600, BurstLimit = 2, BurstSeconds = 3600 });
        await installation.Call(subscriber.Key).Expect(HttpStatusCode.OK);

        var second = await installation.Call(subscriber.Key);
        var third = await installation.Call(subscriber.Key);

        Assert.Equal("\"rate\";q=5;w=3600, \"burst\";q=2;w=3600", second.Headers.GetValues("RateLimit-Policy").Single());
        Assert.Matches("^\"rate\";r=3;t=[0-9]+, \"burst\";r=0;t=[0-9]+$", second.Headers.GetValues("RateLimit").Single());
        // A call that the burst refuses takes nothing from the rate.
        Assert.Matches("^\"rate\";r=3;t=[0-9]+, \"burst\";r=0;t=[0-9]+$", third.Headers.GetValues("RateLimit").Single());
        Assert.InRange(third.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1700, 1800);
        await Task.FromResult(third).ExpectProblem(HttpStatusCode.TooManyRequests, "rate_limited");
    }

    [Fact]
    public async Task A_burst_limit_holds_by_itself_and_the_rate_limit_within_it()
    {
        var alone = await installation.Subscribe(facts => facts with { BurstLimit = 1, BurstSeconds = 3600 });
        Assert.Equal("\"burst\";q=1;w=3600", (await installation.Call(alone.Key)).Headers.GetValues("RateLimit-Policy").Single());
        await installation.Call(alone.Key).ExpectProblem(HttpStatusCode.TooManyRequests, "rate_limited");

        var slow = await installation.Subscribe(facts => facts with { RateLimit = 1, RateLimitSeconds = 3600, BurstLimit = 2, BurstSeconds = 3600 });
        await installation.Call(slow.Key).Expect(HttpStatusCode.OK);
        var refused = await installation.Call(slow.Key);
        Assert.Matches("^\"rate\";r=0;t=[0-9]+, \"burst\";r=1;t=[0-9]+$", refused.Headers.GetValues("RateLimit").Single());
        await Task.FromResult(refused).ExpectProblem(HttpStatusCode.TooManyRequests, "rate_limited");
    }

    [Fact]
    public async Task A_rate_limit_tells_what_is_left_and_when_to_come_back()
    {
        var subscriber = await installation.Subscribe(facts => facts with { RateLimit = 2, RateLimitSeconds = 60 });

        var first = await installation.Call(subscriber.Key).Expect(HttpStatusCode.OK);
        await installation.Call(subscriber.Key).Expect(HttpStatusCode.OK);
        var third = await installation.Call(subscriber.Key);

        Assert.Equal("\"rate\";q=2;w=60", first.Headers.GetValues("RateLimit-Policy").Single());
        Assert.StartsWith("\"rate\";r=1;t=", first.Headers.GetValues("RateLimit").Single());
        Assert.StartsWith("\"rate\";r=0;t=", third.Headers.GetValues("RateLimit").Single());
        Assert.InRange(third.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 30);
        await Task.FromResult(third).ExpectProblem(HttpStatusCode.TooManyRequests, "rate_limited");
        await installation.Plane.ExpectMetered(subscriber.Id, 2);
    }

    [Fact]
    public async Task Access_ends_at_its_known_end_without_any_event()
    {
        var subscriber = await installation.Subscribe();
        var end = TimeProvider.System.GetUtcNow().AddSeconds(8);
        installation.Plane.Put(subscriber.Facts with { AccessUntil = end, RefusalAfter = "not_subscribed" });
        await installation.Plane.Settle();
        await installation.Call(subscriber.Key).Expect(HttpStatusCode.OK);

        await Eventually.Passes(() => installation.Call(subscriber.Key).ExpectProblem(HttpStatusCode.Forbidden, "not_subscribed"));

        Assert.True(TimeProvider.System.GetUtcNow() >= end, "It ended early.");
    }

    [Fact]
    public async Task A_rotated_key_replaces_the_old_one_and_a_suspended_one_is_refused()
    {
        var subscriber = await installation.Subscribe();
        var rotated = $"mk_{Guid.NewGuid():n}";

        installation.Plane.Put(subscriber.Credential with { KeyHash = ControlPlane.HashOf(rotated) });
        await installation.Plane.Settle();
        await installation.Call(subscriber.Key).ExpectProblem(HttpStatusCode.Unauthorized, "key_invalid");
        await installation.Call(rotated).Expect(HttpStatusCode.OK);

        foreach (var status in new[] { "suspended", "revoked" })
        {
            installation.Plane.Put(subscriber.Credential with { KeyHash = ControlPlane.HashOf(rotated), Status = status });
            await installation.Plane.Settle();
            await installation.Call(rotated).ExpectProblem(HttpStatusCode.Unauthorized, "key_invalid");
        }

        installation.Plane.Put(subscriber.Credential with { KeyHash = ControlPlane.HashOf(rotated) });
        await installation.Plane.Settle();
        await installation.Call(rotated).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_payment_opens_access_within_two_seconds_of_its_hint()
    {
        var subscriber = await installation.Subscribe(facts => facts with { Refusal = "payment_required" });

        // A machine that stands still for a moment may cost one try; without the hint each would take until the poll.
        for (var tries = 1; ; tries++)
        {
            await installation.Call(subscriber.Key).ExpectProblem(HttpStatusCode.Forbidden, "payment_required");
            var watch = Stopwatch.StartNew();
            installation.Plane.Put(subscriber.Facts with { Refusal = null });
            await installation.Plane.Publish(new AccessChanged(subscriber.Id, subscriber.Facts.OrganizationId, 0));
            await Eventually.Until(async () => (await installation.Call(subscriber.Key)).IsSuccessStatusCode, "access opens");
            if (watch.Elapsed < TimeSpan.FromSeconds(2))
            {
                return;
            }

            Assert.True(tries < 3, $"Access opened after {watch.Elapsed.TotalSeconds:0.0} s.");
            installation.Plane.Put(subscriber.Facts);
            await installation.Plane.Settle();
        }
    }

    [Fact]
    public async Task A_credential_that_cannot_be_read_holds_nothing_else_up()
    {
        installation.Plane.Put(new CredentialEntitlement(TestCaller.NewId("cre"), "not a hash", "org_1", null, null, null, "active"));
        installation.Plane.Put(Installation.RouteTo("ftp://nowhere", "broken"));
        var subscriber = await installation.Subscribe();

        await installation.Call(subscriber.Key).Expect(HttpStatusCode.OK);
        await Eventually.Until(() => installation.Gateway.Log.Contains("in a form that cannot be enforced", StringComparison.Ordinal), "the log names it");
    }

    private static HttpRequestMessage With(string key, string address, HttpMethod? method = null) =>
        new(method ?? HttpMethod.Get, address) { Headers = { { "X-Api-Key", key } } };
}
