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

    /// <summary>A bank will tell later.</summary>
    Processing,

    /// <summary>The amount is held until it is captured.</summary>
    Authorized,
}

/// <summary>Collecting money: an intent, a payment method, and what the test number does.</summary>
public static class Payments
{
    /// <summary>Tries the method. The intent, its charge and its invoice are left as Stripe leaves them.</summary>
    public static Outcome Attempt(Transaction tx, Stored intent, Stored method, bool offSession, bool authenticated = false, JsonObject? mandate = null)
    {
        var number = TestNumbers.Behaviour(method.Inner.Text("number")!);
        tx.Edit(intent)["payment_method"] = method.Id;
        if (tx.Engine.Cards.NextFailure() is { } failure)
        {
            return Decline(tx, intent, method, Declines.Code(failure), failure, Declines.Message(failure));
        }

        if (number.IsBank)
        {
            return Process(tx, intent, method, number, mandate);
        }

        authenticated |= intent.Inner.Text("authenticated") == method.Id;
        if (!authenticated && Authenticates(intent, method, number, offSession))
        {
            // What an invoice asks for waits for the customer; any other payment without the customer has failed.
            return offSession && intent.Inner.Text("invoice") is null
                ? Decline(tx, intent, method, "authentication_required", "authentication_required", "Your card was declined. This transaction requires authentication.", charged: false)
                : Ask(tx, intent);
        }

        if (number.Code is { } code)
        {
            return Decline(tx, intent, method, code, number.Decline, number.Message);
        }

        return Manual(intent) ? Authorize(tx, intent, method) : Succeed(tx, intent, method);
    }

    /// <summary>The person has passed or failed 3-D Secure.</summary>
    public static Outcome Authenticate(Transaction tx, Stored intent, bool passed)
    {
        var method = Method(tx, intent)!;
        if (!passed)
        {
            return Decline(tx, intent, method, "payment_intent_authentication_failure", null, "We are unable to authenticate your payment method. Please choose a different payment method and try again.", charged: false, type: "invalid_request_error");
        }

        tx.Edit(intent);
        intent.Inner["authenticated"] = method.Id;
        if (intent.Value.Text("confirmation_method") == "automatic")
        {
            return Attempt(tx, intent, method, offSession: false, authenticated: true);
        }

        // The server confirms once more by itself.
        var value = tx.Edit(intent);
        value["status"] = "requires_confirmation";
        value["next_action"] = null;
        return Outcome.RequiresAction;
    }

    /// <summary>Takes a part or all of what is held; the rest is released.</summary>
    public static void Capture(Transaction tx, Stored intent, long amount)
    {
        var (value, charge) = (tx.Edit(intent), Charge(tx, intent)!);
        Charges.Capture(tx, charge, amount);
        value["status"] = "succeeded";
        value["amount_received"] = amount;
        value["amount_capturable"] = 0;
        intent.Inner.Remove("settles_at");
        Events.Emit(tx, "charge.captured", charge);
        Disputes.Arise(tx, charge);
        Events.Emit(tx, "payment_intent.succeeded", intent);
    }

    /// <summary>Whether a card's money is only held until it is captured.</summary>
    public static bool Manual(Stored intent) =>
        intent.Value.Text("capture_method") == "manual" || (intent.Value["payment_method_options"]?["card"] as JsonObject)?.Text("capture_method") == "manual";

    /// <summary>The bank of a processing payment answers, or lets go of what was never captured.</summary>
    public static void Settle(Transaction tx, Stored intent)
    {
        if (intent.Value.Text("status") == "requires_capture")
        {
            Events.Emit(tx, "charge.expired", Charge(tx, intent)!);
            PaymentIntents.Cancel(tx, intent, "automatic");
            return;
        }

        var (value, charge) = (tx.Edit(intent), Charge(tx, intent)!);
        var number = TestNumbers.Behaviour(charge.Inner.Text("number")!);
        intent.Inner.Remove("settles_at");
        if (number.Code is { } code)
        {
            var method = Method(tx, intent)!;
            Fail(tx, intent, charge, Error(method, code, null, number.Message, "card_error"));
            if (Invoice(tx, intent) is { } unpaid)
            {
                Settlement.Returned(tx, unpaid, intent.Inner.Is("automatic"));
            }

            return;
        }

        Charges.Arrive(tx, charge);
        value["status"] = "succeeded";
        value["amount_received"] = value.Long("amount");
        Done(tx, intent, charge);
    }

    /// <summary>Takes back what is under way: a debit that the bank has not answered, or an amount that is held.</summary>
    public static void Stop(Transaction tx, Stored intent)
    {
        tx.Edit(intent);
        intent.Inner.Remove("settles_at");
        if (intent.Value.Text("status") == "processing" && Charge(tx, intent) is { } charge)
        {
            Charges.Fail(tx, charge, "payment_canceled", "The payment was canceled before it was sent to the bank.");
            Events.Emit(tx, "charge.failed", charge);
        }
    }

    public static Stored? Method(Transaction tx, Stored intent) => intent.Value.Text("payment_method") is { } id ? tx.Find("payment_method", id) : null;

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

        return new StripeException(402, error.Text("type")!, error.Text("code"), error.Text("message")!, error.Text("param")) { Keeps = true, More = more };
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

