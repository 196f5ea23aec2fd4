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

    /// <inheritdoc/>
    public Task Consume(ConsumeContext<StripeEventsReceived> context) => Handle(context.Message, context.CancellationToken);

    /// <summary>Handles all of them. One that fails is told again alone, so that it is tried again, waited for or parked without the others.</summary>
    public Task Handle(StripeEventsReceived heard, CancellationToken cancellation) => heard.Events is [var only]
        ? Apply(only, cancellation)
        : Parallel.ForEachAsync(heard.Events, new ParallelOptions { MaxDegreeOfParallelism = heard.Events.Count, CancellationToken = cancellation }, async (received, stop) =>
        {
            await Places.WaitAsync(stop);
            try
            {
                await Apply(received, stop);
            }
            catch (Exception exception) when (exception is not OperationCanceledException || !stop.IsCancellationRequested)
            {
                Alone(logger, received.EventId, received.BillingIntegrationId, exception);
                await using var transaction = await database.Begin(stop);
                await transaction.Announce(received, stop);
                await transaction.Commit(stop);
            }
            finally
            {
                Places.Release();
            }
        });

    private async Task Apply(StripeEventReceived received, CancellationToken cancellation)
    {
        _ = ActivityContext.TryParse(received.TraceParent, null, out var delivery);
        using var activity = Traces.StartActivity($"apply {received.Type}", ActivityKind.Consumer, delivery);
        await each.Handle(received, cancellation);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Event {Event} of {Integration} could not be handled among others and is told again alone.")]
    private static partial void Alone(ILogger logger, string @event, string integration, Exception exception);
}
