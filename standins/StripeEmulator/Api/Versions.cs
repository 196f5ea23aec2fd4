namespace Marketplace.StripeEmulator.Api;

/// <summary>API versions: which are known, and which a request speaks.</summary>
public static class Versions
{
    /// <summary>Before 2025-03-31.basil an invoice named its payment intent, charge and subscription itself.</summary>
    public static bool IsBeforeBasil(string version) => string.CompareOrdinal(version, 0, "2025-03-31", 0, 10) < 0;

    /// <summary>Before 2026-03-25.dahlia checkout pages were hosted, embedded or custom.</summary>
    public static bool IsBeforeDahlia(string version) => string.CompareOrdinal(version, 0, "2026-03-25", 0, 10) < 0;

    /// <summary>2022-11-15 and before: a few fields less.</summary>
    public static bool IsBefore2023(string version) => string.CompareOrdinal(version, 0, "2023-08-16", 0, 10) < 0;

    /// <summary>Before 2024-04-10 money was taken while the caller waited, now it may be taken afterwards.</summary>
    public static bool IsBefore2024(string version) => string.CompareOrdinal(version, 0, "2024-04-10", 0, 10) < 0;

    /// <summary>The version that the caller names, or null.</summary>
    public static string? Named(HttpRequest request)
    {
        var asked = request.Headers["Stripe-Version"].ToString().Split(';')[0].Trim();
        return asked.Length == 0 ? null : ParameterTable.Versions.Contains(asked) ? asked : throw Unknown(asked, null);
    }

    /// <summary>True when the version is the given one or a later one; a caller that names none is not held to what it does not know.</summary>
    public static bool Reaches(string? version, string? since) => version is not null && since is not null && string.CompareOrdinal(version, 0, since, 0, 10) >= 0;

    public static StripeException Unknown(string version, string? param) => StripeException.Invalid($"Invalid Stripe API version: {version}", param);
}
