using System.ComponentModel.DataAnnotations;
using System.Text;
using Microsoft.AspNetCore.Mvc;

namespace Marketplace.ServiceDefaults;

/// <summary>A page of a list, newest first, and the cursor of the next one (null at the end).</summary>
public sealed record Page<T>(IReadOnlyList<T> Data, string? NextCursor)
{
    /// <summary>Cuts a result of up to <c>limit + 1</c> rows into a page; the cursor is the last id shown.</summary>
    public static Page<T> Of(IReadOnlyList<T> rows, PageQuery query, Func<T, string> id) =>
        rows.Count > query.Shown
            ? new([.. rows.Take(query.Shown)], PageQuery.Encode(id(rows[query.Shown - 1])))
            : new(rows, null);

    /// <summary>The same page with each row shown in another shape.</summary>
    public Page<TOther> Select<TOther>(Func<T, TOther> show) => new([.. Data.Select(show)], NextCursor);
}

/// <summary>How lists are asked for: <c>limit</c> 1 to 100 (default 20) and the opaque <c>cursor</c> of the page before.
/// Ids are time-ordered, so SQL is <c>where id &lt; @After order by id desc limit @Take</c>.</summary>
public sealed record PageQuery(
    [property: FromQuery(Name = "limit"), Range(1, 100)] int Limit = 20,
    [property: FromQuery(Name = "cursor"), MaxLength(200), Cursor] string? Cursor = null)
{
    // Validation refuses other limits where the host calls it; a list mapped by a library is safe all the same.
    internal int Shown => Math.Clamp(Limit, 1, 100);

    /// <summary>One row more than shown tells whether there is a next page.</summary>
    public int Take => Shown + 1;

    /// <summary>The id to continue after, or a text greater than every id for the first page and for an unreadable cursor.</summary>
    public string After => string.IsNullOrEmpty(Cursor) ? "~" : Decode(Cursor) ?? "~";

    internal static string Encode(string id) => Convert.ToBase64String(Encoding.UTF8.GetBytes(id)).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    internal static string? Decode(string cursor)
    {
        var text = cursor.Replace('-', '+').Replace('_', '/');
        Span<byte> bytes = stackalloc byte[200];
        // PostgreSQL knows no text with a zero in it.
        return Convert.TryFromBase64String(text.PadRight((text.Length + 3) / 4 * 4, '='), bytes, out var written) && !bytes[..written].Contains((byte)0)
            ? Encoding.UTF8.GetString(bytes[..written])
            : null;
    }
}

/// <summary>A cursor as a list gave it.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
internal sealed class CursorAttribute() : ValidationAttribute("The cursor is none that a list gave. Begin again without one.")
{
    public override bool IsValid(object? value) => value is null or "" || (value is string cursor && PageQuery.Decode(cursor) is not null);
}
