namespace Marketplace.Storage;

/// <summary>Names of the operators' routes that every service has.</summary>
internal static class Operations
{
    /// <summary>The name in the OpenAPI document, such as <c>ListCatalogParkedMessages</c>.</summary>
    public static string Name(string verb, string area, string what) => $"{verb}{char.ToUpperInvariant(area[0])}{area[1..]}{what}";
}
