using Marketplace.Catalog.Migrations;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Catalog.Plans;

/// <summary>Deletes a draft. A plan that was on offer is deprecated and archived instead.</summary>
public static class DeletePlan
{
    /// <summary>Owners, administrators and product managers of the provider.</summary>
    public static async Task<Results<NoContent, ProblemHttpResult>> Handle(
        string id, string planId, Caller caller, Database database, CancellationToken cancellation)
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

        if (plan.Status != PlanStatus.Draft)
        {
            return Problems.PlanNotDeletable(plan.Status);
        }

        if (await MigrationDraft.Leading(transaction, planId, cancellation) is { } migration)
        {
            return Problems.PlanIsTarget(migration);
        }

        await transaction.Execute("delete from publication_plans where plan_id = @planId", new { planId }, cancellation);
        await transaction.Execute("delete from plans where id = @planId", new { planId }, cancellation);
        await transaction.Record(caller, "plan.deleted", product!.OrganizationId, planId, PlanResponse.Of(plan), null, cancellation);
        await transaction.Commit(cancellation);
        return TypedResults.NoContent();
    }
}
