using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Marketplace.ServiceDefaults;
using Stripe;

namespace Marketplace.Invoicing;

/// <summary>Builds the Stripe client of one billing integration: its own key, our limits. Never a key of the process.</summary>
public sealed class StripeConnections : IDisposable
{
    /// <summary>The API version that our code and our webhook endpoints speak.</summary>
    public const string ApiVersion = "2026-07-29.dahlia";

    private readonly FieldCipher cipher;
    private readonly StripeReachability reachability;
    private readonly string? apiBase;
    private readonly StripeRates rates;
    private readonly TimeSpan callLimit;
    private readonly HttpClient http;
    private readonly ConcurrentDictionary<RatedAccount, RequestPace> paces = new();

    /// <summary>Reads <c>Stripe:ApiBase</c>, absent for Stripe itself, and <c>Stripe:CallSeconds</c>, how long one call may take; the client's own default is 80.</summary>
    public StripeConnections(IConfiguration configuration, FieldCipher cipher, StripeReachability reachability, StripeRates rates)
    {
        this.cipher = cipher;
        this.reachability = reachability;
        this.rates = rates;
        callLimit = configuration.GetValue("Stripe:CallSeconds", 10) is var seconds and >= 1 and <= 80
            ? TimeSpan.FromSeconds(seconds)
            : throw new InvalidOperationException("Stripe__CallSeconds must be how many seconds one call to Stripe may take, 1 to 80.");
        http = new(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(2), ConnectTimeout = TimeSpan.FromSeconds(3) }) { Timeout = callLimit };
        apiBase = configuration["Stripe:ApiBase"] is { Length: > 0 } text ? text.TrimEnd('/') : null;
        if (apiBase is not null && !Uri.TryCreate(apiBase, UriKind.Absolute, out _))
        {
            throw new InvalidOperationException("Stripe__ApiBase must be an absolute address such as http://127.0.0.1:12111, or absent for Stripe itself.");
        }
    }

    /// <summary>Where Stripe is.</summary>
    public string Address => apiBase ?? StripeClient.DefaultApiBase;

    /// <summary>The client of an integration, paced to stay under the account's rate limit.</summary>
    public StripeClient Open(StripeKeys keys) => Open(Session(keys));

    /// <summary>A client for a key that is not stored yet.</summary>
    public StripeClient Open(string secretKey) => Open(Session(secretKey));

    /// <summary>The key of an integration with what a call by it must keep to.</summary>
    public StripeSession Session(StripeKeys keys)
    {
        var account = new RatedAccount(keys.AccountId, keys.Livemode);
        var pace = paces.GetOrAdd(account, known => new((wanted, cancellation) => rates.Take(known, wanted, cancellation), rates.Limit(known.Livemode), TimeProvider.System));
        return new(
            cipher.Decrypt(keys.SecretKey, keys.OrganizationId, keys.IntegrationId, "secret-key"), keys.IntegrationId, new(rates, account, pace, keys.InBackground));
    }

    /// <summary>A key that is not stored yet, of either kind.</summary>
    public StripeSession Session(string key) => new(key, null, null);

    /// <summary>Asks what the client has no method for: how Stripe answers a key. A refusal is an answer.</summary>
    /// <exception cref="JobFailedException">Stripe could not answer now, or does not know the key.</exception>
    public async Task<StripeAnswer> Ask(StripeSession session, string method, string path, string form, string? version, CancellationToken cancellation)
    {
        await session.Turn(cancellation);
        using var request = new HttpRequestMessage(new HttpMethod(method), Address + path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", session.Key);
        request.Headers.Add("Stripe-Version", version ?? ApiVersion);
        request.Content = method == "GET" ? null : new StringContent(form, Encoding.UTF8, "application/x-www-form-urlencoded");
        using var answer = await reachability.Watch(session.IntegrationId, () => http.SendAsync(request, cancellation), cancellation);
        var body = await answer.Content.ReadAsStringAsync(cancellation);
        if (answer.StatusCode == HttpStatusCode.TooManyRequests)
        {
            await session.SlowDown(answer.Headers, body, cancellation);
        }

        if (answer.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.Conflict or >= HttpStatusCode.InternalServerError)
        {
            throw new JobFailedException(new(StripeFailureKind.Transient, $"http_{(int)answer.StatusCode}", "Stripe could not answer now."));
        }

        using var json = JsonDocument.Parse(body);
        var error = json.RootElement.TryGetProperty("error", out var told) ? told : default;
        var code = Text(error, "code");
        return answer.StatusCode == HttpStatusCode.Unauthorized && code != StripeAnswer.SecretKeyRequired
            ? throw new JobFailedException(StripeFailure.KeyRevoked)
            : new(answer.StatusCode, code, Text(error, "message"), json.RootElement.Clone());
    }

    /// <summary>The key as it is stored.</summary>
    public string Encrypt(string secretKey, string organizationId, string integrationId) =>
        cipher.Encrypt(secretKey, organizationId, integrationId, "secret-key");

    /// <inheritdoc/>
    public void Dispose() => http.Dispose();

    private static string? Text(JsonElement error, string name) =>
        error.ValueKind == JsonValueKind.Object && error.TryGetProperty(name, out var value) ? value.GetString() : null;

    // The queue retries, by its own clock and visibly; the client does not.
    private StripeClient Open(StripeSession session) => new(new StripeClientOptions
    {
        ApiKey = session.Key,
        ApiBase = Address,
        HttpClient = new PacedHttpClient(new SystemNetHttpClient(http, maxNetworkRetries: 0, enableTelemetry: false), session, reachability, callLimit),
    });
}

/// <summary>How Stripe answered a plain request.</summary>
/// <param name="Code">The error's code.</param>
/// <param name="Message">The error's words.</param>
/// <param name="Body">All of it.</param>
public sealed record StripeAnswer(HttpStatusCode Status, string? Code, string? Message, JsonElement Body)
{
    /// <summary>The code for a publishable key where a secret one is needed: Stripe knows the key.</summary>
    public const string SecretKeyRequired = "secret_key_required";

    /// <summary>Whether it was carried out.</summary>
    public bool IsSuccess => (int)Status is >= 200 and < 300;
}

/// <summary>What opens a client for a stored integration.</summary>
/// <param name="SecretKey">Ciphertext.</param>
public sealed record StripeKeys(string IntegrationId, string OrganizationId, string AccountId, bool Livemode, string SecretKey)
{
    /// <summary>The columns of <c>billing_integrations</c> in this order.</summary>
    public const string Columns = "id as integration_id, organization_id, account_id, livemode, secret_key";

    /// <summary>Nobody waits for the answers: jobs, polls, sweeps. Requests that somebody waits for go before them.</summary>
    public bool InBackground { get; init; }
}
