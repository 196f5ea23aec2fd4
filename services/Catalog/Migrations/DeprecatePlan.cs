using System.ComponentModel.DataAnnotations;
using Marketplace.Catalog.Plans;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Catalog.Migrations;

/// <summary>What becomes of the subscribers of a plan that is closed for new ones.</summary>
/// <param name="Subscribers"><c>none</c>: they keep it; <c>move</c> to another plan; <c>cancel</c>, each with the end of its period.</param>
/// <param name="TargetPlanId">The plan that they are moved to.</param>
/// <param name="TargetProductId">That plan's product; leave it out for the same one.</param>
/// <param name="When"><c>now</c>, <c>date</c> with <paramref name="At"/> (the notice date), or <c>period_end</c>.</param>
/// <param name="AcceptWarnings">Must be true where the move has warnings.</param>
public sealed record DeprecatePlanRequest(
    [AllowedValues("none", "move", "cancel")] string Subscribers = "none",
    [PlainText(64)] string? TargetPlanId = null,
    [PlainText(64)] string? TargetProductId = null,
    [AllowedValues("now", "date", "period_end")] string When = "now",
    DateTimeOffset? At = null,
    bool AcceptWarnings = false);

/// <summary>Closes an active plan for new subscribers and decides about those it has; owners, administrators and product managers of the provider.</summary>
public static class DeprecatePlan
{
    /// <summary>With today's date. A migration of its subscribers begins in the same transaction, or neither happens.</summary>
    public static async Task<Results<Ok<PlanResponse>, ProblemHttpResult>> Handle(
        string id, string planId, DeprecatePlanRequest? request, Caller caller, HttpContext context, Database database, TimeProvider clock, CancellationToken cancellation)
    {
        request ??= new();
        await using var transaction = await database.Begin(cancellation);
        var targetId = request.Subscribers == "move" ? request.TargetProductId ?? id : null;
        var (product, target) = await MigrationDraft.Lock(transaction, id, targetId, cancellation);
        if (Access.Cannot(caller, product?.OrganizationId, "product", id, Roles.ProviderProducts) is { } refusal)
        {
            return refusal;
        }

        var plan = (await Plan.Of(transaction, id, cancellation)).FirstOrDefault(p => p.Id == planId);
        if (plan is null)
        {
            return Problem.NotFound("plan", planId);
        }

        if (await Refuse(transaction, plan, product!, target, request, cancellation) is { } refused)
        {
            return refused;
        }

        await MigrationExecution.Deprecate(transaction, product!, [planId], clock, cancellation);
        await transaction.Record(caller, "plan.deprecated", product!.OrganizationId, planId, new { plan.Status }, new { Status = PlanStatus.Deprecated, request.Subscribers }, cancellation);
        Migration? migration = null;
        if (request.Subscribers != "none")
        {
            ProblemHttpResult? stopped;
            var wanted = new WantedMigration(request.Subscribers, [new(planId, request.TargetPlanId)], null, EveryPlan: false, PlanField: "targetPlanId");
            (migration, stopped) = await MigrationDraft.Make(transaction, product, target, wanted, caller, clock, cancellation);
            if (stopped is null)
            {
                (migration, stopped) = await MigrationExecution.Begin(
                    transaction, migration!, product, target, new(request.When, request.At, request.AcceptWarnings), caller, clock, cancellation);
            }

            if (stopped is not null)
            {
                return stopped;
            }
        }

        var moved = (await Plan.Of(transaction, id, cancellation)).Single(p => p.Id == planId);
        await transaction.Commit(cancellation);
        context.SetVersion(moved.Version);
        return TypedResults.Ok(PlanResponse.Of(moved) with { MigrationId = migration?.Id });
    }

    private static async Task<ProblemHttpResult?> Refuse(
        Transaction transaction, Plan plan, Product product, Product? target, DeprecatePlanRequest request, CancellationToken cancellation) =>
        Plan.After(plan.Status, PlanMove.Deprecate) is null ? Problems.PlanCannot(plan.Status, PlanMove.Deprecate)
        : (request.Subscribers == "move") != (request.TargetPlanId is not null) ? Problem.Invalid("targetPlanId", "Name a plan to move to with subscribers 'move', and only then.")
        : request.Subscribers == "move" && target?.OrganizationId != product.OrganizationId ? Problems.MigrationProduct(request.TargetProductId ?? product.Id)
        : await MigrationExecution.Targeted(transaction, [plan.Id], cancellation);
}
