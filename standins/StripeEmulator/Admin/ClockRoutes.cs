using Marketplace.StripeEmulator.Store;
using Marketplace.StripeEmulator.Webhooks;

namespace Marketplace.StripeEmulator.Admin;

/// <summary>The clock that a test moves. <c>nextDue</c> is the next time at which something happens by itself.</summary>
public sealed record ClockState(DateTimeOffset Now, DateTimeOffset? NextDue, int Pending, long Activity);

/// <summary>GET and PUT /_emulator/clock.</summary>
public static class ClockRoutes
{
    private static readonly TimeSpan Jump = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(25);

    public static ClockState Read(Engine engine, Dispatcher dispatcher)
    {
        var pending = dispatcher.Pending;
        return engine.Look(() =>
        {
            var now = engine.Clock.Milliseconds;
            long?[] next = [engine.Timers.NextAfter(now), engine.Deliveries.NextAfter(now)];
            return new ClockState(
                engine.Clock.GetUtcNow(),
                next.Min() is { } due ? DateTimeOffset.FromUnixTimeMilliseconds(due) : null,
                pending + engine.Timers.DueBy(now).Count(),
                engine.Activity);
        });
    }

    /// <summary>Goes from one due time to the next, in order, and answers when the given time is reached and all due timers have fired; webhooks due then follow shortly. A time that is past already changes nothing.</summary>
    public static async Task<IResult> Move(ClockRequest request, Engine engine, Dispatcher dispatcher, CancellationToken cancel)
    {
        // First what is due already: an attempt under way would otherwise end at the time this call moves to.
        await Quiet(dispatcher, cancel);
        while (Read(engine, dispatcher).NextDue is { } due && due < request.Now)
        {
            await engine.MoveClock(due);
            engine.FireDue();
            await Quiet(dispatcher, cancel);
        }

        if (request.Now - engine.Clock.GetUtcNow() > Jump)
        {
            // Whoever moves several clocks moves the receivers' next; until then they would find this one's signatures ahead of their time.
            dispatcher.Pause(Grace);
        }

        await engine.MoveClock(request.Now);
        engine.FireDue();
        return Results.Json(Read(engine, dispatcher));
    }

    /// <summary>Waits until what is due has been tried, so that the next step finds the receivers as time would have left them.</summary>
    private static async Task Quiet(Dispatcher dispatcher, CancellationToken cancel)
    {
        var start = TimeProvider.System.GetTimestamp();
        dispatcher.Wake();
        while (dispatcher.Pending > 0 && TimeProvider.System.GetElapsedTime(start) < Patience)
        {
            await Task.Delay(2, cancel);
        }
    }
}
