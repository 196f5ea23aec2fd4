using MassTransit;
using Marketplace.Contracts.Invoicing;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;

namespace Marketplace.Subscriptions;

/// <summary>Ends what was billed to a customer that the provider deleted at Stripe: nothing can be charged to it any more. What was used until then is charged on
/// a last invoice, for which a new customer is made. What was approved later has a new customer already and goes on.</summary>
public sealed class CancelOnCustomerDeleted(Database database, TimeProvider clock, Wakeups wakeups) : IConsumer<CustomerDeleted>
{
    /// <inheritdoc/>
    public Task Consume(ConsumeContext<CustomerDeleted> context) => Handle(context.Message, context.CancellationToken);

    /// <summary>Each that is over already stays as it is, so that hearing it again has no effect.</summary>
    public async Task Handle(CustomerDeleted message, CancellationToken cancellation)
    {
        var now = clock.Now();
        var billed = await database.Query<string>(
            """
            select id from subscriptions where organization_id = @OrganizationId and billing_integration_id = @BillingIntegrationId
                and billed and ended_at is null and approved_at <= @DeletedAt order by id
            """, message, cancellation);
        await EndSeveral.Run(database, billed, "customer_deleted", onlyBilled: true, note: "customer_deleted", now, clock, cancellation);
        wakeups.Wake(SubscriptionSchedule.CloseEnded);
    }
}
