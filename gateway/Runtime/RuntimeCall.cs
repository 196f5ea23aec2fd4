using System.Globalization;
using System.Text.Json;
using Marketplace.Contracts.Subscriptions;
using Marketplace.Gateway.Metering;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Yarp.ReverseProxy.Forwarder;

namespace Marketplace.Gateway.Runtime;

/// <summary>One call to a provider's API: key, payment state, grant, rate, quota, then the upstream, then the journal. Everything up to the upstream
/// is decided in memory, except when a strict quota's next units have to be leased.</summary>
public sealed class RuntimeCall(Entitlements entitlements, Leases leases, Journal journal, InFlight inFlight, Upstream upstream, TimeProvider clock, IConfiguration configuration)
{
    private readonly TimeSpan freshEnough = TimeSpan.FromSeconds(configuration.GetValue("Gateway:FreshSeconds", 30.0));
    private readonly TimeSpan keepServing = TimeSpan.FromMinutes(configuration.GetValue("Gateway:KeepServingMinutes", 60.0));

    /// <summary>Answers <c>/apis/{product}/{api}/**</c>; the request's path is what follows <c>/apis</c>.</summary>
    public async Task Handle(HttpContext context)
    {
        if (Decide(context, out var target, out var subscription, out var credential) is { } refusal)
        {
            await Refuse(context, refusal);
            return;
        }

        if (CallLimits.Refuse(context, subscription!.Rate, subscription.Burst) is { } wait)
        {
            RetryAfter(context, wait);
            await Refuse(context, Problems.RateLimited());
            return;
        }

        var call = new ProviderCall(target.Route, target.Below, subscription, credential!, journal, inFlight);
        try
        {
            if (await Reserve(context, call, target.Route.Facts.ApiId, subscription) is { } exhausted)
            {
                await Refuse(context, exhausted);
                return;
            }

            await Forward(context, target.Route, call);
        }
        finally
        {
            call.End();
        }
    }

    // Null when every strict quota that covers the API had a unit left.
    private async ValueTask<ProblemHttpResult?> Reserve(HttpContext context, ProviderCall call, string apiId, Subscribed subscription)
    {
        foreach (var quota in subscription.Facts.Quotas)
        {
            if (quota is not { Kind: "strict", Limit: { } limit } || (quota.ApiIds.Count > 0 && !quota.ApiIds.Contains(apiId)))
            {
                continue;
            }

            var window = leases.Window(subscription, quota, call.StartedAt);
            try
            {
                if (await window.Reserve())
                {
                    call.Hold(window);
                    continue;
                }
            }
            catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException or JsonException)
            {
                return Away(context);
            }

            if (window.End < DateTimeOffset.MaxValue)
            {
                var untilEnd = window.End - clock.GetUtcNow();
                CallLimits.Tell(context, quota.Unit, limit, (long)(window.End - window.Start).TotalSeconds, 0, untilEnd);
                RetryAfter(context, untilEnd);
            }

            return Problems.QuotaExceeded(quota.Unit, limit);
        }

        return null;
    }

    private async Task Forward(HttpContext context, Route route, ProviderCall call)
    {
        // How large a body may be is the provider's affair; it is streamed, never held.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = null;
        }

        var error = await upstream.Send(context, route, call);
        if (context.Response.HasStarted || (error is ForwarderError.None && call.NotWritten is null))
        {
            Measures.Count(call.Counted ? "counted" : "not_counted");
            return;
        }

        var status = context.Response.StatusCode;
        context.Response.Clear();
        if (call.NotWritten is not null)
        {
            RetryAfter(context, TimeSpan.FromSeconds(1));
        }

        var problem = call.NotWritten is not null ? Problems.MeteringUnavailable() : error switch
        {
            ForwarderError.RequestTimedOut => Problems.UpstreamTimeout(),
            ForwarderError.RequestBodyClient => Problems.BodyBroken(status),
            _ => Problems.UpstreamUnavailable(),
        };
        await Refuse(context, problem);
    }

    // Null when the call may go on as far as memory tells.
    private ProblemHttpResult? Decide(HttpContext context, out (Route Route, PathString Below) target, out Subscribed? subscription, out CredentialEntitlement? credential)
    {
        (target, subscription, credential) = (default, null, null);
        var now = clock.GetUtcNow();
        var age = entitlements.FreshAt is { } fresh ? TimeProvider.System.GetUtcNow() - fresh : TimeSpan.MaxValue;
        if (age > keepServing)
        {
            return Away(context);
        }

        if (PresentedKey(context.Request) is not { Length: > 0 } key)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
            return Problems.KeyMissing();
        }

        if ((credential = entitlements.FindCredential(KeyHash.Of(key))) is null)
        {
            // A key made while the control plane is away is not known here yet; that is no reason to call it invalid.
            return age > freshEnough ? Away(context) : Problems.KeyInvalid();
        }

        if (entitlements.FindRoute(context.Request.Path, out var below) is not { } route)
        {
            return Problems.AddressUnknown(context.Request.Path);
        }

        target = (route, below);
        if ((subscription = entitlements.FindSubscription(credential, route.Facts.ProductId)) is null)
        {
            return Problems.Refused("not_subscribed");
        }

        if (subscription.RefusalAt(now) is { } code)
        {
            return Problems.Refused(code);
        }

        if ((credential.ApiId is not null && credential.ApiId != route.Facts.ApiId) || !subscription.Grants(route.Facts.ApiId, credential.ApplicationId))
        {
            return Problems.Refused("access_not_granted");
        }

        if (!route.Has(context.Request.Method, below))
        {
            return Problems.ResourceUnknown(context.Request.Method);
        }

        if (HttpMethods.IsConnect(context.Request.Method) || (context.Request.Headers.Upgrade is { Count: > 0 } upgrade && upgrade != "h2c"))
        {
            return Problems.UpgradeUnsupported();
        }

        if (journal.Writable)
        {
            return null;
        }

        RetryAfter(context, TimeSpan.FromSeconds(1));
        return Problems.MeteringUnavailable();
    }

    private static Task Refuse(HttpContext context, ProblemHttpResult refusal)
    {
        Measures.Count((string)refusal.ProblemDetails.Extensions["code"]!);
        return refusal.ExecuteAsync(context);
    }

    private static string? PresentedKey(HttpRequest request)
    {
        if (request.Headers.TryGetValue("X-Api-Key", out var header))
        {
            return header.ToString();
        }

        var authorization = request.Headers.Authorization.ToString();
        return authorization.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? authorization["Bearer ".Length..].Trim() : null;
    }

    private static ProblemHttpResult Away(HttpContext context)
    {
        RetryAfter(context, TimeSpan.FromSeconds(1));
        return Problems.ControlPlaneUnavailable();
    }

    private static void RetryAfter(HttpContext context, TimeSpan wait) =>
        context.Response.Headers.RetryAfter = Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
}
