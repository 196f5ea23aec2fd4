using System.ComponentModel.DataAnnotations;
using Marketplace.Contracts.Catalog;
using Marketplace.Contracts.Subscriptions;
using Marketplace.Pricing;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Marketplace.Subscriptions;

/// <summary>Whose prices are compared: those of a migration, or a plan's subscribers with another plan.</summary>
public sealed record PriceComparisonQuery(
    [property: FromQuery(Name = "migrationId"), PlainText(60)] string? MigrationId = null,
    [property: FromQuery(Name = "planId"), PlainText(60)] string? PlanId = null,
    [property: FromQuery(Name = "targetPlanId"), PlainText(60)] string? TargetPlanId = null);

/// <summary>What one subscriber pays for a period now, and would pay under the other plan, for what it really used.</summary>
/// <param name="Period">Its last period that is over, or the current one where none is; null before its first. Usage is what was reported of it so far.</param>
/// <param name="PeriodIsOver">Whether the period's usage is whole.</param>
/// <param name="After">Null where the subscription would be cancelled.</param>
/// <param name="Difference">After less before; null where they cannot be compared.</param>
/// <param name="NotComparable">Why there is no difference: <c>cancelled</c>, <c>currency</c>, <c>billing_period</c>, <c>seats_out_of_bounds</c>
/// (the other plan does not sell as many seats), or <c>out_of_bounds</c>.</param>
/// <param name="UnmeteredUnits">Units that the other plan charges and the present one does not count: they are left out.</param>
/// <param name="MoveNow">What the move itself would charge at this moment; only of a migration that moves at once, or on a date, and not with the end of each period.</param>
public sealed record PriceComparisonAnswer(
    string SubscriptionId, string OrganizationId, PeriodAnswer? Period, bool PeriodIsOver, PlanPriceAnswer Before, PlanPriceAnswer? After,
    MoneyAnswer? Difference, string? NotComparable, IReadOnlyList<string> UnmeteredUnits, MoveNowAnswer? MoveNow = null);

/// <summary>What a period costs under a plan, set-up fees and taxes aside.</summary>
/// <param name="Usage">What its usage comes to.</param>
/// <param name="Total">Null where it comes to more than can be rated.</param>
/// <param name="Seats">How many it has, or would have; null where the plan sells none.</param>
public sealed record PlanPriceAnswer(
    string PlanId, string Title, BillingPeriodAnswer BillingPeriod, MoneyAnswer Base, MoneyAnswer? Usage, MoneyAnswer? Total, IReadOnlyList<UpcomingLineAnswer> Lines,
    int? Seats = null);

/// <summary><c>GET /v1/subscriptions/price-comparisons</c>: for the provider's product managers, before they move subscribers or tell them of new prices. Reads only.</summary>
public static class ComparePrices
{
    /// <summary>Every live subscriber that it concerns, newest first.</summary>
    public static async Task<Results<Ok<Page<PriceComparisonAnswer>>, ProblemHttpResult>> Handle(
        [AsParameters] PriceComparisonQuery query, [AsParameters] PageQuery page, Caller caller, Database database, TimeProvider clock, CancellationToken cancellation)
    {
        if (query.MigrationId is null == (query.PlanId is null || query.TargetPlanId is null))
        {
            return Problem.Invalid("migrationId", "Name either a migration, or planId and targetPlanId.");
        }

        var (asked, refusal) = await Compared.Find(query, caller, database, cancellation);
        if (asked is null)
        {
            return refusal!;
        }

        var rows = await database.Query<Subscription>(
            $"""
            {Subscription.Select}
            where s.plan_id = any(@Plans) and s.provider_organization_id = @Provider and s.id < @After and (@Only::text[] is null or s.id = any(@Only)) and s.{Subscription.Live}
            order by s.id desc limit @Take
            """, new { Plans = asked.Targets.Keys.ToArray(), asked.Provider, asked.Only, page.After, page.Take }, cancellation);
        var shown = Page<Subscription>.Of(rows, page, row => row.Id);
        var used = await Usage(database, shown.Data, clock.Now(), cancellation);
        var moves = new Dictionary<string, MoveNowAnswer>(StringComparer.Ordinal);
        foreach (var subscription in asked.MovesAtOnce is null ? [] : shown.Data)
        {
            moves[subscription.Id] = await MoveNow.Preview(database, subscription.Id, asked.MovesAtOnce!, clock, cancellation);
        }

        return TypedResults.Ok(shown.Select(s => Compare(s, asked.Targets[s.PlanId], asked.ApiIds, used[s.Id], clock.Now()) with { MoveNow = moves.GetValueOrDefault(s.Id) }));
    }

