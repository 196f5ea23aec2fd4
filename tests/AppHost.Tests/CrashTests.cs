using Marketplace.Testing;

namespace Marketplace.AppHost.Tests;

public sealed class CrashTests
{
    private static readonly string[] Servers = ["postgres", "messaging", "echo"];

    [Fact]
    public async Task A_killed_AppHost_leaves_nothing_that_keeps_the_next_start_from_working_at_once()
    {
        using var system = new AppHostProcess();
        system.Start();
        await system.UntilHealthy(Servers);

        system.Kill();
        await system.Exit();
        system.Start();

        await system.UntilHealthy(Servers);
        Assert.All(Servers, name => Assert.Equal(0, (int)system.Resource(name)!["restarts"]!));
        system.Terminate();
        Assert.Equal(0, await system.Exit());
        Assert.Empty(system.Leftovers());
    }

    [Fact]
    public async Task What_a_killed_AppHost_had_started_dies_with_it()
    {
        using var system = new AppHostProcess();
        system.Start();
        await system.UntilHealthy(Servers);

        system.Kill();
        await system.Exit();

        await Eventually.Until(() => Task.FromResult(string.Join('\n', system.Leftovers())), left => left.Length == 0, "no process left");
    }

    [Fact]
    public async Task A_second_AppHost_on_the_same_data_says_so_and_ends()
    {
        using var system = new AppHostProcess();
        using (new FileStream(Path.Combine(system.Data, "apphost.lock"), FileMode.Create, FileAccess.ReadWrite, FileShare.None))
        {
            system.Start();

            Assert.NotEqual(0, await system.Exit());
        }

        Assert.Contains("runs already", await File.ReadAllTextAsync(Path.Combine(system.Data, "apphost.log"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }
}
