using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Marketplace.Testing;

namespace Marketplace.AppHost.Tests.StandIn;

/// <summary>A real service whose bus hangs while its broker answers, run as <c>./run</c> runs it.</summary>
public sealed class StuckBusTests
{
    private const string Connected = "The bus is connected";
    private const string LastWords = "The bus does not come back to a broker that answers. The process ends to be started again.";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task A_process_whose_bus_does_not_come_back_ends_with_its_reason_and_the_next_one_works()
    {
        await using var database = await TestDatabase.Create("webhooks");
        await using var host = await TestVirtualHost.Create("stuck");
        await using var wire = new SilentBroker(host.Address);
        await using var topology = new SampleTopology();
        topology.Script("ingest", Service("WebhookIngest", topology.Folder, new()
        {
            ["ConnectionStrings__webhooks"] = database.ConnectionString,
            ["ConnectionStrings__messaging"] = wire.Address.ToString(),
            ["DataProtection__KeyRing"] = topology.In("keys"),
            ["Encryption__Key"] = TestSecrets.EncryptionKey,
            ["Marketplace__PublicUrl"] = "http://localhost:8080",
            ["ASPNETCORE_URLS"] = "http://127.0.0.1:0",
            ["Bus__PatienceSeconds"] = "1",
        }));
        await topology.Start();
        await Eventually.Until(() => Times(topology, Connected), times => times == 1, "the bus is connected", Patience);
        var died = topology.Notifications.WaitForResourceAsync("ingest", e => e.Snapshot.State?.Text == KnownResourceStates.Exited, TestContext.Current.CancellationToken);

        wire.FallSilent();

        Assert.NotEqual(0, (await died.WaitAsync(Patience)).Snapshot.ExitCode);
        await Eventually.Until(() => Times(topology, LastWords), times => times == 1, "it says why it ends", Patience);
        wire.Speak();
        await Eventually.Until(() => Times(topology, Connected), times => times == 2, "the next process's bus is connected", Patience);
        Assert.Equal(1, SampleTopology.Restarts(await topology.Until("ingest", s => s.State?.Text == KnownResourceStates.Running)));
    }

    // From the service's own folder, where its settings are.
    private static string Service(string name, string folder, Dictionary<string, string> environment) =>
        $"""
        mkdir -p '{folder}/keys' && cd '{Path.Combine(Repository.Root, "services", name)}' && ulimit -c 0
        exec env {string.Join(' ', environment.Select(pair => $"'{pair.Key}={pair.Value}'"))} dotnet '{Path.Combine(Repository.Root, "artifacts", "bin", name, Configuration, $"Marketplace.{name}.dll")}'
        """;

    private static string Configuration => new DirectoryInfo(AppContext.BaseDirectory).Name;

    private static Task<int> Times(SampleTopology topology, string words) => Task.FromResult(topology.Read("logs/ingest.log").Split(words).Length - 1);
}
