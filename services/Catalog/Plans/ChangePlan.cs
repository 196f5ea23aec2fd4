using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Marketplace.Catalog.Migrations;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Catalog.Plans;

/// <summary>What to change about a draft; what is left out stays as it is. <c>price</c> and <c>quotas</c> are exchanged whole;
/// <c>termPeriods</c> 0 renews for ever; <c>noRateLimit</c> takes the rate limit away and <c>noQuestions</c> the questions.</summary>
public sealed record ChangePlanRequest(
    [PlainText(200)] string? Title = null,
    [RegularExpression("^[A-Za-z]{3}$", ErrorMessage = "A currency is three letters of ISO 4217.")] string? Currency = null,
    PriceTerms? Price = null,
    BillingPeriod? BillingPeriod = null,
    Money? SetupFee = null,
    [Range(0, 730)] int? TrialDays = null,
    [Range(0, 1000)] int? TermPeriods = null,
    [AllowedValues(null, "automatic", "manual")] string? Approval = null,
    bool? CancelWhenPastDue = null,
    [Listed(50)] IReadOnlyList<QuotaTerms>? Quotas = null,
    RateLimit? RateLimit = null,
    bool NoRateLimit = false,
    [Range(0, 90)] int? GraceDays = null,
    [Range(0, 365)] int? PaymentTermDays = null,
    [PlainText(5000)] string? Description = null,
    JsonElement? Questions = null,
    bool NoQuestions = false);

/// <summary>Changes a draft. A plan that was activated never changes.</summary>
public static class ChangePlan
{
    /// <summary>Owners, administrators and product managers of the provider; <c>If-Match</c> required.</summary>
    public static async Task<Results<Ok<PlanResponse>, ProblemHttpResult>> Handle(
        string id, string planId, ChangePlanRequest request, Caller caller, HttpContext context, Database database, TimeProvider clock, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var product = await Product.Lock(transaction, id, cancellation);
        if (Access.Cannot(caller, product?.OrganizationId, "product", id, Roles.ProviderProducts) is { } refusal)
        {
            return refusal;
        }

        var plan = (await Plan.Of(transaction, id, cancellation)).FirstOrDefault(p => p.Id == planId);
        if (plan is null)
        {
            return Problem.NotFound("plan", planId);
        }

        if (context.Mismatch(plan.Version) is { } mismatch)
        {
            return mismatch;
        }

        if (plan.Status != PlanStatus.Draft)
        {
            return Problems.PlanNotDraft(plan.Status);
        }

        var terms = Merge(PlanRules.TermsOf(plan), request);
        if (PlanRules.Refusal(terms, await PlanSetting.Hold(transaction, product!, cancellation)) is { } broken)
        {
            return broken;
        }

        var changed = PlanRules.Draft(plan.Id, id, terms, clock) with { Name = plan.Name, Version = plan.Version + 1, CreatedAt = plan.CreatedAt, Live = plan.Live };
        await transaction.Execute(
            """
            update plans set title = @Title, description = @Description, currency = @Currency, period_unit = @PeriodUnit, period_count = @PeriodCount,
                price_model = @PriceModel, base = @Base, unit_amount = @UnitAmount, tiers = @Tiers::jsonb, package_size = @PackageSize, price_unit = @PriceUnit,
                minimum_charge = @MinimumCharge, maximum_charge = @MaximumCharge, flat_fee_at_zero_usage = @FlatFeeAtZeroUsage,
                minimum_seats = @MinimumSeats, maximum_seats = @MaximumSeats,
                burst_limit = @BurstLimit, burst_seconds = @BurstSeconds, setup_fee = @SetupFee, trial_days = @TrialDays, term_periods = @TermPeriods, approval = @Approval,
                cancel_when_past_due = @CancelWhenPastDue, grace_days = @GraceDays, payment_term_days = @PaymentTermDays, quotas = @Quotas::jsonb,
                rate_limit = @RateLimit, rate_limit_seconds = @RateLimitSeconds, questions = @Questions, version = @Version
            where id = @Id
            """, changed, cancellation);
        await MigrationDraft.Follow(transaction, product!, planId, caller, clock, cancellation);
        await transaction.Record(caller, "plan.changed", product!.OrganizationId, planId, PlanResponse.Of(plan), PlanResponse.Of(changed), cancellation);
        await transaction.Commit(cancellation);

        context.SetVersion(changed.Version);
        return TypedResults.Ok(PlanResponse.Of(changed));
    }

    private static CreatePlanRequest Merge(CreatePlanRequest old, ChangePlanRequest change) => new(
        change.Title ?? old.Title, change.Price ?? old.Price, change.Currency ?? old.Currency, change.BillingPeriod ?? old.BillingPeriod,
        change.SetupFee ?? old.SetupFee, change.TrialDays ?? old.TrialDays, change.TermPeriods ?? old.TermPeriods, change.Approval ?? old.Approval,
        change.CancelWhenPastDue ?? old.CancelWhenPastDue, change.Quotas ?? old.Quotas, change.NoRateLimit ? null : change.RateLimit ?? old.RateLimit,
        change.GraceDays ?? old.GraceDays, change.PaymentTermDays ?? old.PaymentTermDays, change.Description ?? old.Description,
        change.NoQuestions ? null : change.Questions ?? old.Questions);
}
