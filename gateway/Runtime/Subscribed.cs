using Marketplace.Contracts.Subscriptions;

namespace Marketplace.Gateway.Runtime;

/// <summary>A subscription as the gateway enforces it: the feed's newest facts and the call rates, which outlive a change of the facts.</summary>
public sealed class Subscribed
{
    /// <summary>A subscription seen for the first time.</summary>
    public Subscribed(SubscriptionEntitlement facts)
        : this(facts, null)
    {
    }

    private Subscribed(SubscriptionEntitlement facts, Subscribed? before)
    {
        Facts = facts;
        Rate = Follow(before?.Rate, facts.RateLimit, facts.RateLimitSeconds);
        Burst = Follow(before?.Burst, facts.BurstLimit, facts.BurstSeconds);
    }

    /// <summary>The feed's newest facts.</summary>
    public SubscriptionEntitlement Facts { get; }

    /// <summary>The limit on the call rate, or null.</summary>
    public CallRate? Rate { get; }

    /// <summary>The limit on how many calls may come at once, over a shorter window, or null. A call needs both.</summary>
    public CallRate? Burst { get; }

    /// <summary>The same subscription with newer facts.</summary>
    public Subscribed With(SubscriptionEntitlement facts) => new(facts, this);

    /// <summary>Why a call at this time is refused, or null. Access ends at its known end even when no event says so.</summary>
    public string? RefusalAt(DateTimeOffset now) => Facts.Refusal ?? (Facts.AccessUntil <= now ? Facts.RefusalAfter ?? "payment_required" : null);

    /// <summary>Whether the API was granted to the application (or to all).</summary>
    public bool Grants(string apiId, string? applicationId)
    {
        foreach (var granted in Facts.Granted)
        {
            if (granted.ApiId == apiId && (granted.ApplicationId is null || granted.ApplicationId == applicationId))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Start and end of the billing period that a call at this time belongs to; a period not announced yet starts where the known one ends.</summary>
    public (DateTimeOffset Start, DateTimeOffset End) PeriodAt(DateTimeOffset now) =>
        now < Facts.PeriodEnd ? (Facts.PeriodStart, Facts.PeriodEnd) : (Facts.PeriodEnd, DateTimeOffset.MaxValue);

    private static CallRate? Follow(CallRate? running, int? limit, int? seconds) =>
        limit is null || seconds is null ? null
        : running is not null && running.Limit == limit && running.Seconds == seconds ? running
        : new CallRate(limit.Value, seconds.Value);

    internal (int Live, bool Exact, DateTimeOffset Start) Rank(string productId, DateTimeOffset now) =>
        (RefusalAt(now) switch { null => 2, "not_subscribed" => 0, _ => 1 }, Facts.ProductId == productId, Facts.PeriodStart);
}
