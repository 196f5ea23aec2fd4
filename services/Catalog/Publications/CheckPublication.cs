using Marketplace.Catalog.Storefront;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Marketplace.Catalog.Publications;

/// <summary>Tells a provider why consumers see a product and its plans in a catalog, or why they do not: every reason, not the first one.</summary>
public static class CheckPublication
{
    /// <summary>Members of the provider.</summary>
    /// <param name="organizationId">As this consumer organization sees it; without, as somebody without an account does.</param>
    public static async Task<Results<Ok<PublicationChecks>, ProblemHttpResult>> Handle(
        string id, string productId, [FromQuery, PlainText(64)] string? organizationId, Caller caller, Database database, CancellationToken cancellation)
    {
        var catalog = await Catalogs.Catalog.Find(database, id, cancellation);
        if (Access.CannotRead(caller, catalog?.OrganizationId, "catalog", id) is { } refusal)
        {
            return refusal;
        }

        var product = await Product.Find(database, productId, cancellation);
        if (product?.OrganizationId != catalog!.OrganizationId)
        {
            return Problem.NotFound("product", productId);
        }

        var publication = await database.QueryOne<Publication>($"{Publication.Select} and u.product_id = @productId", new { id, productId }, cancellation);
        var joined = organizationId is not null && await database.QueryOne<bool>(
            "select exists (select from consumer_organizations where id = @organizationId and catalog_id = @id and deleted_at is null)", new { organizationId, id }, cancellation);
        var visitor = joined ? Visitor.Member(organizationId!) : Visitor.Anonymous;
        var seen = new HashSet<string>(
            publication is null ? [] : await database.Query<string>(
                $"""
                select id from publications where id = @publication and may_see(visibility, visible_to, {Visitor.Sees})
                union all select p.id from plans p left join publication_plans v on v.plan_id = p.id and v.publication_id = @publication
                    where p.product_id = @productId and may_see(coalesce(v.visibility, 'public'), v.visible_to, {Visitor.Sees})
                """, new { publication = publication.Id, productId, visitor.SignedIn, visitor.Provider, visitor.Organizations }, cancellation),
            StringComparer.Ordinal);

        List<CheckReason> reasons =
        [
            .. product!.Release is null ? [new CheckReason("product_not_released", "The product has no release yet. Release it.")] : Array.Empty<CheckReason>(),
            .. publication is null ? [new CheckReason("product_not_published", "The product is not published in this catalog. Publish it.")] : Array.Empty<CheckReason>(),
            .. organizationId is not null && !joined ? [new CheckReason("organization_not_in_catalog", "The organization did not sign up to this catalog.")] : Array.Empty<CheckReason>(),
            .. publication is not null && !seen.Contains(publication.Id) ? [Hidden(publication.Visibility, joined)] : Array.Empty<CheckReason>(),
        ];
        var readers = publication?.PlanList.ToDictionary(p => p.PlanId, p => p.Visibility, StringComparer.Ordinal) ?? [];
        var plans = await database.Query<Plan>($"{Plan.Select} order by p.id", new { Products = new[] { productId } }, cancellation);
        return TypedResults.Ok(new PublicationChecks(
            id, productId, publication?.Id, organizationId, reasons.Count == 0, reasons, [.. plans.Select(plan => Check(plan, catalog, reasons, seen, readers, joined))]));
    }

    private static PlanChecks Check(
        Plan plan, Catalogs.Catalog catalog, IReadOnlyList<CheckReason> product, HashSet<string> seen, Dictionary<string, string> readers, bool joined)
    {
        List<CheckReason> reasons = [];
        if (plan.Status != PlanStatus.Active)
        {
            var status = plan.Status.ToString().ToLowerInvariant();
            reasons.Add(new($"plan_{status}", $"The plan is {status}; only active plans are listed.{(plan.Status == PlanStatus.Draft ? " Activate it." : "")}"));
        }

        if (readers.TryGetValue(plan.Id, out var visibility) && !seen.Contains(plan.Id))
        {
            reasons.Add(Hidden(visibility, joined) with { Code = "plan_hidden" });
        }

        var gates = SalesGates.Refusals(catalog, [plan]).Select(gate => new CheckReason((string)gate.ProblemDetails.Extensions["code"]!, gate.ProblemDetails.Detail!)).ToList();
        return new(
            plan.Id, plan.Title, product.Count + reasons.Count == 0, product.Count + reasons.Count + gates.Count == 0, [.. reasons, .. gates]);
    }

    private static CheckReason Hidden(string visibility, bool joined) => visibility switch
    {
        "none" => new("hidden", "It is shown to nobody. Change its visibility."),
        "organizations" when joined => new("organization_not_chosen", "It is shown to chosen organizations, and this is none of them."),
        "organizations" => new("sign_in_required", "It is shown to chosen organizations of the catalog only."),
        _ => new("sign_in_required", "It is shown to organizations that signed up to the catalog only."),
    };
}

/// <summary>Why a product is seen in a catalog, or is not.</summary>
/// <param name="Visible">Whether the product is seen.</param>
/// <param name="Reasons">Why it is not; what is missing for the product is missing for each of its plans.</param>
public sealed record PublicationChecks(
    string CatalogId, string ProductId, string? PublicationId, string? OrganizationId, bool Visible, IReadOnlyList<CheckReason> Reasons, IReadOnlyList<PlanChecks> Plans);

/// <summary>Why a plan is seen and can be subscribed to, or not.</summary>
/// <param name="Visible">Whether it is listed.</param>
/// <param name="CanBeSold">Whether a subscription to it is taken: it is listed, and what a paid plan needs of its catalog is there.</param>
/// <param name="Reasons">All of its own, in the order in which they are refused: its status, its visibility, what the catalog lacks.</param>
public sealed record PlanChecks(string PlanId, string Title, bool Visible, bool CanBeSold, IReadOnlyList<CheckReason> Reasons);

/// <summary>One reason, with what to do about it.</summary>
/// <param name="Code">Stable.</param>
public sealed record CheckReason(string Code, string Detail);
