using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Resources;

/// <summary>What ties an invoice to the intent that pays it.</summary>
public static class InvoicePayments
{
    private const string Url = "/v1/invoice_payments";

    public static Reply Retrieve(Call call) => call.Named("invoice_payment");

    public static Reply List(Call call)
    {
        var intent = call.Hash("payment")?.Text("payment_intent");
        bool Filter(Stored s) => Paging.InRange(call, "created", s.Value["created"]) && Paging.Same(call, "status", s) && Paging.Same(call, "invoice", s)
            && (intent is null || s.Value["payment"]!.AsObject().Text("payment_intent") == intent);
        return call.Text("invoice") is { } invoice
            ? Paging.Referring(call, "invoice_payment", "invoice", call.Referred("invoice", invoice, "invoice").Id, Url, Filter)
            : intent is not null
                ? Paging.Referring(call, "invoice_payment", "payment_intent", intent, Url, Filter)
                : Paging.List(call, "invoice_payment", Url, Filter);
    }

    public static void Add(Transaction tx, Stored invoice, Stored intent, bool isDefault = true)
    {
        var id = tx.Ids.New("inpay");
        tx.Add("invoice_payment", id, new JsonObject
        {
            ["id"] = id,
            ["object"] = "invoice_payment",
            ["amount_paid"] = null,
            ["amount_requested"] = intent.Value.Long("amount"),
            ["created"] = tx.Now,
            ["currency"] = intent.Value.Text("currency"),
            ["invoice"] = invoice.Id,
            ["is_default"] = isDefault,
            ["livemode"] = tx.Scope.Livemode,
            ["payment"] = new JsonObject { ["payment_intent"] = intent.Id, ["type"] = "payment_intent" },
            ["status"] = "open",
            ["status_transitions"] = new JsonObject { ["canceled_at"] = null, ["paid_at"] = null },
        });
    }

    public static void Paid(Transaction tx, Stored payment)
    {
        var value = tx.Edit(payment);
        value["status"] = "paid";
        value["amount_paid"] = value.Long("amount_requested");
        value["status_transitions"]!["paid_at"] = tx.Now;
        Events.Emit(tx, "invoice_payment.paid", payment);
    }

    public static void Cancel(Transaction tx, Stored payment)
    {
        var value = tx.Edit(payment);
        value["status"] = "canceled";
        value["status_transitions"]!["canceled_at"] = tx.Now;
    }
}
