using MassTransit;
using Marketplace.Contracts.Invoicing;
using Marketplace.Contracts.WebhookIngest;
using Marketplace.Storage;

namespace Marketplace.Invoicing;

/// <summary>Hears that something happened at Stripe and has the mirror of that type of object fetch and apply its present state.</summary>
public sealed partial class RefetchOnStripeEvent(IEnumerable<IStripeMirror> mirrors, EventPlaces places, JobQueue queue, Database database, ILogger<RefetchOnStripeEvent> logger)
    : IConsumer<StripeEventReceived>
{
    private readonly Dictionary<string, IStripeMirror> _mirrors = mirrors.ToDictionary(mirror => mirror.ObjectType, StringComparer.Ordinal);

    /// <inheritdoc/>
    public Task Consume(ConsumeContext<StripeEventReceived> context) =>
        places.Handle(context.Message, () => Handle(context.Message, context.CancellationToken), context.CancellationToken);

    /// <summary>Applies, or says why the event is ignored. Where Stripe cannot be asked, or the key may not ask, the event stays unhandled with the reason and is announced again.</summary>
    public async Task Handle(StripeEventReceived heard, CancellationToken cancellation)
    {
        var integration = await BillingIntegration.Find(database, heard.BillingIntegrationId, cancellation);
        var mirror = _mirrors.GetValueOrDefault(heard.ObjectType);
        var ignored = integration is null ? "The billing integration is not there any more."
            : integration.Livemode != heard.Livemode ? "The event is of the other mode than the integration."
            : mirror is null ? $"Objects of type {heard.ObjectType} are not mirrored."
            : null;
        if (ignored is not null)
        {
            await Write(heard, Ignored.Because(ignored), cancellation);
            return;
        }

        ApplyFetched apply;
        try
        {
            apply = await mirror!.Fetch(heard, integration!, cancellation);
        }
        catch (Exception exception) when (StripeFailure.Of(exception, cancellation) is { } failure)
        {
            await LookSoon(heard, integration!, mirror!, failure, cancellation);
            return;
        }

        await Write(heard, apply, cancellation);
    }

    private async Task Write(StripeEventReceived heard, ApplyFetched apply, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var ignored = await apply(transaction, cancellation);
        await transaction.Announce(new StripeEventHandled(heard.BillingIntegrationId, heard.EventId, ignored is null ? "handled" : "ignored", ignored, heard.Replay), cancellation);
        await transaction.Commit(cancellation);
    }

    private async Task LookSoon(StripeEventReceived heard, BillingIntegration integration, IStripeMirror mirror, StripeFailure failure, CancellationToken cancellation)
    {
        NotAsked(logger, heard.EventId, integration.Id, failure.Code);
        // A permission that is missing concerns this object; jobs, which may do without it, go on.
        if (failure.Code == StripeFailure.KeyRevoked.Code)
        {
            await queue.Pause(integration.Keys, failure, cancellation);
        }

        await using var transaction = await database.Begin(cancellation);
        await mirror.LookSoon(transaction, heard, integration, cancellation);
        await transaction.Announce(new StripeEventHandled(heard.BillingIntegrationId, heard.EventId, "failed", StripeRefusal.IsPermission(failure) ? $"{failure.Code}: {failure.Detail}" : failure.Code, heard.Replay), cancellation);
        await transaction.Commit(cancellation);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Stripe could not be asked about event {Event} of {Integration}: {Code}")]
    private static partial void NotAsked(ILogger logger, string @event, string integration, string code);
}
