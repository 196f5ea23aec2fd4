using MassTransit;
using Marketplace.Contracts.Invoicing;
using Marketplace.Contracts.Subscriptions;
using Marketplace.Storage;

namespace Marketplace.Invoicing;

/// <summary>Hears that a subscription may start: its first invoice is the set-up fee and the base price of the first period. Over nothing,
/// it is recorded paid at once and Stripe never hears of it. Where Stripe renews subscriptions itself, the first payment is made at its checkout.</summary>
public sealed class ChargeOnApproval(WriteInvoice write, BeginSubscription begin, JobQueue queue, Database database) : IConsumer<SubscriptionApproved>
{
    /// <inheritdoc/>
    public Task Consume(ConsumeContext<SubscriptionApproved> context) => Handle(context.Message, context.CancellationToken);

    /// <summary>Writes the first invoice once, unless the subscription is known to have ended. Where its integration is deleted, which no trial and nothing that waits for its approval keeps from it, nobody
    /// charges it, and it ends.</summary>
    public async Task Handle(SubscriptionApproved approved, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        if (!await Guard(transaction, approved.SubscriptionId, approved.OrganizationId, approved.BillingIntegrationId, approved.Environment, approved.ApprovedAt, cancellation))
        {
            await transaction.Commit(cancellation);
            return;
        }

        await transaction.Execute(
            """
            insert into subscriptions (id, organization_id, integration_id, provider_organization_id, organization_title, email, product_title, product_id, catalog_id)
            values (@SubscriptionId, @OrganizationId, @BillingIntegrationId, @ProviderOrganizationId, @OrganizationTitle, @Email, @ProductTitle, @ProductId, @CatalogId)
            on conflict (id) do update set integration_id = excluded.integration_id, provider_organization_id = excluded.provider_organization_id,
                organization_title = excluded.organization_title, email = excluded.email, product_title = excluded.product_title,
                product_id = excluded.product_id, catalog_id = excluded.catalog_id
            where subscriptions.integration_id is null
            """, approved, cancellation);
        var subscription = (await BilledSubscription.Lock(transaction, approved.SubscriptionId, cancellation))!;
        if (subscription.CancelledAt is null && await BeginSubscription.Applies(transaction, approved.BillingIntegrationId, cancellation))
        {
            await begin.Once(transaction, subscription, approved, cancellation);
        }
        else if (subscription.CancelledAt is null)
        {
            await write.Once(
                transaction, subscription, "initial", approved.Plan, approved.PeriodStart, (approved.PeriodStart, approved.PeriodEnd),
                Rating.First(approved.ProductTitle, approved.Plan, approved.PeriodStart, approved.PeriodEnd), cancellation);
        }

        await transaction.Commit(cancellation);
        queue.Wake();
    }

    /// <summary>Keeps an integration from being deleted until the transaction ends, or tells that it is deleted already.</summary>
    /// <returns>False where it is deleted.</returns>
    internal static async Task<bool> Guard(
        Transaction transaction, string subscriptionId, string organizationId, string billingIntegrationId, string environment, DateTimeOffset at, CancellationToken cancellation)
    {
        var integration = await transaction.QueryOne<Mode>("select livemode, deleted_at from billing_integrations where id = @billingIntegrationId for share", new { billingIntegrationId }, cancellation)
            ?? throw new InvalidOperationException($"{subscriptionId} is to be billed by {billingIntegrationId}, which is not there.");
        if (integration.DeletedAt is not null)
        {
            await transaction.Announce(new BillingRefused(subscriptionId, organizationId, billingIntegrationId, at), cancellation);
            return false;
        }

        // Catalog refuses it when it attaches; an invoice in the wrong mode could never be taken back.
        if (integration.Livemode != (environment == "production"))
        {
            throw new InvalidOperationException($"{subscriptionId} of a {environment} catalog is to be billed with the {(integration.Livemode ? "live" : "test")} keys of {billingIntegrationId}.");
        }

        return true;
    }

    private sealed record Mode(bool Livemode, DateTimeOffset? DeletedAt);
}
