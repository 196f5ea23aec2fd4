using Marketplace.Contracts.Accounts;
using Marketplace.Storage;
using MassTransit;

namespace Marketplace.Catalog.Catalogs;

/// <summary>Keeps which consumer organizations signed up to which catalog: the newest version wins, in whatever order they come.</summary>
public sealed class KeepConsumerOrganization(Database database) : IConsumer<OrganizationCreated>, IConsumer<OrganizationDeleted>
{
    /// <inheritdoc/>
    public Task Consume(ConsumeContext<OrganizationCreated> context) => Handle(context.Message, context.CancellationToken);

    /// <inheritdoc/>
    public Task Consume(ConsumeContext<OrganizationDeleted> context) => Handle(context.Message, context.CancellationToken);

    /// <summary>Stores the facts unless newer ones are known. Providers sign up to no catalog.</summary>
    public Task Handle(OrganizationCreated changed, CancellationToken cancellation) => changed.CatalogId is null ? Task.CompletedTask : database.Execute(
        """
        insert into consumer_organizations as o (id, catalog_id, title, enabled, version) values (@OrganizationId, @CatalogId, @Title, @Enabled, @Version)
        on conflict (id) do update set catalog_id = excluded.catalog_id, title = excluded.title, enabled = excluded.enabled, version = excluded.version
        where o.version < excluded.version
        """, changed, cancellation);

    /// <summary>Keeps that it is gone: its version is newer than all that was told of it before.</summary>
    public Task Handle(OrganizationDeleted gone, CancellationToken cancellation) => database.Execute(
        """
        insert into consumer_organizations as o (id, catalog_id, title, enabled, version, deleted_at) values (@OrganizationId, '', '', false, @Version, @DeletedAt)
        on conflict (id) do update set enabled = false, deleted_at = excluded.deleted_at, version = excluded.version
        where o.version < excluded.version
        """, gone, cancellation);
}
