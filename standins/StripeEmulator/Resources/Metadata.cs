using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;

namespace Marketplace.StripeEmulator.Resources;

/// <summary>The caller's own keys and values on an object.</summary>
public static class Metadata
{
    /// <summary>Merges: an empty value drops its key, an empty whole drops all.</summary>
    public static void Merge(Call call, JsonObject target, string param = "metadata")
    {
        if (!call.Has(param))
        {
            return;
        }

        if (call.Hash(param) is not { } sent)
        {
            target["metadata"] = new JsonObject();
            return;
        }

        Merge(sent, target);
    }

    public static void Merge(JsonObject sent, JsonObject target)
    {
        var merged = target["metadata"] as JsonObject ?? [];
        foreach (var (key, value) in sent)
        {
            merged.Remove(key);
            if (value is not null)
            {
                merged[key] = value.DeepClone();
            }
        }

        if (merged.Count > 50)
        {
            throw StripeException.Invalid("Metadata can have at most 50 keys.", "metadata");
        }

        target["metadata"] = merged.Parent is null ? merged : merged.DeepClone();
    }
}
