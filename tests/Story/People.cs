namespace Marketplace.Story;

/// <summary>People who sign up.</summary>
public static class People
{
    /// <summary>The password of everybody in the story.</summary>
    public const string Password = "correct-horse-Battery-7";

    /// <summary>Signs up and in; the access token.</summary>
    public static async Task<string> SignUp(Settings settings, string email)
    {
        using var client = new Client(settings.Gateway);
        await client.Post("/v1/users", new { email, password = Password });
        return (string)(await client.Post("/v1/sessions", new { email, password = Password }))["accessToken"]!;
    }
}
