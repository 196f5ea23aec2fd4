using System.Globalization;
using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Store;
using Marketplace.StripeEmulator.Subscriptions;

namespace Marketplace.StripeEmulator.Resources;

/// <summary>From draft to open: the number, the customer's balance, the payment intent; nothing due means paid at once.</summary>
public static class Finalization
{
    public static void Finalize(Transaction tx, Stored stored)
    {
        InvoiceTaxes.Demand(tx, stored);
        LateUsage.Take(tx, stored);
        InvoiceView.Total(tx, stored);
        var change = new Change(tx, stored);
        var (invoice, customer) = (tx.Edit(stored), tx.Find("customer", stored.Value.Text("customer")!));
        invoice["status"] = "open";
        invoice["status_transitions"]!["finalized_at"] = tx.Now;
        invoice["effective_at"] ??= tx.Now;
        invoice["automatically_finalizes_at"] = null;
        invoice["next_payment_attempt"] = invoice.Is("auto_advance") && invoice.Text("collection_method") == "charge_automatically" ? tx.Now + InvoiceTimers.DraftSeconds : null;
        stored.Inner["token"] = "invst_" + tx.Ids.Letter(40);
        if (customer is not null)
        {
            Number(tx, invoice, customer);
            Balance(tx, stored, invoice, customer);
            Spend(tx, invoice, customer);
        }

        if (invoice.Long("amount_due") > 0)
        {
            Request(tx, stored, invoice);
        }

        change.Emit("invoice.updated");
        Events.Emit(tx, "invoice.finalized", stored);
        Revisions.Replace(tx, stored);
        if (invoice.Long("amount_due") == 0)
        {
            Settlement.PaidInFull(tx, stored);
        }
    }

    /// <summary>A customer's discount that holds once is spent by the first invoice that shows it.</summary>
    private static void Spend(Transaction tx, JsonObject invoice, Stored customer)
    {
        if (Discounts.Current(tx, customer) is { } discount && Discounts.CouponOf(discount).Text("duration") == "once"
            && invoice["total_discount_amounts"] is JsonArray amounts && amounts.Any(a => a!["discount"]!.GetValue<string>() == discount.Id))
        {
            var change = new Change(tx, customer);
            Discounts.End(tx, customer);
            change.Emit("customer.updated");
        }
    }

    private static void Number(Transaction tx, JsonObject invoice, Stored customer)
    {
        if (invoice["number"] is not null)
        {
            return;
        }

        var value = tx.Edit(customer);
        var sequence = value.Long("next_invoice_sequence");
        value["next_invoice_sequence"] = sequence + 1;
        invoice["number"] = $"{value.Text("invoice_prefix")}-{sequence.ToString("0000", CultureInfo.InvariantCulture)}";
    }

    /// <summary>Credit pays first; a total below what can be charged, or below zero, waits on the balance.</summary>
    private static void Balance(Transaction tx, Stored stored, JsonObject invoice, Stored customer)
    {
        var (total, starting) = (invoice.Long("total"), customer.Value.Long("balance"));
        var due = total + starting;
        var tooSmall = due > 0 && due < Currencies.MinimumOf(invoice.Text("currency")!);
        var ending = due <= 0 || tooSmall ? due : 0;
        invoice["starting_balance"] = starting;
        invoice["ending_balance"] = ending;
        invoice["amount_due"] = due <= 0 || tooSmall ? 0 : due;
        invoice["amount_remaining"] = invoice["amount_due"]!.DeepClone();
        if (ending != starting)
        {
            var change = new Change(tx, customer);
            var moved = CustomerBalances.Move(tx, customer, ending - starting, tooSmall || total < 0 ? "invoice_too_small" : "applied_to_invoice", stored.Id);
            stored.Inner["balance_moved"] = moved.Value.Long("amount");
            change.Emit("customer.updated");
        }
    }

    private static void Request(Transaction tx, Stored stored, JsonObject invoice)
    {
        var currency = invoice.Text("currency")!;
        var types = invoice["payment_settings"]!["payment_method_types"] is JsonArray { Count: > 0 } chosen
            ? chosen.DeepClone().AsArray()
            : IntentMethods.TypesFor(currency);
        var intent = PaymentIntents.Add(tx, invoice.Long("amount_due"), currency, invoice.Text("customer"), "Payment for Invoice", types, stored.Id);
        if (invoice.Text("billing_reason") == "subscription_create" && invoice.Text("collection_method") == "charge_automatically")
        {
            // Renewals are to be charged to the method that pays for the start.
            intent.Value["setup_future_usage"] = "off_session";
        }

        InvoicePayments.Add(tx, stored, intent);
        Events.Emit(tx, "payment_intent.created", intent);
    }
}
