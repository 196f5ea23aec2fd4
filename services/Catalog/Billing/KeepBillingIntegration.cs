using Marketplace.Contracts.Invoicing;
using Marketplace.Storage;
using MassTransit;

namespace Marketplace.Catalog.Billing;

/// <summary>Keeps what is known of billing integrations: the newest version wins, in whatever order they come.</summary>
public sealed class KeepBillingIntegration(Database database) : IConsumer<BillingIntegrationChanged>
{
    /// <inheritdoc/>
    public Task Consume(ConsumeContext<BillingIntegrationChanged> context) => Handle(context.Message, context.CancellationToken);

    /// <summary>Stores the facts unless newer ones are known.</summary>
    public Task Handle(BillingIntegrationChanged changed, CancellationToken cancellation) => database.Execute(
        """
        insert into billing_integrations as b (id, organization_id, title, account_id, livemode, billing_model, ready, deleted, version)
        values (@BillingIntegrationId, @OrganizationId, @Title, @AccountId, @Livemode, @BillingModel, @Ready, @Deleted, @Version)
        on conflict (id) do update set
            title = excluded.title, account_id = excluded.account_id, livemode = excluded.livemode, billing_model = excluded.billing_model,
            ready = excluded.ready, deleted = excluded.deleted, version = excluded.version
        where b.version < excluded.version
        """, changed, cancellation);
}
