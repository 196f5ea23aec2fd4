using MassTransit;

namespace Marketplace.Invoicing;

/// <summary>Every message that this service hears.</summary>
public static class InvoicingConsumers
{
    /// <summary>Registers them; retries, parking and queues are the house's.</summary>
    public static void AddInvoicingConsumers(this IBusRegistrationConfigurator bus)
    {
        bus.AddConsumer<ChargeOnApproval>();
        bus.AddConsumer<ChargeClosedPeriod>();
        bus.AddConsumer<ChargePlanChange>();
        bus.AddConsumer<VoidOnCancellation>();
        bus.AddConsumer<RefetchOnStripeEvent>();
        bus.AddConsumer<RefetchEventGroup>();
        bus.AddConsumer<KeepCatalog>();
        bus.AddConsumer<CountMissedEvents>();
        bus.AddConsumer<KeepOrganization>();
        bus.AddConsumer<TellScheduledEnd>();
        bus.AddConsumer<KeepUsage>();
    }
}
