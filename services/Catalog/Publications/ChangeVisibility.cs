using System.ComponentModel.DataAnnotations;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Catalog.Publications;

/// <summary>Who shall see a publication.</summary>
public sealed record ChangeVisibilityRequest([Required, AllowedValues("public", "signed_in", "none")] string Visibility);

/// <summary>Shows a published product to others than before. Who has subscribed is not touched, so nothing is announced.</summary>
public static class ChangeVisibility
{
    /// <summary>Owners, administrators and product managers of the provider.</summary>
    public static async Task<Results<Ok<PublicationResponse>, ProblemHttpResult>> Handle(
        string id, string publicationId, ChangeVisibilityRequest request, Caller caller, Database database, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var catalog = await Catalogs.Catalog.Hold(transaction, id, cancellation);
        if (Access.Cannot(caller, catalog?.OrganizationId, "catalog", id, Roles.ProviderProducts) is { } refusal)
        {
            return refusal;
        }

        await transaction.Execute(
            "update publications set visibility = @Visibility where id = @publicationId and catalog_id = @id and published",
            new { id, publicationId, request.Visibility }, cancellation);
        var changed = await transaction.QueryOne<PublicationResponse>($"{ReadPublications.Select} and u.id = @publicationId", new { id, publicationId }, cancellation);
        await transaction.Commit(cancellation);
        return changed is null ? Problem.NotFound("publication", publicationId) : TypedResults.Ok(changed);
    }
}
