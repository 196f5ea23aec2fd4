using System.Diagnostics;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;

namespace Marketplace.Invoicing;

/// <summary>The queue of everything that is sent to Stripe: a lane per consumer organization within an integration.</summary>
public sealed class JobQueue(Database database, StripeRates rates, TimeProvider clock, Wakeups wakeups)
{
    // As many lanes of one integration at once, all processes together, as keep its account busy when an answer takes a second; beyond these numbers another
    // integration's jobs are worth more.
    private const int FewestLanes = 4;
    private const int MostLanes = 64;

    /// <summary>How long a claim holds without being renewed, in real time: the test clock may jump while a call is under way. A killed process's
    /// jobs go on after this.</summary>
    public static readonly TimeSpan LeaseTime = TimeSpan.FromSeconds(15);

    private static readonly string[] AccountWide = ["key_revoked", "permission_missing"];

    /// <summary>Sets a stuck job going again from <c>@Now</c> on, its attempts and the time that they may take counted anew; what failed for good needs a key of its own, because the old one repeats the failure.</summary>
    public const string TriedAnew = "status = 'waiting', attempts = 0, first_attempt_at = null, next_attempt_at = @Now, fresh_key = fresh_key or status = 'failed', error_code = null, error = null";

    /// <summary>Holds for a job <c>j</c> that is under way: it waits or is carried out, so does the head of its lane, and its queue is not paused. What waits behind a stuck head or in a
    /// paused queue stands still until a person sets that going.</summary>
    public const string UnderWay =
        """
        (j.status in ('waiting', 'running')
            and exists (select from stripe_jobs h where h.integration_id = j.integration_id and h.lane = j.lane and h.head and h.status in ('waiting', 'running'))
            and exists (select from billing_integrations q where q.id = j.integration_id and q.queue_status = 'running'))
        """;

    private const string Columns = "id, integration_id, lane, kind, subject_id, attempts, key_generation, fresh_key, lease, first_attempt_at, trace_parent, created_at";

    /// <summary>What claims. It reads the heads' index and the integrations that have heads, and nothing of what waits behind heads or is finished.</summary>
    public const string ClaimStatement =
        $"""
        with recursive busy as (
            (select integration_id from stripe_jobs where head and status in ('waiting', 'running') order by integration_id limit 1)
            union all
            select (select j.integration_id from stripe_jobs j
                where j.head and j.status in ('waiting', 'running') and j.integration_id > b.integration_id order by j.integration_id limit 1)
            from busy b where b.integration_id is not null),
        room as (
            select i.id, u.running, case when i.livemode then @LiveLanes else @TestLanes end - u.running as free
            from busy b join billing_integrations i on i.id = b.integration_id
                cross join lateral (select count(*)::int as running from stripe_jobs r where r.integration_id = i.id and r.lease_until > now()) u
            where i.queue_status = 'running' and not exists (
                select from stripe_rates s where s.account_id = i.account_id and s.livemode = i.livemode and s.paused_until > clock_timestamp())),
        due as (
            select h.*, room.running + row_number() over (partition by room.id order by h.next_attempt_at, h.position) as turn
            from room cross join lateral (
                select j.id, j.next_attempt_at, j.position from stripe_jobs j
                where j.integration_id = room.id and j.head and j.status in ('waiting', 'running') and j.next_attempt_at <= @Now and (j.lease_until is null or j.lease_until < now())
                order by j.next_attempt_at, j.position limit greatest(0, least(room.free, @most)) for update skip locked) h)
        update stripe_jobs set status = 'running', lease = lease + 1, lease_until = now() + @LeaseTime, first_attempt_at = coalesce(first_attempt_at, @Now)
        where id in (select id from due order by turn, next_attempt_at, position limit @most)
        returning {Columns}
        """;

