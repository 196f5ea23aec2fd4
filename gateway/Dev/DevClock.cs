using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Net.Http.Json;
using Marketplace.Gateway.Control;
using Marketplace.Gateway.Metering;
using Marketplace.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Gateway.Dev;

/// <summary>Moves the test clock: by an ISO 8601 duration, or to an instant.</summary>
public sealed record AdvanceClockRequest([property: MaxLength(40)] string? Advance = null, DateTimeOffset? To = null);

/// <summary>What the test clock shows (UTC).</summary>
public sealed record DevClockAnswer(DateTimeOffset Now);

/// <summary>Outside Production only: moves all processes and the emulator together, from one due moment to the next, and waits at each until everything
/// that fell due is done, so that a month passes in the order it would have.</summary>
public sealed partial class DevClock(
    MovableClock clock, Activities activities, IEnumerable<IPendingWork> work, IHttpClientFactory clients, UsageReporter usage, IConfiguration configuration, ILogger<DevClock> logger)
    : IDisposable
{
    private static readonly TimeSpan QuietLook = TimeSpan.FromMilliseconds(120);
    private readonly TimeSpan patience = TimeSpan.FromSeconds(configuration.GetValue("Clock:PatienceSeconds", 60.0));
    private readonly SemaphoreSlim gate = new(1);
    private readonly (string Name, string Path)[] others =
    [
        .. ControlRoutes.Services.Select(service => (service, "internal/clock")),
        .. configuration["services:stripe:http:0"] is { Length: > 0 } ? [("stripe", "_emulator/clock")] : Array.Empty<(string, string)>(),
    ];

    /// <summary>The present time of the installation.</summary>
    public Ok<DevClockAnswer> Read() => TypedResults.Ok(new DevClockAnswer(clock.GetUtcNow()));

    /// <summary>Advances; answers when everything due up to there is done.</summary>
    public async Task<Results<Ok<DevClockAnswer>, ProblemHttpResult>> Advance(AdvanceClockRequest request, CancellationToken cancellation)
    {
        await gate.WaitAsync(cancellation);
        try
        {
            var now = clock.GetUtcNow();
            var target = request.To ?? (request.Advance is null ? null : IsoDuration.After(now, request.Advance));
            if (target is null || target < now)
            {
                return Problems.DurationInvalid();
            }

            while (true)
            {
                var (busy, nextDue) = await Settle(cancellation);
                if (busy is not null)
                {
                    return Problems.ClockBusy(busy, clock.GetUtcNow());
                }

                if (clock.GetUtcNow() >= target && !(nextDue <= target))
                {
                    return TypedResults.Ok(new DevClockAnswer(clock.GetUtcNow()));
                }

                // A caller who goes away does not leave the clocks apart.
                if (await MoveAll(nextDue < target ? nextDue.Value : target.Value) is { } stuck)
                {
                    return Problems.ClockBusy(stuck, clock.GetUtcNow());
                }
            }
        }
        finally
        {
            gate.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => gate.Dispose();

    // Quiet means: nobody has anything to do, and nobody did anything between two looks.
    private async Task<(string? Busy, DateTimeOffset? NextDue)> Settle(CancellationToken cancellation)
    {
        var began = TimeProvider.System.GetTimestamp();
        var before = -1L;
        while (true)
        {
            var states = await Look(cancellation);
            // What is due already and not told as pending is not done either.
            var now = clock.GetUtcNow();
            var busy = states.Where(s => s.State is null || s.State.Pending > 0 || s.State.NextDue <= now).Select(s => s.Name).ToList();
            var activity = states.Sum(s => s.State?.Activity ?? 0);
            if (busy.Count == 0 && activity == before)
            {
                return (null, states.Min(s => s.State!.NextDue));
            }

            if (TimeProvider.System.GetElapsedTime(began) > patience)
            {
                return (string.Join(", ", busy.DefaultIfEmpty("somebody")), null);
            }

            before = busy.Count == 0 ? activity : -1;
            await Task.Delay(QuietLook, TimeProvider.System, cancellation);
        }
    }

    private async Task<(string Name, ClockState? State)[]> Look(CancellationToken cancellation)
    {
        var own = new ClockState(clock.GetUtcNow(), null, 0, activities.Count);
        foreach (var piece in work)
        {
            own = own with { Pending = own.Pending + await piece.Pending(cancellation) };
        }

        var theirs = await Task.WhenAll(others.Select(async other =>
        {
            try
            {
                return (other.Name, await clients.CreateClient(other.Name).GetFromJsonAsync<ClockState>(other.Path, cancellation));
            }
            catch (Exception exception) when (exception is HttpRequestException || (exception is TaskCanceledException && !cancellation.IsCancellationRequested))
            {
                // A process that is down (being restarted) is not quiet.
                return (other.Name, (ClockState?)null);
            }
        }));
        return [("gateway", own), .. theirs];
    }

    // Null when all have moved, else who did not.
    private async Task<string?> MoveAll(DateTimeOffset now)
    {
        if (configuration["Clock:File"] is { Length: > 0 } file)
        {
            // First the file, so that a process that starts meanwhile starts at the new time.
            var seconds = (now - TimeProvider.System.GetUtcNow()).TotalSeconds;
            await File.WriteAllTextAsync(file + ".new", seconds.ToString(CultureInfo.InvariantCulture));
            File.Move(file + ".new", file, overwrite: true);
        }

        // The receiver of Stripe's webhooks before Stripe, which signs with its time; then Stripe before whoever calls it.
        foreach (var (name, path) in others.Reverse().OrderByDescending(other => other.Name == "webhooks"))
        {
            if (!await Move(name, path, now))
            {
                return name;
            }
        }

        clock.MoveTo(now);
        usage.Flush();
        return null;
    }

    private async Task<bool> Move(string name, string path, DateTimeOffset now)
    {
        for (var began = TimeProvider.System.GetTimestamp(); TimeProvider.System.GetElapsedTime(began) < patience;)
        {
            try
            {
                using var response = await clients.CreateClient(name).PutAsJsonAsync(path, new MoveClockRequest(now));
                if (response.IsSuccessStatusCode)
                {
                    return true;
                }
            }
            catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException)
            {
                NotMoved(logger, name, exception.GetBaseException().Message);
            }

            await Task.Delay(QuietLook, TimeProvider.System);
        }

        return false;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The clock of {Process} is not moved yet: {Reason}")]
    private static partial void NotMoved(ILogger logger, string process, string reason);
}
