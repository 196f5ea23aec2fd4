using Marketplace.Contracts.Subscriptions;

namespace Marketplace.Gateway.Runtime;

/// <summary>A subscription as the gateway enforces it: the feed's newest facts and the call rate, which outlives a change of the facts.</summary>
public sealed class Subscribed
{
    private readonly CallRate? rate;

    /// <summary>A subscription seen for the first time.</summary>
    public Subscribed(SubscriptionEntitlement facts)
        : this(facts, null)
    {
    }

    private Subscribed(SubscriptionEntitlement facts, Subscribed? before)
    {
        Facts = facts;
        rate = facts is not { RateLimit: { } limit, RateLimitSeconds: { } seconds } ? null
            : before?.rate is { } running && running.Limit == limit && running.Seconds == seconds ? running
            : new CallRate(limit, seconds);
    }

    /// <summary>The feed's newest facts.</summary>
    public SubscriptionEntitlement Facts { get; }

    /// <summary>The limit on the call rate, or null.</summary>
    public CallRate? Rate => rate;

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

    internal (int Live, DateTimeOffset Start) Rank(DateTimeOffset now) =>
        (RefusalAt(now) switch { null => 2, "not_subscribed" => 0, _ => 1 }, Facts.PeriodStart);
}
