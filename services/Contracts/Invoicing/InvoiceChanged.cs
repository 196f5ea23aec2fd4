namespace Marketplace.Contracts.Invoicing;

/// <summary>An invoice exists or changed its state. Subscriptions derives payment from it; hearers keep the newest by <paramref name="Version"/>.</summary>
/// <param name="Kind"><c>initial</c> (set-up fee and first base price), <c>period</c>, <c>final</c>, or <c>change</c> (what a plan change charges and gives back).</param>
/// <param name="Status"><c>draft</c>, <c>open</c>, <c>paid</c>, <c>past_due</c>, <c>incomplete</c> (uncollectible at Stripe) or <c>void</c>.</param>
/// <param name="Number">The number Stripe gave it; null before it is open.</param>
/// <param name="HostedInvoiceUrl">Where it is paid; null before it is open.</param>
/// <param name="Total">Minor units, with tax.</param>
/// <param name="CoversFrom">Start of the period whose base price it charges (UTC); null where it charges none, as on final invoices.</param>
/// <param name="CoversTo">End of that period (UTC), exclusive.</param>
/// <param name="DueAt">When it falls due (UTC); null before it is open.</param>
/// <param name="PaidAt">When it was paid (UTC).</param>
/// <param name="AmountRefunded">What went back to the payer or is on its way, minor units.</param>
/// <param name="PaymentProblem">What stands in the way of its payment; null for nothing.</param>
/// <param name="AmountPaid">What was paid, also in part, minor units; null where that was not told.</param>
/// <param name="AmountDue">What is to be paid, minor units, after what the customer's balance at Stripe took off or added; null before it is open.</param>
/// <param name="Tax">How much of <paramref name="Total"/> is tax that came on top of the price, minor units.</param>
/// <param name="BillingModel"><c>subscriptions</c> where Stripe renews it, so that its periods are Stripe's, to the second; null elsewhere.</param>
/// <param name="AmountTakenBack">How much of <paramref name="Total"/> credit notes, refunds and lost disputes take back, those included that are only asked for, minor units; null where that was not told.</param>
/// <param name="AmountSettled">What was paid for it in all, the customer's balance's part too, without what it took over from there, minor units; null where that was not told.</param>
public sealed record InvoiceChanged(
    string InvoiceId, string SubscriptionId, string OrganizationId, string Kind, string Status,
    string? Number, string? HostedInvoiceUrl, long Total, string Currency,
    DateTimeOffset? CoversFrom, DateTimeOffset? CoversTo, DateTimeOffset? DueAt, DateTimeOffset? PaidAt, long Version,
    long AmountRefunded = 0, PaymentProblem? PaymentProblem = null, long? AmountPaid = null, long? AmountDue = null, long Tax = 0, string? BillingModel = null,
    long? AmountTakenBack = null, long? AmountSettled = null);
