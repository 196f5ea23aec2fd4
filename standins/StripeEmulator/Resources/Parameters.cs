using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;

namespace Marketplace.StripeEmulator.Resources;

/// <summary>How parameters reach an object, and which do not.</summary>
public static class Parameters
{
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
