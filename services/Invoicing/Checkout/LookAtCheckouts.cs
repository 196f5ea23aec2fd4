using Marketplace.Storage;

namespace Marketplace.Invoicing;

/// <summary>The guarantee behind webhooks and returning browsers: every open checkout is asked about until it is over, at first after a minute, then in
/// doubling intervals up to half an hour. In real time, not the test clock's: what it waits for happens in another system.</summary>
public sealed partial class LookAtCheckouts(FollowCheckout follow, Database database, ILogger<LookAtCheckouts> logger)
{
    private const int BatchSize = 20;

    /// <summary>Looks at one batch; how many were seen. One that could not be looked at stops no other.</summary>
    public async Task<int> Run(CancellationToken cancellation)
    {
        // Moving the date is the claim: another process, or a crash here, leaves them for the next time.
        var due = await database.Query<Due>(
            """
            update checkout_sessions s set looks = looks + 1, look_at = now() + least(interval '30 minutes', interval '1 minute' * power(2, least(s.looks, 5)))
            from billing_integrations i, stripe_objects o
            where i.id = s.integration_id and o.our_id = s.id and o.integration_id = i.id and s.id in (
                select d.id from checkout_sessions d join billing_integrations q on q.id = d.integration_id
                where d.status = 'open' and d.look_at <= now() and q.queue_status = 'running' and q.deleted_at is null
                order by d.look_at limit @BatchSize for update of d skip locked)
            returning s.id as session_id, o.stripe_id, i.id as integration_id, i.organization_id, i.account_id, i.livemode, i.secret_key
            """, new { BatchSize }, cancellation);
        var seen = await Task.WhenAll(due.Select(session => Look(session, cancellation)));
        return seen.Count(session => session);
    }

    private async Task<bool> Look(Due due, CancellationToken cancellation)
    {
        try
        {
            await follow.Look((await CheckoutSession.Find(database, due.SessionId, cancellation))!, due.StripeId, due.Keys, cancellation);
            return true;
        }
        catch (Exception exception) when (StripeFailure.Of(exception, cancellation) is { } failure)
        {
            NotSeen(logger, due.SessionId, failure.Code);
            return false;
        }
        catch (Exception exception) when (!cancellation.IsCancellationRequested)
        {
            Broken(logger, due.SessionId, exception);
            return false;
        }
    }

    private sealed record Due(string SessionId, string StripeId, string IntegrationId, string OrganizationId, string AccountId, bool Livemode, string SecretKey)
    {
        public StripeKeys Keys => new(IntegrationId, OrganizationId, AccountId, Livemode, SecretKey) { InBackground = true };
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Stripe could not be asked about checkout {Session}: {Code}")]
    private static partial void NotSeen(ILogger logger, string session, string code);

    [LoggerMessage(Level = LogLevel.Error, Message = "Looking at checkout {Session} met a defect of ours")]
    private static partial void Broken(ILogger logger, string session, Exception exception);
}
