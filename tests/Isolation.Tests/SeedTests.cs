using System.Net;
using System.Text.Json.Nodes;
using Marketplace.Story;
using Marketplace.Testing;

namespace Marketplace.Isolation.Tests;

/// <summary>An installation that a frontend team begins with.</summary>
public sealed class SeedTests(RunningSystem system, ITestOutputHelper output)
{
    [Fact(Timeout = 300_000)]
    public async Task A_running_installation_is_filled_once_and_a_second_call_answers_the_same_and_changes_nothing()
    {
        var settings = new Settings(system.Gateway, system.Stripe, system.Echo) { Tell = output.WriteLine };
        using var anybody = new Client(system.Gateway);

        var first = await Seed.Run(settings);
        output.WriteLine(first.ToJsonString());
        using var owner = await SignIn(first, "provider", "owner");
        using var admin = await SignIn(first, "consumer", "admin");
        var before = await Everything(first, owner, admin);

        var second = await anybody.Post("/dev/seed", new { });

        Assert.Equal(first.ToJsonString(), second.ToJsonString());
        Assert.Equal(before, await Everything(first, owner, admin));

        // Everybody signs in and holds what was answered, through a team too.
        foreach (var user in new[] { "provider", "consumer" }.SelectMany(kind => first[kind]!["users"]!.AsArray()))
        {
            using var client = await SignIn(first, (string)user!["email"]!);
            var held = (await client.Get("/v1/me"))["memberships"]!.AsArray().Single()!["roles"]!.AsArray().Select(r => (string)r!);
            var told = user["roles"]!.AsArray().Concat(user["teamRoles"]?.AsArray().Where(r => (string?)r != "team_manager") ?? []).Select(r => (string)r!);
            Assert.Equal(told.Order(StringComparer.Ordinal), held.Order(StringComparer.Ordinal));
        }

        Assert.Equal(["admin", "admin", "billing", "developer", "member", "owner", "product_manager", "subscriber", "viewer"],
            new[] { "provider", "consumer" }.SelectMany(kind => first[kind]!["users"]!.AsArray()).SelectMany(u => u!["roles"]!.AsArray()).Select(r => (string)r!).Order(StringComparer.Ordinal));

        // Both subscriptions were used, one of them is paid for, and their keys call.
        foreach (var (name, calls) in new[] { ("paid", 25), ("free", 5) })
        {
            var subscription = first["consumer"]![name]!;
            var id = (string)subscription["id"]!;
            Assert.Equal("active", (string?)(await admin.Get($"/v1/subscriptions/{id}"))["status"]);
            Assert.Equal(calls, (long)(await admin.Get($"/v1/subscriptions/{id}/usage"))["total"]!);
            using var caller = new Story.Caller(system.Gateway, (string)subscription["runtimePath"]!, (string)subscription["credential"]!["key"]!);
            Assert.Equal(HttpStatusCode.OK, (await caller.Call()).Status);
        }

        var invoice = Assert.Single((await admin.Get($"/v1/invoices?subscription={(string)first["consumer"]!["paid"]!["id"]!}"))["data"]!.AsArray());
        Assert.Equal(("paid", 2500L), ((string?)invoice!["status"], (long)invoice["total"]!["amount"]!));
    }

    private async Task<Client> SignIn(JsonNode seeded, string kind, string role) =>
        await SignIn(seeded, (string)seeded[kind]!["users"]!.AsArray().First(u => u!["roles"]!.AsArray().Any(r => (string?)r == role))!["email"]!);

    private async Task<Client> SignIn(JsonNode seeded, string email)
    {
        var client = new Client(system.Gateway);
        client.Token = (string)(await client.Post("/v1/sessions", new { email, password = (string)seeded["password"]! }))["accessToken"]!;
        return client;
    }

    // All lists that could have grown, and what can change without growing.
    private static async Task<string> Everything(JsonNode seeded, Client owner, Client admin)
    {
        var (provider, consumer) = ((string)seeded["provider"]!["organizationId"]!, (string)seeded["consumer"]!["organizationId"]!);
        var all = new List<string>();
        foreach (var path in new[] { $"organizations/{provider}", $"organizations/{provider}/members", $"organizations/{provider}/invitations", $"catalogs?organizationId={provider}",
            $"apis?organizationId={provider}", $"products?organizationId={provider}" }
            .Concat(seeded["provider"]!["products"]!.AsArray().SelectMany(p => new[] { $"products/{(string)p!["id"]!}/plans", $"products/{(string)p["id"]!}/releases" })))
        {
            all.Add((await owner.Get($"/v1/{path}")).ToJsonString());
        }

        foreach (var path in new[] { "members", "invitations", "teams" }.Select(list => $"organizations/{consumer}/{list}")
            .Concat(new[] { "applications", "subscriptions", "access-requests", "credentials" }.Select(list => $"{list}?organizationId={consumer}"))
            .Append($"subscriptions/{(string)seeded["consumer"]!["paid"]!["id"]!}/usage").Append("invoices"))
        {
            all.Add((await admin.Get($"/v1/{path}")).ToJsonString());
        }

        return string.Join('\n', all);
    }
}
