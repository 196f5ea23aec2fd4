namespace Marketplace.Story;

/// <summary>People who sign up.</summary>
public static class People
{
    /// <summary>The password of everybody in the story.</summary>
    public const string Password = "correct-horse-Battery-7";

    /// <summary>Signs up and in, and makes a personal API token: a session would be over when the story's clock moves by weeks.</summary>
    public static async Task<string> SignUp(Settings settings, string email)
    {
        using var client = new Client(settings.Gateway);
        await client.Post("/v1/users", new { email, password = Password });
        client.Token = (string)(await client.Post("/v1/sessions", new { email, password = Password }))["accessToken"]!;
        return (string)(await client.Post("/v1/tokens", new { title = "The story" }))["token"]!;
    }
}
