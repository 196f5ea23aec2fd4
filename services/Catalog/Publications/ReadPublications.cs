using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Catalog.Publications;

/// <summary>Shows what a catalog offers to the members of its provider.</summary>
public static class ReadPublications
{
    /// <summary>The publications of a catalog; narrow it with <c>and u.…</c>.</summary>
    public const string Select =
        """
        select u.id, u.catalog_id, u.product_id, p.name as product_name, p.title as product_title, p.release, u.visibility, u.published_at
        from publications u join products p on p.id = u.product_id where u.catalog_id = @id and u.published
        """;

    /// <summary>A page of a catalog's publications.</summary>
    public static async Task<Results<Ok<Page<PublicationResponse>>, ProblemHttpResult>> List(
        string id, [AsParameters] PageQuery page, Caller caller, Database database, CancellationToken cancellation)
    {
        var catalog = await Catalogs.Catalog.Find(database, id, cancellation);
        if (Access.CannotRead(caller, catalog?.OrganizationId, "catalog", id) is { } refusal)
        {
            return refusal;
        }

        var rows = await database.Query<PublicationResponse>(
            $"{Select} and u.id < @After order by u.id desc limit @Take", new { id, page.After, page.Take }, cancellation);
        return TypedResults.Ok(Page<PublicationResponse>.Of(rows, page, publication => publication.Id));
    }

    /// <summary>One publication.</summary>
    public static async Task<Results<Ok<PublicationResponse>, ProblemHttpResult>> One(
        string id, string publicationId, Caller caller, Database database, CancellationToken cancellation)
    {
        var catalog = await Catalogs.Catalog.Find(database, id, cancellation);
        if (Access.CannotRead(caller, catalog?.OrganizationId, "catalog", id) is { } refusal)
        {
            return refusal;
        }

        var publication = await database.QueryOne<PublicationResponse>($"{Select} and u.id = @publicationId", new { id, publicationId }, cancellation);
        return publication is null ? Problem.NotFound("publication", publicationId) : TypedResults.Ok(publication);
    }
}
