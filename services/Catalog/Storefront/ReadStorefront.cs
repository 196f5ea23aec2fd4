using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Catalog.Storefront;

/// <summary>Shows what a catalog sells to those who may see it: public products to everybody, also without an account; others to organizations
/// that signed up to the catalog, or to some of them, and to its provider. Upstream addresses are nobody's business here.</summary>
public static class ReadStorefront
{
    // The words were cut to letters and digits before they became a question, so what was typed cannot be one of its operators.
    private const string Narrowed =
        $"""
        {StorefrontRow.Select}
            and (@query::text is null or l.search @@ folded(@query)::tsquery)
            and (@Tag::text is null or @Tag = any(l.tags)) and (@Category::text is null or lower(l.category) = lower(@Category))
            and (not @AsksForPlans or exists (
                select from plans n left join publication_plans v on v.publication_id = u.id and v.plan_id = n.id
                where n.product_id = p.id and n.status = 'Active' and may_see(coalesce(v.visibility, 'public'), v.visible_to, {Visitor.Sees})
                    and (@PriceModel::text is null or n.price_model = @PriceModel) and (@Free::boolean is null or (n.price_model = 'free') = @Free)
                    and (@Currency::text is null or (n.currency = @Currency and n.price_model not in ('free', 'custom')))))
        """;

    /// <summary>A page of the storefront.</summary>
    public static async Task<Results<Ok<StorefrontPage>, ProblemHttpResult>> Handle(
        string id, [AsParameters] StorefrontQuery query, HttpContext context, Database database, CancellationToken cancellation)
    {
        var catalog = await Catalogs.Catalog.Find(database, id, cancellation);
        if (catalog is null)
        {
            return Problem.NotFound("catalog", id);
        }

        var place = query.Cursor is null ? null : StorefrontPlace.Read(context, query.Cursor);
        if (!string.IsNullOrEmpty(query.Cursor) && place?.Order != query.Order)
        {
            return Problem.Invalid("cursor", "The cursor is not of this list in this order. Leave it out to begin anew.");
        }

        var visitor = Visitor.Of(catalog, context.User);
        var rows = await database.Query<StorefrontRow>(
            Narrowed + query.Order switch
            {
                "relevance" => """

                     and (@After::text is null or ((ts_rank(l.search, folded(@query)::tsquery) * 1000000)::int, u.id) < (@Rank, @After))
                    order by rank desc, u.id desc limit @Take
                    """,
                "title" => """

                     and (@After::text is null or (l.sort_title, u.id) > (@Key collate "C", @After))
                    order by l.sort_title, u.id limit @Take
                    """,
                _ => """

                     and (@After::text is null or (u.published_at, u.id) < (@Time, @After))
                    order by u.published_at desc, u.id desc limit @Take
                    """,
            },
            new
            {
                id, query = query.Search is null ? null : Words.Query(query.Search), Tag = query.Tag?.Trim().ToLowerInvariant(), Category = query.Category?.Trim(),
                query.AsksForPlans, query.PriceModel, query.Free, Currency = query.Currency?.ToLowerInvariant(),
                visitor.SignedIn, visitor.Provider, visitor.Organizations,
                After = place?.Id, place?.Key, Rank = place?.Rank ?? 0, Time = place?.Time ?? default, Take = query.Limit + 1,
            }, cancellation);
        var shown = rows.Take(query.Limit).ToList();
        var plans = await StorefrontRow.Plans(database, shown, visitor, cancellation);
        return TypedResults.Ok(new StorefrontPage(
            StorefrontCatalog.Of(catalog), [.. shown.Select(row => row.Show(catalog, plans[row.ProductId]))],
            rows.Count > query.Limit ? StorefrontPlace.Of(query.Order, shown[^1]).Write(context) : null));
    }
}

/// <summary>A page of what a catalog sells.</summary>
public sealed record StorefrontPage(StorefrontCatalog Catalog, IReadOnlyList<StorefrontProduct> Data, string? NextCursor);
