using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Resources;

/// <summary>
/// What is still due on a finalized invoice as payments and credit notes come in. What was paid and what remains are always what is due;
/// what was paid beyond that is the customer's credit.
/// </summary>
public static class InvoiceDues
{
    /// <summary>POST /v1/invoices/{id}/attach_payment: a payment intent made elsewhere pays this invoice, now or when it succeeds.</summary>
    public static Reply Attach(Call call)
    {
        Parameters.NotEmulated(call, "payment_record");
        var (tx, stored) = (call.Tx, call.Named("invoice"));
        var intent = call.Refers("payment_intent", "payment_intent") ?? throw StripeException.Missing("payment_intent");
        if (stored.Value.Text("status") is not ("open" or "uncollectible"))
        {
            throw StripeException.Invalid("You can only attach a payment to an invoice that is open or uncollectible.", "invoice");
        }

        if (intent.Value.Text("status") == "canceled")
        {
            throw StripeException.Invalid("You cannot attach a canceled PaymentIntent to an invoice.", "payment_intent", "payment_intent_unexpected_state");
        }

        if (tx.Store.Referring("invoice_payment", "payment_intent", intent.Id).Any(p => p.Value.Text("status") != "canceled"))
        {
            throw StripeException.Invalid("This PaymentIntent is already attached to an invoice.", "payment_intent");
        }

        if (intent.Value.Text("currency") != stored.Value.Text("currency") || intent.Value.Text("customer") is { } payer && payer != stored.Value.Text("customer"))
        {
            throw StripeException.Invalid("The currency and the customer of the PaymentIntent must be those of the invoice.", "payment_intent");
        }

        tx.Edit(intent);
        intent.Inner["invoice"] = stored.Id;
        InvoicePayments.Add(tx, stored, intent, isDefault: false);
        if (intent.Value.Text("status") == "succeeded")
        {
            Settlement.Paid(tx, stored, intent);
        }

        return stored;
    }

    /// <summary>Books an amount received. True when nothing remains.</summary>
    public static bool Receive(Transaction tx, Stored stored, long amount)
    {
        var invoice = tx.Edit(stored);
        var (due, paid) = (invoice.Long("amount_due"), invoice.Long("amount_paid") + amount);
        var over = Math.Max(0, paid - due);
        invoice["amount_paid"] = paid;
        invoice["amount_remaining"] = Math.Max(0, due - paid);
        invoice["amount_overpaid"] = over;
        if (over > 0 && tx.Find("customer", invoice.Text("customer")!) is { } customer)
        {
            var change = new Change(tx, customer);
            CustomerBalances.Move(tx, customer, -over, "invoice_overpaid", stored.Id);
            change.Emit("customer.updated");
        }

        return invoice.Long("amount_remaining") == 0;
    }

    /// <summary>A credit note lowers what is due, or being voided raises it again; the invoice's own payment follows.</summary>
    public static void Move(Transaction tx, Stored stored, long amount)
    {
        var invoice = tx.Edit(stored);
        invoice["amount_due"] = invoice.Long("amount_due") + amount;
        invoice["amount_remaining"] = invoice.Long("amount_remaining") + amount;
        Follow(tx, stored);
    }

    /// <summary>The invoice's own payment asks for what remains.</summary>
    public static void Follow(Transaction tx, Stored stored)
    {
        var remaining = stored.Value.Long("amount_remaining");
        var payment = tx.Store.Referring("invoice_payment", "invoice", stored.Id).FirstOrDefault(p => p.Value.Is("is_default") && p.Value.Text("status") == "open");
        if (remaining == 0 || payment is null || Settlement.Intent(tx, stored) is not { } intent)
        {
            return;
        }

        tx.Edit(payment)["amount_requested"] = remaining;
        tx.Edit(intent)["amount"] = remaining;
    }
}
