using Marketplace.Contracts.Subscriptions;
using Marketplace.Gateway.Metering;
using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Forwarder;

namespace Marketplace.Gateway.Runtime;

/// <summary>One call on its way to a provider: what it takes along, what comes back, and what becomes of it in the books. An answer that counts is in the
/// journal before its first byte leaves; from then on the call holds no watermark back, however long its body streams.</summary>
internal sealed class ProviderCall(
    Route route, PathString below, Subscribed subscription, CredentialEntitlement credential, Journal journal, InFlight inFlight) : HttpTransformer
{
    private static readonly UriCreationOptions AsItIs = new() { DangerousDisablePathAndQueryCanonicalization = true };
    private readonly InFlight.Started started = inFlight.Begin();
    private QuotaWindow? window;
    private List<QuotaWindow>? moreWindows;
    private bool ended;

    /// <summary>When the call started, by the gateway's clock.</summary>
    public DateTimeOffset StartedAt => started.At;

    /// <summary>Its answer counts and is in the journal.</summary>
    public bool Counted { get; private set; }

    /// <summary>Why its answer could not be written down, if so.</summary>
    public IOException? NotWritten { get; private set; }

    /// <summary>Until when the provider's answer has to begin; lifted when it does.</summary>
    public CancellationTokenSource? Deadline { get; set; }

    /// <summary>Keeps a unit of a strict quota until the call's end.</summary>
    public void Hold(QuotaWindow unit)
    {
        if (window is null)
        {
            window = unit;
        }
        else
        {
            (moreWindows ??= []).Add(unit);
        }
    }

    /// <summary>The call is over: units of a call that did not count are given back.</summary>
    public void End()
    {
        if (!Counted)
        {
            window?.Release();
            moreWindows?.ForEach(unit => unit.Release());
        }

        Settle();
    }

    /// <inheritdoc/>
    public override async ValueTask TransformRequestAsync(HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
    {
        await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken);
        ClientHeaders.StripCall(proxyRequest.Headers);
        var facts = subscription.Facts;
        proxyRequest.RequestUri = new Uri(
            string.Concat(destinationPrefix, PathGuard.AsWritten(httpContext, below), httpContext.Request.QueryString.Value), AsItIs);
        proxyRequest.Headers.Host = null;
        proxyRequest.Headers.TryAddWithoutValidation("X-Marketplace-Organization", facts.OrganizationId);
        proxyRequest.Headers.TryAddWithoutValidation("X-Marketplace-Subscription", facts.SubscriptionId);
        if (credential.ApplicationId is { } application)
        {
            proxyRequest.Headers.TryAddWithoutValidation("X-Marketplace-Application", application);
        }
    }

    /// <inheritdoc/>
    public override async ValueTask<bool> TransformResponseAsync(HttpContext httpContext, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken)
    {
        if (proxyResponse is null)
        {
            return false;
        }

        Deadline?.CancelAfter(Timeout.InfiniteTimeSpan);
        if ((int)proxyResponse.StatusCode is >= 200 and < 400)
        {
            try
            {
                var units = subscription.Facts.Units is { Count: > 0 } metered ? UsageHeader.Read(proxyResponse.Headers, metered) : null;
                await journal.Append(new(subscription.Facts.SubscriptionId, route.Facts.ApiId, credential.ApplicationId, started.At, subscription.PeriodAt(started.At).Start, units));
                Counted = true;
                Use(units);
            }
            catch (IOException exception)
            {
                NotWritten = exception;
                return false;
            }
        }

        Settle();
        await base.TransformResponseAsync(httpContext, proxyResponse, cancellationToken);
        ClientHeaders.StripAnswer(httpContext.Response.Headers);
        return true;
    }

    /// <inheritdoc/>
    public override async ValueTask TransformResponseTrailersAsync(HttpContext httpContext, HttpResponseMessage proxyResponse, CancellationToken cancellationToken)
    {
        await base.TransformResponseTrailersAsync(httpContext, proxyResponse, cancellationToken);
        if (httpContext.Features.Get<IHttpResponseTrailersFeature>()?.Trailers is { IsReadOnly: false, Count: > 0 } trailers)
        {
            ClientHeaders.StripAnswer(trailers);
        }
    }

    // Of the provider's own units one was reserved in each window; of transactions a call is one.
    private void Use(UnitCount[]? units)
    {
        UseOf(window, units);
        if (moreWindows is not null)
        {
            foreach (var further in moreWindows)
            {
                UseOf(further, units);
            }
        }
    }

    private static void UseOf(QuotaWindow? held, UnitCount[]? units)
    {
        if (held?.Unit is { } unit)
        {
            held.Settle(UnitCount.Of(units, unit));
        }
    }

    private void Settle()
    {
        if (!ended)
        {
            ended = true;
            started.Dispose();
        }
    }
}
