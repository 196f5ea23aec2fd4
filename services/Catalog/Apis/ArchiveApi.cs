using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Catalog.Apis;

/// <summary>Puts away an API that no product has any more, and takes it out again. An archived one joins no product and does not change.</summary>
public static class ArchiveApi
{
    /// <summary>Puts it away. Owners, administrators and product managers of the provider.</summary>
    public static Task<Results<Ok<ApiResponse>, ProblemHttpResult>> Archive(
        string id, Caller caller, HttpContext context, Database database, TimeProvider clock, CancellationToken cancellation) =>
        Handle(id, clock.GetUtcNow(), caller, context, database, cancellation);

    /// <summary>Takes it out again. Owners, administrators and product managers of the provider.</summary>
    public static Task<Results<Ok<ApiResponse>, ProblemHttpResult>> Restore(
        string id, Caller caller, HttpContext context, Database database, CancellationToken cancellation) =>
        Handle(id, null, caller, context, database, cancellation);

    private static async Task<Results<Ok<ApiResponse>, ProblemHttpResult>> Handle(
        string id, DateTimeOffset? archivedAt, Caller caller, HttpContext context, Database database, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var api = await Api.Lock(transaction, id, cancellation);
        if (Access.Cannot(caller, api?.OrganizationId, "API", id, Roles.ProviderProducts) is { } refusal)
        {
            return refusal;
        }

        if ((api!.ArchivedAt is null) == (archivedAt is null))
        {
            return archivedAt is null ? Problems.ApiNotArchived(id) : Problems.ApiArchived(id, null);
        }

        if (archivedAt is not null && await Api.ProductWith(transaction, id, cancellation) is { } product)
        {
            return Problems.ApiInUse(id, product);
        }

        var changed = api with { ArchivedAt = archivedAt, Version = api.Version + 1 };
        await transaction.Execute("update apis set archived_at = @ArchivedAt, version = @Version where id = @Id", changed, cancellation);
        await transaction.Record(
            caller, archivedAt is null ? "api.restored" : "api.archived", api.OrganizationId, id, new { api.ArchivedAt }, new { changed.ArchivedAt }, cancellation);
        await transaction.Commit(cancellation);

        context.SetVersion(changed.Version);
        return TypedResults.Ok(changed.Show());
    }
}
