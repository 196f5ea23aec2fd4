namespace Marketplace.Contracts.Catalog;

/// <summary>A catalog exists or its settings changed. Accounts decides by it who may sign up, Invoicing which billing
/// integrations are in use.</summary>
/// <param name="OrganizationId">The provider that owns the catalog.</param>
/// <param name="Environment"><c>sandbox</c> or <c>production</c>.</param>
/// <param name="SelfSignup">Whether a user may create a consumer organization in it.</param>
/// <param name="OrganizationApproval">How organizations that sign up are approved: <c>automatic</c> or <c>manual</c>.</param>
/// <param name="ConsumerOrganizations">Whether consumer organizations can be created in it at all, by whomever.</param>
/// <param name="BillingIntegrationId">The billing integration attached; null for none.</param>
/// <param name="Title">What people call it.</param>
/// <param name="PaymentMethods">Whether consumers can keep payment methods, which are then charged by themselves.</param>
/// <param name="PaymentMethodRequired">Whether a paid plan is taken only by who keeps one.</param>
/// <param name="Deleted">True once it is closed for good: no product and no consumer organization is in it.</param>
public sealed record CatalogSettingsChanged(string CatalogId, string OrganizationId, string Environment, bool SelfSignup, long Version,
    string OrganizationApproval = "automatic", bool ConsumerOrganizations = true,
    string? BillingIntegrationId = null, string? Title = null, bool PaymentMethods = true, bool PaymentMethodRequired = false, bool Deleted = false);
