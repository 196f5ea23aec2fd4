namespace Marketplace.Invoicing;

/// <summary>Times at which requests may leave.</summary>
/// <param name="Count">How many; none while the account is paused or enough are given for the time ahead.</param>
/// <param name="First">The first one's time or, without any, when to ask again.</param>
/// <param name="Spacing">From one to the next.</param>
public sealed record Slots(int Count, DateTimeOffset First, TimeSpan Spacing);

/// <summary>How fast requests go to one Stripe account in one mode, all processes together: evenly spaced slots, so that no second holds more than the
/// limit. Pure; <see cref="StripeRates"/> keeps it under a row lock.</summary>
public record AccountRate
{
    /// <summary>How much of the limit is used. The rest is for requests that arrive a little late at Stripe and fall among the next ones.</summary>
    public const double Share = 0.975;

    /// <summary>How far ahead slots are given: what somebody waits for comes after no more than that.</summary>
    public static readonly TimeSpan Ahead = TimeSpan.FromMilliseconds(500);

    /// <summary>How long an account is left alone that asked to slow down without saying for how long.</summary>
    public static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(1);

    /// <summary>Over which time the use is counted.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromSeconds(10);

    // What Stripe was too busy for is taken off by a third each time, and comes back within 20 seconds.
    private const double Slowing = 0.7;
    private const double RegainedPerSecond = 0.05;
    private const double Slowest = 0.1;

    // Further ahead than any slot can be: the database's clock was set back.
    private static readonly TimeSpan Impossible = TimeSpan.FromSeconds(10);

    /// <summary>When the next request may leave, by the database's clock.</summary>
    public DateTimeOffset NextSlot { get; init; }

    /// <summary>The rate that the account was slowed down to.</summary>
    public double? SlowedTo { get; init; }

    /// <summary>When that was.</summary>
    public DateTimeOffset? SlowedAt { get; init; }

    /// <summary>Until when nothing is sent, because Stripe asked for it.</summary>
    public DateTimeOffset? PausedUntil { get; init; }

    /// <summary>Stripe's reason for it, such as <c>global-rate</c>.</summary>
    public string? Reason { get; init; }

    /// <summary>When the present window of counting began.</summary>
    public DateTimeOffset WindowFrom { get; init; }

    /// <summary>Slots given in it.</summary>
    public int WindowSlots { get; init; }

    /// <summary>Slots given in the one before.</summary>
    public int WindowBefore { get; init; }

    /// <summary>Slots given since the beginning.</summary>
    public long Slots { get; init; }

    /// <summary>Requests per second at present: the limit, or less for a while after Stripe asked to slow down.</summary>
    public double PerSecond(int limit, DateTimeOffset now) =>
        SlowedTo is { } slowed && SlowedAt is { } at ? Math.Min(limit, slowed + (limit * RegainedPerSecond * Math.Max(0, (now - at).TotalSeconds))) : limit;

    /// <summary>Requests per second over the last ten.</summary>
    public double Used(DateTimeOffset now)
    {
        var rolled = Rolled(now);
        var left = 1 - Math.Clamp((now - rolled.WindowFrom) / Window, 0, 1);
        return ((rolled.WindowBefore * left) + rolled.WindowSlots) / Window.TotalSeconds;
    }

    /// <summary>Gives up to so many slots.</summary>
    public (AccountRate Next, Slots Slots) Give(int wanted, int limit, DateTimeOffset now)
    {
        var spacing = TimeSpan.FromMicroseconds(Math.Ceiling(1_000_000 / (PerSecond(limit, now) * Share)));
        var first = NextSlot > now && NextSlot < now + Impossible ? NextSlot : now;
        first = PausedUntil > first ? PausedUntil.Value : first;
        var room = first > now + Ahead ? 0 : (int)((now + Ahead - first) / spacing) + 1;
        var given = Math.Min(wanted, room);
        if (given == 0)
        {
            return (this, new(0, first - Ahead, spacing));
        }

        var rolled = Rolled(now);
        return (rolled with { NextSlot = first + (given * spacing), WindowSlots = rolled.WindowSlots + given, Slots = Slots + given }, new(given, first, spacing));
    }

    /// <summary>Stripe asked to slow down. Answers to requests that had left before the pause began lengthen it at most: they are one and the same news.</summary>
    public AccountRate Slow(TimeSpan? retryAfter, string? reason, int limit, DateTimeOffset now)
    {
        var pause = retryAfter > ShortestPause ? retryAfter.Value : ShortestPause;
        return PausedUntil > now
            ? this with { PausedUntil = PausedUntil > now + pause ? PausedUntil : now + pause }
            : this with
            {
                SlowedTo = Math.Max(PerSecond(limit, now) * Slowing, Math.Max(1, limit * Slowest)),
                SlowedAt = now + pause,
                PausedUntil = now + pause,
                Reason = reason,
            };
    }

    private AccountRate Rolled(DateTimeOffset now) =>
        now < WindowFrom + Window && now >= WindowFrom ? this
        : now < WindowFrom + (2 * Window) && now >= WindowFrom ? this with { WindowFrom = WindowFrom + Window, WindowBefore = WindowSlots, WindowSlots = 0 }
        : this with { WindowFrom = now, WindowBefore = 0, WindowSlots = 0 };
}
