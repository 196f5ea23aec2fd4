namespace Marketplace.Subscriptions;

/// <summary>The period that a call counts in.</summary>
/// <param name="Charged">False in a trial and for free plans.</param>
public sealed record MeteredPeriod(DateTimeOffset Start, DateTimeOffset End, bool Charged)
{
    /// <summary>By the time at which the call started, as its gateway saw it. A call from before the first period counts in the first, one from
    /// after the end of the subscription in its last.</summary>
    public static MeteredPeriod At(Subscription subscription, DateTimeOffset time)
    {
        var last = new MeteredPeriod(subscription.PeriodStart ?? subscription.CreatedAt, subscription.PeriodEnd ?? subscription.CreatedAt, subscription.IsPeriodCharged);
        if (subscription.EndedAt is not null && time >= last.Start)
        {
            return last;
        }

        if (subscription.Anchor is not { } anchor)
        {
            return last;
        }

        if (time < anchor && subscription is { TrialUntil: { } trialUntil, ApprovedAt: { } approvedAt })
        {
            return new(approvedAt > subscription.CoveredFrom || subscription.CoveredFrom is null ? approvedAt : subscription.CoveredFrom.Value, trialUntil, false);
        }

        var calendar = subscription.CalendarFrom(anchor);
        var (start, end) = calendar.Period(Math.Max(subscription.FirstIndex, calendar.IndexAt(time)));
        return new(start < subscription.CoveredFrom ? subscription.CoveredFrom.Value : start, end, subscription.IsPaid);
    }
}
