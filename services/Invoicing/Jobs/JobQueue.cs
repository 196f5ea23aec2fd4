using System.Diagnostics;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;

namespace Marketplace.Invoicing;

/// <summary>One call, or short series of calls, to Stripe.</summary>
/// <param name="Lane">The consumer organization, or <c>*</c> where the integration has one lane; strict order inside it.</param>
/// <param name="Kind"><c>create_customer</c>, <c>issue_invoice</c> or <c>void_invoice</c>.</param>
/// <param name="SubjectId">Our customer or invoice.</param>
/// <param name="Attempts">Failed attempts so far.</param>
/// <param name="KeyGeneration">Which idempotency key is in use: a new one only after it was looked up that the old one made nothing.</param>
/// <param name="FreshKey">The old key would only repeat a recorded failure.</param>
/// <param name="Lease">Number of this claim: a worker whose claim is no longer the last one cannot apply its result.</param>
public sealed record StripeJob(
    string Id, string IntegrationId, string Lane, string Kind, string SubjectId, int Attempts, int KeyGeneration, bool FreshKey, int Lease,
    DateTimeOffset FirstAttemptAt, string? TraceParent, DateTimeOffset CreatedAt)
{
    /// <summary>Create the consumer organization's customer.</summary>
    public const string CreateCustomer = "create_customer";

    /// <summary>Create, fill and finalize an invoice.</summary>
    public const string IssueInvoice = "issue_invoice";

    /// <summary>Void an invoice that is not paid.</summary>
    public const string VoidInvoice = "void_invoice";

    /// <summary>Whether an earlier claim may have reached Stripe, so that what it made must be looked up before anything is made.</summary>
    public bool MayHaveRun => Lease > 1;

    /// <summary>The idempotency key of one step of the job.</summary>
    public string Key(string step) => KeyGeneration == 0 ? $"{Id}/{step}" : $"{Id}/{KeyGeneration}/{step}";
}

/// <summary>Another worker has claimed the job meanwhile: what this one found out is not applied.</summary>
public sealed class LeaseLostException(string job) : Exception($"The lease of {job} is lost.");

/// <summary>The queue of everything that is sent to Stripe: a lane per consumer organization within an integration.</summary>
public sealed class JobQueue(Database database, TimeProvider clock, Wakeups wakeups)
{
    /// <summary>How many workers this process has; a slow account holds at most <see cref="LanesPerIntegration"/> of them.</summary>
    public const int Workers = 8;

    /// <summary>How many lanes of one integration run at once, all processes together.</summary>
    public const int LanesPerIntegration = 4;

    /// <summary>How long a claim holds without being renewed, in real time: the test clock may jump while a call is under way. A killed process's
    /// jobs go on after this.</summary>
    public static readonly TimeSpan LeaseTime = TimeSpan.FromSeconds(15);

    private const string Columns = "id, integration_id, lane, kind, subject_id, attempts, key_generation, fresh_key, lease, first_attempt_at, trace_parent, created_at";

    // A job may run when its time has come, nobody holds it, its integration is not paused, and nothing stands before it in its lane.
    private const string Head =
        """
        j.status in ('waiting', 'running') and i.queue_status = 'running'
        and not exists (select from stripe_jobs e where e.integration_id = j.integration_id and e.lane = j.lane and e.position < j.position)
        """;

    /// <summary>The name of a worker's timer.</summary>
    public static string WorkerName(int number) => $"stripe-jobs-{number}";

