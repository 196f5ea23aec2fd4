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
    public static async Task<Ok<Page<ApiResponse>>> List(
        [AsParameters] PageQuery page, [FromQuery, PlainText(64)] string? organizationId, Caller caller, Database database, CancellationToken cancellation)
    {
        var rows = await database.Query<Api>(
            "select * from apis where organization_id = any(@organizations) and id < @After order by id desc limit @Take",
            new { organizations = Access.Readable(caller, organizationId), page.After, page.Take }, cancellation);
        return TypedResults.Ok(Page<Api>.Of(rows, page, api => api.Id).Select(api => api.Show()));
    }
}
