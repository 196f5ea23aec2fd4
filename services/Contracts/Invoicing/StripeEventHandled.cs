namespace Marketplace.Contracts.Invoicing;

/// <summary>What became of an announced Stripe event; ends its re-announcement.</summary>
/// <param name="Outcome"><c>handled</c>; <c>ignored</c> for objects that are not ours; <c>failed</c> when it could not be applied this time, which leaves it
/// to be announced again.</param>
/// <param name="Reason">Why it was ignored or failed.</param>
public sealed record StripeEventHandled(string BillingIntegrationId, string EventId, string Outcome, string? Reason);
