using System.Collections.Frozen;
using Marketplace.Contracts.Accounts;
using Marketplace.Contracts.Catalog;
using Marketplace.Contracts.Invoicing;

namespace Marketplace.Storage;

/// <summary>The queues of the services that hear the contracts which more than one host hears. The relay binds them before the first announcement, so that a service which has never run,
/// or whose build of yesterday did not hear the contract, gets it too: <c>mandatory</c> alone is content with one hearer. Gateways are none of them: they read what they missed.</summary>
public static class Hearers
{
    private static readonly FrozenDictionary<string, string[]> Queues = new Dictionary<Type, string[]>
    {
        [typeof(OrganizationCreated)] = ["catalog-keep-consumer-organization", "invoicing-keep-organization", "subscriptions-keep-organization"],
        [typeof(OrganizationDeleted)] =
            ["catalog-close-catalogs", "catalog-keep-consumer-organization", "invoicing-keep-organization", "subscriptions-cancel-on-organization-deleted"],
        [typeof(CatalogSettingsChanged)] = ["accounts-keep-catalog-settings", "invoicing-keep-catalog"],
        [typeof(ProductPublished)] = ["subscriptions-keep-product"],
        [typeof(BillingIntegrationChanged)] = ["accounts-keep-billing-integration", "catalog-keep-billing-integration", "webhooks-keep-integration"],
    }.ToFrozenDictionary(contract => contract.Key.FullName!, contract => contract.Value, StringComparer.Ordinal);

    /// <summary>The queues of a contract's full name; none where one host alone hears it.</summary>
    public static IReadOnlyList<string> Of(string contract) => Queues.GetValueOrDefault(contract, []);
}
