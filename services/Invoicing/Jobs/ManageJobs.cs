using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Marketplace.Invoicing;

/// <summary>A job as operators see it.</summary>
/// <param name="Kind">What it does, such as <c>create_customer</c> or <c>issue_invoice</c>.</param>
/// <param name="OrganizationId">The consumer organization that it is about.</param>
/// <param name="SubjectId">Our customer or invoice.</param>
/// <param name="Status"><c>waiting</c>, <c>running</c>, <c>retrying</c>, <c>blocked</c> (Stripe stayed away) or <c>failed</c> (Stripe refused).</param>
/// <param name="NextAttemptAt">When it is tried next (UTC); null once it is stuck.</param>
/// <param name="Error">What went wrong last.</param>
public sealed record JobResponse(
    string Id, string Kind, string OrganizationId, string SubjectId, string Status, int Attempts, DateTimeOffset? NextAttemptAt, JobError? Error, DateTimeOffset CreatedAt);

/// <summary>Why a job did not succeed.</summary>
public sealed record JobError(string Code, string Detail);

/// <summary>How many jobs were removed, and how many stay because they are being carried out.</summary>
public sealed record ClearedJobsResponse(int Removed, int Running);

/// <summary>How many stuck jobs are tried again.</summary>
public sealed record RetriedJobsResponse(int Retried);

/// <summary>The queue of one integration: owners and administrators of the provider, and platform operators.</summary>
public static class ManageJobs
{
    private const string ShownStatus = "case when status = 'waiting' and attempts > 0 then 'retrying' else status end";
    private const string Columns = "id, position, kind, organization_id, subject_id, status, attempts, next_attempt_at, error_code, error, created_at";

    /// <summary><c>GET …/jobs</c>: in queue order, heads first; by status, kind and consumer organization.</summary>
    public static async Task<Results<Ok<Page<JobResponse>>, ProblemHttpResult>> List(
        string id, [FromQuery, AllowedValues(null, "waiting", "running", "retrying", "blocked", "failed")] string? status, [FromQuery, PlainText] string? kind,
        [FromQuery, PlainText] string? organizationId, [AsParameters] PageQuery page, Caller caller, Database database, CancellationToken cancellation)
    {
        if (BillingIntegration.Refuse(caller, await BillingIntegration.Find(database, id, cancellation), id) is { } refusal)
        {
            return refusal;
        }

        _ = long.TryParse(page.After, CultureInfo.InvariantCulture, out var after);
        var rows = await database.Query<Row>(
            $"""
            select {Columns} from stripe_jobs where integration_id = @id and position > @after and (@status::text is null or {ShownStatus} = @status)
                and (@kind::text is null or kind = @kind) and (@organizationId::text is null or organization_id = @organizationId)
            order by position limit @Take
            """, new { id, after, status, kind, organizationId, page.Take }, cancellation);
        return TypedResults.Ok(Page<Row>.Of(rows, page, row => row.Position.ToString(CultureInfo.InvariantCulture)).Select(Show));
    }

    /// <summary><c>GET …/jobs/{jobId}</c>.</summary>
    public static async Task<Results<Ok<JobResponse>, ProblemHttpResult>> Get(string id, string jobId, Caller caller, Database database, CancellationToken cancellation) =>
        BillingIntegration.Refuse(caller, await BillingIntegration.Find(database, id, cancellation), id) is { } refusal ? refusal
        : await database.QueryOne<Row>($"select {Columns} from stripe_jobs where integration_id = @id and id = @jobId", new { id, jobId }, cancellation) is { } row ? TypedResults.Ok(Show(row))
        : Problems.NoJob(jobId);

    /// <summary><c>DELETE …/jobs/{jobId}</c>: drops one job; its invoice stays a draft in error until it is retried.</summary>
    public static async Task<Results<NoContent, ProblemHttpResult>> Remove(
        string id, string jobId, Caller caller, JobQueue queue, Database database, TimeProvider clock, CancellationToken cancellation)
    {
        if (BillingIntegration.Refuse(caller, await BillingIntegration.Find(database, id, cancellation), id) is { } refusal)
        {
            return refusal;
        }

        var (removed, running) = await Drop(id, jobId, caller, database, clock, cancellation);
        queue.Wake();
        return removed == 1 ? TypedResults.NoContent() : running == 1 ? Problems.JobRunning() : Problems.NoJob(jobId);
    }

