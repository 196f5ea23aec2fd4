using System.Net;
using System.Text.Json;
using Stripe.Infrastructure;

namespace Stripe;

public class SystemNetHttpClient : IHttpClient
{
    public const int DefaultMaxNumberRetries = 2;

    private static readonly Lazy<HttpClient> SharedClient = new(BuildDefaultSystemNetHttpClient);

    private readonly HttpClient httpClient;
    private readonly RequestTelemetry telemetry;
    private readonly string userAgent;
    private readonly string clientUserAgent;

    public SystemNetHttpClient(HttpClient httpClient = null, int maxNetworkRetries = DefaultMaxNumberRetries, AppInfo appInfo = null, bool enableTelemetry = true)
    {
        this.httpClient = httpClient ?? SharedClient.Value;
        MaxNetworkRetries = maxNetworkRetries;
        EnableTelemetry = enableTelemetry;
        telemetry = enableTelemetry ? new RequestTelemetry() : null;
        userAgent = $"Stripe/V1 .NetBindings/{StripeConfiguration.StripeNetVersion}" + (appInfo is null ? "" : " " + appInfo.FormatUserAgent());
        clientUserAgent = DescribeClient(appInfo);
    }

    public static TimeSpan DefaultHttpTimeout => TimeSpan.FromSeconds(80);
    public static TimeSpan MaxNetworkRetriesDelay => TimeSpan.FromSeconds(5);
    public static TimeSpan MinNetworkRetriesDelay => TimeSpan.FromMilliseconds(500);

    public bool EnableTelemetry { get; }
    public int MaxNetworkRetries { get; }

    public static HttpClient BuildDefaultSystemNetHttpClient() => new() { Timeout = DefaultHttpTimeout };

    public async Task<StripeResponse> MakeRequestAsync(StripeRequest request, CancellationToken cancellationToken = default)
    {
        using var response = await Send(request, cancellationToken);
        return new StripeResponse(response.StatusCode, response.Headers, await response.Content.ReadAsStringAsync(cancellationToken));
    }

    public async Task<StripeStreamedResponse> MakeStreamingRequestAsync(StripeRequest request, CancellationToken cancellationToken = default)
    {
        var response = await Send(request, cancellationToken);
        return new StripeStreamedResponse(response.StatusCode, response.Headers, await response.Content.ReadAsStreamAsync(cancellationToken));
    }

    private async Task<HttpResponseMessage> Send(StripeRequest request, CancellationToken cancellationToken)
    {
        telemetry?.AddTo(request.StripeHeaders);
        for (var retries = 0; ; retries++)
        {
            var started = TimeProvider.System.GetTimestamp();
            HttpResponseMessage response = null;
            try
            {
                using var message = MessageFor(request);
                response = await httpClient.SendAsync(message, cancellationToken);
            }
            catch (Exception failure) when (Lost(failure, cancellationToken) && retries < MaxNetworkRetries)
            {
                // The connection broke or timed out: the idempotency key makes the next attempt safe.
            }

            if (response is not null && (retries >= MaxNetworkRetries || !WorthRetrying(response)))
            {
                telemetry?.Record(response, TimeProvider.System.GetElapsedTime(started));
                return response;
            }

            response?.Dispose();
            await Task.Delay(BackOff(retries), cancellationToken);
        }
    }

    private HttpRequestMessage MessageFor(StripeRequest request)
    {
        var message = new HttpRequestMessage(request.Method, request.Uri) { Content = request.Content };
        message.Headers.TryAddWithoutValidation("User-Agent", userAgent);
        message.Headers.Authorization = request.AuthorizationHeader;
        message.Headers.Add("X-Stripe-Client-User-Agent", clientUserAgent);
        foreach (var (name, value) in request.StripeHeaders)
        {
            message.Headers.Add(name, value);
        }

        return message;
    }

    private static bool Lost(Exception failure, CancellationToken cancellationToken) =>
        failure is HttpRequestException || (failure is OperationCanceledException && !cancellationToken.IsCancellationRequested);

    private static bool WorthRetrying(HttpResponseMessage response)
    {
        var advice = response.Headers.TryGetValues("Stripe-Should-Retry", out var values) ? values.First() : null;
        return advice switch
        {
            "true" => true,
            "false" => false,
            _ => response.StatusCode == HttpStatusCode.Conflict || (int)response.StatusCode >= 500,
        };
    }

    /// <summary>Doubles from the shortest delay up to the longest, less up to a quarter of jitter, never below the shortest.</summary>
    private static TimeSpan BackOff(int retries)
    {
        var capped = Math.Min(MinNetworkRetriesDelay.Ticks * Math.Pow(2, retries), MaxNetworkRetriesDelay.Ticks);
        var jittered = capped * (0.75 + (0.25 * Random.Shared.NextDouble()));
        return TimeSpan.FromTicks(Math.Max((long)jittered, MinNetworkRetriesDelay.Ticks));
    }

    private static string DescribeClient(AppInfo appInfo)
    {
        var facts = new Dictionary<string, object>
        {
            ["bindings_version"] = StripeConfiguration.StripeNetVersion,
            ["lang"] = ".net",
            ["stripe_net_target_framework"] = "net10.0",
            ["lang_version"] = System.Runtime.InteropServices.RuntimeInformation.FrameworkDescription,
        };
        if (appInfo is not null)
        {
            facts["application"] = appInfo;
        }

        return JsonSerializer.Serialize(facts);
    }
}
