using Marketplace.Contracts.Subscriptions;
using Marketplace.Pricing;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Subscriptions;

/// <summary>What a plan change would cost if it were made at <paramref name="At"/>. What was used under the present plan is charged apart, by its last invoice.</summary>
/// <param name="Lines">The lines of the invoice for the change, credits below zero.</param>
/// <param name="Total">Their sum; below zero it is kept for the next invoice.</param>
/// <param name="Status">The new subscription's status: while <c>awaiting_payment</c>, access waits for the first invoice's payment.</param>
/// <param name="Period">The new subscription's first period.</param>
/// <param name="NextBase">The base price of each period after that, of all seats.</param>
/// <param name="UndoableUntil">Until when it could be taken back (UTC); null when it could not.</param>
/// <param name="Seats">Of the new subscription; null where its plan sells none.</param>
public sealed record ChangePreviewAnswer(
    string PlanId, DateTimeOffset At, IReadOnlyList<ChangeLineAnswer> Lines, MoneyAnswer Total, SubscriptionStatus Status, PeriodAnswer? Period,
    MoneyAnswer NextBase, DateTimeOffset? UndoableUntil, int? Seats = null);

/// <summary>One line of what a plan change costs.</summary>
/// <param name="Kind"><c>proration</c>, <c>base</c>, <c>setup_fee</c> or <c>rounding</c>.</param>
public sealed record ChangeLineAnswer(string Kind, string Description, MoneyAnswer Amount, DateTimeOffset PeriodStart, DateTimeOffset PeriodEnd);

/// <summary>Previews a consumer's plan change: the change's own arithmetic in a transaction that is never committed.</summary>
public static class PreviewChange
{
    /// <summary>Refused as the change itself would be.</summary>
    public static async Task<Results<Ok<ChangePreviewAnswer>, ProblemHttpResult>> Handle(
        string id, ChangeSubscriptionPlanRequest request, Caller caller, Database database, TimeProvider clock, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var (subscription, target, refusal) = await ChangePlan.Wanted(transaction, id, request, caller, clock, cancellation);
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

        var currency = ChangeCosts.CurrencyOf(subscription!, next);
        return TypedResults.Ok(new ChangePreviewAnswer(
            next.PlanId, at, [.. lines.Select(l => Show(l, currency))], new(lines.Sum(l => l.Amount), currency), next.Status,
            next is { PeriodStart: { } start, PeriodEnd: { } end } ? new(start, end) : null, new(PlanSeats.BasePrice(next.Plan), currency), atEnd ? at : null, next.Plan.Seats));
    }

    private static ChangeLineAnswer Show(PlanChangeLine line, string currency) => new(line.Kind, line.Description, new(line.Amount, currency), line.PeriodStart, line.PeriodEnd);
}
