using System.Net;
using Marketplace.Storage;
using Stripe;

namespace Marketplace.Invoicing;

/// <summary>What came of making an endpoint: its id and signing secret, or why there is none.</summary>
/// <param name="Failure">Null when it was made.</param>
/// <param name="HasErrorReports">False where Stripe does not send it error reports.</param>
public sealed record MadeEndpoint(string Id, string Secret, StripeFailure? Failure = null, bool HasErrorReports = true)
{
    /// <summary>The code for an account that has all the endpoints Stripe allows it.</summary>
    public const string Limit = "webhook_endpoint_limit";

    /// <summary>None, with the reason.</summary>
    public static MadeEndpoint Not(StripeFailure failure) => new("", "", failure);
}

/// <summary>The webhook endpoint at Stripe that reports to us: its address, API version and events, made by us where the key may, else by the provider.</summary>
public sealed partial class WebhookEndpoint(IConfiguration configuration, Database database, ILogger<WebhookEndpoint> logger)
{
    /// <summary>The events that we ask for; each says that something of ours may have changed.</summary>
    public static readonly IReadOnlyList<string> Events =
    [
        "billing.meter.deactivated", "billing.meter.reactivated", "billing.meter.updated", "charge.dispute.closed", "charge.dispute.created", "charge.dispute.updated",
        "checkout.session.completed", "checkout.session.expired", "credit_note.created", "credit_note.voided", "customer.deleted", "customer.discount.created", "customer.discount.deleted", "customer.discount.updated",
        "customer.subscription.created", "customer.subscription.deleted", "customer.subscription.paused", "customer.subscription.resumed", "customer.subscription.updated", "customer.updated",
        "invoice.finalized", "invoice.marked_uncollectible", "invoice.paid", "invoice.payment_action_required", "invoice.payment_failed", "invoice.voided",
        "payment_method.attached", "payment_method.automatically_updated", "payment_method.detached", "payment_method.updated",
        "price.deleted", "price.updated", "product.deleted", "product.updated", "refund.created", "refund.failed", "refund.updated", "setup_intent.succeeded", "tax_rate.updated",
    ];

    /// <summary>The same with thin events, which Stripe sends only to endpoints that name them. Where it takes them by other ways alone, what they tell is asked for when it matters.</summary>
    public static readonly IReadOnlyList<string> WithErrorReports = [.. Events, .. RejectedUsage.ErrorReports];

    /// <summary>What is told of an endpoint without them where usage goes to meters.</summary>
    public static readonly string NoErrorReports =
        $"error_reports_not_sent: Stripe sends this endpoint no reports about usage that it rejects ({string.Join(", ", RejectedUsage.ErrorReports)}), because it takes these types for event destinations only. "
        + "Nothing has to be done: they are asked for when a period's sums differ, and what a meter does not show is charged when its period is settled.";

    // Stripe's limit for an account and mode.
    private const int Most = 16;

    /// <summary>Where Stripe is to send an integration's events.</summary>
    public string Url(string integrationId) => $"{(configuration["Marketplace:PublicUrl"] ?? "http://localhost:8080").TrimEnd('/')}/webhooks/stripe/{integrationId}";

