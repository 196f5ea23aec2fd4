using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Rendering;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Resources;

/// <summary>
/// Disputes: the cardholder takes the money back, or asks first. They arise from test numbers and from a knob, and end by the
/// evidence's own words, by closing them, or by letting the time to answer pass.
/// </summary>
public static class Disputes
{
    private const string Url = "/v1/disputes";
    private const long AnswerDays = 8;

    private static readonly string[] Evidence =
    [
        "access_activity_log", "billing_address", "cancellation_policy", "cancellation_policy_disclosure", "cancellation_rebuttal", "customer_communication", "customer_email_address",
        "customer_name", "customer_purchase_ip", "customer_signature", "duplicate_charge_documentation", "duplicate_charge_explanation", "duplicate_charge_id", "product_description",
        "receipt", "refund_policy", "refund_policy_disclosure", "refund_refusal_explanation", "service_date", "service_documentation", "shipping_address", "shipping_carrier",
        "shipping_date", "shipping_documentation", "shipping_tracking_number", "uncategorized_file", "uncategorized_text",
    ];

    public static Reply Retrieve(Call call) => call.Named("dispute", param: "dispute");

    public static Reply List(Call call)
    {
        bool Filter(Stored s) => Paging.InRange(call, "created", s.Value["created"]) && Paging.Same(call, "charge", s) && Paging.Same(call, "payment_intent", s);
        return call.Text("payment_intent") is { } intent
            ? Paging.Referring(call, "dispute", "payment_intent", intent, Url, Filter)
            : Paging.List(call, "dispute", Url, Filter);
    }

    public static Reply Update(Call call)
    {
        var (tx, stored) = (call.Tx, call.Named("dispute", param: "dispute"));
        DemandOpen(stored);
        var (change, value) = (new Change(tx, stored), tx.Edit(stored));
        Metadata.Merge(call, value);
        if (call.Hash("evidence") is { } sent)
        {
            if (value["evidence_details"]!["submission_count"].Long() > 0)
            {
                throw StripeException.Invalid("Evidence for this dispute has already been submitted.", "evidence");
            }

            foreach (var (name, field) in sent)
            {
                if (name == "enhanced_evidence")
                {
                    throw StripeException.NotEmulated("evidence[enhanced_evidence]");
                }

                value["evidence"]![name] = field?.DeepClone();
            }

            value["evidence_details"]!["has_evidence"] = Evidence.Any(name => value["evidence"]![name] is not null);
        }

        if (call.Flag("submit") ?? call.Hash("evidence") is not null)
        {
            Submit(tx, stored, value);
        }

        change.Emit("charge.dispute.updated");
        return stored;
    }

    public static Reply Close(Call call)
    {
        var (tx, stored) = (call.Tx, call.Named("dispute", param: "dispute"));
        DemandOpen(stored);
        Lose(tx, stored);
        return stored;
    }

    /// <summary>Opens the dispute that the charge's test number asks for, if it asks for one.</summary>
    public static void Arise(Transaction tx, Stored charge)
    {
        if (TestNumbers.Behaviour(charge.Inner.Text("number")!).Dispute is { } reason)
        {
            Open(tx, charge, reason == "inquiry" ? "fraudulent" : reason, inquiry: reason == "inquiry");
        }
    }

    /// <summary>The cardholder disputes a charge. A chargeback takes the money at once, an inquiry asks first.</summary>
    public static Stored Open(Transaction tx, Stored charge, string reason, bool inquiry, long? amount = null)
    {
        var (id, from) = (tx.Ids.New("du"), charge.Value);
        var due = (((tx.Now / 86_400) + AnswerDays) * 86_400) + 86_399;
        var evidence = Parameters.Shape([], Evidence)!;
        evidence["enhanced_evidence"] = new JsonObject();
        var value = new JsonObject
        {
            ["id"] = id, ["object"] = "dispute", ["amount"] = amount ?? from.Long("amount_captured") - from.Long("amount_refunded"), ["balance_transactions"] = new JsonArray(), ["charge"] = charge.Id,
            ["created"] = tx.Now, ["currency"] = from.Text("currency"), ["enhanced_eligibility_types"] = new JsonArray(), ["evidence"] = evidence,
            ["evidence_details"] = new JsonObject { ["due_by"] = due, ["enhanced_eligibility"] = new JsonObject(), ["has_evidence"] = false, ["past_due"] = false, ["submission_count"] = 0 },
            ["is_charge_refundable"] = inquiry, ["livemode"] = tx.Scope.Livemode, ["metadata"] = new JsonObject(), ["payment_intent"] = from.Text("payment_intent"),
            ["reason"] = reason, ["status"] = inquiry ? "warning_needs_response" : "needs_response",
        };
        if (from["payment_method_details"]!["card"] is JsonObject card)
        {
            var code = Code(reason, inquiry);
            value["network_reason_code"] = code;
            value["payment_method_details"] = new JsonObject
            {
                ["card"] = new JsonObject { ["brand"] = card.Text("brand"), ["case_type"] = inquiry ? "inquiry" : "chargeback", ["network"] = card.Text("network"), ["network_reason_code"] = code },
                ["type"] = "card",
            };
        }

        var stored = tx.Add("dispute", id, value, new JsonObject { ["settles_at"] = due });
        tx.Edit(charge)["disputed"] = true;
        charge.Inner["dispute"] = id;
        if (!inquiry)
        {
            Withdraw(tx, stored, charge);
        }

        Events.Emit(tx, "charge.dispute.created", stored);
        if (!inquiry)
        {
            Events.Emit(tx, "charge.dispute.funds_withdrawn", stored);
        }

        return stored;
    }

