using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Marketplace.Contracts.Catalog;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Catalog.Apis;

/// <summary>An API to be described.</summary>
/// <param name="UpstreamUrl">Where the gateway sends its calls: https, a public host.</param>
/// <param name="Resources">What may be called below the upstream; none means everything.</param>
public sealed record CreateApiRequest(
    [Required, PlainText(64)] string OrganizationId,
    [Required, PlainText(200)] string Title,
    [Required, StringLength(500)] string UpstreamUrl,
    [Listed(500)] IReadOnlyList<ApiResource>? Resources = null);

/// <summary>One resource of an API.</summary>
/// <param name="Method">An HTTP method in capitals, or <c>*</c> for any.</param>
/// <param name="Path">A path template below the API, such as <c>/orders/{id}</c>.</param>
public sealed record ApiResource(
    [Required, AllowedValues("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "*")] string Method,
    [Required, StringLength(500), RegularExpression(@"^/(?!.*(\.\.|//|/\./))([A-Za-z0-9._~!$&'()+,;=:@\-]|/|\{[A-Za-z0-9_]{1,64}\}|\*)*$",
        ErrorMessage = "A path begins with '/', has no '..', and may hold {parameters} and '*'.")] string Path)
{
    /// <summary>The resources as they are stored and announced.</summary>
    public static string Store(IEnumerable<ApiResource> resources) =>
        JsonSerializer.Serialize(resources.Select(r => new PublishedResource(r.Method, r.Path)).Distinct(), JsonSerializerOptions.Web);
}

/// <summary>Describes an API of a provider.</summary>
public static class CreateApi
{
    /// <summary>Owners, administrators and product managers of a provider.</summary>
    public static async Task<Results<Created<ApiResponse>, ProblemHttpResult>> Handle(
        CreateApiRequest request, Caller caller, HttpContext context, UpstreamAddresses upstreams, Database database, TimeProvider clock, CancellationToken cancellation)
    {
        if (Access.Cannot(caller, request.OrganizationId, "organization", request.OrganizationId, Roles.ProviderProducts) is { } refusal)
        {
            return refusal;
        }

        var (upstream, reason) = upstreams.Judge(request.UpstreamUrl);
        if (upstream is null)
        {
            return Problems.UpstreamRefused(reason!);
        }

        var api = new Api
        {
            Id = Ids.New("api", clock),
            OrganizationId = request.OrganizationId,
            Name = "",
            Title = request.Title.Trim(),
            UpstreamUrl = upstream,
            Resources = ApiResource.Store(request.Resources ?? []),
            Version = 1,
            CreatedAt = clock.GetUtcNow(),
        };
        await using var transaction = await database.Begin(cancellation);
        foreach (var name in Slug.Candidates(api.Title, "api"))
        {
            api = api with { Name = name };
            if (await transaction.Execute(
                """
                insert into apis (id, organization_id, name, title, upstream_url, resources, version, created_at)
                values (@Id, @OrganizationId, @Name, @Title, @UpstreamUrl, @Resources::jsonb, @Version, @CreatedAt)
                on conflict (organization_id, name) do nothing
                """, api, cancellation) == 1)
            {
                break;
            }
        }

        await transaction.Record(caller, "api.created", api.OrganizationId, api.Id, null, api.Show(), cancellation);
        await transaction.Commit(cancellation);
        context.SetVersion(api.Version);
        return TypedResults.Created($"/v1/apis/{api.Id}", api.Show());
    }
}