    /// <summary>Makes the endpoint. Where the account has no room left, what deleted integrations of ours left behind is removed first.</summary>
    /// <param name="version">Of the integration: a repetition after a lost answer finds the same endpoint, a later one makes another.</param>
    /// <exception cref="StripeException">Stripe could not be asked.</exception>
    public async Task<MadeEndpoint> Create(StripeClient client, string integrationId, string organizationId, long version, CancellationToken cancellation)
    {
        var (again, events) = (false, WithErrorReports);
        while (true)
        {
            try
            {
                var endpoint = await client.V1.WebhookEndpoints.CreateAsync(
                    new WebhookEndpointCreateOptions
                    {
                        Url = Url(integrationId),
                        ApiVersion = StripeConnections.ApiVersion,
                        EnabledEvents = [.. events],
                        Description = "Marketplace",
                        Metadata = StripeMetadata.Of(integrationId, organizationId),
                    },
                    new RequestOptions { IdempotencyKey = $"{integrationId}/webhook-endpoint/{version}{(again ? "/again" : "")}{(events == Events ? "/without-reports" : "")}" },
                    cancellation);
                return new(endpoint.Id, endpoint.Secret, HasErrorReports: events != Events);
            }
            catch (StripeException exception) when (events != Events && RefusesErrorReports(exception))
            {
                events = Events;
            }
            catch (StripeException exception) when (StripeFailure.Of(exception, cancellation) is { Kind: not StripeFailureKind.Transient } failure)
            {
                if (failure.Kind == StripeFailureKind.Refused && !again && await MakeRoom(client, cancellation) is { } room)
                {
                    if (room > 0)
                    {
                        again = true;
                        continue;
                    }

                    failure = failure with { Code = MadeEndpoint.Limit, Detail = $"Stripe keeps at most {Most} webhook endpoints for an account and mode, and all are taken. Delete one in the Stripe dashboard." };
                }

                NotMade(logger, integrationId, failure.Code);
                return MadeEndpoint.Not(failure);
            }
        }
    }

    /// <summary>Puts address, events and state of an endpoint right.</summary>
    public async Task Update(StripeClient client, string integrationId, string endpointId, CancellationToken cancellation)
    {
        try
        {
            await Update(client, integrationId, endpointId, WithErrorReports, cancellation);
        }
        catch (StripeException exception) when (RefusesErrorReports(exception))
        {
            await Update(client, integrationId, endpointId, Events, cancellation);
        }
    }

    private Task Update(StripeClient client, string integrationId, string endpointId, IReadOnlyList<string> events, CancellationToken cancellation) => client.V1.WebhookEndpoints.UpdateAsync(
        endpointId, new WebhookEndpointUpdateOptions { Url = Url(integrationId), EnabledEvents = [.. events], Disabled = false }, cancellationToken: cancellation);

    private static bool RefusesErrorReports(StripeException exception) =>
        exception.HttpStatusCode == HttpStatusCode.BadRequest && exception.StripeError?.Param?.StartsWith("enabled_events", StringComparison.Ordinal) == true;

    /// <summary>Removes an endpoint that we made; null when it is gone. Where Stripe refuses, the reason: it stays there and its events are answered as unknown.</summary>
    public async Task<StripeFailure?> Remove(StripeClient client, string endpointId, CancellationToken cancellation)
    {
        try
        {
            await client.V1.WebhookEndpoints.DeleteAsync(endpointId, cancellationToken: cancellation);
            return null;
        }
        catch (StripeException exception) when (exception.HttpStatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }
        catch (Exception exception) when (StripeFailure.Of(exception, cancellation) is { } failure)
        {
            NotRemoved(logger, endpointId, failure.Code);
            return failure;
        }
    }

    // Null when the account is not full; else how many endpoints of integrations that are deleted here were removed.
    private async Task<int?> MakeRoom(StripeClient client, CancellationToken cancellation)
    {
        var endpoints = (await client.V1.WebhookEndpoints.ListAsync(new WebhookEndpointListOptions { Limit = 100 }, cancellationToken: cancellation)).Data;
        if (endpoints.Count < Most)
        {
            return null;
        }

        var removed = 0;
        foreach (var endpoint in endpoints)
        {
            if (endpoint.Metadata?.GetValueOrDefault(StripeMetadata.Integration) is { } owner && endpoint.Url == Url(owner)
                && await database.QueryOne<bool>("select exists (select from billing_integrations where id = @owner and deleted_at is not null)", new { owner }, cancellation)
                && await Remove(client, endpoint.Id, cancellation) is null)
            {
                removed++;
            }
        }

        return removed;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The webhook endpoint of {Integration} is not made: {Reason}")]
    private static partial void NotMade(ILogger logger, string integration, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The webhook endpoint {Endpoint} could not be removed at Stripe: {Reason}")]
    private static partial void NotRemoved(ILogger logger, string endpoint, string reason);
}
