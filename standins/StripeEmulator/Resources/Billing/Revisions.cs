using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Resources;

/// <summary>A new draft that starts as a copy of a finalized invoice and, once finalized, takes its place.</summary>
public static class Revisions
{
    // What the copy does not take over: whatever finalization and payment wrote.
    private static readonly string[] Own =
    [
        "id", "created", "number", "status", "status_transitions", "effective_at", "attempt_count", "attempted", "auto_advance", "automatically_finalizes_at", "amount_paid",
        "amount_overpaid", "amount_paid_off_stripe", "ending_balance", "starting_balance", "from_invoice", "latest_revision", "next_payment_attempt", "receipt_number",
        "post_payment_credit_notes_amount", "pre_payment_credit_notes_amount", "webhooks_delivered_at", "last_finalization_error", "period_start", "period_end", "billing_reason",
    ];

    public static Reply Create(Call call)
    {
        var (tx, from) = (call.Tx, call.Referred("invoice", call.Hash("from_invoice")!.Text("invoice")!, "from_invoice[invoice]"));
        if (call.Has("customer") && call.Text("customer") != from.Value.Text("customer"))
        {
            throw StripeException.Invalid("The customer of a revision must be the customer of the invoice it revises.", "customer");
        }

        if (from.Value.Text("status") is not ("open" or "uncollectible"))
        {
            throw StripeException.Invalid("You can only revise an invoice that is open or uncollectible.", "from_invoice[invoice]");
        }

        var customer = tx.Find("customer", from.Value.Text("customer")!)!;
        var id = tx.Ids.New("in");
        var invoice = Invoices.Template(tx, id, customer, from.Value.Text("currency")!);
        foreach (var (name, value) in from.Value.Where(f => !Own.Contains(f.Key)))
        {
            invoice[name] = value?.DeepClone();
        }

        invoice["from_invoice"] = new JsonObject { ["action"] = "revision", ["invoice"] = from.Id };
        var stored = tx.Add("invoice", id, invoice);
        Invoices.Apply(call, stored, creating: true);
        foreach (var line in InvoiceView.Lines(tx, from.Id).Reverse().ToList())
        {
            Copy(tx, line, stored);
        }

        InvoiceView.Total(tx, stored);
        Invoices.Tell(tx, stored);
        return stored;
    }

    /// <summary>A finalized revision voids what it revises.</summary>
    public static void Replace(Transaction tx, Stored stored)
    {
        if (stored.Value["from_invoice"]?["invoice"]?.GetValue<string>() is { } id && tx.Find("invoice", id) is { } from && InvoiceStates.After(from.Value.Text("status")!, "void") is not null)
        {
            tx.Edit(from)["latest_revision"] = stored.Id;
            Settlement.Void(tx, from);
        }
    }

    private static void Copy(Transaction tx, Stored line, Stored invoice)
    {
        var (id, key) = (tx.Ids.New("ii"), InvoiceLines.ItemOf(line));
        var item = (tx.Find("invoiceitem", key ?? "")?.Value ?? throw StripeException.Invalid("Invoices of subscriptions cannot be revised here.", "from_invoice[invoice]")).Clone();
        (item["id"], item["invoice"], item["date"]) = (id, invoice.Id, tx.Now);
        InvoiceLines.Add(tx, tx.Add("invoiceitem", id, item), invoice);
    }
}
