using Marketplace.Contracts.Catalog;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;

namespace Marketplace.Catalog.Catalogs;

/// <summary>A catalog as it is stored, with what is known of the billing integration attached to it.</summary>
public sealed record Catalog
{
    private const string Select =
        """
        select c.*, b.title as billing_title, b.account_id, b.livemode, b.billing_model, b.ready, b.deleted from catalogs c
        left join billing_integrations b on b.id = c.billing_integration_id
        where c.deleted_at is null
        """;

    /// <summary>The billing model of a provider whose own billing system charges.</summary>
    public const string Custom = "custom";

    /// <summary>Its id (<c>cat_…</c>).</summary>
    public required string Id { get; init; }

    /// <summary>The provider that owns it.</summary>
    public required string OrganizationId { get; init; }

    /// <summary>What people call it.</summary>
    public required string Title { get; init; }

    /// <summary>What it is for.</summary>
    public string? Description { get; init; }

    /// <summary><c>sandbox</c> or <c>production</c>; never changed.</summary>
    public required string Environment { get; init; }

    /// <summary>Whether consumer organizations can be created in it at all.</summary>
    public required bool ConsumerOrganizations { get; init; }

    /// <summary>Whether a user may create a consumer organization in it.</summary>
    public required bool SelfSignup { get; init; }

    /// <summary>How organizations that sign up are approved: <c>automatic</c> or <c>manual</c>.</summary>
    public required string OrganizationApproval { get; init; }

    /// <summary>How subscriptions are approved: as each plan says (<c>plan</c>), or by the provider every time (<c>manual</c>).</summary>
    public required string SubscriptionApproval { get; init; }

    /// <summary>Whether consumers can keep payment methods in it.</summary>
    public required bool PaymentMethods { get; init; }

    /// <summary>Whether a paid plan is taken only by who keeps one.</summary>
    public bool PaymentMethodRequired { get; init; }

    /// <summary>Who sees a publication that names nobody: <c>public</c>, <c>signed_in</c> or <c>none</c>.</summary>
    public required string DefaultVisibility { get; init; }

    /// <summary>The billing integration attached, or null.</summary>
    public string? BillingIntegrationId { get; init; }

    /// <summary>The integration's title.</summary>
    public string? BillingTitle { get; init; }

    /// <summary>The integration's Stripe account; empty where a billing system of the provider's own charges.</summary>
    public string? AccountId { get; init; }

    /// <summary>Whether the integration holds live keys.</summary>
    public bool? Livemode { get; init; }

    /// <summary>How the integration bills: <c>invoices</c>, <c>subscriptions</c> or <c>custom</c>.</summary>
    public string? BillingModel { get; init; }

    /// <summary>Whether the integration can bill.</summary>
    public bool? Ready { get; init; }

    /// <summary>Whether the integration is gone.</summary>
    public bool? Deleted { get; init; }

    /// <summary>Counts its changes.</summary>
    public required long Version { get; init; }

    /// <summary>When it was opened.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Whether the integration's keys are of the environment's mode: live ones bill production, test ones sandboxes. Null without integration.</summary>
    public bool? ModeFits => Livemode is null ? null : Livemode == IsLive;

    /// <summary>Whether a billing system of the provider's own charges, so that no payment method is kept here.</summary>
    public bool IsCustom => BillingModel == Custom;

    /// <summary>Whether real money is asked in it.</summary>
    public bool IsLive => Environment == "production";

    /// <summary>Who bills what is sold here: the integration while it is there and of the right mode.</summary>
    public string? BillableBy => Deleted == false && ModeFits == true ? BillingIntegrationId : null;

    /// <summary>Loads a catalog and holds its row, so that settings and publications cannot contradict each other.</summary>
    public static Task<Catalog?> Lock(Transaction transaction, string id, CancellationToken cancellation) =>
        transaction.QueryOne<Catalog>($"{Select} and c.id = @id for update of c", new { id }, cancellation);

    /// <summary>Loads a catalog and keeps its settings as they are until the end of the write.</summary>
    public static Task<Catalog?> Hold(Transaction transaction, string id, CancellationToken cancellation) =>
        transaction.QueryOne<Catalog>($"{Select} and c.id = @id for share of c", new { id }, cancellation);

    /// <summary>The catalogs in which a product is on offer, held as they are until the end of the write.</summary>
    public static Task<IReadOnlyList<Catalog>> HoldOffering(Transaction transaction, string productId, CancellationToken cancellation) =>
        transaction.Query<Catalog>(
            $"{Select} and c.id in (select catalog_id from publications where product_id = @productId and published) order by c.id for share of c",
            new { productId }, cancellation);

    /// <summary>Reads a catalog.</summary>
    public static Task<Catalog?> Find(Database database, string id, CancellationToken cancellation) =>
        database.QueryOne<Catalog>($"{Select} and c.id = @id", new { id }, cancellation);

