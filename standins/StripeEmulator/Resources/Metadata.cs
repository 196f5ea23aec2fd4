using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;

namespace Marketplace.StripeEmulator.Resources;

/// <summary>How sent values reach an object.</summary>
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

    /// <summary>Copies the named parameters that were sent, nulls included.</summary>
    public static void Copy(Call call, JsonObject target, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (call.Has(name))
            {
                target[name] = call.Params[name]?.DeepClone();
            }
        }
    }

    /// <summary>A hash with exactly these fields, null where nothing was sent.</summary>
    public static JsonObject? Shape(JsonObject? sent, params ReadOnlySpan<string> names)
    {
        if (sent is null)
        {
            return null;
        }

        var shaped = new JsonObject();
        foreach (var name in names)
        {
            shaped[name] = sent[name]?.DeepClone();
        }

        return shaped;
    }

    public static JsonObject? Address(JsonObject? sent) => Shape(sent, "city", "country", "line1", "line2", "postal_code", "state");

    /// <summary>Refuses what the emulator does not do, instead of doing half of it.</summary>
    public static void NotEmulated(Call call, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (call.Params[name] is not null)
            {
                throw StripeException.NotEmulated(name);
            }
        }
    }
}
