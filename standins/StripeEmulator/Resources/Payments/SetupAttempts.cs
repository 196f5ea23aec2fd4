using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Rendering;
using Marketplace.StripeEmulator.Store;
using Marketplace.StripeEmulator.Subscriptions;

namespace Marketplace.StripeEmulator.Resources;

/// <summary>Saving a payment method: what its bank says to a setup intent.</summary>
public static class SetupAttempts
{
    /// <summary>Tries the method. The intent and its attempt are left as Stripe leaves them; on success the customer has the method.</summary>
    public static Outcome Attempt(Transaction tx, Stored intent, Stored method, JsonObject? mandate = null, bool authenticated = false)
    {
        IntentMethods.Demand(intent.Value, method, "SetupIntent");
        var number = TestNumbers.Behaviour(method.Inner.Text("number")!);
        tx.Edit(intent)["payment_method"] = method.Id;
        if (tx.Engine.Cards.NextFailure() is { } failure)
        {
            return Decline(tx, intent, method, Declines.Code(failure), failure, Declines.Message(failure));
        }

        if (!number.Attaches)
        {
            return Decline(tx, intent, method, number.Code!, number.Decline, number.Message);
        }

        return number.Authenticates && !number.Saved && !authenticated ? Ask(tx, intent, method) : Succeed(tx, intent, method, mandate);
    }

    /// <summary>The person has passed or failed 3-D Secure.</summary>
    public static Outcome Authenticate(Transaction tx, Stored intent, bool passed)
    {
        var method = tx.Find("payment_method", intent.Value.Text("payment_method")!)!;
        return passed
            ? Attempt(tx, intent, method, authenticated: true)
            : Decline(tx, intent, method, "setup_intent_authentication_failure", null, "We are unable to authenticate your payment method. Please choose a different payment method and try again.", type: "invalid_request_error");
    }

    /// <summary>The 402 that tells of the intent's last error.</summary>
    public static StripeException LastError(Transaction tx, Stored intent)
    {
        var error = intent.Value["last_setup_error"]!.AsObject();
        var more = new JsonObject { ["setup_intent"] = Renderer.Present(tx, intent, tx.Engine.Options.ApiVersion) };
        foreach (var name in (string[])["decline_code", "payment_method"])
        {
            if (error[name] is { } value)
            {
                more[name] = value.DeepClone();
            }
        }

        return new StripeException(402, error.Text("type")!, error.Text("code"), error.Text("message")!, error.Text("param")) { Keeps = true, More = more };
    }

    private static Outcome Succeed(Transaction tx, Stored intent, Stored method, JsonObject? mandate)
    {
        if (intent.Value.Text("customer") is { } customer)
        {
            PaymentMethods.Attach(tx, method, tx.Find("customer", customer)!);
        }

        tx.Edit(method);
        method.Inner["saved"] = true;
        var value = tx.Edit(intent);
        value["status"] = "succeeded";
        value["next_action"] = null;
        value["last_setup_error"] = null;
        value["latest_attempt"] = Record(tx, intent, method, "succeeded", null);
        value["mandate"] = Mandates.For(tx, method, mandate);
        Events.Emit(tx, "setup_intent.succeeded", intent);
        CheckoutCompletion.Resume(tx, intent);
        PendingSetups.Answered(tx, intent);
        return Outcome.Succeeded;
    }

    private static Outcome Decline(Transaction tx, Stored intent, Stored method, string code, string? decline, string message, string type = "card_error")
    {
        var error = Declines.Error(method, code, decline, message, type);
        var value = tx.Edit(intent);
        value["status"] = "requires_payment_method";
        value["payment_method"] = null;
        value["next_action"] = null;
        value["last_setup_error"] = error;
        value["latest_attempt"] = Record(tx, intent, method, "failed", error);
        Events.Emit(tx, "setup_intent.setup_failed", intent);
        return Outcome.Declined;
    }

    private static Outcome Ask(Transaction tx, Stored intent, Stored method)
    {
        var value = tx.Edit(intent);
        value["status"] = "requires_action";
        value["latest_attempt"] = Record(tx, intent, method, "requires_action", null);
        value["next_action"] = IntentMethods.Authentication(tx, intent);
        Events.Emit(tx, "setup_intent.requires_action", intent);
        return Outcome.RequiresAction;
    }

    /// <summary>The attempt as an object of its own, seen by <c>expand[]=latest_attempt</c>.</summary>
    private static string Record(Transaction tx, Stored intent, Stored method, string status, JsonObject? error)
    {
        var (id, from) = (tx.Ids.New("setatt"), intent.Value);
        tx.Add("setup_attempt", id, new JsonObject
        {
            ["id"] = id, ["object"] = "setup_attempt", ["application"] = null, ["created"] = tx.Now, ["customer"] = from.Text("customer"), ["customer_account"] = null,
            ["flow_directions"] = null, ["livemode"] = tx.Scope.Livemode, ["on_behalf_of"] = null, ["payment_method"] = method.Id,
            ["payment_method_details"] = new JsonObject { ["type"] = method.Value.Text("type"), [method.Value.Text("type")!] = Details(method.Value) },
            ["setup_error"] = error?.DeepClone(), ["setup_intent"] = intent.Id, ["status"] = status, ["usage"] = from.Text("usage"),
        });
        return id;
    }

    private static JsonObject Details(JsonObject method)
    {
        if (method["card"] is not JsonObject card)
        {
            return [];
        }

        var details = Parameters.Shape(card, "brand", "checks", "country", "exp_month", "exp_year", "fingerprint", "funding", "last4", "wallet")!;
        (details["network"], details["three_d_secure"]) = (card.Text("brand"), null);
        return details;
    }
}
