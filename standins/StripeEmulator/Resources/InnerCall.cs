using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Resources;

/// <summary>A call that the emulator makes to itself: what a page does goes the way of the API, with the same checks and events.</summary>
public static class InnerCall
{
    public static Call Of(Transaction tx, JsonObject parameters, string[] path, string? version = null)
    {
        foreach (var name in parameters.Where(p => p.Value is null).Select(p => p.Key).ToList())
        {
            parameters.Remove(name);
        }

        return new Call(tx, parameters, path, version ?? tx.Engine.Options.ApiVersion, new ApiKey("", tx.Scope, null));
    }

    public static bool IsInner(this Call call) => call.Key.Text.Length == 0;

    /// <summary>The object that a handler answers with.</summary>
    public static Stored Object(this Reply reply) => ((Reply.One)reply).Object;
}
