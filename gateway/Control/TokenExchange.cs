using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Marketplace.Contracts.Accounts;
using Microsoft.AspNetCore.Mvc;
using Yarp.ReverseProxy.Forwarder;

namespace Marketplace.Gateway.Control;

/// <summary>In front of the control API: strips what only we may send, and exchanges the client's token at Accounts, on every request, for an internal one
/// that carries the memberships of this moment. Signing out or losing a role therefore holds from the next request on.</summary>
public sealed partial class TokenExchange(RequestDelegate next, IHttpClientFactory clients, ILogger<TokenExchange> logger)
{
    // What proves the caller there is in the body; a stale token beside it must not be in the way.
    private static readonly PathString[] WithoutToken = 
    [
        "/webhooks", "/v1/sessions/refresh", "/v1/sessions/second-factor",
        "/v1/users/confirm-email", "/v1/users/resend-confirmation", "/v1/users/forgot-password", "/v1/users/reset-password",
    ];

    /// <summary>Exchanges, forwards, and turns a service that is away into a 503 that says so.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        ClientHeaders.StripInternal(context.Request.Headers);
        if (Array.Exists(WithoutToken, path => context.Request.Path.StartsWithSegments(path, StringComparison.OrdinalIgnoreCase)))
        {
            context.Request.Headers.Remove("Authorization");
        }
        else if (context.Request.Headers.Authorization.ToString() is { Length: > 0 } authorization)
        {
            var (token, refusal) = await Exchange(authorization, context.RequestAborted);
            if (refusal is not null)
            {
                await Refuse(context, refusal);
                return;
            }

            context.Request.Headers.Authorization = $"Bearer {token}";
        }

        await next(context);

        if (context.GetForwarderErrorFeature() is { Error: not ForwarderError.RequestBodyClient } && !context.Response.HasStarted)
        {
            context.Response.Clear();
            await Refuse(context, Problems.ServiceUnavailable());
        }
    }

    private async Task<(string? Token, IResult? Refusal)> Exchange(string authorization, CancellationToken cancellation)
    {
        if (!authorization.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
        {
            return (null, Problems.TokenInvalid());
        }

        try
        {
            using var response = await clients.CreateClient("accounts").PostAsJsonAsync(
                "internal/token-exchange", new TokenExchangeRequest(authorization["Bearer ".Length..].Trim()), cancellation);
            if (response.IsSuccessStatusCode)
            {
                return ((await response.Content.ReadFromJsonAsync<TokenExchangeAnswer>(cancellation))!.InternalToken, null);
            }

            if (response.StatusCode is HttpStatusCode.Unauthorized
                && await response.Content.ReadFromJsonAsync<ProblemDetails>(cancellation) is { } problem
                && problem.Extensions.TryGetValue("code", out var code) && code?.ToString() == "token_invalid")
            {
                return (null, Problems.TokenInvalid());
            }

            NotExchanged(logger, $"it answered {(int)response.StatusCode}");
        }
        catch (Exception exception) when (exception is HttpRequestException or JsonException || (exception is TaskCanceledException && !cancellation.IsCancellationRequested))
        {
            NotExchanged(logger, exception.GetBaseException().Message);
        }

        return (null, Problems.ServiceUnavailable());
    }

    private static Task Refuse(HttpContext context, IResult refusal)
    {
        if (refusal is IStatusCodeHttpResult { StatusCode: 401 })
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
        }
        else
        {
            context.Response.Headers.RetryAfter = "1";
        }

        return refusal.ExecuteAsync(context);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Accounts exchanges no tokens: {Reason}")]
    private static partial void NotExchanged(ILogger logger, string reason);
}