    private static bool Authenticates(Stored intent, Stored method, TestNumber number, bool offSession)
    {
        if (!number.Authenticates)
        {
            var asked = (intent.Value["payment_method_options"]?["card"] as JsonObject)?.Text("request_three_d_secure");
            return !offSession && asked is "any" or "challenge" && number.Traits.ContainsKey("authenticates");
        }

        // A card that was saved with the customer's consent is good for payments without the customer.
        return !offSession || number.OffSession || !(number.Saved || method.Inner.Is("saved"));
    }

    private static Outcome Succeed(Transaction tx, Stored intent, Stored method)
    {
        var charge = Charges.Add(tx, intent, method, "succeeded");
        var value = Begun(tx, intent, charge, "succeeded");
        value["amount_received"] = value.Long("amount");
        Keep(tx, intent, method);
        Done(tx, intent, charge);
        return Outcome.Succeeded;
    }

    private static Outcome Authorize(Transaction tx, Stored intent, Stored method)
    {
        var charge = Charges.Add(tx, intent, method, "held");
        var value = Begun(tx, intent, charge, "requires_capture");
        value["amount_capturable"] = value.Long("amount");
        intent.Inner["settles_at"] = tx.Now + Charges.HeldSeconds;
        Keep(tx, intent, method);
        Events.Emit(tx, "charge.succeeded", charge);
        Events.Emit(tx, "payment_intent.amount_capturable_updated", intent);
        CheckoutCompletion.Resume(tx, intent);
        return Outcome.Authorized;
    }

    private static Outcome Process(Transaction tx, Stored intent, Stored method, TestNumber number, JsonObject? mandate)
    {
        Keep(tx, intent, method);
        Mandates.For(tx, method, mandate);
        var charge = Charges.Add(tx, intent, method, "pending");
        Begun(tx, intent, charge, "processing");
        intent.Inner["settles_at"] = number.Takes(tx.Engine.Options.SettlementSeconds) is { } seconds ? tx.Now + seconds : null;
        Events.Emit(tx, "payment_intent.processing", intent);
        Events.Emit(tx, "charge.pending", charge);
        return Outcome.Processing;
    }

    private static JsonObject Begun(Transaction tx, Stored intent, Stored charge, string status)
    {
        var value = tx.Edit(intent);
        value["status"] = status;
        value["latest_charge"] = charge.Id;
        value["last_payment_error"] = null;
        value["next_action"] = null;
        return value;
    }

    private static void Done(Transaction tx, Stored intent, Stored charge)
    {
        Events.Emit(tx, "charge.succeeded", charge);
        Disputes.Arise(tx, charge);
        Events.Emit(tx, "payment_intent.succeeded", intent);
        if (Invoice(tx, intent) is { } paid)
        {
            Settlement.Paid(tx, paid, intent);
        }

        CheckoutCompletion.Resume(tx, intent);
    }

    /// <summary>Saves the method for later payments when the intent asks for it; a method that nobody has is good for one payment.</summary>
    private static void Keep(Transaction tx, Stored intent, Stored method)
    {
        var ofType = (intent.Value["payment_method_options"]?[method.Value.Text("type")!] as JsonObject)?.Text("setup_future_usage");
        var lasting = (ofType ?? intent.Value.Text("setup_future_usage")) is not (null or "none");
        if (lasting && method.Value.Text("customer") is null && intent.Value.Text("customer") is { } customer)
        {
            PaymentMethods.Attach(tx, method, tx.Find("customer", customer)!);
        }

        tx.Edit(method);
        if (lasting)
        {
            method.Inner["saved"] = true;
        }

        if (method.Value.Text("customer") is null)
        {
            method.Inner["used"] = true;
        }
    }

    private static Outcome Decline(Transaction tx, Stored intent, Stored method, string code, string? decline, string message, bool charged = true, string type = "card_error")
    {
        var error = Error(method, code, decline, message, type);
        Fail(tx, intent, charged ? Charges.Add(tx, intent, method, "failed", error) : null, error);
        return Outcome.Declined;
    }

    private static JsonObject Error(Stored method, string code, string? decline, string message, string type)
    {
        var error = Declines.Error(method, code, decline, message, type);
        error["payment_method_type"] = method.Value.Text("type");
        return error;
    }

    private static void Fail(Transaction tx, Stored intent, Stored? charge, JsonObject error)
    {
        var value = tx.Edit(intent);
        value["status"] = "requires_payment_method";
        value["payment_method"] = null;
        value["next_action"] = null;
        value["last_payment_error"] = error;
        intent.Inner.Remove("authenticated");
        if (charge is not null)
        {
            error["charge"] = charge.Id;
            value["latest_charge"] = charge.Id;
            if (charge.Value.Text("status") == "pending")
            {
                Charges.Fail(tx, charge, error.Text("code")!, error.Text("message")!);
            }

            Events.Emit(tx, "charge.failed", charge);
        }

        Events.Emit(tx, "payment_intent.payment_failed", intent);
        CheckoutCompletion.Resume(tx, intent);
    }

    private static Outcome Ask(Transaction tx, Stored intent)
    {
        var value = tx.Edit(intent);
        value["status"] = "requires_action";
        value["next_action"] = IntentMethods.Authentication(tx, intent);
        Events.Emit(tx, "payment_intent.requires_action", intent);
        return Outcome.RequiresAction;
    }

    private static Stored? Charge(Transaction tx, Stored intent) => intent.Value.Text("latest_charge") is { } id ? tx.Find("charge", id) : null;

    private static Stored? Invoice(Transaction tx, Stored intent) => intent.Inner.Text("invoice") is { } id ? tx.Find("invoice", id) : null;
}
