using System.Collections.Immutable;
using System.Diagnostics;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Orchestration;

/// <summary>Keeps one resource running: waits for what it needs, starts it, watches its health, starts it again when it dies, ends it.</summary>
internal sealed class Supervisor(
    IResource resource, CommandBuilder commands, Launcher launcher, ProcessRecords records, ResourceNotificationService notifications,
    HealthCheckService checks, TimeProvider clock, ILogger logger, string logFolder) : IDisposable
{
    /// <summary>A process that has run that long has not failed to start: the next restart waits the shortest time again.</summary>
    private static readonly TimeSpan Stable = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(25);
    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    private readonly CancellationTokenSource ending = new();
    private readonly ConsoleLog log = new(logFolder, resource.Name);
    private Task life = Task.CompletedTask;
    private int restarts;

    public IResource Resource => resource;

    /// <summary>How long a process that has died <paramref name="failures"/> times in a row stays down: 0.25 s, doubled each time, 30 s at most.</summary>
    public static TimeSpan WaitBeforeRestart(int failures) =>
        failures > 7 ? LongestWait : ShortestWait * Math.Pow(2, Math.Max(failures, 1) - 1);

    public void Begin() => life = Task.Run(Live);

    /// <summary>Ends the resource: SIGTERM, and SIGKILL for it and everything it has started after 25 s.</summary>
    public async Task End()
    {
        await ending.CancelAsync();
        await life;
        Dispose();
    }

    public void Dispose()
    {
        log.Dispose();
        ending.Dispose();
    }

    private async Task Live()
    {
        try
        {
            await Show(s => s with { State = KnownResourceStates.Waiting });
            await notifications.WaitForDependenciesAsync(resource, ending.Token);
            for (var failures = 0; ;)
            {
                var started = clock.GetTimestamp();
                await RunOnce();
                failures = clock.GetElapsedTime(started) >= Stable ? 1 : failures + 1;
                var wait = WaitBeforeRestart(failures);
                restarts++;
                log.Note($"starts again in {wait.TotalSeconds:0.##} s (restart {restarts})");
                logger.LogWarning("{Resource} has ended and starts again in {Seconds:0.##} s. Last line: {Line}", resource.Name, wait.TotalSeconds, log.LastLine);
                await Show(s => s with { Properties = With(s.Properties, "process.restarts", restarts) });
                await Task.Delay(wait, clock, ending.Token);
            }
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            await Show(s => s with { State = s.State?.Text == KnownResourceStates.Waiting ? KnownResourceStates.NotStarted : KnownResourceStates.Exited });
        }
        catch (DistributedApplicationException impossible)
        {
            logger.LogError("{Resource} cannot start: {Reason}", resource.Name, impossible.Message);
            log.Note(impossible.Message);
            await Show(s => s with { State = new(KnownResourceStates.FailedToStart, KnownResourceStateStyles.Error) });
        }
    }

    /// <summary>From start to exit. Returns when the process has died by itself; throws when it was to end.</summary>
    private async Task RunOnce()
    {
        await Show(s => s with { State = KnownResourceStates.Starting, HealthReports = [], ExitCode = null, StopTimeStamp = null });
        var command = await commands.Build(resource, ending.Token);
        using var process = await Start(command);
        if (process is null)
        {
            return;
        }

        var start = ProcessTable.Find(process.Id)?.Start ?? 0;
        records.Started(resource.Name, process.Id, start);
        log.Note($"started: pid {process.Id}, {command.File}");
        var copies = Task.WhenAll(log.Copy(process.StandardOutput), log.Copy(process.StandardError));
        await Show(s => s with
        {
            State = new(KnownResourceStates.Running, KnownResourceStateStyles.Success),
            StartTimeStamp = clock.GetUtcNow().UtcDateTime,
            HealthReports = [.. Keys().Select(k => new HealthReportSnapshot(k, null, null, null))],
            Urls = [.. Urls()],
            Properties = With(With(s.Properties, "executable.pid", process.Id), "executable.path", command.File),
        });

        IReadOnlyList<ProcessTable.Row> family = [];
        using var over = CancellationTokenSource.CreateLinkedTokenSource(ending.Token);
        var watching = WatchHealth(over.Token);
        try
        {
            await process.WaitForExitAsync(ending.Token);
        }
        catch (OperationCanceledException)
        {
            await Show(s => s with { State = KnownResourceStates.Stopping });
            // Taken while it lives: a child in a session of its own is not recognised as its child any more when it has ended.
            family = ProcessTable.Family(process.Id, start);
            ProcessTable.Signal(process.Id, ProcessTable.Terminate);
            using var patience = new CancellationTokenSource(Grace, clock);
            await process.WaitForExitAsync(patience.Token).ContinueWith(_ => { }, TaskScheduler.Default);
        }

        await over.CancelAsync();
        await watching;
        // Whatever it has left behind (a helper, a child that outlived it) goes before it may be started again.
        await ProcessRecords.End([.. family, .. ProcessTable.Family(process.Id, start)], TimeSpan.Zero, CancellationToken.None);
        await process.WaitForExitAsync(CancellationToken.None);
        await Task.WhenAny(copies, Task.Delay(1000, CancellationToken.None));
        records.Ended(resource.Name);
        log.Note($"ended: exit code {process.ExitCode}");
        await Show(s => s with
        {
            State = new(KnownResourceStates.Exited, process.ExitCode == 0 ? KnownResourceStateStyles.Info : KnownResourceStateStyles.Error),
            ExitCode = process.ExitCode,
            StopTimeStamp = clock.GetUtcNow().UtcDateTime,
            HealthReports = [],
            Properties = With(s.Properties, "executable.pid", null),
        });
        ending.Token.ThrowIfCancellationRequested();
    }

    private async Task<Process?> Start(Command command)
    {
        try
        {
            return await launcher.Start(command);
        }
        catch (Exception refused) when (refused is System.ComponentModel.Win32Exception or IOException)
        {
            log.Note($"cannot start {command.File}: {refused.Message}");
            await Show(s => s with { State = new(KnownResourceStates.FailedToStart, KnownResourceStateStyles.Error) });
            return null;
        }
    }

    /// <summary>Asks often until the resource is healthy for the first time, then every five seconds, and every second while it is not.</summary>
    private async Task WatchHealth(CancellationToken cancellation)
    {
        var keys = Keys().ToHashSet();
        if (keys.Count == 0)
        {
            return;
        }

        try
        {
            for (var healthyOnce = false; ;)
            {
                var reports = await Ask(keys, cancellation);
                await Show(s => s with { HealthReports = reports });
                var healthy = reports.All(r => r.Status == HealthStatus.Healthy);
                healthyOnce |= healthy;
                await Task.Delay(healthy ? TimeSpan.FromSeconds(5) : TimeSpan.FromMilliseconds(healthyOnce ? 1000 : 250), clock, cancellation);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The process has ended, or is to end: nothing is left to ask.
        }
    }

    // An answer that does not come in time is one: whoever stopped asking then would never see the resource healthy.
    private async Task<ImmutableArray<HealthReportSnapshot>> Ask(HashSet<string> keys, CancellationToken cancellation)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(TimeSpan.FromSeconds(5));
        try
        {
            var report = await checks.CheckHealthAsync(r => keys.Contains(r.Name), patience.Token);
            var now = clock.GetUtcNow().UtcDateTime;
            return [.. report.Entries.Select(e => new HealthReportSnapshot(e.Key, e.Value.Status, e.Value.Description, e.Value.Exception?.Message) { LastRunAt = now })];
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            var now = clock.GetUtcNow().UtcDateTime;
            return [.. keys.Select(key => new HealthReportSnapshot(key, HealthStatus.Unhealthy, "no answer within 5 s", null) { LastRunAt = now })];
        }
    }

    private IEnumerable<string> Keys() => resource.Annotations.OfType<HealthCheckAnnotation>().Select(a => a.Key);

    private IEnumerable<UrlSnapshot> Urls() =>
    [
        .. ((IResourceWithEndpoints)resource).GetEndpoints().Select(e => new UrlSnapshot(e.EndpointName, e.Url, IsInternal: false)),
        .. resource.Annotations.OfType<ResourceUrlAnnotation>().Select(u => new UrlSnapshot(null, u.Url, IsInternal: false)
        {
            DisplayProperties = new(u.DisplayText ?? ""),
        }),
    ];

    private static ImmutableArray<ResourcePropertySnapshot> With(ImmutableArray<ResourcePropertySnapshot> properties, string name, object? value) =>
        [.. properties.Where(p => p.Name != name), new(name, value)];

    private Task Show(Func<CustomResourceSnapshot, CustomResourceSnapshot> change) => notifications.PublishUpdateAsync(resource, change);
}
