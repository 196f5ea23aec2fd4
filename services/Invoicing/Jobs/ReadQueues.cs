using System.ComponentModel.DataAnnotations;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Marketplace.Invoicing;

/// <summary>The queue of one billing integration.</summary>
/// <param name="Title">The integration's.</param>
/// <param name="Status"><c>idle</c>, <c>running</c>, <c>blocked</c> or <c>failed</c> (some lane's head is), or <c>paused</c> (Stripe refuses the key).</param>
/// <param name="Waiting">Jobs that were not tried yet.</param>
/// <param name="Running">Jobs being carried out.</param>
/// <param name="Retrying">Jobs that failed and are tried again by themselves.</param>
/// <param name="Blocked">Lanes that stand because Stripe stayed away.</param>
/// <param name="Failed">Lanes that stand because Stripe refused.</param>
/// <param name="OldestJobAt">When the oldest job was added (UTC).</param>
/// <param name="OldestJobSeconds">How long ago that is.</param>
/// <param name="PauseReason">Why the queue is paused.</param>
/// <param name="Head">The first job that has an error, if any has.</param>
/// <param name="RetryOffered">Whether a retry by hand does anything.</param>
/// <param name="Rate">How fast requests go to its Stripe account.</param>
public sealed record JobQueueResponse(
    string BillingIntegrationId, string OrganizationId, string Title, string AccountId, bool Livemode, string Status, long Waiting, long Running, long Retrying, long Blocked,
    long Failed, DateTimeOffset? OldestJobAt, long? OldestJobSeconds, string? PauseReason, QueueHeadResponse? Head, bool RetryOffered, StripeRateResponse Rate);

/// <summary>A job that stands in front of others with an error.</summary>
public sealed record QueueHeadResponse(string JobId, string Kind, string OrganizationId, string Status, int Attempts, DateTimeOffset? NextAttemptAt, JobError Error);

/// <summary>How fast requests go to a Stripe account, all processes together.</summary>
/// <param name="Limit">Requests per second that the account allows.</param>
/// <param name="Current">What is used of it at most at present: less for a while after Stripe asked to slow down.</param>
/// <param name="Used">Requests per second over the last ten seconds.</param>
/// <param name="PausedUntil">Until when nothing is sent, because Stripe asked for it (UTC).</param>
/// <param name="Reason">Stripe's reason for the last time that it did.</param>
public sealed record StripeRateResponse(int Limit, double Current, double Used, DateTimeOffset? PausedUntil, string? Reason);

/// <summary>Queues with their state, errors and pace.</summary>
public sealed class ReadQueues(StripeRates rates, Database database, TimeProvider clock)
{
    // One copy of what a queue's status is.
    private const string Queues =
        """
        select i.id as billing_integration_id, i.organization_id, i.title, i.account_id, i.livemode, i.queue_error as pause_reason,
            case when i.queue_status = 'paused' then 'paused' when q.failed > 0 then 'failed' when q.blocked > 0 then 'blocked' when q.jobs > 0 then 'running' else 'idle' end as status,
            q.waiting, q.running, q.retrying, q.blocked, q.failed, q.oldest_job_at,
            h.id as head_id, h.kind as head_kind, h.organization_id as head_organization_id, h.attempts as head_attempts, h.next_attempt_at as head_next_attempt_at,
            case when h.status = 'waiting' and h.attempts > 0 then 'retrying' else h.status end as head_status, h.error_code as head_error_code, h.error as head_error
        from billing_integrations i
        cross join lateral (
            select count(*) as jobs, min(created_at) as oldest_job_at,
                count(*) filter (where status = 'waiting' and attempts = 0) as waiting, count(*) filter (where status = 'running') as running,
                count(*) filter (where status = 'waiting' and attempts > 0) as retrying,
                count(*) filter (where status = 'blocked') as blocked, count(*) filter (where status = 'failed') as failed
            from stripe_jobs where integration_id = i.id) q
        left join lateral (
            select * from stripe_jobs where integration_id = i.id and head and error is not null order by status in ('waiting', 'running'), position limit 1) h on true
        where i.deleted_at is null
        """;

