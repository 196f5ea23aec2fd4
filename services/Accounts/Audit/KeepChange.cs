using Marketplace.Contracts.Storage;
using Marketplace.Storage;
using MassTransit;

namespace Marketplace.Accounts.Audit;

/// <summary>Writes what services tell of into the audit log.</summary>
public sealed class KeepChange(Database database) : IConsumer<ChangeRecorded>
{
    /// <inheritdoc/>
    public Task Consume(ConsumeContext<ChangeRecorded> context) => Handle(context.Message, context.CancellationToken);

    /// <summary>Adds the entry; again has no effect.</summary>
    public Task Handle(ChangeRecorded change, CancellationToken cancellation) => database.Execute(
        """
        insert into audit_log (id, at, actor, action, organization_id, object_id, before, after, trace_id)
        values (@ChangeId, @At, @Actor, @Action, @OrganizationId, @ObjectId, @Before::jsonb, @After::jsonb, @TraceId)
        on conflict (id) do nothing
        """, change, cancellation);
}
