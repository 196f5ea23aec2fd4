using System.Diagnostics;
using System.Diagnostics.Metrics;
using Marketplace.Storage;
using Npgsql;

namespace Marketplace.Invoicing;

/// <summary>Carries out one job at a time: claim, call Stripe outside any transaction, then apply the result or judge the failure under the lease.</summary>
public sealed partial class JobWorker(
    JobQueue queue, IEnumerable<IStripeJobKind> kinds, Database database, TimeProvider clock, ILogger<JobWorker> logger)
{
    private readonly Dictionary<string, IStripeJobKind> _kinds = kinds.ToDictionary(kind => kind.Kind, StringComparer.Ordinal);

    // Every call has its own limit; a job of hundreds of calls on a slowed account needs minutes.
    private static readonly TimeSpan JobLimit = TimeSpan.FromMinutes(10);
    private static readonly ActivitySource Traces = new("Marketplace.Invoicing");
    private static readonly Meter Metrics = new("Marketplace.Invoicing");
    private static readonly Counter<long> Jobs = Metrics.CreateCounter<long>("marketplace.invoicing.jobs", "{job}", "Attempts at Stripe jobs by kind and outcome");

    /// <summary>One job; false when none was due.</summary>
    public async Task<bool> RunOne(CancellationToken cancellation)
    {
        if (await queue.Claim(cancellation) is not { } job)
        {
            return false;
        }

        await Run(job, cancellation);
        return true;
    }

    /// <summary>Carries out a claimed job in the trace that it belongs to.</summary>
    public async Task Run(StripeJob job, CancellationToken cancellation)
    {
        _ = ActivityContext.TryParse(job.TraceParent, null, out var parent);
        using var activity = Traces.StartActivity($"stripe job {job.Kind}", ActivityKind.Internal, parent);
        activity?.SetTag("marketplace.job", job.Id);
        await Carry(job, cancellation);
    }

    /// <summary>Carries out a claimed job.</summary>
    public async Task Carry(StripeJob job, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(JobLimit);
        var renewal = Renew(job, limit.Token);
        try
        {
            var keys = (await database.QueryOne<StripeKeys>($"select {StripeKeys.Columns} from billing_integrations where id = @IntegrationId", job, cancellation))!;
            await Execute(job, keys with { InBackground = true }, limit.Token, cancellation);
        }
        catch (LeaseLostException)
        {
            Lost(logger, job.Id);
            Count(job, "lease_lost");
        }
        finally
        {
            await limit.CancelAsync();
            await renewal;
        }
    }

    private async Task Renew(StripeJob job, CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(JobQueue.LeaseTime / 3, TimeProvider.System);
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                await timer.WaitForNextTickAsync(cancellation);
                await queue.Renew(job, cancellation);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception) when (IsLate(exception))
            {
                NotRenewed(logger, job.Id, exception.Message);
            }
        }
    }

    private async Task Execute(StripeJob job, StripeKeys keys, CancellationToken limit, CancellationToken cancellation)
    {
        try
        {
            var kind = _kinds.GetValueOrDefault(job.Kind) ?? throw new InvalidOperationException($"This build knows no job {job.Kind}.");
            await kind.Carry(job, keys, limit);
            Count(job, "finished");
        }
        catch (Exception exception) when (StripeFailure.Of(exception, cancellation) is { } failure)
        {
            Failed(logger, job.Kind, job.Id, job.Attempts + 1, failure.Code, failure.Detail);
            await Fail(job, keys, failure, cancellation);
        }
        catch (Exception exception) when (exception is not (LeaseLostException or OperationCanceledException) && !IsLate(exception))
        {
            // A defect of ours: the lane stops where people see it, instead of trying for ever.
            Broken(logger, job.Kind, job.Id, exception);
            await Fail(job, keys, new(StripeFailureKind.Refused, "internal_error", $"A defect in the marketplace: {exception.GetType().Name}."), cancellation);
        }
    }

    // The database is away or busy, as everywhere: the lease runs out, and the job is claimed again.
    private static bool IsLate(Exception exception) => exception is TimeoutException or NpgsqlException { IsTransient: true };

    private async Task Fail(StripeJob job, StripeKeys keys, StripeFailure failure, CancellationToken cancellation)
    {
        if (failure.IsSlowedDown && clock.GetUtcNow() - job.FirstAttemptAt < RetrySchedule.Whole)
        {
            Count(job, "put_back");
            await queue.PutBack(job, failure, cancellation);
            return;
        }

        var (status, wait) = RetrySchedule.After(failure, job.Attempts);
        await using var transaction = await database.Begin(cancellation);
        if (failure.Kind == StripeFailureKind.AccountWide && !await JobQueue.Pause(transaction, keys, failure, cancellation))
        {
            // The key was replaced while the call was under way: the new one has its own try.
            (status, wait) = ("waiting", TimeSpan.Zero);
        }

        if (StripeFailure.WaitForTaxRate.Contains(failure.Code) && !await RefusedRates.Stands(transaction, keys.IntegrationId, cancellation))
        {
            // The rate is used again, or others are set, since the call: that found no job which stood.
            (status, wait) = ("waiting", TimeSpan.Zero);
        }

        Count(job, status == "waiting" ? "retry" : status);
        // Everything behind the stuck head is stuck with it. Invoices before jobs, as everywhere.
        var behind = status == "waiting" ? [] : await transaction.Query<string>(
            """
            select id from invoices where status not in ('paid', 'void')
                and id in (select subject_id from stripe_jobs where integration_id = @IntegrationId and lane = @Lane) order by id for no key update
            """, job, cancellation);
        var changed = await transaction.Execute(
            """
            update stripe_jobs set status = @status, attempts = attempts + 1, next_attempt_at = @Next, lease_until = null,
                fresh_key = fresh_key or @Answered, error_code = @Code, error = @Detail
            where id = @Id and lease = @Lease and status = 'running'
            """, new { status, Next = clock.GetUtcNow() + wait, failure.Answered, failure.Code, failure.Detail, job.Id, job.Lease }, cancellation);
        if (changed == 0)
        {
            throw new LeaseLostException(job.Id);
        }

        if (status != "waiting")
        {
            await Invoice.SetLevel(transaction, behind, InvoiceLevel.Error, new(failure.ReasonType(status), failure.Detail, clock.GetUtcNow()), cancellation);
        }

        await transaction.Commit(cancellation);
    }

    private static void Count(StripeJob job, string outcome) => Jobs.Add(1, new("kind", job.Kind), new("outcome", outcome));

    [LoggerMessage(Level = LogLevel.Warning, Message = "Stripe job {Kind} {Job} failed at attempt {Attempt}: {Code}: {Detail}")]
    private static partial void Failed(ILogger logger, string kind, string job, int attempt, string code, string detail);

    [LoggerMessage(Level = LogLevel.Error, Message = "Stripe job {Kind} {Job} met a defect of ours and is failed.")]
    private static partial void Broken(ILogger logger, string kind, string job, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The lease of {Job} could not be renewed: {Reason}")]
    private static partial void NotRenewed(ILogger logger, string job, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The lease of {Job} was lost; its result is left to the worker that holds it now.")]
    private static partial void Lost(ILogger logger, string job);
}
