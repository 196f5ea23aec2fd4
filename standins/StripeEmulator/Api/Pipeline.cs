using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Admin;
using Marketplace.StripeEmulator.Rendering;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Api;

/// <summary>The way of every call under /v1 and /v2: key, version, faults, parameters, idempotency, permission, handler, durable answer.</summary>
public sealed class Pipeline(Engine engine, Idempotency idempotency, FaultRules faults, RateLimits limits, ObjectLocks locks, ILogger<Pipeline> logger)
{
    public static readonly JsonSerializerOptions Json = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly string[] Foreign = ["application/json", "application/xml", "text/xml", "multipart/"];

    public async Task Run(HttpContext context, Endpoint endpoint)
    {
        engine.Count();
        var requestId = engine.Ids.New("req");
        context.Response.Headers["Request-Id"] = requestId;
        ApiKey? key = null;
        try
        {
            key = ApiKeys.Of(context.Request, engine);
            limits.Demand(key.Scope, context.Response);
            await Answer(context, endpoint, key, requestId);
        }
        catch (StripeException refusal)
        {
            await refusal.Durable;
            if (refusal.Status == 401)
            {
                context.Response.Headers.WWWAuthenticate = "Bearer realm=\"Stripe\"";
            }

            await Write(context, refusal.Status, refusal.Body(requestId, key?.Scope.Livemode ?? false).ToJsonString(Json));
        }
        catch (Exception failure) when (failure is not (OperationCanceledException or IOException) && !context.Response.HasStarted)
        {
            logger.LogError(failure, "{Method} {Path} failed", endpoint.Method, context.Request.Path);
            await Write(context, 500, FaultRules.Body(500, null).ToJsonString(Json));
        }
    }

    /// <summary>Any other address under /v1 or /v2.</summary>
    public async Task Unknown(HttpContext context)
    {
        engine.Count();
        var requestId = engine.Ids.New("req");
        context.Response.Headers["Request-Id"] = requestId;
        var refusal = StripeException.Unrecognized(context.Request);
        await Write(context, 404, refusal.Body(requestId, false).ToJsonString(Json));
    }

    private async Task Answer(HttpContext context, Endpoint endpoint, ApiKey key, string requestId)
    {
        engine.SawHost(context.Request);
        if (context.Request.Path.Value!.EndsWith('/'))
        {
            throw new StripeException(
                404,
                "invalid_request_error",
                null,
                $"Unrecognized request URL ({context.Request.Method}: {context.Request.Path}). If you are trying to list objects, remove the trailing slash. If you are trying to retrieve an object, make sure you passed a valid (non-empty) identifier in your code. Please see https://stripe.com/docs or we can help at https://support.stripe.com/.");
        }

        var named = Versions.Named(context.Request);
        var version = named ?? engine.Options.ApiVersion;
        context.Response.Headers["Stripe-Version"] = version;
        Account(context.Request, key);
        ApiKeys.Demand(key, endpoint);
        var sent = JsonBody.Speaks(context.Request) ? await JsonBody.Parse(context.Request) : FormBody.Parse(await Sent(context.Request));
        OlderParameters.Translate(endpoint.Name, named, sent);
        var idempotencyKey = endpoint.Method == "POST" ? context.Request.Headers["Idempotency-Key"].ToString() : "";
        if (idempotencyKey.Length > 0)
        {
            if (idempotencyKey.All(c => c is >= ' ' and <= '~'))
            {
                context.Response.Headers["Idempotency-Key"] = idempotencyKey;
            }

            if (idempotency.Begin(key.Scope, idempotencyKey, context.Request.Path, sent) is { } kept)
            {
                await Repeat(context, kept, faults.Take(context.Request, key));
                return;
            }
        }

        Func<Task<string>> execute = () => Execute(context, endpoint, key, version, sent, requestId, idempotencyKey);
        FaultRule? fault;
        string? body;
        try
        {
            using var held = await locks.Hold(context, endpoint, key.Scope);
            fault = faults.Take(context.Request, key);
            body = fault is null ? await execute() : await Fail(context, fault, execute, key, sent, requestId, idempotencyKey);
        }
        finally
        {
            // Before the caller hears anything, so that it may call again at once.
            if (idempotencyKey.Length > 0)
            {
                idempotency.End(key.Scope, idempotencyKey);
            }
        }

        await Tell(context, fault, body);
    }

    /// <summary>Answers from what is kept: a fault meets the way there and back all the same.</summary>
    private static async Task Repeat(HttpContext context, KeptAnswer kept, FaultRule? fault)
    {
        if (fault is not null)
        {
            await Tell(context, fault, await Delay(context, fault));
            return;
        }

        context.Response.Headers["Idempotent-Replayed"] = "true";
        context.Response.Headers["Original-Request"] = kept.RequestId;
        await Write(context, kept.Status, kept.Body);
    }

    private static async Task Tell(HttpContext context, FaultRule? fault, string? body)
    {
        if (body is null)
        {
            context.Abort();
            return;
        }

        foreach (var (name, value) in fault?.Headers ?? [])
        {
            context.Response.Headers[name] = value;
        }

        await Write(context, fault?.Status ?? 200, body);
    }

