using Marketplace.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Gateway;

/// <summary>Every refusal of the gateway. On the runtime path the <c>code</c> tells a caller's program what to do about it.</summary>
public static class Problems
{
    /// <summary>401 <c>key_missing</c>.</summary>
    public static ProblemHttpResult KeyMissing() =>
        Problem.Of(401, "key_missing", "Send your key in X-Api-Key or as Authorization: Bearer.");

    /// <summary>401 <c>key_invalid</c>: unknown, suspended or revoked.</summary>
    public static ProblemHttpResult KeyInvalid() =>
        Problem.Of(401, "key_invalid", "The key is not known, or not valid any more. List your credentials, or rotate the one you use.");

    /// <summary>404 <c>address_unknown</c>.</summary>
    public static ProblemHttpResult AddressUnknown(string path) =>
        Problem.Of(404, "address_unknown", $"No API at '/apis{path}'. Addresses are /apis/{{product}}/{{api}}/ and what the API has below.");

    /// <summary>404 <c>resource_unknown</c>: the API has no such method and path.</summary>
    public static ProblemHttpResult ResourceUnknown(string method) =>
        Problem.Of(404, "resource_unknown", $"The API has no such resource for {method}.");

    /// <summary>403 with the code that the subscription's state gives: <c>payment_required</c>, <c>subscription_suspended</c>, <c>not_subscribed</c>,
    /// <c>payment_disputed</c>, <c>payment_refunded</c>.</summary>
    public static ProblemHttpResult Refused(string code) => Problem.Of(403, code, code switch
    {
        "payment_required" => "An invoice of this subscription waits for payment. Pay it on its hosted page; access opens by itself.",
        "subscription_suspended" => "The provider has suspended this subscription. Ask the provider.",
        "not_subscribed" => "The key's organization has no live subscription to this product. Subscribe to one of its plans.",
        "payment_disputed" => "A payment of this subscription is disputed. Access opens by itself when the dispute is won; ask the provider.",
        "payment_refunded" => "The payment for this period was given back. Access opens with the next period's invoice; ask the provider.",
        "access_not_granted" => "The subscription is live, but access to this API has not been granted to this key. Request access.",
        _ => "The subscription does not allow this call.",
    });

    /// <summary>429 <c>quota_exceeded</c>: a strict quota is used up until its window ends.</summary>
    public static ProblemHttpResult QuotaExceeded(string unit, long limit) =>
        Problem.Of(429, "quota_exceeded", $"The plan's {limit} {unit} of this interval are used up.");

    /// <summary>429 <c>rate_limited</c>.</summary>
    public static ProblemHttpResult RateLimited() =>
        Problem.Of(429, "rate_limited", "Too many calls at once. Wait as Retry-After says.");

    /// <summary>503 <c>control_plane_unavailable</c>: what would be needed to decide is away for too long.</summary>
    public static ProblemHttpResult ControlPlaneUnavailable() =>
        Problem.Of(503, "control_plane_unavailable", "The marketplace cannot decide on this call right now. Try again as Retry-After says.");

    /// <summary>503 <c>metering_unavailable</c>: the call could not be written down, so it was not passed on or its answer is held back.</summary>
    public static ProblemHttpResult MeteringUnavailable() =>
        Problem.Of(503, "metering_unavailable", "The marketplace cannot count calls right now and passes none. Nothing was counted. Try again as Retry-After says.");

    /// <summary>400 <c>upgrade_unsupported</c>: a connection that becomes something else (a WebSocket) could be neither counted nor ended.</summary>
    public static ProblemHttpResult UpgradeUnsupported() =>
        Problem.Of(400, "upgrade_unsupported", "APIs are called with plain requests here; WebSockets and other upgrades are not passed on. Answers may be streamed.");

    /// <summary>400 or, for a body that stopped coming, 408 <c>body_incomplete</c>. The call is not counted.</summary>
    public static ProblemHttpResult BodyBroken(int status) =>
        Problem.Of(status is 408 ? 408 : 400, "body_incomplete", "The request's body did not arrive as announced. The call was not counted.");

    /// <summary>400 <c>path_ambiguous</c>: two servers could read the path differently.</summary>
    public static ProblemHttpResult PathAmbiguous() =>
        Problem.Of(400, "path_ambiguous", "The path hides '.' or '..' segments behind encodings or backslashes. Write the path that you mean.");

    /// <summary>504 <c>upstream_timeout</c>: the provider's API did not answer in time. The call is not counted.</summary>
    public static ProblemHttpResult UpstreamTimeout() =>
        Problem.Of(504, "upstream_timeout", "The provider's API did not answer in time. The call was not counted.");

    /// <summary>502 <c>upstream_unavailable</c>: the provider's API did not answer. The call is not counted.</summary>
    public static ProblemHttpResult UpstreamUnavailable() =>
        Problem.Of(502, "upstream_unavailable", "The provider's API did not answer. The call was not counted.");

    /// <summary>401 <c>token_invalid</c>: the session or personal token is not or no longer valid.</summary>
    public static ProblemHttpResult TokenInvalid() =>
        Problem.Of(401, "token_invalid", "The token is not valid any more. Sign in again, or refresh the session.");

    /// <summary>503 <c>service_unavailable</c>: the part of the marketplace that answers this is away.</summary>
    public static ProblemHttpResult ServiceUnavailable() =>
        Problem.Of(503, "service_unavailable", "This part of the marketplace is starting or away. Nothing was changed. Try again as Retry-After says.");

    /// <summary>400 <c>duration_invalid</c>.</summary>
    public static ProblemHttpResult DurationInvalid() =>
        Problem.Of(400, "duration_invalid", "Send {\"advance\":\"P1M\"} (an ISO 8601 duration) or {\"to\":\"2026-12-01T02:00:00Z\"} (a later instant).", "advance");

    /// <summary>504 <c>clock_busy</c>: the clock stands where it is because work would not finish.</summary>
    public static ProblemHttpResult ClockBusy(string who, DateTimeOffset now) =>
        Problem.Of(504, "clock_busy", $"The clock stands at {now:O}: {who} still has work to do. Look at its logs, then advance again.");

    /// <summary>409 <c>seed_impossible</c>: there is nothing to seed with, or a step was refused.</summary>
    public static ProblemHttpResult SeedImpossible(string why) => Problem.Of(409, "seed_impossible", why);
}
