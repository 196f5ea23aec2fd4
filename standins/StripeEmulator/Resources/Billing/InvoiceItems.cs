using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Store;
using Marketplace.StripeEmulator.Subscriptions;

namespace Marketplace.StripeEmulator.Resources;

/// <summary>Invoice items: pending ones wait for an invoice that includes them; one with an invoice is a line of it at once.</summary>
public static class InvoiceItems
{
    private const string Url = "/v1/invoiceitems";
    private const int MostLines = 250;

    public static Reply Create(Call call)
    {
        var tx = call.Tx;
        var invoice = call.Refers("invoice", "invoice");
        var customer = call.Refers("customer", "customer")
            ?? (invoice is null ? throw StripeException.Missing("customer") : tx.Find("customer", invoice.Value.Text("customer")!)!);
        if (invoice is not null)
        {
            Editable(invoice);
            if (invoice.Value.Text("customer") != customer.Id)
            {
                throw StripeException.Invalid($"The invoice {invoice.Id} belongs to another customer than {customer.Id}.", "invoice");
            }
        }

        var currency = Currency(call, invoice, customer);
        var amount = LineAmount.Read(call, call.Params, "", currency) ?? throw StripeException.Missing("amount");
        var subscription = SubscriptionView.Of(call, customer);
        var item = Add(call, customer, invoice, currency, amount, call.Params, "");
        if (subscription is not null)
        {
            tx.Edit(item)["parent"] = new JsonObject { ["subscription_details"] = new JsonObject { ["subscription"] = subscription.Id }, ["type"] = "subscription_details" };
        }

        return item;
    }

    public static Reply Retrieve(Call call) => Of(call);

    public static Reply List(Call call)
    {
        bool Filter(Stored s) => Paging.InRange(call, "created", s.Value["date"]) && Paging.Same(call, "customer", s) && Paging.Same(call, "invoice", s)
            && (call.Flag("pending") is not { } pending || (s.Value["invoice"] is null) == pending);
        return call.Text("invoice") is { } invoice ? Paging.Referring(call, "invoiceitem", "invoice", invoice, Url, Filter)
            : call.Text("customer") is { } customer ? Paging.Referring(call, "invoiceitem", "customer", customer, Url, Filter)
            : Paging.List(call, "invoiceitem", Url, Filter);
    }

    public static Reply Update(Call call)
    {
        var (tx, stored) = (call.Tx, Of(call));
        var invoice = stored.Value.Text("invoice") is { } id ? tx.Find("invoice", id) : null;
        if (invoice is not null)
        {
            Editable(invoice);
        }

        Apply(call, stored, call.Params, "");
        if (invoice is not null)
        {
            InvoiceLines.Mirror(tx, stored);
            InvoiceView.Total(tx, invoice);
        }

        return stored;
    }

    public static Reply Delete(Call call)
    {
        var stored = Of(call);
        Remove(call.Tx, stored);
        return new JsonObject { ["id"] = stored.Id, ["object"] = "invoiceitem", ["deleted"] = true };
    }

    public static void Remove(Transaction tx, Stored stored)
    {
        var invoice = stored.Value.Text("invoice") is { } id ? tx.Find("invoice", id) : null;
        if (invoice is not null)
        {
            Editable(invoice);
            foreach (var line in InvoiceView.Lines(tx, invoice.Id).Where(l => InvoiceLines.ItemOf(l) == stored.Id).ToList())
            {
                tx.Remove(line);
            }
        }

        Events.Emit(tx, "invoiceitem.deleted", stored);
        tx.Remove(stored);
        if (invoice is not null)
        {
            InvoiceView.Total(tx, invoice);
        }
    }

    /// <summary>A new item, and its line when it has an invoice.</summary>
    public static Stored Add(Call call, Stored customer, Stored? invoice, string currency, LineAmount amount, JsonObject sent, string prefix)
    {
        var tx = call.Tx;
        var id = tx.Ids.New("ii");
        var item = new JsonObject
        {
            ["id"] = id, ["object"] = "invoiceitem", ["amount"] = amount.Amount, ["currency"] = currency, ["customer"] = customer.Id, ["customer_account"] = null,
            ["date"] = tx.Now, ["description"] = amount.Description, ["discountable"] = amount.Amount >= 0, ["discounts"] = new JsonArray(), ["invoice"] = invoice?.Id,
            ["livemode"] = tx.Scope.Livemode, ["metadata"] = new JsonObject(), ["net_amount"] = amount.Amount, ["parent"] = null,
            ["period"] = new JsonObject { ["end"] = tx.Now, ["start"] = tx.Now }, ["pricing"] = null, ["proration"] = false, ["quantity"] = 1,
            ["quantity_decimal"] = "1", ["tax_rates"] = new JsonArray(), ["test_clock"] = customer.Value.Text("test_clock"),
        };
        amount.Write(tx, item);
        Details(item, sent);
        var stored = tx.Add("invoiceitem", id, item);
        Charges(call, stored, sent, prefix);
        Events.Emit(tx, "invoiceitem.created", stored);
        if (invoice is not null)
        {
            Put(tx, stored, invoice);
            InvoiceView.Total(tx, invoice);
        }

        return stored;
    }

