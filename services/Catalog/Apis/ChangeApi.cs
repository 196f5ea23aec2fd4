using System.ComponentModel.DataAnnotations;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Catalog.Apis;

/// <summary>What to change about an API; what is left out stays as it is.</summary>
public sealed record ChangeApiRequest(
    [PlainText(200)] string? Title = null,
    [StringLength(500)] string? UpstreamUrl = null,
    [Listed(500)] IReadOnlyList<ApiResource>? Resources = null);

/// <summary>Changes an API. Products keep what they were released with until their next release.</summary>
public static class ChangeApi
{
    /// <summary>Owners, administrators and product managers of the provider; <c>If-Match</c> required.</summary>
    public static async Task<Results<Ok<ApiResponse>, ProblemHttpResult>> Handle(
        string id, ChangeApiRequest request, Caller caller, HttpContext context, UpstreamAddresses upstreams, Database database, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var api = await Api.Lock(transaction, id, cancellation);
        if ((Access.Cannot(caller, api?.OrganizationId, "API", id, Roles.ProviderProducts) ?? context.Mismatch(api!.Version)) is { } refusal)
        {
            return refusal;
        }

        if (api!.ArchivedAt is not null)
        {
            return Problems.ApiArchived(id, null);
        }

        var (upstream, reason) = request.UpstreamUrl is null ? (api.UpstreamUrl, null) : upstreams.Judge(request.UpstreamUrl);
        if (upstream is null)
        {
            return Problems.UpstreamRefused(reason!);
        }

        var changed = api with
        {
            Title = request.Title?.Trim() ?? api.Title,
            UpstreamUrl = upstream,
            Resources = request.Resources is null ? api.Resources : ApiResource.Store(request.Resources),
            Version = api.Version + 1,
        };
        await transaction.Execute(
            "update apis set title = @Title, upstream_url = @UpstreamUrl, resources = @Resources::jsonb, version = @Version where id = @Id", changed, cancellation);
        await transaction.Record(caller, "api.changed", api.OrganizationId, id, api.Show(), changed.Show(), cancellation);
        await transaction.Commit(cancellation);

        context.SetVersion(changed.Version);
        return TypedResults.Ok(changed.Show());
    }
}
