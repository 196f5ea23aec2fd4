using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;

namespace Marketplace.ServiceDefaults;

/// <summary>A page of a list, newest first, and the cursor of the next one (null at the end).</summary>
public sealed record Page<T>(IReadOnlyList<T> Data, string? NextCursor)
{
    /// <summary>Cuts a result of up to <c>limit + 1</c> rows into a page; the cursor is the last id shown.</summary>
    public static Page<T> Of(IReadOnlyList<T> rows, PageQuery query, Func<T, string> id) =>
        rows.Count > query.Shown
            ? new([.. rows.Take(query.Shown)], PageCursor.Write(query.Context, id(rows[query.Shown - 1])))
            : new(rows, null);

    /// <summary>The same page with each row shown in another shape.</summary>
    public Page<TOther> Select<TOther>(Func<T, TOther> show) => new([.. Data.Select(show)], NextCursor);
}

/// <summary>How lists are asked for: <c>limit</c> 1 to 100 (default 20) and the opaque <c>cursor</c> of the page before.
/// Ids are time-ordered, so SQL is <c>where id &lt; @After order by id desc limit @Take</c>.</summary>
/// <param name="Context">Says which list it is.</param>
public sealed record PageQuery(
    HttpContext Context,
    [property: FromQuery(Name = "limit"), Range(1, 100)] int Limit = 20,
    [property: FromQuery(Name = "cursor"), MaxLength(200), Cursor] string? Cursor = null)
{
    // Validation refuses other limits where the host calls it; a list mapped by a library is safe all the same.
    internal int Shown => Math.Clamp(Limit, 1, 100);

    /// <summary>One row more than shown tells whether there is a next page.</summary>
    public int Take => Shown + 1;

    /// <summary>The id to continue after, or a text greater than every id for the first page and for an unreadable cursor.</summary>
    public string After => string.IsNullOrEmpty(Cursor) ? "~" : PageCursor.Read(Context, Cursor) ?? "~";
}

/// <summary>A place in a list, as clients carry it from page to page. It begins with a digest of the list's address and of the order that was asked for, so that no other list takes it:
/// neither one of other things, nor the same one of another product, catalog or organization, nor itself in another order.</summary>
public static class PageCursor
{
    private const int Digest = 6;
    private const int Longest = 1000;

    /// <summary>The cursor of a place in the list that is asked for.</summary>
    public static string Write(HttpContext context, string place) =>
        Convert.ToBase64String([.. ListOf(context), .. Encoding.UTF8.GetBytes(place)]).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    /// <summary>The place, or null where this list gave no such cursor.</summary>
    public static string? Read(HttpContext context, string cursor)
    {
        var text = cursor.Replace('-', '+').Replace('_', '/');
        Span<byte> bytes = stackalloc byte[Longest];
        // PostgreSQL knows no text with a zero in it.
        return Convert.TryFromBase64String(text.PadRight((text.Length + 3) / 4 * 4, '='), bytes, out var written) && written > Digest
            && bytes[..Digest].SequenceEqual(ListOf(context)) && !bytes[Digest..written].Contains((byte)0)
            ? Encoding.UTF8.GetString(bytes[Digest..written])
            : null;
    }

    private static ReadOnlySpan<byte> ListOf(HttpContext context) =>
        SHA256.HashData(Encoding.UTF8.GetBytes($"{context.Request.Path.Value!.TrimEnd('/').ToUpperInvariant()}?{context.Request.Query["sort"]}")).AsSpan(0, Digest);
}

/// <summary>A cursor as the list gave it.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
internal sealed class CursorAttribute() : ValidationAttribute("The cursor is none that this list gave. Begin again without one.")
{
    protected override ValidationResult? IsValid(object? value, ValidationContext validation) =>
        value is null or "" || (value is string cursor && validation.ObjectInstance is PageQuery page && PageCursor.Read(page.Context, cursor) is not null)
            ? ValidationResult.Success : new ValidationResult(FormatErrorMessage(validation.DisplayName), [validation.MemberName!]);
}
