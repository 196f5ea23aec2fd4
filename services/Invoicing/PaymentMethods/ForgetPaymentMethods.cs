using Marketplace.Storage;

namespace Marketplace.Invoicing;

/// <summary>Detaches what deleted organizations paid with, once what they used is charged: their last periods are closed and invoiced within a day of the deletion. What
/// they paid with in an integration that is deleted too is removed here, with its owner's name and address: nobody can detach it any more.</summary>
public sealed class ForgetPaymentMethods(JobQueue queue, Database database, TimeProvider clock)
{
    /// <summary>How long after the deletion.</summary>
    public static readonly TimeSpan After = TimeSpan.FromDays(3);

    private const int BatchSize = 20;

    /// <summary>Has one batch detached or removed; how many.</summary>
    public async Task<int> Run(CancellationToken cancellation)
    {
        var due = await database.Query<string>(
            """
            select p.id from organizations o join payment_methods p on p.organization_id = o.id
            join customers c on c.id = p.customer_id join billing_integrations g on g.id = c.integration_id
            where o.deleted_at < @Before and p.status <> 'removed'
              and (g.deleted_at is not null or (p.status = 'stored' and p.problem is null and not exists (select from invoices i where i.customer_id = p.customer_id and i.status = 'draft')))
            order by p.id limit @BatchSize
            """, new { Before = clock.GetUtcNow() - After, BatchSize }, cancellation);
        foreach (var id in due)
        {
            await using var transaction = await database.Begin(cancellation);
            var (customer, method) = await ChangePaymentMethod.Lock(transaction, id, cancellation);
            if (method is { Status: not PaymentMethod.Removed })
            {
                await RemovePaymentMethod.Remove(transaction, queue, customer!, method, null, clock.GetUtcNow(), cancellation);
                await transaction.Commit(cancellation);
            }
        }

        queue.Wake();
        return due.Count;
    }
}