    /// <summary><c>GET …/job-queue</c>: owners and administrators of the provider, and platform operators.</summary>
    public static async Task<Results<Ok<JobQueueResponse>, ProblemHttpResult>> Get(string id, Caller caller, ReadQueues queues, Database database, CancellationToken cancellation) =>
        BillingIntegration.RefuseStripe(caller, await BillingIntegration.Find(database, id, cancellation), id) is { } refusal ? refusal
        : TypedResults.Ok((await queues.Of([id], cancellation))[0]);

    /// <summary><c>GET /v1/operations/invoicing/queues</c>: every integration's that has a Stripe account; by status.</summary>
    public static async Task<Page<JobQueueResponse>> List(
        [FromQuery, AllowedValues(null, "idle", "running", "blocked", "failed", "paused")] string? status, [AsParameters] PageQuery page, ReadQueues queues, Database database,
        CancellationToken cancellation)
    {
        var ids = Page<string>.Of(
            await database.Query<string>(
                $"select billing_integration_id from ({Queues} and i.billing_model <> 'custom' and i.id < @After) listed where (@status::text is null or status = @status) order by billing_integration_id desc limit @Take",
                new { page.After, status, page.Take }, cancellation),
            page, id => id);
        return new(await queues.Of([.. ids.Data], cancellation), ids.NextCursor);
    }

    /// <summary>The queues of the given integrations, the newest integration first.</summary>
    public async Task<IReadOnlyList<JobQueueResponse>> Of(string[] integrationIds, CancellationToken cancellation)
    {
        var rows = await database.Query<Row>($"{Queues} and i.id = any(@integrationIds) order by i.id desc", new { integrationIds }, cancellation);
        var paces = await rates.Of([.. rows.Select(row => new RatedAccount(row.AccountId, row.Livemode)).Distinct()], cancellation);
        var now = clock.GetUtcNow();
        return [.. rows.Select(row => Show(row, paces[new(row.AccountId, row.Livemode)], now))];
    }

    private static JobQueueResponse Show(Row row, StripeRateResponse rate, DateTimeOffset now) => new(
        row.BillingIntegrationId, row.OrganizationId, row.Title, row.AccountId, row.Livemode, row.Status, row.Waiting, row.Running, row.Retrying, row.Blocked, row.Failed,
        row.OldestJobAt, row.OldestJobAt is { } oldest ? (long)Math.Max(0, (now - oldest).TotalSeconds) : null, row.PauseReason,
        row.HeadId is null ? null : new(
            row.HeadId, row.HeadKind!, row.HeadOrganizationId!, row.HeadStatus!, row.HeadAttempts ?? 0, row.HeadStatus is "blocked" or "failed" ? null : row.HeadNextAttemptAt,
            new(row.HeadErrorCode!, row.HeadError!)),
        row.Status == "paused" || row.Blocked > 0 || row.Failed > 0, rate);

    private sealed record Row
    {
        public string BillingIntegrationId { get; init; } = "";

        public string OrganizationId { get; init; } = "";

        public string Title { get; init; } = "";

        public string AccountId { get; init; } = "";

        public bool Livemode { get; init; }

        public string Status { get; init; } = "";

        public long Waiting { get; init; }

        public long Running { get; init; }

        public long Retrying { get; init; }

        public long Blocked { get; init; }

        public long Failed { get; init; }

        public DateTimeOffset? OldestJobAt { get; init; }

        public string? PauseReason { get; init; }

        public string? HeadId { get; init; }

        public string? HeadKind { get; init; }

        public string? HeadOrganizationId { get; init; }

        public string? HeadStatus { get; init; }

        public int? HeadAttempts { get; init; }

        public DateTimeOffset? HeadNextAttemptAt { get; init; }

        public string? HeadErrorCode { get; init; }

        public string? HeadError { get; init; }
    }
}
