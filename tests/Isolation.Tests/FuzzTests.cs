using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Marketplace.Testing;

namespace Marketplace.Isolation.Tests;

/// <summary>Requests made up from the description, as those who may call: whatever they say, the answer is never a failure of ours.</summary>
/// <remarks><c>FUZZ_REQUESTS</c> (default 2,000) and <c>FUZZ_SEED</c> choose the run; <c>FUZZ_ONLY</c> sends the one request of that number again.</remarks>
public sealed class FuzzTests(WorldFixture fixture, RunningSystem system, ITestOutputHelper output) : IClassFixture<WorldFixture>
{
    private const int AtOnce = 12;
    private static readonly TimeSpan Hung = TimeSpan.FromSeconds(100);

    [Fact(Timeout = 1_800_000)]
    public async Task Nothing_that_is_sent_makes_a_failure_of_ours()
    {
        var seed = Setting("FUZZ_SEED") ?? (long)PropertySeed.Start;
        var numbers = Setting("FUZZ_ONLY") is { } only ? [(int)only] : Enumerable.Range(0, (int)(Setting("FUZZ_REQUESTS") ?? 2_000));
        var generator = new FuzzGenerator(fixture.Api, fixture.World, seed);
        var failures = new ConcurrentDictionary<string, string>();
        var statuses = new ConcurrentDictionary<int, int>();
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, MaxConnectionsPerServer = AtOnce, RequestHeaderEncodingSelector = (_, _) => Encoding.UTF8 }) { Timeout = Hung };
        var began = TimeProvider.System.GetTimestamp();
        await Parallel.ForEachAsync(numbers, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (number, _) =>
        {
            var request = await generator.Make(number);
            var (status, body, problem) = await Send(http, request);
            statuses.AddOrUpdate(status, 1, (_, count) => count + 1);
            if (status is >= 200 and < 300)
            {
                fixture.World.Forget(request.Row.Path + request.Row.Body);
            }

            if (status is 0 or >= 500 || !problem)
            {
                failures.TryAdd($"{request.Row.Route} {status}", $"{request}\n  was answered {status} {body}");
            }
        });
        output.WriteLine($"{statuses.Values.Sum()} requests of seed {seed} in {TimeProvider.System.GetElapsedTime(began).TotalSeconds:0.0} s: "
            + string.Join(", ", statuses.OrderBy(s => s.Key).Select(s => $"{s.Value} × {s.Key}")));
        Assert.True(failures.IsEmpty, $"Again: FUZZ_SEED={seed} FUZZ_ONLY=number. {failures.Count} kinds of failure:\n{string.Join('\n', failures.Values.Take(40))}");
    }

    private async Task<(int Status, string Body, bool Problem)> Send(HttpClient http, FuzzRequest request)
    {
        using var message = request.Message(system.Gateway);
        message.Headers.TryAddWithoutValidation("Authorization", fixture.World[request.Caller].Authorization);
        try
        {
            using var response = await http.SendAsync(message);
            var body = await response.Content.ReadAsStringAsync();
            return ((int)response.StatusCode, body.Length > 600 ? body[..600] : body, IsFit(response, body));
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException)
        {
            return (0, exception.GetBaseException().Message, true);
        }
    }

    // A refusal is a problem with a code; what the server itself cannot read at all (400, 413, 414, 431 without a body) never reaches a route.
    private static bool IsFit(HttpResponseMessage response, string body) => (int)response.StatusCode < 400
        || (response.Content.Headers.ContentType?.MediaType == "application/problem+json" && body.Contains("\"code\":", StringComparison.Ordinal))
        || (body.Length == 0 && (int)response.StatusCode is 400 or 413 or 414 or 431);

    private static long? Setting(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? long.Parse(text, CultureInfo.InvariantCulture) : null;
}
