namespace Marketplace.Contracts.WebhookIngest;

/// <summary>Stripe told us that something happened to one of its objects: a verified, stored hint to look at the object's present state.</summary>
/// <param name="Type">Stripe's event type, such as <c>invoice.paid</c>.</param>
/// <param name="ObjectType">Stripe's object type, such as <c>invoice</c>.</param>
/// <param name="ObjectId">The object's id at Stripe, such as <c>in_…</c>.</param>
/// <param name="TraceParent">The trace of its delivery, where the message itself belongs to none: among others in <see cref="StripeEventsReceived"/>.</param>
/// <param name="Replay">How often the event was replayed until then, for the answer to say; null from a version that does not tell.</param>
public sealed record StripeEventReceived(
    string BillingIntegrationId, string EventId, string Type, string ObjectType, string ObjectId, bool Livemode, DateTimeOffset ReceivedAt, string? TraceParent = null,
    int? Replay = null);