    /// <summary>Adds a job behind all others of its lane, in the caller's transaction. Whoever adds to a lane holds it until commit, so that positions
    /// follow commit order. A job that is there already stays as it is. Where an earlier job of the subject finished or was removed, the new one counts as
    /// claimed before: what that one made at Stripe is looked up before anything is made.</summary>
    public async Task Enqueue(Transaction transaction, string integrationId, string organizationId, string kind, string subjectId, CancellationToken cancellation)
    {
        var lane = await transaction.QueryOne<string>(
            "select case when lanes = 1 then '*' else @organizationId end from billing_integrations where id = @integrationId", new { integrationId, organizationId }, cancellation);
        await transaction.Execute("select pg_advisory_xact_lock(hashtextextended(@lane, 11))", new { lane = $"{integrationId}/{lane}" }, cancellation);
        await transaction.Execute(
            """
            insert into stripe_jobs (id, integration_id, lane, organization_id, kind, subject_id, next_attempt_at, lease, trace_parent, created_at)
            values (@Id, @integrationId, @lane, @organizationId, @kind, @subjectId, @Now,
                (select count(*) from (select from stripe_jobs_done where subject_id = @subjectId limit 1) earlier)::int, @Trace, @Now) on conflict (kind, subject_id) do nothing
            """,
            new { Id = Ids.New("job", clock), integrationId, lane, organizationId, kind, subjectId, Now = clock.GetUtcNow(), Trace = Activity.Current?.Id }, cancellation);
    }

    /// <summary>Lets the workers look for jobs now.</summary>
    public void Wake()
    {
        for (var number = 0; number < Workers; number++)
        {
            wakeups.Wake(WorkerName(number));
        }
    }

    /// <summary>Claims the head of some lane for one worker, or null when nothing is due.</summary>
    public Task<StripeJob?> Claim(CancellationToken cancellation) => database.QueryOne<StripeJob>(
        $"""
        update stripe_jobs set status = 'running', lease = lease + 1, lease_until = now() + @LeaseTime, first_attempt_at = coalesce(first_attempt_at, @Now)
        where id = (
            select j.id from stripe_jobs j join billing_integrations i on i.id = j.integration_id
            where j.next_attempt_at <= @Now and (j.lease_until is null or j.lease_until < now()) and {Head}
              and j.integration_id not in (select integration_id from stripe_jobs where lease_until > now() group by integration_id having count(*) >= @LanesPerIntegration)
            order by j.next_attempt_at, j.position limit 1 for update of j skip locked)
        returning {Columns}
        """, new { Now = clock.GetUtcNow(), LeaseTime, LanesPerIntegration }, cancellation);

    /// <summary>Keeps a claim for as long as its worker lives; a lost one stays lost.</summary>
    public Task Renew(StripeJob job, CancellationToken cancellation) => database.Execute(
        "update stripe_jobs set lease_until = now() + @LeaseTime where id = @Id and lease = @Lease and status = 'running'", new { LeaseTime, job.Id, job.Lease }, cancellation);

    /// <summary>When the next head falls due; jobs being carried out are due now.</summary>
    public Task<DateTimeOffset?> NextDue(CancellationToken cancellation) => database.QueryOne<DateTimeOffset?>(
        $"select min(j.next_attempt_at) from stripe_jobs j join billing_integrations i on i.id = j.integration_id where {Head}", null, cancellation);

    /// <summary>Takes a finished job out of the queue, in the transaction that applies its result; the caller has locked the subject first.</summary>
    /// <exception cref="LeaseLostException">Another worker holds the job now; nothing may be applied.</exception>
    public async Task Finish(Transaction transaction, StripeJob job, CancellationToken cancellation)
    {
        var left = await transaction.Execute(
            """
            with gone as (delete from stripe_jobs where id = @Id and lease = @Lease and status = 'running' returning *)
            insert into stripe_jobs_done (id, integration_id, lane, kind, subject_id, outcome, attempts, created_at, finished_at)
            select id, integration_id, lane, kind, subject_id, 'finished', attempts + 1, created_at, @Now from gone
            """, new { job.Id, job.Lease, Now = clock.GetUtcNow() }, cancellation);
        if (left == 0)
        {
            throw new LeaseLostException(job.Id);
        }
    }

