namespace Marketplace.Contracts.WebhookIngest;

/// <summary>Events that were stored in one commit, in its order, told together: what is told of each is as if it were told alone. What has to be told again is told as a
/// <see cref="StripeEventReceived"/>.</summary>
public sealed record StripeEventsReceived(IReadOnlyList<StripeEventReceived> Events);
