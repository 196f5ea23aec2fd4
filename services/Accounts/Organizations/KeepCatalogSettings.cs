using Marketplace.Contracts.Catalog;
using Marketplace.Storage;
using MassTransit;

namespace Marketplace.Accounts.Organizations;

/// <summary>Keeps the newest settings of each catalog, to decide who may sign up, who waits for approval, and whether its provider may be deleted.</summary>
public sealed class KeepCatalogSettings(Database database) : IConsumer<CatalogSettingsChanged>
{
    /// <inheritdoc/>
    public Task Consume(ConsumeContext<CatalogSettingsChanged> context) => Handle(context.Message, context.CancellationToken);

    /// <summary>Applies settings unless newer ones are here; again has no effect.</summary>
    public Task Handle(CatalogSettingsChanged changed, CancellationToken cancellation) => database.Execute(
        """
        insert into catalogs as c (id, organization_id, environment, self_signup, version, organization_approval, consumer_organizations, deleted)
        values (@CatalogId, @OrganizationId, @Environment, @SelfSignup, @Version, @OrganizationApproval, @ConsumerOrganizations, @Deleted)
        on conflict (id) do update set
            organization_id = excluded.organization_id, environment = excluded.environment, self_signup = excluded.self_signup, version = excluded.version,
            organization_approval = excluded.organization_approval, consumer_organizations = excluded.consumer_organizations,
            deleted = excluded.deleted
        where c.version < excluded.version
        """, changed, cancellation);
}
