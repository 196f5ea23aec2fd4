using System.ComponentModel.DataAnnotations;

namespace Marketplace.ServiceDefaults;

/// <summary>A text that people read: not blank, not too long, without control characters, which forge log lines, and broken surrogate pairs, which no database or page
/// carries.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public sealed class PlainTextAttribute(int maxLength = PlainTextAttribute.Longest) : ValidationAttribute
{
    private const int Longest = 10_000;

    /// <summary>Greatest number of characters.</summary>
    public int MaxLength => maxLength;

    /// <summary>Whether nothing may be said, as in a field of a form that was left empty.</summary>
    public bool MayBeBlank { get; init; }

    /// <inheritdoc/>
    public override bool IsValid(object? value) => value is null
        || (value is string text && text.Length <= maxLength && ((MayBeBlank && string.IsNullOrWhiteSpace(text) && !text.Any(char.IsControl)) || Fits(text)));

    /// <inheritdoc/>
    public override string FormatErrorMessage(string name) => $"{name} must be {(MayBeBlank ? 0 : 1)} to {maxLength} characters of text, without control characters.";

    /// <summary>Whether the text can be stored and shown.</summary>
    public static bool Fits(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsControl(text[i]) || (char.IsSurrogate(text[i]) && !(i + 1 < text.Length && char.IsSurrogatePair(text[i], text[++i]))))
            {
                return false;
            }
        }

        return !string.IsNullOrWhiteSpace(text);
    }
}
