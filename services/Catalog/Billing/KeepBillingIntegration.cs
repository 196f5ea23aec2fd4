using Marketplace.Catalog.Publications;
using Marketplace.Contracts.Invoicing;
using Marketplace.Storage;
using MassTransit;

namespace Marketplace.Catalog.Billing;

/// <summary>Keeps what is known of billing integrations: the newest version wins, in whatever order they come.</summary>
public sealed class KeepBillingIntegration(Database database) : IConsumer<BillingIntegrationChanged>
{
    /// <inheritdoc/>
    public Task Consume(ConsumeContext<BillingIntegrationChanged> context) => Handle(context.Message, context.CancellationToken);

    /// <summary>Stores the facts unless newer ones are known. One that was deleted is taken off the catalogs it billed, paid plans on sale or not: nobody
    /// bills them any more, and new subscriptions to them are refused; so they are when its keys are of the other mode now.</summary>
    public async Task Handle(BillingIntegrationChanged changed, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var mode = await transaction.QueryOne<bool?>("select livemode from billing_integrations where id = @BillingIntegrationId", changed, cancellation);
        var unusable = changed.Deleted || (mode is not null && mode != changed.Livemode);
        if (unusable)
        {
            // Catalogs are held before integrations, as whoever attaches one does; all of the organization's, because one may be attached right now.
            await transaction.Query<string>(
                "select id from catalogs where organization_id = @OrganizationId order by id for update", changed, cancellation);
        }

        var newer = await transaction.Execute(
            """
            insert into billing_integrations as b (id, organization_id, title, account_id, livemode, billing_model, ready, deleted, version)
            values (@BillingIntegrationId, @OrganizationId, @Title, @AccountId, @Livemode, @BillingModel, @Ready, @Deleted, @Version)
            on conflict (id) do update set
                title = excluded.title, account_id = excluded.account_id, livemode = excluded.livemode, billing_model = excluded.billing_model,
                ready = excluded.ready, deleted = excluded.deleted, version = excluded.version
            where b.version < excluded.version
            """, changed, cancellation);
        if (newer == 1 && unusable)
        {
            await Stop(transaction, changed, cancellation);
        }

        await transaction.Commit(cancellation);
    }

    // Keys of the other mode stay attached, where the provider sees why nothing can be sold; they bill nothing (Catalog.BillableBy).
    private static async Task Stop(Transaction transaction, BillingIntegrationChanged changed, CancellationToken cancellation)
    {
        var stopped = await transaction.Query<string>(
            """
            update catalogs set billing_integration_id = case when @Deleted then null else billing_integration_id end, version = version + 1
            where billing_integration_id = @BillingIntegrationId and deleted_at is null returning id
            """, changed, cancellation);
        foreach (var id in stopped.Order(StringComparer.Ordinal))
        {
            var catalog = (await Catalogs.Catalog.Lock(transaction, id, cancellation))!;
            await catalog.Announce(transaction, cancellation);
            await Offer.AnnounceCatalog(transaction, catalog, cancellation);
        }
    }
}