    /// <summary>The bank has decided, or nobody has answered it in time.</summary>
    public static void Settle(Transaction tx, Stored stored)
    {
        var words = (stored.Value["evidence"]!.AsObject().Text("uncategorized_text") ?? "").Trim();
        var submitted = stored.Value["evidence_details"]!["submission_count"].Long() > 0;
        if (submitted && words == "winning_evidence")
        {
            Win(tx, stored);
        }
        else if (submitted && words == "escalate_inquiry_evidence" && Inquiry(stored))
        {
            Escalate(tx, stored);
        }
        else
        {
            tx.Edit(stored)["evidence_details"]!["past_due"] = !submitted;
            Lose(tx, stored);
        }
    }

    private static void Submit(Transaction tx, Stored stored, JsonObject value)
    {
        value["evidence_details"]!["submission_count"] = value["evidence_details"]!["submission_count"].Long() + 1;
        value["status"] = Inquiry(stored) ? "warning_under_review" : "under_review";
        stored.Inner.Remove("settles_at");
        if ((value["evidence"]!.AsObject().Text("uncategorized_text") ?? "").Trim() is "winning_evidence" or "losing_evidence" or "escalate_inquiry_evidence")
        {
            stored.Inner["settles_at"] = tx.Now + tx.Engine.Options.SettlementSeconds;
        }
    }

    private static void Win(Transaction tx, Stored stored)
    {
        var (inquiry, charge, value) = (Inquiry(stored), tx.Find("charge", stored.Value.Text("charge")!)!, tx.Edit(stored));
        stored.Inner.Remove("settles_at");
        value["status"] = inquiry ? "warning_closed" : "won";
        value["is_charge_refundable"] = true;
        if (!inquiry)
        {
            Move(tx, stored, value.Long("amount"), "Chargeback reversal for " + charge.Id);
            tx.Edit(charge);
            charge.Inner["charged_back"] = false;
            Events.Emit(tx, "charge.dispute.funds_reinstated", stored);
        }

        Events.Emit(tx, "charge.dispute.closed", stored);
    }

    private static void Lose(Transaction tx, Stored stored)
    {
        var (inquiry, value) = (Inquiry(stored), tx.Edit(stored));
        stored.Inner.Remove("settles_at");
        value["status"] = inquiry ? "warning_closed" : "lost";
        Events.Emit(tx, "charge.dispute.closed", stored);
    }

    private static void Escalate(Transaction tx, Stored stored)
    {
        var (change, charge, value) = (new Change(tx, stored), tx.Find("charge", stored.Value.Text("charge")!)!, tx.Edit(stored));
        value["status"] = "needs_response";
        value["is_charge_refundable"] = false;
        value["evidence_details"]!["submission_count"] = 0;
        stored.Inner["settles_at"] = value["evidence_details"]!["due_by"]!.DeepClone();
        if (value["payment_method_details"]?["card"] is JsonObject card)
        {
            card["case_type"] = "chargeback";
            card["network_reason_code"] = Code(value.Text("reason")!, inquiry: false);
            value["network_reason_code"] = card.Text("network_reason_code");
        }

        Withdraw(tx, stored, charge);
        change.Emit("charge.dispute.updated");
        Events.Emit(tx, "charge.dispute.funds_withdrawn", stored);
    }

    private static void Withdraw(Transaction tx, Stored stored, Stored charge)
    {
        Move(tx, stored, -stored.Value.Long("amount"), "Chargeback withdrawal for " + charge.Id);
        tx.Edit(charge);
        charge.Inner["charged_back"] = true;
    }

    private static void Move(Transaction tx, Stored stored, long amount, string description)
    {
        var moved = BalanceTransactions.Record(tx, "adjustment", amount, stored.Value.Text("currency")!, stored.Id, description);
        tx.Edit(stored)["balance_transactions"]!.AsArray().Add((JsonNode)Renderer.Present(tx, tx.Find("balance_transaction", moved)!, tx.Engine.Options.ApiVersion));
    }

    private static void DemandOpen(Stored stored)
    {
        if (stored.Value.Text("status") is "won" or "lost" or "warning_closed")
        {
            throw StripeException.Invalid("This dispute is already closed");
        }
    }

    private static bool Inquiry(Stored stored) => stored.Value.Text("status")!.StartsWith("warning", StringComparison.Ordinal);

    private static string? Code(string reason, bool inquiry) => (reason, inquiry) switch
    {
        ("fraudulent", true) => "10",
        ("fraudulent" or "unrecognized", _) => "10.4",
        ("product_not_received", _) => "13.1",
        ("subscription_canceled", _) => "13.2",
        ("product_unacceptable", _) => "13.3",
        ("credit_not_processed", _) => "13.6",
        ("duplicate", _) => "12.6",
        _ => null,
    };
}
