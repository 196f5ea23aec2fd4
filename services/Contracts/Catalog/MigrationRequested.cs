namespace Marketplace.Contracts.Catalog;

/// <summary>Subscribers of a provider's plans are to be moved to other plans or cancelled. Told when a migration is planned, so that it is known whom it
/// concerns, and again with a higher <paramref name="Version"/> whenever something about it changes; hearers keep the newest per migration.</summary>
/// <param name="Action"><c>move</c> or <c>cancel</c>.</param>
/// <param name="Timing"><c>now</c>, or <c>period_end</c> for each subscription with its current period.</param>
/// <param name="Execute">False while it is only planned: nothing is changed yet.</param>
/// <param name="Retry">Whether subscriptions that were skipped or failed are tried again.</param>
/// <param name="Plans">Which plan is replaced by which; no target when the subscriptions are cancelled.</param>
/// <param name="SubscriptionIds">Only these; null for every subscriber of the plans.</param>
/// <param name="Target">The product that is moved to; null when the subscriptions are cancelled.</param>
/// <param name="RequestedBy">The user (<c>usr_…</c>).</param>
public sealed record MigrationRequested(
    string MigrationId, string ProviderOrganizationId, string Action, string Timing, bool Execute, bool Retry,
    IReadOnlyList<PlanMapping> Plans, IReadOnlyList<string>? SubscriptionIds, MigrationTarget? Target,
    string RequestedBy, DateTimeOffset RequestedAt, long Version);

/// <summary>A plan and the one that replaces it.</summary>
public sealed record PlanMapping(string SourcePlanId, PlanSnapshot? Target);

/// <summary>The product that subscriptions are moved to.</summary>
/// <param name="ProductName">Its name in runtime addresses.</param>
/// <param name="ApiIds">Its APIs: access to these is kept.</param>
/// <param name="Catalogs">Where it is on offer.</param>
public sealed record MigrationTarget(
    string ProductId, string ProductName, string ProductTitle, string Release, IReadOnlyList<string> ApiIds, IReadOnlyList<MigrationCatalog> Catalogs);

/// <summary>A catalog that offers the product, and who bills it there.</summary>
/// <param name="BillingModel">That integration's: <c>invoices</c> or <c>subscriptions</c>; null where nobody bills.</param>
public sealed record MigrationCatalog(string CatalogId, string? BillingIntegrationId, string? BillingModel = null);
