using MassTransit;
using Marketplace.Contracts.Accounts;
using Marketplace.Storage;

namespace Marketplace.Subscriptions;

/// <summary>Keeps the newest facts of every organization. Disabling one closes the access of all it has; enabling it opens it again.</summary>
public sealed class KeepOrganization(Database database) : IConsumer<OrganizationCreated>
{
    /// <inheritdoc/>
    public Task Consume(ConsumeContext<OrganizationCreated> context) => Handle(context.Message, context.CancellationToken);

    /// <summary>Applies a newer version; an older one changes nothing.</summary>
    public async Task Handle(OrganizationCreated message, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var wasEnabled = await transaction.QueryOne<bool?>(
            "select enabled from organizations where id = @OrganizationId for update", message, cancellation);
        var newer = await transaction.Execute(
            """
            insert into organizations as o (id, kind, title, catalog_id, email, enabled, version)
            values (@OrganizationId, @Kind, @Title, @CatalogId, @Email, @Enabled, @Version)
            on conflict (id) do update set kind = excluded.kind, title = excluded.title, catalog_id = excluded.catalog_id,
                email = excluded.email, enabled = excluded.enabled, version = excluded.version
            where o.version < excluded.version
            """, message, cancellation);
        if (newer == 1 && (wasEnabled ?? true) != message.Enabled)
        {
            var subscriptions = await transaction.Query<string>(
                "select id from subscriptions where organization_id = @OrganizationId and position is not null", message, cancellation);
            await FeedPositions.Assign(transaction, subscriptions, [], cancellation);
        }

        await transaction.Commit(cancellation);
    }
}
