using System.Collections.Concurrent;
using System.Threading.RateLimiting;
using Marketplace.ServiceDefaults;
using Stripe;

namespace Marketplace.Invoicing;

/// <summary>Builds the Stripe client of one billing integration: its own key, our limits. Never a key of the process.</summary>
public sealed class StripeConnections : IDisposable
{
    /// <summary>The API version that our code and our webhook endpoints speak.</summary>
    public const string ApiVersion = "2026-07-29.dahlia";

    /// <summary>How long one call may take; the client's own default is 80 s.</summary>
    public static readonly TimeSpan CallLimit = TimeSpan.FromSeconds(10);

    private readonly FieldCipher cipher;
    private readonly string? apiBase;
    private readonly HttpClient http = new(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(2), ConnectTimeout = TimeSpan.FromSeconds(3) })
    {
        Timeout = CallLimit,
    };

    private readonly int? requestsPerSecond;
    private readonly ConcurrentDictionary<(string Account, bool Livemode), RateLimiter> limits = new();

    /// <summary>Reads <c>Stripe:ApiBase</c>, absent for Stripe itself, and <c>Stripe:RequestsPerSecond</c>, absent for what Stripe allows.</summary>
    public StripeConnections(IConfiguration configuration, FieldCipher cipher)
    {
        this.cipher = cipher;
        requestsPerSecond = configuration.GetValue<int?>("Stripe:RequestsPerSecond");
        apiBase = configuration["Stripe:ApiBase"] is { Length: > 0 } text ? text.TrimEnd('/') : null;
        if (apiBase is not null && !Uri.TryCreate(apiBase, UriKind.Absolute, out _))
        {
            throw new InvalidOperationException("Stripe__ApiBase must be an absolute address such as http://127.0.0.1:12111, or absent for Stripe itself.");
        }
    }

    /// <summary>The client of an integration, paced to stay under the account's rate limit.</summary>
    public StripeClient Open(StripeKeys keys) => Open(
        cipher.Decrypt(keys.SecretKey, keys.OrganizationId, keys.IntegrationId, "secret-key"),
        limits.GetOrAdd((keys.AccountId, keys.Livemode), account => Limit(account.Livemode)));

    /// <summary>A client for a key that is not stored yet.</summary>
    public StripeClient Open(string secretKey) => Open(secretKey, null);

    /// <summary>The key as it is stored.</summary>
    public string Encrypt(string secretKey, string organizationId, string integrationId) =>
        cipher.Encrypt(secretKey, organizationId, integrationId, "secret-key");

    /// <inheritdoc/>
    public void Dispose()
    {
        http.Dispose();
        foreach (var limit in limits.Values)
        {
            limit.Dispose();
        }
    }

    // The queue retries, by its own clock and visibly; the client does not.
    private StripeClient Open(string secretKey, RateLimiter? limit)
    {
        var transport = new SystemNetHttpClient(http, maxNetworkRetries: 0, enableTelemetry: false);
        return new(new StripeClientOptions
        {
            ApiKey = secretKey,
            ApiBase = apiBase ?? StripeClient.DefaultApiBase,
            HttpClient = limit is null ? transport : new PacedHttpClient(transport, limit),
        });
    }

    // Stripe allows 100 requests per second live and 25 in test mode; a fifth is left for the provider's own use.
    private TokenBucketRateLimiter Limit(bool livemode)
    {
        var perSecond = requestsPerSecond ?? (livemode ? 80 : 20);
        return new(new TokenBucketRateLimiterOptions
        {
            TokenLimit = perSecond,
            TokensPerPeriod = 1,
            ReplenishmentPeriod = TimeSpan.FromSeconds(1) / perSecond,
            QueueLimit = int.MaxValue,
            QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
        });
    }

    private sealed class PacedHttpClient(IHttpClient inner, RateLimiter limit) : IHttpClient
    {
        public async Task<StripeResponse> MakeRequestAsync(StripeRequest request, CancellationToken cancellationToken = default)
        {
            using var lease = await limit.AcquireAsync(1, cancellationToken);
            return await inner.MakeRequestAsync(request, cancellationToken);
        }

        public async Task<StripeStreamedResponse> MakeStreamingRequestAsync(StripeRequest request, CancellationToken cancellationToken = default)
        {
            using var lease = await limit.AcquireAsync(1, cancellationToken);
            return await inner.MakeStreamingRequestAsync(request, cancellationToken);
        }
    }
}

/// <summary>What opens a client for a stored integration.</summary>
/// <param name="SecretKey">Ciphertext.</param>
public sealed record StripeKeys(string IntegrationId, string OrganizationId, string AccountId, bool Livemode, string SecretKey)
{
    /// <summary>The columns of <c>billing_integrations</c> in this order.</summary>
    public const string Columns = "id as integration_id, organization_id, account_id, livemode, secret_key";
}
