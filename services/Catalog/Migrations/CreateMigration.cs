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
/// <param name="SubscriptionIds">Only these live subscriptions to the plans; leave it out for every subscriber.</param>
/// <param name="When"><c>draft</c>, <c>now</c>, <c>date</c> with <paramref name="At"/>, or <c>period_end</c>. With warnings that are not accepted it stays a draft, and also while
/// subscriptions that it names could not be looked up.</param>
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
        var (migration, refused) = await Write(sourceId, targetId, wanted, time, caller, database, clock, cancellation);
        if (refused is null && wanted.SubscriptionIds is not null)
        {
            (migration, refused) = await Named(migration!, time, caller, database, clock, cancellation);
        }

        if (refused is not null)
        {
            return refused;
        }

        context.SetVersion(migration!.Version);
        return TypedResults.Created($"/v1/migrations/{migration.Id}", MigrationResponse.Of(migration));
    }

    private static async Task<(Migration? Migration, ProblemHttpResult? Refusal)> Write(
        string sourceId, string? targetId, WantedMigration wanted, WantedTime time, Caller caller, Database database, TimeProvider clock, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var (source, target) = await MigrationDraft.Lock(transaction, sourceId, targetId, cancellation);
        if (Access.Cannot(caller, source?.OrganizationId, "product", sourceId, Roles.ProviderProducts) is { } refusal)
        {
            return (null, refusal);
        }

        if (targetId is not null && target?.OrganizationId != source!.OrganizationId)
        {
            return (null, Problems.MigrationProduct(targetId));
        }

        var (migration, refused) = await MigrationDraft.Make(transaction, source!, target, wanted, caller, clock, cancellation);
        if (refused is null && wanted.SubscriptionIds is null && Begins(migration!, time))
        {
            (migration, refused) = await MigrationExecution.Begin(transaction, migration!, source!, target, time, caller, clock, cancellation);
        }

        if (refused is null)
        {
            await transaction.Commit(cancellation);
        }

        return (migration, refused);
    }

    // Warnings are answered before anything is done about them.
    private static bool Begins(Migration migration, WantedTime time) => time.When != "draft" && (migration.WarningList.Count == 0 || time.AcceptWarnings);

    // Whether the subscriptions that it names are there only Subscriptions knows: it answers the draft that it was told of. What is refused is taken back.
    private static async Task<(Migration Migration, ProblemHttpResult? Refusal)> Named(
        Migration made, WantedTime time, Caller caller, Database database, TimeProvider clock, CancellationToken cancellation)
    {
        var seen = await FreshFacts.Await(() => Migration.Find(database, made.Id, cancellation), m => m!.IsTaken, cancellation);
        if (seen!.UnknownSubscriptions.Length == 0 && (!seen.IsTaken || !Begins(made, time)))
        {
            return (seen, null);
        }

        await using var transaction = await database.Begin(cancellation);
        var (source, target) = await MigrationDraft.Lock(transaction, made.SourceProductId, made.TargetProductId, cancellation);
        await Catalogs.Catalog.HoldOffering(transaction, made.SourceProductId, cancellation);
        var held = (await Migration.Lock(transaction, made.Id, cancellation))!;
        var (begun, refused) = held.UnknownSubscriptions.Length > 0 ? (held, Problems.SubscriptionsUnknown(held.UnknownSubscriptions))
            : await MigrationExecution.Begin(transaction, held, source!, target, time, caller, clock, cancellation);
        if (refused is not null && held.Undoable)
        {
            var cancelled = await MoveMigration.Withdraw(transaction, held, clock, cancellation);
            await transaction.Record(caller, "migration.cancelled", held.OrganizationId, held.Id, new { held.State }, new { cancelled.State }, cancellation);
        }

        await transaction.Commit(cancellation);
        return (begun, refused);
    }
}
