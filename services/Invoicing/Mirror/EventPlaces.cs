using System.Collections.Concurrent;
using Marketplace.Contracts.WebhookIngest;
using Marketplace.Storage;

namespace Marketplace.Invoicing;

/// <summary>The places at which this process handles events. One integration may hold a part of them only, and what finds none of that part soon is told again later instead of waiting, so that an
/// account that answers slowly or never holds up no other's events, neither at a place nor in the queue.</summary>
public sealed partial class EventPlaces(Database database, ILogger<EventPlaces> logger) : IDisposable
{
    /// <summary>How many events of one integration are handled at once.</summary>
    public const int OfOne = 8;

    // As many as messages of one queue are taken at once.
    private const int Most = 32;

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Later = TimeSpan.FromSeconds(2);

    // Well within the time after which the broker takes a message away from who has not acknowledged it.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private readonly SemaphoreSlim all = new(Most);
    private readonly ConcurrentDictionary<string, SemaphoreSlim> own = new(StringComparer.Ordinal);

    /// <summary>Handles an event at a place of its integration, or has it told again.</summary>
    public async Task Handle(StripeEventReceived received, Func<Task> handle, CancellationToken cancellation)
    {
        var places = own.GetOrAdd(received.BillingIntegrationId, _ => new(OfOne));
        if (!await places.WaitAsync(Soon, cancellation))
        {
            await TellAlone(received, null, cancellation);
            return;
        }

        try
        {
            await HandleAmongAll(received, handle, cancellation);
        }
        finally
        {
            places.Release();
        }
    }

    /// <summary>Has an event told again by itself: at once where it failed, else a little later.</summary>
    public async Task TellAlone(StripeEventReceived received, Exception? failure, CancellationToken cancellation)
    {
        Alone(logger, failure is null ? LogLevel.Information : LogLevel.Warning, received.EventId, received.BillingIntegrationId, failure);
        await using var transaction = await database.Begin(cancellation);
        await transaction.Announce(received, cancellation, failure is null ? Later : default);
        await transaction.Commit(cancellation);
    }

    /// <inheritdoc/>
    public void Dispose() => all.Dispose();

    private async Task HandleAmongAll(StripeEventReceived received, Func<Task> handle, CancellationToken cancellation)
    {
        if (!await all.WaitAsync(Patience, cancellation))
        {
            await TellAlone(received, null, cancellation);
            return;
        }

        try
        {
            await handle();
        }
        finally
        {
            all.Release();
        }
    }

    [LoggerMessage(Message = "Event {Event} of {Integration} could not be handled with others and is told again alone.")]
    private static partial void Alone(ILogger logger, LogLevel level, string @event, string integration, Exception? exception);
}
