using System.Diagnostics;
using System.Globalization;
using System.Text;
using Marketplace.Story;
using Marketplace.Testing;

namespace Marketplace.Benchmarks;

/// <summary>Calls of a paid API per second: through our gateway with key, grant, strict quota and metering to disk; through YARP that checks nothing; through nginx that asks
/// another process about the key. The same API behind all of them, in turns.</summary>
public static class RuntimePath
{
    private const int Connections = 64;
    private const int Rounds = 3;
    private const int PerSecond = 1000;

    public static async Task Measure(int calls)
    {
        await using var system = new RunningSystem();
        await system.InitializeAsync();
        var folder = Directory.CreateTempSubdirectory("benchmark-");
        try
        {
            var (path, key) = await Subscribe(system);
            using var yarp = await Start("proxy-peer", folder, system.Echo.ToString());
            using var auth = await Start("auth-peer", folder, key);
            using var nginx = await Nginx(folder, system.Echo, auth.Address);
            var request = Request($"{path}/orders", key);
            Target[] targets =
            [
                new("our gateway: key, strict quota, metering", system.Gateway, () => Ticks(system.ProcessId("gateway"))),
                new("plain YARP", yarp.Address, () => yarp.Processor),
                .. nginx is null ? Array.Empty<Target>() : [new Target("nginx with auth_request", nginx.Address, () => Children(nginx.Id) + auth.Processor)],
            ];
            foreach (var target in targets)
            {
                await Good(target, request, calls / 2);
            }

            var runs = targets.ToDictionary(target => target, _ => new List<Measured>());
            for (var round = 0; round < Rounds; round++)
            {
                foreach (var target in targets)
                {
                    var before = target.Processor();
                    var answers = await Good(target, request, calls);
                    runs[target].Add(new(target.Name, calls, answers.Took, target.Processor() - before));
                }
            }

            var ours = Median(runs[targets[0]]);
            foreach (var target in targets)
            {
                var median = Median(runs[target]);
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{median}{(median == ours ? "" : $"  (our gateway: {ours.Rate / median.Rate:0.00} of its rate)")}"));
            }

            foreach (var target in targets)
            {
                var answers = await Load.Open(target.Address, Enumerable.Repeat(request, PerSecond * 5).ToList(), Connections, PerSecond);
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{target.Name}: {PerSecond}/s, open loop: p50 {answers.Percentile(50):0.0} ms, p99 {answers.Percentile(99):0.0} ms, {answers.TurnedAway + answers.Bad} not answered"));
            }

            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessorCount} processors, load {File.ReadAllText("/proc/loadavg")[..14]}; sender and API run on them too"));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<(string Path, string Key)> Subscribe(RunningSystem system)
    {
        var settings = new Settings(system.Gateway, system.Stripe, system.Echo) { Tell = _ => { }, Run = Guid.NewGuid().ToString("n")[..8] };
        using var stripe = new StripeAccount(settings.Stripe, settings.Run);
        using var provider = new Provider(settings, stripe);
        using var consumer = new Consumer(settings, provider, "bench");
        await provider.Play();
        var (plan, path) = await provider.Sell("Measured", new
        {
            title = "Measured", currency = "usd", billingPeriod = new { unit = "month", count = 1 }, price = new { model = "free" }, approval = "automatic",
            quotas = new[] { new { unit = "transactions", limit = 100_000_000, kind = "strict", interval = "period" } },
        });
        await consumer.SignUp();
        await consumer.Subscribe(plan);
        await consumer.Until("active");
        var key = await consumer.TakeAccess();
        using var caller = new Caller(settings.Gateway, path, key);
        await caller.Passes();
        return (path, key);
    }

    private static async Task<Answers> Good(Target target, byte[] request, int calls)
    {
        var answers = await Load.Closed(target.Address, Enumerable.Repeat(request, calls).ToList(), Connections);
        return answers.Good == calls ? answers
            : throw new InvalidOperationException($"{target.Name}: {answers.Good} of {calls} answered well, {answers.TurnedAway} turned away, {answers.Bad} failed.");
    }

    private static byte[] Request(string path, string key) => Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: localhost\r\nX-Api-Key: {key}\r\n\r\n");

    private static Measured Median(List<Measured> runs) => runs.OrderBy(run => run.Rate).ElementAt(runs.Count / 2);

    private static async Task<Server> Start(string peer, DirectoryInfo folder, string argument)
    {
        var address = new Uri($"http://127.0.0.1:{Ports.Free()}");
        return await Server.Start(address, Path.Combine(folder.FullName, $"{peer}.log"), [typeof(RuntimePath).Assembly.Location, peer, address.ToString(), argument]);
    }

    // Null where it is not installed. It keeps its connections to the API and to whom it asks, as ours does.
    private static async Task<Server?> Nginx(DirectoryInfo folder, Uri upstream, Uri auth)
    {
        var program = new[] { "/usr/sbin/nginx", "/usr/bin/nginx" }.FirstOrDefault(File.Exists);
        if (program is null)
        {
            Console.WriteLine("nginx is not installed: it is left out.");
            return null;
        }

        var address = new Uri($"http://127.0.0.1:{Ports.Free()}");
        var configuration = Path.Combine(folder.FullName, "nginx.conf");
        await File.WriteAllTextAsync(configuration, $$"""
            daemon off; worker_processes auto; pid {{folder.FullName}}/nginx.pid; error_log stderr warn;
            events { worker_connections 1024; }
            http {
              access_log off; keepalive_requests 10000000;
              client_body_temp_path {{folder.FullName}}/body; proxy_temp_path {{folder.FullName}}/proxy;
              fastcgi_temp_path {{folder.FullName}}/fastcgi; uwsgi_temp_path {{folder.FullName}}/uwsgi; scgi_temp_path {{folder.FullName}}/scgi;
              upstream api { server 127.0.0.1:{{upstream.Port}}; keepalive 64; }
              upstream keys { server 127.0.0.1:{{auth.Port}}; keepalive 64; }
              server {
                listen 127.0.0.1:{{address.Port}};
                location = /ready { return 200; }
                location = /auth { internal; proxy_pass http://keys/auth; proxy_pass_request_body off; proxy_set_header Content-Length ""; proxy_http_version 1.1; proxy_set_header Connection ""; }
                location ~ ^/apis/[^/]+/[^/]+(/.*)$ { auth_request /auth; proxy_pass http://api$1; proxy_http_version 1.1; proxy_set_header Connection ""; }
              }
            }
            """);
        return await Server.Start(address, Path.Combine(folder.FullName, "nginx.log"), ["-p", folder.FullName, "-c", configuration], program: program);
    }

    private static TimeSpan Ticks(int process) => Stat(process) is { } stat ? TimeSpan.FromMilliseconds((stat.User + stat.System) * 10) : TimeSpan.Zero;

    private static TimeSpan Children(int main) => Directory.GetDirectories("/proc").Select(Path.GetFileName)
        .Where(name => int.TryParse(name, CultureInfo.InvariantCulture, out _)).Select(name => int.Parse(name!, CultureInfo.InvariantCulture))
        .Where(id => id == main || Stat(id)?.Parent == main).Aggregate(TimeSpan.Zero, (sum, id) => sum + Ticks(id));

    private static (int Parent, long User, long System)? Stat(int process)
    {
        try
        {
            var fields = File.ReadAllText($"/proc/{process}/stat").Split(") ")[^1].Split(' ');
            return (int.Parse(fields[1], CultureInfo.InvariantCulture), long.Parse(fields[11], CultureInfo.InvariantCulture), long.Parse(fields[12], CultureInfo.InvariantCulture));
        }
        catch (IOException)
        {
            return null;
        }
    }

    private sealed record Target(string Name, Uri Address, Func<TimeSpan> Processor);
}
