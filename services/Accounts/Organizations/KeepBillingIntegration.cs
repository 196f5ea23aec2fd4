using MassTransit;
using Marketplace.Contracts.Invoicing;
using Marketplace.Storage;

namespace Marketplace.Accounts.Organizations;

/// <summary>Keeps which billing integrations a provider has: it is not deleted while one is there, with its keys and its endpoint at Stripe.</summary>
public sealed class KeepBillingIntegration(Database database) : IConsumer<BillingIntegrationChanged>
{
    /// <inheritdoc/>
    public Task Consume(ConsumeContext<BillingIntegrationChanged> context) => Handle(context.Message, context.CancellationToken);

    /// <summary>Keeps the newest version, in whatever order they come; again has no effect.</summary>
    public Task Handle(BillingIntegrationChanged changed, CancellationToken cancellation) => database.Execute(
        """
        insert into billing_integrations as b (id, organization_id, deleted, version) values (@BillingIntegrationId, @OrganizationId, @Deleted, @Version)
        on conflict (id) do update set deleted = excluded.deleted, version = excluded.version where b.version < excluded.version
        """, new { changed.BillingIntegrationId, changed.OrganizationId, changed.Deleted, changed.Version }, cancellation);
}
