using System.ComponentModel.DataAnnotations;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Marketplace.Catalog.Apis;

/// <summary>Shows APIs to the members of their provider.</summary>
public static class ReadApis
{
    /// <summary>One API, with its version as ETag.</summary>
    public static async Task<Results<Ok<ApiResponse>, ProblemHttpResult>> One(
        string id, Caller caller, HttpContext context, Database database, CancellationToken cancellation)
    {
        var api = await database.QueryOne<Api>("select * from apis where id = @id", new { id }, cancellation);
        if (Access.CannotRead(caller, api?.OrganizationId, "API", id) is { } refusal)
        {
            return refusal;
        }

        context.SetVersion(api!.Version);
        return TypedResults.Ok(api.Show());
    }

    /// <summary>The APIs of the caller's providers, or of one of them.</summary>
    /// <param name="search">Part of the title or name, in any case.</param>
    /// <param name="status"><c>active</c> or <c>archived</c>.</param>
    /// <param name="sort"><c>newest</c> (default), <c>oldest</c> or <c>title</c>.</param>
    public static async Task<Ok<Page<ApiResponse>>> List(
        [AsParameters] PageQuery page, [FromQuery, PlainText(64)] string? organizationId, [FromQuery, PlainText(100)] string? search,
        [FromQuery, AllowedValues(null, "active", "archived")] string? status, [FromQuery, AllowedValues(null, "newest", "oldest", "title")] string? sort,
        Caller caller, Database database, CancellationToken cancellation)
    {
        var order = ListOrder.Of(sort, "apis");
        var rows = await database.Query<Api>(
            $"""
            select * from apis
            where organization_id = any(@organizations) and {order.After}
              and (@search::text is null or strpos(lower(title), lower(@search)) > 0 or strpos(name, lower(@search)) > 0)
              and (@status::text is null or (archived_at is not null) = (@status = 'archived'))
            order by {order.By} limit @Take
            """,
            new { organizations = Access.Readable(caller, organizationId), search, status, First = ListOrder.First(page), page.After, page.Take }, cancellation);
        return TypedResults.Ok(Page<Api>.Of(rows, page, api => api.Id).Select(api => api.Show()));
    }
}
