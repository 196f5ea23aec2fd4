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
        string id, [FromQuery, AllowedValues(null, "waiting", "running", "retrying", "blocked", "failed")] string? status, [FromQuery, JobKind] string? kind,
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

        var (removed, running) = await DropJobs.Run(id, jobId, caller, DropJobs.Removed, database, clock, cancellation);
        queue.Wake();
        return removed.Count == 1 ? TypedResults.NoContent() : running == 1 ? Problems.JobRunning() : Problems.NoJob(jobId);
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

        var (removed, running) = await DropJobs.Run(id, null, caller, DropJobs.Removed, database, clock, cancellation);
        queue.Wake();
        return TypedResults.Ok(new ClearedJobsResponse(removed.Count, running));
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

    private static JobResponse Show(Row row) => new(
        row.Id, row.Kind, row.OrganizationId, row.SubjectId, row is { Status: "waiting", Attempts: > 0 } ? "retrying" : row.Status, row.Attempts,
        row.Status is "waiting" or "running" ? row.NextAttemptAt : null, row.Error is null ? null : new(row.ErrorCode!, row.Error), row.CreatedAt);

    private sealed record Row(
        string Id, long Position, string Kind, string OrganizationId, string SubjectId, string Status, int Attempts, DateTimeOffset NextAttemptAt, string? ErrorCode, string? Error, DateTimeOffset CreatedAt);
}
