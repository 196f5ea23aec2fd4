using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Catalog.Publications;

/// <summary>Shows what a catalog offers to the members of its provider.</summary>
public static class ReadPublications
{
    /// <summary>A page of a catalog's publications.</summary>
    public static async Task<Results<Ok<Page<PublicationResponse>>, ProblemHttpResult>> List(
        string id, [AsParameters] PageQuery page, Caller caller, Database database, CancellationToken cancellation)
    {
        var catalog = await Catalogs.Catalog.Find(database, id, cancellation);
        if (Access.CannotRead(caller, catalog?.OrganizationId, "catalog", id) is { } refusal)
        {
            return refusal;
        }

        var rows = await database.Query<Publication>(
            $"{Publication.Select} and u.id < @After order by u.id desc limit @Take", new { id, page.After, page.Take }, cancellation);
        return TypedResults.Ok(Page<Publication>.Of(rows, page, publication => publication.Id).Select(publication => publication.Show()));
    }

    /// <summary>One publication, with its version as ETag.</summary>
    public static async Task<Results<Ok<PublicationResponse>, ProblemHttpResult>> One(
        string id, string publicationId, Caller caller, HttpContext context, Database database, CancellationToken cancellation)
    {
        var catalog = await Catalogs.Catalog.Find(database, id, cancellation);
        if (Access.CannotRead(caller, catalog?.OrganizationId, "catalog", id) is { } refusal)
        {
            return refusal;
        }

        var publication = await database.QueryOne<Publication>($"{Publication.Select} and u.id = @publicationId", new { id, publicationId }, cancellation);
        if (publication is null)
        {
            return Problem.NotFound("publication", publicationId);
        }

        context.SetVersion(publication.Version);
        return TypedResults.Ok(publication.Show());
    }
}
