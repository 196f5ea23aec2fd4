using MassTransit;
using Marketplace.Contracts.Accounts;
using Marketplace.Storage;

namespace Marketplace.Catalog.Catalogs;

/// <summary>Closes what a deleted provider still had. Accounts deletes none that has catalogs, as far as it was told: what is left was made in the last moment, and is empty.</summary>
public sealed class CloseCatalogs(Database database, TimeProvider clock) : IConsumer<OrganizationDeleted>
{
    /// <inheritdoc/>
    public Task Consume(ConsumeContext<OrganizationDeleted> context) => Handle(context.Message, context.CancellationToken);

    /// <summary>Closes its empty catalogs; again has no effect.</summary>
    public async Task Handle(OrganizationDeleted gone, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var ids = await transaction.Query<string>(
            "select id from catalogs where organization_id = @OrganizationId and deleted_at is null order by id for update", new { gone.OrganizationId }, cancellation);
        foreach (var id in ids)
        {
            if (await Catalog.Content(transaction, id, cancellation) is (0, 0))
            {
                await (await Catalog.Lock(transaction, id, cancellation))!.Close(transaction, null, clock.GetUtcNow(), cancellation);
            }
        }

        await transaction.Commit(cancellation);
    }
}
