namespace Marketplace.StripeEmulator.Api;

/// <summary>API versions: which are known, and which a request speaks.</summary>
public static class Versions
{
    /// <summary>Before 2025-03-31.basil an invoice named its payment intent, charge and subscription itself.</summary>
    public static bool IsBeforeBasil(string version) => IsBefore(version, "2025-03-31");

    /// <summary>Before 2026-03-25.dahlia checkout pages were hosted, embedded or custom.</summary>
    public static bool IsBeforeDahlia(string version) => IsBefore(version, "2026-03-25");

    /// <summary>2022-11-15 and before: a few fields less.</summary>
    public static bool IsBefore2023(string version) => IsBefore(version, "2023-08-16");

    /// <summary>Before 2024-04-10 money was taken while the caller waited, now it may be taken afterwards.</summary>
    public static bool IsBefore2024(string version) => IsBefore(version, "2024-04-10");

    /// <summary>Before 2025-09-30.clover a subscription was billed in the classic mode unless it asked for the flexible one.</summary>
    public static bool IsBeforeClover(string version) => IsBefore(version, "2025-09-30");

    /// <summary>By date alone: the train's name after it does not count.</summary>
    public static bool IsBefore(string version, string other) => string.CompareOrdinal(version, 0, other, 0, 10) < 0;

    /// <summary>The version that the caller names, or null.</summary>
    public static string? Named(HttpRequest request)
    {
        var asked = request.Headers["Stripe-Version"].ToString().Split(';')[0].Trim();
        return asked.Length == 0 ? null : ParameterTable.Versions.Contains(asked) ? asked : throw Unknown(asked, null);
    }

    public static StripeException Unknown(string version, string? param) => StripeException.Invalid($"Invalid Stripe API version: {version}", param);
}
