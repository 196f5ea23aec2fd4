using System.Net;
using System.Text.Json.Nodes;

namespace Marketplace.Story;

/// <summary>A consumer's program that calls a provider's API through the gateway.</summary>
public sealed class Caller(Uri gateway, string path, string key) : IDisposable
{
    private readonly HttpClient http = new() { BaseAddress = gateway, Timeout = TimeSpan.FromSeconds(30) };

    /// <summary>One call: its status and, when refused, the problem's code.</summary>
    public async Task<(HttpStatusCode Status, string? Code)> Call(string below = "/orders")
    {
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path + below);
            request.Headers.Add("X-Api-Key", key);
            try
            {
                using var response = await http.SendAsync(request);
                var text = response.IsSuccessStatusCode ? "" : await response.Content.ReadAsStringAsync();
                return (response.StatusCode, text.StartsWith('{') ? (string?)JsonNode.Parse(text)!["code"] : null);
            }
            catch (HttpRequestException) when (TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromSeconds(60))
            {
                // The gateway is being started again. It was killed between two calls, so that this one has not reached it.
                await Task.Delay(100);
            }
        }
    }

    /// <summary>Many calls, eight at a time, each of which must have the status; a 503 is tried again as it asks for.</summary>
    public async Task Calls(int count, HttpStatusCode status, string below = "/orders") =>
        await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, _) =>
        {
            var (answer, _) = await Check.Until(() => Call(below), a => a.Status != HttpStatusCode.ServiceUnavailable, "An answer other than 503");
            Check.That(answer.Status == status, $"Call {i + 1} of {count} must be answered {(int)status}, but was {(int)answer.Status} {answer.Code}.");
        });

    /// <summary>A call that must be refused, as soon as the gateway has heard of it.</summary>
    public async Task<TimeSpan> Refused(HttpStatusCode status, string code) =>
        (await Check.Until(() => Call(), a => a.Status == status && a.Code == code, $"{(int)status} {code}")).Took;

    /// <summary>A call that must pass as soon as the gateway has heard of it; how long that took. It counts as one.</summary>
    public async Task<TimeSpan> Passes() =>
        (await Check.Until(() => Call(), a => a.Status == HttpStatusCode.OK, "A call that passes")).Took;

    /// <inheritdoc/>
    public void Dispose() => http.Dispose();
}
