using System.ComponentModel.DataAnnotations;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Catalog.Publications;

/// <summary>Who shall see a publication; what is left out stays as it is. <c>plans</c> are exchanged whole.</summary>
/// <param name="OrganizationIds">With visibility <c>organizations</c>: the consumer organizations that see it.</param>
/// <param name="Plans">Plans that fewer shall see than the product.</param>
public sealed record ChangeVisibilityRequest(
    [AllowedValues(null, "public", "signed_in", "organizations", "none")] string? Visibility = null,
    [Listed(500)] IReadOnlyList<string>? OrganizationIds = null,
    [Listed(100)] IReadOnlyList<PlanVisibility>? Plans = null);

/// <summary>Shows a published product, or single plans of it, to others than before. Who may not see it cannot subscribe to it any more;
/// subscriptions that are there go on.</summary>
public static class ChangeVisibility
{
    /// <summary>Owners, administrators and product managers of the provider; <c>If-Match</c> required.</summary>
    public static async Task<Results<Ok<PublicationResponse>, ProblemHttpResult>> Handle(
        string id, string publicationId, ChangeVisibilityRequest request, Caller caller, HttpContext context, Database database, CancellationToken cancellation)
    {
        var seen = await Catalogs.Catalog.Find(database, id, cancellation);
        if ((Access.Cannot(caller, seen?.OrganizationId, "catalog", id, Roles.ProviderProducts) ?? Contradiction(request)
            ?? await Visibility.Unknown(database, id, Named(request), cancellation)) is { } refusal)
        {
            return refusal;
        }

        // A publication's product never changes, and its row is held before the catalog's.
        var productId = await database.QueryOne<string>("select product_id from publications where id = @publicationId and catalog_id = @id", new { id, publicationId }, cancellation);
        await using var transaction = await database.Begin(cancellation);
        var product = productId is null ? null : await Product.Lock(transaction, productId, cancellation);
        var catalog = await Catalogs.Catalog.Hold(transaction, id, cancellation);
        var before = await Publication.Read(transaction, id, publicationId, cancellation);
        if (product is null || catalog is null || before is null)
        {
            return Problem.NotFound("publication", publicationId);
        }

        if (context.Mismatch(before.Version) is { } mismatch)
        {
            return mismatch;
        }

        if (request.Visibility is { } visibility)
        {
            await transaction.Execute(
                "update publications set visibility = @visibility, visible_to = @chosen where id = @publicationId",
                new { publicationId, visibility, chosen = Visibility.Chosen(visibility, request.OrganizationIds) }, cancellation);
        }

        if (request.Plans is not null && await SetPlans(transaction, product.Id, publicationId, request.Plans, cancellation) is { } unknown)
        {
            return unknown;
        }

        await Offer.AnnounceProduct(transaction, product, [catalog], cancellation);
        var after = (await Publication.Read(transaction, id, publicationId, cancellation))!;
        await transaction.Record(caller, "publication.visibility_changed", catalog.OrganizationId, publicationId, before.Recorded, after.Recorded, cancellation);
        await transaction.Commit(cancellation);
        context.SetVersion(after.Version);
        return TypedResults.Ok(after.Show());
    }

    private static async Task<ProblemHttpResult?> SetPlans(
        Transaction transaction, string productId, string publicationId, IReadOnlyList<PlanVisibility> plans, CancellationToken cancellation)
    {
        var known = (await Plan.Of(transaction, productId, cancellation)).Select(p => p.Id).ToHashSet(StringComparer.Ordinal);
        await transaction.Execute("delete from publication_plans where publication_id = @publicationId", new { publicationId }, cancellation);
        for (var i = 0; i < plans.Count; i++)
        {
            // Each plan once: what was taken from the set is not in it a second time.
            if (!known.Remove(plans[i].PlanId))
            {
                return Problems.PlanUnknown(i, plans[i].PlanId);
            }

            await transaction.Execute(
                "insert into publication_plans (publication_id, plan_id, visibility, visible_to) values (@publicationId, @PlanId, @Visibility, @chosen)",
                new { publicationId, plans[i].PlanId, plans[i].Visibility, chosen = Visibility.Chosen(plans[i].Visibility, plans[i].OrganizationIds) }, cancellation);
        }

        return null;
    }

    private static ProblemHttpResult? Contradiction(ChangeVisibilityRequest request) =>
        Visibility.Contradiction(request.Visibility, request.OrganizationIds, "organizationIds")
        ?? (request.Plans ?? []).Select((p, i) => Visibility.Contradiction(p.Visibility, p.OrganizationIds, $"plans[{i}].organizationIds")).FirstOrDefault(r => r is not null);

    private static IEnumerable<string> Named(ChangeVisibilityRequest request) =>
        (request.OrganizationIds ?? []).Concat((request.Plans ?? []).SelectMany(p => p.OrganizationIds ?? []));
}
