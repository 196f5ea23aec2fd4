using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Rendering;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Resources;

/// <summary>How an attempt to collect a payment intent ended.</summary>
public enum Outcome
{
    Succeeded,
    Declined,
    RequiresAction,
}

/// <summary>Collecting money: an intent, a payment method, and what the test number does.</summary>
public static class Payments
{
    /// <summary>Tries the method. The intent, its charge and its invoice are left as Stripe leaves them.</summary>
    public static Outcome Attempt(Transaction tx, Stored intent, Stored method, bool offSession, bool authenticated = false)
    {
        var number = TestCards.Behaviour(method.Inner.Text("number")!);
        tx.Edit(intent)["payment_method"] = method.Id;
        if (method.Value.Text("customer") is null)
        {
            tx.Edit(method);
            method.Inner["used"] = true;
        }

        if (tx.Engine.Cards.NextFailure() is { } failure)
        {
            return Decline(tx, intent, method, "card_declined", failure, "Your card was declined.");
        }

        if (number.Code is { } code)
        {
            return Decline(tx, intent, method, code, number.Decline, number.Message);
        }

        if (number.Authenticates && !authenticated)
        {
            return offSession && number.OffSession
                ? Decline(tx, intent, method, "authentication_required", "authentication_required", "Your card was declined. This transaction requires authentication.")
                : offSession ? Succeed(tx, intent, method) : AskToAct(tx, intent);
        }

        return Succeed(tx, intent, method);
    }

    /// <summary>The person has passed or failed 3-D Secure.</summary>
    public static Outcome Authenticate(Transaction tx, Stored intent, bool passed)
    {
        var method = tx.Find("payment_method", intent.Value.Text("payment_method")!)!;
        return passed
            ? Attempt(tx, intent, method, offSession: false, authenticated: true)
            : Decline(tx, intent, method, "payment_intent_authentication_failure", null, "We are unable to authenticate your payment method. Please choose a different payment method and try again.");
    }

    /// <summary>The 402 that tells of the intent's last error.</summary>
    public static StripeException LastError(Transaction tx, Stored intent)
    {
        var error = intent.Value["last_payment_error"]!.AsObject();
        var more = new JsonObject { ["payment_intent"] = Renderer.Present(tx, intent, tx.Engine.Options.ApiVersion) };
        foreach (var name in (string[])["charge", "decline_code", "payment_method"])
        {
            if (error[name] is { } value)
            {
                more[name] = value.DeepClone();
            }
        }

        return new StripeException(402, error.Text("type")!, error.Text("code"), error.Text("message")!) { Keeps = true, More = more };
    }

    public static StripeException Declined(string code, string? decline, string message)
    {
        var more = new JsonObject();
        if (decline is not null)
        {
            more["decline_code"] = decline;
        }

        return new StripeException(402, "card_error", code, message) { More = more };
    }

    private static Outcome Succeed(Transaction tx, Stored intent, Stored method)
    {
        var value = tx.Edit(intent);
        if (method.Value.Text("type") == "us_bank_account")
        {
            // Test banks settle at once, after a moment of processing.
            value["status"] = "processing";
            Events.Emit(tx, "payment_intent.processing", intent);
        }

        var charge = Charges.Add(tx, intent, method, null);
        value["status"] = "succeeded";
        value["amount_received"] = value.Long("amount");
        value["latest_charge"] = charge.Id;
        value["last_payment_error"] = null;
        value["next_action"] = null;
        Events.Emit(tx, "charge.succeeded", charge);
        Events.Emit(tx, "payment_intent.succeeded", intent);
        CheckoutCompletion.Resume(tx, intent);
        if (intent.Inner.Text("invoice") is { } invoice && tx.Find("invoice", invoice) is { } paid)
        {
            Settlement.Paid(tx, paid, intent);
        }

        return Outcome.Succeeded;
    }

    private static Outcome Decline(Transaction tx, Stored intent, Stored method, string code, string? decline, string message)
    {
        var value = tx.Edit(intent);
        var error = new JsonObject { ["type"] = "card_error", ["code"] = code, ["message"] = message, ["doc_url"] = "https://stripe.com/docs/error-codes/" + code.Replace('_', '-') };
        if (decline is not null)
        {
            error["decline_code"] = decline;
        }

        var charge = Charges.Add(tx, intent, method, error);
        error["charge"] = charge.Id;
        error["payment_method"] = method.Value.Clone();
        value["status"] = "requires_payment_method";
        value["payment_method"] = null;
        value["latest_charge"] = charge.Id;
        value["last_payment_error"] = error;
        value["next_action"] = null;
        Events.Emit(tx, "charge.failed", charge);
        Events.Emit(tx, "payment_intent.payment_failed", intent);
        CheckoutCompletion.Resume(tx, intent);
        return Outcome.Declined;
    }

    private static Outcome AskToAct(Transaction tx, Stored intent)
    {
        var value = tx.Edit(intent);
        value["status"] = "requires_action";
        value["next_action"] = new JsonObject
        {
            ["type"] = "redirect_to_url",
            ["redirect_to_url"] = new JsonObject { ["return_url"] = null, ["url"] = $"{tx.Engine.PublicUrl}/authenticate/{intent.Id}" },
        };
        Events.Emit(tx, "payment_intent.requires_action", intent);
        return Outcome.RequiresAction;
    }
}
