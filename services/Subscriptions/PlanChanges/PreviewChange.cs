using Marketplace.Contracts.Subscriptions;
using Marketplace.Pricing;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Subscriptions;

/// <summary>What a plan change would cost if it were made at <paramref name="At"/>. What was used under the present plan is charged apart, by its <paramref name="LastInvoice"/>.</summary>
/// <param name="Lines">The lines of the invoice for the change, credits below zero.</param>
/// <param name="Total">Their sum; below zero it is kept for the next invoice.</param>
/// <param name="Status">The new subscription's status: while <c>awaiting_payment</c>, access waits for the first invoice's payment.</param>
/// <param name="Period">The new subscription's first period.</param>
/// <param name="NextBase">The base price of each period after that, of all seats.</param>
/// <param name="UndoableUntil">Until when it could be taken back (UTC); null when it could not.</param>
/// <param name="Seats">Of the new subscription; null where its plan sells none.</param>
/// <param name="LastInvoice">Of the present subscription; null where none comes, and for a change at the end of the period, whose upcoming invoice is the last one then.</param>
public sealed record ChangePreviewAnswer(
    string PlanId, DateTimeOffset At, IReadOnlyList<ChangeLineAnswer> Lines, MoneyAnswer Total, SubscriptionStatus Status, PeriodAnswer? Period,
    MoneyAnswer NextBase, DateTimeOffset? UndoableUntil, int? Seats = null, LastInvoiceAnswer? LastInvoice = null);

/// <summary>What a subscription's last invoice comes to when its plan changes now: the usage reported so far, rated alone for the part of the period that is over. The least that
/// usage costs, and the first tier's flat fee where it is due without usage, are charged for that part, and by the new plan for the rest once more.</summary>
public sealed record LastInvoiceAnswer(MoneyAnswer Total, IReadOnlyList<UpcomingLineAnswer> Lines)
{
    /// <summary>Of its lines.</summary>
    internal static LastInvoiceAnswer Of(IReadOnlyList<RatedLine> lines, string currency) => new(new(lines.Sum(l => l.Amount), currency), UpcomingLineAnswer.Of(lines, currency));
}

/// <summary>One line of what a plan change costs.</summary>
/// <param name="Kind"><c>proration</c>, <c>base</c>, <c>setup_fee</c> or <c>rounding</c>.</param>
public sealed record ChangeLineAnswer(string Kind, string Description, MoneyAnswer Amount, DateTimeOffset PeriodStart, DateTimeOffset PeriodEnd)
{
    /// <summary>Of its currency.</summary>
    internal static IReadOnlyList<ChangeLineAnswer> Of(IReadOnlyList<PlanChangeLine> lines, string currency) =>
        [.. lines.Select(l => new ChangeLineAnswer(l.Kind, l.Description, new(l.Amount, currency.ToLowerInvariant()), l.PeriodStart, l.PeriodEnd))];
}

/// <summary>Previews a consumer's plan change: the change's own arithmetic in a transaction that is never committed.</summary>
public static class PreviewChange
{
    /// <summary>Refused as the change itself would be.</summary>
    public static async Task<Results<Ok<ChangePreviewAnswer>, ProblemHttpResult>> Handle(
        string id, ChangeSubscriptionPlanRequest request, Caller caller, Database database, PaymentRules rules, TimeProvider clock, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var (subscription, target, refusal) = await ChangePlan.Wanted(transaction, id, request, caller, rules, clock, cancellation);
        if (refusal is not null)
        {
            return refusal;
        }

        var atEnd = request.When == "period_end";
        var at = atEnd ? subscription!.PeriodEnd!.Value : clock.Now();
        var (next, lines) = await TakeOver.Plan(transaction, subscription!, new(target!, at, ByConsumer: true, atEnd), cancellation);
        if (next.Status == SubscriptionStatus.AwaitingPayment)
        {
            lines = ChangeCosts.First(next);
        }

        var last = atEnd ? null : await LastInvoice(transaction, subscription!, at, cancellation);
        var currency = ChangeCosts.CurrencyOf(subscription!, next);
        return TypedResults.Ok(new ChangePreviewAnswer(
            next.PlanId, at, ChangeLineAnswer.Of(lines, currency), new(lines.Sum(l => l.Amount), currency), next.Status,
            next is { PeriodStart: { } start, PeriodEnd: { } end } ? new(start, end) : null, new(PlanSeats.BasePrice(next.Plan), currency), atEnd ? at : null, next.Plan.Seats,
            last));
    }

    /// <summary>The last closure as it would be told, rated by the rules that Invoicing rates it by; null where nothing is charged, or more than can be rated.</summary>
    internal static async Task<LastInvoiceAnswer?> LastInvoice(Transaction transaction, Subscription subscription, DateTimeOffset at, CancellationToken cancellation)
    {
        var ended = subscription.End(SubscriptionEvent.Migrated, at, "migrated", atBoundary: false)!;
        if (ended.FinalDue is null)
        {
            return null;
        }

        var open = await transaction.Query<MeteredSpan>(
            """select start_at as start, end_at as "end" from periods where subscription_id = @Id and charged and closed_at is null and start_at < @PeriodStart order by start_at""", ended, cancellation);
        var rows = await transaction.Query<Closing.UsageRow>(Closing.WaitingUsage, new { ended.Id, All = true, Start = ended.PeriodStart }, cancellation);
        try
        {
            var lines = Rating.Closed(ended.ProductTitle, new MeteringPeriodClosed(
                "", ended.Id, ended.OrganizationId, "migration", ended.Plan, ended.PeriodStart!.Value, ended.PeriodEnd!.Value, null, null, Closing.Sorted(ended, rows), at, open));
            return lines.Count == 0 ? null : LastInvoiceAnswer.Of(lines, ended.Plan.Currency.ToLowerInvariant());
        }
        catch (RatingBoundsException)
        {
            // An invoice over it would be parked.
            return null;
        }
    }
}
