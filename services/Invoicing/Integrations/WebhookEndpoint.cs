using Stripe;

namespace Marketplace.Invoicing;

/// <summary>The webhook endpoint at Stripe that reports to us: its address, API version and events, made by us where the key may, else by the provider.</summary>
public sealed partial class WebhookEndpoint(IConfiguration configuration, ILogger<WebhookEndpoint> logger)
{
    /// <summary>The events that we ask for; each says that an invoice's payment state changed.</summary>
    public static readonly IReadOnlyList<string> Events = ["invoice.finalized", "invoice.marked_uncollectible", "invoice.paid", "invoice.voided"];

    /// <summary>Where Stripe is to send an integration's events.</summary>
    public string Url(string integrationId) => $"{(configuration["Marketplace:PublicUrl"] ?? "http://localhost:8080").TrimEnd('/')}/webhooks/stripe/{integrationId}";

    /// <summary>Makes the endpoint; null where the key may not, or Stripe does not take our address: then the provider makes it.</summary>
    public async Task<(string Id, string Secret)?> Create(StripeClient client, string integrationId, string organizationId, CancellationToken cancellation)
    {
        try
        {
            var endpoint = await client.V1.WebhookEndpoints.CreateAsync(
                new WebhookEndpointCreateOptions
                {
                    Url = Url(integrationId),
                    ApiVersion = StripeConnections.ApiVersion,
                    EnabledEvents = [.. Events],
                    Description = "Marketplace",
                    Metadata = StripeMetadata.Of(integrationId, organizationId),
                },
                new RequestOptions { IdempotencyKey = $"{integrationId}/webhook-endpoint" },
                cancellation);
            return (endpoint.Id, endpoint.Secret);
        }
        catch (StripeException exception) when (StripeFailure.Of(exception, cancellation) is { Kind: not StripeFailureKind.Transient } failure)
        {
            NotMade(logger, integrationId, failure.Code);
            return null;
        }
    }

    /// <summary>Removes an endpoint that we made. Where Stripe refuses, it stays there and its events are answered as unknown.</summary>
    public async Task Remove(StripeClient client, string endpointId, CancellationToken cancellation)
    {
        try
        {
            await client.V1.WebhookEndpoints.DeleteAsync(endpointId, cancellationToken: cancellation);
        }
        catch (Exception exception) when (StripeFailure.Of(exception, cancellation) is { } failure)
        {
            NotRemoved(logger, endpointId, failure.Code);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The webhook endpoint of {Integration} is left to the provider: {Reason}")]
    private static partial void NotMade(ILogger logger, string integration, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The webhook endpoint {Endpoint} could not be removed at Stripe: {Reason}")]
    private static partial void NotRemoved(ILogger logger, string endpoint, string reason);
}

/// <summary>What every object that we make at Stripe carries, so that it can be told from foreign ones.</summary>
public static class StripeMetadata
{
    /// <summary>The billing integration that made it.</summary>
    public const string Integration = "marketplace_integration";

    /// <summary>The organization it is about.</summary>
    public const string Organization = "marketplace_organization";

    /// <summary>Our own id of it.</summary>
    public const string Id = "marketplace_id";

    /// <summary>The three together; without an id for objects that have none of ours.</summary>
    public static Dictionary<string, string> Of(string integrationId, string organizationId, string? ourId = null)
    {
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal) { [Integration] = integrationId, [Organization] = organizationId };
        if (ourId is not null)
        {
            metadata[Id] = ourId;
        }

        return metadata;
    }
}
