using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Catalog.Apis;

/// <summary>Deletes an API that was never part of anything sold. One that was is archived instead.</summary>
public static class DeleteApi
{
    /// <summary>Owners, administrators and product managers of the provider.</summary>
    public static async Task<Results<NoContent, ProblemHttpResult>> Handle(
        string id, Caller caller, Database database, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var api = await Api.Lock(transaction, id, cancellation);
        if (Access.Cannot(caller, api?.OrganizationId, "API", id, Roles.ProviderProducts) is { } refusal)
        {
            return refusal;
        }

        if (await Api.ProductWith(transaction, id, cancellation) is { } product)
        {
            return Problems.ApiInUse(id, product);
        }

        if (await transaction.QueryOne<string?>(
            """
            select r.id from releases r join products p on p.id = r.product_id
            where p.organization_id = @OrganizationId and r.apis @> jsonb_build_array(jsonb_build_object('apiId', @Id::text)) limit 1
            """, api, cancellation) is { } release)
        {
            return Problems.ApiReleased(id, release);
        }

        await transaction.Execute("delete from apis where id = @id", new { id }, cancellation);
        await transaction.Record(caller, "api.deleted", api!.OrganizationId, id, api.Show(), null, cancellation);
        await transaction.Commit(cancellation);
        return TypedResults.NoContent();
    }
}
