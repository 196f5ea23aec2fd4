using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Resources;

/// <summary>Charges: one per attempt of a payment intent that reached a bank.</summary>
public static class Charges
{
    /// <summary>How long a card holds what is not captured.</summary>
    public const long HeldSeconds = 7 * 86_400;

    public static Reply Retrieve(Call call) => call.Named("charge");

    public static Reply List(Call call)
    {
        bool Filter(Stored s) => Paging.InRange(call, "created", s.Value["created"]) && Paging.Same(call, "customer", s) && Paging.Same(call, "payment_intent", s) && Paging.Same(call, "transfer_group", s);
        return call.Text("payment_intent") is { } intent
            ? Paging.Referring(call, "charge", "payment_intent", intent, "/v1/charges", Filter)
            : Paging.List(call, "charge", "/v1/charges", Filter);
    }

    public static Reply Search(Call call) => Api.Search.Run(call, "charge", "/v1/charges/search", "amount", "billing_details.address.postal_code", "created", "currency", "customer", "disputed",
        "payment_method_details.card.brand", "payment_method_details.card.exp_month", "payment_method_details.card.exp_year", "payment_method_details.card.fingerprint", "payment_method_details.card.last4", "refunded", "status");

    public static Reply Update(Call call)
    {
        Parameters.NotEmulated(call, "customer");
        var stored = call.Named("charge");
        var change = new Change(call.Tx, stored);
        var value = call.Tx.Edit(stored);
        Parameters.Copy(call, value, "description", "receipt_email", "transfer_group");
        if (call.Hash("fraud_details") is { } fraud)
        {
            value["fraud_details"] = fraud.Text("user_report") is { } report ? new JsonObject { ["user_report"] = report } : [];
        }

        if (call.Params["shipping"] is JsonObject shipping)
        {
            value["shipping"] = PaymentIntents.Shipping(shipping);
        }

        Metadata.Merge(call, value);
        change.Emit("charge.updated");
        return stored;
    }

    /// <summary>Every charge here belongs to a payment intent, and that is what is captured.</summary>
    public static Reply Capture(Call call)
    {
        var stored = call.Named("charge");
        throw stored.Value.Is("captured")
            ? StripeException.Invalid($"Charge {stored.Id} has already been captured.", code: "charge_already_captured")
            : StripeException.Invalid(
                $"This uncaptured Charge was created by a PaymentIntent ({stored.Value.Text("payment_intent")}). You must capture the PaymentIntent instead. For more information, see https://stripe.com/docs/payments/place-a-hold-on-a-payment-method");
    }

    /// <summary>A new charge: <c>succeeded</c>, <c>held</c> until captured, <c>pending</c> until a bank answers, or <c>failed</c>.</summary>
    public static Stored Add(Transaction tx, Stored intent, Stored method, string state, JsonObject? error = null)
    {
        var number = TestNumbers.Behaviour(method.Inner.Text("number")!);
        var id = tx.Ids.New(number.IsBank ? "py" : "ch");
        var (from, amount, failed) = (intent.Value, intent.Value.Long("amount"), state == "failed");
        var value = new JsonObject
        {
            ["id"] = id, ["object"] = "charge", ["amount"] = amount, ["amount_captured"] = state is "succeeded" or "pending" ? amount : 0, ["amount_refunded"] = 0,
            ["application"] = null, ["application_fee"] = null, ["application_fee_amount"] = null, ["balance_transaction"] = null,
            ["billing_details"] = method.Value["billing_details"]!.DeepClone(),
            ["calculated_statement_descriptor"] = from.Text("statement_descriptor"), ["captured"] = state is "succeeded" or "pending", ["created"] = tx.Now, ["currency"] = from.Text("currency"),
            ["customer"] = from.Text("customer"), ["description"] = from.Text("description"), ["disputed"] = false, ["failure_balance_transaction"] = null,
            ["failure_code"] = error?.Text("code"), ["failure_message"] = error?.Text("message"), ["fraud_details"] = new JsonObject(),
            ["livemode"] = tx.Scope.Livemode, ["metadata"] = from["metadata"]!.DeepClone(), ["on_behalf_of"] = null,
            ["outcome"] = Outcome(number, error?.Text("decline_code") ?? error?.Text("code")), ["paid"] = !failed, ["payment_intent"] = intent.Id, ["payment_method"] = method.Id,
            ["payment_method_details"] = Details(tx, intent, method, number, state), ["radar_options"] = new JsonObject(),
            ["receipt_email"] = from.Text("receipt_email"), ["receipt_number"] = null, ["receipt_url"] = failed ? null : $"{tx.Engine.PublicUrl}/receipts/{id}",
            ["refunded"] = false, ["review"] = null, ["shipping"] = from["shipping"]?.DeepClone(), ["source"] = null, ["source_transfer"] = null, ["statement_descriptor"] = from.Text("statement_descriptor"),
            ["statement_descriptor_suffix"] = from.Text("statement_descriptor_suffix"), ["status"] = failed || state == "pending" ? state : "succeeded", ["transfer_data"] = null, ["transfer_group"] = from.Text("transfer_group"),
        };
        var stored = tx.Add("charge", id, value, new JsonObject { ["invoice"] = intent.Inner.Text("invoice"), ["number"] = number.Number });
        if (state == "succeeded")
        {
            Book(tx, stored, number);
        }

        return stored;
    }

