using Marketplace.ServiceDefaults;

namespace Marketplace.Catalog;

/// <summary>The orders in which lists of titled things are asked for: newest first (default), oldest first, or by title.</summary>
/// <param name="After">SQL that holds for what comes after the page before; takes <c>@After</c> and <c>@First</c>.</param>
/// <param name="By">SQL of the order itself.</param>
public sealed record ListOrder(string After, string By)
{
    /// <summary>The order of a name; <paramref name="table"/> is where the row that a cursor names is looked up.</summary>
    public static ListOrder Of(string? sort, string table) => sort switch
    {
        "title" => new($"(@First or (lower(title), id) > (select lower(title), id from {table} where id = @After))", "lower(title), id"),
        "oldest" => new("(@First or id > @After)", "id"),
        _ => new("(@First or id < @After)", "id desc"),
    };

    /// <summary>Whether the first page is asked for.</summary>
    public static bool First(PageQuery page) => string.IsNullOrEmpty(page.Cursor);
}
