using Marketplace.Testing;

[assembly: AssemblyFixture(typeof(RunningSystem))]
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Marketplace.Isolation.Tests;

/// <summary>A world of the class's own in the running system.</summary>
public sealed class WorldFixture(RunningSystem system) : IAsyncLifetime
{
    public World World { get; private set; } = null!;

    public ApiDescription Api { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Api = await ApiDescription.Of(system);
        World = await World.Make(system);
    }

    public ValueTask DisposeAsync()
    {
        World?.Dispose();
        return ValueTask.CompletedTask;
    }
}
