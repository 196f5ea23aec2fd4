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
    [Range(0, 365)] int PaymentTermDays = 1);

/// <summary>How long one billing period is; a month by default.</summary>
public sealed record BillingPeriod(
    [Required, AllowedValues("day", "week", "month", "year")] string Unit = "month",
    [Range(1, 365)] int Count = 1);

/// <summary>What a plan costs.</summary>
/// <param name="Model"><c>free</c>, <c>flat</c> (base per period) or <c>unit</c> (so much per call, and a base where there is one).</param>
/// <param name="Base">Charged per period in advance.</param>
/// <param name="UnitAmount">Price of one call in minor units: <c>"1"</c> is one cent, <c>"0.05"</c> a twentieth of one. Up to 12 decimal places.</param>
/// <param name="Tiers">Of price models that cannot be billed yet.</param>
/// <param name="PackageSize">Of price models that cannot be billed yet.</param>
public sealed record PriceTerms(
    [Required, AllowedValues("free", "flat", "unit", "graduated", "volume", "package", "custom")] string Model,
    Money? Base = null,
    [RegularExpression(PriceTerms.Decimal, ErrorMessage = PriceTerms.DecimalRule)] string? UnitAmount = null,
    JsonElement? Tiers = null,
    JsonElement? PackageSize = null)
{
    internal const string Decimal = @"^(0|[1-9][0-9]{0,11})(\.[0-9]{1,12})?$";
    internal const string DecimalRule = "A unit price is a decimal of minor units with up to 12 places, written out, such as \"0.05\".";
}

/// <summary>How much a plan allows.</summary>
/// <param name="Unit">What is counted: <c>transactions</c>, one per successful call.</param>
/// <param name="Limit">How many per interval; absent for unlimited.</param>
/// <param name="Kind"><c>strict</c> stops at the limit, <c>loose</c> goes on and charges the overage.</param>
/// <param name="Interval"><c>day</c>, <c>week</c>, <c>month</c>, <c>year</c>, or <c>period</c> for the billing period.</param>
/// <param name="Overage">Price of a unit above a loose limit, as <c>unitAmount</c> is written.</param>
/// <param name="ApiIds">The APIs it covers; none means all of the product.</param>
public sealed record QuotaTerms(
    [Required, PlainText(64)] string Unit = "transactions",
    [Range(1, 1_000_000_000_000)] long? Limit = null,
    [Required, AllowedValues("strict", "loose")] string Kind = "strict",
    [Required, AllowedValues("day", "week", "month", "year", "period")] string Interval = "period",
    [RegularExpression(PriceTerms.Decimal, ErrorMessage = PriceTerms.DecimalRule)] string? Overage = null,
    [Listed(100)] IReadOnlyList<string>? ApiIds = null);

/// <summary>How fast calls may come: so many in so many seconds.</summary>
public sealed record RateLimit([Required, Range(1, 1_000_000)] int? Calls, [Required, Range(1, 86_400)] int? Seconds);

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

        if (PlanRules.Refusal(request, await PlanRules.ApisOf(transaction, id, cancellation)) is { } broken)
        {
            return broken;
        }

        var plan = await Store(transaction, PlanRules.Draft(Ids.New("pln", clock), id, request, clock), cancellation);
        await transaction.Commit(cancellation);

        context.SetVersion(plan.Version);
        return TypedResults.Created($"/v1/products/{id}/plans/{plan.Id}", PlanResponse.Of(plan));
    }

    /// <summary>Writes a new plan under the first free name that its title gives.</summary>
    public static async Task<Plan> Store(Transaction transaction, Plan plan, CancellationToken cancellation)
    {
        foreach (var name in Slug.Candidates(plan.Title, "plan"))
        {
            plan = plan with { Name = name };
            if (await transaction.Execute(
                """
                insert into plans (id, product_id, name, title, status, currency, period_unit, period_count, price_model, base, unit_amount, setup_fee,
                    trial_days, term_periods, approval, cancel_when_past_due, grace_days, payment_term_days, quotas, rate_limit, rate_limit_seconds,
                    version, created_at, activated_at)
                values (@Id, @ProductId, @Name, @Title, @StatusName, @Currency, @PeriodUnit, @PeriodCount, @PriceModel, @Base, @UnitAmount, @SetupFee,
                    @TrialDays, @TermPeriods, @Approval, @CancelWhenPastDue, @GraceDays, @PaymentTermDays, @Quotas::jsonb, @RateLimit, @RateLimitSeconds,
                    @Version, @CreatedAt, @ActivatedAt)
                on conflict (product_id, name) do nothing
                """, plan, cancellation) == 1)
            {
                break;
            }
        }

        return plan;
    }
}
