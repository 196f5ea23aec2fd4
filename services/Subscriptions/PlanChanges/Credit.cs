using Marketplace.Contracts.Subscriptions;
using Marketplace.Storage;

namespace Marketplace.Subscriptions;

/// <summary>What a consumer's plan change gives back beyond what it charges must have been paid for: else the credit would pay for something else, and the debt be left.</summary>
internal static class Credit
{
    /// <summary>Whether lines give back what is not known to be paid. An invoice that was not heard of yet counts as unpaid, and so does a void one of the present period; what replaced
    /// subscriptions owe is asked too, because the last one gives back what all of them charged.</summary>
    /// <param name="subscription">Locked, so that no other change comes between.</param>
    public static async Task<bool> IsUnpaid(Transaction transaction, Subscription subscription, IReadOnlyList<PlanChangeLine> lines, CancellationToken cancellation)
    {
        if (lines.Sum(line => line.Amount) >= 0)
        {
            return false;
        }

        // Credit is given of the present period alone, and only where its invoice was asked for.
        var from = subscription.CalendarFrom(subscription.Anchor!.Value).Period(subscription.PeriodIndex).Start;
        return await transaction.QueryOne<bool>(
            $"""
            {Lineage.With} select
                exists (select from invoices i join lineage l on l.id = i.subscription_id
                    where i.kind <> 'final' and (i.status not in ('paid', 'void') or (i.status = 'void' and i.covers_from >= @from)))
                or exists (select from subscriptions s join lineage l on l.id = s.id
                    where s.id <> @Id and s.billed and s.migrated_from is not null and s.period_start >= @from
                        and not exists (select from invoices i where i.subscription_id = s.id and i.kind in ('initial', 'change')))
                or not exists (select from invoices i where i.subscription_id = @Id and i.status = 'paid'
                    and case when @IsFirst then i.kind in ('initial', 'change') else i.kind = 'period' and i.covers_from = @PeriodStart end)
            """,
            new { subscription.Id, from, IsFirst = subscription.PeriodIndex == subscription.FirstIndex, subscription.PeriodStart }, cancellation);
    }
}
