using Marketplace.ServiceDefaults;
using Marketplace.Storage;

namespace Marketplace.Invoicing;

/// <summary>Takes jobs out of a queue that nobody is to carry out, and leaves nothing open that waited for one: invoices show an error, credit notes have failed, refunds
/// may be repeated again, and what was to begin at Stripe begins at a checkout.</summary>
public static class DropJobs
{
    /// <summary>Somebody removed the job.</summary>
    public static readonly (string Type, string Detail) Removed = ("job_removed", "Its job was removed from the queue.");

    /// <summary>There is no key any more to carry it out with.</summary>
    public static readonly (string Type, string Detail) Deleted = ("billing_integration_deleted", "Its billing integration was deleted before Stripe had it.");

    /// <summary>Takes one job of an integration, or all of them, out of its queue; those that are being carried out stay.</summary>
    /// <param name="caller">Who asked; null for the system itself.</param>
    /// <param name="why">What their subjects tell from now on.</param>
    /// <returns>The subjects of the jobs that are gone, and how many jobs are being carried out.</returns>
    public static async Task<(IReadOnlyList<string> Subjects, int Running)> Run(
        string id, string? jobId, Caller? caller, (string Type, string Detail) why, Database database, TimeProvider clock, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        await using var transaction = await database.Begin(cancellation);
        // Subscriptions, invoices, then lanes, then jobs: the order in which workers lock them.
        await transaction.Query<string>(
            """
            select id from stripe_subscriptions where stored_method and id in (
                select subject_id from stripe_jobs where integration_id = @id and (@jobId::text is null or id = @jobId)) order by id for no key update
            """, new { id, jobId }, cancellation);
        await transaction.Query<string>(
            """
            with subjects as (select subject_id from stripe_jobs where integration_id = @id and (@jobId::text is null or id = @jobId))
            select id from invoices where id in (select subject_id from subjects union all select invoice_id from credit_notes where id in (select subject_id from subjects)
                union all select invoice_id from refunds where id in (select subject_id from subjects))
            order by id for no key update
            """,
            new { id, jobId }, cancellation);
        var lanes = (await transaction.Query<string>(
            """
            select lane from stripe_lanes where integration_id = @id
                and lane in (select lane from stripe_jobs where integration_id = @id and (@jobId::text is null or id = @jobId)) order by lane for no key update
            """, new { id, jobId }, cancellation)).ToArray();
        var subjects = await transaction.Query<string>(
            """
            with gone as (delete from stripe_jobs
                where integration_id = @id and lane = any(@lanes) and (@jobId::text is null or id = @jobId) and status <> 'running' returning *),
            kept as (insert into stripe_jobs_done (id, integration_id, lane, organization_id, kind, subject_id, outcome, attempts, error_code, error, created_at, finished_at)
                select id, integration_id, lane, organization_id, kind, subject_id, 'removed', attempts, error_code, error, created_at, @now from gone)
            select subject_id from gone
            """, new { id, jobId, lanes, now }, cancellation);
        await transaction.Execute(
            """
            update stripe_jobs j set head = true where j.integration_id = @id and j.lane = any(@lanes) and not j.head
                and not exists (select from stripe_jobs e where e.integration_id = j.integration_id and e.lane = j.lane and e.position < j.position)
            """, new { id, lanes }, cancellation);
        await Invoice.SetLevel(transaction, subjects, InvoiceLevel.Error, new(why.Type, why.Detail, now), cancellation);
        // A pending note reserves its amount; without its job nothing would ever end it. One that an attempt did make at Stripe is issued as soon as that is heard.
        var dropped = new { Gone = subjects.ToArray(), Failure = $"{why.Type}: {why.Detail}" };
        var kept = await transaction.Query<string>(
            "update credit_notes set status = 'failed', failure = @Failure where id = any(@Gone) and status = 'pending' returning invoice_id", dropped, cancellation);
        foreach (var invoice in kept.Distinct().Order(StringComparer.Ordinal))
        {
            await TakenBack.Tell(transaction, invoice, cancellation);
        }

        await transaction.Execute("update refunds set repeated_at = null, repeat_failure = @Failure where id = any(@Gone) and repeated_at is not null", dropped, cancellation);
        // What no job begins any more begins at a checkout.
        await transaction.Execute(
            """
            update stripe_subscriptions set stored_method = false, version = version + 1 where id = any(@Gone) and stored_method and status = 'awaiting'
                and not exists (select from stripe_jobs where kind = 'create_subscription' and subject_id = stripe_subscriptions.id)
            """, new { Gone = subjects.ToArray() }, cancellation);
        if (subjects.Count > 0)
        {
            var owner = await transaction.QueryOne<string>("select organization_id from billing_integrations where id = @id", new { id }, cancellation);
            await transaction.Record(caller, "stripe_jobs.removed", owner, id, new { jobId, subjects, why = why.Type }, null, cancellation);
        }

        var running = await transaction.QueryOne<int>(
            "select count(*)::int from stripe_jobs where integration_id = @id and (@jobId::text is null or id = @jobId) and status = 'running'", new { id, jobId }, cancellation);
        await transaction.Commit(cancellation);
        return (subjects, running);
    }
}
