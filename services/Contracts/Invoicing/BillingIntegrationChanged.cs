namespace Marketplace.Contracts.Invoicing;

/// <summary>A billing integration exists or its facts changed. Hearers keep the newest by <paramref name="Version"/>.</summary>
/// <param name="AccountId">The Stripe account (<c>acct_…</c>); empty where a billing system of the provider's own charges.</param>
/// <param name="Livemode">True for live keys; false for test keys.</param>
/// <param name="BillingModel"><c>invoices</c>, <c>subscriptions</c>, or <c>custom</c>: a billing system of the provider's own charges.</param>
/// <param name="SigningSecrets">Webhook signing secrets in force, newest first, each encrypted for (<c>organization, integration, "webhook-secret"</c>).</param>
/// <param name="Ready">Whether it can bill: key proven and webhook secret known; always where a billing system of the provider's own charges.</param>
/// <param name="Deleted">True once it is gone.</param>
/// <param name="OldSecretsUntil">Until when secrets after the first are accepted (UTC); null where there is no end.</param>
public sealed record BillingIntegrationChanged(
    string BillingIntegrationId, string OrganizationId, string Title, string AccountId, bool Livemode, string BillingModel,
    IReadOnlyList<string> SigningSecrets, bool Ready, bool Deleted, long Version, DateTimeOffset? OldSecretsUntil = null);
