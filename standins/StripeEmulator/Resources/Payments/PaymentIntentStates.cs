using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Rendering;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Resources;

/// <summary>The payment intent's states: the only copy of Stripe's table, and what Stripe answers outside it.</summary>
public static class PaymentIntentStates
{
    public static readonly string[] All = ["requires_payment_method", "requires_confirmation", "requires_action", "processing", "requires_capture", "succeeded", "canceled"];

    public static readonly string[] Actions = ["method", "succeed", "decline", "ask", "process", "authorize", "capture", "cancel"];

    /// <summary>The status after an action, or null where it is refused.</summary>
    public static string? After(string status, string action) => (status, action) switch
    {
        ("requires_payment_method" or "requires_confirmation" or "requires_action", "method") => "requires_confirmation",
        ("requires_payment_method" or "requires_confirmation" or "requires_action" or "processing", "succeed") => "succeeded",
        ("requires_payment_method" or "requires_confirmation" or "requires_action" or "processing", "decline") => "requires_payment_method",
        ("requires_payment_method" or "requires_confirmation" or "requires_action", "ask") => "requires_action",
        ("requires_payment_method" or "requires_confirmation" or "requires_action", "process") => "processing",
        ("requires_payment_method" or "requires_confirmation" or "requires_action", "authorize") => "requires_capture",
        ("requires_capture", "capture") => "succeeded",
        ("requires_payment_method" or "requires_confirmation" or "requires_action" or "processing" or "requires_capture", "cancel") => "canceled",
        _ => null,
    };

    /// <summary>Refuses to confirm, capture or cancel where the table has no line for it. What a bank still works on may succeed, but not by a call.</summary>
    public static void Demand(Transaction tx, Stored intent, string call)
    {
        var status = intent.Value.Text("status")!;
        if (After(status, call == "confirm" ? "ask" : call) is null)
        {
            throw Unexpected(tx, intent, Message(status, call));
        }
    }

    /// <summary>Refuses to change what is settled once the payment is under way.</summary>
    public static void DemandEditable(Transaction tx, Stored intent, string field)
    {
        var status = intent.Value.Text("status")!;
        if (After(status, "method") is null)
        {
            throw Unexpected(
                tx,
                intent,
                $"This PaymentIntent's {field} could not be updated because it has a status of {status}. You may only update the {field} of a PaymentIntent with one of the following statuses: requires_payment_method, requires_confirmation, requires_action.",
                field);
        }
    }

    /// <summary>A refusal that shows the intent, as Stripe's do.</summary>
    public static StripeException Unexpected(Transaction tx, Stored intent, string message, string? param = null, string? code = "payment_intent_unexpected_state") =>
        new(400, "invalid_request_error", code, message, param) { More = new JsonObject { ["payment_intent"] = Renderer.Present(tx, intent, tx.Engine.Options.ApiVersion) } };

    private static string Message(string status, string call) => (status, call) switch
    {
        ("succeeded", "confirm") => "You cannot confirm this PaymentIntent because it has already succeeded after being previously confirmed.",
        (_, "confirm") => $"You cannot confirm this PaymentIntent because it has a status of {status}. Only a PaymentIntent with one of the following statuses may be confirmed: requires_payment_method, requires_confirmation, requires_action.",
        ("succeeded", "capture") => "The remaining amount on this PaymentIntent could not be captured because the remainder of the authorized amount has been released.",
        (_, "capture") => $"This PaymentIntent could not be captured because it has a status of {status}. Only a PaymentIntent with one of the following statuses may be captured: requires_capture.",
        _ => $"You cannot cancel this PaymentIntent because it has a status of {status}. Only a PaymentIntent with one of the following statuses may be canceled: requires_payment_method, requires_capture, requires_reauthorization, requires_confirmation, requires_action, expired, processing.",
    };
}