    /// <summary>Puts every pending item of the customer on the invoice, newest first.</summary>
    public static void Sweep(Transaction tx, Stored invoice)
    {
        var currency = invoice.Value.Text("currency");
        foreach (var item in tx.Store.Referring("invoiceitem", "customer", invoice.Value.Text("customer")!).Where(i => i.Value["invoice"] is null && i.Value.Text("currency") == currency).ToList())
        {
            tx.Edit(item)["invoice"] = invoice.Id;
            Put(tx, item, invoice);
        }
    }

    /// <summary>Only drafts take changes.</summary>
    public static void Editable(Stored invoice)
    {
        if (invoice.Value.Text("status") != "draft")
        {
            throw StripeException.Invalid("Invalid invoice: This invoice is no longer editable", "invoice", "invoice_not_editable");
        }
    }

    /// <summary>Applies the parameters of an item or a line.</summary>
    public static void Apply(Call call, Stored stored, JsonObject sent, string prefix)
    {
        var (item, present) = (call.Tx.Edit(stored), sent.Clone());
        var unpriced = ((string[])["amount", "unit_amount_decimal", "unit_amount", "price_data", "pricing", "price"]).All(n => present[n] is null);
        if (unpriced && (present.ContainsKey("quantity") || present.ContainsKey("quantity_decimal")))
        {
            Reprice(call.Tx, item, present);
        }
        else if (!unpriced && present["amount"] is null && present["quantity"] is null && present["quantity_decimal"] is null)
        {
            present["quantity_decimal"] = item["quantity_decimal"]?.DeepClone();
        }

        if (LineAmount.Read(call, present, prefix, item.Text("currency")) is { } amount)
        {
            amount.Write(call.Tx, item);
            item["net_amount"] = amount.Amount;
        }

        Details(item, sent);
        Charges(call, stored, sent, prefix);
    }

    // Another quantity at the price the item has.
    private static void Reprice(Transaction tx, JsonObject item, JsonObject present)
    {
        if (item["pricing"]?["price_details"]?["price"]?.GetValue<string>() is { } price && tx.Find("price", price) is { } known && known.Value.Is("active"))
        {
            present["price"] = price;
        }
        else
        {
            present["unit_amount_decimal"] = item["pricing"]?["unit_amount_decimal"]?.DeepClone();
        }
    }

    /// <summary>The item's own discounts and tax rates.</summary>
    private static void Charges(Call call, Stored stored, JsonObject sent, string prefix)
    {
        var item = stored.Value;
        if (sent.ContainsKey("tax_rates"))
        {
            item["tax_rates"] = TaxRates.Read(call, sent["tax_rates"], ParameterCheck.Name(prefix, "tax_rates"));
        }

        if (sent.Text("tax_behavior") is { } behavior)
        {
            stored.Inner["tax_behavior"] = behavior;
        }

        if (sent.ContainsKey("discounts"))
        {
            var customer = call.Tx.Find("customer", item.Text("customer")!)!;
            item["discounts"] = Discounts.Redeem(call, sent["discounts"], ParameterCheck.Name(prefix, "discounts"), customer, "invoice_item", stored.Id, item.Text("currency"));
        }
    }

    private static void Details(JsonObject item, JsonObject sent)
    {
        foreach (var name in (string[])["description", "discountable"])
        {
            if (sent.ContainsKey(name))
            {
                item[name] = sent[name]?.DeepClone();
            }
        }

        if (sent["period"] is JsonObject period)
        {
            item["period"] = period.Long("end") >= period.Long("start")
                ? new JsonObject { ["end"] = period.Long("end"), ["start"] = period.Long("start") }
                : throw StripeException.Invalid("The period's end must not be before its start.", "period[end]");
        }

        if (sent["metadata"] is JsonObject metadata)
        {
            Metadata.Merge(metadata, item);
        }
        else if (sent.ContainsKey("metadata"))
        {
            item["metadata"] = new JsonObject();
        }
    }

    private static void Put(Transaction tx, Stored item, Stored invoice)
    {
        if (tx.Store.Referring("line_item", "invoice", invoice.Id).Count >= MostLines)
        {
            throw StripeException.Invalid($"An invoice can have at most {MostLines} line items.", "invoice");
        }

        InvoiceLines.Add(tx, item, invoice);
    }

    private static string Currency(Call call, Stored? invoice, Stored customer)
    {
        var priced = call.Hash("pricing")?.Text("price") is { } price ? call.Tx.Find("price", price)?.Value.Text("currency") : null;
        var asked = call.Text("currency") ?? call.Hash("price_data")?.Text("currency") ?? priced;
        var currency = asked is not null ? Currencies.Check(asked) : invoice?.Value.Text("currency") ?? customer.Value.Text("currency") ?? throw StripeException.Missing("currency");
        var bound = invoice?.Value.Text("currency") ?? customer.Value.Text("currency");
        if (bound is not null && bound != currency)
        {
            throw StripeException.Invalid($"The currency of the invoice item ({currency}) must be that of the {(invoice is null ? "customer" : "invoice")} ({bound}).", "currency");
        }

        return currency;
    }

    private static Stored Of(Call call) => call.Named("invoiceitem");
}
