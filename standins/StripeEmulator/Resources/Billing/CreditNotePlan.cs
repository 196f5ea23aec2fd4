using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Resources;

/// <summary>How much a credit note takes off what is still due, and how it gives back what was paid.</summary>
public sealed record CreditNotePlan(List<JsonObject> Lines, long Amount, long Before, long After, long Credit, long Refund, long Outside, List<(Stored Refund, long Amount)> Refunds)
{
    /// <summary>Reads and checks what is asked: the parts given back must be exactly what the note gives back.</summary>
    public static CreditNotePlan Of(Call call, Stored invoice)
    {
        var (lines, currency) = (CreditNoteLines.Read(call, invoice), invoice.Value.Text("currency")!);
        var amount = lines.Sum(l => l.Long("amount")) - CreditNoteLines.Sum(lines, "discount_amounts") + CreditNoteLines.Sum(lines, "taxes", CreditNoteLines.IsOnTop);
        if (call.Has("lines") && call.Number("amount") is { } said && said != amount)
        {
            throw StripeException.Invalid($"The sum of the lines ({Currencies.Sign(amount, currency)}) must equal the credit note amount ({Currencies.Sign(said, currency)}).", "amount");
        }

        var left = invoice.Value.Long("total") - invoice.Value.Long("pre_payment_credit_notes_amount") - invoice.Value.Long("post_payment_credit_notes_amount");
        if (amount > left)
        {
            throw StripeException.Invalid($"The credit note amount ({Currencies.Sign(amount, currency)}) is greater than the amount that can be credited on the invoice ({Currencies.Sign(Math.Max(0, left), currency)}).", "amount");
        }

        var before = invoice.Value.Text("status") == "paid" ? 0 : Math.Min(amount, invoice.Value.Long("amount_remaining"));
        long Sent(string name) => call.Number(name) is var number and not < 0
            ? number ?? 0
            : throw StripeException.Negative(name);
        var refunds = Linked(call, invoice);
        var plan = new CreditNotePlan(lines, amount, before, amount - before, Sent("credit_amount"), Sent("refund_amount"), Sent("out_of_band_amount"), refunds);
        var given = plan.Credit + plan.Refund + plan.Outside + refunds.Sum(r => r.Amount);
        if (given != plan.After)
        {
            throw StripeException.Invalid($"The sum of credit amount, refund amount and out of band amount ({Currencies.Sign(given, currency)}) must equal the {(before > 0 ? "post payment " : "")}credit note amount ({Currencies.Sign(plan.After, currency)}).");
        }

        Currencies.Demand(plan.Refund, currency, "refund_amount");
        if (plan.Refund > 0 && Refundable(call.Tx, invoice).Sum(c => c.Left) < plan.Refund)
        {
            throw StripeException.Invalid("The refund amount is greater than what was paid on the invoice and has not been refunded yet.", "refund_amount");
        }

        return plan;
    }

    /// <summary>Refunds, links refunds made before, and credits the customer.</summary>
    public void GiveBack(Transaction tx, Stored invoice, Stored note)
    {
        var listed = tx.Edit(note)["refunds"]!.AsArray();
        foreach (var (refund, amount) in Refunds)
        {
            listed.Add(Link(refund, amount));
        }

        var left = Refund;
        foreach (var (charge, available) in Refundable(tx, invoice))
        {
            var now = Math.Min(left, available);
            if (now > 0)
            {
                listed.Add(Link(Resources.Refunds.Refund(tx, charge, now, null), now));
                left -= now;
            }
        }

        if (Credit > 0 && tx.Find("customer", invoice.Value.Text("customer")!) is { } customer)
        {
            var change = new Change(tx, customer);
            var moved = CustomerBalances.Move(tx, customer, -Credit, "credit_note", invoice.Id);
            moved.Value["credit_note"] = note.Id;
            note.Value["customer_balance_transaction"] = moved.Id;
            change.Emit("customer.updated");
        }
    }

    private static JsonObject Link(Stored refund, long amount) => new() { ["amount_refunded"] = amount, ["payment_record_refund"] = null, ["refund"] = refund.Id, ["type"] = "refund" };

    private static List<(Stored Charge, long Left)> Refundable(Transaction tx, Stored invoice) =>
    [
        .. Charges(tx, invoice).Select(c => (c, c.Value.Long("amount_captured") - c.Value.Long("amount_refunded")
            - Resources.Refunds.Of(tx, c).Where(r => r.Value.Text("status") == "pending").Sum(r => r.Value.Long("amount")))),
    ];

    private static IEnumerable<Stored> Charges(Transaction tx, Stored invoice) =>
        tx.Store.Referring("invoice_payment", "invoice", invoice.Id).Where(p => p.Value.Text("status") == "paid")
            .Select(p => tx.Find("payment_intent", p.Value["payment"]!["payment_intent"]!.GetValue<string>())?.Value.Text("latest_charge"))
            .OfType<string>().Select(c => tx.Find("charge", c)!);

    private static List<(Stored Refund, long Amount)> Linked(Call call, Stored invoice)
    {
        var linked = new List<(Stored Refund, long Amount)>();
        var charges = Charges(call.Tx, invoice).Select(c => c.Id).ToHashSet(StringComparer.Ordinal);
        foreach (var each in call.Params["refunds"] as JsonArray ?? [])
        {
            var (sent, prefix) = (each!.AsObject(), $"refunds[{linked.Count}]");
            if (sent["payment_record_refund"] is not null)
            {
                throw StripeException.NotEmulated($"{prefix}[payment_record_refund]");
            }

            var refund = call.Referred("refund", sent.Text("refund") ?? throw StripeException.Missing($"{prefix}[refund]"), $"{prefix}[refund]");
            if (!charges.Contains(refund.Value.Text("charge")!))
            {
                throw StripeException.Invalid($"The refund {refund.Id} is not of a payment of this invoice.", $"{prefix}[refund]");
            }

            var used = CreditNotes.Issued(call.Tx, invoice).SelectMany(n => n.Value["refunds"]!.AsArray()).Where(r => r!["refund"]!.GetValue<string>() == refund.Id).Sum(r => r!["amount_refunded"].Long());
            var amount = sent["amount_refunded"] is null ? refund.Value.Long("amount") - used : sent.Long("amount_refunded");
            linked.Add(amount > 0 && amount + used <= refund.Value.Long("amount")
                ? (refund, amount)
                : throw StripeException.Invalid($"The amount of {refund.Id} has already been used by other credit notes.", $"{prefix}[amount_refunded]"));
        }

        return linked;
    }
}
