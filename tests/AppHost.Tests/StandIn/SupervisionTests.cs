using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Orchestration;
using Marketplace.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging.Abstractions;

namespace Marketplace.AppHost.Tests.StandIn;

public sealed class SupervisionTests
{
    [Fact]
    public async Task A_process_that_dies_is_shown_with_its_exit_code_and_started_again()
    {
        await using var topology = new SampleTopology();
        topology.Script("worker", "exec sleep 600");
        await topology.Start();
        var first = SampleTopology.Pid(await topology.Until("worker", s => s.State?.Text == KnownResourceStates.Running));

        // Watched from before: it stays down for a quarter of a second only.
        var dying = topology.Until("worker", s => s.State?.Text == KnownResourceStates.Exited);

        ProcessTable.Signal(first, ProcessTable.Kill);

        var died = await dying;
        var again = await topology.Until("worker", s => s.State?.Text == KnownResourceStates.Running && SampleTopology.Restarts(s) == 1);
        Assert.Equal(137, died.ExitCode);
        Assert.NotEqual(first, SampleTopology.Pid(again));
        Assert.Contains("ended: exit code 137", topology.Read("logs/worker.log"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_process_writes_is_kept_in_its_log()
    {
        await using var topology = new SampleTopology();
        topology.Script("speaker", "echo to stdout; echo to stderr >&2; exec sleep 600");
        await topology.Start();

        await Eventually.Until(
            () => topology.Read("logs/speaker.log") is var log && log.Contains("to stdout") && log.Contains("to stderr"), "both lines in the log");
    }

    [Fact]
    public void A_process_that_keeps_dying_stays_down_longer_each_time_but_never_longer_than_half_a_minute()
    {
        double[] seconds = [.. Enumerable.Range(1, 10).Select(failures => Supervisor.WaitBeforeRestart(failures).TotalSeconds)];

        Assert.Equal([0.25, 0.5, 1, 2, 4, 8, 16, 30, 30, 30], seconds);
    }

    [Fact]
    public async Task A_resource_starts_when_what_it_waits_for_is_healthy_and_not_before()
    {
        await using var topology = new SampleTopology();
        topology.Builder.Services.AddHealthChecks().AddCheck(
            "open", () => File.Exists(topology.In("open")) ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy());
        var server = topology.Script("server", "exec sleep 600").WithHealthCheck("open");
        topology.Script("client", "exec sleep 600").WaitFor(server);
        await topology.Start();

        await topology.Until("server", s => s.HealthReports.Any(r => r.Status == HealthStatus.Unhealthy));
        var waiting = await topology.Until("client", s => s.State?.Text != KnownResourceStates.NotStarted);
        Assert.Equal(KnownResourceStates.Waiting, waiting.State!.Text);

        await File.WriteAllTextAsync(topology.In("open"), "", TestContext.Current.CancellationToken);
        await topology.Until("client", s => s.State?.Text == KnownResourceStates.Running);
    }

    [Fact]
    public async Task A_health_check_without_an_answer_makes_the_resource_unhealthy_and_it_is_asked_again()
    {
        await using var topology = new SampleTopology();
        topology.Builder.Services.AddHealthChecks().AddAsyncCheck("silent", async cancellation =>
        {
            await Task.Delay(File.Exists(topology.In("answers")) ? TimeSpan.Zero : Timeout.InfiniteTimeSpan, cancellation);
            return HealthCheckResult.Healthy();
        });
        topology.Script("server", "exec sleep 600").WithHealthCheck("silent");
        await topology.Start();

        var silent = await topology.Until("server", s => s.HealthReports.Any(r => r.Status is not null));
        var report = Assert.Single(silent.HealthReports);
        Assert.Equal((HealthStatus.Unhealthy, "no answer within 5 s"), (report.Status, report.Description));

        await File.WriteAllTextAsync(topology.In("answers"), "", TestContext.Current.CancellationToken);
        await topology.Until("server", s => s.HealthReports.All(r => r.Status == HealthStatus.Healthy));
    }

    [Fact]
    public async Task A_stop_ends_users_before_what_they_use_and_leaves_none_of_their_children()
    {
        await using var topology = new SampleTopology();
        const string Script = "trap 'echo {0} >> ended; exit 0' TERM; sleep 600 & setsid sleep 600 & echo $! > {0}.child; wait";
        var server = topology.Script("server", Script.Replace("{0}", "server", StringComparison.Ordinal));
        topology.Script("client", Script.Replace("{0}", "client", StringComparison.Ordinal)).WaitFor(server);
        await topology.Start();
        await Eventually.Until(() => topology.Read("client.child").Length > 0 && topology.Read("server.child").Length > 0, "both with children");
        var family = new[] { "server", "client" }.SelectMany(name =>
        {
            topology.Notifications.TryGetCurrentState(name, out var state);
            return ProcessTable.Family(SampleTopology.Pid(state!.Snapshot), start: 0);
        }).ToArray();

        await topology.Stop();

        Assert.True(family.Length >= 6, $"Only {family.Length} processes were seen.");
        Assert.All(family, p => Assert.Null(ProcessTable.Find(p.Pid)));
        Assert.Equal("client\nserver\n", topology.Read("ended"));
    }

    [Fact]
    public async Task A_taken_port_is_named_with_its_holder_and_nothing_is_started()
    {
        using var holder = new TcpListener(IPAddress.Loopback, 0);
        holder.Start();
        var port = ((IPEndPoint)holder.LocalEndpoint).Port;
        await using var topology = new SampleTopology();
        topology.Script("first", "touch started; exec sleep 600");
        topology.Script("second", "exec sleep 600").WithHttpEndpoint(port: port);

        var refused = await Assert.ThrowsAsync<DistributedApplicationException>(topology.Start);

        Assert.Contains($"port {port} (second http) is taken by process {Environment.ProcessId}", refused.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(topology.In("started")));
    }

    [Fact]
    public async Task A_second_host_on_the_same_folder_is_refused()
    {
        await using var topology = new SampleTopology();
        await topology.Start();
        var second = DistributedApplication.CreateBuilder([$"--Aspire:Store:Path={topology.Folder}"]).Build();

        await Assert.ThrowsAsync<DistributedApplicationException>(() => second.StartAsync(TestContext.Current.CancellationToken));
        second.Dispose();
    }

    [Fact]
    public async Task Processes_of_a_host_that_was_killed_are_ended_at_the_next_start_and_others_are_not()
    {
        await using var topology = new SampleTopology();
        topology.Script("worker", "exec sleep 600");
        using var orphan = Process.Start("setsid", ["sleep", "600"]);
        using var stranger = Process.Start("setsid", ["sleep", "600"]);
        var records = new ProcessRecords(topology.Folder, NullLogger.Instance);
        records.Started("worker", orphan.Id, ProcessTable.Find(orphan.Id)!.Start);
        // The pid of a process that is gone, taken by another one since.
        records.Started("other", stranger.Id, ProcessTable.Find(stranger.Id)!.Start + 1);

        await topology.Start();

        Assert.Null(ProcessTable.Find(orphan.Id));
        Assert.NotNull(ProcessTable.Find(stranger.Id));
        stranger.Kill();
    }

    [Fact]
    public async Task A_command_whose_host_died_before_the_kernel_was_told_does_not_start()
    {
        var program = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        // As if this process had died in between, the command's parent is another one: the outer shell.
        using var orphaned = Process.Start("sh", ["-c", "\"$@\"; exit $?", "sh", .. Launcher.Wrapper, "touch", program])!;
        await orphaned.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.NotEqual(0, orphaned.ExitCode);
        Assert.False(File.Exists(program));
    }
}
