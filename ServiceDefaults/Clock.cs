using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace Marketplace.ServiceDefaults;

/// <summary>The system's clock, moved forward by an offset. Outside Production only.</summary>
public sealed class MovableClock(TimeSpan offset) : TimeProvider
{
    private long offsetTicks = offset.Ticks;

    /// <summary>Raised after the clock was moved, so that timers look again at what is due.</summary>
    public event Action? Moved;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => System.GetUtcNow().AddTicks(Interlocked.Read(ref offsetTicks));

    /// <summary>Moves the clock to a later instant; an earlier one leaves it as it is.</summary>
    public void MoveTo(DateTimeOffset now)
    {
        var ticks = (now - System.GetUtcNow()).Ticks;
        if (ticks > Interlocked.Read(ref offsetTicks))
        {
            Interlocked.Exchange(ref offsetTicks, ticks);
        }

        Moved?.Invoke();
    }

    /// <summary>A clock with the offset that the installation's clock file holds (<c>Clock:File</c>: one number, seconds).</summary>
    public static MovableClock FromFile(string? file) => new(
        file is not null && File.Exists(file) && double.TryParse(File.ReadAllText(file), CultureInfo.InvariantCulture, out var seconds)
            ? TimeSpan.FromSeconds(seconds)
            : TimeSpan.Zero);
}

/// <summary>Work that must be finished before a test clock may move on: what waits now, and when more falls due.</summary>
public interface IPendingWork
{
    /// <summary>How many pieces of work are due and not done.</summary>
    Task<long> Pending(CancellationToken cancellation);

    /// <summary>When the next piece that is not due yet falls due (UTC), or null.</summary>
    Task<DateTimeOffset?> NextDue(CancellationToken cancellation);
}

/// <summary>Counts what this process did, so that an observer can tell an idle system from a busy one.</summary>
public sealed class Activities
{
    private long count;
    private long running;

    /// <summary>Everything done since the start; unchanged between two looks means idle.</summary>
    public long Count => Interlocked.Read(ref count);

    /// <summary>Messages being handled at this moment.</summary>
    public long Running => Interlocked.Read(ref running);

    /// <summary>Marks a piece of work; dispose when it is done.</summary>
    public IDisposable Begin()
    {
        Interlocked.Increment(ref count);
        Interlocked.Increment(ref running);
        return new Ended(this);
    }

    private sealed class Ended(Activities owner) : IDisposable
    {
        public void Dispose()
        {
            Interlocked.Increment(ref owner.count);
            Interlocked.Decrement(ref owner.running);
        }
    }
}

/// <summary>Where a process stands: its time, when it has something to do next, and what it is doing.</summary>
/// <param name="Pending">Work due and not done; 0 when quiet.</param>
/// <param name="Activity">A counter that grows with everything done.</param>
public sealed record ClockState(DateTimeOffset Now, DateTimeOffset? NextDue, long Pending, long Activity);

/// <summary>Moves a process's clock.</summary>
public sealed record MoveClockRequest([property: Required] DateTimeOffset? Now);

internal static class Clock
{
    public static void Add(IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<Activities>();
        if (builder.Environment.IsProduction())
        {
            builder.Services.TryAddSingleton(TimeProvider.System);
            return;
        }

        builder.Services.TryAddSingleton(_ => MovableClock.FromFile(builder.Configuration["Clock:File"]));
        builder.Services.TryAddSingleton<TimeProvider>(services => services.GetRequiredService<MovableClock>());
    }

    public static void Map(WebApplication app)
    {
        if (app.Environment.IsProduction())
        {
            return;
        }

        app.MapGet("/internal/clock", Read).RequireAuthorization(Policies.Service).ExcludeFromDescription();
        app.MapPut("/internal/clock", Move).RequireAuthorization(Policies.Service).ExcludeFromDescription();
    }

    private static IResult Move(MoveClockRequest request, MovableClock clock)
    {
        if (request.Now is not { } now)
        {
            return Problem.Invalid("now", "Name the instant to move to (RFC 3339, UTC).");
        }

        clock.MoveTo(now);
        return TypedResults.NoContent();
    }

    private static async Task<ClockState> Read(TimeProvider clock, Activities activities, IEnumerable<IPendingWork> work, CancellationToken cancellation)
    {
        var pending = activities.Running;
        DateTimeOffset? next = null;
        foreach (var piece in work)
        {
            pending += await piece.Pending(cancellation);
            next = Earlier(next, await piece.NextDue(cancellation));
        }

        return new(clock.GetUtcNow(), next, pending, activities.Count);
    }

    private static DateTimeOffset? Earlier(DateTimeOffset? a, DateTimeOffset? b) => a is null || b < a ? b ?? a : a;
}
