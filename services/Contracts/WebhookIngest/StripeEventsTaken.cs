namespace Marketplace.Contracts.WebhookIngest;

/// <summary>What became of listed events: how many of them had never been delivered and are in the inbox now.</summary>
/// <param name="BatchId">As the list was named.</param>
public sealed record StripeEventsTaken(string BillingIntegrationId, string RunId, string BatchId, int Missed);
