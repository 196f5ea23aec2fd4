using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Marketplace.AppHost;

/// <summary>
/// What <c>./run</c> and the tests read: <c>state.json</c> in the data folder, one resource a line, and one line on the console for every change.
/// Gone when the system has stopped.
/// </summary>
public sealed class StateFile : IAsyncDisposable
{
    private static readonly JsonSerializerOptions Camel = new(JsonSerializerDefaults.Web);

    private readonly ConcurrentDictionary<string, ResourceState> resources = new();
    private readonly CancellationTokenSource ending = new();
    private readonly string path;
    private Task following = Task.CompletedTask;

    private StateFile(string path) => this.path = path;

    /// <summary>One resource: <c>state</c> in Aspire's words, <c>health</c> while it runs, <c>pid</c> while it has a process.</summary>
    private sealed record ResourceState(
        string Resource, string State, string? Health, int? Pid, int Restarts, int? ExitCode, string[] Urls);

    /// <summary>Writes the file now and after every change of the system.</summary>
    public static StateFile Follow(DistributedApplication system, Places places)
    {
        var file = new StateFile(Path.Combine(places.Data, "state.json"));
        foreach (var resource in ((DistributedApplicationModel)system.Services.GetService(typeof(DistributedApplicationModel))!).Resources.OfType<IResourceWithWaitSupport>())
        {
            if (resource is not IResourceWithConnectionString)
            {
                file.resources[resource.Name] = new(resource.Name, KnownResourceStates.NotStarted, null, null, 0, null, []);
            }
        }

        file.Write();
        file.following = file.Read(system.ResourceNotifications);
        return file;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await ending.CancelAsync();
        await following.ContinueWith(_ => { }, TaskScheduler.Default);
        File.Delete(path);
        ending.Dispose();
    }

    private async Task Read(ResourceNotificationService notifications)
    {
        await foreach (var change in notifications.WatchAsync(ending.Token))
        {
            if (!resources.TryGetValue(change.Resource.Name, out var before))
            {
                continue;
            }

            var snapshot = change.Snapshot;
            var now = new ResourceState(
                change.Resource.Name,
                snapshot.State?.Text ?? KnownResourceStates.NotStarted,
                snapshot.HealthStatus?.ToString(),
                Number(snapshot, "executable.pid"),
                Number(snapshot, "process.restarts") ?? 0,
                snapshot.ExitCode,
                [.. snapshot.Urls.Select(u => u.Url)]);
            if (before with { Urls = now.Urls } == now && before.Urls.SequenceEqual(now.Urls))
            {
                continue;
            }

            resources[now.Resource] = now;
            Write();
            Say(now);
        }
    }

    private static int? Number(CustomResourceSnapshot snapshot, string property) =>
        snapshot.Properties.FirstOrDefault(p => p.Name == property)?.Value is { } value ? Convert.ToInt32(value, CultureInfo.InvariantCulture) : null;

    private static void Say(ResourceState now)
    {
        var health = now.Health is null or nameof(HealthStatus.Healthy) ? "" : ", not healthy";
        var exit = now.State == KnownResourceStates.Exited ? $" with {now.ExitCode}" : "";
        var restarts = now.Restarts > 0 ? $", restarted {now.Restarts} times" : "";
        Console.WriteLine($"{TimeProvider.System.GetLocalNow():HH:mm:ss.fff}  {now.Resource,-16} {now.State}{exit}{health}{restarts}");
    }

    private void Write()
    {
        var lines = resources.Values.OrderBy(r => r.Resource, StringComparer.Ordinal).Select(r => JsonSerializer.Serialize(r, Camel));
        var ready = resources.Values.All(r => r is { State: "Running", Health: nameof(HealthStatus.Healthy) }) ? "true" : "false";
        File.WriteAllText(path + ".new", $$"""
            {"appHost":{{Environment.ProcessId}},"ready":{{ready}},"resources":[
            {{string.Join(",\n", lines)}}
            ]}

            """);
        File.Move(path + ".new", path, overwrite: true);
    }
}
