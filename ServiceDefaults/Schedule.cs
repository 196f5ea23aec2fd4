using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Marketplace.ServiceDefaults;

/// <summary>One timer of a service. <see cref="Run"/> does what is due at the given time and returns how much it did;
/// it is called again at once until it returns 0, then after <see cref="Every"/>, a <see cref="Wakeups.Wake"/>, or a move of the test clock.</summary>
/// <param name="Name">Stable name, kebab-case.</param>
/// <param name="Every">How long to wait when nothing was due: the poll that holds when every signal is lost.</param>
/// <param name="Run">Does a bounded batch of due work; throws when it could not.</param>
/// <param name="NextDue">When the earliest piece falls due, overdue ones included; null when nothing waits.</param>
public sealed record Scheduled(
    string Name,
    TimeSpan Every,
    Func<IServiceProvider, DateTimeOffset, CancellationToken, Task<int>> Run,
    Func<IServiceProvider, CancellationToken, Task<DateTimeOffset?>>? NextDue = null);

/// <summary>Wakes timers before their interval is over.</summary>
public sealed class Wakeups
{
    private readonly ConcurrentDictionary<string, SemaphoreSlim> signals = new(StringComparer.Ordinal);

    /// <summary>Makes the named timer look for due work now.</summary>
    public void Wake(string name)
    {
        var signal = Signal(name);
        if (signal.CurrentCount == 0)
        {
            signal.Release();
        }
    }

    /// <summary>Waits for a wake-up of the named timer, at most for the given time.</summary>
    public Task<bool> Wait(string name, TimeSpan atMost, CancellationToken cancellation) => Signal(name).WaitAsync(atMost, cancellation);

    /// <summary>Wakes every timer.</summary>
    public void WakeAll()
    {
        foreach (var name in signals.Keys)
        {
            Wake(name);
        }
    }

    // A wake-up of all reaches a timer from here on, also while it has not waited yet.
    internal void Know(string name) => Signal(name);

    private SemaphoreSlim Signal(string name) => signals.GetOrAdd(name, _ => new SemaphoreSlim(0));
}

/// <summary>Registers timers.</summary>
public static class Schedules
{
    /// <summary>Runs a timer for as long as the host lives.</summary>
    public static IServiceCollection AddScheduled(this IServiceCollection services, Scheduled scheduled)
    {
        services.AddSingleton<IHostedService>(provider => ActivatorUtilities.CreateInstance<ScheduledLoop>(provider, scheduled));
        if (scheduled.NextDue is not null)
        {
            services.AddSingleton<IPendingWork>(provider => new ScheduledWork(scheduled, provider));
        }

        return services;
    }
}

/// <summary>A loop that never dies silently: a failure is logged, counted, and tried again with back-off up to 30 s.</summary>
internal sealed partial class ScheduledLoop(Scheduled scheduled, IServiceProvider services, TimeProvider clock, Wakeups wakeups, Activities activities, ILogger<ScheduledLoop> logger) : BackgroundService
{
    private static readonly TimeSpan LongestBackOff = TimeSpan.FromSeconds(30);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        wakeups.Know(scheduled.Name);
        if (clock is MovableClock movable)
        {
            movable.Moved += () => wakeups.Wake(scheduled.Name);
        }

        var failures = 0;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                while (await scheduled.Run(services, clock.GetUtcNow(), stoppingToken) > 0)
                {
                    using var _ = activities.Begin();
                }

                failures = 0;
                await wakeups.Wait(scheduled.Name, scheduled.Every, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                failures++;
                Failed(logger, scheduled.Name, failures, exception);
                var backOff = TimeSpan.FromMilliseconds(Math.Min(LongestBackOff.TotalMilliseconds, 250 * Math.Pow(2, Math.Min(failures, 10))));
                await Task.Delay(backOff, TimeProvider.System, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Timer {Timer} failed ({Failures} in a row); it will be tried again.")]
    private static partial void Failed(ILogger logger, string timer, int failures, Exception exception);
}

internal sealed class ScheduledWork(Scheduled scheduled, IServiceProvider services) : IPendingWork
{
    private readonly TimeProvider clock = services.GetRequiredService<TimeProvider>();

    public async Task<long> Pending(CancellationToken cancellation) =>
        await scheduled.NextDue!(services, cancellation) is { } due && due <= clock.GetUtcNow() ? 1 : 0;

    public async Task<DateTimeOffset?> NextDue(CancellationToken cancellation) =>
        await scheduled.NextDue!(services, cancellation) is { } due && due > clock.GetUtcNow() ? due : null;
}
