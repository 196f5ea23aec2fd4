using Marketplace.Contracts.Subscriptions;
using Marketplace.Gateway.Metering;
using Yarp.ReverseProxy.Forwarder;

namespace Marketplace.Gateway.Runtime;

/// <summary>One call to a provider's API: key, payment state, grant, rate, quota, then the upstream, then the journal. Everything up to the upstream
/// is decided in memory, except when a strict quota's next units have to be leased.</summary>
public sealed class RuntimeCall(Entitlements entitlements, Leases leases, Journal journal, InFlight inFlight, Upstream upstream, TimeProvider clock, IConfiguration configuration)
{
    private static readonly TimeSpan FreshEnough = TimeSpan.FromSeconds(30);
    private readonly TimeSpan keepServing = TimeSpan.FromMinutes(configuration.GetValue("Gateway:KeepServingMinutes", 60));

    /// <summary>Answers <c>/apis/{product}/{api}/**</c>.</summary>
    public async Task Handle(HttpContext context, string product, string api)
    {
        if (Decide(context, product, api, out var route, out var subscription, out var credential) is { } refusal)
        {
            await Refuse(context, refusal);
            return;
        }

        if (subscription!.Rate is { } rate)
        {
            var allowed = rate.Take(out var left, out var next);
            RateHeaders(context, "rate", rate.Limit, rate.Seconds, left, (int)Math.Ceiling(next.TotalSeconds));
            if (!allowed)
            {
                context.Response.Headers.RetryAfter = Math.Max(1, (int)Math.Ceiling(next.TotalSeconds)).ToString();
                await Refuse(context, Problems.RateLimited());
                return;
            }
        }

        using var started = inFlight.Begin();
        var reserved = new List<QuotaWindow>();
        try
        {
            foreach (var quota in subscription.Facts.Quotas)
            {
                if (quota is { Kind: "strict", Limit: { } limit } && (quota.ApiIds.Count == 0 || quota.ApiIds.Contains(route!.Facts.ApiId)))
                {
                    var window = leases.Window(subscription, quota, started.At);
                    if (!await window.Reserve())
                    {
                        reserved.ForEach(w => w.Release());
                        await Refuse(context, Problems.QuotaExceeded(quota.Unit, limit));
                        return;
                    }

                    reserved.Add(window);
                }
            }
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException)
        {
            reserved.ForEach(w => w.Release());
            await Refuse(context, Problems.ControlPlaneUnavailable());
            return;
        }

        await Forward(context, route!, subscription, credential!, started.At, reserved);
    }

    private async Task Forward(HttpContext context, Route route, Subscribed subscription, CredentialEntitlement credential, DateTimeOffset at, List<QuotaWindow> reserved)
    {
        var counted = false;
        context.Response.OnStarting(async () =>
        {
            // The status is known and nothing has been sent: an answer that counts is in the journal before its first byte leaves.
            if (context.Response.StatusCode is >= 200 and < 400 && !counted)
            {
                await journal.Append(new MeteredCall(subscription.Facts.SubscriptionId, route.Facts.ApiId, credential.ApplicationId, at));
                counted = true;
            }
        });
        try
        {
            if (await upstream.Send(context, route, subscription, credential) is not ForwarderError.None && !context.Response.HasStarted)
            {
                context.Response.Clear();
                await Problems.UpstreamUnavailable().ExecuteAsync(context);
            }
        }
        finally
        {
            if (!counted)
            {
                reserved.ForEach(w => w.Release());
            }
        }
    }

    // Null when the call may go on as far as memory tells.
    private IResult? Decide(HttpContext context, string product, string api, out Route? route, out Subscribed? subscription, out CredentialEntitlement? credential)
    {
        (route, subscription, credential) = (null, null, null);
        var now = clock.GetUtcNow();
        var age = entitlements.FreshAt is { } fresh ? TimeProvider.System.GetUtcNow() - fresh : TimeSpan.MaxValue;
        if (age > keepServing)
        {
            return Problems.ControlPlaneUnavailable();
        }

        if (PresentedKey(context.Request) is not { Length: > 0 } key)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
            return Problems.KeyMissing();
        }

        if ((credential = entitlements.FindCredential(KeyHash.Of(key))) is null)
        {
            // A key made while the control plane is away is not known here yet; that is no reason to call it invalid.
            return age > FreshEnough ? Problems.ControlPlaneUnavailable() : Problems.KeyInvalid();
        }

        if ((route = entitlements.FindRoute(product, api)) is null)
        {
            return Problems.ApiUnknown(product, api);
        }

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

        return route.Has(context.Request.Method, Upstream.Below(context)) ? null : Problems.ResourceUnknown(context.Request.Method);
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

    private static Task Refuse(HttpContext context, IResult refusal)
    {
        if (refusal is IStatusCodeHttpResult { StatusCode: 503 })
        {
            context.Response.Headers.RetryAfter = "1";
        }

        return refusal.ExecuteAsync(context);
    }

    private static void RateHeaders(HttpContext context, string policy, int limit, int window, int left, int reset)
    {
        context.Response.Headers["RateLimit-Policy"] = $"\"{policy}\";q={limit};w={window}";
        context.Response.Headers["RateLimit"] = $"\"{policy}\";r={left};t={reset}";
    }
}
