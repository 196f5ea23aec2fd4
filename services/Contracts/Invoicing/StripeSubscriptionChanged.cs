namespace Marketplace.Contracts.Invoicing;

/// <summary>Somebody changed a subscription at Stripe: in its customer portal, its dashboard, or Stripe itself after payments failed.</summary>
/// <param name="Change"><c>ended</c>, <c>ends_with_period</c>, or <c>goes_on</c> when the latter was taken back.</param>
/// <param name="Reason">Stripe's word for why it ended, such as <c>payment_failed</c>; null where it gave none.</param>
/// <param name="At">When (UTC).</param>
public sealed record StripeSubscriptionChanged(string SubscriptionId, string OrganizationId, string Change, string? Reason, DateTimeOffset At);
