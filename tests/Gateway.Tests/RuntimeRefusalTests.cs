using System.Net;
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
    public async Task A_call_without_a_key_says_where_to_put_it()
    {
        var response = await installation.Call(null);

        Assert.Equal("Bearer", response.Headers.WwwAuthenticate.ToString());
        await Task.FromResult(response).ExpectProblem(HttpStatusCode.Unauthorized, "key_missing");
    }
}
