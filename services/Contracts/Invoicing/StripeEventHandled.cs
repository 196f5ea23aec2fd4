namespace Marketplace.Contracts.Invoicing;

/// <summary>What became of an announced Stripe event; ends its re-announcement.</summary>
/// <param name="Outcome"><c>handled</c>; <c>ignored</c> for objects that are not ours; <c>failed</c> when it could not be applied this time, which leaves it
/// to be announced again.</param>
/// <param name="Reason">Why it was ignored or failed.</param>
/// <param name="Replay">As the announcement said that this answers: what was told before a later replay does not answer that. Null from a version that does not tell, which answers whatever is asked.</param>
public sealed record StripeEventHandled(string BillingIntegrationId, string EventId, string Outcome, string? Reason, int? Replay = null);
