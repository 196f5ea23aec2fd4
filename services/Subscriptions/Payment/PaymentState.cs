namespace Marketplace.Subscriptions;

/// <summary>What a subscription needs to know of one of its invoices, or of one of those that it replaced.</summary>
public sealed record InvoiceState
{
    /// <summary>The subscription that it charges.</summary>
    public required string SubscriptionId { get; init; }

    /// <summary>How many changes ago that one was replaced; 0 for the subscription itself.</summary>
    public int Since { get; init; }

    /// <summary>Whether it is of one that the organization had of the product before, and not of the lineage: it is owed, and says nothing of what this one is paid for.</summary>
    public bool IsLeft { get; init; }

    /// <summary>The subscription into whose paid period a <c>change</c> came, so that its invoice gives back of that one; null for any other invoice.</summary>
    public string? Replaces { get; init; }

    /// <summary><c>initial</c>, <c>period</c>, <c>final</c> or <c>change</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>As Invoicing told it.</summary>
    public required string Status { get; init; }

    /// <summary>When it falls due (UTC).</summary>
    public DateTimeOffset? DueAt { get; init; }

    /// <summary>Start of the period whose base price it charges (UTC).</summary>
    public DateTimeOffset? CoversFrom { get; init; }

    /// <summary>End of that period (UTC), exclusive; null where that was not told.</summary>
    public DateTimeOffset? CoversTo { get; init; }

    /// <summary>Who renews it: see <see cref="Subscription.BillingModel"/>.</summary>
    public string? BillingModel { get; init; }

    /// <summary>What it is over, with tax, minor units.</summary>
    public long Total { get; init; }

    /// <summary>What the payer paid, minor units.</summary>
    public long Paid { get; init; }

    /// <summary>What paid it in all, the customer's balance too, minor units.</summary>
    public long Settled { get; init; }

    /// <summary>What went back to the payer, minor units.</summary>
    public long Refunded { get; init; }

    /// <summary>What is taken back of <see cref="Total"/>, before and after payment and wherever it went, minor units.</summary>
    public long TakenBack { get; init; }

    /// <summary>What is to be paid for it or was, minor units; below zero for a change that gave back.</summary>
    public long Charged => Status == "paid" && Total >= 0 ? Settled : Total;

    /// <summary>What of <see cref="Settled"/> went back: to the payer, and to the balance as far as that had paid it. A lost dispute and a refund that failed count at most for the balance's part.</summary>
    public long GivenBack => Refunded + Math.Clamp(TakenBack - Math.Max(0, Total - Settled) - Refunded, 0, Math.Max(0, Settled - Paid));
}

/// <summary>A dispute of a payment.</summary>
/// <param name="Outcome">How it ended; null for one that is open.</param>
/// <param name="Own">False for a payment of a subscription that was replaced, or that this one follows.</param>
public sealed record DisputeState(string? Outcome, bool Own = true);

/// <summary>All that payment is derived from.</summary>
/// <param name="GraceDays">The consumer organization's own, else the plan's.</param>
/// <param name="IsPaid">Whether the subscription's plan costs anything.</param>
public sealed record PaymentFacts(IReadOnlyList<InvoiceState> Invoices, IReadOnlyList<DisputeState> Disputes, int GraceDays, bool IsPaid = true);

/// <summary>What the invoices and disputes heard so far mean for a subscription. It looks at their present states only, so that the order in which
/// they were heard makes no difference.</summary>
public static class PaymentState
{
    /// <summary>The bank has not decided on one of its payments.</summary>
    public const string Disputed = "payment_disputed";

    /// <summary>What was paid for the newest invoiced period has gone back.</summary>
    public const string Refunded = "payment_refunded";

    /// <summary>The invoices that are owed when they are not paid: a first one gives no access before it is.</summary>
    internal static readonly string[] OwedKinds = ["period", "change", "final"];

    /// <summary>How they stand then. Uncollectible is still owed; a void invoice is not.</summary>
    internal static readonly string[] OwedStatuses = ["past_due", "incomplete"];

    /// <summary>The next event that the facts justify, with the subscription after it; null when it already stands where they put it.</summary>
    public static (SubscriptionEvent Event, Subscription After)? Next(Subscription subscription, PaymentFacts facts, PaymentRules rules, DateTimeOffset now)
    {
        if (subscription.Status == SubscriptionStatus.AwaitingPayment)
        {
            // What ends the subscription whose place it took ends it before it begins: a payment that comes all the same goes back. Its own payment was heard of too late, and comes first.
            return EndsByDispute(facts.Disputes.Where(d => !d.Own), rules)
                ? NeverPaid(subscription, now)
                : FirstInvoice(subscription, [.. facts.Invoices.Where(i => i is { Kind: "initial", Since: 0 })], facts.GraceDays, now);
        }

        if (!subscription.IsRunning)
        {
            return null;
        }

        if (EndReason(facts, rules, now) is { } reason)
        {
            return (SubscriptionEvent.Cancelled, subscription.End(SubscriptionEvent.Cancelled, now, reason, atBoundary: false)!);
        }

        return Debt(subscription, facts, now) ?? Held(subscription, HoldReason(facts, rules, now));
    }

    /// <summary>Why access is withheld whatever the status: an open dispute, or a period whose payment went back.</summary>
    public static string? HoldReason(PaymentFacts facts, PaymentRules rules, DateTimeOffset now) =>
        facts.Disputes.Any(d => d.Outcome is null) ? Disputed
        : rules.AfterFullRefund == PaymentRules.Suspend && IsRefunded(facts, now) ? Refunded
        : null;

