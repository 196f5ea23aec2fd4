using Marketplace.Catalog.Publications;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Catalog.Plans;

/// <summary>Activates and archives plans. Each owner, administrator or product manager of the provider may.</summary>
public static class MovePlan
{
    /// <summary>Puts a draft on offer; from now on it never changes.</summary>
    public static Task<Results<Ok<PlanResponse>, ProblemHttpResult>> Activate(
        string id, string planId, Caller caller, HttpContext context, Database database, TimeProvider clock, CancellationToken cancellation) =>
        Handle(PlanMove.Activate, id, planId, caller, context, database, clock, cancellation);

    /// <summary>Puts away a deprecated plan that nobody is subscribed to any more, as far as is heard: who turns up on it later can be moved off it.</summary>
    public static Task<Results<Ok<PlanResponse>, ProblemHttpResult>> Archive(
        string id, string planId, Caller caller, HttpContext context, Database database, TimeProvider clock, CancellationToken cancellation) =>
        Handle(PlanMove.Archive, id, planId, caller, context, database, clock, cancellation);

    private static async Task<Results<Ok<PlanResponse>, ProblemHttpResult>> Handle(
        PlanMove move, string id, string planId, Caller caller, HttpContext context, Database database, TimeProvider clock, CancellationToken cancellation)
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

        if (Plan.After(plan.Status, move) is not { } next)
        {
            return Problems.PlanCannot(plan.Status, move);
        }

        if (next == PlanStatus.Archived && plan.Live > 0)
        {
            return Problems.PlanHasSubscribers(plan.Live);
        }

        var catalogs = await Catalogs.Catalog.HoldOffering(transaction, id, cancellation);
        if (next == PlanStatus.Active && SalesGates.Refusal(catalogs, [plan]) is { } closed)
        {
            return closed;
        }

        var now = clock.GetUtcNow();
        var moved = plan with
        {
            Status = next,
            Version = plan.Version + 1,
            ActivatedAt = next == PlanStatus.Active ? now : plan.ActivatedAt,
            ArchivedAt = next == PlanStatus.Archived ? now : plan.ArchivedAt,
        };
        await transaction.Execute(
            """
            update plans set status = @StatusName, version = @Version, activated_at = @ActivatedAt, archived_at = @ArchivedAt where id = @Id
            """, moved, cancellation);
        await Offer.AnnounceProduct(transaction, product!, catalogs, cancellation);
        await transaction.Record(
            caller, $"plan.{moved.StatusName.ToLowerInvariant()}", product!.OrganizationId, planId, new { plan.Status }, new { moved.Status }, cancellation);
        await transaction.Commit(cancellation);

        context.SetVersion(moved.Version);
        return TypedResults.Ok(PlanResponse.Of(moved));
    }
}
