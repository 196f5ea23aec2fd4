using Marketplace.Contracts.Catalog;
using Marketplace.Contracts.Subscriptions;
using Marketplace.Pricing;
using Marketplace.Storage;

namespace Marketplace.Subscriptions;

/// <summary>What a plan change gives back beyond what it charges must have been paid for: else the credit would pay for something else, and the debt be left.</summary>
internal static class Credit
{
    // What charged the present period: a subscription's own invoice and, while it is in its first period, which its change prorated, that of the one whose place it took, back to one that had a whole period.
    private const string Charged =
        $"""
        {Lineage.With}, charged (id, migrated_from, is_first, plan, period_start, anchor, period_index, billing_model, prepaid, since) as (
            select id, migrated_from, period_index = first_index, plan, period_start, anchor, period_index, billing_model, prepaid, 0 from subscriptions where id = @Id
            union all select s.id, s.migrated_from, s.period_index = s.first_index, s.plan, s.period_start, s.anchor, s.period_index, s.billing_model, s.prepaid, c.since + 1
            from subscriptions s join charged c on s.id = c.migrated_from where c.is_first and s.billed)
        """;

    private const string Charges = "i.subscription_id = c.id and case when c.is_first then i.kind in ('initial', 'change') else i.kind = 'period' and i.covers_from = c.period_start end";

    /// <summary>Whether lines give back what is not known to be paid: an invoice is open, or one of those that charge the present period was not heard of yet. What replaced
    /// subscriptions owe is asked too, because the last one gives back what all of them charged.</summary>
    /// <param name="subscription">Locked, so that no other change comes between.</param>
    public static async Task<bool> IsUnpaid(Transaction transaction, Subscription subscription, IReadOnlyList<PlanChangeLine> lines, CancellationToken cancellation) =>
        lines.Sum(line => line.Amount) < 0 && await transaction.QueryOne<bool>(
            // A later period's invoice was asked for by the closure of the period before. Where there was none, the change charged the begun period itself; without a base price there may be no invoice.
            $"""
            {Charged} select
                exists (select from invoices i join lineage l on l.id = i.subscription_id where i.kind <> 'final' and i.status not in ('paid', 'void'))
                or exists (select from charged c
                    where (c.is_first or ((c.plan -> 'price' ->> 'base')::bigint > 0 and exists (
                            select from closures o join periods p on p.subscription_id = o.subscription_id and p.start_at = o.period_start
                            where o.subscription_id = c.id and o.kind = 'period' and p.end_at = c.period_start)))
                        and not exists (select from invoices i where {Charges}))
            """, new { subscription.Id }, cancellation);

    /// <summary>What was paid of the rest of the present period and is paid still, in minor units before tax; null where nothing of it was given up or taken back, so that all of it is. What a
    /// void invoice charged the provider gave up; of one that something was taken back of, what is left is taken to have paid for the period first. Each second of a period is paid for alike.</summary>
    public static async Task<long?> Paid(Transaction transaction, Subscription subscription, DateTimeOffset at, CancellationToken cancellation)
    {
        if (!subscription.IsPeriodCharged)
        {
            return null;
        }

        var charges = await transaction.Query<Charge>(
            $"""
            {Charged} select c.is_first, c.plan, c.period_start, c.anchor, c.period_index, c.billing_model, c.prepaid, i.kind, i.status,
                coalesce(i.total, 0) as total, coalesce(i.tax, 0) as tax, coalesce(i.taken_back, 0) as taken_back
            from charged c left join invoices i on {Charges} order by c.since desc
            """, new { subscription.Id }, cancellation);
        // From the whole period on, through each change, which took the rest of the one before along.
        var paid = 0m;
        foreach (var (charge, until) in charges.Zip(charges.Skip(1).Select(next => next.PeriodStart).Append(at)))
        {
            paid = charge.Rest(paid + charge.Kept, until);
        }

        return charges.All(charge => charge.Kept == charge.Prepays) ? null : (long)Math.Round(paid, MidpointRounding.AwayFromZero);
    }

    private sealed record Charge
    {
        public bool IsFirst { get; init; }

        public required PlanSnapshot Plan { get; init; }

        public DateTimeOffset PeriodStart { get; init; }

        public DateTimeOffset? Anchor { get; init; }

        public int PeriodIndex { get; init; }

        public string? BillingModel { get; init; }

        public long? Prepaid { get; init; }

        public string? Kind { get; init; }

        public string? Status { get; init; }

        public long Total { get; init; }

        public long Tax { get; init; }

        public long TakenBack { get; init; }

        /// <summary>What is charged for the period. A change charges set-up fees too, a later period's invoice usage of the one before; without an invoice a change charged the period, or nothing did.</summary>
        public long Prepays => Kind switch
        {
            null => IsFirst ? Prepaid ?? 0 : 0,
            "change" => Prepaid ?? (Total - Tax),
            _ => PlanSeats.BasePrice(Plan),
        };

        /// <summary>What of it is paid still.</summary>
        public decimal Kept => Left is { } left ? Math.Min(Prepays, left) : Prepays;

        // Of the whole invoice, before tax; null where nothing was given up or taken back.
        private decimal? Left => Total <= 0 ? null
            : Status == "void" ? 0
            : TakenBack > 0 ? (Total - Tax) * (1 - (decimal)Math.Min(TakenBack, Total) / Total)
            : null;

        /// <summary>The part of an amount for its period that falls on what comes after a time, by whole seconds.</summary>
        public decimal Rest(decimal amount, DateTimeOffset from)
        {
            if (Anchor is not { } anchor)
            {
                return 0;
            }

            var end = BillingCalendar.Of(anchor, Plan, BillingModel == Subscription.RenewedAtStripe).Period(PeriodIndex).End.ToUnixTimeSeconds();
            var whole = end - PeriodStart.ToUnixTimeSeconds();
            return whole <= 0 ? 0 : amount * Math.Clamp(end - from.ToUnixTimeSeconds(), 0, whole) / whole;
        }
    }
}
