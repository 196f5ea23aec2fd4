using Marketplace.Storage;
using Stripe;

namespace Marketplace.Invoicing;

/// <summary>Job: make a new subscription at Stripe renew as ours does. Its renewals stay drafts until a period's usage is final (<see cref="SettlePeriod"/>), it ends
/// with its term, and its payment method is the customer's default where there was none.</summary>
public sealed class SetUpSubscription(StripeConnections stripe, MirrorPaymentMethods methods, JobQueue queue, Database database) : IStripeJobKind
{
    /// <summary>The kind's name.</summary>
    public const string Name = "set_up_subscription";

    /// <inheritdoc/>
    public string Kind => Name;

    /// <summary>Every step sets a state, so that it can be done again.</summary>
    public async Task Carry(StripeJob job, StripeKeys keys, CancellationToken cancellation)
    {
        var client = stripe.Open(keys);
        var ours = (await StripeSubscription.Find(database, job.SubjectId, cancellation))!;
        var id = (await StripeObjects.Find(database, keys, ours.Id, cancellation))!;
        var subscription = await client.V1.Subscriptions.GetAsync(id, cancellationToken: cancellation);
        if (subscription.Status is not ("canceled" or "incomplete_expired"))
        {
            await client.V1.Subscriptions.UpdateAsync(
                id,
                new SubscriptionUpdateOptions { PauseCollection = new() { Behavior = "keep_as_draft" }, CancelAt = TermEnd(ours)?.UtcDateTime, ProrationBehavior = "none" },
                cancellationToken: cancellation);
            await KeepMethod(client, subscription, cancellation);
        }

        await NameInvoice(client, keys, ours, cancellation);
        // What was stored at the checkout is known here before the lane goes on, whatever becomes of webhooks: our own invoices are charged to it as well.
        var known = await methods.Ask(keys, subscription.CustomerId, null, cancellation);
        await using var transaction = await database.Begin(cancellation);
        await known(transaction, cancellation);
        await queue.Finish(transaction, job, cancellation);
        await transaction.Commit(cancellation);
    }

    private static DateTimeOffset? TermEnd(StripeSubscription ours)
    {
        if (ours.Snapshot() is not { TermPeriods: { } periods } plan || ours.Anchor is not { } anchor)
        {
            return null;
        }

        return FirstInvoice.EndOf(anchor, plan with { PeriodCount = plan.PeriodCount * periods });
    }

    private static async Task KeepMethod(StripeClient client, Subscription subscription, CancellationToken cancellation)
    {
        var customer = await client.V1.Customers.GetAsync(subscription.CustomerId, cancellationToken: cancellation);
        if (subscription.DefaultPaymentMethodId is { } method && customer.InvoiceSettings?.DefaultPaymentMethodId is null)
        {
            await client.V1.Customers.UpdateAsync(
                customer.Id, new CustomerUpdateOptions { InvoiceSettings = new() { DefaultPaymentMethod = method } }, cancellationToken: cancellation);
        }
    }

    // Like every object that we make, its first invoice names ours.
    private async Task NameInvoice(StripeClient client, StripeKeys keys, StripeSubscription ours, CancellationToken cancellation)
    {
        var invoice = await database.QueryOne<string>("select id from invoices where subscription_id = @Id and kind = 'initial'", ours, cancellation);
        if (invoice is not null && await StripeObjects.Find(database, keys, invoice, cancellation) is { } id)
        {
            await client.V1.Invoices.UpdateAsync(
                id, new InvoiceUpdateOptions { Metadata = StripeMetadata.Of(keys.IntegrationId, ours.OrganizationId, invoice) }, cancellationToken: cancellation);
        }
    }
}
