using Marketplace.Story;

namespace Marketplace.Isolation.Tests;

/// <summary>What somebody could read a moment ago is refused by every service once the session or the membership is over, and before ten seconds have passed.</summary>
public sealed class LostAccessTests(WorldFixture fixture) : IClassFixture<WorldFixture>
{
    private static readonly TimeSpan AtTheLatest = TimeSpan.FromSeconds(10);
    private readonly World world = fixture.World;

    // One of each service: Accounts, Catalog, Subscriptions, Invoicing, WebhookIngest.
    private string[] Addresses =>
    [
        $"/v1/organizations/{world.Seller.Things["provider"]}/members", $"/v1/products/{world.Seller.Things["product"]}", $"/v1/subscriptions/{world.Buyer.Things["subscription"]}",
        $"/v1/billing-integrations/{world.Seller.Things["integration"]}", $"/v1/webhook-events/{world.Buyer.Things["event"]}",
    ];

    [Fact(Timeout = 300_000)]
    public async Task After_signing_out_every_service_refuses_the_sessions_token()
    {
        using var person = await Admin();
        using var session = await SignIn(person);
        await All(session, 200);

        Assert.True((await session.Send(HttpMethod.Delete, "/v1/sessions")).IsSuccess);

        await Soon(session, 401);
        await All(person, 200);
    }

    [Fact(Timeout = 300_000)]
    public async Task After_losing_the_role_every_service_refuses_sessions_and_tokens()
    {
        using var person = await Admin();
        using var session = await SignIn(person);
        await All(session, 200);

        Assert.True((await world.Seller.Owner.Send(HttpMethod.Delete, $"/v1/organizations/{world.Seller.Things["provider"]}/members/{person.Id}")).IsSuccess);

        await Soon(session, 404);
        await Soon(person, 404);
    }

    private async Task<Person> Admin()
    {
        var person = await Person.SignUp(world.Settings with { Run = Guid.NewGuid().ToString("n")[..8] }, "leaver");
        await Seller.Join(world.Seller.Owner, world.Seller.Things["provider"], person, "admin");
        return person;
    }

    private async Task<Person> SignIn(Person person)
    {
        using var client = new Client(world.Settings.Gateway);
        return new Person("session", world.Settings.Gateway, (string)(await client.Post("/v1/sessions", new { email = person.Email, password = People.Password }))["accessToken"]!);
    }

    private async Task Soon(Person caller, int status)
    {
        var began = TimeProvider.System.GetTimestamp();
        await All(caller, status);
        Assert.InRange(TimeProvider.System.GetElapsedTime(began), TimeSpan.Zero, AtTheLatest);
    }

    // The next request already: that nothing keeps what was exchanged before is why ten seconds are enough.
    private async Task All(Person caller, int status)
    {
        foreach (var address in Addresses)
        {
            var answer = await caller.Send(HttpMethod.Get, address);
            Assert.True(answer.Status == status, $"{answer}");
        }
    }
}