    /// <summary>The body of a fault that answers, or null, after the time it takes, of one that does not.</summary>
    private static async Task<string?> Delay(HttpContext context, FaultRule fault)
    {
        if (fault.Kind == "timeout")
        {
            await Task.Delay(TimeSpan.FromSeconds(fault.Seconds), context.RequestAborted);
        }

        return fault.Kind == "status" ? FaultRules.Body(fault.Status, fault.Code).ToJsonString(Json) : null;
    }

    private async Task<string> Execute(HttpContext context, Endpoint endpoint, ApiKey key, string version, FormValue sent, string requestId, string idempotencyKey)
    {
        var parameters = ParameterCheck.Check(OlderParameters.Rule(endpoint.Name, endpoint.Rule, Versions.Named(context.Request)), sent);
        string[] path = [.. endpoint.Names.Select(name => (string)context.Request.RouteValues[name]!)];
        var url = context.Request.Path.ToString();
        try
        {
            var done = engine.Run(key.Scope, new Origin(requestId, idempotencyKey.Length > 0 ? idempotencyKey : null), transaction =>
            {
                var call = new Call(transaction, parameters, path, version, key);
                var body = Renderer.Render(transaction, Handle(endpoint, call), version, parameters["expand"] as JsonArray).ToJsonString(Json);
                if (idempotencyKey.Length > 0)
                {
                    Idempotency.Keep(transaction, idempotencyKey, url, sent, new KeptAnswer(200, body, requestId));
                }

                return body;
            });
            await done.Durable;
            return done.Value;
        }
        catch (StripeException refusal) when ((refusal.Keeps || refusal.Status == 402) && idempotencyKey.Length > 0)
        {
            Keep(key, idempotencyKey, url, sent, new KeptAnswer(refusal.Status, refusal.Body(requestId, key.Scope.Livemode).ToJsonString(Json), requestId));
            throw;
        }
    }

    private static Reply Handle(Endpoint endpoint, Call call)
    {
        try
        {
            return endpoint.Handle(call);
        }
        catch (StripeException refusal)
        {
            Renderer.Refusal(call.Tx, refusal.More, call.Version);
            throw;
        }
    }

    private void Keep(ApiKey key, string idempotencyKey, string url, FormValue sent, KeptAnswer answer) =>
        engine.Run(key.Scope, Origin.Automatic, transaction =>
        {
            Idempotency.Keep(transaction, idempotencyKey, url, sent, answer);
            return true;
        });

    /// <summary>What the caller hears of a fault; null when it hears nothing.</summary>
    private async Task<string?> Fail(HttpContext context, FaultRule fault, Func<Task<string>> execute, ApiKey key, FormValue sent, string requestId, string idempotencyKey)
    {
        if (fault.Executes)
        {
            try
            {
                await execute();
            }
            catch (StripeException refusal)
            {
                await refusal.Durable; // the caller hears neither of success nor of refusal
            }
        }

        var body = await Delay(context, fault);
        if (body is not null && fault.Status == 500 && idempotencyKey.Length > 0 && !fault.Executes && fault.Stored)
        {
            Keep(key, idempotencyKey, context.Request.Path, sent, new KeptAnswer(500, body, requestId));
        }

        return body;
    }

    private static void Account(HttpRequest request, ApiKey key)
    {
        // A context is a path of accounts; the last one is meant.
        string[] asked = [request.Headers["Stripe-Account"].ToString(), request.Headers["Stripe-Context"].ToString().Split('/')[^1]];
        if (Array.Find(asked, account => account.Length > 0 && account != key.Scope.Account) is { } account)
        {
            throw new StripeException(
                403,
                "invalid_request_error",
                "account_invalid",
                $"The provided key '{key.Masked}' does not have access to account '{account}' (or that account does not exist). Application access may have been revoked.");
        }
    }

    private static async Task<string> Sent(HttpRequest request)
    {
        var query = request.QueryString.Value?.TrimStart('?') ?? "";
        if (HttpMethods.IsGet(request.Method) || request.ContentLength is 0 or null && !request.Headers.ContainsKey("Transfer-Encoding"))
        {
            return query;
        }

        using var reader = new StreamReader(request.Body, Encoding.UTF8);
        var body = await reader.ReadToEndAsync(request.HttpContext.RequestAborted);
        if (Foreign.Any(type => request.ContentType?.StartsWith(type, StringComparison.OrdinalIgnoreCase) == true))
        {
            throw StripeException.Invalid("Invalid request (check that your POST content type is application/x-www-form-urlencoded). If you have any questions, we can help at https://support.stripe.com/.");
        }

        return query.Length == 0 ? body : query + "&" + body;
    }

    private static async Task Write(HttpContext context, int status, string body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        context.Response.Headers.CacheControl = "no-cache, no-store";
        await context.Response.WriteAsync(body, context.RequestAborted);
    }
}
