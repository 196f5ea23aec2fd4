using System.Net;
using MassTransit;
using Marketplace.Contracts.Invoicing;
using Marketplace.Contracts.WebhookIngest;
using Marketplace.Storage;
using Stripe;

namespace Marketplace.Invoicing;

/// <summary>Hears that something happened at Stripe, fetches the object's present state by the integration's own key, and applies it. The event itself is
/// a hint only, so order, duplicates and its API version do not matter.</summary>
public sealed partial class RefetchOnStripeEvent(
    StripeConnections stripe, ApplyStripeInvoice mirror, JobQueue queue, Database database, ILogger<RefetchOnStripeEvent> logger) : IConsumer<StripeEventReceived>
{
    /// <inheritdoc/>
    public Task Consume(ConsumeContext<StripeEventReceived> context) => Handle(context.Message, context.CancellationToken);

    /// <summary>Applies, or says why the event is ignored. Where Stripe cannot be asked the event stays unhandled: it is announced again, and the poll
    /// of open invoices looks soon.</summary>
    public async Task Handle(StripeEventReceived heard, CancellationToken cancellation)
    {
        var integration = await BillingIntegration.Find(database, heard.BillingIntegrationId, cancellation);
        var ignored = integration is null ? "The billing integration is not there any more."
            : integration.Livemode != heard.Livemode ? "The event is of the other mode than the integration."
            : heard.ObjectType != "invoice" ? $"Objects of type {heard.ObjectType} are not mirrored."
            : null;
        if (ignored is not null)
        {
            await Ignore(heard, ignored, cancellation);
            return;
        }

        Stripe.Invoice invoice;
        try
        {
            invoice = await stripe.Open(integration!.Keys).V1.Invoices.GetAsync(heard.ObjectId, cancellationToken: cancellation);
        }
        catch (StripeException exception) when (exception.HttpStatusCode == HttpStatusCode.NotFound)
        {
            await Gone(heard, integration!, cancellation);
            return;
        }
        catch (Exception exception) when (StripeFailure.Of(exception, cancellation) is { } failure)
        {
            await LookSoon(heard, integration!, failure, cancellation);
            return;
        }

        await Apply(heard, integration!, invoice, cancellation);
    }

    private async Task Apply(StripeEventReceived heard, BillingIntegration integration, Stripe.Invoice invoice, CancellationToken cancellation)
    {
        if (Foreign(integration, invoice) is { } reason)
        {
            await Ignore(heard, reason, cancellation);
            return;
        }

        var ourId = invoice.Metadata[StripeMetadata.Id];
        string? recorded;
        try
        {
            recorded = await StripeObjects.Find(database, integration.Keys, ourId, cancellation);
        }
        catch (JobFailedException)
        {
            // Whose it is, is nothing that this integration's owner may read.
            await Ignore(heard, "The invoice names one that is issued by another billing integration.", cancellation);
            return;
        }

        if (recorded is not null && recorded != invoice.Id)
        {
            await Ignore(heard, $"Our invoice is {recorded} at Stripe; this one only carries its metadata.", cancellation);
            return;
        }

        await using var transaction = await database.Begin(cancellation);
        if (await mirror.Apply(transaction, integration.Id, ourId, ApplyStripeInvoice.Facts(invoice), cancellation) is { } foreign)
        {
            await Announce(transaction, heard, "ignored", foreign, cancellation);
            await transaction.Commit(cancellation);
            return;
        }

        await StripeObjects.Record(transaction, integration.Keys, "invoice", ourId, invoice.Id, heard.ReceivedAt, cancellation);
        await Announce(transaction, heard, "handled", null, cancellation);
        await transaction.Commit(cancellation);
    }

    /// <summary>Why an invoice is none of this integration's; null when it is.</summary>
    public static string? Foreign(BillingIntegration integration, Stripe.Invoice invoice) =>
        invoice.Livemode != integration.Livemode ? "The invoice is of the other mode than the integration."
        : invoice.Metadata?.GetValueOrDefault(StripeMetadata.Integration) is not { } owner ? "The invoice was not made by the marketplace."
        : owner != integration.Id ? "The invoice belongs to another billing integration."
        : invoice.Metadata.ContainsKey(StripeMetadata.Id) ? null
        : "The invoice does not name ours.";

    // Only drafts can be deleted at Stripe; where it was ours, it is void with us.
    private async Task Gone(StripeEventReceived heard, BillingIntegration integration, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var ourId = await StripeObjects.OurId(transaction, integration.Keys, heard.ObjectId, cancellation);
        var ignored = ourId is null
            ? "The invoice is not at Stripe any more."
            : await mirror.Apply(transaction, integration.Id, ourId, new("deleted", null, null, null, null, null), cancellation);
        await Announce(transaction, heard, ignored is null ? "handled" : "ignored", ignored, cancellation);
        await transaction.Commit(cancellation);
    }

    private async Task LookSoon(StripeEventReceived heard, BillingIntegration integration, StripeFailure failure, CancellationToken cancellation)
    {
        NotAsked(logger, heard.EventId, integration.Id, failure.Code);
        if (failure.Kind == StripeFailureKind.AccountWide)
        {
            await queue.Pause(integration.Keys, failure, cancellation);
        }

        await using var transaction = await database.Begin(cancellation);
        await transaction.Execute(
            """
            update invoices set look_at = least(look_at, now() + interval '15 seconds') where id =
                (select our_id from stripe_objects where account_id = @AccountId and livemode = @Livemode and stripe_id = @ObjectId)
            """, new { integration.AccountId, integration.Livemode, heard.ObjectId }, cancellation);
        await Announce(transaction, heard, "failed", failure.Code, cancellation);
        await transaction.Commit(cancellation);
    }

    private async Task Ignore(StripeEventReceived heard, string reason, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        await Announce(transaction, heard, "ignored", reason, cancellation);
        await transaction.Commit(cancellation);
    }

    private static Task Announce(Transaction transaction, StripeEventReceived heard, string outcome, string? reason, CancellationToken cancellation) =>
        transaction.Announce(new StripeEventHandled(heard.BillingIntegrationId, heard.EventId, outcome, reason), cancellation);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Stripe could not be asked about event {Event} of {Integration}: {Code}")]
    private static partial void NotAsked(ILogger logger, string @event, string integration, string code);
}
