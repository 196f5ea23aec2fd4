using Marketplace.Contracts.WebhookIngest;
using Marketplace.Storage;
using Stripe;

namespace Marketplace.Invoicing;

/// <summary>Mirrors Stripe's invoices: those that we issued take its state, and no others do.</summary>
public sealed class InvoiceMirror(StripeConnections stripe, ApplyStripeInvoice mirror, SubscriptionMirror subscriptions, Database database) : IStripeMirror
{
    /// <inheritdoc/>
    public string ObjectType => "invoice";

    /// <inheritdoc/>
    public async Task<ApplyFetched> Fetch(StripeEventReceived heard, BillingIntegration integration, CancellationToken cancellation)
    {
        var client = stripe.Open(integration.Keys);
        if (await StripeObjects.IfThere(() => client.V1.Invoices.GetAsync(heard.ObjectId, cancellationToken: cancellation)) is not { } invoice)
        {
            return (transaction, stop) => Gone(transaction, heard, integration, stop);
        }

        if (invoice.Parent?.SubscriptionDetails?.SubscriptionId is { } subscription)
        {
            if (integration.BillingModel != StripeSubscription.BillingModel && await StripeObjects.OurId(database, integration.Keys, invoice.Id, cancellation) is null)
            {
                return Ignored.Because("The invoice is of a subscription, and Stripe renews none for this billing integration.");
            }

            return await OfSubscription(client, integration, invoice, subscription, cancellation);
        }

        var foreign = Foreign(integration, invoice) ?? await RecordedElsewhere(integration, invoice, cancellation);
        if (foreign is not null)
        {
            return Ignored.Because(foreign);
        }

        var facts = ApplyStripeInvoice.Facts(invoice, await PaymentProblems.Read(client, invoice, cancellation));
        return (transaction, stop) => Apply(transaction, heard, integration, invoice, facts, stop);
    }

    /// <inheritdoc/>
    public Task LookSoon(Transaction transaction, StripeEventReceived heard, BillingIntegration integration, CancellationToken cancellation) => transaction.Execute(
        """
        update invoices set look_at = least(look_at, now() + interval '15 seconds') where id =
            (select our_id from stripe_objects where account_id = @AccountId and livemode = @Livemode and stripe_id = @ObjectId)
        """, new { integration.AccountId, integration.Livemode, heard.ObjectId }, cancellation);

    /// <summary>Why an invoice is none of this integration's; null when it is.</summary>
    public static string? Foreign(BillingIntegration integration, Stripe.Invoice invoice) =>
        invoice.Livemode != integration.Livemode ? "The invoice is of the other mode than the integration."
        : invoice.Metadata?.GetValueOrDefault(StripeMetadata.Integration) is not { } owner ? "The invoice was not made by the marketplace."
        : owner != integration.Id ? "The invoice belongs to another billing integration."
        : invoice.Metadata.ContainsKey(StripeMetadata.Id) ? null
        : "The invoice does not name ours.";

    // Stripe made it for a subscription that it renews. The first one is ours with the subscription; a renewal becomes ours when its period is closed and its total was
    // compared, which the job does that then records it. Until it is on record its metadata says nothing: it may be the one that is refused.
    private async Task<ApplyFetched> OfSubscription(StripeClient client, BillingIntegration integration, Stripe.Invoice invoice, string subscription, CancellationToken cancellation)
    {
        // One that is on record opens access by itself: it does not wait for its subscription's own event, which may be applied at the same time.
        var recorded = await database.QueryOne<bool>(
            """
            select exists (select from stripe_objects o join invoices i on i.id = o.our_id join stripe_subscriptions s on s.id = i.subscription_id
                where o.stripe_id = @StripeId and o.account_id = @AccountId and o.livemode = @Livemode and o.integration_id = @Integration and s.status <> 'incomplete')
            """, new { StripeId = invoice.Id, integration.AccountId, integration.Livemode, Integration = integration.Id }, cancellation);
        var follow = recorded ? null : await subscriptions.Fetch(subscription, integration, cancellation);
        var facts = ApplyStripeInvoice.Facts(invoice, await PaymentProblems.Read(client, invoice, cancellation));
        return async (transaction, stop) =>
        {
            if (follow is not null && await StripeObjects.OurId(transaction, integration.Keys, invoice.Id, stop) is { } named)
            {
                await Hold(transaction, named, stop);
            }

            var foreign = follow is null ? null : await follow(transaction, stop);
            return await StripeObjects.OurId(transaction, integration.Keys, invoice.Id, stop) is { } ourId
                ? await mirror.Apply(transaction, integration.Id, ourId, facts, stop)
                : foreign ?? "The renewal becomes an invoice of ours when its period is closed.";
        };
    }

    // What the subscription's beginning puts into the queue holds the lane: the invoice that is applied after it is held before.
    private static async Task Hold(Transaction transaction, string ourId, CancellationToken cancellation)
    {
        if (await transaction.QueryOne<string>("select subscription_id from invoices where id = @ourId", new { ourId }, cancellation) is { } subscription)
        {
            await BilledSubscription.Lock(transaction, subscription, cancellation);
            await StripeSubscription.Lock(transaction, subscription, cancellation);
            await ChargeInvoice.HoldPayer(transaction, ourId, cancellation);
            await Invoice.Lock(transaction, ourId, cancellation);
        }
    }

    private async Task<string?> RecordedElsewhere(BillingIntegration integration, Stripe.Invoice invoice, CancellationToken cancellation)
    {
        try
        {
            var recorded = await StripeObjects.Find(database, integration.Keys, invoice.Metadata[StripeMetadata.Id], cancellation);
            return recorded is null || recorded == invoice.Id ? null : $"Our invoice is {recorded} at Stripe; this one only carries its metadata.";
        }
        catch (JobFailedException)
        {
            // Whose it is, is nothing that this integration's owner may read.
            return "The invoice names one that is issued by another billing integration.";
        }
    }

    private async Task<string?> Apply(Transaction transaction, StripeEventReceived heard, BillingIntegration integration, Stripe.Invoice invoice, StripeInvoiceFacts facts, CancellationToken cancellation)
    {
        var ourId = invoice.Metadata[StripeMetadata.Id];
        var foreign = await mirror.Apply(transaction, integration.Id, ourId, facts, cancellation);
        if (foreign is null)
        {
            await StripeObjects.Record(transaction, integration.Keys, "invoice", ourId, invoice.Id, heard.ReceivedAt, cancellation);
        }

        return foreign;
    }

    // Only drafts can be deleted at Stripe; where it was ours, it is void with us.
    private async Task<string?> Gone(Transaction transaction, StripeEventReceived heard, BillingIntegration integration, CancellationToken cancellation) =>
        await StripeObjects.OurId(transaction, integration.Keys, heard.ObjectId, cancellation) is { } ourId
            ? await mirror.Apply(transaction, integration.Id, ourId, new("deleted", null, null, null, null, null), cancellation)
            : "The invoice is not at Stripe any more.";
}
