using MassTransit;
using Marketplace.Catalog.Publications;
using Marketplace.Contracts.Accounts;
using Marketplace.Storage;

namespace Marketplace.Catalog.Catalogs;

/// <summary>Closes what a deleted provider still had. Accounts deletes none that has catalogs, as far as it was told: what is left was made in the last moment. What no consumer depends on is
/// withdrawn and closed; a catalog with consumers in it stays, and is logged for operators.</summary>
public sealed partial class CloseCatalogs(Database database, TimeProvider clock, ILogger<CloseCatalogs> logger) : IConsumer<OrganizationDeleted>
{
    /// <inheritdoc/>
    public Task Consume(ConsumeContext<OrganizationDeleted> context) => Handle(context.Message, context.CancellationToken);

    /// <summary>Withdraws what nobody subscribes to, and closes its empty catalogs; again has no effect.</summary>
    public async Task Handle(OrganizationDeleted gone, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var ids = await transaction.Query<string>(
            "select id from catalogs where organization_id = @OrganizationId and deleted_at is null order by id for update", new { gone.OrganizationId }, cancellation);
        foreach (var id in ids)
        {
            var catalog = (await Catalog.Lock(transaction, id, cancellation))!;
            foreach (var publication in await Unsubscribed(transaction, id, cancellation))
            {
                await WithdrawProduct.Write(transaction, catalog, publication, null, cancellation);
            }

            var (products, organizations) = await Catalog.Content(transaction, id, cancellation);
            if (products + organizations == 0)
            {
                await catalog.Close(transaction, null, clock.GetUtcNow(), cancellation);
            }
            else
            {
                StaysOpen(logger, id, gone.OrganizationId, products, organizations);
            }
        }

        await transaction.Commit(cancellation);
    }

    // A product is sold in many catalogs and its plans' subscriptions are counted over all of them: where no organization signed up, nobody subscribes whatever the count.
    private static Task<IReadOnlyList<string>> Unsubscribed(Transaction transaction, string catalogId, CancellationToken cancellation) => transaction.Query<string>(
        """
        select u.id from publications u where u.catalog_id = @catalogId and u.published and (
            not exists (select from consumer_organizations where catalog_id = @catalogId and deleted_at is null)
            or not exists (select from plans p join subscription_counts s on s.plan_id = p.id where p.product_id = u.product_id and s.live > 0))
        order by u.id
        """, new { catalogId }, cancellation);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Catalog {Catalog} stays open though its provider {Provider} was deleted: {Products} products on offer, {Organizations} consumer organizations.")]
    private static partial void StaysOpen(ILogger logger, string catalog, string provider, long products, long organizations);
}
