using System.Net;
using Marketplace.Testing;

namespace Marketplace.Gateway.Tests;

public sealed class DevSeedTests(Installation installation) : IClassFixture<Installation>
{
    [Fact]
    public async Task In_production_there_is_no_seed()
    {
        var production = installation.MakeGateway(replica: 2, ("ASPNETCORE_ENVIRONMENT", "Production"));
        await production.Start();

        Assert.Equal(HttpStatusCode.NotFound, (await production.Client.Post("/dev/seed")).StatusCode);
    }

    [Theory]
    [InlineData("stripe")]
    [InlineData("echo")]
    public async Task Without_an_emulated_stripe_and_an_api_to_sell_the_seed_says_so_and_makes_nothing(string absent)
    {
        var real = installation.MakeGateway(absent == "stripe" ? 3 : 4, ("services__echo__http__0", "http://127.0.0.1:9"), ($"services__{absent}__http__0", ""));
        await real.Start();

        var refusal = await real.Client.Post("/dev/seed").ExpectProblem(HttpStatusCode.Conflict, "seed_impossible");

        Assert.Contains("real Stripe", refusal.Detail, StringComparison.Ordinal);
    }
}
