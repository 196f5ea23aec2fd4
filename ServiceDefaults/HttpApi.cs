using System.Data.Common;
using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Net.Http.Headers;

namespace Marketplace.ServiceDefaults;

/// <summary>JSON, problem details, request deadline and exception mapping, the same in every host.</summary>
internal static class HttpApi
{
    /// <summary>No request may hold a connection longer than this, whatever hangs behind it.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);

    public static void Add(IHostApplicationBuilder builder)
    {
        builder.Services.ConfigureHttpJsonOptions(options =>
        {
            options.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.CamelCase;
            options.SerializerOptions.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
            options.SerializerOptions.Converters.Add(new StorableText());
            options.SerializerOptions.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false));
        });
        // By default only Development says why a body was refused.
        builder.Services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
        builder.Services.AddProblemDetails(options => options.CustomizeProblemDetails = Complete);
        builder.Services.AddRequestTimeouts(options =>
        {
            options.DefaultPolicy = new()
            {
                Timeout = Deadline,
                TimeoutStatusCode = StatusCodes.Status503ServiceUnavailable,
                WriteTimeoutResponse = context => Unavailable(context),
            };
        });
    }

    // A zero character that came by a path, a query, or in JSON that is kept as it was sent: no column can hold it.
    private static bool HoldsZeroCharacter(Exception? exception) => exception is DbException { SqlState: "22021" or "22P05" };

    public static void Use(WebApplication app)
    {
        app.UseExceptionHandler(new ExceptionHandlerOptions
        {
            StatusCodeSelector = exception => exception switch
            {
                BadHttpRequestException bad => bad.StatusCode,
                _ when HoldsZeroCharacter(exception) => StatusCodes.Status400BadRequest,
                // The database is away or busy: nothing was done, and the same request may be sent again.
                TimeoutException or DbException { IsTransient: true } => StatusCodes.Status503ServiceUnavailable,
                _ => StatusCodes.Status500InternalServerError,
            },
        });
        app.UseStatusCodePages();
        app.UseRequestTimeouts();
        app.Use(Readable);
        app.Use(NotInSilence);
    }

    // An encoding that nobody knows is found only while the body is read, as a failure of ours.
    private static Task Readable(HttpContext context, RequestDelegate next)
    {
        if (MediaTypeHeaderValue.TryParse(context.Request.ContentType, out var type) && type.Charset.HasValue && type.Encoding is null)
        {
            context.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
            return Task.CompletedTask;
        }

        return next(context);
    }

    // What waited until the deadline and gave up without a word would be an empty 200.
    private static async Task NotInSilence(HttpContext context, RequestDelegate next)
    {
        await next(context);
        if (!context.Response.HasStarted && context.Response.StatusCode == StatusCodes.Status200OK)
        {
            context.RequestAborted.ThrowIfCancellationRequested();
        }
    }

    private static Task Unavailable(HttpContext context)
    {
        context.Response.Headers.RetryAfter = "1";
        return context.RequestServices.GetRequiredService<IProblemDetailsService>()
            .TryWriteAsync(new() { HttpContext = context, ProblemDetails = { Status = StatusCodes.Status503ServiceUnavailable } }).AsTask();
    }

    // Every error leaves with a stable code and a trace id; a bug leaves with nothing else.
    private static void Complete(ProblemDetailsContext context)
    {
        var problem = context.ProblemDetails;
        if (problem.Status == StatusCodes.Status503ServiceUnavailable)
        {
            context.HttpContext.Response.Headers.TryAdd(HeaderNames.RetryAfter, "1");
        }

        problem.Extensions["traceId"] = Activity.Current?.TraceId.ToString() ?? context.HttpContext.TraceIdentifier;
        if (problem is HttpValidationProblemDetails validation)
        {
            validation.Errors = validation.Errors.ToDictionary(e => CamelPath(e.Key), e => e.Value, StringComparer.Ordinal);
        }

        if (context.Exception is BadHttpRequestException bad)
        {
            problem.Detail = Explain(bad);
            if (bad.InnerException is JsonException { Path: { Length: > 0 } path } wrong)
            {
                problem.Extensions["errors"] = new Dictionary<string, string[]>(StringComparer.Ordinal)
                {
                    [path.TrimStart('$', '.')] = [wrong is ZeroCharacterException ? ZeroCharacterException.Refusal : "Not of the expected type, or not a known field."],
                };
            }
        }
        else if (HoldsZeroCharacter(context.Exception))
        {
            problem.Detail = ZeroCharacterException.Refusal;
        }
        else if (context.Exception is not null)
        {
            problem.Detail = "The failure is ours and is recorded under this trace id.";
        }

        problem.Extensions.TryAdd("code", problem.Status switch
        {
            400 => "validation_failed",
            401 => "unauthenticated",
            403 => "forbidden",
            404 => "not_found",
            405 => "method_not_allowed",
            409 => "conflict",
            413 => "body_too_large",
            415 => "media_type_unsupported",
            429 => "rate_limited",
            503 => "unavailable",
            _ => "internal_error",
        });
    }

    private static string Explain(BadHttpRequestException bad) => bad.InnerException is JsonException json
        ? json is ZeroCharacterException ? ZeroCharacterException.Refusal : $"The body is not the expected JSON at {json.Path ?? "$"} (line {json.LineNumber + 1})."
        : bad.Message;

    // 'BillingPeriod.Unit' and 'Quotas[0].Limit' become 'billingPeriod.unit' and 'quotas[0].limit'.
    private static string CamelPath(string path) =>
        string.Join('.', path.Split('.').Select(JsonNamingPolicy.CamelCase.ConvertName));
}
