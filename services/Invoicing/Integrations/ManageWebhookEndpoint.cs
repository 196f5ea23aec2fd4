using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;
using Stripe;

namespace Marketplace.Invoicing;

/// <summary>The webhook endpoint of an integration and how it stands at Stripe.</summary>
/// <param name="Status"><c>ok</c>; <c>drifted</c> (changed at Stripe); <c>missing</c> (deleted there); <c>provided</c> (made by the provider, not looked at);
/// <c>signing_secret_required</c> (to be made by the provider); <c>unknown</c> (Stripe could not be asked, or the key may not read it).</param>
/// <param name="Drifted">What differs: <c>url</c>, <c>events</c>, <c>disabled</c>, <c>api_version</c>.</param>
/// <param name="CheckedAt">When Stripe last told (UTC).</param>
/// <param name="Repaired">What was put right last.</param>
/// <param name="EndpointId">Stripe's id; null where the provider made it.</param>
/// <param name="SecretsInForce">How many signing secrets are accepted.</param>
/// <param name="OldSecretsUntil">Until when the ones before the newest are accepted (UTC); null where there is only one.</param>
public sealed record WebhookEndpointResponse(
    string Status, IReadOnlyList<string> Drifted, string? Detail, DateTimeOffset? CheckedAt, IReadOnlyList<string> Repaired, DateTimeOffset? RepairedAt,
    string? EndpointId, string Url, string ApiVersion, IReadOnlyList<string> Events, int SecretsInForce, DateTimeOffset? OldSecretsUntil);

/// <summary><c>…/{id}/webhook-endpoint</c>: owners and administrators of the provider organization, and platform operators.</summary>
public static class ManageWebhookEndpoint
{
    /// <summary><c>GET</c>: looks at Stripe, and where that is not possible tells what was seen last.</summary>
    public static async Task<Results<Ok<WebhookEndpointResponse>, ProblemHttpResult>> Read(
        string id, Caller caller, WebhookUpkeep upkeep, WebhookEndpoint webhook, Database database, TimeProvider clock, CancellationToken cancellation)
    {
        var integration = await BillingIntegration.Find(database, id, cancellation);
        if (BillingIntegration.RefuseStripe(caller, integration, id) is { } refusal)
        {
            return refusal;
        }

        await upkeep.Look(integration!, cancellation);
        integration = await BillingIntegration.Find(database, id, cancellation);
        return integration is null ? Problems.NoIntegration(id) : TypedResults.Ok(await Show(integration, webhook, database, clock, cancellation));
    }

    /// <summary><c>POST …/repair</c>: what was changed at Stripe is put back, what was deleted is made again with a new secret.</summary>
    public static Task<Results<Ok<WebhookEndpointResponse>, ProblemHttpResult>> Repair(
        string id, Caller caller, WebhookUpkeep upkeep, WebhookEndpoint webhook, Database database, TimeProvider clock, CancellationToken cancellation) =>
        Change(id, caller, webhook, database, clock, _ => null, integration => upkeep.Repair(integration, caller, cancellation), cancellation);

    /// <summary><c>POST …/rotate</c>: a new endpoint with a new secret; the old one is accepted for 24 hours more, or until <c>retire</c>. In place of an endpoint that the provider
    /// made it is the first of ours, where the key may make one; the provider deletes its own.</summary>
    public static Task<Results<Ok<WebhookEndpointResponse>, ProblemHttpResult>> Rotate(
        string id, Caller caller, WebhookUpkeep upkeep, WebhookEndpoint webhook, Database database, TimeProvider clock, CancellationToken cancellation) =>
        Change(id, caller, webhook, database, clock, _ => null, integration => upkeep.Replace(integration, ["rotation"], caller, cancellation), cancellation);

    /// <summary><c>POST …/retire</c>: from now on only the newest secret is accepted.</summary>
    public static Task<Results<Ok<WebhookEndpointResponse>, ProblemHttpResult>> Retire(
        string id, Caller caller, WebhookUpkeep upkeep, WebhookEndpoint webhook, Database database, TimeProvider clock, CancellationToken cancellation) =>
        Change(id, caller, webhook, database, clock, integration => integration.SigningSecrets.Length < 2 && integration.RetiringEndpoints.Length == 0 ? Problems.NothingToRetire() : null,
            async integration => (await upkeep.Retire(integration, caller, cancellation), null), cancellation);

    private static async Task<Results<Ok<WebhookEndpointResponse>, ProblemHttpResult>> Change(
        string id, Caller caller, WebhookEndpoint webhook, Database database, TimeProvider clock, Func<BillingIntegration, ProblemHttpResult?> refuse,
        Func<BillingIntegration, Task<(BillingIntegration Integration, StripeFailure? Failure)>> change, CancellationToken cancellation)
    {
        var integration = await BillingIntegration.Find(database, id, cancellation);
        if ((BillingIntegration.RefuseStripe(caller, integration, id) ?? refuse(integration!)) is { } refusal)
        {
            return refusal;
        }

        try
        {
            var (changed, failure) = await change(integration!);
            return failure is null ? TypedResults.Ok(await Show(changed, webhook, database, clock, cancellation))
                : integration is { WebhookEndpointId: null, SigningSecrets.Length: > 0 } && StripeRefusal.IsPermission(failure) ? Problems.WebhookEndpointNotOurs()
                : failure.Code == MadeEndpoint.Limit ? Problems.WebhookEndpointLimit(failure.Detail)
                : Problems.WebhookEndpointRefused(failure.Code, failure.Detail);
        }
        catch (Exception exception) when (StripeFailure.Of(exception, cancellation) is { } failure)
        {
            return failure.Kind == StripeFailureKind.Transient ? Problems.StripeAway() : Problems.WebhookEndpointRefused(failure.Code, failure.Detail);
        }
    }

    private static async Task<WebhookEndpointResponse> Show(BillingIntegration i, WebhookEndpoint webhook, Database database, TimeProvider clock, CancellationToken cancellation)
    {
        var seen = (await database.QueryOne<Seen>("select status, drifted, detail, checked_at, repaired, repaired_at from webhook_checks where integration_id = @Id", i, cancellation))!;
        var overlaps = i.OldSecretsUntil > clock.GetUtcNow() && i.SigningSecrets.Length > 1;
        return new(
            seen.Status, seen.Drifted, seen.Detail, seen.CheckedAt, seen.Repaired, seen.RepairedAt, i.WebhookEndpointId, webhook.Url(i.Id), StripeConnections.ApiVersion, WebhookEndpoint.Events,
            overlaps ? i.SigningSecrets.Length : Math.Min(1, i.SigningSecrets.Length), overlaps ? i.OldSecretsUntil : null);
    }

    private sealed record Seen
    {
        public required string Status { get; init; }

        public required string[] Drifted { get; init; }

        public string? Detail { get; init; }

        public DateTimeOffset? CheckedAt { get; init; }

        public required string[] Repaired { get; init; }

        public DateTimeOffset? RepairedAt { get; init; }
    }
}
