using System.ComponentModel.DataAnnotations;
using Marketplace.Catalog.Releases;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Catalog.Products;

/// <summary>What to change about a product; what is left out stays as it is. <c>noImage</c> takes the image away.</summary>
public sealed record ChangeProductRequest(
    [PlainText(200)] string? Title = null,
    [PlainText(5000)] string? Description = null,
    [MinLength(1), Listed(100)] IReadOnlyList<string>? ApiIds = null,
    [WebAddress] string? ImageUrl = null,
    bool NoImage = false);

/// <summary>Changes a product. Catalogs show it as it was released until its next release.</summary>
public static class ChangeProduct
{
    /// <summary>Owners, administrators and product managers of the provider; <c>If-Match</c> required.</summary>
    public static async Task<Results<Ok<ProductResponse>, ProblemHttpResult>> Handle(
        string id, ChangeProductRequest request, Caller caller, HttpContext context, Database database, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var product = await Product.Lock(transaction, id, cancellation);
        if ((Access.Cannot(caller, product?.OrganizationId, "product", id, Roles.ProviderProducts) ?? context.Mismatch(product!.Version)) is { } refusal)
        {
            return refusal;
        }

        var plans = await Plan.Of(transaction, id, cancellation);
        var apisBefore = await PlanRules.ApisOf(transaction, id, cancellation);
        if (request.ApiIds is not null)
        {
            if (plans.Where(p => p.Status != PlanStatus.Archived)
                .SelectMany(p => p.QuotaList.SelectMany(q => q.ApiIds).Except(request.ApiIds).Select(api => (Api: api, Plan: p.Id)))
                .FirstOrDefault() is { Api: not null } orphan)
            {
                return Problems.ApiInQuota(orphan.Api, orphan.Plan);
            }

            if (await CreateProduct.SetApis(transaction, product!, request.ApiIds, cancellation) is { } unusable)
            {
                return unusable;
            }
        }

        var changed = product! with
        {
            Title = request.Title?.Trim() ?? product.Title,
            Description = request.Description?.Trim() ?? product.Description,
            ImageUrl = request.NoImage ? null : request.ImageUrl ?? product.ImageUrl,
            Version = product.Version + 1,
        };
        await transaction.Execute(
            "update products set title = @Title, description = @Description, image_url = @ImageUrl, version = @Version where id = @Id",
            changed, cancellation);
        var apis = await PlanRules.ApisOf(transaction, id, cancellation);
        var releases = await transaction.Query<Release>("select * from releases where product_id = @id order by id desc", new { id }, cancellation);
        await transaction.Record(
            caller, "product.changed", changed.OrganizationId, id, ProductResponse.Of(product, apisBefore, [], []), ProductResponse.Of(changed, apis, [], []), cancellation);
        await transaction.Commit(cancellation);

        context.SetVersion(changed.Version);
        return TypedResults.Ok(ProductResponse.Of(changed, apis, releases, plans));
    }
}
