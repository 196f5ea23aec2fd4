using System.ComponentModel.DataAnnotations;

namespace Marketplace.ServiceDefaults;

/// <summary>A text that people read: no control characters. They forge log lines, and a zero is no text to PostgreSQL.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public sealed class PlainTextAttribute : ValidationAttribute
{
    /// <summary>Refuses control characters.</summary>
    public PlainTextAttribute()
        : base("The field {0} must not hold control characters.")
    {
    }

    /// <inheritdoc/>
    public override bool IsValid(object? value) => value switch
    {
        null => true,
        string text => !text.Any(char.IsControl),
        IEnumerable<string?> texts => texts.All(text => text?.Any(char.IsControl) != true),
        _ => false,
    };
}
