using System.Collections.Concurrent;

namespace Stripe.Infrastructure;

/// <summary>Reports the duration of an earlier request in the header of a later one.</summary>
internal sealed class RequestTelemetry
{
    private const string Header = "X-Stripe-Client-Telemetry";
    private const int Longest = 100;

    private readonly ConcurrentQueue<(string RequestId, long Milliseconds)> finished = new();

    public void AddTo(IDictionary<string, string> headers)
    {
        if (!headers.ContainsKey(Header) && finished.TryDequeue(out var request))
        {
            headers[Header] = $$$"""{"last_request_metrics":{"request_id":"{{{request.RequestId}}}","request_duration_ms":{{{request.Milliseconds}}},"usage":["stripe_client"]}}""";
        }
    }

    public void Record(HttpResponseMessage response, TimeSpan duration)
    {
        if (finished.Count < Longest && response.Headers.TryGetValues("Request-Id", out var ids))
        {
            finished.Enqueue((ids.First(), (long)duration.TotalMilliseconds));
        }
    }
}
