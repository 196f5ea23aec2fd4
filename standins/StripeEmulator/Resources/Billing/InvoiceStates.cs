using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Resources;

/// <summary>The invoice's states: the only copy of Stripe's own table, and what Stripe answers outside it.</summary>
public static class InvoiceStates
{
    public static readonly string[] All = ["draft", "open", "paid", "uncollectible", "void"];

    public static readonly string[] Actions = ["delete", "finalize", "pay", "send", "void", "mark_uncollectible"];

    /// <summary>The status after an action, or null where it is refused. Paying and sending a draft finalizes it first.</summary>
    public static string? After(string status, string action) => (status, action) switch
    {
        ("draft", "delete") => "deleted",
        ("draft", "finalize") => "open",
        ("draft" or "open" or "uncollectible", "pay") => "paid",
        ("draft" or "open", "send") => "open",
        ("open" or "uncollectible", "void") => "void",
        ("open", "mark_uncollectible") => "uncollectible",
        _ => null,
    };

    /// <summary>Refuses the action where the table has no line for it.</summary>
    public static void Demand(Stored invoice, string action)
    {
        var status = invoice.Value.Text("status")!;
        // Money that came in by an attached payment cannot be voided away.
        if (After(status, action) is null || action == "void" && invoice.Value.Long("amount_paid") > 0)
        {
            throw StripeException.Invalid(Message(After(status, action) is null ? status : "paid", action));
        }
    }

    private static string Message(string status, string action) => (status, action) switch
    {
        (_, "delete") => "You can only delete draft invoices.",
        (_, "finalize") => "This invoice is already finalized, you can't re-finalize a non-draft invoice.",
        ("paid", "pay") => "Invoice is already paid",
        (_, "send") => "This invoice cannot be sent right now. Please contact us via https://support.stripe.com/contact with details, so we can help.",
        ("paid", "void") => "Invoices with `paid` payments cannot be voided.",
        ("uncollectible", "mark_uncollectible") => "This invoice has already been marked uncollectible.",
        _ => "You can only pass in open invoices. This invoice isn't open.",
    };
}
