using System.Diagnostics;
using MassTransit;
using Marketplace.Contracts.WebhookIngest;

namespace Marketplace.Invoicing;

/// <summary>Hears events that were stored together and handles each as if it had been told alone, a number of them at once.</summary>
public sealed class RefetchEventGroup(RefetchOnStripeEvent each, EventPlaces places) : IConsumer<StripeEventsReceived>
{
    private static readonly ActivitySource Traces = new("Marketplace.StripeEvents");

    /// <inheritdoc/>
    public Task Consume(ConsumeContext<StripeEventsReceived> context) => Handle(context.Message, context.CancellationToken);

    /// <summary>Handles all of them. One that fails among others is told again alone, so that it is tried again, waited for or parked without them.</summary>
    public Task Handle(StripeEventsReceived heard, CancellationToken cancellation) => heard.Events is [var only]
        ? Apply(only, cancellation)
        : Parallel.ForEachAsync(heard.Events, new ParallelOptions { MaxDegreeOfParallelism = heard.Events.Count, CancellationToken = cancellation }, async (received, stop) =>
        {
            try
            {
                await Apply(received, stop);
            }
            catch (Exception exception) when (exception is not OperationCanceledException || !stop.IsCancellationRequested)
            {
                await places.TellAlone(received, exception, stop);
            }
        });

    private Task Apply(StripeEventReceived received, CancellationToken cancellation) => places.Handle(received, async () =>
    {
        _ = ActivityContext.TryParse(received.TraceParent, null, out var delivery);
        using var activity = Traces.StartActivity($"apply {received.Type}", ActivityKind.Consumer, delivery);
        await each.Handle(received, cancellation);
    }, cancellation);
}
