namespace Marketplace.Contracts.Invoicing;

/// <summary>Events that Stripe lists for a billing integration; a hearer takes those that were never delivered, and says how many (<c>StripeEventsTaken</c>).</summary>
/// <param name="RunId">The reconciliation that listed them.</param>
/// <param name="BatchId">Names this message in the answer.</param>
/// <param name="AccountId">The Stripe account that they were listed from.</param>
public sealed record StripeEventsFound(
    string BillingIntegrationId, string RunId, string BatchId, string AccountId, bool Livemode, IReadOnlyList<FoundStripeEvent> Events, DateTimeOffset FoundAt);

/// <summary>One event as Stripe lists it.</summary>
/// <param name="EventId">Stripe's id (<c>evt_…</c>).</param>
/// <param name="Type">Such as <c>invoice.paid</c>.</param>
/// <param name="CreatedAt">When it happened (UTC).</param>
public sealed record FoundStripeEvent(string EventId, string Type, string ObjectType, string ObjectId, string? ApiVersion, bool Livemode, DateTimeOffset CreatedAt);
