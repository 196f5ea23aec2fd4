using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Rendering;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Resources;

/// <summary>The setup intent's states: the only copy of Stripe's table, and what Stripe answers outside it.</summary>
public static class SetupIntentStates
{
    // Stripe's "processing" is missing: no method that is emulated takes its time to be saved.
    public static readonly string[] All = ["requires_payment_method", "requires_confirmation", "requires_action", "succeeded", "canceled"];

    public static readonly string[] Actions = ["method", "succeed", "decline", "ask", "cancel"];

    /// <summary>The status after an action, or null where it is refused.</summary>
    public static string? After(string status, string action) => (status, action) switch
    {
        ("requires_payment_method" or "requires_confirmation" or "requires_action", "method") => "requires_confirmation",
        ("requires_payment_method" or "requires_confirmation" or "requires_action", "succeed") => "succeeded",
        ("requires_payment_method" or "requires_confirmation" or "requires_action", "decline") => "requires_payment_method",
        ("requires_payment_method" or "requires_confirmation" or "requires_action", "ask") => "requires_action",
        ("requires_payment_method" or "requires_confirmation" or "requires_action", "cancel") => "canceled",
        _ => null,
    };

    /// <summary>A refusal that shows the intent, as Stripe's do.</summary>
    public static StripeException Unexpected(Transaction tx, Stored stored, string message, string? param = null, string? code = "setup_intent_unexpected_state") =>
        new(400, "invalid_request_error", code, message, param) { More = new JsonObject { ["setup_intent"] = Renderer.Present(tx, stored, tx.Engine.Options.ApiVersion) } };
}
