using Marketplace.Catalog.Plans;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace Marketplace.Catalog.Products;

/// <summary>Deletes a draft with its plans. What was released was on offer, or may have been: it stays.</summary>
public static class DeleteProduct
{
    /// <summary>Owners, administrators and product managers of the provider.</summary>
    public static async Task<Results<NoContent, ProblemHttpResult>> Handle(
        string id, Caller caller, Database database, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var product = await Product.Lock(transaction, id, cancellation);
        if (Access.Cannot(caller, product?.OrganizationId, "product", id, Roles.ProviderProducts) is { } refusal)
        {
            return refusal;
        }

        if (product!.Release is not null)
        {
            return Problems.ProductReleased(id, product.Release);
        }

        var plans = await Plan.Of(transaction, id, cancellation);
        var apis = await PlanRules.ApisOf(transaction, id, cancellation);
        try
        {
            await transaction.Execute("delete from plans where product_id = @id", new { id }, cancellation);
            await transaction.Execute("delete from listings where product_id = @id", new { id }, cancellation);
            await transaction.Execute("delete from product_apis where product_id = @id", new { id }, cancellation);
            await transaction.Execute("delete from products where id = @id", new { id }, cancellation);
        }
        catch (PostgresException refused) when (refused.SqlState is PostgresErrorCodes.ForeignKeyViolation or PostgresErrorCodes.RestrictViolation)
        {
            // What others have tied to it, such as terms and migrations, keeps it.
            return Problems.ProductInUse(id, refused.TableName ?? "plans");
        }

        await transaction.Record(caller, "product.deleted", product.OrganizationId, id, ProductResponse.Of(product, apis, [], plans), null, cancellation);
        await transaction.Commit(cancellation);
        return TypedResults.NoContent();
    }
}