    /// <summary>Reads a page of the catalogs of organizations.</summary>
    public static Task<IReadOnlyList<Catalog>> List(Database database, string[] organizations, CatalogFilter filter, PageQuery page, CancellationToken cancellation) =>
        database.Query<Catalog>(
            $"""
            {Select} and c.organization_id = any(@organizations) and c.id < @After
                and (@Environment::text is null or c.environment = @Environment)
                and (@BillingIntegrationId::text is null or c.billing_integration_id = @BillingIntegrationId)
            order by c.id desc limit @Take
            """,
            new { organizations, page.After, page.Take, filter.Environment, filter.BillingIntegrationId }, cancellation);

    /// <summary>What is published in the catalog and costs money here, sold or still charged for. Custom plans are paid elsewhere.</summary>
    public static Task<IReadOnlyList<PaidPublication>> PaidPublications(Transaction transaction, string id, CancellationToken cancellation) =>
        transaction.Query<PaidPublication>(
            """
            select u.id as publication_id, u.product_id, d.title from publications u join products d on d.id = u.product_id
            where u.catalog_id = @id and u.published and exists (
                select from plans p where p.product_id = u.product_id and p.price_model not in ('free', 'custom') and p.status in ('Active', 'Deprecated'))
            order by u.id
            """, new { id }, cancellation);

    /// <summary>How much is in a held catalog: products on offer, and consumer organizations. An organization that signs up in this very moment is in a catalog that sells nothing.</summary>
    public static Task<(long Products, long Organizations)> Content(Transaction transaction, string id, CancellationToken cancellation) =>
        transaction.QueryOne<(long, long)>(
            """
            select (select count(*) from publications where catalog_id = @id and published), (select count(*) from consumer_organizations where catalog_id = @id and deleted_at is null)
            """, new { id }, cancellation);

    /// <summary>Closes a held, empty catalog for good and tells so.</summary>
    /// <param name="caller">Who closes it; null where its provider is gone.</param>
    public async Task Close(Transaction transaction, Caller? caller, DateTimeOffset now, CancellationToken cancellation)
    {
        var closed = this with { ConsumerOrganizations = false, BillingIntegrationId = null, Version = Version + 1 };
        await transaction.Execute(
            "update catalogs set deleted_at = @now, consumer_organizations = false, billing_integration_id = null, version = @Version where id = @Id",
            new { closed.Id, closed.Version, now }, cancellation);
        await closed.Announce(transaction, cancellation, deleted: true);
        await transaction.Record(caller, "catalog.deleted", OrganizationId, Id, Recorded, null, cancellation);
    }

    /// <summary>Tells other services what the catalog's settings are.</summary>
    public Task Announce(Transaction transaction, CancellationToken cancellation, bool deleted = false) =>
        transaction.Announce(new CatalogSettingsChanged(
            Id, OrganizationId, Environment, SelfSignup && ConsumerOrganizations, Version, OrganizationApproval, ConsumerOrganizations,
            BillingIntegrationId, Title, PaymentMethods, PaymentMethodRequired, deleted), cancellation);

    /// <summary>The catalog as it is answered.</summary>
    public CatalogResponse Show() => new(
        Id, OrganizationId, Title, Description, Environment, Settings, Billing, CreatedAt);

    /// <summary>What its provider decides about it.</summary>
    public CatalogSettings Settings => new(SelfSignup, ConsumerOrganizations, OrganizationApproval, SubscriptionApproval, PaymentMethods, PaymentMethodRequired, DefaultVisibility);

    /// <summary>What the audit log keeps of it.</summary>
    public object Recorded => new { Title, Description, Environment };

    /// <summary>The integration attached, as it is answered.</summary>
    public AttachedBilling? Billing =>
        BillingIntegrationId is null ? null : new(BillingIntegrationId, BillingTitle!, IsCustom ? null : AccountId, Livemode!.Value, Ready!.Value);
}

/// <summary>A catalog as its provider sees it.</summary>
/// <param name="BillingIntegration">Who bills its paid plans; null while nobody does.</param>
public sealed record CatalogResponse(
    string Id, string OrganizationId, string Title, string? Description, string Environment, CatalogSettings Settings, AttachedBilling? BillingIntegration,
    DateTimeOffset CreatedAt);

/// <summary>What a provider decides about a catalog.</summary>
/// <param name="PaymentMethodRequired">Whether a paid plan is taken only by who keeps a payment method.</param>
public sealed record CatalogSettings(
    bool SelfSignup, bool ConsumerOrganizations, string OrganizationApproval, string SubscriptionApproval, bool PaymentMethods, bool PaymentMethodRequired, string DefaultVisibility);

/// <summary>The billing integration of a catalog.</summary>
/// <param name="AccountId">The Stripe account; null where a billing system of the provider's own charges.</param>
/// <param name="Ready">Whether it can bill: key proven and webhook secret known.</param>
public sealed record AttachedBilling(string Id, string Title, string? AccountId, bool Livemode, bool Ready);

/// <summary>A publication whose plans are charged through the catalog's billing integration.</summary>
/// <param name="Title">The product's title.</param>
public sealed record PaidPublication(string PublicationId, string ProductId, string Title);
