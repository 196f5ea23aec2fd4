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
        {Lineage.With}, charged (id, migrated_from, is_first, anchor, plan, period_start) as (
            select id, migrated_from, period_index = first_index, anchor, plan, period_start from subscriptions where id = @Id
            union all select s.id, s.migrated_from, s.period_index = s.first_index, s.anchor, s.plan, s.period_start
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

    /// <summary>What void invoices charged of the rest of the present period, in minor units: the provider gave it up, so nobody has paid it and it is not given back. Of a period that
    /// another calendar counted, all of it.</summary>
    public static async Task<long> GivenUp(Transaction transaction, Subscription subscription, DateTimeOffset at, CancellationToken cancellation)
    {
        if (!subscription.IsPeriodCharged)
        {
            return 0;
        }

        var end = subscription.CalendarFrom(subscription.Anchor!.Value).Period(subscription.PeriodIndex).End;
        var given = await transaction.Query<VoidCharge>(
            $"{Charged} select c.is_first, c.anchor, c.plan, c.period_start, i.total from charged c join invoices i on {Charges} where i.status = 'void' and i.total > 0", new { subscription.Id }, cancellation);
        return given.Sum(of =>
        {
            // A later period's invoice charges usage too, of the period before.
            var amount = of.IsFirst ? of.Total : Math.Min(of.Total, PlanSeats.BasePrice(of.Plan));
            return of.Anchor == subscription.Anchor ? Rating.Prorate(amount, (of.PeriodStart, end), at, end) : amount;
        });
    }

    private sealed record VoidCharge
    {
        public bool IsFirst { get; init; }

        public DateTimeOffset? Anchor { get; init; }

        public required PlanSnapshot Plan { get; init; }

        public DateTimeOffset PeriodStart { get; init; }

        public long Total { get; init; }
    }
}
