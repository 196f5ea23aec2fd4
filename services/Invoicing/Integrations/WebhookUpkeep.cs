using System.Net;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Stripe;

namespace Marketplace.Invoicing;

/// <summary>How the endpoint at Stripe stands.</summary>
/// <param name="Status"><c>ok</c>; <c>drifted</c>; <c>missing</c>; <c>provided</c> or <c>signing_secret_required</c> (made or to be made by the provider); <c>unknown</c>.</param>
/// <param name="Drifted">What was changed there: <c>url</c>, <c>events</c>, <c>disabled</c>, <c>api_version</c>.</param>
/// <param name="Detail">Why it is unknown, why there is none of ours, or what Stripe does not send it.</param>
public sealed record EndpointState(string Status, IReadOnlyList<string> Drifted, string? Detail = null);

/// <summary>Looks after the webhook endpoints at Stripe: what was changed there is put back, what was deleted is made again, and secrets are rotated with
/// an overlap. Stripe has no call that rolls a secret, so a rotation makes a second endpoint; for a day both report and both secrets are accepted, and
/// events that come twice are one row in the inbox.</summary>
public sealed partial class WebhookUpkeep(
    WebhookEndpoint webhook, StripeConnections stripe, FieldCipher cipher, JobQueue queue, Database database, TimeProvider clock, ILogger<WebhookUpkeep> logger)
{
    /// <summary>How often an endpoint is looked at. In real time, not the test clock's: what changes it happens in another system.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    private const int BatchSize = 10;

    /// <summary>Looks, and records what was seen.</summary>
    public async Task<EndpointState> Look(BillingIntegration integration, CancellationToken cancellation)
    {
        var state = await Ask(integration, cancellation);
        // Unless another endpoint took its place meanwhile: then this is no news.
        await database.Execute(
            """
            insert into webhook_checks as c (integration_id, status, drifted, detail, checked_at, next_check_at)
            select @Id, @Status, @Drifted, @Detail, @Now, now() + @Interval from billing_integrations where id = @Id and webhook_endpoint_id is not distinct from @WebhookEndpointId
            on conflict (integration_id) do update set status = excluded.status, drifted = excluded.drifted, detail = coalesce(excluded.detail, case when excluded.status = c.status and c.detail <> @NoErrorReports then c.detail end),
                checked_at = case when excluded.status = 'unknown' then c.checked_at else excluded.checked_at end, next_check_at = excluded.next_check_at
            """, new { integration.Id, integration.WebhookEndpointId, state.Status, Drifted = state.Drifted.ToArray(), state.Detail, Now = clock.GetUtcNow(), Interval, WebhookEndpoint.NoErrorReports }, cancellation);
        return state;
    }

    /// <summary>Looks, and puts right what is not; the integration as it is then, and the failure where Stripe did not let us.</summary>
    /// <param name="caller">Who asked; null for the timer.</param>
    public async Task<(BillingIntegration Integration, StripeFailure? Failure)> Repair(BillingIntegration integration, Caller? caller, CancellationToken cancellation)
    {
        var state = await Look(integration, cancellation);
        if (state.Status is "ok" or "provided" or "unknown")
        {
            return (integration, null);
        }

        var client = stripe.Open(integration.Keys);
        if (state.Status == "drifted" && !state.Drifted.Contains("api_version"))
        {
            await webhook.Update(client, integration.Id, integration.WebhookEndpointId!, cancellation);
            await using var transaction = await database.Begin(cancellation);
            await Repaired(transaction, integration, integration, state.Drifted, caller, cancellation);
            await transaction.Commit(cancellation);
            await Look(integration, cancellation);
            return (integration, null);
        }

        // The version of an endpoint cannot be changed, and one that is gone has to be made again.
        return await Replace(integration, state.Status == "drifted" ? state.Drifted : [state.Status], caller, cancellation);
    }

    /// <summary>Makes another endpoint with another secret. The one before it stays until <see cref="Retire"/>.</summary>
    public async Task<(BillingIntegration Integration, StripeFailure? Failure)> Replace(
        BillingIntegration integration, IReadOnlyList<string> reason, Caller? caller, CancellationToken cancellation)
    {
        var client = stripe.Open(integration.Keys);
        var made = await webhook.Create(client, integration.Id, integration.OrganizationId, integration.Version, cancellation);
        if (made.Failure is not null)
        {
            await database.Execute("update webhook_checks set detail = @Detail where integration_id = @Id", new { Detail = $"{made.Failure.Code}: {made.Failure.Detail}", integration.Id }, cancellation);
            return (integration, made.Failure);
        }

        await using var transaction = await database.Begin(cancellation);
        var held = await BillingIntegration.Lock(transaction, integration.Id, cancellation);
        if (held is null || held.Version != integration.Version)
        {
            // Somebody was faster, and need not wait for Stripe as well. Unless it was with this very endpoint, nobody will ever ask for it again.
            await transaction.DisposeAsync();
            if (held?.WebhookEndpointId != made.Id)
            {
                await webhook.Remove(client, made.Id, cancellation);
            }

            return (held ?? integration, null);
        }

        var before = held.WebhookEndpointId;
        var replaced = held.WithSecret(cipher.Encrypt(made.Secret, held.OrganizationId, held.Id, "webhook-secret"), held.SigningSecrets, clock.GetUtcNow()) with
        {
            WebhookEndpointId = made.Id,
            RetiringEndpoints = before is null ? held.RetiringEndpoints : [.. held.RetiringEndpoints, before],
        };
        replaced = await replaced.Save(transaction, cancellation);
        await Repaired(transaction, held, replaced, reason, caller, cancellation);
        await transaction.Commit(cancellation);
        await Look(replaced, cancellation);
        return (replaced, null);
    }

    /// <summary>Ends an overlap: only the newest secret is in force, and the endpoints of the old ones are removed at Stripe.</summary>
    public async Task<BillingIntegration> Retire(BillingIntegration integration, Caller? caller, CancellationToken cancellation)
    {
        var client = stripe.Open(integration.Keys);
        List<string> left = [];
        foreach (var endpoint in integration.RetiringEndpoints)
        {
            if (await webhook.Remove(client, endpoint, cancellation) is not null)
            {
                left.Add(endpoint);
            }
        }

        await using var transaction = await database.Begin(cancellation);
        var held = await BillingIntegration.Lock(transaction, integration.Id, cancellation);
        if (held is null || held.Version != integration.Version)
        {
            return held ?? integration;
        }

        // What Stripe did not remove is tried again in an hour; its secret is not accepted any more.
        var retired = await (held with
        {
            SigningSecrets = [.. held.SigningSecrets.Take(1)],
            RetiringEndpoints = [.. left],
            OldSecretsUntil = left.Count > 0 ? clock.GetUtcNow() + Interval : null,
        }).Save(transaction, cancellation);
        await transaction.Record(caller, "billing_integration.old_secrets_retired", held.OrganizationId, held.Id, held.Facts(), retired.Facts(), cancellation);
        await transaction.Commit(cancellation);
        return retired;
    }

    /// <summary>Repairs a batch of endpoints that are due, and ends overlaps that are over; how many.</summary>
    public async Task<int> Run(CancellationToken cancellation)
    {
        var over = await database.Query<BillingIntegration>(
            $"select {BillingIntegration.Columns} from billing_integrations where old_secrets_until <= @Now and deleted_at is null order by old_secrets_until limit @BatchSize",
            new { Now = clock.GetUtcNow(), BatchSize }, cancellation);
        foreach (var integration in over)
        {
            await Quietly(integration, () => Retire(integration, null, cancellation), cancellation);
        }

        // Moving the date is the claim: another process, or a crash here, leaves them for the next time.
        var due = await database.Query<BillingIntegration>(
            $"""
            with claimed as (update webhook_checks set next_check_at = now() + @Interval where integration_id in (
                select c.integration_id from webhook_checks c join billing_integrations i on i.id = c.integration_id
                where c.next_check_at <= now() and i.webhook_endpoint_id is not null and i.deleted_at is null and i.queue_status = 'running'
                order by c.next_check_at limit @BatchSize for update of c skip locked) returning integration_id)
            select {BillingIntegration.Columns} from billing_integrations where id in (select integration_id from claimed)
            """, new { Interval, BatchSize }, cancellation);
        foreach (var integration in due)
        {
            await Quietly(integration, () => Repair(integration, null, cancellation), cancellation);
        }

        return due.Count;
    }

    private async Task<EndpointState> Ask(BillingIntegration integration, CancellationToken cancellation)
    {
        if (integration.WebhookEndpointId is not { } id)
        {
            return new(integration.SigningSecrets.Length > 0 ? "provided" : "signing_secret_required", []);
        }

        try
        {
            var endpoint = await stripe.Open(integration.Keys).V1.WebhookEndpoints.GetAsync(id, cancellationToken: cancellation);
            var drifted = Drift(endpoint, webhook.Url(integration.Id));
            return drifted.Count > 0 ? new("drifted", drifted) : new("ok", [], Missing(integration.BillingModel, endpoint.EnabledEvents.Contains(RejectedUsage.ErrorReports[0])));
        }
        catch (StripeException exception) when (exception.HttpStatusCode == HttpStatusCode.NotFound)
        {
            return new("missing", []);
        }
        catch (Exception exception) when (StripeFailure.Of(exception, cancellation) is { } failure)
        {
            if (failure.Code == StripeFailure.KeyRevoked.Code)
            {
                await queue.Pause(integration.Keys, failure, cancellation);
            }

            return new("unknown", [], $"{failure.Code}: {failure.Detail}");
        }
    }

    /// <summary>What is told where Stripe sends an endpoint no error reports; null where it does, or no usage goes to Stripe's meters.</summary>
    public static string? Missing(string billingModel, bool hasErrorReports) => hasErrorReports || billingModel != StripeSubscription.BillingModel ? null : WebhookEndpoint.NoErrorReports;

    /// <summary>What an endpoint is not as we made it: pure, so that one test pins it.</summary>
    public static IReadOnlyList<string> Drift(Stripe.WebhookEndpoint endpoint, string url) =>
    [
        .. endpoint.Url != url ? (string[])["url"] : [],
        .. endpoint.EnabledEvents is { } events && (Same(WebhookEndpoint.WithErrorReports, events) || Same(WebhookEndpoint.Events, events)) ? (string[])[] : ["events"],
        .. endpoint.Status != "enabled" ? (string[])["disabled"] : [],
        .. endpoint.ApiVersion != StripeConnections.ApiVersion ? (string[])["api_version"] : [],
    ];

    private static bool Same(IEnumerable<string> wanted, IEnumerable<string> events) => wanted.Order(StringComparer.Ordinal).SequenceEqual(events.Order(StringComparer.Ordinal));

    private async Task Repaired(
        Transaction transaction, BillingIntegration before, BillingIntegration integration, IReadOnlyList<string> what, Caller? caller, CancellationToken cancellation)
    {
        await transaction.Execute(
            """
            insert into webhook_checks (integration_id, status, repaired, repaired_at) values (@Id, 'unknown', @what, @Now)
            on conflict (integration_id) do update set repaired = excluded.repaired, repaired_at = excluded.repaired_at, detail = null
            """, new { integration.Id, what = what.ToArray(), Now = clock.GetUtcNow() }, cancellation);
        await transaction.Record(
            caller, what is ["rotation"] ? "billing_integration.webhook_endpoint_rotated" : "billing_integration.webhook_endpoint_repaired", integration.OrganizationId, integration.Id,
            new { Drifted = what, Integration = before.Facts() }, new { Drifted = Array.Empty<string>(), Integration = integration.Facts() }, cancellation);
    }

    // One integration's trouble is no other's.
    private async Task Quietly(BillingIntegration integration, Func<Task> work, CancellationToken cancellation)
    {
        try
        {
            await work();
        }
        catch (Exception exception) when (StripeFailure.Of(exception, cancellation) is { } failure)
        {
            NotDone(logger, integration.Id, failure.Code);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The webhook endpoint of {Integration} could not be looked after: {Reason}")]
    private static partial void NotDone(ILogger logger, string integration, string reason);
}
