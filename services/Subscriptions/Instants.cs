namespace Marketplace.Subscriptions;

/// <summary>The clock as the database keeps it.</summary>
public static class Instants
{
    /// <summary>The time now in whole microseconds, so that a value announced equals the one stored.</summary>
    public static DateTimeOffset Now(this TimeProvider clock)
    {
        var now = clock.GetUtcNow();
        return now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMicrosecond));
    }
}
