using System.Text.RegularExpressions;
using Marketplace.Story;

namespace Marketplace.Isolation.Tests;

/// <summary>The mails of the running system.</summary>
public sealed class Letters(string folder)
{
    /// <summary>Waits for a mail to an address, and finds what matches in it.</summary>
    public async Task<string> Find(string email, string subject, string pattern)
    {
        var (found, _) = await Check.Until(
            () => Task.FromResult(Directory.EnumerateFiles(folder, "*.eml").Order(StringComparer.Ordinal).Select(File.ReadAllText)
                .Where(text => text.Contains($"To: {email}\r\n", StringComparison.Ordinal) && text.Contains($"Subject: {subject}", StringComparison.Ordinal))
                .Select(text => Regex.Match(text, pattern, RegexOptions.Multiline, TimeSpan.FromSeconds(1))).LastOrDefault(match => match.Success)),
            match => match is not null, $"A mail '{subject}' to {email}");
        return (found!.Groups.Count > 1 ? found.Groups[1].Value : found.Value).Trim();
    }
}

/// <summary>What somebody sends who is about to sign in: tokens and codes, each good once.</summary>
public sealed class SignIns(World world)
{
    private const string Link = @"\?token=(\S+)";
    private readonly Lazy<Task<(string Email, Queue<string> Codes)>> guarded = new(() => Guarded(world));
    private int made;

    /// <summary>One of what the name says; null when it is none of these.</summary>
    public async Task<string?> Make(string thing) => thing switch
    {
        "refresh token" => (string)(await SignIn(await SignUp()))["refreshToken"]!,
        "ticket" => (string)(await SignIn((await guarded.Value).Email))["ticket"]!,
        "recovery code" => await RecoveryCode(),
        "confirmation" => await world.Letters.Find(await SignUp(), "", Link),
        "reset token" => await ResetToken(),
        _ => null,
    };

    private static async Task<(string Email, Queue<string> Codes)> Guarded(World world)
    {
        using var person = await Newcomer.SignUp(world);
        var codes = await person.Person.Client.Post("/v1/me/second-factor/confirm", new { code = await person.Fill("{own code}") });
        return (person.Person.Email, new(codes["recoveryCodes"]!.AsArray().Select(code => (string)code!)));
    }

    private async Task<string> SignUp()
    {
        var email = $"signs-in{Interlocked.Increment(ref made)}-{world.Settings.Run}@example.com";
        await world["anonymous"].Client.Post("/v1/users", new { email, password = People.Password });
        return email;
    }

    private Task<System.Text.Json.Nodes.JsonNode> SignIn(string email) => world["anonymous"].Client.Post("/v1/sessions", new { email, password = People.Password });

    private async Task<string> RecoveryCode()
    {
        var codes = (await guarded.Value).Codes;
        lock (codes)
        {
            return codes.TryDequeue(out var code) ? code : "used-up";
        }
    }

    private async Task<string> ResetToken()
    {
        var email = await SignUp();
        await world.Letters.Find(email, "", Link);
        await world["anonymous"].Client.Post("/v1/users/forgot-password", new { email });
        return await world.Letters.Find(email, "", @"reset[^\s]*" + Link);
    }
}
