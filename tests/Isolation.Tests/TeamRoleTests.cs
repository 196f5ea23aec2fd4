using System.Text.Json;
using Marketplace.Story;

namespace Marketplace.Isolation.Tests;

/// <summary>What a team gives is given in every service, and gone at once.</summary>
public sealed class TeamRoleTests(WorldFixture fixture) : IClassFixture<WorldFixture>
{
    private readonly World world = fixture.World;

    [Fact(Timeout = 300_000)]
    public async Task A_role_through_a_team_opens_what_the_role_opens_and_closes_it_with_the_next_request()
    {
        var (admin, consumer, catalog) = (world["consumer_admin"], world.Buyer.Things["consumer"], world.Seller.Things["catalog"]);
        using var worker = await Worker();
        var team = $"/v1/organizations/{consumer}/teams/{await world.Buyer.Make("team")}/members";
        var (free, paid) = (await world.Buyer.Make("free plan"), await world.Buyer.Make("plan"));
        async Task<int> Application() => (await worker.Send(HttpMethod.Post, "/v1/applications", Json(new { organizationId = consumer, title = "Worker's" }))).Status;
        async Task<int> Subscription(string? planId) => (await worker.Send(
            HttpMethod.Post, "/v1/subscriptions", Json(new { planId, catalogId = catalog, organizationId = consumer, acceptTerms = true }))).Status;

        Assert.Equal((403, 403, 403), (await Application(), await Subscription(free), await Subscription(paid)));

        await admin.Client.Post(team, new { userId = worker.Id, roles = new[] { "developer" } });
        Assert.Equal((201, 201, 403), (await Application(), await Subscription(free), await Subscription(paid)));

        await admin.Client.Update(HttpMethod.Put, $"{team}/{worker.Id}", new { roles = new[] { "subscriber" } }, versionOf: $"{team}/{worker.Id}");
        Assert.Equal(201, await Subscription(paid));

        Assert.True((await admin.Send(HttpMethod.Delete, $"{team}/{worker.Id}")).IsSuccess);
        Assert.Equal(403, await Application());
    }

    private async Task<Person> Worker()
    {
        var run = Guid.NewGuid().ToString("n")[..8];
        var person = await Person.SignUp(world.Settings with { Run = run }, "worker");
        await Seller.Join(world["consumer_admin"], world.Buyer.Things["consumer"], person, "member");
        return person;
    }

    private static string Json(object body) => JsonSerializer.Serialize(body);
}
