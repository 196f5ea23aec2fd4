using System.Globalization;
using System.Text;

namespace Marketplace.Catalog.Storefront;

/// <summary>Cuts what is searched and what is searched for into the same words: runs of letters and digits, in lower case. Everything else
/// separates words, so nothing that a visitor types has a meaning to the search.</summary>
public static class Words
{
    private const int MaxWords = 10;

    /// <summary>The words of a text, with a blank between them.</summary>
    public static string Of(string text)
    {
        var words = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            // An accent of its own is folded away as those in letters are; a word of nothing else would be no word.
            if (rune.Value is >= 0x300 and <= 0x36f)
            {
                continue;
            }

            if (Rune.IsLetterOrDigit(rune) || Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark)
            {
                words.Append(Rune.ToLowerInvariant(rune));
            }
            else if (words is { Length: > 0 } && words[^1] != ' ')
            {
                words.Append(' ');
            }
        }

        return words.ToString().TrimEnd();
    }

    /// <summary>What finds texts in which each of the words begins a word: <c>'wea':* &amp; 'map':*</c>; empty, which finds nothing, for a text without words.</summary>
    public static string Query(string text) =>
        string.Join(" & ", Of(text).Split(' ', StringSplitOptions.RemoveEmptyEntries).Take(MaxWords).Select(word => $"'{word}':*"));
}
