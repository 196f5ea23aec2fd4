using System.ComponentModel.DataAnnotations;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Catalog.Migrations;

/// <summary>A plan and the one that replaces it.</summary>
public sealed record PlanMap([Required, PlainText(64)] string Source, [PlainText(64)] string? Target = null);

/// <summary>Subscribers to be moved or cancelled.</summary>
/// <param name="TargetProductId">The product that they are moved to; the same one to move them between its plans.</param>
/// <param name="Plans">Which plan is replaced by which. Between two products every plan with subscribers must be mapped.</param>
/// <param name="SubscriptionIds">Only these; leave it out for every subscriber.</param>
/// <param name="When"><c>draft</c>, <c>now</c>, <c>date</c> with <paramref name="At"/>, or <c>period_end</c>. With warnings that are not accepted it stays a draft.</param>
/// <param name="AcceptWarnings">Executes it whatever the warnings say.</param>
public sealed record CreateMigrationRequest(
    [Required, PlainText(64)] string SourceProductId,
    [PlainText(64)] string? TargetProductId = null,
    [AllowedValues("move", "cancel")] string Action = "move",
    [Required, MinLength(1), Listed(100)] IReadOnlyList<PlanMap>? Plans = null,
    [MinLength(1), Listed(1000)] IReadOnlyList<string>? SubscriptionIds = null,
    [AllowedValues("draft", "now", "date", "period_end")] string When = "draft",
    DateTimeOffset? At = null,
    bool AcceptWarnings = false);

/// <summary>The subscribers of one plan to be moved.</summary>
/// <param name="TargetProductId">The target plan's product; leave it out for the same one.</param>
/// <param name="When"><c>draft</c>, <c>now</c>, <c>date</c> with <paramref name="At"/>, or <c>period_end</c>.</param>
public sealed record MigratePlanRequest(
    [Required, PlainText(64)] string TargetPlanId,
    [PlainText(64)] string? TargetProductId = null,
    [MinLength(1), Listed(1000)] IReadOnlyList<string>? SubscriptionIds = null,
    [AllowedValues("draft", "now", "date", "period_end")] string When = "draft",
    DateTimeOffset? At = null,
    bool AcceptWarnings = false);

/// <summary>Makes migrations: of a product's plans by a map, or of one plan.</summary>
public static class CreateMigration
{
    /// <summary>Owners, administrators and product managers of the provider of both products.</summary>
    public static Task<Results<Created<MigrationResponse>, ProblemHttpResult>> Handle(
        CreateMigrationRequest request, Caller caller, HttpContext context, Database database, TimeProvider clock, CancellationToken cancellation)
    {
        var target = request.Action == "move" ? request.TargetProductId ?? request.SourceProductId : null;
        var plans = request.Plans!.Select(p => new PlanPair(p.Source, p.Target)).ToList();
        var wanted = new WantedMigration(request.Action, plans, request.SubscriptionIds, EveryPlan: target is not null && target != request.SourceProductId && request.SubscriptionIds is null);
        return Make(request.SourceProductId, target, wanted, new(request.When, request.At, request.AcceptWarnings), caller, context, database, clock, cancellation);
    }

    /// <summary>The same for one plan.</summary>
    public static Task<Results<Created<MigrationResponse>, ProblemHttpResult>> OfPlan(
        string id, string planId, MigratePlanRequest request, Caller caller, HttpContext context, Database database, TimeProvider clock, CancellationToken cancellation) => Make(
        id, request.TargetProductId ?? id,
        new("move", [new(planId, request.TargetPlanId)], request.SubscriptionIds, EveryPlan: false, PlanField: "targetPlanId"),
        new(request.When, request.At, request.AcceptWarnings), caller, context, database, clock, cancellation);

    private static async Task<Results<Created<MigrationResponse>, ProblemHttpResult>> Make(
        string sourceId, string? targetId, WantedMigration wanted, WantedTime time, Caller caller, HttpContext context, Database database, TimeProvider clock, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var (source, target) = await MigrationDraft.Lock(transaction, sourceId, targetId, cancellation);
        if (Access.Cannot(caller, source?.OrganizationId, "product", sourceId, Roles.ProviderProducts) is { } refusal)
        {
            return refusal;
        }

        if (targetId is not null && target?.OrganizationId != source!.OrganizationId)
        {
            return Problems.MigrationProduct(targetId);
        }

        var (migration, refused) = await MigrationDraft.Make(transaction, source!, target, wanted, caller, clock, cancellation);
        if (refused is not null)
        {
            return refused;
        }

        // Warnings are answered before anything is done about them.
        if (time.When != "draft" && (migration!.WarningList.Count == 0 || time.AcceptWarnings))
        {
            (migration, refused) = await MigrationExecution.Begin(transaction, migration, source!, time, caller, clock, cancellation);
            if (refused is not null)
            {
                return refused;
            }
        }

        await transaction.Commit(cancellation);
        context.SetVersion(migration!.Version);
        return TypedResults.Created($"/v1/migrations/{migration.Id}", MigrationResponse.Of(migration));
    }
}
