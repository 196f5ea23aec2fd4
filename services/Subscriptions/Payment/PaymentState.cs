namespace Marketplace.Subscriptions;

/// <summary>What a subscription needs to know of one of its invoices.</summary>
/// <param name="Own">False for an invoice of a subscription that it replaced.</param>
/// <param name="CoversFrom">Start of the period whose base price it charges (UTC).</param>
/// <param name="IsRefunded">Whether all that was paid of it has gone back.</param>
/// <param name="BillingModel">Who renews it: see <see cref="Subscription.BillingModel"/>.</param>
public sealed record InvoiceState(string Kind, string Status, DateTimeOffset? DueAt, bool Own = true, DateTimeOffset? CoversFrom = null, bool IsRefunded = false, string? BillingModel = null);

/// <summary>All that payment is derived from.</summary>
/// <param name="Disputes">How each dispute of its payments ended; null for one that is open.</param>
/// <param name="GraceDays">The consumer organization's own, else the plan's.</param>
public sealed record PaymentFacts(IReadOnlyList<InvoiceState> Invoices, IReadOnlyList<string?> Disputes, int GraceDays);

/// <summary>What the invoices and disputes heard so far mean for a subscription. It looks at their present states only, so that the order in which
/// they were heard makes no difference.</summary>
public static class PaymentState
{
    /// <summary>The bank has not decided on one of its payments.</summary>
    public const string Disputed = "payment_disputed";

    /// <summary>What was paid for the newest invoiced period has gone back.</summary>
    public const string Refunded = "payment_refunded";

    /// <summary>The next event that the facts justify, with the subscription after it; null when it already stands where they put it.</summary>
    public static (SubscriptionEvent Event, Subscription After)? Next(Subscription subscription, PaymentFacts facts, PaymentRules rules, DateTimeOffset now)
    {
        if (subscription.Status == SubscriptionStatus.AwaitingPayment)
        {
            return FirstInvoice(subscription, [.. facts.Invoices.Where(i => i is { Kind: "initial", Own: true })], facts.GraceDays, now);
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
        facts.Disputes.Contains(null) ? Disputed
        : rules.AfterFullRefund == PaymentRules.Suspend && IsNewestPeriodRefunded(facts.Invoices, now) ? Refunded
        : null;

    /// <summary>Why the subscription ends, by the installation's rules.</summary>
    public static string? EndReason(PaymentFacts facts, PaymentRules rules, DateTimeOffset now) =>
        rules.AfterLostDispute == PaymentRules.Cancel && facts.Disputes.Contains("lost") ? "dispute_lost"
        : rules.AfterFullRefund == PaymentRules.Cancel && IsNewestPeriodRefunded(facts.Invoices, now) ? Refunded
        : null;

    // From the next period's invoice on it is that one that counts, whether or not it is paid yet: the ordinary rules hold again.
    private static bool IsNewestPeriodRefunded(IReadOnlyList<InvoiceState> invoices, DateTimeOffset now) =>
        invoices.Where(i => i.CoversFrom <= now && i.Status != "void").MaxBy(i => (i.CoversFrom, i.Kind != "initial")) is { Status: "paid", IsRefunded: true };

    private static (SubscriptionEvent, Subscription)? Debt(Subscription subscription, PaymentFacts facts, DateTimeOffset now)
    {
        // The last invoice of what it replaced is owed like its own.
        var grace = EndOfGrace(facts.Invoices.Where(i => i.Kind is "period" or "change" or "final"), facts.GraceDays, now);
        return (subscription.Status, grace) switch
        {
            (SubscriptionStatus.Active, not null) => Step(SubscriptionEvent.FellDue, Moved(null, grace, now)),
            (SubscriptionStatus.PastDue or SubscriptionStatus.Suspended, null) => Step(SubscriptionEvent.Settled, null),
            (SubscriptionStatus.Suspended, _) when grace > now => Step(SubscriptionEvent.GraceExtended, grace),
            // It keeps its status; only the time at which access ends moves.
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

    // Uncollectible is still owed. A void invoice is not.
    private static DateTimeOffset? EndOfGrace(IEnumerable<InvoiceState> invoices, int days, DateTimeOffset now)
    {
        var owed = invoices.Where(i => i.Status is "past_due" or "incomplete").ToList();
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
            return (SubscriptionEvent.Cancelled, subscription.End(SubscriptionEvent.Cancelled, now, "never_paid", atBoundary: false)!);
        }

        // Where its plan says so, the end of grace ends it before it began; else it waits for its payment.
        var grace = subscription.Plan.CancelWhenPastDue ? EndOfGrace(initial, graceDays, now) : null;
        return grace == subscription.GraceUntil ? null : (grace is null ? SubscriptionEvent.Settled : SubscriptionEvent.FellDue, subscription with { GraceUntil = grace });
    }
}