    /// <summary><c>DELETE …/jobs?confirm=clear</c>: drops every job that is not being carried out.</summary>
    public static async Task<Results<Ok<ClearedJobsResponse>, ProblemHttpResult>> Clear(
        string id, [FromQuery] string? confirm, Caller caller, JobQueue queue, Database database, TimeProvider clock, CancellationToken cancellation)
    {
        if (BillingIntegration.Refuse(caller, await BillingIntegration.Find(database, id, cancellation), id) is { } refusal)
        {
            return refusal;
        }

        if (confirm != "clear")
        {
            return Problems.ConfirmRequired("Clearing drops every job that is not running.", "clear");
        }

        var (removed, running) = await Drop(id, null, caller, database, clock, cancellation);
        queue.Wake();
        return TypedResults.Ok(new ClearedJobsResponse(removed, running));
    }

    /// <summary><c>POST …/jobs/retry?confirm=retry</c>: stuck heads are tried again and a paused queue runs; 409 when nothing is stuck.</summary>
    public static async Task<Results<Ok<RetriedJobsResponse>, ProblemHttpResult>> Retry(
        string id, [FromQuery] string? confirm, Caller caller, JobQueue queue, Database database, CancellationToken cancellation)
    {
        if (BillingIntegration.Refuse(caller, await BillingIntegration.Find(database, id, cancellation), id) is { } refusal)
        {
            return refusal;
        }

        if (confirm != "retry")
        {
            return Problems.ConfirmRequired("Every blocked or failed head is tried again.", "retry");
        }

        var retried = await queue.Resume(id, onlyAccountWide: false, cancellation, caller);
        return retried < 0 ? Problems.QueueNotStuck() : TypedResults.Ok(new RetriedJobsResponse(retried));
    }

    private static async Task<(int Removed, int Running)> Drop(string id, string? jobId, Caller caller, Database database, TimeProvider clock, CancellationToken cancellation)
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
        await Invoice.SetLevel(transaction, subjects, InvoiceLevel.Error, new("job_removed", "Its job was removed from the queue.", now), cancellation);
        // A pending note reserves its amount; without its job nothing would ever end it. One that an attempt did make at Stripe is issued as soon as that is heard.
        await transaction.Execute(
            """
            update credit_notes set status = 'failed', failure = 'job_removed: Its job was removed from the queue.' where id = any(@Gone) and status = 'pending';
            update refunds set repeated_at = null, repeat_failure = 'job_removed: Its job was removed from the queue.' where id = any(@Gone) and repeated_at is not null
            """,
            new { Gone = subjects.ToArray() }, cancellation);
        // What no job begins any more begins at a checkout.
        await transaction.Execute(
            """
            update stripe_subscriptions set stored_method = false, version = version + 1 where id = any(@Gone) and stored_method and status = 'awaiting'
                and not exists (select from stripe_jobs where kind = 'create_subscription' and subject_id = stripe_subscriptions.id)
            """, new { Gone = subjects.ToArray() }, cancellation);
        if (subjects.Count > 0)
        {
            var owner = await transaction.QueryOne<string>("select organization_id from billing_integrations where id = @id", new { id }, cancellation);
            await transaction.Record(caller, "stripe_jobs.removed", owner, id, new { jobId, subjects }, null, cancellation);
        }

        var running = await transaction.QueryOne<int>(
            "select count(*)::int from stripe_jobs where integration_id = @id and (@jobId::text is null or id = @jobId) and status = 'running'", new { id, jobId }, cancellation);
        await transaction.Commit(cancellation);
        return (subjects.Count, running);
    }

    private static JobResponse Show(Row row) => new(
        row.Id, row.Kind, row.OrganizationId, row.SubjectId, row is { Status: "waiting", Attempts: > 0 } ? "retrying" : row.Status, row.Attempts,
        row.Status is "waiting" or "running" ? row.NextAttemptAt : null, row.Error is null ? null : new(row.ErrorCode!, row.Error), row.CreatedAt);

    private sealed record Row(
        string Id, long Position, string Kind, string OrganizationId, string SubjectId, string Status, int Attempts, DateTimeOffset NextAttemptAt, string? ErrorCode, string? Error, DateTimeOffset CreatedAt);
}
