using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Marketplace.Pricing;
using Marketplace.ServiceDefaults;
using Microsoft.AspNetCore.Mvc;

namespace Marketplace.Catalog.Storefront;

/// <summary>What is looked for in a storefront, and in which order.</summary>
/// <param name="Search">Words that titles, descriptions, APIs, tags or categories begin with; all of them must.</param>
/// <param name="PriceModel">Products with a plan of this model.</param>
/// <param name="Free">True for products with a plan that costs nothing, false for those with one that does.</param>
/// <param name="Currency">Products with a priced plan in this currency.</param>
/// <param name="Tag">Products with this tag.</param>
/// <param name="Category">Products on this shelf.</param>
/// <param name="Sort"><c>relevance</c> (when something is searched for), <c>newest</c> (otherwise) or <c>title</c>.</param>
public sealed record StorefrontQuery(
    [property: FromQuery(Name = "search"), PlainText(100)] string? Search = null,
    [property: FromQuery(Name = "priceModel"), AllowedValues(null, "free", "flat", "unit", "graduated", "volume", "package", PlanSeats.Model, "custom")] string? PriceModel = null,
    [property: FromQuery(Name = "free")] bool? Free = null,
    [property: FromQuery(Name = "currency"), RegularExpression("^[A-Za-z]{3}$", ErrorMessage = "A currency is three letters of ISO 4217.")] string? Currency = null,
    [property: FromQuery(Name = "tag"), PlainText(64)] string? Tag = null,
    [property: FromQuery(Name = "category"), PlainText(60)] string? Category = null,
    [property: FromQuery(Name = "sort"), AllowedValues(null, "relevance", "newest", "title")] string? Sort = null,
    [property: FromQuery(Name = "limit"), Range(1, 100)] int Limit = 20,
    [property: FromQuery(Name = "cursor"), MaxLength(1000)] string? Cursor = null)
{
    /// <summary>The order asked for, or the one that suits the question.</summary>
    public string Order => Search is null && Sort is null or "relevance" ? "newest" : Sort ?? "relevance";

    /// <summary>Whether only products with certain plans are looked for.</summary>
    public bool AsksForPlans => PriceModel is not null || Free is not null || Currency is not null;
}

/// <summary>Where a page of a storefront ended: the sort key of its last row and that row's id, which makes the place unique. Rows that come or go
/// in between move nothing: the next page begins behind the place, not behind a number of rows.</summary>
public sealed record StorefrontPlace(string Order, string Key, string Id)
{
    private const char Separator = '\u001f';

    /// <summary>The place of a row.</summary>
    public static StorefrontPlace Of(string order, StorefrontRow row) => new(
        order,
        order switch
        {
            "relevance" => row.Rank.ToString(CultureInfo.InvariantCulture),
            "title" => row.SortTitle,
            _ => row.PublishedAt.UtcTicks.ToString(CultureInfo.InvariantCulture),
        },
        row.Id);

    /// <summary>The place that <see cref="Write"/> made a cursor of in this storefront, or null for any other text.</summary>
    public static StorefrontPlace? Read(HttpContext context, string cursor)
    {
        if (PageCursor.Read(context, cursor)?.Split(Separator) is not [var order, var key, var id])
        {
            return null;
        }

        return order == "title" || long.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number <= (order == "relevance" ? int.MaxValue : DateTimeOffset.MaxValue.Ticks) ? new(order, key, id) : null;
    }

    /// <summary>The place as a cursor.</summary>
    public string Write(HttpContext context) => PageCursor.Write(context, $"{Order}{Separator}{Key}{Separator}{Id}");

    /// <summary>The rank it stands at.</summary>
    public int Rank => Order == "relevance" ? int.Parse(Key, CultureInfo.InvariantCulture) : 0;

    /// <summary>The time it stands at.</summary>
    public DateTimeOffset Time => Order == "newest" ? new(long.Parse(Key, CultureInfo.InvariantCulture), TimeSpan.Zero) : default;
}
