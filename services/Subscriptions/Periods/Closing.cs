using Marketplace.Contracts.Subscriptions;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;

namespace Marketplace.Subscriptions;

/// <summary>What is closed.</summary>
/// <param name="Kind"><c>period</c>, <c>final</c> or <c>late</c> (usage that came after the final one).</param>
/// <param name="Together">Earlier charged periods that a final closure found still open.</param>
/// <param name="BasePricesDue">Periods whose base prices are due with it: see <see cref="Closing.BasePricesDue"/>.</param>
internal sealed record ClosedPeriod(
    string Kind, DateTimeOffset Start, DateTimeOffset End, DateTimeOffset? NextStart, DateTimeOffset? NextEnd, IReadOnlyList<MeteredSpan>? Together = null, IReadOnlyList<MeteredSpan>? BasePricesDue = null);

/// <summary>Carries usage to Invoicing: takes everything that no closure has carried yet, up to and including the closed period, and marks it
/// carried in the same transaction. What comes in later is late usage of its period and waits for the next closure.</summary>
internal static class Closing
{
    /// <summary>What a closure carries: the usage of every period of which something waits; of a running subscription, of no later period than the closed one,
    /// so that what the next one has gathered since midnight is left alone.</summary>
    public const string WaitingUsage =
        """
        select period_start, period_end, api_id, unit, day, gateway_id, quantity, closed from usage u
        where subscription_id = @Id and charged and (@All or period_start <= @Start)
            and exists (select 1 from usage w where w.subscription_id = u.subscription_id and w.period_start = u.period_start and w.quantity > w.closed)
        order by period_start, unit, api_id, day, gateway_id
        """;

    /// <summary>Announces a closure of a locked subscription; false when there is nothing to tell (late usage only).</summary>
    public static async Task<bool> Announce(
        Transaction transaction, Subscription subscription, ClosedPeriod period, DateTimeOffset now, CancellationToken cancellation)
    {
        var usage = await TakeUsage(transaction, subscription, period, cancellation);
        if (usage.Count == 0 && period.Kind == "late")
        {
            return false;
        }

        var number = 1 + await transaction.QueryOne<int>(
            "select coalesce(max(number), 0) from closures where subscription_id = @Id", subscription, cancellation);
        var id = Ids.Of("clo", subscription.Id, number.ToString());
        await transaction.Execute(
            "insert into closures (id, subscription_id, period_start, kind, number, closed_at) values (@id, @SubscriptionId, @Start, @Kind, @number, @now)",
            new { id, SubscriptionId = subscription.Id, period.Start, period.Kind, number, now }, cancellation);
        await transaction.Announce(
            new MeteringPeriodClosed(
                id, subscription.Id, subscription.OrganizationId, period.Kind == "period" ? "period_end" : subscription.Status == SubscriptionStatus.Migrated ? "migration" : "cancellation", subscription.Plan,
                period.Start, period.End, period.NextStart, period.NextEnd, usage, now, period.Together is { Count: > 0 } together ? together : null,
                period.BasePricesDue is { Count: > 0 } due ? due : null),
            cancellation);
        return true;
    }

    private static async Task<IReadOnlyList<PeriodUsage>> TakeUsage(
        Transaction transaction, Subscription subscription, ClosedPeriod period, CancellationToken cancellation)
    {
        var rows = await transaction.Query<UsageRow>($"{WaitingUsage} for update", new { subscription.Id, All = period.Kind != "period", period.Start }, cancellation);
        await transaction.Execute(
            """
            update usage u set closed = d.quantity
            from unnest(@Periods, @Apis, @Units, @Days, @Gateways, @Quantities) d (period_start, api_id, unit, day, gateway_id, quantity)
            where u.subscription_id = @Id and u.period_start = d.period_start and u.api_id = d.api_id and u.unit = d.unit and u.day = d.day and u.gateway_id = d.gateway_id
            """,
            new
            {
                subscription.Id,
                Periods = rows.Select(r => r.PeriodStart.UtcDateTime).ToArray(),
                Apis = rows.Select(r => r.ApiId).ToArray(),
                Units = rows.Select(r => r.Unit).ToArray(),
                Days = rows.Select(r => r.Day).ToArray(),
                Gateways = rows.Select(r => r.GatewayId).ToArray(),
                Quantities = rows.Select(r => r.Quantity).ToArray(),
            }, cancellation);
        return Sorted(subscription, rows);
    }

    /// <summary>Of the open periods of a subscription that ended, those that began before the one before them was closed, whole. A base price is told with that closure, hours after the period began: whoever ends the subscription in between
    /// owes it like whoever ends it later. A change of plan has charged it itself; who was given its money back is charged nothing more.</summary>
    public static IReadOnlyList<MeteredSpan> BasePricesDue(Subscription subscription, IReadOnlyList<MeteredSpan> open) =>
        subscription.Status == SubscriptionStatus.Migrated || subscription.EndReason == PaymentState.Refunded ? []
        : [.. open.Where(o => o.Start < subscription.PeriodEnd && open.Any(before => before.End == o.Start)).Select(o => o.Start == subscription.PeriodStart
            ? o with { End = subscription.CalendarFrom(subscription.Anchor!.Value).Period(subscription.PeriodIndex).End } : o)];

    /// <summary>Usage as it is charged.</summary>
    public static IReadOnlyList<PeriodUsage> Sorted(Subscription subscription, IEnumerable<UsageRow> rows) =>
        MeteredUnits.Of(subscription.Plan, rows.Select(r => new ApiUnits(
            r.ApiId, r.PeriodStart, r.PeriodEnd > subscription.EndedAt ? subscription.EndedAt.Value : r.PeriodEnd, r.Day, r.Closed, r.Quantity - r.Closed, r.Unit)));

    /// <summary>A row of usage.</summary>
    internal sealed record UsageRow(
        DateTimeOffset PeriodStart, DateTimeOffset PeriodEnd, string ApiId, string Unit, DateOnly Day, string GatewayId, long Quantity, long Closed);
}
