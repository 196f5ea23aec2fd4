using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Store;
using Marketplace.StripeEmulator.Subscriptions;

namespace Marketplace.StripeEmulator.Resources;

/// <summary>How an open invoice ends: paid, paid elsewhere, void, given up, or still unpaid after an attempt.</summary>
public static class Settlement
{
    /// <summary>The invoice's own, else its subscription's as it is now, else the customer's. One that was detached pays nothing any more.</summary>
    public static Stored? DefaultMethod(Transaction tx, Stored invoice)
    {
        string?[] named =
        [
            invoice.Value.Text("default_payment_method"),
            tx.Find(SubscriptionView.Kind, SubscriptionInvoices.Owner(invoice) ?? "")?.Value.Text("default_payment_method"),
            tx.Find("customer", invoice.Value.Text("customer")!)?.Value["invoice_settings"]!.AsObject().Text("default_payment_method"),
        ];
        return named.OfType<string>().Select(id => tx.Find("payment_method", id)).FirstOrDefault(method => method is not null && !method.Inner.Is("detached"));
    }

    public static Stored? Intent(Transaction tx, Stored invoice)
    {
        var payment = tx.Store.Referring("invoice_payment", "invoice", invoice.Id).FirstOrDefault(p => p.Value.Is("is_default"));
        return payment is null ? null : tx.Find("payment_intent", payment.Value["payment"]!.AsObject().Text("payment_intent")!);
    }

    /// <summary>Tries to collect. On success the invoice is paid; a decline is recorded as an attempt.</summary>
    public static Outcome Collect(Transaction tx, Stored stored, Stored method, bool offSession, bool automatic)
    {
        var intent = Intent(tx, stored)!;
        if (intent.Value.Text("status") == "processing")
        {
            return automatic ? Outcome.Processing : throw PaymentIntentStates.Unexpected(tx, intent, "This invoice's payment is processing: it can be paid again only when that payment has failed.");
        }

        tx.Edit(intent);
        intent.Inner["automatic"] = automatic;
        tx.Edit(stored);
        stored.Inner["retrying"] = automatic;
        var outcome = Payments.Attempt(tx, intent, method, offSession);
        tx.Edit(stored);
        stored.Inner.Remove("retrying");
        Settle(tx, stored, outcome, automatic);
        return outcome;
    }

    /// <summary>Records on the invoice how an attempt on its intent ended.</summary>
    public static void Settle(Transaction tx, Stored stored, Outcome outcome, bool automatic)
    {
        if (outcome == Outcome.Declined)
        {
            Failed(tx, stored, automatic);
            if (Intent(tx, stored)?.Value["last_payment_error"]?["code"]?.GetValue<string>() == "authentication_required")
            {
                // Declined for want of the customer, who can still be asked to come.
                Events.Emit(tx, "invoice.payment_action_required", stored);
            }
        }
        else if (outcome == Outcome.Processing)
        {
            Attempted(tx, stored, automatic);
        }
        else if (outcome == Outcome.RequiresAction && automatic)
        {
            Failed(tx, stored, automatic);
            Events.Emit(tx, "invoice.payment_action_required", stored);
        }
        else if (outcome == Outcome.RequiresAction)
        {
            Attempted(tx, stored, automatic);
            Events.Emit(tx, "invoice.payment_action_required", stored);
            SubscriptionPayments.Failed(tx, stored, automatic: false);
        }
    }

    /// <summary>The intent succeeded.</summary>
    public static void Paid(Transaction tx, Stored stored, Stored intent)
    {
        var payment = tx.Store.Referring("invoice_payment", "payment_intent", intent.Id).Max!;
        InvoicePayments.Paid(tx, payment);
        var change = new Change(tx, stored);
        if (!InvoiceDues.Receive(tx, stored, payment.Value.Long("amount_paid")))
        {
            InvoiceDues.Follow(tx, stored);
            change.Emit("invoice.updated");
            return;
        }

        CancelPayment(tx, stored, "automatic");
        Close(tx, stored, change, attempted: true, outside: false);
        if (stored.Value.Long("amount_overpaid") > 0)
        {
            Events.Emit(tx, "invoice.overpaid", stored);
        }

        Clear(tx, stored);
    }

    /// <summary>A credit note took all that was due.</summary>
    public static void PaidByCredit(Transaction tx, Stored stored)
    {
        var change = new Change(tx, stored);
        CancelPayment(tx, stored, "automatic");
        Close(tx, stored, change, attempted: stored.Value.Is("attempted"), outside: true);
        Clear(tx, stored);
    }

    /// <summary>The customer paid in some other way.</summary>
    public static void PaidOutside(Transaction tx, Stored stored)
    {
        var change = new Change(tx, stored);
        CancelPayment(tx, stored, "automatic");
        stored.Value["amount_paid_off_stripe"] = stored.Value["amount_remaining"]!.DeepClone();
        stored.Inner["paid_out_of_band"] = true;
        InvoiceDues.Receive(tx, stored, stored.Value.Long("amount_remaining"));
        Close(tx, stored, change, attempted: stored.Value.Is("attempted"), outside: true);
        Clear(tx, stored);
    }

    /// <summary>Nothing was due.</summary>
    public static void PaidInFull(Transaction tx, Stored stored) => Close(tx, stored, new Change(tx, stored), attempted: true, outside: false, count: 0);

    public static void Failed(Transaction tx, Stored stored, bool automatic)
    {
        var change = new Change(tx, stored);
        Attempted(tx, stored, automatic);
        Unpaid(tx, stored, automatic, change);
    }

