using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace Marketplace.WebhookIngest.Ingest;

/// <summary>Turns deliveries away at the door while <see cref="IngestLimit"/> is full: before their body, their signature, a timer or a token is looked
/// at, and with an answer that is written once. What turning away costs is taken from what can be stored, so under overload it has to cost next to nothing.</summary>
public static class LoadShedding
{
    /// <summary>How the answer begins; the trace id follows, as in every refusal.</summary>
    private static readonly byte[] Beginning = [.. JsonSerializer.SerializeToUtf8Bytes(Problems.Overload().ProblemDetails)[..^1], .. ",\"traceId\":\""u8];

    /// <summary>503 <c>overloaded</c> with Retry-After for a delivery that finds the service full; everything else goes on. First of the pipeline, before the routes.</summary>
    public static void UseLoadShedding(this WebApplication app)
    {
        var limit = app.Services.GetRequiredService<IngestLimit>();
        app.Use((context, next) => limit.IsFull && HttpMethods.IsPost(context.Request.Method) && context.Request.Path.StartsWithSegments("/webhooks", StringComparison.OrdinalIgnoreCase) ? TurnAway(context) : next(context));
    }

    private static Task TurnAway(HttpContext context)
    {
        Measures.Refused(Problems.OverloadedCode);
        var response = context.Response;
        response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        response.ContentType = "application/problem+json";
        response.Headers.RetryAfter = Problems.ComeAgain;
        byte[] body = [.. Beginning, .. Encoding.ASCII.GetBytes(Activity.Current?.TraceId.ToString() ?? context.TraceIdentifier), .. "\"}"u8];
        response.ContentLength = body.Length;
        return response.Body.WriteAsync(body).AsTask();
    }
}
