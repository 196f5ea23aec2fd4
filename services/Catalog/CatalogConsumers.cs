using Marketplace.Catalog.Billing;
using Marketplace.Catalog.Catalogs;
using Marketplace.Catalog.Migrations;
using Marketplace.Catalog.Plans;
using MassTransit;

namespace Marketplace.Catalog;

/// <summary>Every message this service hears.</summary>
public static class CatalogConsumers
{
    /// <summary>Registers them on the bus.</summary>
    public static void Add(IBusRegistrationConfigurator bus)
    {
        bus.AddConsumer<CloseCatalogs>();
        bus.AddConsumer<KeepBillingIntegration>();
        bus.AddConsumer<KeepConsumerOrganization>();
        bus.AddConsumer<KeepMigrationProgress>();
        bus.AddConsumer<KeepSubscriptionCount>();
    }
}
