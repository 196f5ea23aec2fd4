using Marketplace.Storage;

namespace Marketplace.Invoicing;

/// <summary>The guarantee behind webhooks: the methods of every customer that has had some are fetched again once a day, and soon after an event about them
/// could not be looked into. In real time, not the test clock's: what it waits for happens in another system.</summary>
public sealed partial class LookAtPaymentMethods(MirrorPaymentMethods mirror, Database database, ILogger<LookAtPaymentMethods> logger)
{
    private const int BatchSize = 10;

    /// <summary>Looks at one batch; how many were seen.</summary>
    public async Task<int> Run(CancellationToken cancellation)
    {
        // Moving the date is the claim: another process, or a crash here, leaves them for the next time.
        var due = await database.Query<Due>(
            """
            update customers c set methods_look_at = now() + @Interval from billing_integrations i, stripe_objects o
            where i.id = c.integration_id and o.our_id = c.id and o.integration_id = i.id and c.id in (
                select d.id from customers d join billing_integrations q on q.id = d.integration_id
                where d.methods_look_at <= now() and q.queue_status = 'running' and q.deleted_at is null order by d.methods_look_at limit @BatchSize for update of d skip locked)
            returning o.stripe_id, i.id as integration_id, i.organization_id, i.account_id, i.livemode, i.secret_key
            """, new { MirrorPaymentMethods.Interval, BatchSize }, cancellation);
        var seen = 0;
        foreach (var customer in due)
        {
            try
            {
                var apply = await mirror.Ask(customer.Keys, customer.StripeId, null, cancellation);
                await using var transaction = await database.Begin(cancellation);
                await apply(transaction, cancellation);
                await transaction.Commit(cancellation);
                seen++;
            }
            catch (Exception exception) when (StripeFailure.Of(exception, cancellation) is { } failure)
            {
                NotSeen(logger, customer.StripeId, failure.Code);
            }
        }

        return seen;
    }

    private sealed record Due(string StripeId, string IntegrationId, string OrganizationId, string AccountId, bool Livemode, string SecretKey)
    {
        public StripeKeys Keys => new(IntegrationId, OrganizationId, AccountId, Livemode, SecretKey) { InBackground = true };
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Stripe could not be asked about the payment methods of {Customer}: {Code}")]
    private static partial void NotSeen(ILogger logger, string customer, string code);
}
