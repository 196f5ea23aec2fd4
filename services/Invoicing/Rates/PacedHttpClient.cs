using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Stripe;

namespace Marketplace.Invoicing;

/// <summary>Sends the client's requests at the account's pace, within the time that one call may take. A request that Stripe turns away for its rate was not carried out: it slows
/// the account down in every process and is sent again, so that it costs no job an attempt.</summary>
internal sealed class PacedHttpClient(IHttpClient inner, StripeSession session, StripeReachability reachability, TimeSpan callLimit) : IHttpClient
{
    private const int MostSent = 4;

    public async Task<StripeResponse> MakeRequestAsync(StripeRequest request, CancellationToken cancellationToken = default)
    {
        for (var sent = 1; ; sent++)
        {
            await session.Turn(cancellationToken);
            var answer = await reachability.Watch(session.IntegrationId, () => Call(request, cancellationToken), cancellationToken);
            if (answer.StatusCode != HttpStatusCode.TooManyRequests || !await session.SlowDown(answer.Headers, answer.Content, cancellationToken) || sent == MostSent)
            {
                return answer;
            }
        }
    }

    public async Task<StripeStreamedResponse> MakeStreamingRequestAsync(StripeRequest request, CancellationToken cancellationToken = default)
    {
        await session.Turn(cancellationToken);
        return await inner.MakeStreamingRequestAsync(request, cancellationToken);
    }

    // The client's own time limit ends with the headers; a body that trickles would hold a lane for ever.
    private async Task<StripeResponse> Call(StripeRequest request, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(callLimit);
        return await inner.MakeRequestAsync(request, limit.Token);
    }
}

/// <summary>A key in the clear, for as long as a call takes.</summary>
/// <param name="IntegrationId">Null while it is not stored.</param>
/// <param name="Rate">Null while its account is not known.</param>
public sealed record StripeSession(string Key, string? IntegrationId, SessionRate? Rate)
{
    /// <summary>Whether the key has permissions of its own.</summary>
    public bool IsRestricted => Key.StartsWith("rk_", StringComparison.Ordinal);

    /// <summary>Waits until the next request may leave.</summary>
    public Task Turn(CancellationToken cancellation) => Rate?.Pace.Wait(Rate.InBackground, cancellation) ?? Task.CompletedTask;

    /// <summary>Slows the account down after a 429; false when that was about one object only, which another request holds.</summary>
    public async Task<bool> SlowDown(HttpResponseHeaders? headers, string? body, CancellationToken cancellation)
    {
        var reason = Header(headers, "Stripe-Rate-Limited-Reason");
        if (!StripeFailure.IsAccountsRate(reason, body))
        {
            return false;
        }

        if (Rate is not null)
        {
            await Rate.Rates.Slow(Rate.Account, RetryAfter(headers), reason, cancellation);
            Rate.Pace.Forget();
        }

        return Rate is not null;
    }

    /// <inheritdoc/>
    public override string ToString() => $"session of {IntegrationId ?? "a new key"}";

    private static TimeSpan? RetryAfter(HttpResponseHeaders? headers) =>
        int.TryParse(Header(headers, "Retry-After"), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? TimeSpan.FromSeconds(Math.Min(seconds, 3600)) : null;

    private static string? Header(HttpResponseHeaders? headers, string name) => headers is not null && headers.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;
}

/// <summary>What a session's requests keep to.</summary>
/// <param name="InBackground">Nobody waits for them: what somebody waits for goes first.</param>
public sealed record SessionRate(StripeRates Rates, RatedAccount Account, RequestPace Pace, bool InBackground);
