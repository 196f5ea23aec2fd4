using Marketplace.Storage;

namespace Marketplace.Invoicing;

/// <summary>A billing integration as its provider sees it.</summary>
/// <param name="Name">Generated from the title: one string without spaces, for commands.</param>
/// <param name="AccountId">The Stripe account; null, with everything else that is about Stripe, where a system of the provider's own charges.</param>
/// <param name="SecretKey">Masked.</param>
/// <param name="WebhookUrl">Where Stripe sends its events.</param>
/// <param name="Stripe">When Stripe last answered calls of this integration, and what went wrong last.</param>
/// <param name="LatePayments">What becomes of money for time after its subscription's end: <c>credit</c>, <c>refund</c> or <c>keep</c>.</param>
/// <param name="Tax">What is done about taxes from the next invoice on.</param>
/// <param name="Lanes">1 for a strict single queue; null for a lane per consumer organization.</param>
public sealed record BillingIntegrationResponse(
    string Id, string OrganizationId, string Name, string Title, bool Livemode, string? AccountId, string BillingModel, string? SecretKey,
    string? PublishableKey, string? CustomerPortalUrl, string? WebhookUrl, WebhookView? Webhook, int? Lanes, JobQueueView? JobQueue,
    ReachabilityView? Stripe, DateTimeOffset CreatedAt, string LatePayments, TaxResponse Tax);

/// <summary>What is done about taxes at a billing integration's Stripe account.</summary>
/// <param name="Mode"><c>none</c>; <c>automatic</c>: Stripe Tax reckons them by where the customer is; <c>rates</c>: every line bears the named tax rates.</param>
/// <param name="Rates">Ids of Stripe tax rates (<c>txr_…</c>); empty but with <c>rates</c>.</param>
/// <param name="Detail">What is wrong with it at Stripe and what to do, <c>tax_rate_archived: …</c> or <c>tax_rate_unknown: …</c>; null where all is well.</param>
public sealed record TaxResponse(string Mode, IReadOnlyList<string> Rates, string? Detail);

/// <summary>The webhook endpoint at Stripe.</summary>
/// <param name="Status"><c>managed</c> (made by us), <c>provided</c> (made by the provider, signing secret known), or <c>signing_secret_required</c>:
/// make one with this address, API version and events, and store its signing secret by PATCH.</param>
/// <param name="Detail">As it was last seen: why there is none of ours, why it could not be looked at, or what Stripe does not send it; null where all is well.</param>
public sealed record WebhookView(string Status, string Url, string ApiVersion, IReadOnlyList<string> Events, string? Detail);

/// <summary>How the integration's queue of Stripe calls stands.</summary>
/// <param name="Status"><c>idle</c>, <c>running</c>, <c>blocked</c> or <c>failed</c> (some lane's head is), or <c>paused</c> (Stripe refuses the key).</param>
/// <param name="Error">What is wrong, if anything.</param>
/// <param name="RetryOffered">Whether a retry by hand does anything: a lane's head is stuck, or the queue is paused. While a job is still retried by itself it is not.</param>
public sealed record JobQueueView(string Status, long Waiting, long Blocked, long Failed, string? Error, bool RetryOffered);

/// <summary>Shows integrations.</summary>
public sealed class BillingIntegrationView(ReadQueues readQueues, WebhookEndpoint webhook, StripeReachability reachability, Database database)
{
    /// <summary>One integration with its queue.</summary>
    public async Task<BillingIntegrationResponse> Show(BillingIntegration integration, CancellationToken cancellation) =>
        (await Show([integration], cancellation))[0];

    /// <summary>Several integrations with their queues, in one read.</summary>
    public async Task<IReadOnlyList<BillingIntegrationResponse>> Show(IReadOnlyList<BillingIntegration> integrations, CancellationToken cancellation)
    {
        var ids = integrations.Select(i => i.Id).ToArray();
        var queues = (await readQueues.Of(ids, cancellation)).ToDictionary(q => q.BillingIntegrationId, StringComparer.Ordinal);
        var reached = await reachability.Of(ids, cancellation);
        var details = (await database.Query<Seen>("select integration_id, detail from webhook_checks where integration_id = any(@ids)", new { ids }, cancellation))
            .ToDictionary(seen => seen.IntegrationId, seen => seen.Detail, StringComparer.Ordinal);
        var refused = await RefusedRates.Known(database, ids, cancellation);
        return [.. integrations.Select(i => Show(i, queues[i.Id], reached.GetValueOrDefault(i.Id) ?? new(null, null, null), details.GetValueOrDefault(i.Id), refused[i.Id].FirstOrDefault()))];
    }

    private BillingIntegrationResponse Show(BillingIntegration i, JobQueueResponse queue, ReachabilityView reached, string? webhookDetail, RateAtStripe? refusedRate) => new(
        i.Id, i.OrganizationId, i.Name, i.Title, i.Livemode, i.AccountId, i.BillingModel, i.SecretKeyHint, i.PublishableKey, i.CustomerPortalUrl,
        i.IsCustom ? null : webhook.Url(i.Id),
        i.IsCustom ? null : new(i.WebhookEndpointId is not null ? "managed" : i.SigningSecrets.Length > 0 ? "provided" : "signing_secret_required",
            webhook.Url(i.Id), StripeConnections.ApiVersion, WebhookEndpoint.Events, webhookDetail),
        i.Lanes,
        i.IsCustom ? null : new(queue.Status, queue.Waiting + queue.Retrying + queue.Running, queue.Blocked, queue.Failed, queue.PauseReason ?? queue.Head?.Error.Detail, queue.RetryOffered),
        i.IsCustom ? null : reached, i.CreatedAt, i.LatePayments, new(i.TaxMode, i.TaxRates, refusedRate is null ? null : $"{refusedRate.Code}: {refusedRate.Advice}"));

    private sealed record Seen(string IntegrationId, string? Detail);
}
