namespace Marketplace.Contracts.Invoicing;

/// <summary>The bank has decided on a disputed payment. Hearers keep the newest by <paramref name="Version"/>.</summary>
/// <param name="Outcome"><c>won</c>: the money is the provider's again; <c>lost</c>: it is the payer's; <c>withdrawn</c>: it never became a dispute.</param>
public sealed record DisputeClosed(string DisputeId, string InvoiceId, string SubscriptionId, string OrganizationId, string Outcome, DateTimeOffset ClosedAt, long Version);
