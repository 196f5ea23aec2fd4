using System.Collections;
using System.ComponentModel.DataAnnotations;
using Marketplace.ServiceDefaults;

namespace Marketplace.Catalog;

/// <summary>Longer text that people read: with line breaks, otherwise as <see cref="PlainTextAttribute"/>.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public sealed class ProseAttribute(int maxLength) : ValidationAttribute
{
    /// <summary>Greatest number of characters.</summary>
    public int MaxLength => maxLength;

    /// <inheritdoc/>
    public override bool IsValid(object? value) => value is null
        || (value is string text && text.Length <= maxLength && PlainTextAttribute.Fits(text.Replace('\n', ' ').Replace('\r', ' ').Replace('\t', ' ')));

    /// <inheritdoc/>
    public override string FormatErrorMessage(string name) => $"{name} must be 1 to {maxLength} characters of text, without control characters but line breaks and tabs.";
}

/// <summary>A list without holes, not too long; texts in it are as <see cref="PlainTextAttribute"/> wants ids to be.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public sealed class ListedAttribute(int maxCount) : ValidationAttribute
{
    private const int MaxIdLength = 64;

    /// <summary>Greatest number of entries.</summary>
    public int MaxCount => maxCount;

    /// <inheritdoc/>
    public override bool IsValid(object? value) => value is null || (value is ICollection list && list.Count <= maxCount
        && list.Cast<object?>().All(entry => entry is string id ? id.Length <= MaxIdLength && PlainTextAttribute.Fits(id) : entry is not null));

    /// <inheritdoc/>
    public override string FormatErrorMessage(string name) => $"{name} must have at most {maxCount} entries, none of them null.";
}
