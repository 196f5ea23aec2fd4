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
    public static async Task<Ok<Page<ProductSummary>>> List(
        [AsParameters] PageQuery page, [FromQuery, PlainText(64)] string? organizationId, Caller caller, Database database, CancellationToken cancellation)
    {
        var rows = await database.Query<Product>(
            "select * from products where organization_id = any(@organizations) and id < @After order by id desc limit @Take",
            new { organizations = Access.Readable(caller, organizationId), page.After, page.Take }, cancellation);
        return TypedResults.Ok(Page<Product>.Of(rows, page, product => product.Id).Select(ProductSummary.Of));
    }
}
