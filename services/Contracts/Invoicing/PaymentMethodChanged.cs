namespace Marketplace.Contracts.Invoicing;

/// <summary>What an organization pays with by itself at one billing integration has changed. Hearers keep the newest by <paramref name="Version"/>.</summary>
/// <param name="OrganizationId">The consumer organization.</param>
/// <param name="Default">The payment method that invoices are charged to; null while there is none.</param>
public sealed record PaymentMethodChanged(string OrganizationId, string BillingIntegrationId, PaymentMethodSummary? Default, long Version);

/// <summary>A stored payment method as people know it. Its token is never told.</summary>
/// <param name="Type">Stripe's word, such as <c>card</c>.</param>
/// <param name="Brand">A card's brand or an account's bank.</param>
public sealed record PaymentMethodSummary(string PaymentMethodId, string Title, string Type, string? Brand, string? Last4, int? ExpiryMonth, int? ExpiryYear);
