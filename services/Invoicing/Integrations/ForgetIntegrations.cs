using Marketplace.Storage;

namespace Marketplace.Invoicing;

/// <summary>Erases the keys of deleted integrations once the endpoints that we made with them are gone at Stripe, however the process that deleted one ended. What deleted providers still
/// had, because it was made in the last moment, is deleted first.</summary>
public sealed partial class ForgetIntegrations(
    StripeConnections stripe, WebhookEndpoint webhook, DueWork work, JobQueue queue, Database database, TimeProvider clock, ILogger<ForgetIntegrations> logger)
{
    /// <summary>The name of its timer.</summary>
    public const string Timer = "forget-integrations";

    /// <summary>How long Stripe is asked while it is away, and jobs are waited for; then these are dropped, the keys are erased all the same, and the provider removes the endpoint.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromDays(3);

    /// <summary>Does one batch of each; how many.</summary>
    public async Task<int> Run(CancellationToken cancellation) =>
        await work.Run<string>(
            "delete-left-integrations",
            """
            select i.id from billing_integrations i join organizations o on o.id = i.organization_id
            where i.deleted_at is null and o.deleted_at is not null and i.id <> all(@Resting) order by i.id limit @Batch
            """, [], id => id, id => Delete(id, cancellation), cancellation)
        + await work.Run<BillingIntegration>(
            Timer,
            $"""
            select {BillingIntegration.Columns} from billing_integrations i
            where deleted_at is not null and secret_key is not null and id <> all(@Resting)
                and (deleted_at <= @Before or not exists (select from stripe_jobs j where j.integration_id = i.id))
            order by deleted_at, id limit @Batch
            """, new() { ["Before"] = clock.GetUtcNow() - Patience }, integration => integration.Id, integration => Finish(integration, cancellation), cancellation);

    /// <summary>Removes the endpoints of a deleted integration at Stripe and erases its keys. While Stripe is away both wait; where it refuses the key, as one that was revoked, nothing can
    /// be removed with it, and it is erased. Jobs that need the key keep it as long. False where that is for later.</summary>
    public async Task<bool> Forget(BillingIntegration integration, CancellationToken cancellation)
    {
        if (integration.IsCustom)
        {
            return true;
        }

        if (!await IsIdle(integration, cancellation))
        {
            return false;
        }

        var client = stripe.Open(integration.Keys);
        foreach (var endpoint in integration.RetiringEndpoints.Prepend(integration.WebhookEndpointId).OfType<string>())
        {
            if (await webhook.Remove(client, endpoint, cancellation) is { Kind: StripeFailureKind.Transient } && clock.GetUtcNow() < integration.DeletedAt + Patience)
            {
                return false;
            }
        }

        await database.Execute(
            """
            update billing_integrations set secret_key = null, secret_key_hint = '', publishable_key = '', signing_secrets = '{}', old_secrets_until = null,
                webhook_endpoint_id = null, retiring_endpoints = '{}' where id = @Id and deleted_at is not null
            """, new { integration.Id }, cancellation);
        return true;
    }

    private async Task Finish(BillingIntegration integration, CancellationToken cancellation)
    {
        if (!await Forget(integration, cancellation))
        {
            throw new InvalidOperationException("Stripe is away or a job is being carried out: the webhook endpoints of the deleted integration are removed later, and its keys are kept until then.");
        }
    }

    // A deleted integration takes no new job, so what is gone here stays gone.
    private async Task<bool> IsIdle(BillingIntegration integration, CancellationToken cancellation)
    {
        var waiting = await database.Query<string>("select subject_id from stripe_jobs where integration_id = @Id", integration, cancellation);
        if (waiting.Count == 0 || clock.GetUtcNow() < integration.DeletedAt + Patience)
        {
            return waiting.Count == 0;
        }

        // What waits to be detached is removed here alone, before the job that says so is gone.
        foreach (var id in await database.Query<string>("select id from payment_methods where id = any(@Waiting) and status = 'removing' order by id", new { Waiting = waiting.ToArray() }, cancellation))
        {
            await using var transaction = await database.Begin(cancellation);
            if (await ChangePaymentMethod.Lock(transaction, id, cancellation) is ({ } customer, { Status: PaymentMethod.Removing } method))
            {
                await RemovePaymentMethod.Remove(transaction, queue, customer, method, null, clock.GetUtcNow(), cancellation);
                await transaction.Commit(cancellation);
            }
        }

        var (dropped, running) = await DropJobs.Run(integration.Id, null, null, DropJobs.Deleted, database, clock, cancellation);
        Dropped(logger, dropped.Count, integration.Id, Patience.Days, string.Join(", ", dropped));
        return running == 0;
    }

    // What still has something to do keeps its integration until that is done.
    private async Task Delete(string id, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        if (await BillingIntegration.LockToDelete(transaction, id, cancellation) is not { } integration)
        {
            return;
        }

        if (await IntegrationUses.Of(transaction, id, clock.GetUtcNow(), cancellation) is { Count: > 0 } uses)
        {
            throw new InvalidOperationException($"Its provider is deleted, but the integration has {string.Join(", ", uses.Select(use => $"{use.Count} {use.What}"))}.");
        }

        await integration.Delete(transaction, null, clock.GetUtcNow(), cancellation);
        await transaction.Commit(cancellation);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} Stripe jobs of the integration {Integration}, deleted {Days} days ago, are dropped undone. What they were for shows an error, has failed or is removed: {Subjects}")]
    private static partial void Dropped(ILogger logger, int count, string integration, int days, string subjects);
}
