using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Resources;

/// <summary>The lines of an invoice. Each shows one invoice item; only drafts take changes.</summary>
public static class InvoiceLines
{
    private static readonly string[] NotEmulated = ["tax_amounts"];

    public static Reply List(Call call)
    {
        var invoice = call.Named("invoice", param: "invoice");
        return Paging.Referring(call, "line_item", "invoice", invoice.Id, $"/v1/invoices/{invoice.Id}/lines");
    }

    public static Reply AddLines(Call call) => Edit(call, "invoice", (tx, invoice, sent, prefix) =>
    {
        if (sent.Text("invoice_item") is { } id)
        {
            var item = call.Referred("invoiceitem", id, $"{prefix}[invoice_item]");
            if (item.Value["invoice"] is not null)
            {
                throw StripeException.Invalid("This invoice item is already on an invoice.", $"{prefix}[invoice_item]");
            }

            tx.Edit(item)["invoice"] = invoice.Id;
            Add(tx, item, invoice);
            return;
        }

        var currency = invoice.Value.Text("currency")!;
        var amount = LineAmount.Read(call, sent, prefix, currency) ?? throw StripeException.Missing($"{prefix}[amount]");
        InvoiceItems.Add(call, tx.Find("customer", invoice.Value.Text("customer")!)!, invoice, currency, amount, sent, prefix);
    });

    public static Reply UpdateLines(Call call) => Edit(call, "id", (_, invoice, sent, prefix) => Update(call, Line(call, invoice, sent.Text("id")!, $"{prefix}[id]"), sent, prefix));

    public static Reply RemoveLines(Call call) => Edit(call, "id", (tx, invoice, sent, prefix) =>
    {
        var line = Line(call, invoice, sent.Text("id")!, $"{prefix}[id]");
        var item = Item(tx, line, $"{prefix}[id]");
        if (sent.Text("behavior") == "delete")
        {
            InvoiceItems.Remove(tx, item);
            return;
        }

        tx.Remove(line);
        tx.Edit(item)["invoice"] = null;
    });

    public static Reply UpdateLine(Call call)
    {
        Refuse(call.Params);
        var invoice = call.Named("invoice", param: "invoice");
        InvoiceItems.Editable(invoice);
        var line = Line(call, invoice, call.SubId, "line_item_id");
        Update(call, line, call.Params, "");
        InvoiceView.Total(call.Tx, invoice);
        return line;
    }

    /// <summary>The invoice item that the line shows; null for one that a subscription's item put there itself.</summary>
    public static string? ItemOf(Stored line) =>
        ((line.Value["parent"]!["invoice_item_details"] ?? line.Value["parent"]!["subscription_item_details"]) as JsonObject)?.Text("invoice_item");

    public static void Add(Transaction tx, Stored item, Stored invoice)
    {
        var id = tx.Ids.New("il");
        var line = new JsonObject
        {
            ["id"] = id, ["object"] = "line_item", ["amount"] = 0, ["currency"] = item.Value.Text("currency"), ["description"] = null, ["discount_amounts"] = new JsonArray(),
            ["discountable"] = true, ["discounts"] = new JsonArray(), ["invoice"] = invoice.Id, ["livemode"] = tx.Scope.Livemode, ["metadata"] = new JsonObject(),
            ["parent"] = Parent(item),
            ["period"] = null, ["pretax_credit_amounts"] = new JsonArray(), ["pricing"] = null, ["quantity"] = 1, ["quantity_decimal"] = "1", ["subscription"] = (item.Value["parent"]?["subscription_details"] as JsonObject)?.Text("subscription"),
            ["subtotal"] = 0, ["taxes"] = new JsonArray(),
        };
        Show(item, tx.Add("line_item", id, line));
    }

    // A proration belongs to the subscription's item, whatever else to the invoice item.
    private static JsonObject Parent(Stored item)
    {
        var of = item.Value["parent"]?["subscription_details"] as JsonObject;
        var (subscribed, proration) = (of?.Text("subscription_item"), item.Value.Is("proration"));
        var details = new JsonObject
        {
            ["invoice_item"] = item.Id, ["proration"] = proration, ["proration_details"] = new JsonObject { ["credited_items"] = item.Value["proration_details"]?["credited_items"]?["invoice_line_item_details"]?.DeepClone() }, ["subscription"] = of?.Text("subscription"),
        };
        if (subscribed is null)
        {
            return new JsonObject { ["invoice_item_details"] = details, ["subscription_item_details"] = null, ["type"] = "invoice_item_details" };
        }

        details["subscription_item"] = subscribed;
        return new JsonObject { ["invoice_item_details"] = null, ["subscription_item_details"] = details, ["type"] = "subscription_item_details" };
    }

    private static Stored Item(Transaction tx, Stored line, string param) => tx.Find("invoiceitem", ItemOf(line) ?? "")
        ?? throw StripeException.Invalid("This line comes from a subscription item; change the subscription instead.", param);

    /// <summary>Brings the item's line up to date after a change of the item.</summary>
    public static void Mirror(Transaction tx, Stored item)
    {
        foreach (var line in InvoiceView.Lines(tx, item.Value.Text("invoice")!).Where(l => ItemOf(l) == item.Id).ToList())
        {
            tx.Edit(line);
            Show(item, line);
        }
    }

    private static void Show(Stored of, Stored stored)
    {
        var (item, line) = (of.Value, stored.Value);
        stored.Inner["tax_behavior"] = of.Inner.Text("tax_behavior");
        if (item["tax_rates"] is JsonArray { Count: > 0 } rates)
        {
            stored.Inner["tax_rates"] = rates.DeepClone();
        }
        else
        {
            stored.Inner.Remove("tax_rates");
        }

        foreach (var name in (string[])["amount", "description", "discountable", "discounts", "metadata", "period", "pricing", "quantity", "quantity_decimal"])
        {
            line[name] = item[name]?.DeepClone();
        }

        line["subtotal"] = item.Long("amount");
    }

    private static void Update(Call call, Stored line, JsonObject sent, string prefix)
    {
        var item = Item(call.Tx, line, prefix.Length == 0 ? "line_item_id" : $"{prefix}[id]");
        InvoiceItems.Apply(call, item, sent, prefix);
        Mirror(call.Tx, item);
    }

    private static Stored Line(Call call, Stored invoice, string id, string param)
    {
        var line = call.Tx.Find("line_item", id);
        return line?.Value.Text("invoice") == invoice.Id ? line! : throw StripeException.NoSuch("line_item", id, param);
    }

    private static Reply Edit(Call call, string param, Action<Transaction, Stored, JsonObject, string> each)
    {
        var invoice = call.Named("invoice", param: param);
        InvoiceItems.Editable(invoice);
        var change = new Change(call.Tx, invoice);
        var at = 0;
        foreach (var sent in call.Params["lines"]!.AsArray())
        {
            Refuse(sent!.AsObject());
            each(call.Tx, invoice, sent.AsObject(), $"lines[{at++}]");
        }

        Metadata.Merge(call, call.Tx.Edit(invoice), "invoice_metadata");
        InvoiceView.Total(call.Tx, invoice);
        change.Emit("invoice.updated");
        return invoice;
    }

    private static void Refuse(JsonObject sent)
    {
        foreach (var name in NotEmulated)
        {
            if (sent[name] is not null)
            {
                throw StripeException.NotEmulated(name);
            }
        }
    }
}
