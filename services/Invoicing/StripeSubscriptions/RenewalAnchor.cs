using Stripe;

namespace Marketplace.Invoicing;

/// <summary>The first renewal of a successor at Stripe, from which Stripe counts its periods. Nothing is charged before.</summary>
/// <param name="At">When it is (UTC).</param>
/// <param name="IsNear">Whether a boundary is too near. Stripe refuses an anchor that has passed, and of so short a period its meters would show no whole minute. What begins in the second
/// of a boundary has a whole period before it, which Stripe charges although the invoice of the change has charged it.</param>
/// <param name="IsWithinYear">Whether a day of a month names it.</param>
/// <param name="Calendar">The periods as we count them.</param>
public sealed record RenewalAnchor(DateTimeOffset At, bool IsNear, bool IsWithinYear, BillingCalendar Calendar)
{
    private static readonly TimeSpan LeastBefore = TimeSpan.FromMinutes(2);

    // Stripe's clock is its own.
    private static readonly TimeSpan LeastAfter = TimeSpan.FromSeconds(5);

    /// <summary>The first boundary of a calendar after a time.</summary>
    public static RenewalAnchor After(DateTimeOffset now, BillingCalendar calendar)
    {
        var (from, at) = calendar.Period(calendar.IndexAt(now));
        return new(at, at - now < LeastBefore || now - from < LeastAfter, at <= now.AddYears(1), calendar);
    }

    /// <summary>Makes it the anchor of a new subscription. Where months are counted the day is named: after a short month its own comes back.</summary>
    public void Set(SubscriptionCreateOptions options)
    {
        options.ProrationBehavior = "none";
        if (Calendar.Unit is not ("month" or "year") || !IsWithinYear)
        {
            options.BillingCycleAnchor = At.UtcDateTime;
            return;
        }

        var anchor = Calendar.Anchor.UtcDateTime;
        options.BillingCycleAnchorConfig = new()
        {
            DayOfMonth = anchor.Day, Hour = anchor.Hour, Minute = anchor.Minute, Second = anchor.Second, Month = Calendar is { Unit: "month", Count: 1 } ? null : At.Month,
        };
    }
}
