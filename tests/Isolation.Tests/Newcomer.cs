using System.Net;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Marketplace.Story;

namespace Marketplace.Isolation.Tests;

/// <summary>Somebody who signed up and in a moment ago, for one call: what only a session may do ends it, or can be done once.</summary>
public sealed partial class Newcomer : IDisposable
{
    private static int made;
    private readonly World world;
    private string title = "";

    private Newcomer(World world, Person person) => (this.world, Person) = (world, person);

    /// <summary>Who calls, with the token of a session.</summary>
    public Person Person { get; }

    /// <summary>Signs up and in.</summary>
    public static async Task<Newcomer> SignUp(World world)
    {
        var email = $"newcomer{Interlocked.Increment(ref made)}-{world.Settings.Run}@example.com";
        using var client = new Client(world.Settings.Gateway);
        var user = await client.Post("/v1/users", new { email, password = People.Password });
        var session = await client.Post("/v1/sessions", new { email, password = People.Password });
        return new(world, new Person("newcomer", world.Settings.Gateway, (string)session["accessToken"]!, (string)user["id"]!, email));
    }

    /// <summary>A text with each <c>{own thing}</c> replaced by the newcomer's, which is made for it.</summary>
    public async Task<string> Fill(string text)
    {
        foreach (var match in Placeholders().Matches(text).DistinctBy(m => m.Value))
        {
            text = text.Replace(match.Value, await Own(match.Groups["thing"].Value), StringComparison.Ordinal);
        }

        return text;
    }

    /// <summary>What anybody else sends in its place.</summary>
    public static string? OfAnother(string thing, World world) => thing switch
    {
        "own password" or "own guarded password" => People.Password,
        "own code" => "123456",
        "own consumer" => world.Buyer.Things["consumer"],
        "own invitation" or "own title" => "none",
        "own deletion code" => "AAAAAAAAAA",
        _ => null,
    };

    /// <summary>The code that an authenticator app with this secret shows now (RFC 6238).</summary>
    public static string CodeOf(string secret)
    {
        var key = new List<byte>();
        var (bits, held) = (0, 0);
        foreach (var letter in secret)
        {
            (bits, held) = ((bits << 5) | "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".IndexOf(letter, StringComparison.Ordinal), held + 5);
            if (held >= 8)
            {
                held -= 8;
                key.Add((byte)(bits >> held));
                bits &= (1 << held) - 1;
            }
        }

        var step = BitConverter.GetBytes(IPAddress.HostToNetworkOrder(DateTimeOffset.UtcNow.ToUnixTimeSeconds() / 30));
#pragma warning disable CA5350 // Authenticator apps use this one.
        var hash = HMACSHA1.HashData(key.ToArray(), step);
#pragma warning restore CA5350
        var at = hash[^1] & 15;
        return $"{(((hash[at] & 127) << 24) | (hash[at + 1] << 16) | (hash[at + 2] << 8) | hash[at + 3]) % 1_000_000:000000}";
    }

    public void Dispose() => Person.Dispose();

    private async Task<string> Own(string thing) => thing switch
    {
        "own password" => People.Password,
        "own code" => await Code(),
        "own guarded password" => await Guard(),
        "own invitation" => (string)(await world.Seller.Invite(world.Seller.Things["provider"], Person.Email, "viewer"))["token"]!,
        "own consumer" => await Consumer(),
        "own title" => title,
        "own deletion code" => await DeletionCode(),
        _ => throw new StoryException($"A newcomer has no '{thing}': tell Newcomer.Own."),
    };

    private async Task<string> Code() =>
        CodeOf((string)(await Person.Client.Post("/v1/me/second-factor", new { password = People.Password }))["secret"]!);

    private async Task<string> Guard()
    {
        await Person.Client.Post("/v1/me/second-factor/confirm", new { code = await Code() });
        return People.Password;
    }

    private async Task<string> Consumer()
    {
        title = $"Newcomers {Interlocked.Increment(ref made)}";
        return (string)(await Person.Client.Post("/v1/organizations", new { kind = "consumer", title, catalogId = world.Seller.Things["catalog"] }))["id"]!;
    }

    private async Task<string> DeletionCode()
    {
        var organization = (await Person.Client.Get("/v1/organizations"))["data"]![0]!["id"]!;
        await Person.Client.Post($"/v1/organizations/{organization}/deletion-code", new { });
        return await world.Letters.Find(Person.Email, $"Code to delete {title}", @"^[A-Z2-9]{10}\r?$");
    }

    [GeneratedRegex(@"\{(?<thing>own [a-z ]+)\}", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Placeholders();
}
