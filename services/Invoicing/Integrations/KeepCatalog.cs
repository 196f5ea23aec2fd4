using MassTransit;
using Marketplace.Contracts.Catalog;
using Marketplace.Storage;

namespace Marketplace.Invoicing;

/// <summary>Hears which billing integration a catalog bills with, so that one in use is not deleted, and whether its consumers keep payment methods.</summary>
public sealed class KeepCatalog(Database database) : IConsumer<CatalogSettingsChanged>
{
    /// <inheritdoc/>
    public Task Consume(ConsumeContext<CatalogSettingsChanged> context) => Handle(context.Message, context.CancellationToken);

    /// <summary>Keeps the newest version, in whatever order they come.</summary>
    public Task Handle(CatalogSettingsChanged changed, CancellationToken cancellation) => database.Execute(
        """
        insert into catalogs as c (id, organization_id, title, integration_id, payment_methods, payment_method_required, version)
        values (@CatalogId, @OrganizationId, @Title, @BillingIntegrationId, @PaymentMethods, @PaymentMethodRequired, @Version)
        on conflict (id) do update set title = excluded.title, integration_id = excluded.integration_id, payment_methods = excluded.payment_methods,
            payment_method_required = excluded.payment_method_required, version = excluded.version where c.version < excluded.version
        """, changed, cancellation);
}
