using System.ComponentModel.DataAnnotations;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Marketplace.Invoicing;

/// <summary>A job that left the queue.</summary>
/// <param name="OrganizationId">The consumer organization that it was about; null for the oldest of an integration with one lane.</param>
/// <param name="Outcome"><c>finished</c>, or <c>removed</c> by hand.</param>
/// <param name="Attempts">How often it was tried.</param>
/// <param name="Error">What went wrong last, if anything did.</param>
public sealed record FinishedJobResponse(
    string Id, string Kind, string? OrganizationId, string SubjectId, string Outcome, int Attempts, JobError? Error, DateTimeOffset CreatedAt, DateTimeOffset FinishedAt);

/// <summary>What left the queue, apart from it.</summary>
public static class JobHistory
{
    // A week at least: what went wrong on Friday is looked for on Monday.
    private const int Least = 7;
    private const int BatchSize = 1000;

    /// <summary><c>GET …/finished-jobs</c>: the newest first; by outcome, kind and consumer organization.</summary>
    public static async Task<Results<Ok<Page<FinishedJobResponse>>, ProblemHttpResult>> List(
        string id, [FromQuery, AllowedValues(null, "finished", "removed")] string? outcome, [FromQuery, JobKind] string? kind, [FromQuery, PlainText] string? organizationId,
        [AsParameters] PageQuery page, Caller caller, Database database, CancellationToken cancellation)
    {
        if (BillingIntegration.Refuse(caller, await BillingIntegration.Find(database, id, cancellation), id) is { } refusal)
        {
            return refusal;
        }

        var rows = await database.Query<Row>(
            """
            select id, kind, organization_id, subject_id, outcome, attempts, error_code, error, created_at, finished_at from stripe_jobs_done
            where integration_id = @id and id < @After and (@outcome::text is null or outcome = @outcome)
                and (@kind::text is null or kind = @kind) and (@organizationId::text is null or organization_id = @organizationId)
            order by id desc limit @Take
            """, new { id, page.After, outcome, kind, organizationId, page.Take }, cancellation);
        return TypedResults.Ok(Page<Row>.Of(rows, page, row => row.Id).Select(Show));
    }

    /// <summary>Deletes a batch of what finished more than <c>Stripe:JobHistoryDays</c> ago; how many. What was removed by hand stays: a later job for the same subject
    /// must know that this one may have made something at Stripe.</summary>
    public static Task<int> Forget(IServiceProvider services, DateTimeOffset now, CancellationToken cancellation) => services.GetRequiredService<Database>().Execute(
        """
        delete from stripe_jobs_done where id in (
            select id from stripe_jobs_done where outcome = 'finished' and finished_at < @before order by finished_at limit @BatchSize for update skip locked)
        """, new { before = now - Retention(services.GetRequiredService<IConfiguration>()), BatchSize }, cancellation);

    /// <summary>How long finished jobs are shown.</summary>
    public static TimeSpan Retention(IConfiguration configuration) => configuration.GetValue("Stripe:JobHistoryDays", 90) is var days and >= Least
        ? TimeSpan.FromDays(days)
        : throw new InvalidOperationException($"Stripe__JobHistoryDays must be {Least} or more.");

    private static FinishedJobResponse Show(Row row) => new(
        row.Id, row.Kind, row.OrganizationId, row.SubjectId, row.Outcome, row.Attempts, row.Error is null ? null : new(row.ErrorCode!, row.Error), row.CreatedAt, row.FinishedAt);

    private sealed record Row(
        string Id, string Kind, string? OrganizationId, string SubjectId, string Outcome, int Attempts, string? ErrorCode, string? Error, DateTimeOffset CreatedAt, DateTimeOffset FinishedAt);
}
