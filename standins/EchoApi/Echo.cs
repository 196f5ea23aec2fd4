using Microsoft.AspNetCore.Http.Features;

namespace Marketplace.EchoApi;

/// <summary>What the echo API saw of a request. <c>Headers</c> lets a test see what the gateway passes on and what it strips.</summary>
public sealed record Heard(string Method, string Path, string Query, IReadOnlyDictionary<string, string> Headers, string Body);

/// <summary>A provider's API for demonstrations and tests: it answers with what it was asked, or with the status and delay asked for.</summary>
public static class Echo
{
    private const int LongestBody = 64 * 1024;
    private const string Usage = "Marketplace-Usage";

    /// <summary>200 with the request, any method and path; with <c>?usage=x-tokens=250</c> it tells the marketplace that so much was used.</summary>
    public static async Task<IResult> Answer(HttpRequest request, CancellationToken cancellation)
    {
        if (request.Query["usage"] is { Count: > 0 } usage)
        {
            request.HttpContext.Response.Headers[Usage] = usage;
        }

        return Results.Json(await Hear(request, cancellation));
    }

    /// <summary>The status in the path, with the request.</summary>
    public static async Task<IResult> Status(int status, HttpRequest request, CancellationToken cancellation) =>
        status is 204 or 205 or 304 ? Results.StatusCode(status) : Results.Json(await Hear(request, cancellation), statusCode: status);

    /// <summary>200 after so many milliseconds.</summary>
    public static async Task<IResult> Delay(int milliseconds, HttpRequest request, CancellationToken cancellation)
    {
        await Task.Delay(TimeSpan.FromMilliseconds(milliseconds), TimeProvider.System, cancellation);
        return Results.Json(await Hear(request, cancellation));
    }

    private static async Task<Heard> Hear(HttpRequest request, CancellationToken cancellation)
    {
        var body = "";
        if (request.HttpContext.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == true)
        {
            using var reader = new StreamReader(request.Body);
            var buffer = new char[LongestBody];
            body = new string(buffer, 0, await reader.ReadBlockAsync(buffer, cancellation));
        }

        return new(
            request.Method, request.Path, request.QueryString.Value ?? "",
            request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString()), body);
    }
}
