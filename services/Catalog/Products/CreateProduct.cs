using System.ComponentModel.DataAnnotations;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Catalog.Products;

/// <summary>A product to be described.</summary>
/// <param name="ApiIds">The APIs it is made of, of the same organization.</param>
/// <param name="ImageUrl">Address of a picture of it.</param>
public sealed record CreateProductRequest(
    [Required, PlainText(64)] string OrganizationId,
    [Required, PlainText(200)] string Title,
    [Required, MinLength(1), Listed(100)] IReadOnlyList<string> ApiIds,
    [PlainText(5000)] string? Description = null,
    [WebAddress] string? ImageUrl = null);

/// <summary>Describes a product: a draft until its first release.</summary>
public static class CreateProduct
{
    /// <summary>Owners, administrators and product managers of a provider.</summary>
    public static async Task<Results<Created<ProductResponse>, ProblemHttpResult>> Handle(
        CreateProductRequest request, Caller caller, HttpContext context, Database database, TimeProvider clock, CancellationToken cancellation)
    {
        if (Access.Cannot(caller, request.OrganizationId, "organization", request.OrganizationId, Roles.ProviderProducts) is { } refusal)
        {
            return refusal;
        }

        var product = new Product
        {
            Id = Ids.New("prd", clock),
            OrganizationId = request.OrganizationId,
            Name = "",
            Title = request.Title.Trim(),
            Description = request.Description?.Trim(),
            ImageUrl = request.ImageUrl,
            Version = 1,
            CreatedAt = clock.GetUtcNow(),
        };
        await using var transaction = await database.Begin(cancellation);
        foreach (var name in Slug.Candidates(product.Title, "product"))
        {
            product = product with { Name = name };
            if (await transaction.Execute(
                """
                insert into products (id, organization_id, name, title, description, image_url, version, created_at)
                values (@Id, @OrganizationId, @Name, @Title, @Description, @ImageUrl, @Version, @CreatedAt) on conflict (name) do nothing
                """, product, cancellation) == 1)
            {
                break;
            }
        }

        if (await SetApis(transaction, product, request.ApiIds, cancellation) is { } unusable)
        {
            return unusable;
        }

        var answer = ProductResponse.Of(product, request.ApiIds, [], []);
        await transaction.Record(caller, "product.created", product.OrganizationId, product.Id, null, answer, cancellation);
        await transaction.Commit(cancellation);
        context.SetVersion(product.Version);
        return TypedResults.Created($"/v1/products/{product.Id}", answer);
    }

    /// <summary>Makes these the product's APIs; why one of them cannot be, or null. Their rows are held, so that none goes meanwhile.</summary>
    public static async Task<ProblemHttpResult?> SetApis(Transaction transaction, Product product, IEnumerable<string> apiIds, CancellationToken cancellation)
    {
        var wanted = apiIds.Distinct(StringComparer.Ordinal).ToArray();
        var known = await transaction.Query<(string Id, bool Archived)>(
            "select id, archived_at is not null from apis where id = any(@wanted) and organization_id = @OrganizationId for share",
            new { wanted = wanted.Where(PlainTextAttribute.Fits).ToArray(), product.OrganizationId }, cancellation);
        if (Array.Find(wanted, id => !known.Any(api => api.Id == id)) is { } unknown)
        {
            return Problems.ApiUnknown(unknown);
        }

        if (known.FirstOrDefault(api => api.Archived) is { Id: { } archived })
        {
            return Problems.ApiArchived(archived, "apiIds");
        }

        await transaction.Execute("delete from product_apis where product_id = @Id", product, cancellation);
        await transaction.Execute(
            "insert into product_apis (product_id, api_id, ordinal) select @Id, api_id, ordinal from unnest(@wanted) with ordinality as w (api_id, ordinal)",
            new { product.Id, wanted }, cancellation);
        return null;
    }
}
