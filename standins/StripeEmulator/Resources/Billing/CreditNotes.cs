using System.Globalization;
using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Rendering;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Resources;

/// <summary>
/// Takes back part of a finalized invoice. What is still to be paid is lowered first; what was paid before goes back as a refund, as
/// credit on the customer's balance, or outside of Stripe.
/// </summary>
public static class CreditNotes
{
    private const string Url = "/v1/credit_notes";

    public static Reply Create(Call call)
    {
        var (tx, invoice, note) = (call.Tx, Creditable(call), new JsonObject());
        var plan = CreditNotePlan.Of(call, invoice);
        Write(call, invoice, plan, note);
        var stored = tx.Add("credit_note", note.Text("id")!, note, new JsonObject { ["token"] = "cnst_" + tx.Ids.Letter(40) });
        var change = new Change(tx, invoice);
        var value = tx.Edit(invoice);
        value["pre_payment_credit_notes_amount"] = value.Long("pre_payment_credit_notes_amount") + plan.Before;
        value["post_payment_credit_notes_amount"] = value.Long("post_payment_credit_notes_amount") + plan.After;
        if (plan.Before > 0)
        {
            InvoiceDues.Move(tx, invoice, -plan.Before);
        }

        plan.GiveBack(tx, invoice, stored);
        change.Emit("invoice.updated");
        Events.Emit(tx, "credit_note.created", stored);
        if (value.Text("status") != "paid" && value.Long("amount_remaining") == 0)
        {
            Settlement.PaidByCredit(tx, invoice);
        }

        return stored;
    }

    public static Reply Preview(Call call) => Draft(call);

    public static Reply PreviewLines(Call call) => Page(call, Draft(call), Url + "/preview/lines");

    public static Reply Retrieve(Call call) => call.Named("credit_note");

    public static Reply Lines(Call call)
    {
        var stored = call.Named("credit_note");
        var whole = stored.Value.Clone();
        if (Versions.IsBeforeBasil(call.Version))
        {
            OlderVersions.Render(call.Tx, stored, whole, call.Version);
        }

        return Page(call, whole, $"{Url}/{stored.Id}/lines");
    }

    public static Reply List(Call call)
    {
        bool Filter(Stored s) => Paging.InRange(call, "created", s.Value["created"]) && Paging.Same(call, "customer", s) && Paging.Same(call, "invoice", s);
        return call.Text("invoice") is { } invoice ? Paging.Referring(call, "credit_note", "invoice", invoice, Url, Filter)
            : call.Text("customer") is { } customer ? Paging.Referring(call, "credit_note", "customer", customer, Url, Filter)
            : Paging.List(call, "credit_note", Url, Filter);
    }

    public static Reply Update(Call call)
    {
        var stored = call.Named("credit_note");
        var change = new Change(call.Tx, stored);
        var note = call.Tx.Edit(stored);
        Parameters.Copy(call, note, "memo");
        Metadata.Merge(call, note);
        change.Emit("credit_note.updated");
        return stored;
    }

    public static Reply Void(Call call)
    {
        var (tx, stored) = (call.Tx, call.Named("credit_note"));
        var invoice = tx.Find("invoice", stored.Value.Text("invoice")!)!;
        if (stored.Value.Text("status") == "void")
        {
            throw StripeException.Invalid("This credit note has already been voided.");
        }

        if (stored.Value.Text("type") != "pre_payment" || invoice.Value.Text("status") != "open")
        {
            throw StripeException.Invalid("You can only void a credit note that was issued before payment and whose invoice is still open.");
        }

        var change = new Change(tx, invoice);
        var note = tx.Edit(stored);
        note["status"] = "void";
        note["voided_at"] = tx.Now;
        var value = tx.Edit(invoice);
        value["pre_payment_credit_notes_amount"] = value.Long("pre_payment_credit_notes_amount") - note.Long("pre_payment_amount");
        InvoiceDues.Move(tx, invoice, note.Long("pre_payment_amount"));
        change.Emit("invoice.updated");
        Events.Emit(tx, "credit_note.voided", stored);
        return stored;
    }

    /// <summary>The credit notes of an invoice that are in force.</summary>
    public static IEnumerable<Stored> Issued(Transaction tx, Stored invoice) =>
        tx.Store.Referring("credit_note", "invoice", invoice.Id).Where(c => c.Value.Text("status") == "issued");

    public static IEnumerable<JsonObject> LinesOf(Stored note) => note.Value["lines"]!["data"]!.AsArray().Select(l => l!.AsObject());

    /// <summary>What it shows besides its fields: the first ten lines, and where the document is.</summary>
    public static void Complete(Transaction tx, Stored stored, JsonObject json)
    {
        json["pdf"] = $"{tx.Engine.PublicUrl}/credit_notes/{stored.Scope.Account}/{stored.Inner.Text("token")}/pdf";
        Trim(json);
    }

    private static void Trim(JsonObject json)
    {
        var data = json["lines"]!["data"]!.AsArray();
        json["lines"]!["has_more"] = data.Count > 10;
        while (data.Count > 10)
        {
            data.RemoveAt(10);
        }
    }

