using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Marketplace.Storage;

/// <summary>Does due work piece by piece. One that cannot be done is logged, counted and left alone for a while, longer each
/// time, so that all others go on. A fault of the database itself stops the batch: it is nobody's own.</summary>
public sealed partial class DueWork(Database database, ILogger<DueWork> logger)
{
    private static readonly Meter Metrics = new("Marketplace.DueWork");
    private static readonly Counter<long> Failures = Metrics.CreateCounter<long>("marketplace.due_work.failed", "{attempt}", "Attempts at a piece of due work that failed, by timer");
    private static readonly TimeSpan LongestRest = TimeSpan.FromMinutes(5);
    private const int Batch = 50;
    private readonly ConcurrentDictionary<(string Timer, string Id), Rest> resting = new();

    /// <summary>Does a batch; how many pieces were done. 0 when nothing is due but what rests.</summary>
    /// <param name="timer">The timer, under whose name failures are kept apart.</param>
    /// <param name="due">Reads what is due: takes at most <c>@Batch</c> and leaves out those whose id is in <c>@Resting</c>.</param>
    /// <param name="parameters">The query's other parameters.</param>
    /// <param name="id">What a piece is about: pieces of one id rest together.</param>
    /// <param name="work">Does one piece, in a transaction of its own.</param>
    public async Task<int> Run<T>(
        string timer, string due, Dictionary<string, object> parameters, Func<T, string> id, Func<T, Task> work, CancellationToken cancellation)
    {
        while (true)
        {
            var pieces = await database.Query<T>(
                due, new Dictionary<string, object>(parameters) { ["Batch"] = Batch, ["Resting"] = Resting(timer) }, cancellation);
            var done = 0;
            // What comes after a failed piece of the same id waits with it: the order stays.
            foreach (var piece in pieces.Where(p => !IsResting(timer, id(p))))
            {
                done += await Try(timer, id(piece), () => work(piece), cancellation) ? 1 : 0;
            }

            if (done > 0 || pieces.Count == 0)
            {
                return done;
            }
        }
    }

    private async Task<bool> Try(string timer, string id, Func<Task> work, CancellationToken cancellation)
    {
        try
        {
            await work();
            resting.TryRemove((timer, id), out _);
            return true;
        }
        catch (Exception exception) when (IsOfOnePiece(exception, cancellation))
        {
            var rest = resting.AddOrUpdate((timer, id), _ => Rest.After(1), (_, last) => Rest.After(last.Failures + 1));
            Failures.Add(1, new KeyValuePair<string, object?>("timer", timer));
            Failed(logger, timer, id, rest.Failures, exception);
            return false;
        }
    }

    private static bool IsOfOnePiece(Exception exception, CancellationToken cancellation) => exception switch
    {
        OperationCanceledException => !cancellation.IsCancellationRequested,
        // Class 57: the server shuts down or takes no one in.
        PostgresException fault => !fault.IsTransient && !fault.SqlState.StartsWith("57", StringComparison.Ordinal),
        NpgsqlException => false,
        _ => true,
    };

    private bool IsResting(string timer, string id) => resting.TryGetValue((timer, id), out var rest) && rest.IsOn;

    // What is not due any more, because something else settled it, is forgotten.
    private string[] Resting(string timer)
    {
        foreach (var (piece, rest) in resting)
        {
            if (rest.IsForgotten)
            {
                resting.TryRemove(piece, out _);
            }
        }

        return [.. resting.Where(r => r.Key.Timer == timer && r.Value.IsOn).Select(r => r.Key.Id)];
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Timer {Timer} failed for {Id} ({Failures} in a row); it will be tried again.")]
    private static partial void Failed(ILogger logger, string timer, string id, int failures, Exception exception);

    // Measured in real time: the marketplace's own clock may be moved or stand still.
    private sealed record Rest(int Failures, TimeSpan Length, long Since)
    {
        public bool IsOn => TimeProvider.System.GetElapsedTime(Since) < Length;

        public bool IsForgotten => TimeProvider.System.GetElapsedTime(Since) > Length + LongestRest;

        public static Rest After(int failures) => new(
            failures, TimeSpan.FromSeconds(Math.Min(LongestRest.TotalSeconds, Math.Pow(2, Math.Min(failures, 10)))), TimeProvider.System.GetTimestamp());
    }
}
