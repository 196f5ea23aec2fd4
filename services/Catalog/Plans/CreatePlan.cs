using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Catalog.Plans;

/// <summary>A plan: what a subscription costs and allows.</summary>
/// <param name="Currency">ISO 4217; every amount of the plan is in it. A free plan may leave it out (usd).</param>
/// <param name="SetupFee">Charged once with the first invoice.</param>
/// <param name="TermPeriods">Ends by itself after so many periods; 0 or absent renews for ever.</param>
/// <param name="Approval">Whether the provider approves each subscriber (<c>manual</c>) or not (<c>automatic</c>).</param>
/// <param name="CancelWhenPastDue">Whether an unpaid invoice ends the subscription.</param>
/// <param name="GraceDays">Days of access after an invoice fell due unpaid.</param>
/// <param name="PaymentTermDays">Days between issue and due date.</param>
/// <param name="Description">What it is for.</param>
/// <param name="Questions">What a subscriber must answer: a JSON schema of type object, of the subset that the documentation states.</param>
public sealed record CreatePlanRequest(
    [Required, PlainText(200)] string Title,
    [Required] PriceTerms Price,
    [RegularExpression("^[A-Za-z]{3}$", ErrorMessage = "A currency is three letters of ISO 4217.")] string? Currency = null,
    BillingPeriod? BillingPeriod = null,
    Money? SetupFee = null,
    [Range(0, 730)] int TrialDays = 0,
    [Range(0, 1000)] int? TermPeriods = null,
    [Required, AllowedValues("automatic", "manual")] string Approval = "automatic",
    bool CancelWhenPastDue = false,
    [Listed(50)] IReadOnlyList<QuotaTerms>? Quotas = null,
    RateLimit? RateLimit = null,
    [Range(0, 90)] int GraceDays = 3,
    [Range(0, 365)] int PaymentTermDays = 1,
    [PlainText(5000)] string? Description = null,
    JsonElement? Questions = null);

/// <summary>Adds a plan to a product, as a draft.</summary>
public static class CreatePlan
{
    /// <summary>Owners, administrators and product managers of the provider.</summary>
    public static async Task<Results<Created<PlanResponse>, ProblemHttpResult>> Handle(
        string id, CreatePlanRequest request, Caller caller, HttpContext context, Database database, TimeProvider clock, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var product = await Product.Lock(transaction, id, cancellation);
        if (Access.Cannot(caller, product?.OrganizationId, "product", id, Roles.ProviderProducts) is { } refusal)
        {
            return refusal;
        }

        if (PlanRules.Refusal(request, await PlanSetting.Hold(transaction, product!, cancellation)) is { } broken)
        {
            return broken;
        }

        var plan = await Store(transaction, PlanRules.Draft(Ids.New("pln", clock), id, request, clock), cancellation);
        var answer = PlanResponse.Of(plan);
        await transaction.Record(caller, "plan.created", product!.OrganizationId, plan.Id, null, answer, cancellation);
        await transaction.Commit(cancellation);

        context.SetVersion(plan.Version);
        return TypedResults.Created($"/v1/products/{id}/plans/{plan.Id}", answer);
    }

    /// <summary>Writes a new plan under the first free name that its title gives.</summary>
    public static async Task<Plan> Store(Transaction transaction, Plan plan, CancellationToken cancellation)
    {
        foreach (var name in Slug.Candidates(plan.Title, "plan"))
        {
            plan = plan with { Name = name };
            if (await transaction.Execute(
                """
                insert into plans (id, product_id, name, title, description, status, currency, period_unit, period_count, price_model, base, unit_amount, tiers,
                    package_size, price_unit, minimum_charge, maximum_charge, flat_fee_at_zero_usage, minimum_seats, maximum_seats, setup_fee, trial_days, term_periods, approval,
                    cancel_when_past_due, grace_days, payment_term_days, quotas, rate_limit, rate_limit_seconds, burst_limit, burst_seconds,
                    questions, version, created_at, activated_at)
                values (@Id, @ProductId, @Name, @Title, @Description, @StatusName, @Currency, @PeriodUnit, @PeriodCount, @PriceModel, @Base, @UnitAmount, @Tiers::jsonb,
                    @PackageSize, @PriceUnit, @MinimumCharge, @MaximumCharge, @FlatFeeAtZeroUsage, @MinimumSeats, @MaximumSeats, @SetupFee, @TrialDays, @TermPeriods, @Approval,
                    @CancelWhenPastDue, @GraceDays, @PaymentTermDays, @Quotas::jsonb, @RateLimit, @RateLimitSeconds, @BurstLimit, @BurstSeconds,
                    @Questions, @Version, @CreatedAt, @ActivatedAt)
                on conflict (product_id, name) do nothing
                """, plan, cancellation) == 1)
            {
                break;
            }
        }

        return plan;
    }
}
