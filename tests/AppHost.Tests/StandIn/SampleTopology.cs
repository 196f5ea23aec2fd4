using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;

namespace Marketplace.AppHost.Tests.StandIn;

/// <summary>A small topology in a folder of its own, run by the stand-in inside the test process.</summary>
public sealed class SampleTopology : IAsyncDisposable
{
    private DistributedApplication? running;

    public SampleTopology() => Builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions
    {
        Args = [$"--Aspire:Store:Path={Folder}"],
        ProjectDirectory = Folder,
        DisableDashboard = true,
    });

    public string Folder { get; } = Directory.CreateTempSubdirectory("marketplace-topology-").FullName;

    public IDistributedApplicationBuilder Builder { get; }

    public ResourceNotificationService Notifications => running!.ResourceNotifications;

    /// <summary>A shell script as a resource.</summary>
    public IResourceBuilder<ExecutableResource> Script(string name, string script) => Builder.AddExecutable(name, "bash", ".", "-c", script);

    public string In(string file) => Path.Combine(Folder, file);

    public string Read(string file) => File.Exists(In(file)) ? File.ReadAllText(In(file)) : "";

    public Task Start()
    {
        running = Builder.Build();
        return running.StartAsync(TestContext.Current.CancellationToken);
    }

    public Task Stop() => running!.StopAsync();

    /// <summary>Waits for a state of a resource, 20 s at most.</summary>
    public async Task<CustomResourceSnapshot> Until(string resource, Func<CustomResourceSnapshot, bool> reached)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        return (await Notifications.WaitForResourceAsync(resource, e => reached(e.Snapshot), patience.Token)).Snapshot;
    }

    public static int Pid(CustomResourceSnapshot snapshot) => (int)snapshot.Properties.Single(p => p.Name == "executable.pid").Value!;

    public static int Restarts(CustomResourceSnapshot snapshot) => (int)(snapshot.Properties.FirstOrDefault(p => p.Name == "process.restarts")?.Value ?? 0);

    public async ValueTask DisposeAsync()
    {
        if (running is not null)
        {
            await running.StopAsync();
            await running.DisposeAsync();
        }

        Directory.Delete(Folder, recursive: true);
    }
}
