using MassTransit;

namespace Marketplace.Subscriptions;

/// <summary>Every message that this service hears.</summary>
internal static class SubscriptionConsumers
{
    public static void AddConsumers(IBusRegistrationConfigurator bus)
    {
        bus.AddConsumer<KeepOrganization>();   // OrganizationCreated
        bus.AddConsumer<CancelOnOrganizationDeleted>();   // OrganizationDeleted
        bus.AddConsumer<KeepProduct>();        // ProductPublished, ProductWithdrawn
        bus.AddConsumer<KeepMigration>();      // MigrationRequested, MigrationWithdrawn
        bus.AddConsumer<ApplyInvoice>();       // InvoiceChanged
        bus.AddConsumer<ApplyDispute>();       // DisputeOpened, DisputeClosed
        bus.AddConsumer<RecordRefund>();       // RefundIssued
        bus.AddConsumer<CancelOnCustomerDeleted>();   // CustomerDeleted
        bus.AddConsumer<CancelOnBillingRefused>();   // BillingRefused
        bus.AddConsumer<KeepPaymentMethod>();  // PaymentMethodChanged
        bus.AddConsumer<ApplyStripeChange>();  // StripeSubscriptionChanged
        bus.AddConsumer<ApplyUsage>();         // UsageReported
    }
}
