using Marketplace.Contracts.Invoicing;
using Marketplace.Storage;
using MassTransit;

namespace Marketplace.WebhookIngest.Integrations;

/// <summary>Keeps the newest facts of each billing integration: its account, its mode, and its signing secrets, which stay encrypted, with the end of the old ones.</summary>
public sealed class KeepIntegration(Database database) : IConsumer<BillingIntegrationChanged>
{
    /// <inheritdoc/>
    public Task Consume(ConsumeContext<BillingIntegrationChanged> context) => Handle(context.Message, context.CancellationToken);

    /// <summary>Applies facts unless newer ones are here; again has no effect. With a deleted integration, of which nobody owes anything any more, its parked events are closed: nothing can be asked about them,
    /// and what is announced of it is answered as ignored too.</summary>
    public async Task Handle(BillingIntegrationChanged changed, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var isNews = await transaction.Execute(
            """
            insert into webhook_endpoints as e (integration_id, organization_id, account_id, livemode, secrets, old_secrets_until, deleted, version)
            values (@BillingIntegrationId, @OrganizationId, @AccountId, @Livemode, @Secrets, @OldSecretsUntil, @Deleted, @Version)
            on conflict (integration_id) do update set
                organization_id = excluded.organization_id, account_id = excluded.account_id, livemode = excluded.livemode,
                secrets = excluded.secrets, old_secrets_until = excluded.old_secrets_until, deleted = excluded.deleted, version = excluded.version
            where e.version < excluded.version
            """,
            new
            {
                changed.BillingIntegrationId, changed.OrganizationId, changed.AccountId, changed.Livemode, Secrets = changed.SigningSecrets.ToArray(), changed.OldSecretsUntil,
                changed.Deleted, changed.Version,
            }, cancellation) == 1;
        if (isNews && changed.Deleted)
        {
            await transaction.Execute(
                """
                with parked as (
                    select id from webhook_events where integration_id = @BillingIntegrationId and state = 'parked' order by event_id, integration_id for update)
                update webhook_events e set state = 'ignored', reason = 'integration_deleted' from parked where parked.id = e.id
                """, new { changed.BillingIntegrationId }, cancellation);
        }

        await transaction.Commit(cancellation);
    }
}
