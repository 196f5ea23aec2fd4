using System.Security.Claims;
using System.Text.Json;
using Marketplace.Catalog.Plans;
using Marketplace.Contracts.Catalog;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Marketplace.Catalog.Storefront;

/// <summary>Shows what a catalog sells to those who may see it: public products to everybody, also without an account; signed-in ones to
/// organizations that signed up to the catalog and to its provider. Upstream addresses are nobody's business here.</summary>
public static class ReadStorefront
{
    /// <summary>A page of the storefront, most recently published first.</summary>
    /// <param name="search">Part of a product's title, in any case.</param>
    public static async Task<Results<Ok<StorefrontPage>, ProblemHttpResult>> Handle(
        string id, [AsParameters] PageQuery page, [FromQuery, PlainText(100)] string? search, HttpContext context, Database database, CancellationToken cancellation)
    {
        var catalog = await Catalogs.Catalog.Find(database, id, cancellation);
        if (catalog is null)
        {
            return Problem.NotFound("catalog", id);
        }

        var rows = await database.Query<Row>(
            """
            select u.id, u.visibility, p.id as product_id, p.name, r.title, r.description, p.release, r.apis::text as apis
            from publications u
            join products p on p.id = u.product_id
            join lateral (select * from releases where product_id = p.id order by major desc, minor desc, patch desc limit 1) r on true
            where u.catalog_id = @id and u.published and u.visibility = any(@visible) and u.id < @After
              and (@search::text is null or strpos(lower(r.title), lower(@search)) > 0)
            order by u.id desc limit @Take
            """,
            new { id, visible = Visible(catalog, context.User), search, page.After, page.Take }, cancellation);
        var plans = await database.Query<Plan>(
            $"{Plan.Select} and p.status = 'Active' order by p.id", new { Products = rows.Select(r => r.ProductId).ToArray() }, cancellation);
        var products = Page<Row>.Of(rows, page, row => row.Id).Select(row => row.Show(plans.Where(p => p.ProductId == row.ProductId)));
        return TypedResults.Ok(new StorefrontPage(new(catalog.Id, catalog.Title, catalog.Environment, catalog.SelfSignup), products.Data, products.NextCursor));
    }

    private static string[] Visible(Catalogs.Catalog catalog, ClaimsPrincipal user)
    {
        var caller = user.HasClaim(claim => claim.Type == ClaimTypes.NameIdentifier) ? Caller.Of(user) : null;
        var member = caller is not null
            && (Access.CannotRead(caller, catalog.OrganizationId, "catalog", catalog.Id) is null || caller.Memberships.Any(m => m.Catalog == catalog.Id));
        return member ? ["public", "signed_in"] : ["public"];
    }

    private sealed record Row(string Id, string Visibility, string ProductId, string Name, string Title, string? Description, string Release, string Apis)
    {
        public StorefrontProduct Show(IEnumerable<Plan> plans) => new(
            ProductId, Name, Title, Description, Release, Visibility,
            [.. JsonSerializer.Deserialize<List<PublishedApi>>(Apis, JsonSerializerOptions.Web)!
                .Select(api => new StorefrontApi(api.ApiId, api.Name, api.Title, $"/apis/{Name}/{api.Name}", api.Resources))],
            [.. plans.Select(StorefrontPlan.Of)]);
    }
}

/// <summary>A page of what a catalog sells.</summary>
public sealed record StorefrontPage(StorefrontCatalog Catalog, IReadOnlyList<StorefrontProduct> Data, string? NextCursor);

/// <summary>The catalog as consumers see it.</summary>
/// <param name="SelfSignup">Whether an organization can be created in it without an invitation.</param>
public sealed record StorefrontCatalog(string Id, string Title, string Environment, bool SelfSignup);

/// <summary>A product on offer.</summary>
public sealed record StorefrontProduct(
    string ProductId, string Name, string Title, string? Description, string Release, string Visibility,
    IReadOnlyList<StorefrontApi> Apis, IReadOnlyList<StorefrontPlan> Plans);

/// <summary>An API of a product on offer.</summary>
/// <param name="Path">Where it is called, below the gateway's address.</param>
public sealed record StorefrontApi(string ApiId, string Name, string Title, string Path, IReadOnlyList<PublishedResource> Resources);

/// <summary>A plan that can be subscribed to.</summary>
public sealed record StorefrontPlan(
    string PlanId, string Name, string Title, string Currency, BillingPeriod BillingPeriod, PlanPrice Price, Money? SetupFee,
    int TrialDays, int? TermPeriods, string Approval, IReadOnlyList<QuotaSnapshot> Quotas, RateLimit? RateLimit, PlanDisplay Display)
{
    /// <summary>The plan as consumers see it.</summary>
    public static StorefrontPlan Of(Plan plan)
    {
        var shown = PlanResponse.Of(plan);
        return new(
            shown.Id, shown.Name, shown.Title, shown.Currency, shown.BillingPeriod, shown.Price, shown.SetupFee,
            shown.TrialDays, shown.TermPeriods, shown.Approval, shown.Quotas, shown.RateLimit, shown.Display);
    }
}
