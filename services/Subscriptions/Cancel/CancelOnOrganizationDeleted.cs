using MassTransit;
using Marketplace.Contracts.Accounts;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;

namespace Marketplace.Subscriptions;

/// <summary>Ends every subscription of an organization that was deleted, and charges what was used. Each that is over already stays as it is, so that
/// hearing it again has no effect.</summary>
public sealed class CancelOnOrganizationDeleted(Database database, TimeProvider clock, Wakeups wakeups) : IConsumer<OrganizationDeleted>
{
    /// <inheritdoc/>
    public Task Consume(ConsumeContext<OrganizationDeleted> context) => Handle(context.Message, context.CancellationToken);

    /// <summary>Disables what is kept of the organization first: nothing new can be subscribed to behind this.</summary>
    public async Task Handle(OrganizationDeleted message, CancellationToken cancellation)
    {
        var now = clock.Now();
        await database.Execute(
            "update organizations set enabled = false, version = @Version where id = @OrganizationId and version < @Version", message, cancellation);
        var live = await database.Query<string>("select id from subscriptions where organization_id = @OrganizationId and ended_at is null order by id", message, cancellation);
        await EndSeveral.Run(database, live, "organization_deleted", onlyBilled: false, note: null, now, clock, cancellation);
        wakeups.Wake(SubscriptionSchedule.CloseEnded);
    }
}
