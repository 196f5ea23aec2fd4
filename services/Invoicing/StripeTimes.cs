namespace Marketplace.Invoicing;

/// <summary>Stripe's times, which its client gives without their zone.</summary>
public static class StripeTimes
{
    /// <summary>The same instant with its zone.</summary>
    public static DateTimeOffset Utc(DateTime time) => new(DateTime.SpecifyKind(time, DateTimeKind.Utc));

    /// <summary>The same for a time that may be absent.</summary>
    public static DateTimeOffset? Utc(DateTime? time) => time is { } given ? Utc(given) : null;
}
