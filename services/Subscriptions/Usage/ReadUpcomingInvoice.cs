using System.Globalization;
using Marketplace.Contracts.Subscriptions;
using Marketplace.Pricing;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Subscriptions;

/// <summary>The invoice that comes next, as it stands at this moment.</summary>
/// <param name="Kind"><c>initial</c> (after a trial), <c>period</c> or <c>final</c>; null when none is to come.</param>
/// <param name="Period">The period whose usage it charges; null where none is.</param>
/// <param name="IssuedAt">When it will be made (UTC); usage until then is still to be added.</param>
/// <param name="Total">What it comes to with the usage reported so far; taxes and credits at Stripe aside. Null, and no lines, where more was used than can be rated: such an invoice is
/// made by nobody before an operator has looked.</param>
public sealed record UpcomingInvoiceAnswer(
    string SubscriptionId, string? Kind, PeriodAnswer? Period, DateTimeOffset? IssuedAt, MoneyAnswer? Total, IReadOnlyList<UpcomingLineAnswer> Lines);

/// <summary>One line of it.</summary>
/// <param name="UnitAmount">Minor units, a decimal string.</param>
public sealed record UpcomingLineAnswer(string Kind, string Description, string? Unit, long Quantity, string UnitAmount, MoneyAnswer Amount, PeriodAnswer Period)
{
    /// <summary>Lines as they are answered.</summary>
    internal static IReadOnlyList<UpcomingLineAnswer> Of(IEnumerable<RatedLine> lines, string currency) => [.. lines.Select(l => new UpcomingLineAnswer(
        l.Kind, l.Description, l.Unit, l.Quantity, l.UnitAmount.ToString("0.############", CultureInfo.InvariantCulture), new(l.Amount, currency), new(l.PeriodStart, l.PeriodEnd)))];
}

/// <summary>What the usage so far would cost: the period's closure as it would be told now, rated by the rules that Invoicing rates it by. Writes nothing.</summary>
public static class ReadUpcomingInvoice
{
    /// <summary>For those who may read the subscription's invoices: the consumer's billing roles and the provider's members.</summary>
    public static async Task<Results<Ok<UpcomingInvoiceAnswer>, ProblemHttpResult>> Handle(
        string id, Caller caller, Database database, TimeProvider clock, CancellationToken cancellation)
    {
        if (await ReadSubscriptions.Visible(id, caller, database, cancellation) is not { } subscription)
        {
            return Problem.NotFound("subscription", id);
        }

        if (!caller.Sees(subscription.ProviderOrganizationId) && !caller.Has(subscription.OrganizationId, Roles.ConsumerBilling))
        {
            return Problem.RoleMissing(subscription.OrganizationId, Roles.ConsumerBilling);
        }

        if (!subscription.IsPaid)
        {
            return TypedResults.Ok(Show(subscription, null, null, null, []));
        }

        if (subscription is { Status: SubscriptionStatus.Trialing, PeriodEnd: { } trialEnd })
        {
            var first = subscription.CalendarFrom(trialEnd).Period(0);
            return TypedResults.Ok(Show(subscription, "initial", null, trialEnd, Rating.First(subscription.ProductTitle, subscription.Plan, first.Start, first.End)));
        }

        var open = await database.Query<MeteredSpan>(
            """select start_at as start, end_at as "end" from periods where subscription_id = @id and charged and closed_at is null order by start_at""", new { id }, cancellation);
        if (open.Count == 0 || subscription is { EndedAt: not null, FinalDue: null })
        {
            return TypedResults.Ok(Show(subscription, null, null, null, []));
        }

        var closed = await AsIfClosed(subscription, open, database, clock.Now(), cancellation);
        return TypedResults.Ok(Show(
            subscription, closed.NextPeriodStart is null ? "final" : "period", new(closed.PeriodStart, closed.PeriodEnd),
            subscription.FinalDue ?? closed.PeriodEnd + Subscription.MeteringClosesAfter, Rate(subscription, closed)));
    }

    // Null where an invoice over it would be parked.
    private static IReadOnlyList<RatedLine>? Rate(Subscription subscription, MeteringPeriodClosed closed)
    {
        try
        {
            return Rating.Closed(subscription.ProductTitle, closed);
        }
        catch (RatingBoundsException)
        {
            return null;
        }
    }

    // A running subscription closes its oldest open period next; one that ended, all of them at once.
    private static async Task<MeteringPeriodClosed> AsIfClosed(
        Subscription subscription, IReadOnlyList<MeteredSpan> open, Database database, DateTimeOffset now, CancellationToken cancellation)
    {
        var hasEnded = subscription.EndedAt is not null;
        var period = hasEnded ? open[^1] : open[0];
        var next = hasEnded || (period.Start == subscription.PeriodStart && await IsLast(subscription, database, cancellation)) ? default((DateTimeOffset Start, DateTimeOffset End)?) : Following(subscription, period);
        var rows = await database.Query<Closing.UsageRow>(Closing.WaitingUsage, new { subscription.Id, All = hasEnded, period.Start }, cancellation);
        return new(
            "", subscription.Id, subscription.OrganizationId, hasEnded ? "cancellation" : "period_end", subscription.Plan, period.Start, period.End, next?.Start, next?.End,
            Closing.Sorted(subscription, rows), now, hasEnded ? [.. open.SkipLast(1)] : null, hasEnded ? Closing.BasePricesDue(subscription, open) : null);
    }

    // Where a plan change waits for the period's end, the next base price is on that one's own invoice.
    private static async Task<bool> IsLast(Subscription subscription, Database database, CancellationToken cancellation) =>
        subscription.Status == SubscriptionStatus.Cancelling || subscription.IsInLastPeriod
        || await database.QueryOne<bool>($"select exists ({AtBoundary.Waiting})", subscription, cancellation);

    private static (DateTimeOffset Start, DateTimeOffset End) Following(Subscription subscription, MeteredSpan period)
    {
        var calendar = subscription.CalendarFrom(subscription.Anchor!.Value);
        return calendar.Period(calendar.IndexAt(period.End));
    }

    private static UpcomingInvoiceAnswer Show(Subscription subscription, string? kind, PeriodAnswer? period, DateTimeOffset? issuedAt, IReadOnlyList<RatedLine>? lines)
    {
        var currency = subscription.Plan.Currency.ToLowerInvariant();
        return new(subscription.Id, kind, period, issuedAt, lines is null ? null : new(lines.Sum(l => l.Amount), currency), UpcomingLineAnswer.Of(lines ?? [], currency));
    }
}
