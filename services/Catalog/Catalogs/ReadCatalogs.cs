using System.ComponentModel.DataAnnotations;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Marketplace.Catalog.Catalogs;

/// <summary>Filters of the list of catalogs; each narrows what the caller may see.</summary>
/// <param name="Environment"><c>sandbox</c> or <c>production</c>.</param>
/// <param name="BillingIntegrationId">Those that this integration bills.</param>
public sealed record CatalogFilter(
    [property: FromQuery(Name = "environment"), AllowedValues(null, "sandbox", "production")] string? Environment = null,
    [property: FromQuery(Name = "billingIntegrationId"), PlainText(64)] string? BillingIntegrationId = null);

/// <summary>Shows catalogs to the members of their provider.</summary>
public static class ReadCatalogs
{
    /// <summary>One catalog, with its version as ETag.</summary>
    public static async Task<Results<Ok<CatalogResponse>, ProblemHttpResult>> One(
        string id, Caller caller, HttpContext context, Database database, CancellationToken cancellation)
    {
        var catalog = await Catalog.Find(database, id, cancellation);
        if (Access.CannotRead(caller, catalog?.OrganizationId, "catalog", id) is { } refusal)
        {
            return refusal;
        }

        context.SetVersion(catalog!.Version);
        return TypedResults.Ok(catalog.Show());
    }

    /// <summary>The billing integration that a catalog is billed by, with the catalog's version as ETag.</summary>
    public static async Task<Results<Ok<AttachedBilling>, ProblemHttpResult>> Billing(
        string id, Caller caller, HttpContext context, Database database, CancellationToken cancellation)
    {
        var catalog = await Catalog.Find(database, id, cancellation);
        if (Access.CannotRead(caller, catalog?.OrganizationId, "catalog", id) is { } refusal)
        {
            return refusal;
        }

        context.SetVersion(catalog!.Version);
        return catalog.Billing is { } attached ? TypedResults.Ok(attached) : Problems.NothingAttached(id);
    }

    /// <summary>The catalogs of the caller's providers, or of one of them.</summary>
    public static async Task<Ok<Page<CatalogResponse>>> List(
        [AsParameters] PageQuery page, [AsParameters] CatalogFilter filter, [FromQuery, PlainText(64)] string? organizationId, Caller caller, Database database, CancellationToken cancellation)
    {
        var rows = await Catalog.List(database, Access.Readable(caller, organizationId), filter, page, cancellation);
        return TypedResults.Ok(Page<Catalog>.Of(rows, page, c => c.Id).Select(c => c.Show()));
    }
}
