using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Marketplace.Catalog.Publications;
using Marketplace.Contracts.Catalog;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Catalog.Plans;

/// <summary>Quotas to be added to a draft or active plan.</summary>
public sealed record AddQuotasRequest([Required, MinLength(1), Listed(50)] IReadOnlyList<QuotaTerms> Quotas);

/// <summary>APIs that a quota of a draft or active plan is to cover too.</summary>
public sealed record AddQuotaApisRequest([Required, MinLength(1), Listed(100)] IReadOnlyList<string> ApiIds);

/// <summary>The one way in which an active plan changes: it gains quotas for APIs that none covers yet. Who subscribed before keeps the plan as it was. What
/// is added is decided under the product's row, and nothing is taken away: no version has to be named.</summary>
public static class GrowQuotas
{
    private const int MaxQuotas = 50;

    /// <summary>Adds quotas. Owners, administrators and product managers of the provider.</summary>
    public static Task<Results<Ok<PlanResponse>, ProblemHttpResult>> Add(
        string id, string planId, AddQuotasRequest request, Caller caller, HttpContext context, Database database, TimeProvider clock, CancellationToken cancellation) =>
        Handle(
            id, planId, caller, context, database,
            (plan, setting) =>
            {
                var old = PlanRules.TermsOf(plan).Quotas!;
                var taken = old.SelectMany(q => Covers(q.ApiIds, setting).Select(api => (q.Unit, api))).ToHashSet();
                var overlap = request.Quotas.ToList().FindIndex(q => Covers(q.ApiIds, setting).Any(api => taken.Contains((q.Unit, api))));
                // The new ones first: refusals name them as they were sent.
                var refusal = overlap >= 0 ? Problems.QuotaOverlap(overlap)
                    : old.Count + request.Quotas.Count > MaxQuotas ? Problem.Invalid("quotas", $"A plan has at most {MaxQuotas} quotas.")
                    : QuotaRules.Refusal(PlanRules.TermsOf(plan) with { Quotas = [.. request.Quotas, .. old] }, setting);
                return (refusal, [.. plan.QuotaList, .. request.Quotas.Select(q => QuotaRules.Snapshot(q, clock))]);
            },
            cancellation);

    /// <summary>Lets a quota cover more APIs. Owners, administrators and product managers of the provider.</summary>
    public static Task<Results<Ok<PlanResponse>, ProblemHttpResult>> AddApis(
        string id, string planId, string quotaId, AddQuotaApisRequest request, Caller caller, HttpContext context, Database database, CancellationToken cancellation) =>
        Handle(
            id, planId, caller, context, database,
            (plan, setting) =>
            {
                var quotas = plan.QuotaList;
                if (quotas.FirstOrDefault(q => q.QuotaId == quotaId) is not { } quota)
                {
                    return (Problem.NotFound("quota", quotaId), quotas);
                }

                var taken = quotas.Where(q => q.Unit == quota.Unit).SelectMany(q => Covers(q.ApiIds, setting)).ToHashSet(StringComparer.Ordinal);
                var refusal = request.ApiIds.FirstOrDefault(api => !setting.ApiIds.Contains(api)) is { } unknown ? Problems.ApiNotInProduct(unknown)
                    : request.ApiIds.FirstOrDefault(taken.Contains) is { } covered ? Problems.ApiCovered(covered, quota.Unit)
                    : null;
                return (refusal, [.. quotas.Select(q => q.QuotaId == quotaId ? q with { ApiIds = [.. q.ApiIds, .. request.ApiIds.Distinct(StringComparer.Ordinal)] } : q)]);
            },
            cancellation);

    private static IEnumerable<string> Covers(IReadOnlyList<string>? apiIds, PlanSetting setting) => apiIds is { Count: > 0 } ? apiIds : setting.ApiIds;

    private static async Task<Results<Ok<PlanResponse>, ProblemHttpResult>> Handle(
        string id, string planId, Caller caller, HttpContext context, Database database,
        Func<Plan, PlanSetting, (ProblemHttpResult? Refusal, IReadOnlyList<QuotaSnapshot> Quotas)> grow, CancellationToken cancellation)
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

        if (plan.Status is not (PlanStatus.Draft or PlanStatus.Active))
        {
            return Problems.PlanClosed(plan.Status);
        }

        var (broken, quotas) = grow(plan, await PlanSetting.Hold(transaction, product!, cancellation));
        if (broken is not null)
        {
            return broken;
        }

        var grown = plan with { Quotas = JsonSerializer.Serialize(quotas, JsonSerializerOptions.Web), Version = plan.Version + 1 };
        var catalogs = plan.Status == PlanStatus.Active ? await Catalogs.Catalog.HoldOffering(transaction, id, cancellation) : [];
        if (catalogs.Select(catalog => SalesGates.Obstacle(catalog.BillingModel, grown)).FirstOrDefault(o => o is not null) is { } obstacle)
        {
            return Problems.PlanNotBillable(plan.Title, obstacle);
        }

        await transaction.Execute("update plans set quotas = @Quotas::jsonb, version = @Version where id = @Id", grown, cancellation);
        if (catalogs.Count > 0)
        {
            await Offer.AnnounceProduct(transaction, product!, catalogs, cancellation);
        }

        await transaction.Record(
            caller, "plan.quotas_grown", product!.OrganizationId, planId, new { Quotas = plan.QuotaList }, new { Quotas = quotas }, cancellation);
        await transaction.Commit(cancellation);

        context.SetVersion(grown.Version);
        return TypedResults.Ok(PlanResponse.Of(grown));
    }
}
