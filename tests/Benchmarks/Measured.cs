using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using Marketplace.Testing;

namespace Marketplace.Benchmarks;

/// <summary>Figures of a run: calls per second, and what each cost the measured process in user and system time, which other load on the machine does not change.</summary>
public sealed record Measured(string Name, int Calls, TimeSpan Took, TimeSpan Processor, TimeSpan Database = default)
{
    public double Rate => Calls / Took.TotalSeconds;

    public double Microseconds => (Processor + Database).TotalMicroseconds / Calls;

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Name,-58} {Rate,8:0} /s {Microseconds,8:0} µs CPU each{(Database > TimeSpan.Zero ? $", {Database.TotalMicroseconds / Calls:0} of it PostgreSQL's" : "")}");
}

/// <summary>A server as a process of its own, with what it costs.</summary>
public sealed class Server : IDisposable
{
    private readonly BoundProcess bound;
    private readonly Process process;

    private Server(BoundProcess bound, Uri address) => (this.bound, process, Address) = (bound, Process.GetProcessById(bound.Id), address);

    public Uri Address { get; }

    public int Id => bound.Id;

    public TimeSpan Processor
    {
        get
        {
            process.Refresh();
            return process.TotalProcessorTime;
        }
    }

    public static async Task<Server> Start(Uri address, string log, string[] arguments, IReadOnlyDictionary<string, string>? environment = null, string program = "dotnet")
    {
        var server = new Server(BoundProcess.Start("TERM", log, null, [program, .. arguments], environment), address);
        using var http = new HttpClient { BaseAddress = address };
        await Eventually.Until(async () =>
        {
            try
            {
                using var answer = await http.GetAsync("/ready");
                return answer.IsSuccessStatusCode;
            }
            catch (HttpRequestException refused)
            {
                return server.bound.HasExited ? throw new InvalidOperationException(server.bound.LastWords, refused) : false;
            }
        }, "the server is ready", TimeSpan.FromSeconds(60));
        return server;
    }

    /// <summary>So many calls over so many connections at once.</summary>
    public async Task<Measured> Post(string name, string path, int calls, int connections, Func<int, string> form, string? key = null)
    {
        using var http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = connections }) { BaseAddress = Address };
        http.DefaultRequestHeaders.Authorization = key is null ? null : new AuthenticationHeaderValue("Bearer", key);
        var next = 0;
        async Task Work(int last)
        {
            for (var call = Interlocked.Increment(ref next); call <= last; call = Interlocked.Increment(ref next))
            {
                using var answer = await http.PostAsync(path, new StringContent(form(call), Encoding.ASCII, "application/x-www-form-urlencoded"));
                answer.EnsureSuccessStatusCode();
            }
        }

        // What is compiled and connected on the way is not counted.
        await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => Work(calls / 4)));
        next = 0;
        var (watch, before) = (Stopwatch.StartNew(), Processor);
        await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => Work(calls)));
        return new Measured(name, calls, watch.Elapsed, Processor - before);
    }

    public void Dispose()
    {
        bound.Dispose();
        process.Dispose();
    }
}