    /// <summary>Adds a job behind all others of its lane, in the caller's transaction. Whoever adds to a lane or takes from it holds its row until commit, so
    /// that positions follow commit order and its first job is its head. A job that is there already stays as it is. Where an earlier job of the subject finished or was removed, the new one counts as
    /// claimed before: what that one made at Stripe is looked up before anything is made. Where a system of the provider's own charges there is no Stripe and so no job.
    /// A deleted integration takes no job, and none is deleted while a job is being added: the row that is read here is the one that a deletion holds alone.</summary>
    /// <returns>False where the integration is deleted: nobody will ever carry this out.</returns>
    public async Task<bool> Enqueue(Transaction transaction, string integrationId, string organizationId, string kind, string subjectId, CancellationToken cancellation)
    {
        var lane = await transaction.QueryOne<string>(
            "select case when billing_model = 'custom' then '' when lanes = 1 then '*' else @organizationId end from billing_integrations where id = @integrationId and deleted_at is null for key share",
            new { integrationId, organizationId }, cancellation);
        if (lane is null or "")
        {
            return lane is not null;
        }

        await transaction.Execute(
            """
            insert into stripe_lanes (integration_id, lane) values (@integrationId, @lane) on conflict do nothing;
            select from stripe_lanes where integration_id = @integrationId and lane = @lane for no key update
            """, new { integrationId, lane }, cancellation);
        await transaction.Execute(
            """
            insert into stripe_jobs (id, integration_id, lane, organization_id, kind, subject_id, next_attempt_at, lease, trace_parent, created_at, head)
            values (@Id, @integrationId, @lane, @organizationId, @kind, @subjectId, @Now,
                (select count(*) from (select from stripe_jobs_done where subject_id = @subjectId limit 1) earlier)::int, @Trace, @Now,
                not exists (select from stripe_jobs e where e.integration_id = @integrationId and e.lane = @lane)) on conflict (kind, subject_id) do nothing
            """,
            new { Id = Ids.New("job", clock), integrationId, lane, organizationId, kind, subjectId, Now = clock.GetUtcNow(), Trace = Activity.Current?.Id }, cancellation);
        return true;
    }

    /// <summary>Holds the lanes of several organizations, in the one order, for a write that adds to more than one of them.</summary>
    /// <param name="lane">One more, such as that of the job which is carried out.</param>
    public async Task Hold(Transaction transaction, string integrationId, IEnumerable<string> organizationIds, CancellationToken cancellation, string? lane = null)
    {
        var wanted = new { integrationId, organizations = organizationIds.Distinct().ToArray(), lane };
        const string Of = "(select distinct case when i.lanes = 1 then '*' else o end as lane from billing_integrations i, unnest(@organizations) o where i.id = @integrationId and i.billing_model <> 'custom')";
        await transaction.Execute(
            $"""
            insert into stripe_lanes (integration_id, lane) select @integrationId, w.lane from {Of} w order by w.lane on conflict do nothing;
            select from stripe_lanes where integration_id = @integrationId and (lane = @lane or lane in {Of}) order by lane for no key update
            """, wanted, cancellation);
    }

    /// <summary>Lets the dispatcher look for jobs now.</summary>
    public void Wake() => wakeups.Wake(JobDispatcher.Name);

    /// <summary>Claims the head of some lane, or null when nothing is due.</summary>
    public async Task<StripeJob?> Claim(CancellationToken cancellation) => (await Claim(1, cancellation)).SingleOrDefault();

    /// <summary>Claims up to so many heads of lanes whose time has come, which nobody holds, and whose integration is not paused. Integrations take turns, the one with the
    /// fewest running first. What waits behind heads is not looked at, so a claim costs the same however much that is.</summary>
    public Task<IReadOnlyList<StripeJob>> Claim(int most, CancellationToken cancellation) => database.Query<StripeJob>(
        ClaimStatement, new { Now = clock.GetUtcNow(), LeaseTime, LiveLanes = Lanes(true), TestLanes = Lanes(false), most }, cancellation);

    /// <summary>Keeps a claim for as long as its worker lives; a lost one stays lost.</summary>
    public Task Renew(StripeJob job, CancellationToken cancellation) => database.Execute(
        "update stripe_jobs set lease_until = now() + @LeaseTime where id = @Id and lease = @Lease and status = 'running'", new { LeaseTime, job.Id, job.Lease }, cancellation);

