namespace Marketplace.Contracts.Invoicing;

/// <summary>Money of an invoice goes back to its payer, or did not arrive there. What it means for access follows from <see cref="InvoiceChanged"/>;
/// hearers keep the newest by <paramref name="Version"/>.</summary>
/// <param name="Amount">Minor units.</param>
/// <param name="Status"><c>pending</c>, <c>succeeded</c>, or <c>failed</c>: the money came back to the provider.</param>
public sealed record RefundIssued(
    string RefundId, string InvoiceId, string SubscriptionId, string OrganizationId, long Amount, string Currency, string Status, DateTimeOffset At, long Version);
