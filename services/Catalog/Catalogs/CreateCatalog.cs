using System.ComponentModel.DataAnnotations;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Catalog.Catalogs;

/// <summary>A catalog to be opened.</summary>
/// <param name="Environment"><c>sandbox</c> bills with test keys, <c>production</c> with live keys; never changed.</param>
public sealed record CreateCatalogRequest(
    [Required, PlainText(64)] string OrganizationId,
    [Required, PlainText(200)] string Title,
    [Required, AllowedValues("sandbox", "production")] string Environment,
    [PlainText(5000)] string? Description = null);

/// <summary>Opens a catalog: self-signup on, automatic approval, payment methods on, no billing integration.</summary>
public static class CreateCatalog
{
    /// <summary>Owners and administrators of a provider.</summary>
    public static async Task<Results<Created<CatalogResponse>, ProblemHttpResult>> Handle(
        CreateCatalogRequest request, Caller caller, HttpContext context, Database database, TimeProvider clock, CancellationToken cancellation)
    {
        if (Access.Cannot(caller, request.OrganizationId, "organization", request.OrganizationId, Roles.ProviderSettings) is { } refusal)
        {
            return refusal;
        }

        var id = Ids.New("cat", clock);
        await using var transaction = await database.Begin(cancellation);
        // A token tells what its user may do when the request begins; the provider may be gone since.
        if (await transaction.QueryOne<bool>(
            "select exists (select from consumer_organizations where id = @OrganizationId and deleted_at is not null)", new { request.OrganizationId }, cancellation))
        {
            return Problem.NotFound("organization", request.OrganizationId);
        }

        await transaction.Execute(
            """
            insert into catalogs (id, organization_id, title, description, environment, created_at)
            values (@id, @OrganizationId, @Title, @Description, @Environment, @now)
            """,
            new { id, request.OrganizationId, Title = request.Title.Trim(), Description = request.Description?.Trim(), request.Environment, now = clock.GetUtcNow() }, cancellation);
        var created = (await Catalog.Lock(transaction, id, cancellation))!;
        await created.Announce(transaction, cancellation);
        await transaction.Record(caller, "catalog.created", created.OrganizationId, id, null, created.Recorded, cancellation);
        await transaction.Commit(cancellation);

        context.SetVersion(created.Version);
        return TypedResults.Created($"/v1/catalogs/{id}", created.Show());
    }
}
