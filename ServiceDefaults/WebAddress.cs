using System.ComponentModel.DataAnnotations;

namespace Marketplace.ServiceDefaults;

/// <summary>An absolute https address that a page may show or link to: without credentials, blanks and characters that end an attribute.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public sealed class WebAddressAttribute : ValidationAttribute
{
    private const int MaxLength = 2000;

    /// <summary>Whether http will do as well: where a person is sent back to, which may be a program on their own machine.</summary>
    public bool Http { get; set; }

    /// <inheritdoc/>
    public override bool IsValid(object? value) => value is null || (value is string { Length: <= MaxLength } text
        && text.All(c => c is > ' ' and < '\u007f' and not ('\\' or '"' or '<' or '>'))
        && Uri.TryCreate(text, UriKind.Absolute, out var uri) && (uri.Scheme == "https" || (Http && uri.Scheme == "http")) && uri.UserInfo.Length == 0);

    /// <inheritdoc/>
    public override string FormatErrorMessage(string name) => $"{name} must be an absolute {(Http ? "http or https" : "https")} address of at most {MaxLength} characters, without credentials.";
}
