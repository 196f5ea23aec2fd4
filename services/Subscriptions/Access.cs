namespace Marketplace.Subscriptions;

/// <summary>What a subscription lets through, as the gateway enforces it by itself.</summary>
/// <param name="Refusal">Null while access exists, else the code it is refused with.</param>
/// <param name="Until">When access ends unless something happens (UTC); null for no end in sight.</param>
/// <param name="RefusalAfter">The code from <paramref name="Until"/> on.</param>
public sealed record Access(string? Refusal, DateTimeOffset? Until = null, string? RefusalAfter = null)
{
    private const string PaymentRequired = "payment_required";
    private const string SubscriptionSuspended = "subscription_suspended";
    private const string NotSubscribed = "not_subscribed";

    /// <summary>The access of a subscription.</summary>
    public static Access Of(Subscription subscription) => subscription.Status switch
    {
        SubscriptionStatus.AwaitingPayment or SubscriptionStatus.Suspended => new(PaymentRequired),
        _ when !Exists(subscription.Status) => new(NotSubscribed),
        _ when !subscription.OrganizationEnabled => new(SubscriptionSuspended),
        _ when subscription.HeldFor is { } held => new(held),
        SubscriptionStatus.Trialing => new(null, subscription.TrialUntil, PaymentRequired),
        SubscriptionStatus.PastDue => new(null, subscription.GraceUntil, subscription.Plan.CancelWhenPastDue ? NotSubscribed : PaymentRequired),
        SubscriptionStatus.Cancelling => new(null, Earlier(subscription.GraceUntil, subscription.PeriodEnd), NotSubscribed),
        _ when subscription.IsInLastPeriod => new(null, subscription.PeriodEnd, NotSubscribed),
        _ => new(Refusal: null),
    };

    /// <summary>Whether a status gives access at all; in the grace period the time decides too.</summary>
    public static bool Exists(SubscriptionStatus status) =>
        status is SubscriptionStatus.Trialing or SubscriptionStatus.Active or SubscriptionStatus.Cancelling or SubscriptionStatus.PastDue;

    private static DateTimeOffset? Earlier(DateTimeOffset? a, DateTimeOffset? b) => a is null || b < a ? b ?? a : a;
}
