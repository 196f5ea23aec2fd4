using System.Globalization;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Orchestration;

/// <summary>
/// Runs the topology: ends what an earlier run has left behind, gives ports, refuses to start where one is taken, supervises every resource,
/// and ends them in the reverse of their order. Its files are under <c>Aspire:Store:Path</c>.
/// </summary>
internal sealed class Orchestrator(
    DistributedApplicationModel model, DistributedApplicationExecutionContext context, ResourceNotificationService notifications,
    HealthCheckService checks, IConfiguration configuration, TimeProvider clock, ILogger<Orchestrator> logger) : IHostedService, IDisposable
{
    private readonly string folder = configuration["Aspire:Store:Path"] ?? Path.Combine(configuration["AppHost:Directory"]!, ".aspire");
    private readonly Launcher launcher = new();
    private FileStream? alone;
    private Supervisor[] supervisors = [];

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        alone = TakeLock();
        var records = new ProcessRecords(folder, logger);
        await records.EndOrphans(cancellationToken);
        var processes = model.Resources.Where(r => r is IComputeResource).ToArray();
        GivePorts(processes);
        RefuseTakenPorts(processes);

        var commands = new CommandBuilder(context, logger);
        supervisors = [.. processes.Select(r => new Supervisor(
            r, commands, launcher, records, notifications, checks, clock, logger, Path.Combine(folder, "logs")))];
        foreach (var resource in processes)
        {
            await notifications.PublishUpdateAsync(resource, s => s with
            {
                State = KnownResourceStates.NotStarted,
                CreationTimeStamp = clock.GetUtcNow().UtcDateTime,
                Relationships = [.. Used(resource).Select(u => new RelationshipSnapshot(u.Name, "Reference"))],
            });
        }

        foreach (var supervisor in supervisors.Where(s => !s.Resource.Annotations.OfType<ExplicitStartupAnnotation>().Any()))
        {
            supervisor.Begin();
        }
    }

    /// <summary>A resource ends when everything that uses it has ended; what is independent ends at the same time.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        var ends = new Dictionary<IResource, Task>();
        Task End(Supervisor supervisor)
        {
            if (!ends.TryGetValue(supervisor.Resource, out var end))
            {
                ends[supervisor.Resource] = end = EndAfter(
                    supervisor, [.. supervisors.Where(s => Used(s.Resource).Contains(supervisor.Resource)).Select(End)]);
            }

            return end;
        }

        await Task.WhenAll(supervisors.Select(End));
        supervisors = [];
    }

    public void Dispose()
    {
        launcher.Dispose();
        alone?.Dispose();
    }

    private static async Task EndAfter(Supervisor supervisor, Task[] users)
    {
        await Task.WhenAll(users);
        await supervisor.End();
    }

    /// <summary>What the resource waits for or refers to, through connection strings too.</summary>
    private static IEnumerable<IResource> Used(IResource resource) => resource.Annotations
        .Select(a => a switch
        {
            WaitAnnotation wait => wait.Resource,
            ResourceRelationshipAnnotation relation => relation.Resource,
            _ => null,
        })
        .OfType<IResource>().Where(r => r is IComputeResource && r != resource).Distinct();

    private FileStream TakeLock()
    {
        try
        {
            return new FileStream(Path.Combine(folder, "processes.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException held)
        {
            throw new DistributedApplicationException($"Another application host runs on {folder} already.", held);
        }
    }

    private static void GivePorts(IEnumerable<IResource> resources)
    {
        foreach (var endpoint in resources.SelectMany(r => r.Annotations.OfType<EndpointAnnotation>()))
        {
            endpoint.Port ??= endpoint.TargetPort ?? ProcessTable.FreePort();
        }
    }

    private static void RefuseTakenPorts(IResource[] resources)
    {
        var twice = resources.SelectMany(r => r.Annotations.OfType<EndpointAnnotation>(), (r, e) => (Resource: r.Name, Port: e.AllocatedPort))
            .GroupBy(e => e.Port).FirstOrDefault(g => g.Count() > 1);
        if (twice is not null)
        {
            throw new DistributedApplicationException(string.Create(
                CultureInfo.InvariantCulture, $"Nothing was started, because port {twice.Key} is declared by {string.Join(" and ", twice.Select(e => e.Resource))}."));
        }

        var taken = (
            from resource in resources
            from endpoint in resource.Annotations.OfType<EndpointAnnotation>()
            where !ProcessTable.IsFree(endpoint.AllocatedPort)
            let holder = ProcessTable.Listener(endpoint.AllocatedPort)
            select string.Create(
                CultureInfo.InvariantCulture,
                $"  port {endpoint.AllocatedPort} ({resource.Name} {endpoint.Name}) is taken by {(holder is { } pid ? $"process {pid} ({ProcessTable.Name(pid)})" : "another process")}"))
            .ToArray();
        if (taken.Length > 0)
        {
            throw new DistributedApplicationException($"Nothing was started, because ports are taken:\n{string.Join('\n', taken)}");
        }
    }
}
