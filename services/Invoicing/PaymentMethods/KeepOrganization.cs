using MassTransit;
using Marketplace.Contracts.Accounts;
using Marketplace.Storage;

namespace Marketplace.Invoicing;

/// <summary>Hears of organizations, so that a customer can be made for one that has no subscription yet. One that is deleted keeps no payment methods.</summary>
public sealed class KeepOrganization(Database database) : IConsumer<OrganizationCreated>, IConsumer<OrganizationDeleted>
{
    /// <inheritdoc/>
    public Task Consume(ConsumeContext<OrganizationCreated> context) => Handle(context.Message, context.CancellationToken);

    /// <inheritdoc/>
    public Task Consume(ConsumeContext<OrganizationDeleted> context) => Handle(context.Message, context.CancellationToken);

    /// <summary>Keeps the newest version, in whatever order they come.</summary>
    public Task Handle(OrganizationCreated message, CancellationToken cancellation) => database.Execute(
        """
        insert into organizations as o (id, kind, title, email, catalog_id, version) values (@OrganizationId, @Kind, @Title, @Email, @CatalogId, @Version)
        on conflict (id) do update set kind = excluded.kind, title = excluded.title, email = excluded.email, catalog_id = excluded.catalog_id, version = excluded.version
        where o.version < excluded.version
        """, message, cancellation);

    /// <summary>Notes when it was deleted, for good; <see cref="ForgetPaymentMethods"/> does the rest.</summary>
    public Task Handle(OrganizationDeleted message, CancellationToken cancellation) => database.Execute(
        """
        insert into organizations as o (id, kind, title, email, version, deleted_at) values (@OrganizationId, 'consumer', '', '', @Version, @DeletedAt)
        on conflict (id) do update set version = greatest(o.version, excluded.version), deleted_at = excluded.deleted_at
        """, message, cancellation);
}
