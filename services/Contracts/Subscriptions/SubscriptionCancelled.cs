namespace Marketplace.Contracts.Subscriptions;

/// <summary>A subscription ended. Its last usage follows as a <see cref="MeteringPeriodClosed"/> if it ever ran.</summary>
/// <param name="Reason"><c>requested</c>, <c>past_due</c>, <c>term_over</c>, <c>never_paid</c>, <c>rejected</c>, <c>migrated</c>, <c>plan_ended</c>,
/// <c>organization_deleted</c>, <c>payment_refunded</c>, <c>dispute_lost</c>, <c>customer_deleted</c>, <c>billing_refused</c> or <c>ended_at_stripe</c>.</param>
public sealed record SubscriptionCancelled(string SubscriptionId, string OrganizationId, string Reason, DateTimeOffset CancelledAt);
