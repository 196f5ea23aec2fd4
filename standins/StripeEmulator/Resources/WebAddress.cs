using Marketplace.StripeEmulator.Api;

namespace Marketplace.StripeEmulator.Resources;

/// <summary>Addresses that callers send people to.</summary>
public static class WebAddress
{
    /// <summary>Refuses what no browser could follow, or what a browser would run.</summary>
    public static void Check(string? address, string param)
    {
        // A template names the session where it stands: {CHECKOUT_SESSION_ID}.
        if (address is not null && (!Uri.TryCreate(address.Replace("{", "", StringComparison.Ordinal).Replace("}", "", StringComparison.Ordinal), UriKind.Absolute, out var url)
            || url.Scheme is "javascript" or "vbscript" or "data" or "file" || !address.Contains("://", StringComparison.Ordinal) || url.Scheme is "http" or "https" && url.Host.Length == 0))
        {
            throw StripeException.Invalid("Not a valid URL", param, "url_invalid");
        }
    }
}