    /// <summary>A bank has refused what it had taken for processing.</summary>
    public static void Returned(Transaction tx, Stored stored, bool automatic) => Unpaid(tx, stored, automatic, new Change(tx, stored));

    private static void Unpaid(Transaction tx, Stored stored, bool automatic, Change change)
    {
        var invoice = tx.Edit(stored);
        if (automatic)
        {
            invoice["next_payment_attempt"] = Dunning.Of(tx).Next(invoice.Long("attempt_count"), tx.Now);
            Delinquent(tx, stored, true);
        }

        change.Emit("invoice.updated");
        Events.Emit(tx, "invoice.payment_failed", stored);
        SubscriptionPayments.Failed(tx, stored, automatic);
    }

    public static void Void(Transaction tx, Stored stored)
    {
        CancelPayment(tx, stored, "void_invoice");
        var change = new Change(tx, stored);
        var invoice = tx.Edit(stored);
        invoice["status"] = "void";
        invoice["status_transitions"]!["voided_at"] = tx.Now;
        invoice["next_payment_attempt"] = null;
        invoice["auto_advance"] = false;
        if (stored.Inner.Long("balance_moved") is var moved and not 0 && tx.Find("customer", invoice.Text("customer")!) is { } customer)
        {
            var update = new Change(tx, customer);
            CustomerBalances.Move(tx, customer, -moved, "unapplied_from_invoice", stored.Id);
            stored.Inner["balance_moved"] = 0;
            update.Emit("customer.updated");
        }

        change.Emit("invoice.updated");
        Events.Emit(tx, "invoice.voided", stored);
        Clear(tx, stored);
        SubscriptionPayments.Settled(tx, stored);
    }

    /// <summary>Uncollectible. When <paramref name="dunned"/>, the account's settings say what becomes of the subscription.</summary>
    public static void GiveUp(Transaction tx, Stored stored, bool dunned = false)
    {
        var change = new Change(tx, stored);
        var invoice = tx.Edit(stored);
        invoice["status"] = "uncollectible";
        invoice["status_transitions"]!["marked_uncollectible_at"] = tx.Now;
        invoice["next_payment_attempt"] = null;
        invoice["auto_advance"] = false;
        change.Emit("invoice.updated");
        Events.Emit(tx, "invoice.marked_uncollectible", stored);
        Clear(tx, stored);
        if (!dunned)
        {
            SubscriptionPayments.Settled(tx, stored);
        }
    }

    /// <summary>Its due date has passed unpaid.</summary>
    public static void Overdue(Transaction tx, Stored stored)
    {
        tx.Edit(stored);
        stored.Inner["overdue"] = true;
        Delinquent(tx, stored, true);
        Events.Emit(tx, "invoice.overdue", stored);
        SubscriptionPayments.Failed(tx, stored, automatic: false);
    }

    private static void Close(Transaction tx, Stored stored, Change change, bool attempted, bool outside, int count = 1)
    {
        var invoice = tx.Edit(stored);
        invoice["status"] = "paid";
        invoice["attempted"] = attempted;
        if (attempted && (invoice.Long("attempt_count") == 0 || stored.Inner.Is("retrying")))
        {
            invoice["attempt_count"] = invoice.Long("attempt_count") + count;
        }

        invoice["next_payment_attempt"] = null;
        invoice["auto_advance"] = false;
        invoice["status_transitions"]!["paid_at"] = tx.Now;
        change.Emit("invoice.updated");
        Events.Emit(tx, "invoice.paid", stored);
        if (!outside)
        {
            Events.Emit(tx, "invoice.payment_succeeded", stored);
        }

        SubscriptionPayments.Settled(tx, stored);
    }

    private static void Attempted(Transaction tx, Stored stored, bool automatic)
    {
        var invoice = tx.Edit(stored);
        invoice["attempted"] = true;
        if (automatic || invoice.Long("attempt_count") == 0)
        {
            invoice["attempt_count"] = invoice.Long("attempt_count") + 1;
        }
    }

    private static void CancelPayment(Transaction tx, Stored stored, string reason)
    {
        tx.Edit(stored);
        foreach (var payment in tx.Store.Referring("invoice_payment", "invoice", stored.Id).Where(p => p.Value.Text("status") == "open").ToList())
        {
            InvoicePayments.Cancel(tx, payment);
            if (!payment.Value.Is("is_default") && tx.Find("payment_intent", payment.Value["payment"]!["payment_intent"]!.GetValue<string>()) is { } attached)
            {
                tx.Edit(attached);
                attached.Inner.Remove("invoice");
            }
        }

        if (Intent(tx, stored) is { } intent && PaymentIntentStates.After(intent.Value.Text("status")!, "cancel") is not null)
        {
            PaymentIntents.Cancel(tx, intent, reason);
        }
    }

    private static void Clear(Transaction tx, Stored stored)
    {
        var customer = stored.Value.Text("customer")!;
        var owes = tx.Store.Referring("invoice", "customer", customer).Any(i => i.Value.Text("status") == "open" && (i.Inner.Is("overdue") || i.Value.Long("attempt_count") > 0 && i.Id != stored.Id));
        if (!owes)
        {
            Delinquent(tx, stored, false);
        }
    }

    private static void Delinquent(Transaction tx, Stored stored, bool delinquent)
    {
        if (tx.Find("customer", stored.Value.Text("customer")!) is { } customer && customer.Value.Is("delinquent") != delinquent)
        {
            var change = new Change(tx, customer);
            tx.Edit(customer)["delinquent"] = delinquent;
            change.Emit("customer.updated");
        }
    }
}
