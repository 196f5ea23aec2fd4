using Marketplace.Contracts.Catalog;
using Marketplace.Storage;

namespace Marketplace.Catalog.Catalogs;

/// <summary>A catalog as it is stored, with what is known of the billing integration attached to it.</summary>
public sealed record Catalog
{
    private const string Select =
        """
        select c.*, b.title as billing_title, b.account_id, b.livemode, b.ready, b.deleted from catalogs c
        left join billing_integrations b on b.id = c.billing_integration_id
        """;

    /// <summary>Its id (<c>cat_…</c>).</summary>
    public required string Id { get; init; }

    /// <summary>The provider that owns it.</summary>
    public required string OrganizationId { get; init; }

    /// <summary>What people call it.</summary>
    public required string Title { get; init; }

    /// <summary><c>sandbox</c> or <c>production</c>.</summary>
    public required string Environment { get; init; }

    /// <summary>Whether a user may create a consumer organization in it.</summary>
    public required bool SelfSignup { get; init; }

    /// <summary>How organizations that sign up are approved: <c>automatic</c> or <c>manual</c>.</summary>
    public required string Approval { get; init; }

    /// <summary>Whether consumers can keep payment methods in it.</summary>
    public required bool PaymentMethods { get; init; }

    /// <summary>The billing integration attached, or null.</summary>
    public string? BillingIntegrationId { get; init; }

    /// <summary>The integration's title.</summary>
    public string? BillingTitle { get; init; }

    /// <summary>The integration's Stripe account.</summary>
    public string? AccountId { get; init; }

    /// <summary>Whether the integration holds live keys.</summary>
    public bool? Livemode { get; init; }

    /// <summary>Whether the integration can bill.</summary>
    public bool? Ready { get; init; }

    /// <summary>Whether the integration is gone.</summary>
    public bool? Deleted { get; init; }

    /// <summary>Counts its changes.</summary>
    public required long Version { get; init; }

    /// <summary>When it was opened.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Loads a catalog and holds its row, so that settings and publications cannot contradict each other.</summary>
    public static Task<Catalog?> Lock(Transaction transaction, string id, CancellationToken cancellation) =>
        transaction.QueryOne<Catalog>($"{Select} where c.id = @id for update of c", new { id }, cancellation);

    /// <summary>Loads a catalog and keeps its settings as they are until the end of the write.</summary>
    public static Task<Catalog?> Hold(Transaction transaction, string id, CancellationToken cancellation) =>
        transaction.QueryOne<Catalog>($"{Select} where c.id = @id for share of c", new { id }, cancellation);

    /// <summary>The catalogs in which a product is on offer, held as they are until the end of the write.</summary>
    public static Task<IReadOnlyList<Catalog>> HoldOffering(Transaction transaction, string productId, CancellationToken cancellation) =>
        transaction.Query<Catalog>(
            $"{Select} where c.id in (select catalog_id from publications where product_id = @productId and published) order by c.id for share of c",
            new { productId }, cancellation);

    /// <summary>Reads a catalog.</summary>
    public static Task<Catalog?> Find(Database database, string id, CancellationToken cancellation) =>
        database.QueryOne<Catalog>($"{Select} where c.id = @id", new { id }, cancellation);

    /// <summary>Reads a page of the catalogs of organizations.</summary>
    public static Task<IReadOnlyList<Catalog>> List(Database database, string[] organizations, string after, int take, CancellationToken cancellation) =>
        database.Query<Catalog>(
            $"{Select} where c.organization_id = any(@organizations) and c.id < @after order by c.id desc limit @take",
            new { organizations, after, take }, cancellation);

    /// <summary>Whether a product with a plan that costs money, sold or still charged for, is published in the catalog.</summary>
    public static Task<bool> SellsPaidPlans(Transaction transaction, string id, CancellationToken cancellation) => transaction.QueryOne<bool>(
        """
        select exists (
            select from publications u join plans p on p.product_id = u.product_id
            where u.catalog_id = @id and u.published and p.price_model <> 'free' and p.status in ('Active', 'Deprecated'))
        """, new { id }, cancellation);

    /// <summary>Tells other services what the catalog's settings are.</summary>
    public Task Announce(Transaction transaction, CancellationToken cancellation) =>
        transaction.Announce(new CatalogSettingsChanged(Id, OrganizationId, Environment, SelfSignup, Version), cancellation);

    /// <summary>The catalog as it is answered.</summary>
    public CatalogResponse Show() => new(
        Id, OrganizationId, Title, Environment, new(SelfSignup, Approval, PaymentMethods),
        BillingIntegrationId is null ? null : new(BillingIntegrationId, BillingTitle!, AccountId!, Livemode!.Value, Ready!.Value), CreatedAt);
}

/// <summary>A catalog as its provider sees it.</summary>
/// <param name="BillingIntegration">Who bills its paid plans; null while nobody does.</param>
public sealed record CatalogResponse(
    string Id, string OrganizationId, string Title, string Environment, CatalogSettings Settings, AttachedBilling? BillingIntegration, DateTimeOffset CreatedAt);

/// <summary>What a provider decides about a catalog.</summary>
public sealed record CatalogSettings(bool SelfSignup, string Approval, bool PaymentMethods);

/// <summary>The billing integration of a catalog.</summary>
/// <param name="AccountId">The Stripe account.</param>
/// <param name="Ready">Whether it can bill: key proven and webhook secret known.</param>
public sealed record AttachedBilling(string Id, string Title, string AccountId, bool Livemode, bool Ready);
