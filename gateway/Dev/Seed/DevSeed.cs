using System.Text.Json;
using Marketplace.Gateway.Metering;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Gateway.Dev.Seed;

/// <summary>A user that was made, who signs in with the password of them all.</summary>
/// <param name="Roles">In the organization.</param>
/// <param name="TeamRoles">In the team; null for who is in none.</param>
public sealed record SeededUser(string Email, IReadOnlyList<string> Roles, IReadOnlyList<string>? TeamRoles = null);

/// <summary>A plan on offer.</summary>
public sealed record SeededPlan(string Id, string Title, string PriceModel);

/// <summary>A product on offer.</summary>
/// <param name="RuntimePath">Where its API is called.</param>
public sealed record SeededProduct(string Id, string Title, string RuntimePath, IReadOnlyList<SeededPlan> Plans);

/// <summary>The provider, its connected Stripe account, its catalog and products.</summary>
public sealed record SeededProvider(
    string OrganizationId, string StripeAccountId, string BillingIntegrationId, string CatalogId, string ApiId, IReadOnlyList<SeededProduct> Products, IReadOnlyList<SeededUser> Users);

/// <summary>A credential.</summary>
/// <param name="Key">What <c>X-Api-Key</c> takes; null when it was made by a gateway whose journal folder is gone, since a key is shown once.</param>
public sealed record SeededCredential(string Id, string? Key);

/// <summary>A subscription with access and usage.</summary>
/// <param name="Credential">Null once somebody has deleted it.</param>
public sealed record SeededSubscription(string Id, string ProductId, string PlanId, string RuntimePath, SeededCredential? Credential);

/// <summary>The consumer organization and what it holds.</summary>
/// <param name="Credential">The application's own; null once somebody has deleted it.</param>
public sealed record SeededConsumer(
    string OrganizationId, string TeamId, string ApplicationId, SeededCredential? Credential, SeededSubscription Paid, SeededSubscription Free, IReadOnlyList<SeededUser> Users);

/// <summary>What a filled installation holds.</summary>
/// <param name="Password">Everybody's.</param>
public sealed record SeedAnswer(string Password, SeededProvider Provider, SeededConsumer Consumer);

/// <summary>Outside Production only: fills a running installation with what a frontend needs to begin, through the public API as any client would. Everything is looked for
/// before it is made, so that a second call answers the same, and one that broke off is gone on with.</summary>
public sealed class DevSeed(IHttpClientFactory clients, UsageReporter usage, IConfiguration configuration) : IDisposable
{
    /// <summary>The password of everybody who is made. No secret: it exists where no real customer does.</summary>
    public const string Password = "correct-horse-Battery-7";

    private readonly SemaphoreSlim gate = new(1);

    /// <summary>200 with everything that is there now; 409 <c>seed_impossible</c> where Stripe is real, or a step was refused. Anybody may, since nobody is there yet.</summary>
    public async Task<Results<Ok<SeedAnswer>, ProblemHttpResult>> Run(HttpContext context, CancellationToken cancellation)
    {
        if (configuration["services:stripe:http:0"] is not { Length: > 0 } stripe || configuration["services:echo:http:0"] is not { Length: > 0 } echo)
        {
            return Problems.SeedImpossible("The seed connects an emulated Stripe account and sells the echo API. With a real Stripe account neither is here: make what you need through the API.");
        }

        await gate.WaitAsync(cancellation);
        try
        {
            // The address that this request came in by is one that answers.
            var connection = context.Connection;
            var here = new UriBuilder("http", connection.LocalIpAddress!.IsIPv4MappedToIPv6 ? $"{connection.LocalIpAddress.MapToIPv4()}" : $"{connection.LocalIpAddress}", connection.LocalPort).Uri;
            var world = new SeedWorld(
                () => new SeedClient(clients.CreateClient("seed"), here), () => new EmulatedAccount(clients.CreateClient("seed"), new Uri(stripe)), echo.TrimEnd('/'),
                ShownKeys.In(configuration["Gateway:JournalFolder"] ?? "journal"), usage);
            var provider = await new ProviderSeed(world).Fill(cancellation);
            return TypedResults.Ok(new SeedAnswer(Password, provider, await new ConsumerSeed(world, provider).Fill(cancellation)));
        }
        catch (SeedException exception)
        {
            return Problems.SeedImpossible($"{exception.Message} What was made before stays; call again when the cause is mended.");
        }
        catch (Exception exception) when (exception is HttpRequestException or JsonException || (exception is TaskCanceledException && !cancellation.IsCancellationRequested))
        {
            return Problems.SeedImpossible($"A part of the installation did not answer: {exception.GetBaseException().Message} What was made before stays; call again.");
        }
        finally
        {
            gate.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => gate.Dispose();
}

/// <summary>What the seed works with.</summary>
/// <param name="Client">A client of this installation's API.</param>
/// <param name="Stripe">The emulated account.</param>
/// <param name="Upstream">The echo API.</param>
internal sealed record SeedWorld(Func<SeedClient> Client, Func<EmulatedAccount> Stripe, string Upstream, ShownKeys Keys, UsageReporter Usage);
