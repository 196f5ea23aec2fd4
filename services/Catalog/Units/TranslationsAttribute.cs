using Marketplace.ServiceDefaults;
using System.ComponentModel.DataAnnotations;
using System.Text.RegularExpressions;

namespace Marketplace.Catalog.Units;

/// <summary>Titles by language tag (BCP 47, such as <c>de</c> or <c>pt-BR</c>).</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public sealed partial class TranslationsAttribute : ValidationAttribute
{
    private const int MaxCount = 50;
    private const int MaxLength = 200;

    /// <inheritdoc/>
    public override bool IsValid(object? value) => value is null || (value is IReadOnlyDictionary<string, string> titles && titles.Count <= MaxCount
        && titles.All(title => Tag().IsMatch(title.Key) && title.Value is { Length: <= MaxLength } text && PlainTextAttribute.Fits(text)));

    /// <inheritdoc/>
    public override string FormatErrorMessage(string name) =>
        $"{name} maps at most {MaxCount} language tags, such as 'de' or 'pt-BR', to titles of 1 to {MaxLength} characters.";

    [GeneratedRegex(@"\A[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}\z", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Tag();
}