    /// <summary>Takes a part of what is held, or all of it.</summary>
    public static void Capture(Transaction tx, Stored stored, long amount)
    {
        var value = tx.Edit(stored);
        value["captured"] = true;
        value["amount_captured"] = amount;
        (value["payment_method_details"]!["card"] as JsonObject)?.Remove("capture_before");
        Book(tx, stored, TestNumbers.Behaviour(stored.Inner.Text("number")!));
    }

    /// <summary>A bank has paid.</summary>
    public static void Arrive(Transaction tx, Stored stored)
    {
        tx.Edit(stored)["status"] = "succeeded";
        Book(tx, stored, TestNumbers.Behaviour(stored.Inner.Text("number")!));
    }

    /// <summary>A bank has refused. The caller tells of it.</summary>
    public static void Fail(Transaction tx, Stored stored, string code, string message)
    {
        var value = tx.Edit(stored);
        value["status"] = "failed";
        value["paid"] = false;
        value["amount_captured"] = 0;
        value["receipt_url"] = null;
        value["failure_code"] = code;
        value["failure_message"] = message;
        value["outcome"] = Outcome(TestNumbers.Behaviour(stored.Inner.Text("number")!), code);
    }

    private static void Book(Transaction tx, Stored stored, TestNumber number)
    {
        var value = stored.Value;
        value["balance_transaction"] = BalanceTransactions.Record(
            tx, number.IsBank ? "payment" : "charge", value.Long("amount_captured"), value.Text("currency")!, stored.Id, value.Text("description"), held: number.Held && !number.IsBank);
    }

    private static JsonObject Outcome(TestNumber number, string? reason)
    {
        var blocked = number.Risk == "highest";
        return new JsonObject
        {
            ["advice_code"] = reason is null || blocked ? null : "try_again_later",
            ["network_advice_code"] = null,
            ["network_decline_code"] = null,
            ["network_status"] = blocked ? "not_sent_to_network" : reason is null ? "approved_by_network" : "declined_by_network",
            ["reason"] = blocked ? "highest_risk_level" : reason,
            ["risk_level"] = number.IsBank ? "not_assessed" : number.Risk,
            ["risk_score"] = number.Risk switch { "highest" => 90, "elevated" => 70, _ => 20 },
            ["seller_message"] = blocked ? "Stripe blocked this payment as too risky." : reason is null ? "Payment complete." : "The bank did not return any further details with this decline.",
            ["type"] = blocked ? "blocked" : reason is null ? "authorized" : "issuer_declined",
        };
    }

    private static JsonObject Details(Transaction tx, Stored intent, Stored method, TestNumber number, string state)
    {
        if (method.Value["us_bank_account"] is JsonObject bank)
        {
            var details = Parameters.Shape(bank, "account_holder_type", "account_type", "bank_name", "fingerprint", "last4", "routing_number")!;
            (details["mandate"], details["payment_reference"]) = (method.Inner.Text("mandate"), null);
            return new JsonObject { ["type"] = "us_bank_account", ["us_bank_account"] = details };
        }

        if (method.Value["sepa_debit"] is JsonObject debit)
        {
            var details = Parameters.Shape(debit, "bank_code", "branch_code", "country", "fingerprint", "last4")!;
            details["mandate"] = method.Inner.Text("mandate");
            return new JsonObject { ["type"] = "sepa_debit", ["sepa_debit"] = details };
        }

        var card = Parameters.Shape(method.Value["card"]!.AsObject(), "brand", "checks", "country", "exp_month", "exp_year", "fingerprint", "funding", "last4", "regulated_status", "wallet")!;
        card["amount_authorized"] = state == "failed" ? null : intent.Value.Long("amount");
        card["network"] = number.Brand;
        if (state == "held")
        {
            card["capture_before"] = tx.Now + HeldSeconds;
        }

        foreach (var name in (string[])["authorization_code", "installments", "mandate", "network_transaction_id", "three_d_secure", "transaction_link_id"])
        {
            card[name] = null;
        }

        if (intent.Inner.Text("authenticated") == method.Id)
        {
            card["three_d_secure"] = new JsonObject
            {
                ["authentication_flow"] = "challenge", ["electronic_commerce_indicator"] = "05", ["exemption_indicator"] = null, ["result"] = "authenticated", ["result_reason"] = null,
                ["transaction_id"] = intent.Id, ["version"] = "2.2.0",
            };
        }

        return new JsonObject { ["type"] = "card", ["card"] = card };
    }
}
