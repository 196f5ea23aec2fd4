using MassTransit;
using Marketplace.Contracts.Subscriptions;
using Marketplace.Storage;

namespace Marketplace.Invoicing;

/// <summary>Hears that a subscription took another one's place: writes down the lines that its change costs, as they were previewed. What they come to below zero
/// Stripe keeps for the consumer's next invoice. Where Stripe renews, the new one is begun there; the old one's end is heard like any other.</summary>
public sealed class ChargePlanChange(WriteInvoice write, BeginSubscription begin, LatePayments late, JobQueue queue, Database database) : IConsumer<SubscriptionPlanChanged>
{
    /// <inheritdoc/>
    public Task Consume(ConsumeContext<SubscriptionPlanChanged> context) => Handle(context.Message, context.CancellationToken);

    /// <summary>Writes the invoice once, also when the subscription has ended since: it ran.</summary>
    public async Task Handle(SubscriptionPlanChanged changed, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        // Of a deleted integration it is written down all the same, in error like a last invoice that comes so late: the change was made.
        await ChargeOnApproval.Guard(transaction, changed.SubscriptionId, changed.OrganizationId, changed.BillingIntegrationId, changed.Environment, changed.ChangedAt, cancellation);
        await transaction.Execute(
            """
            insert into subscriptions (id, organization_id, integration_id, provider_organization_id, organization_title, email, product_title, product_id, catalog_id, replaces)
            values (@SubscriptionId, @OrganizationId, @BillingIntegrationId, @ProviderOrganizationId, @OrganizationTitle, @Email, @ProductTitle, @ProductId, @CatalogId, @ReplacedSubscriptionId)
            on conflict (id) do update set integration_id = excluded.integration_id, provider_organization_id = excluded.provider_organization_id,
                organization_title = excluded.organization_title, email = excluded.email, product_title = excluded.product_title,
                product_id = excluded.product_id, catalog_id = excluded.catalog_id, replaces = excluded.replaces
            where subscriptions.integration_id is null
            """, changed, cancellation);
        var subscription = (await BilledSubscription.Lock(transaction, changed.SubscriptionId, cancellation))!;
        IReadOnlyList<RatedLine> lines =
            [.. changed.Lines.Select(line => new RatedLine(line.Kind, line.Description, null, line.Quantity, line.UnitAmount ?? line.Amount, line.Amount, line.PeriodStart, line.PeriodEnd))];
        await (changed.RenewsFrom is null ? Charge() : begin.Successor(transaction, subscription, changed, Charge, cancellation));
        await transaction.Commit(cancellation);
        await LookAtReplaced(subscription, cancellation);
        queue.Wake();

        Task Charge() => write.Once(
            transaction, subscription, "change", changed.Plan with { Currency = changed.Currency }, changed.PeriodStart, (changed.PeriodStart, changed.PeriodEnd),
            Rating.Chargeable(lines, $"{changed.ProductTitle} – {changed.Plan.Title}", changed.Currency), cancellation);
    }

    // Where the end was heard before the change, what it replaced was not known then.
    private async Task LookAtReplaced(BilledSubscription subscription, CancellationToken cancellation)
    {
        if (subscription.CancelledAt is not { } cancelledAt)
        {
            return;
        }

        await using var transaction = await database.Begin(cancellation);
        foreach (var invoice in await LatePayments.Hold(transaction, subscription.Id, cancelledAt, cancellation))
        {
            await late.Check(transaction, invoice, cancellation);
        }

        await transaction.Commit(cancellation);
    }
}
