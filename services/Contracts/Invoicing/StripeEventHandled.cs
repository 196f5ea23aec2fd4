namespace Marketplace.Contracts.Invoicing;

/// <summary>What became of an announced Stripe event; ends its re-announcement.</summary>
/// <param name="Outcome"><c>handled</c>, or <c>ignored</c> for objects that are not ours.</param>
/// <param name="Reason">Why it was ignored.</param>
public sealed record StripeEventHandled(string BillingIntegrationId, string EventId, string Outcome, string? Reason);
