using System.ComponentModel.DataAnnotations;

namespace Marketplace.ServiceDefaults;

/// <summary>A text that people read: no control characters. They forge log lines, and a zero is no text to PostgreSQL.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public sealed class PlainTextAttribute : ValidationAttribute
{
    // Fields that are shorter say so themselves; none is longer.
    private const int Longest = 10_000;

    /// <summary>Refuses control characters.</summary>
    public PlainTextAttribute()
        : base("The field {0} must not hold control characters, nor more than 10,000 others.")
    {
    }

    /// <inheritdoc/>
    public override bool IsValid(object? value) => value switch
    {
        null => true,
        string text => text.Length <= Longest && !text.Any(char.IsControl),
        IEnumerable<string?> texts => texts.All(text => text?.Any(char.IsControl) != true),
        _ => false,
    };
}
