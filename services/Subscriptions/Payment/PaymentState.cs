namespace Marketplace.Subscriptions;

/// <summary>What a subscription needs to know of one of its invoices.</summary>
/// <param name="Own">False for an invoice of a subscription that it replaced.</param>
public sealed record InvoiceState(string Kind, string Status, DateTimeOffset? DueAt, bool Own = true);

/// <summary>What the invoices heard so far mean for a subscription. It looks at their present states only, so that the order in which
/// they were heard makes no difference.</summary>
public static class PaymentState
{
    /// <summary>The next event that the invoices justify, with the subscription after it; null when it already stands where they put it.</summary>
    public static (SubscriptionEvent Event, Subscription After)? Next(Subscription subscription, IReadOnlyList<InvoiceState> invoices, DateTimeOffset now)
    {
        if (subscription.Status == SubscriptionStatus.AwaitingPayment)
        {
            return FirstInvoice(subscription, [.. invoices.Where(i => i is { Kind: "initial", Own: true })], now);
        }

        // Uncollectible is still owed. A void invoice is not. The last invoice of what it replaced is owed like its own.
        var owed = invoices.Where(i => i is { Kind: "period" or "change" or "final", Status: "past_due" or "incomplete" }).ToList();
        DateTimeOffset? grace = owed.Count == 0 ? null : owed.Min(i => i.DueAt ?? now) + TimeSpan.FromDays(subscription.Plan.GraceDays);
        return (subscription.Status, grace) switch
        {
            (SubscriptionStatus.Active, not null) => Step(SubscriptionEvent.FellDue, grace),
            (SubscriptionStatus.PastDue or SubscriptionStatus.Suspended, null) => Step(SubscriptionEvent.Settled, null),
            // It keeps its status; only the time at which access ends moves.
            (SubscriptionStatus.PastDue or SubscriptionStatus.Cancelling, _) when grace != subscription.GraceUntil =>
                (grace is null ? SubscriptionEvent.Settled : SubscriptionEvent.FellDue, subscription with { GraceUntil = grace }),
            _ => null,
        };

        (SubscriptionEvent, Subscription)? Step(SubscriptionEvent happened, DateTimeOffset? until) =>
            subscription.After(happened) is { } after ? (happened, after with { GraceUntil = until }) : null;
    }

    private static (SubscriptionEvent, Subscription)? FirstInvoice(Subscription subscription, IReadOnlyList<InvoiceState> initial, DateTimeOffset now)
    {
        if (initial.Any(i => i.Status == "paid"))
        {
            var active = subscription.After(SubscriptionEvent.FirstPayment)! with { ActivatedAt = now };
            // Paid after its first period was over: what was paid for starts now.
            return (SubscriptionEvent.FirstPayment, subscription.PeriodEnd <= now ? active.FirstPeriodFrom(now) : active);
        }

        // The only first invoice was voided: it can never be paid, so the subscription can never start.
        return initial.Count > 0 && initial.All(i => i.Status == "void")
            ? (SubscriptionEvent.Cancelled, subscription.End(SubscriptionEvent.Cancelled, now, "never_paid", atBoundary: false)!)
            : null;
    }
}
