using System.Diagnostics;
using MassTransit;
using Marketplace.Contracts.WebhookIngest;
using Marketplace.Storage;

namespace Marketplace.Invoicing;

/// <summary>Hears events that were stored together and handles each as if it had been told alone, a number of them at once.</summary>
public sealed partial class RefetchEventGroup(RefetchOnStripeEvent each, Database database, ILogger<RefetchEventGroup> logger) : IConsumer<StripeEventsReceived>
{
    private static readonly ActivitySource Traces = new("Marketplace.StripeEvents");

    // Of all groups together: as many as single messages are handled at once.
    private static readonly SemaphoreSlim Places = new(32);

    // Well within the time after which the broker takes a message away from who has not acknowledged it.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    /// <inheritdoc/>
    public Task Consume(ConsumeContext<StripeEventsReceived> context) => Handle(context.Message, context.CancellationToken);

    /// <summary>Handles all of them. One that fails, or for which there is no place for long, is told again alone, so that it is tried again, waited for or parked without the others.</summary>
    public Task Handle(StripeEventsReceived heard, CancellationToken cancellation) => heard.Events is [var only]
        ? Apply(only, cancellation)
        : Parallel.ForEachAsync(heard.Events, new ParallelOptions { MaxDegreeOfParallelism = heard.Events.Count, CancellationToken = cancellation }, async (received, stop) =>
        {
            if (!await Places.WaitAsync(Patience, stop))
            {
                await TellAlone(received, null, stop);
                return;
            }

            try
            {
                await Apply(received, stop);
            }
            catch (Exception exception) when (exception is not OperationCanceledException || !stop.IsCancellationRequested)
            {
                await TellAlone(received, exception, stop);
            }
            finally
            {
                Places.Release();
            }
        });

    private async Task TellAlone(StripeEventReceived received, Exception? failure, CancellationToken cancellation)
    {
        Alone(logger, received.EventId, received.BillingIntegrationId, failure);
        await using var transaction = await database.Begin(cancellation);
        await transaction.Announce(received, cancellation);
        await transaction.Commit(cancellation);
    }

    private async Task Apply(StripeEventReceived received, CancellationToken cancellation)
    {
        _ = ActivityContext.TryParse(received.TraceParent, null, out var delivery);
        using var activity = Traces.StartActivity($"apply {received.Type}", ActivityKind.Consumer, delivery);
        await each.Handle(received, cancellation);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Event {Event} of {Integration} could not be handled among others and is told again alone.")]
    private static partial void Alone(ILogger logger, string @event, string integration, Exception? exception);
}
