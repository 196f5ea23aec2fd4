using Marketplace.Contracts.Catalog;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Subscriptions;

/// <summary>Which plans are compared with which.</summary>
/// <param name="Targets">By the plan that subscribers have; null where they would be cancelled.</param>
/// <param name="Only">Only these subscriptions; null for all.</param>
/// <param name="ApiIds">The APIs of the product that is compared with; null where nothing is.</param>
/// <param name="MovesAtOnce">The migration, where it moves subscribers inside their periods.</param>
internal sealed record Compared(
    string Provider, IReadOnlyDictionary<string, PlanSnapshot?> Targets, string[]? Only, IReadOnlyList<string>? ApiIds, MigrationRequested? MovesAtOnce = null)
{
    /// <summary>As a migration, or two plans on offer, have it; or the refusal.</summary>
    public static async Task<(Compared? Asked, ProblemHttpResult? Refusal)> Find(PriceComparisonQuery query, Caller caller, Database database, CancellationToken cancellation)
    {
        var asked = query.MigrationId is { } migration
            ? await OfMigration(migration, database, cancellation)
            : await OfPlans(query.PlanId!, query.TargetPlanId!, database, cancellation);
        // What belongs to others answers as what does not exist.
        return asked is null || !caller.Sees(asked.Provider)
            ? (null, query.MigrationId is not null ? Problem.NotFound("migration", query.MigrationId) : Problem.NotFound("pair of plans", $"{query.PlanId}, {query.TargetPlanId}"))
            : !caller.IsOperator && !caller.Has(asked.Provider, Roles.ProviderProducts) ? (null, Problem.RoleMissing(asked.Provider, Roles.ProviderProducts))
            : (asked, null);
    }

    private static async Task<Compared?> OfMigration(string id, Database database, CancellationToken cancellation)
    {
        var request = await database.QueryOne<MigrationRequested>(
            "select request from plan_migrations where id = @id and stage <> 'withdrawn'", new { id }, cancellation);
        if (request is null)
        {
            return null;
        }

        // Those that it would move, and no others: it finds them by the same names.
        var only = request.SubscriptionIds is null ? null : await database.Query<string>(
            $"{NamedSubscriptions.With} select id from named", new { Names = request.SubscriptionIds.ToArray() }, cancellation);
        return new(
            request.ProviderOrganizationId, request.Plans.ToDictionary(p => p.SourcePlanId, p => p.Target, StringComparer.Ordinal), only?.ToArray(), request.Target?.ApiIds,
            request is { Action: "move", Timing: "now" } ? request : null);
    }

    // Both as their provider told last; a plan that was never on offer has no subscribers and is no target.
    private static async Task<Compared?> OfPlans(string planId, string targetId, Database database, CancellationToken cancellation)
    {
        var offers = await database.Query<ProductPublished>(
            """
            select p.facts from published_plans n join published_products p using (catalog_id, product_id)
            where n.plan_id = any(@Plans) and p.facts is not null order by p.withdrawn, p.version desc
            """, new { Plans = new[] { planId, targetId } }, cancellation);
        var source = offers.FirstOrDefault(o => o.Plans.Any(p => p.PlanId == planId));
        var target = offers.FirstOrDefault(o => o.ProviderOrganizationId == source?.ProviderOrganizationId && o.Plans.Any(p => p.PlanId == targetId));
        return source is null || target is null ? null : new(
            source.ProviderOrganizationId,
            new Dictionary<string, PlanSnapshot?>(StringComparer.Ordinal) { [planId] = target.Plans.First(p => p.PlanId == targetId) }, null, [.. target.Apis.Select(a => a.ApiId)]);
    }
}
