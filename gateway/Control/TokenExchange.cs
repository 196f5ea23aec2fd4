using System.Net;
using System.Net.Http.Json;
using Marketplace.Contracts.Accounts;
using Yarp.ReverseProxy.Forwarder;

namespace Marketplace.Gateway.Control;

/// <summary>In front of the control API: strips what only we may send, and exchanges the client's token at Accounts, on every request, for an internal one
/// that carries the memberships of this moment. Signing out or losing a role therefore holds from the next request on.</summary>
public sealed class TokenExchange(RequestDelegate next, IHttpClientFactory clients)
{
    /// <summary>Exchanges, forwards, and turns a service that is away into a 503 that says so.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        foreach (var name in context.Request.Headers.Keys.Where(InternalHeaders.IsInternal).ToList())
        {
            context.Request.Headers.Remove(name);
        }

        var authorization = context.Request.Headers.Authorization.ToString();
        if (authorization.Length > 0 && !context.Request.Path.StartsWithSegments("/webhooks", StringComparison.OrdinalIgnoreCase))
        {
            if (!authorization.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
            {
                await Problems.TokenInvalid().ExecuteAsync(context);
                return;
            }

            HttpResponseMessage response;
            try
            {
                response = await clients.CreateClient("accounts").PostAsJsonAsync(
                    "internal/token-exchange", new TokenExchangeRequest(authorization["Bearer ".Length..].Trim()), context.RequestAborted);
            }
            catch (Exception exception) when (exception is HttpRequestException || (exception is TaskCanceledException && !context.RequestAborted.IsCancellationRequested))
            {
                await Away(context);
                return;
            }

            using (response)
            {
                if (response.StatusCode is HttpStatusCode.Unauthorized)
                {
                    context.Response.Headers.WWWAuthenticate = "Bearer";
                    await Problems.TokenInvalid().ExecuteAsync(context);
                    return;
                }

                if (!response.IsSuccessStatusCode)
                {
                    await Away(context);
                    return;
                }

                var answer = await response.Content.ReadFromJsonAsync<TokenExchangeAnswer>(context.RequestAborted);
                context.Request.Headers.Authorization = $"Bearer {answer!.InternalToken}";
            }
        }

        await next(context);

        if (context.GetForwarderErrorFeature() is not null && !context.Response.HasStarted)
        {
            context.Response.Clear();
            await Away(context);
        }
    }

    private static Task Away(HttpContext context)
    {
        context.Response.Headers.RetryAfter = "1";
        return Problems.ServiceUnavailable().ExecuteAsync(context);
    }
}
