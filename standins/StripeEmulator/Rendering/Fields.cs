using System.Text.Json.Nodes;

namespace Marketplace.StripeEmulator.Rendering;

/// <summary>Fields of a shown object that the caller's version does not have.</summary>
public static class Fields
{
    public static void Remove(JsonObject json, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            json.Remove(name);
        }
    }
}
