using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Resources;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Subscriptions;

/// <summary>Invoices that a subscription makes: the draft, what goes on it, and what becomes of it.</summary>
public static class SubscriptionInvoices
{
    /// <summary>An empty draft of the subscription; nobody is told of it yet.</summary>
    public static Stored Draft(Transaction tx, Stored subscription, string reason, Period covered)
    {
        var from = subscription.Value;
        var customer = tx.Find("customer", from.Text("customer")!)!;
        var id = tx.Ids.New("in");
        var invoice = Invoices.Template(tx, id, customer, from.Text("currency")!);
        var settings = from["invoice_settings"]!.AsObject();
        invoice["billing_reason"] = reason;
        invoice["collection_method"] = from.Text("collection_method");
        invoice["default_tax_rates"] = from["default_tax_rates"]?.DeepClone() ?? new JsonArray();
        if (from["automatic_tax"]!.AsObject().Is("enabled"))
        {
            InvoiceTaxes.Automatic(tx, invoice, enabled: true);
        }

        invoice["description"] = settings.Text("description") ?? from.Text("description");
        invoice["footer"] = settings.Text("footer") ?? invoice.Text("footer");
        invoice["custom_fields"] = settings["custom_fields"]?.DeepClone() ?? invoice["custom_fields"]?.DeepClone();
        invoice["discounts"] = Discounts(tx, subscription, customer);
        invoice["payment_settings"]!["payment_method_types"] = from["payment_settings"]?["payment_method_types"]?.DeepClone();
        invoice["parent"] = Parent(subscription);
        (invoice["period_start"], invoice["period_end"]) = (covered.Start, covered.End);
        if (from.Text("collection_method") == "send_invoice")
        {
            invoice["due_date"] = tx.Now + (from.Long("days_until_due") * 86_400);
        }

        var draft = tx.Add("invoice", id, invoice);
        Invoices.AwaitHearing(tx, draft);
        return draft;
    }

    /// <summary>An invoice made by hand over what waits for the subscription's next one.</summary>
    public static void Claim(Transaction tx, Stored invoice, Stored subscription, bool pending)
    {
        tx.Edit(invoice)["parent"] = Parent(subscription);
        if (!pending)
        {
            return;
        }

        Sweep(tx, invoice, subscription);
        if (IsEmpty(tx, invoice))
        {
            throw StripeException.Invalid("Nothing to invoice for subscription", code: "invoice_no_subscription_line_items");
        }
    }

    /// <summary>Puts what was waiting on the invoice: the subscription's own pending items and those of no subscription, newest first.</summary>
    public static void Sweep(Transaction tx, Stored invoice, Stored subscription)
    {
        foreach (var item in Pending(tx, subscription))
        {
            tx.Edit(item)["invoice"] = invoice.Id;
            InvoiceLines.Add(tx, item, invoice);
        }
    }

    /// <summary>Invoice items that wait for this subscription's next invoice.</summary>
    public static List<Stored> Pending(Transaction tx, Stored subscription) =>
    [
        .. tx.Store.Referring("invoiceitem", "customer", subscription.Value.Text("customer")!)
            .Where(i => i.Value["invoice"] is null && i.Value.Text("currency") == subscription.Value.Text("currency") && (Owner(i) is not { } owner || owner == subscription.Id)),
    ];

    /// <summary>The subscription that an invoice item or an invoice is of, or null.</summary>
    public static string? Owner(Stored stored) => (stored.Value["parent"]?["subscription_details"] as JsonObject)?.Text("subscription");

    public static IEnumerable<Stored> Of(Transaction tx, Stored subscription) => tx.Store.Referring("invoice", "subscription", subscription.Id);

    public static bool IsEmpty(Transaction tx, Stored invoice) => tx.Store.Referring("line_item", "invoice", invoice.Id).Count == 0;

    /// <summary>Makes it the subscription's latest invoice and tells of it. Without <paramref name="advance"/> it stays a draft.</summary>
    public static void Announce(Transaction tx, Stored subscription, Stored invoice, bool advance)
    {
        var value = tx.Edit(invoice);
        value["auto_advance"] = advance;
        value["automatically_finalizes_at"] = advance ? tx.Now + InvoiceTimers.DraftSeconds : null;
        value["next_payment_attempt"] = advance && value.Text("collection_method") == "charge_automatically" ? tx.Now + InvoiceTimers.DraftSeconds : null;
        InvoiceView.Total(tx, invoice);
        tx.Edit(subscription)["latest_invoice"] = invoice.Id;
    }

    /// <summary>Finalizes the invoice now and, when it is charged automatically and something is due, tries to collect.</summary>
    public static Outcome Collect(Transaction tx, Stored invoice, bool attempt, bool offSession, bool automatic = false)
    {
        tx.Edit(invoice)["auto_advance"] = false;
        Finalization.Finalize(tx, invoice);
        if (invoice.Value.Text("status") == "paid")
        {
            return Outcome.Succeeded;
        }

        if (!attempt)
        {
            return Outcome.RequiresAction;
        }

        if (Settlement.DefaultMethod(tx, invoice) is not { } method)
        {
            Settlement.Failed(tx, invoice, automatic);
            return Outcome.Declined;
        }

        return Settlement.Collect(tx, invoice, method, offSession, automatic);
    }

    private static JsonObject Parent(Stored subscription) => new()
    {
        ["quote_details"] = null,
        ["subscription_details"] = new JsonObject { ["metadata"] = subscription.Value["metadata"]!.DeepClone(), ["subscription"] = subscription.Id },
        ["type"] = "subscription_details",
    };

    // The subscription's own discounts take the place of the customer's.
    private static JsonArray Discounts(Transaction tx, Stored subscription, Stored customer)
    {
        if (subscription.Value["discounts"] is JsonArray { Count: > 0 } own)
        {
            return own.DeepClone().AsArray();
        }

        return Resources.Discounts.Current(tx, customer) is { } theirs ? [theirs.Id] : [];
    }
}
