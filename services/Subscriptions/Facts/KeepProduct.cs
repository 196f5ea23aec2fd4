using MassTransit;
using Marketplace.Contracts.Catalog;
using Marketplace.Storage;

namespace Marketplace.Subscriptions;

/// <summary>Keeps what is on offer in each catalog, newest version only.</summary>
public sealed class KeepProduct(Database database) : IConsumer<ProductPublished>, IConsumer<ProductWithdrawn>
{
    /// <inheritdoc/>
    public Task Consume(ConsumeContext<ProductPublished> context) => Handle(context.Message, context.CancellationToken);

    /// <inheritdoc/>
    public Task Consume(ConsumeContext<ProductWithdrawn> context) => Handle(context.Message, context.CancellationToken);

    /// <summary>On offer, or changed while on offer.</summary>
    public async Task Handle(ProductPublished message, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var newer = await transaction.Execute(
            """
            insert into published_products as p (catalog_id, product_id, withdrawn, facts, version)
            values (@CatalogId, @ProductId, false, @Facts::jsonb, @Version)
            on conflict (catalog_id, product_id) do update set withdrawn = false, facts = excluded.facts, version = excluded.version
            where p.version < excluded.version
            """, new { message.CatalogId, message.ProductId, Facts = message, message.Version }, cancellation);
        if (newer == 1)
        {
            var plans = message.Plans.Select(p => p.PlanId).ToArray();
            await transaction.Execute(
                "delete from published_plans where catalog_id = @CatalogId and product_id = @ProductId and plan_id <> all(@plans)",
                new { message.CatalogId, message.ProductId, plans }, cancellation);
            await transaction.Execute(
                """
                insert into published_plans (catalog_id, plan_id, product_id) select @CatalogId, unnest(@plans), @ProductId
                on conflict (catalog_id, plan_id) do nothing
                """, new { message.CatalogId, message.ProductId, plans }, cancellation);
            await KeepMigration.Sweep(transaction, message.CatalogId, message.Plans, cancellation);
        }

        await transaction.Commit(cancellation);
    }

    /// <summary>No longer on offer; a later publication has a higher version.</summary>
    public async Task Handle(ProductWithdrawn message, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        if (await transaction.Execute(
            """
            insert into published_products as p (catalog_id, product_id, withdrawn, version) values (@CatalogId, @ProductId, true, @Version)
            on conflict (catalog_id, product_id) do update set withdrawn = true, version = excluded.version
            where p.version < excluded.version
            """, message, cancellation) == 1)
        {
            await KeepMigration.Sweep(transaction, message.CatalogId, message.ProductId, cancellation);
        }

        await transaction.Commit(cancellation);
    }
}
