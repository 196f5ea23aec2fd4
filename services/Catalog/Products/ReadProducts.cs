using System.ComponentModel.DataAnnotations;
using Marketplace.Catalog.Releases;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Marketplace.Catalog.Products;

/// <summary>Shows products to the members of their provider.</summary>
public static class ReadProducts
{
    /// <summary>One product with its APIs, releases and plans, and its version as ETag.</summary>
    public static async Task<Results<Ok<ProductResponse>, ProblemHttpResult>> One(
        string id, Caller caller, HttpContext context, Database database, CancellationToken cancellation)
    {
        var product = await Product.Find(database, id, cancellation);
        if (Access.CannotRead(caller, product?.OrganizationId, "product", id) is { } refusal)
        {
            return refusal;
        }

        context.SetVersion(product!.Version);
        return TypedResults.Ok(ProductResponse.Of(
            product,
            await database.Query<string>("select api_id from product_apis where product_id = @id order by ordinal", new { id }, cancellation),
            await database.Query<Release>("select * from releases where product_id = @id order by id desc", new { id }, cancellation),
            await database.Query<Plan>($"{Plan.Select} order by p.id", new { Products = new[] { id } }, cancellation)));
    }

    /// <summary>The products of the caller's providers, or of one of them.</summary>
    /// <param name="search">Part of the title, name or description, in any case.</param>
    /// <param name="status"><c>draft</c> or <c>active</c>.</param>
    /// <param name="apiId">An API that the product has.</param>
    /// <param name="sort"><c>newest</c> (default), <c>oldest</c> or <c>title</c>.</param>
    public static async Task<Ok<Page<ProductSummary>>> List(
        [AsParameters] PageQuery page, [FromQuery, PlainText(64)] string? organizationId, [FromQuery, PlainText(100)] string? search,
        [FromQuery, AllowedValues(null, "draft", "active")] string? status, [FromQuery, PlainText(64)] string? apiId,
        [FromQuery, AllowedValues(null, "newest", "oldest", "title")] string? sort, Caller caller, Database database, CancellationToken cancellation)
    {
        var order = ListOrder.Of(sort, "products");
        var rows = await database.Query<Product>(
            $"""
            select * from products
            where organization_id = any(@organizations) and {order.After}
              and (@search::text is null or strpos(lower(title), lower(@search)) > 0 or strpos(name, lower(@search)) > 0
                   or strpos(lower(description), lower(@search)) > 0)
              and (@status::text is null or (release is null) = (@status = 'draft'))
              and (@apiId::text is null or exists (select 1 from product_apis where product_id = products.id and api_id = @apiId))
            order by {order.By} limit @Take
            """,
            new { organizations = Access.Readable(caller, organizationId), search, status, apiId, First = ListOrder.First(page), page.After, page.Take }, cancellation);
        return TypedResults.Ok(Page<Product>.Of(rows, page, product => product.Id).Select(ProductSummary.Of));
    }
}
