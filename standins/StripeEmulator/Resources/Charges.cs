using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Resources;

/// <summary>Charges: one per attempt of a payment intent.</summary>
public static class Charges
{
    public static Reply Retrieve(Call call) => call.Named("charge");

    public static Reply List(Call call)
    {
        bool Filter(Stored s) => Paging.InRange(call, "created", s.Value["created"]) && Paging.Same(call, "customer", s) && Paging.Same(call, "payment_intent", s) && Paging.Same(call, "transfer_group", s);
        return call.Text("payment_intent") is { } intent
            ? Paging.Referring(call, "charge", "payment_intent", intent, "/v1/charges", Filter)
            : Paging.List(call, "charge", "/v1/charges", Filter);
    }

    public static Reply Search(Call call) => Api.Search.Run(call, "charge", "/v1/charges/search", "amount", "created", "currency", "customer", "status");

    public static Reply Update(Call call)
    {
        Metadata.NotEmulated(call, "customer", "fraud_details", "shipping");
        var stored = call.Named("charge");
        var change = new Change(call.Tx, stored);
        var value = call.Tx.Edit(stored);
        Metadata.Copy(call, value, "description", "receipt_email", "transfer_group");
        Metadata.Merge(call, value);
        change.Emit("charge.updated");
        return stored;
    }

    public static Stored Add(Transaction tx, Stored intent, Stored method, JsonObject? error)
    {
        var id = tx.Ids.New(method.Value.Text("type") == "card" ? "ch" : "py");
        var (from, amount, failed) = (intent.Value, intent.Value.Long("amount"), error is not null);
        var value = new JsonObject
        {
            ["id"] = id, ["object"] = "charge", ["amount"] = amount, ["amount_captured"] = failed ? 0 : amount, ["amount_refunded"] = 0,
            ["application"] = null, ["application_fee"] = null, ["application_fee_amount"] = null,
            ["balance_transaction"] = null,
            ["billing_details"] = method.Value["billing_details"]!.DeepClone(),
            ["calculated_statement_descriptor"] = null, ["captured"] = !failed, ["created"] = tx.Now, ["currency"] = from.Text("currency"),
            ["customer"] = from.Text("customer"), ["description"] = from.Text("description"), ["disputed"] = false, ["failure_balance_transaction"] = null,
            ["failure_code"] = error?.Text("code"), ["failure_message"] = error?.Text("message"), ["fraud_details"] = new JsonObject(),
            ["livemode"] = tx.Scope.Livemode, ["metadata"] = from["metadata"]!.DeepClone(), ["on_behalf_of"] = null,
            ["outcome"] = Outcome(error), ["paid"] = !failed, ["payment_intent"] = intent.Id, ["payment_method"] = method.Id,
            ["payment_method_details"] = Details(method.Value, amount, failed), ["presentment_details"] = null, ["radar_options"] = new JsonObject(),
            ["receipt_email"] = null, ["receipt_number"] = null, ["receipt_url"] = failed ? null : $"{tx.Engine.PublicUrl}/receipts/{id}",
            ["refunded"] = false, ["review"] = null, ["shipping"] = null, ["source"] = null, ["source_transfer"] = null, ["statement_descriptor"] = null,
            ["statement_descriptor_suffix"] = null, ["status"] = failed ? "failed" : "succeeded", ["transfer_data"] = null, ["transfer_group"] = null,
        };
        value.Remove("presentment_details");
        var number = TestCards.Behaviour(method.Inner.Text("number")!);
        if (!failed)
        {
            value["balance_transaction"] = Ledger.Record(tx, number.IsBank ? "payment" : "charge", amount, from.Text("currency")!, id, from.Text("description"), held: number.Held && !number.IsBank);
        }

        return tx.Add("charge", id, value, new JsonObject { ["invoice"] = intent.Inner.Text("invoice"), ["number"] = number.Number });
    }

    private static JsonObject Outcome(JsonObject? error) => new()
    {
        ["advice_code"] = error is null ? null : "try_again_later",
        ["network_advice_code"] = null,
        ["network_decline_code"] = null,
        ["network_status"] = error is null ? "approved_by_network" : "declined_by_network",
        ["reason"] = error?.Text("decline_code") ?? error?.Text("code"),
        ["risk_level"] = "normal",
        ["risk_score"] = 20,
        ["seller_message"] = error is null ? "Payment complete." : "The bank did not return any further details with this decline.",
        ["type"] = error is null ? "authorized" : "issuer_declined",
    };

    private static JsonObject Details(JsonObject method, long amount, bool failed)
    {
        if (method["us_bank_account"] is JsonObject bank)
        {
            var details = Metadata.Shape(bank, "account_holder_type", "account_type", "bank_name", "fingerprint", "last4", "routing_number")!;
            details["payment_reference"] = null;
            return new JsonObject { ["type"] = "us_bank_account", ["us_bank_account"] = details };
        }

        if (method["sepa_debit"] is JsonObject debit)
        {
            var details = Metadata.Shape(debit, "bank_code", "branch_code", "country", "fingerprint", "last4", "mandate")!;
            return new JsonObject { ["type"] = "sepa_debit", ["sepa_debit"] = details };
        }

        var card = Metadata.Shape(method["card"]!.AsObject(), "brand", "checks", "country", "exp_month", "exp_year", "fingerprint", "funding", "last4", "regulated_status", "wallet")!;
        card["amount_authorized"] = failed ? null : amount;
        card["network"] = card.Text("brand");
        foreach (var name in (string[])["authorization_code", "installments", "mandate", "network_transaction_id", "three_d_secure", "transaction_link_id"])
        {
            card[name] = null;
        }

        return new JsonObject { ["type"] = "card", ["card"] = card };
    }
}
