using System.ComponentModel.DataAnnotations;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Catalog.Catalogs;

/// <summary>What to change about a catalog; what is left out stays as it is.</summary>
/// <param name="Environment">May be sent as it is; another one is refused.</param>
public sealed record ChangeCatalogRequest(
    [PlainText(200)] string? Title = null,
    [PlainText(5000)] string? Description = null,
    [AllowedValues(null, "sandbox", "production")] string? Environment = null);

/// <summary>Renames and describes a catalog. Its environment never changes: what was made in it belongs to test or to live mode for ever.</summary>
public static class ChangeCatalog
{
    /// <summary>Owners and administrators of the provider; <c>If-Match</c> required.</summary>
    public static async Task<Results<Ok<CatalogResponse>, ProblemHttpResult>> Handle(
        string id, ChangeCatalogRequest request, Caller caller, HttpContext context, Database database, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var catalog = await Catalog.Lock(transaction, id, cancellation);
        if ((Access.Cannot(caller, catalog?.OrganizationId, "catalog", id, Roles.ProviderSettings) ?? context.Mismatch(catalog!.Version)) is { } refusal)
        {
            return refusal;
        }

        if (request.Environment is { } environment && environment != catalog!.Environment)
        {
            return Problems.EnvironmentFixed(catalog.Environment);
        }

        var changed = catalog! with
        {
            Title = request.Title?.Trim() ?? catalog.Title,
            Description = request.Description?.Trim() ?? catalog.Description,
            Version = catalog.Version + 1,
        };
        await transaction.Execute("update catalogs set title = @Title, description = @Description, version = @Version where id = @Id", changed, cancellation);
        await changed.Announce(transaction, cancellation);
        await transaction.Record(caller, "catalog.changed", changed.OrganizationId, id, catalog.Recorded, changed.Recorded, cancellation);
        await transaction.Commit(cancellation);

        context.SetVersion(changed.Version);
        return TypedResults.Ok(changed.Show());
    }
}
