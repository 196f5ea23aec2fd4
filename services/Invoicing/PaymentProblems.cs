using System.Net;
using Marketplace.Contracts.Invoicing;
using Stripe;

namespace Marketplace.Invoicing;

/// <summary>What stands in the way of an open invoice's payment, in words that a payer understands.</summary>
public static class PaymentProblems
{
    /// <summary>A charge was declined.</summary>
    public const string Failed = "payment_failed";

    /// <summary>The payer must confirm a payment on the hosted page.</summary>
    public const string ActionRequired = "action_required";

    /// <summary>The payer's bank carries a debit out, which takes days: nobody has to do anything.</summary>
    public const string Processing = "processing";

    /// <summary>For so long after the due date the bank is waited for, and no longer.</summary>
    public static readonly TimeSpan LongestProcessing = TimeSpan.FromDays(14);

    /// <summary>Asks for the payment behind an invoice that was tried. What the key may not read is told without its reason.</summary>
    public static async Task<PaymentProblemRead> Read(StripeClient client, Stripe.Invoice invoice, CancellationToken cancellation)
    {
        if (invoice is not { Status: "open" or "uncollectible", Attempted: true })
        {
            return new(null);
        }

        try
        {
            var payments = await client.V1.InvoicePayments.ListAsync(new InvoicePaymentListOptions { Invoice = invoice.Id, Limit = 100 }, cancellationToken: cancellation);
            var intents = payments.Data.OrderByDescending(p => p.IsDefault).Select(p => p.Payment?.PaymentIntentId).OfType<string>().FirstOrDefault();
            if (intents is null)
            {
                return new(null);
            }

            var intent = await client.V1.PaymentIntents.GetAsync(intents, cancellationToken: cancellation);
            return new(Of(invoice, intent), intent.LastPaymentError?.PaymentMethod?.Id ?? intent.PaymentMethodId);
        }
        catch (StripeException exception) when (exception.HttpStatusCode == HttpStatusCode.Forbidden)
        {
            return new(Of(invoice, Failed, null));
        }
    }

    /// <summary>What a payment's state means for its invoice.</summary>
    public static PaymentProblem? Of(Stripe.Invoice invoice, PaymentIntent intent) => intent switch
    {
        { Status: "processing" } => Of(invoice, Processing, null) with { Detail = "The payer's bank is carrying the payment out, which takes some days." },
        { Status: "requires_action" } => Of(invoice, ActionRequired, "authentication_required"),
        { LastPaymentError: { Code: "authentication_required" } } and { Status: "requires_payment_method" or "requires_confirmation" } => Of(invoice, ActionRequired, "authentication_required"),
        { LastPaymentError: { } error } and { Status: "requires_payment_method" or "requires_confirmation" } => Of(invoice, Failed, error.DeclineCode ?? error.Code),
        _ => null,
    };

    /// <summary>A code of Stripe's or of the payer's bank in words. What a bank says of lost and stolen cards is not for whoever holds one.</summary>
    public static string Words(string? code) => code switch
    {
        "insufficient_funds" => "The card or account has too little money.",
        "expired_card" => "The card has expired.",
        "incorrect_cvc" or "invalid_cvc" => "The card's security code is wrong.",
        "incorrect_number" or "invalid_number" or "invalid_account" => "The card's or account's number is wrong.",
        "invalid_expiry_month" or "invalid_expiry_year" => "The card's expiry date is wrong.",
        "authentication_required" => "The payer's bank wants the payment confirmed.",
        "processing_error" or "try_again_later" or "issuer_not_available" or "reenter_transaction" => "The payment could not be processed. Try again.",
        "card_not_supported" or "currency_not_supported" or "transaction_not_allowed" or "service_not_allowed" => "The card cannot be used for this payment.",
        "card_velocity_exceeded" or "withdrawal_count_limit_exceeded" => "The card's limit is reached.",
        "account_closed" or "no_account" => "The bank account is closed or does not exist.",
        "debit_not_authorized" => "The account's owner has not allowed the debit.",
        _ => "The bank declined the payment.",
    };

    private static PaymentProblem Of(Stripe.Invoice invoice, string type, string? code) => new(
        type, code, Words(code), invoice.AttemptCount, StripeTimes.Utc(invoice.NextPaymentAttempt), invoice.HostedInvoiceUrl);
}
