using MassTransit;
using Marketplace.Contracts.Subscriptions;
using Marketplace.Storage;

namespace Marketplace.Invoicing;

/// <summary>Hears that a subscription ended. A first invoice that was never paid is voided, so that nobody pays for what cannot start any more.
/// Later invoices are owed and stay; what was paid for time after the end goes back, also of what it replaced. What Stripe renews ends there too.</summary>
public sealed class VoidOnCancellation(InvoiceVoiding voiding, LatePayments late, JobQueue queue, Database database) : IConsumer<SubscriptionCancelled>
{
    /// <inheritdoc/>
    public Task Consume(ConsumeContext<SubscriptionCancelled> context) => Handle(context.Message, context.CancellationToken);

    /// <summary>Remembers the end, also when the approval comes later, and asks for the void.</summary>
    public async Task Handle(SubscriptionCancelled cancelled, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        await transaction.Execute(
            """
            insert into subscriptions (id, organization_id, cancelled_at, cancel_reason) values (@SubscriptionId, @OrganizationId, @CancelledAt, @Reason)
            on conflict (id) do update set cancelled_at = coalesce(subscriptions.cancelled_at, excluded.cancelled_at),
                cancel_reason = coalesce(subscriptions.cancel_reason, excluded.cancel_reason)
            """, cancelled, cancellation);
        // Everything that has to be held is taken before anything goes into the queue, in the order that all writes keep.
        var renewedIn = await transaction.QueryOne<string>(
            "update stripe_subscriptions set version = version + 1 where id = @SubscriptionId returning integration_id", cancelled, cancellation);
        var invoices = await LatePayments.Hold(transaction, cancelled.SubscriptionId, cancelled.CancelledAt, cancellation);
        foreach (var invoice in invoices.OrderByDescending(invoice => invoice.IsSettled))
        {
            await (invoice.IsSettled ? late.Check(transaction, invoice, cancellation)
                : invoice.Kind == "initial" && invoice.SubscriptionId == cancelled.SubscriptionId ? voiding.Request(transaction, invoice, cancellation)
                : Task.CompletedTask);
        }

        if (renewedIn is { } integration)
        {
            await queue.Enqueue(transaction, integration, cancelled.OrganizationId, EndSubscription.JobKind, cancelled.SubscriptionId, cancellation);
        }

        await transaction.Commit(cancellation);
        queue.Wake();
    }
}

/// <summary>Asks for an invoice to be voided: a job behind whatever its lane still has to do with it. One that the provider's own billing system charges is void at once,
/// and that system finds it in its feed.</summary>
public sealed class InvoiceVoiding(JobQueue queue, TimeProvider clock)
{
    /// <summary>Adds the job to the caller's transaction, which holds the invoice; the invoice as it is now.</summary>
    public async Task<Invoice> Request(Transaction transaction, Invoice invoice, CancellationToken cancellation)
    {
        if (invoice.IsCustom)
        {
            var (next, _) = CustomState.Move(invoice, InvoiceStatus.Void, null, clock.GetUtcNow());
            await next.Save(transaction, cancellation);
            return next;
        }

        await transaction.Execute("update invoices set void_requested = true where id = @Id", invoice, cancellation);
        await queue.Enqueue(transaction, invoice.IntegrationId, invoice.OrganizationId, VoidStripeInvoice.JobKind, invoice.Id, cancellation);
        // A stuck job that was to issue it has an easier task now.
        await transaction.Execute(
            $"""
            update stripe_jobs set {JobQueue.TriedAnew}
            where subject_id = @Id and kind <> 'void_invoice' and status in ('blocked', 'failed')
            """, new { invoice.Id, Now = clock.GetUtcNow() }, cancellation);
        return invoice;
    }
}