    /// <summary>Moves on to a new idempotency key after the lookup found that the old one made nothing.</summary>
    public async Task<StripeJob> UseFreshKey(StripeJob job, CancellationToken cancellation)
    {
        var changed = await database.Execute(
            "update stripe_jobs set key_generation = key_generation + 1, fresh_key = false where id = @Id and lease = @Lease", job, cancellation);
        return changed == 1 ? job with { KeyGeneration = job.KeyGeneration + 1, FreshKey = false } : throw new LeaseLostException(job.Id);
    }

    /// <summary>Stops an integration's whole queue because Stripe refuses its key; false when the key is no longer the one that was refused.</summary>
    public async Task<bool> Pause(StripeKeys keys, StripeFailure failure, CancellationToken cancellation) => await database.Execute(
        "update billing_integrations set queue_status = 'paused', queue_error = @Error where id = @IntegrationId and secret_key = @SecretKey",
        new { Error = $"{failure.Code}: {failure.Detail}", keys.IntegrationId, keys.SecretKey }, cancellation) == 1;

    /// <summary>Makes stuck jobs of an integration due now, with all their attempts ahead of them, and lets a paused queue run.</summary>
    /// <param name="onlyAccountWide">Only those that a refused key or a missing permission stopped.</param>
    /// <param name="caller">Who asked for it by hand, for the audit log.</param>
    /// <returns>How many jobs were stuck, or −1 when none was and the queue was not paused.</returns>
    public async Task<int> Resume(string integrationId, bool onlyAccountWide, CancellationToken cancellation, Caller? caller = null)
    {
        await using var transaction = await database.Begin(cancellation);
        var fired = await Fire(transaction, integrationId, null, onlyAccountWide, cancellation);
        var resumed = await transaction.Execute(
            "update billing_integrations set queue_status = 'running', queue_error = null where id = @integrationId and queue_status = 'paused'", new { integrationId }, cancellation);
        if (caller is not null && fired + resumed > 0)
        {
            var owner = await transaction.QueryOne<string>("select organization_id from billing_integrations where id = @integrationId", new { integrationId }, cancellation);
            await transaction.Record(caller, "stripe_jobs.retried", owner, integrationId, null, new { retried = fired, resumed = resumed > 0 }, cancellation);
        }

        await transaction.Commit(cancellation);
        Wake();
        return fired == 0 && resumed == 0 ? -1 : fired;
    }

    /// <summary>Makes stuck jobs of the lane that a subject's job stands in, or of all lanes, due now inside a write, and their lanes' invoices pending
    /// again; how many.</summary>
    public async Task<int> Fire(Transaction transaction, string integrationId, string? subjectId, bool onlyAccountWide, CancellationToken cancellation)
    {
        const string InLane = "(@subjectId::text is null or lane in (select lane from stripe_jobs where integration_id = @integrationId and subject_id = @subjectId))";
        var stuck = new { integrationId, subjectId, onlyAccountWide, Now = clock.GetUtcNow() };
        // Invoices before jobs: the order in which workers lock them.
        var invoices = await transaction.Query<string>(
            $"""
            select id from invoices where level = 'error'
                and id in (select subject_id from stripe_jobs where integration_id = @integrationId and {InLane}) order by id for no key update
            """, stuck, cancellation);
        var lanes = await transaction.Query<string>(
            $"""
            update stripe_jobs set status = 'waiting', attempts = 0, next_attempt_at = @Now, fresh_key = fresh_key or status = 'failed', error_code = null, error = null
            where integration_id = @integrationId and {InLane} and status in ('blocked', 'failed')
              and (not @onlyAccountWide or error_code in ('key_revoked', 'permission_missing'))
            returning lane
            """, stuck, cancellation);
        await transaction.Execute(
            """
            update invoices set level = 'pending', reasons = '[]' where id = any(@invoices)
                and id in (select subject_id from stripe_jobs where integration_id = @integrationId and lane = any(@lanes))
            """, new { invoices = invoices.ToArray(), lanes = lanes.ToArray(), integrationId }, cancellation);
        return lanes.Count;
    }
}
