using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Npgsql;

namespace Marketplace.Invoicing;

/// <summary>A comparison of what Stripe has for a billing integration with our books.</summary>
/// <param name="Since">What was created at Stripe since then is compared, whatever its state.</param>
/// <param name="Lease">Number of this claim: a worker whose claim is no longer the last one writes no progress.</param>
public sealed record ReconciliationRun(string Id, string IntegrationId, DateTimeOffset Since, int Attempts, int Lease, DateTimeOffset CreatedAt)
{
    /// <summary>The columns of a row, for every select.</summary>
    public const string Columns = "id, integration_id, since, attempts, lease, created_at";

    /// <summary>How long Stripe lists events, and how far back a first run looks.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(30);

    /// <summary>How long a claim holds without being renewed, in real time. What a killed process had under way goes on after this.</summary>
    public static readonly TimeSpan LeaseTime = TimeSpan.FromSeconds(15);

    // Clocks differ, and what was made while the run before began may have been listed by neither.
    private static readonly TimeSpan Overlap = TimeSpan.FromHours(1);

    /// <summary>Starts a run unless one is at work for the integration: a unique index decides. Its id, or null.</summary>
    /// <param name="since">How far back it is to look; null for the time up to which the runs before have seen everything, at most 30 days.</param>
    /// <param name="caller">Who asked for it; null for the schedule.</param>
    public static async Task<string?> Start(
        Transaction transaction, BillingIntegration integration, IEnumerable<IReconciliationStep> steps, DateTimeOffset? since, Caller? caller, DateTimeOffset now, string id, CancellationToken cancellation)
    {
        var from = since ?? await Unseen(transaction, integration, now, cancellation);
        var added = await transaction.Execute(
            """
            insert into reconciliation_runs (id, integration_id, organization_id, trigger, requested_by, since, created_at)
            values (@id, @Integration, @OrganizationId, @Trigger, @Caller, @from, @now) on conflict (integration_id) where state = 'running' do nothing
            """,
            new { id, Integration = integration.Id, integration.OrganizationId, Trigger = caller is null ? "schedule" : "demand", Caller = caller?.UserId, from, now }, cancellation);
        if (added == 0)
        {
            return null;
        }

        var names = steps.Where(step => step.Concerns(integration)).Select(step => step.Name).ToArray();
        await transaction.Execute(
            "insert into reconciliation_steps (run_id, position, name) select @id, place, name from unnest(@names) with ordinality as step (name, place)", new { id, names }, cancellation);
        return id;
    }

    // From when on no finished run has seen what happened: one that looked back less far than the one before it leaves a gap, and one that could not list events saw none. Neither counts, nor does one of which a step failed.
    private static async Task<DateTimeOffset> Unseen(Transaction transaction, BillingIntegration integration, DateTimeOffset now, CancellationToken cancellation)
    {
        var oldest = now - Longest;
        var finished = await transaction.Query<(DateTimeOffset Since, DateTimeOffset CreatedAt)>(
            """
            select r.since, r.created_at from reconciliation_runs r where r.integration_id = @Id and r.state = 'finished' and r.created_at > @oldest
                and not exists (select from reconciliation_steps s where s.run_id = r.id and s.name = @Events and s.state = 'skipped')
            order by r.created_at
            """, new { integration.Id, oldest, Events = HandOverEvents.StepName }, cancellation);
        var seen = finished.Aggregate(oldest, (seen, run) => run.Since <= seen ? run.CreatedAt : seen);
        return seen - Overlap > oldest ? seen - Overlap : oldest;
    }

    /// <summary>Claims the run whose turn it is, or null.</summary>
    public static Task<ReconciliationRun?> Claim(Database database, CancellationToken cancellation) => database.QueryOne<ReconciliationRun>(
        $"""
        update reconciliation_runs set lease = lease + 1, lease_until = now() + @LeaseTime where id = (
            select id from reconciliation_runs where state = 'running' and next_attempt_at <= now() and (lease_until is null or lease_until < now())
            order by next_attempt_at limit 1 for update skip locked)
        returning {Columns}
        """, new { LeaseTime }, cancellation);

    /// <summary>Keeps the claim until cancelled; a lost one stays lost.</summary>
    public async Task KeepClaim(Database database, CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(LeaseTime / 3, TimeProvider.System);
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                await timer.WaitForNextTickAsync(cancellation);
                await database.Execute(
                    "update reconciliation_runs set lease_until = now() + @LeaseTime where id = @Id and lease = @Lease and state = 'running'", new { LeaseTime, Id, Lease }, cancellation);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
            catch (NpgsqlException exception) when (exception.IsTransient)
            {
                // The next tick tries again; should the claim be lost meanwhile, no progress can be written.
            }
        }
    }

    /// <summary>Gives the claim back with what came of it, inside a write.</summary>
    /// <param name="wait">When it goes on; null for at once.</param>
    /// <exception cref="LeaseLostException">Another worker has claimed the run meanwhile; nothing may be written.</exception>
    public async Task Leave(
        Transaction transaction, string state, int attempts, TimeSpan? wait, StripeFailure? failure, DateTimeOffset now, CancellationToken cancellation)
    {
        var left = await transaction.Execute(
            """
            update reconciliation_runs set state = @state, attempts = @attempts, next_attempt_at = now() + @Wait, lease_until = null, error_code = @Code, error = @Detail,
                finished_at = case when @state = 'running' then null else @now end
            where id = @Id and lease = @Lease and state = 'running'
            """, new { Id, Lease, state, attempts, Wait = wait ?? TimeSpan.Zero, failure?.Code, failure?.Detail, now }, cancellation);
        if (left == 0)
        {
            throw new LeaseLostException(Id);
        }
    }
}
