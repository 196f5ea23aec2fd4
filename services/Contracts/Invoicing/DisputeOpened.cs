namespace Marketplace.Contracts.Invoicing;

/// <summary>A payer's bank has taken a payment back or is about to; access waits until it has decided. Mere inquiries are not told. Hearers keep the newest by <paramref name="Version"/>.</summary>
/// <param name="Amount">What is disputed, minor units.</param>
/// <param name="Reason">Stripe's word, such as <c>fraudulent</c>.</param>
/// <param name="EvidenceDueBy">Until when the provider can answer (UTC).</param>
public sealed record DisputeOpened(
    string DisputeId, string InvoiceId, string SubscriptionId, string OrganizationId, long Amount, string Currency, string Reason, DateTimeOffset? EvidenceDueBy, long Version);