    /// <summary>Why the subscription ends, by the installation's rules.</summary>
    public static string? EndReason(PaymentFacts facts, PaymentRules rules, DateTimeOffset now) =>
        EndsByDispute(facts.Disputes, rules) ? "dispute_lost"
        : rules.AfterFullRefund == PaymentRules.Cancel && IsRefunded(facts, now) ? Refunded
        : null;

    private static bool EndsByDispute(IEnumerable<DisputeState> disputes, PaymentRules rules) => rules.AfterLostDispute == PaymentRules.Cancel && disputes.Any(d => d.Outcome == "lost");

    // Whoever has a free plan now has nothing of what was paid before.
    private static bool IsRefunded(PaymentFacts facts, DateTimeOffset now) => facts.IsPaid && InvoicedPeriod.IsGivenBack([.. facts.Invoices.Where(i => !i.IsLeft)], now);

    private static (SubscriptionEvent, Subscription)? Debt(Subscription subscription, PaymentFacts facts, DateTimeOffset now)
    {
        // The last invoice of what it replaced or follows is owed like its own.
        var grace = EndOfGrace(facts.Invoices.Where(i => OwedKinds.Contains(i.Kind)), facts.GraceDays, now);
        return (subscription.Status, grace) switch
        {
            (SubscriptionStatus.Active, not null) => Step(SubscriptionEvent.FellDue, Moved(null, grace, now)),
            (SubscriptionStatus.PastDue or SubscriptionStatus.Suspended, null) => Step(SubscriptionEvent.Settled, null),
            (SubscriptionStatus.Suspended, _) when grace > now => Step(SubscriptionEvent.GraceExtended, grace),
            // It keeps its status; only the time at which access ends moves.
            // A trial is not cut short by what it follows, cancelled or not.
            (SubscriptionStatus.Cancelling, _) when subscription.Anchor is null => null,
            (SubscriptionStatus.PastDue or SubscriptionStatus.Cancelling, _) when Moved(subscription.GraceUntil, grace, now) is var until && until != subscription.GraceUntil =>
                (grace is null ? SubscriptionEvent.Settled : SubscriptionEvent.FellDue, subscription with { GraceUntil = until }),
            _ => null,
        };

        (SubscriptionEvent, Subscription)? Step(SubscriptionEvent happened, DateTimeOffset? until) =>
            subscription.After(happened) is { } after ? (happened, after with { GraceUntil = until }) : null;
    }

    // There was access until now, or until its grace was over: what makes it shorter, or is heard of only when it would be over, takes the rest and nothing of that.
    private static DateTimeOffset? Moved(DateTimeOffset? running, DateTimeOffset? grace, DateTimeOffset now) =>
        grace < now && (running is null || grace < running) ? running < now ? running : now : grace;

    private static DateTimeOffset? EndOfGrace(IEnumerable<InvoiceState> invoices, int days, DateTimeOffset now)
    {
        var owed = invoices.Where(i => OwedStatuses.Contains(i.Status)).ToList();
        return owed.Count == 0 ? null : owed.Min(i => i.DueAt ?? now) + TimeSpan.FromDays(days);
    }

    private static (SubscriptionEvent, Subscription)? Held(Subscription subscription, string? reason) => reason == subscription.HeldFor
        ? null
        : (reason is null ? SubscriptionEvent.PaymentReleased : SubscriptionEvent.PaymentHeld, subscription with { HeldFor = reason });

    private static (SubscriptionEvent, Subscription)? FirstInvoice(Subscription subscription, IReadOnlyList<InvoiceState> initial, int graceDays, DateTimeOffset now)
    {
        if (initial.FirstOrDefault(i => i.Status == "paid") is { } paid)
        {
            var active = subscription.After(SubscriptionEvent.FirstPayment)! with { ActivatedAt = now, GraceUntil = null };
            if (paid is { BillingModel: Subscription.RenewedAtStripe, CoversFrom: { } from })
            {
                // Stripe's first period is the first; every later one counts from it, there and here.
                return (SubscriptionEvent.FirstPayment, (active with { BillingModel = paid.BillingModel }).FirstPeriodFrom(from));
            }

            // Paid after its first period was over: what was paid for starts now.
            return (SubscriptionEvent.FirstPayment, subscription.PeriodEnd <= now ? active.FirstPeriodFrom(now) : active);
        }

        // The only first invoice was voided: it can never be paid, so the subscription can never start.
        if (initial.Count > 0 && initial.All(i => i.Status == "void"))
        {
            return NeverPaid(subscription, now);
        }

        // Where its plan says so, the end of grace ends it before it began; else it waits for its payment.
        var grace = subscription.Plan.CancelWhenPastDue ? EndOfGrace(initial, graceDays, now) : null;
        return grace == subscription.GraceUntil ? null : (grace is null ? SubscriptionEvent.Settled : SubscriptionEvent.FellDue, subscription with { GraceUntil = grace });
    }

    private static (SubscriptionEvent, Subscription) NeverPaid(Subscription subscription, DateTimeOffset now) =>
        (SubscriptionEvent.Cancelled, subscription.End(SubscriptionEvent.Cancelled, now, "never_paid", atBoundary: false)!);
}
