using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Resources;

/// <summary>Money given back. Cards get it at once, banks and two of the test cards only after a while, by the clock.</summary>
public static class Refunds
{
    private const string Url = "/v1/refunds";

    public static Reply Create(Call call)
    {
        Parameters.NotEmulated(call, "customer", "origin", "instructions_email", "currency");
        if (call.Flag("refund_application_fee") == true || call.Flag("reverse_transfer") == true)
        {
            throw StripeException.Invalid("This charge has neither an application fee nor a transfer.");
        }

        return Refund(call.Tx, Charge(call), call.Number("amount"), call.Text("reason"), call.Hash("metadata"));
    }

    public static Reply Retrieve(Call call) => call.Named("refund");

    public static Reply List(Call call)
    {
        bool Filter(Stored s) => Paging.InRange(call, "created", s.Value["created"]) && Paging.Same(call, "charge", s) && Paging.Same(call, "payment_intent", s);
        return call.Text("payment_intent") is { } intent
            ? Paging.Referring(call, "refund", "payment_intent", intent, Url, Filter)
            : Paging.List(call, "refund", Url, Filter);
    }

    public static Reply ListOfCharge(Call call)
    {
        var charge = call.Named("charge", param: "charge");
        return Paging.Page(call, Of(call.Tx, charge), $"/v1/charges/{charge.Id}/refunds", null, "refund");
    }

    public static Reply Update(Call call)
    {
        var stored = call.Named("refund");
        var change = new Change(call.Tx, stored);
        Metadata.Merge(call, call.Tx.Edit(stored));
        Updated(change);
        return stored;
    }

    public static Reply Cancel(Call call)
    {
        var stored = call.Named("refund");
        if (stored.Value.Text("status") != "pending")
        {
            throw StripeException.Invalid("Canceling this refund is unsupported.");
        }

        var change = new Change(call.Tx, stored);
        call.Tx.Edit(stored)["status"] = "canceled";
        stored.Inner.Remove("settles_at");
        Updated(change);
        return stored;
    }

    /// <summary>Gives back an amount, or all that is left, of a charge; refuses what Stripe refuses. Credit notes use it too.</summary>
    public static Stored Refund(Transaction tx, Stored charge, long? amount, string? reason, JsonObject? metadata = null)
    {
        var sum = Demand(tx, charge, amount);
        var from = charge.Value;
        var bank = from["payment_method_details"]!.AsObject().Text("type") != "card";
        var behaviour = TestNumbers.Behaviour(charge.Inner.Text("number")!).Refund;
        var id = tx.Ids.New(bank ? "pyr" : "re");
        var pending = bank || behaviour == "pending";
        var value = new JsonObject
        {
            ["id"] = id, ["object"] = "refund", ["amount"] = sum, ["balance_transaction"] = null, ["charge"] = charge.Id, ["created"] = tx.Now,
            ["currency"] = from.Text("currency"), ["customer"] = from.Text("customer"), ["customer_account"] = null, ["destination_details"] = Destination(from, bank), ["metadata"] = new JsonObject(),
            ["payment_intent"] = from.Text("payment_intent"), ["payment_method"] = from.Text("payment_method"), ["reason"] = reason, ["receipt_number"] = null,
            ["source_transfer_reversal"] = null, ["status"] = pending ? "pending" : "succeeded", ["transfer_reversal"] = null,
        };
        if (pending)
        {
            value["pending_reason"] = "processing";
        }

        var inner = new JsonObject { ["settles_at"] = pending || behaviour == "fails" ? tx.Now + tx.Engine.Options.SettlementSeconds : null };
        Metadata.Merge(metadata ?? [], value);
        var stored = tx.Add("refund", id, value, inner);
        if (!pending)
        {
            Book(tx, stored, charge);
        }

        Events.Emit(tx, "refund.created", stored);
        if (!pending)
        {
            Events.Emit(tx, "charge.refunded", charge);
        }

        return stored;
    }

    /// <summary>A pending refund arrives, or one that had succeeded comes back from the bank.</summary>
    public static void Settle(Transaction tx, Stored stored)
    {
        var (change, charge) = (new Change(tx, stored), tx.Find("charge", stored.Value.Text("charge")!)!);
        var value = tx.Edit(stored);
        stored.Inner.Remove("settles_at");
        if (value.Text("status") == "pending")
        {
            value["status"] = "succeeded";
            value.Remove("pending_reason");
            Book(tx, stored, charge);
            Updated(change);
            Events.Emit(tx, "charge.refunded", charge);
            return;
        }

        value["status"] = "failed";
        value["failure_reason"] = "expired_or_canceled_card";
        value["failure_balance_transaction"] = BalanceTransactions.Record(tx, "refund_failure", value.Long("amount"), value.Text("currency")!, stored.Id, "REFUND FAILURE");
        var back = tx.Edit(charge);
        back["amount_refunded"] = back.Long("amount_refunded") - value.Long("amount");
        back["refunded"] = false;
        Updated(change);
        Events.Emit(tx, "refund.failed", stored);
    }

