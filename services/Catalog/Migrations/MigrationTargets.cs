using System.ComponentModel.DataAnnotations;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Catalog.Migrations;

/// <summary>Where the subscribers of a product are to go one day.</summary>
/// <param name="ProductId">The product.</param>
/// <param name="Plans">Which plan is replaced by which; every plan with subscribers.</param>
public sealed record SetMigrationTargetRequest(
    [Required, PlainText(64)] string ProductId, [Required, MinLength(1), Listed(100)] IReadOnlyList<PlanMap>? Plans = null);

/// <summary>A product's migration target: a draft that is kept until it is executed, exchanged or cleared.</summary>
public static class MigrationTargets
{
    /// <summary>Sets the target, in the place of another one: <c>If-Match</c> with that one's version required. Of two who set the first one, the second meets the first's.</summary>
    public static async Task<Results<Ok<MigrationResponse>, ProblemHttpResult>> Set(
        string id, SetMigrationTargetRequest request, Caller caller, HttpContext context, Database database, TimeProvider clock, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var (source, target) = await MigrationDraft.Lock(transaction, id, request.ProductId, cancellation);
        if (Access.Cannot(caller, source?.OrganizationId, "product", id, Roles.ProviderProducts) is { } refusal)
        {
            return refusal;
        }

        if (target?.OrganizationId != source!.OrganizationId || target.Id == id)
        {
            return Problems.MigrationProduct(request.ProductId, "productId");
        }

        var before = await Held(transaction, id, cancellation);
        if (context.MismatchIfThere(before?.Version) is { } mismatch)
        {
            return mismatch;
        }

        await Clear(transaction, before, source, caller, clock, cancellation);
        var wanted = new WantedMigration("move", [.. request.Plans!.Select(p => new PlanPair(p.Source, p.Target))], null, EveryPlan: true, IsTarget: true);
        var (migration, refused) = await MigrationDraft.Make(transaction, source, target, wanted, caller, clock, cancellation);
        if (refused is not null)
        {
            return refused;
        }

        await transaction.Commit(cancellation);
        context.SetVersion(migration!.Version);
        return TypedResults.Ok(MigrationResponse.Of(migration));
    }

    /// <summary>The target that is set.</summary>
    public static async Task<Results<Ok<MigrationResponse>, ProblemHttpResult>> Read(
        string id, Caller caller, HttpContext context, Database database, CancellationToken cancellation)
    {
        var product = await Product.Find(database, id, cancellation);
        if (Access.CannotRead(caller, product?.OrganizationId, "product", id) is { } refusal)
        {
            return refusal;
        }

        if (await Find(database, id, cancellation) is not { } migration)
        {
            return Problem.NotFound("migration target of product", id);
        }

        context.SetVersion(migration.Version);
        return TypedResults.Ok(MigrationResponse.Of(migration));
    }

    /// <summary>Clears the target; none is left alone.</summary>
    public static async Task<Results<NoContent, ProblemHttpResult>> Remove(
        string id, Caller caller, Database database, TimeProvider clock, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var product = await Product.Lock(transaction, id, cancellation);
        if (Access.Cannot(caller, product?.OrganizationId, "product", id, Roles.ProviderProducts) is { } refusal)
        {
            return refusal;
        }

        await Clear(transaction, await Held(transaction, id, cancellation), product!, caller, clock, cancellation);
        await transaction.Commit(cancellation);
        return TypedResults.NoContent();
    }

    /// <summary>Moves the product's subscribers to the target.</summary>
    public static async Task<Results<Ok<MigrationResponse>, ProblemHttpResult>> Execute(
        string id, ExecuteMigrationRequest request, Caller caller, HttpContext context, Database database, TimeProvider clock, CancellationToken cancellation)
    {
        var product = await Product.Find(database, id, cancellation);
        if (Access.Cannot(caller, product?.OrganizationId, "product", id, Roles.ProviderProducts) is { } refusal)
        {
            return refusal;
        }

        return await Find(database, id, cancellation) is { } target
            ? await MoveMigration.Execute(target.Id, request, caller, context, database, clock, cancellation)
            : Problem.NotFound("migration target of product", id);
    }

    private static Task<Migration?> Find(Database database, string id, CancellationToken cancellation) =>
        database.QueryOne<Migration>("select * from migrations where source_product_id = @id and is_target and state = 'Draft'", new { id }, cancellation);

    private static Task<Migration?> Held(Transaction transaction, string id, CancellationToken cancellation) =>
        transaction.QueryOne<Migration>("select * from migrations where source_product_id = @id and is_target and state = 'Draft' for update", new { id }, cancellation);

    private static async Task Clear(Transaction transaction, Migration? before, Product product, Caller caller, TimeProvider clock, CancellationToken cancellation)
    {
        if (before is not null)
        {
            await MoveMigration.Withdraw(transaction, before, clock, cancellation);
            await transaction.Record(caller, "product.migration_target_cleared", product.OrganizationId, product.Id, MigrationResponse.Of(before), null, cancellation);
        }
    }
}
