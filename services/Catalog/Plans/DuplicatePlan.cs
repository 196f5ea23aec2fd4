using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Catalog.Plans;

/// <summary>Copies a plan of any status into a draft "… Copy (n)". What is no longer there is left out of its quotas: APIs that left the
/// product, and quotas that have none left or count a unit that was deleted. A plan that charges such a unit cannot be copied.</summary>
public static class DuplicatePlan
{
    private const int MaxTitle = 200;

    /// <summary>Owners, administrators and product managers of the provider.</summary>
    public static async Task<Results<Created<PlanResponse>, ProblemHttpResult>> Handle(
        string id, string planId, Caller caller, HttpContext context, Database database, TimeProvider clock, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var product = await Product.Lock(transaction, id, cancellation);
        if (Access.Cannot(caller, product?.OrganizationId, "product", id, Roles.ProviderProducts) is { } refusal)
        {
            return refusal;
        }

        var plans = await Plan.Of(transaction, id, cancellation);
        if (plans.FirstOrDefault(p => p.Id == planId) is not { } original)
        {
            return Problem.NotFound("plan", planId);
        }

        var setting = await PlanSetting.Hold(transaction, product!, cancellation);
        var (apis, units) = (setting.ApiIds, (IReadOnlyCollection<string>)[PlanRules.Transactions, .. setting.Units]);
        if (!units.Contains(original.PriceUnit ?? PlanRules.Transactions))
        {
            return Problems.PlanCorrupted(original.PriceUnit!);
        }

        var terms = PlanRules.TermsOf(original) with { Title = CopyTitle(original.Title, plans) };
        terms = terms with
        {
            // A quota that named APIs and has none left is gone; one that named none still covers all.
            Quotas = [.. terms.Quotas!
                .Where(q => units.Contains(q.Unit) && (q.ApiIds!.Count == 0 || q.ApiIds.Any(apis.Contains)))
                .Select(q => q with { ApiIds = [.. q.ApiIds!.Where(apis.Contains)] })],
        };

        var copy = await CreatePlan.Store(transaction, PlanRules.Draft(Ids.New("pln", clock), id, terms, clock), cancellation);
        await transaction.Record(caller, "plan.created", product!.OrganizationId, copy.Id, null, PlanResponse.Of(copy), cancellation);
        await transaction.Commit(cancellation);

        context.SetVersion(copy.Version);
        return TypedResults.Created($"/v1/products/{id}/plans/{copy.Id}", PlanResponse.Of(copy));
    }

    private static string CopyTitle(string title, IReadOnlyList<Plan> plans)
    {
        for (var i = 1; ; i++)
        {
            var suffix = $" Copy ({i})";
            var room = Math.Min(title.Length, MaxTitle - suffix.Length);
            var copy = title[..(char.IsHighSurrogate(title[room - 1]) ? room - 1 : room)] + suffix;
            if (!plans.Any(p => p.Title == copy))
            {
                return copy;
            }
        }
    }
}
