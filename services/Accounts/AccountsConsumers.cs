using Marketplace.Accounts.Audit;
using Marketplace.Accounts.Organizations;
using MassTransit;

namespace Marketplace.Accounts;

/// <summary>Every message that Accounts hears.</summary>
public static class AccountsConsumers
{
    /// <summary>Registers the consumers.</summary>
    public static void AddAccountsConsumers(this IBusRegistrationConfigurator bus)
    {
        bus.AddConsumer<KeepCatalogSettings>();
        bus.AddConsumer<KeepBillingIntegration>();
        bus.AddConsumer<KeepChange>();
    }
}