    /// <summary>When the next head falls due; jobs being carried out are due now.</summary>
    public Task<DateTimeOffset?> NextDue(CancellationToken cancellation) => database.QueryOne<DateTimeOffset?>(
        """
        select min(h.next_attempt_at) from billing_integrations i cross join lateral (
            select j.next_attempt_at from stripe_jobs j where j.integration_id = i.id and j.head and j.status in ('waiting', 'running') order by j.next_attempt_at limit 1) h
        where i.queue_status = 'running'
        """, null, cancellation);

    /// <summary>Whether a subject has a job that is under way.</summary>
    public Task<bool> IsUnderWay(string kind, string subjectId, CancellationToken cancellation) => Has(kind, subjectId, UnderWay, cancellation);

    /// <summary>Whether a subject has a job that stands still. One that has just finished does not.</summary>
    public Task<bool> StandsStill(string kind, string subjectId, CancellationToken cancellation) => Has(kind, subjectId, $"not {UnderWay}", cancellation);

    /// <summary>Takes a finished job out of the queue, in the transaction that applies its result; the next one of its lane is the head. The caller has
    /// locked the subject first.</summary>
    /// <exception cref="LeaseLostException">Another worker holds the job now; nothing may be applied.</exception>
    public async Task Finish(Transaction transaction, StripeJob job, CancellationToken cancellation)
    {
        await transaction.Execute("select from stripe_lanes where integration_id = @IntegrationId and lane = @Lane for no key update", job, cancellation);
        var left = await transaction.Execute(
            """
            with gone as (delete from stripe_jobs where id = @Id and lease = @Lease and status = 'running' returning *),
            next as (update stripe_jobs set head = true where id = (
                select n.id from stripe_jobs n join gone g on n.integration_id = g.integration_id and n.lane = g.lane and n.position > g.position order by n.position limit 1))
            insert into stripe_jobs_done (id, integration_id, lane, organization_id, kind, subject_id, outcome, attempts, error_code, error, created_at, finished_at)
            select id, integration_id, lane, organization_id, kind, subject_id, 'finished', attempts + 1, error_code, error, created_at, @Now from gone
            """, new { job.Id, job.Lease, Now = clock.GetUtcNow() }, cancellation);
        if (left == 0)
        {
            throw new LeaseLostException(job.Id);
        }
    }

