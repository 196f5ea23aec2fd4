using Marketplace.ServiceDefaults;

namespace Marketplace.Invoicing;

/// <summary>Carries out this process's share of the queue, many lanes at once: whenever some have ended it claims as many again in one statement. What a job costs is a wait for
/// Stripe, so they are tasks and not threads; how fast they go is the account's pace alone.</summary>
public sealed partial class JobDispatcher(JobQueue queue, JobWorker worker, Activities activities, Wakeups wakeups, ILogger<JobDispatcher> logger)
{
    /// <summary>The timer's name.</summary>
    public const string Name = "stripe-jobs";

    /// <summary>How often it looks without a signal, so that what a killed process held goes on soon after its lease.</summary>
    public static readonly TimeSpan Poll = TimeSpan.FromSeconds(3);

    // Accounts that hang hold theirs for the time that a call may take; this many at once is more than three of them.
    private const int MostAtOnce = 256;

    /// <summary>Claims and carries out jobs until none is due and none is under way; how many there were.</summary>
    public async Task<int> Run(CancellationToken cancellation)
    {
        var running = new HashSet<Task>();
        var started = 0;
        try
        {
            do
            {
                running.RemoveWhere(job => job.IsCompleted);
                var claimed = running.Count < MostAtOnce ? await queue.Claim(MostAtOnce - running.Count, cancellation) : [];
                started += claimed.Count;
                running.UnionWith(claimed.Select(job => Carry(job, cancellation)));
            }
            while (running.Count > 0 && await Change(cancellation));
            return started;
        }
        finally
        {
            await Task.WhenAll(running);
        }
    }

    private async Task<bool> Change(CancellationToken cancellation)
    {
        await wakeups.Wait(Name, Poll, cancellation);
        return true;
    }

    private async Task Carry(StripeJob job, CancellationToken cancellation)
    {
        // Off the dispatcher's own path before the first wait.
        await Task.Yield();
        using var activity = activities.Begin();
        try
        {
            await worker.Run(job, cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The host stops: the job goes on elsewhere after its lease.
        }
        catch (Exception exception)
        {
            // Most likely the database is away. The lease ends, and whoever claims the job next looks up what was made.
            Left(logger, job.Id, exception);
        }
        finally
        {
            wakeups.Wake(Name);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Stripe job {Job} is left to the next claim.")]
    private static partial void Left(ILogger logger, string job, Exception exception);
}