    /// <summary>The refunds of a charge, oldest first.</summary>
    public static SortedSet<Stored> Of(Transaction tx, Stored charge)
    {
        var all = tx.Store.Referring("refund", "payment_intent", charge.Value.Text("payment_intent")!);
        return new SortedSet<Stored>(all.Where(r => r.Value.Text("charge") == charge.Id), Stored.ByAge);
    }

    private static Stored Charge(Call call)
    {
        var intent = call.Text("payment_intent") is { } id ? call.Named("payment_intent", id, "payment_intent") : null;
        var charge = call.Text("charge") is { } named ? call.Named("charge", named) : null;
        if (intent is null && charge is null)
        {
            throw StripeException.Invalid("One of the following params should be provided for this request: payment_intent or charge.");
        }

        var latest = intent?.Value.Text("latest_charge") is { } last ? call.Tx.Find("charge", last) : null;
        if (charge is not null && intent is not null && charge.Id != latest?.Id)
        {
            throw StripeException.Invalid($"Charge {charge.Id} does not belong to PaymentIntent {intent.Id}.", "charge");
        }

        return charge ?? latest ?? throw NothingToRefund(intent!.Id);
    }

    private static StripeException NothingToRefund(string intent) =>
        StripeException.Invalid($"This PaymentIntent ({intent}) does not have a successful charge to refund.");

    private static long Demand(Transaction tx, Stored charge, long? amount)
    {
        var (value, intent) = (charge.Value, charge.Value.Text("payment_intent")!);
        if (value.Text("status") != "succeeded")
        {
            throw NothingToRefund(intent);
        }

        if (!value.Is("captured"))
        {
            throw StripeException.Invalid(
                $"This uncaptured Charge was created by a PaymentIntent ({intent}). You must cancel the PaymentIntent to reverse the authorization instead of refunding the Charge directly. For more information, see https://stripe.com/docs/payments/place-a-hold-on-a-payment-method");
        }

        if (charge.Inner.Is("charged_back"))
        {
            throw StripeException.Invalid($"Charge {charge.Id} has been charged back; cannot issue a refund.", code: "charge_disputed");
        }

        if (amount < 1)
        {
            throw StripeException.BelowOne("amount");
        }

        // What is on its way back cannot be given back a second time.
        var pending = Of(tx, charge).Where(r => r.Value.Text("status") == "pending").Sum(r => r.Value.Long("amount"));
        var left = value.Long("amount_captured") - value.Long("amount_refunded") - pending;
        if (left == 0)
        {
            throw StripeException.Invalid($"Charge {charge.Id} has already been refunded.", code: "charge_already_refunded");
        }

        var currency = value.Text("currency")!;
        Currencies.Demand(amount ?? 0, currency, "amount");
        return (amount ?? left) <= left
            ? amount ?? left
            : throw StripeException.Invalid($"Refund amount ({Currencies.Sign(amount!.Value, currency)}) is greater than unrefunded amount on charge ({Currencies.Sign(left, currency)})", "amount");
    }

    private static void Book(Transaction tx, Stored refund, Stored charge)
    {
        var (value, paid) = (tx.Edit(refund), tx.Edit(charge));
        var bank = paid["payment_method_details"]!.AsObject().Text("type") != "card";
        value["balance_transaction"] = BalanceTransactions.Record(tx, bank ? "payment_refund" : "refund", -value.Long("amount"), value.Text("currency")!, refund.Id, paid.Text("description") is { } text ? $"REFUND FOR PAYMENT ({text})" : "REFUND FOR PAYMENT");
        paid["amount_refunded"] = paid.Long("amount_refunded") + value.Long("amount");
        paid["refunded"] = paid.Long("amount_refunded") == paid.Long("amount_captured");
    }

    // Two events for one change: the newer name, and the one that integrations have known for longer.
    private static void Updated(Change change)
    {
        change.Emit("refund.updated");
        change.Emit("charge.refund.updated");
    }

    private static JsonObject Destination(JsonObject charge, bool bank)
    {
        if (bank)
        {
            return new JsonObject { ["type"] = charge.Text("currency") == "eur" ? "eu_bank_transfer" : "us_bank_transfer" };
        }

        return new JsonObject
        {
            ["card"] = new JsonObject { ["reference_status"] = "pending", ["reference_type"] = "acquirer_reference_number", ["type"] = "refund" },
            ["type"] = "card",
        };
    }
}