    private static Stored Creditable(Call call)
    {
        Parameters.NotEmulated(call, "shipping_cost");
        var invoice = call.Refers("invoice", "invoice")!;
        return invoice.Value.Text("status") is "open" or "paid" or "uncollectible"
            ? invoice
            : throw StripeException.Invalid($"You can only create credit notes for invoices that are open, paid, or uncollectible. This invoice is {invoice.Value.Text("status")}.", "invoice");
    }

    private static JsonObject Draft(Call call)
    {
        var (invoice, note) = (Creditable(call), new JsonObject());
        Write(call, invoice, CreditNotePlan.Of(call, invoice), note);
        if (Versions.IsBeforeBasil(call.Version))
        {
            OlderCreditNotes.Render(note, Versions.IsBefore2023(call.Version));
        }

        return note;
    }

    private static Reply Page(Call call, JsonObject note, string url) =>
        Paging.Slice(call, [.. note["lines"]!["data"]!.AsArray().Select(l => l!.AsObject())], "credit_note_line_item", url);

    private static void Write(Call call, Stored invoice, CreditNotePlan plan, JsonObject note)
    {
        var (tx, lines, id) = (call.Tx, plan.Lines, call.Tx.Ids.New("cn"));
        var own = lines.Sum(l => l.Text("invoice_line_item") is { } line ? OwnDiscounts(tx, line, l) : 0);
        var (gross, inside, onTop) = (lines.Sum(l => l.Long("amount")), CreditNoteLines.Sum(lines, "taxes", t => !CreditNoteLines.IsOnTop(t)), CreditNoteLines.Sum(lines, "taxes", CreditNoteLines.IsOnTop));
        var count = tx.Store.Referring("credit_note", "invoice", invoice.Id).Count + 1;
        foreach (var (name, value) in new JsonObject
        {
            ["id"] = id, ["object"] = "credit_note", ["amount"] = plan.Amount, ["amount_shipping"] = 0, ["created"] = tx.Now, ["currency"] = invoice.Value.Text("currency"),
            ["customer"] = invoice.Value.Text("customer"), ["customer_account"] = null, ["customer_balance_transaction"] = null, ["discount_amount"] = lines.Sum(l => l.Long("discount_amount")),
            ["discount_amounts"] = Grouped(lines, "discount_amounts", "discount"), ["effective_at"] = call.Number("effective_at") ?? tx.Now, ["invoice"] = invoice.Id,
            ["lines"] = new JsonObject { ["object"] = "list", ["data"] = new JsonArray([.. lines]), ["has_more"] = false, ["url"] = $"{Url}/{id}/lines" },
            ["livemode"] = tx.Scope.Livemode, ["memo"] = call.Text("memo"), ["metadata"] = new JsonObject(),
            ["number"] = string.Create(CultureInfo.InvariantCulture, $"{invoice.Value.Text("number")}-CN-{count:00}"), ["out_of_band_amount"] = call.Number("out_of_band_amount"), ["pdf"] = "",
            ["post_payment_amount"] = plan.After, ["pre_payment_amount"] = plan.Before, ["pretax_credit_amounts"] = Grouped(lines, "pretax_credit_amounts", "discount"),
            ["reason"] = call.Text("reason"), ["refunds"] = new JsonArray(), ["shipping_cost"] = null, ["status"] = "issued", ["subtotal"] = gross - own,
            ["subtotal_excluding_tax"] = gross - own - inside, ["total"] = plan.Amount, ["total_excluding_tax"] = plan.Amount - inside - onTop,
            ["total_taxes"] = Grouped(lines, "taxes", "tax_rate_details"), ["type"] = plan.Before > 0 && plan.After > 0 ? "mixed" : plan.After > 0 ? "post_payment" : "pre_payment", ["voided_at"] = null,
        })
        {
            note[name] = value?.DeepClone();
        }

        Metadata.Merge(call, note);
    }

    private static long OwnDiscounts(Transaction tx, string id, JsonObject part)
    {
        var own = (tx.Find("line_item", id)?.Value["discounts"] as JsonArray ?? []).Select(d => d!.GetValue<string>()).ToHashSet(StringComparer.Ordinal);
        return part["discount_amounts"]!.AsArray().Where(d => own.Contains(d!["discount"]!.GetValue<string>())).Sum(d => d!["amount"].Long());
    }

    private static JsonArray Grouped(List<JsonObject> lines, string list, string by) =>
    [
        .. lines.SelectMany(l => l[list]!.AsArray()).GroupBy(e => e![by]!.ToJsonString() + e["tax_behavior"] + e["taxability_reason"]).Select(g =>
        {
            var first = g.First()!.DeepClone().AsObject();
            first["amount"] = g.Sum(e => e!["amount"].Long());
            if (first["taxable_amount"] is not null)
            {
                first["taxable_amount"] = g.Sum(e => e!["taxable_amount"].Long());
            }

            return first;
        }),
    ];
}
