namespace Marketplace.Contracts.Invoicing;

/// <summary>What stands in the way of an open invoice's payment.</summary>
/// <param name="Type"><c>payment_failed</c>, <c>action_required</c> when the payer must confirm the payment on the hosted page, or <c>processing</c> while the payer's bank carries it out.</param>
/// <param name="Code">Stripe's code, the bank's own where it gave one, such as <c>insufficient_funds</c>.</param>
/// <param name="Detail">The code in words.</param>
/// <param name="Attempts">Automatic attempts so far, and the first one by hand.</param>
/// <param name="NextAttemptAt">When Stripe tries again by itself (UTC); null when it does not.</param>
/// <param name="HostedInvoiceUrl">Where it can be paid, or the payment confirmed.</param>
public sealed record PaymentProblem(string Type, string? Code, string Detail, long Attempts, DateTimeOffset? NextAttemptAt, string? HostedInvoiceUrl);
