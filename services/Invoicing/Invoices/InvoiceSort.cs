namespace Marketplace.Invoicing;

/// <summary>How a list of invoices is sorted. A page goes on after the key and id that the one before ended with, so that rows that come or change in between
/// neither repeat nor hide others whose key stayed as it was.</summary>
/// <param name="Key">The sort key as SQL, a whole number; null where ids, which follow creation, are it.</param>
internal sealed record InvoiceSort(string? Key, bool Descending)
{
    // Without a due date comes after every due date.
    private const string DueAt = "coalesce((extract(epoch from due_at) * 1000000)::bigint, 9223372036854775807)";

    /// <summary>The names that a request may give.</summary>
    public const string Names = "^-?(createdAt|dueAt|total)$";

    private string Direction => Descending ? "desc" : "asc";

    /// <summary>The named sorting; newest first where none is named.</summary>
    public static InvoiceSort Of(string? name) => new(
        name?.TrimStart('-') switch { "dueAt" => DueAt, "total" => "total + tax", _ => null }, name is null || name.StartsWith('-'));

    /// <summary>What a page adds to the select list.</summary>
    public string Column => $"{Key ?? "0::bigint"} as sort_key";

    /// <summary>The order of the rows.</summary>
    public string Order => Key is null ? $"id {Direction}" : $"{Key} {Direction}, id {Direction}";

    /// <summary>What comes after <c>@Key</c> and <c>@Id</c>; everything on the first page.</summary>
    public string After => (Key is null, Descending) switch
    {
        (true, true) => "(@Id::text is null or id < @Id)",
        (true, false) => "(@Id::text is null or id > @Id)",
        (false, true) => $"(@Id::text is null or ({Key}, id) < (@Key, @Id))",
        (false, false) => $"(@Id::text is null or ({Key}, id) > (@Key, @Id))",
    };

    /// <summary>Where a page begins: the text of its cursor, read; null for one that no page ended with.</summary>
    public static (long Key, string? Id)? Start(string after) => after == "~" ? (0, null)
        : after.Split('|') is [var key, var id] && long.TryParse(key, out var number) ? (number, id)
        : null;

    /// <summary>What the next page goes on after.</summary>
    public static string End(long key, string id) => $"{key}|{id}";
}