    /// <summary>Gives a job back that could not go on because its account goes too fast; it keeps its attempts, and is claimed again when the account may be asked again.</summary>
    public async Task PutBack(StripeJob job, StripeFailure failure, CancellationToken cancellation)
    {
        var changed = await database.Execute(
            """
            update stripe_jobs set status = 'waiting', lease_until = null, error_code = @Code, error = @Detail where id = @Id and lease = @Lease and status = 'running'
            """, new { failure.Code, failure.Detail, job.Id, job.Lease }, cancellation);
        if (changed == 0)
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
    public async Task<bool> Pause(StripeKeys keys, StripeFailure failure, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var paused = await Pause(transaction, keys, failure, cancellation);
        await transaction.Commit(cancellation);
        return paused;
    }

    /// <summary>The same inside a write, which a new key waits for: whoever brings that finds what the write stopped. Integrations are held before anything of theirs.</summary>
    internal static async Task<bool> Pause(Transaction transaction, StripeKeys keys, StripeFailure failure, CancellationToken cancellation) => await transaction.Execute(
        "update billing_integrations set queue_status = 'paused', queue_error = @Error where id = @IntegrationId and secret_key = @SecretKey",
        new { Error = $"{failure.Code}: {failure.Detail}", keys.IntegrationId, keys.SecretKey }, cancellation) == 1;

    /// <summary>Makes stuck jobs of an integration due now, with all their attempts ahead of them, and lets a paused queue run.</summary>
    /// <param name="onlyAccountWide">Only those that a refused key or a missing permission stopped.</param>
    /// <param name="caller">Who asked for it by hand, for the audit log.</param>
    /// <returns>How many jobs were stuck, or −1 when none was and the queue was not paused.</returns>
    public async Task<int> Resume(string integrationId, bool onlyAccountWide, CancellationToken cancellation, Caller? caller = null)
    {
        await using var transaction = await database.Begin(cancellation);
        // The integration first, also where it is not paused yet: a job that is being stopped for the old key is stopped before its jobs are looked at.
        var paused = await transaction.QueryOne<string>("select queue_status from billing_integrations where id = @integrationId for no key update", new { integrationId }, cancellation) == "paused";
        var resumed = !paused ? 0 : await transaction.Execute(
            "update billing_integrations set queue_status = 'running', queue_error = null where id = @integrationId", new { integrationId }, cancellation);
        var fired = await Fire(transaction, integrationId, null, onlyAccountWide ? AccountWide : null, cancellation);
        if (caller is not null && fired + resumed > 0)
        {
            var owner = await transaction.QueryOne<string>("select organization_id from billing_integrations where id = @integrationId", new { integrationId }, cancellation);
            await transaction.Record(caller, "stripe_jobs.retried", owner, integrationId, new { Stuck = fired, Paused = resumed > 0 }, new { Stuck = 0, Paused = false }, cancellation);
        }

        await transaction.Commit(cancellation);
        Wake();
        return fired == 0 && resumed == 0 ? -1 : fired;
    }

    /// <summary>Holds an invoice together with those of its lane that <see cref="Fire"/> sets going, in the order in which everyone locks invoices.</summary>
    public Task<int> HoldInvoices(Transaction transaction, string invoiceId, CancellationToken cancellation) => transaction.Execute(
        """
        select from invoices where id = @invoiceId or (level = 'error' and id in (select b.subject_id from stripe_jobs j
            join stripe_jobs b on b.integration_id = j.integration_id and b.lane = j.lane where j.subject_id = @invoiceId)) order by id for no key update
        """, new { invoiceId }, cancellation);

    /// <summary>Makes stuck jobs of the lane that a subject's job stands in, or of all lanes, due now inside a write, and their lanes' invoices pending
    /// again; how many.</summary>
    /// <param name="codes">Only those that stopped with one of these; null for all.</param>
    public async Task<int> Fire(Transaction transaction, string integrationId, string? subjectId, string[]? codes, CancellationToken cancellation)
    {
        const string InLane = "(@subjectId::text is null or lane in (select lane from stripe_jobs where integration_id = @integrationId and subject_id = @subjectId))";
        var stuck = new { integrationId, subjectId, codes, Now = clock.GetUtcNow() };
        // Invoices, lanes, jobs: the order in which everyone locks them.
        var invoices = await transaction.Query<string>(
            $"""
            select id from invoices where level = 'error'
                and id in (select subject_id from stripe_jobs where integration_id = @integrationId and {InLane}) order by id for no key update
            """, stuck, cancellation);
        await transaction.Execute(
            $"""
            select from stripe_lanes where integration_id = @integrationId and lane in (select lane from stripe_jobs
                where integration_id = @integrationId and {InLane} and status in ('blocked', 'failed')) order by lane for no key update
            """, stuck, cancellation);
        var lanes = await transaction.Query<string>(
            $"""
            update stripe_jobs set {TriedAnew}
            where integration_id = @integrationId and {InLane} and status in ('blocked', 'failed')
              and (@codes::text[] is null or error_code = any(@codes))
            returning lane
            """, stuck, cancellation);
        await transaction.Execute(
            """
            update invoices set level = 'pending', reasons = '[]' where id = any(@invoices)
                and id in (select subject_id from stripe_jobs where integration_id = @integrationId and lane = any(@lanes))
            """, new { invoices = invoices.ToArray(), lanes = lanes.ToArray(), integrationId }, cancellation);
        return lanes.Count;
    }

    private Task<bool> Has(string kind, string subjectId, string which, CancellationToken cancellation) => database.QueryOne<bool>(
        $"select exists (select from stripe_jobs j where j.kind = @kind and j.subject_id = @subjectId and {which})", new { kind, subjectId }, cancellation);

    private int Lanes(bool livemode) => Math.Clamp(rates.Limit(livemode), FewestLanes, MostLanes);
}