    private static PriceComparisonAnswer Compare(Subscription subscription, PlanSnapshot? target, IReadOnlyList<string>? apiIds, UsedInPeriod used, DateTimeOffset now)
    {
        var before = Price(subscription.ProductTitle, subscription.Plan, used);
        // Calls of an API that the other product does not have would not be made under it.
        var kept = used with { Units = [.. used.Units.Where(u => apiIds is null || apiIds.Contains(u.ApiId))] };
        target = target is null ? null : PlanSeats.Take(target, subscription.Plan.Seats);
        var after = target is null ? null : Price(subscription.ProductTitle, target, kept);
        var obstacle = target is null ? "cancelled"
            : !string.Equals(target.Currency, subscription.Plan.Currency, StringComparison.OrdinalIgnoreCase) ? "currency"
            : (target.PeriodUnit, target.PeriodCount) != (subscription.Plan.PeriodUnit, subscription.Plan.PeriodCount) ? "billing_period"
            : !PlanSeats.Fit(target) ? Obstacle.SeatsOutOfBounds
            : before.Total is null || after!.Total is null ? "out_of_bounds"
            : null;
        return new(
            subscription.Id, subscription.OrganizationId, used is { PeriodStart: { } from, PeriodEnd: { } to } ? new(from, to) : null, used.PeriodEnd <= now, before, after,
            obstacle is null ? new(after!.Total!.Amount - before.Total!.Amount, before.Total.Currency) : null, obstacle,
            target is null ? [] : [.. MeteredUnits.OwnUnits(target).Except(MeteredUnits.OwnUnits(subscription.Plan))]);
    }

    private static PlanPriceAnswer Price(string product, PlanSnapshot plan, UsedInPeriod used)
    {
        var currency = plan.Currency.ToLowerInvariant();
        var charged = Subscription.CostsMoney(plan) ? PlanSeats.BasePrice(plan) : 0;
        IReadOnlyList<RatedLine>? lines = null;
        try
        {
            lines = PricedPeriod.Of(product, plan, used);
        }
        catch (RatingBoundsException)
        {
            // Told by the missing total: an invoice over it would be parked.
        }

        var total = lines?.Sum(l => l.Amount);
        return new(
            plan.PlanId, plan.Title, new(plan.PeriodUnit, plan.PeriodCount), new(charged, currency), total is { } all ? new(all - charged, currency) : null,
            total is { } sum ? new(sum, currency) : null, UpcomingLineAnswer.Of(lines ?? [], currency), plan.Seats);
    }

    // Charged periods before trials, periods that are over before the one that runs, the last of them.
    private static async Task<Dictionary<string, UsedInPeriod>> Usage(Database database, IReadOnlyList<Subscription> subscriptions, DateTimeOffset now, CancellationToken cancellation)
    {
        var ids = subscriptions.Select(s => s.Id).ToArray();
        var periods = await database.Query<Span>(
            """
            select distinct on (subscription_id) subscription_id, start_at, end_at from periods where subscription_id = any(@ids) and start_at <= @now
            order by subscription_id, charged desc, end_at <= @now desc, start_at desc
            """, new { ids, now }, cancellation);
        var units = (await database.Query<Units>(
            """
            select u.subscription_id, u.api_id, u.unit, u.day, sum(u.quantity)::bigint as quantity
            from usage u join unnest(@ids, @starts) p (subscription_id, start_at) on p.subscription_id = u.subscription_id and p.start_at = u.period_start
            group by u.subscription_id, u.api_id, u.unit, u.day
            """, new { ids = periods.Select(p => p.SubscriptionId).ToArray(), starts = periods.Select(p => p.StartAt.UtcDateTime).ToArray() }, cancellation))
            .ToLookup(u => u.SubscriptionId, StringComparer.Ordinal);
        var found = periods.ToDictionary(
            p => p.SubscriptionId,
            p => new UsedInPeriod(p.StartAt, p.EndAt, [.. units[p.SubscriptionId].Select(u => new ApiUnits(u.ApiId, p.StartAt, p.EndAt, u.Day, 0, u.Quantity, u.Unit))]), StringComparer.Ordinal);
        return ids.ToDictionary(id => id, id => found.GetValueOrDefault(id) ?? new(null, null, []), StringComparer.Ordinal);
    }

    private sealed record Span(string SubscriptionId, DateTimeOffset StartAt, DateTimeOffset EndAt);

    private sealed record Units(string SubscriptionId, string ApiId, string Unit, DateOnly Day, long Quantity);
}
