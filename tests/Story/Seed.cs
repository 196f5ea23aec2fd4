namespace Marketplace.Story;

/// <summary>Fills an empty installation with a provider, whose products are published (one with every price model), and a consumer who has signed up.</summary>
public static class Seed
{
    /// <summary>Makes them once: a second run finds them and leaves everything as it is.</summary>
    public static async Task Run(Settings settings)
    {
        settings = settings with { Run = "demo" };
        using var stripe = new StripeAccount(settings.Stripe, settings.Run);
        using var provider = new Provider(settings, stripe);
        using var consumer = new Consumer(settings, provider, "consumer");
        if (!await IsSeeded(settings, provider.Email))
        {
            await provider.Play();
            await consumer.SignUp();
        }

        await PriceList.Offer(settings, provider.Email);

        settings.Tell($"sign-in provider {provider.Email} {People.Password}");
        settings.Tell($"sign-in consumer {consumer.Email} {People.Password}");
    }

    private static async Task<bool> IsSeeded(Settings settings, string email)
    {
        using var client = new HttpClient { BaseAddress = settings.Gateway };
        using var response = await System.Net.Http.Json.HttpClientJsonExtensions.PostAsJsonAsync(client, "/v1/sessions", new { email, password = People.Password });
        return response.IsSuccessStatusCode;
    }
}
