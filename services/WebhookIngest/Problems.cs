using Marketplace.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.WebhookIngest;

/// <summary>Every refusal of WebhookIngest. <c>code</c> is part of the public contract, and the reason that refused deliveries are counted under.</summary>
public static class Problems
{
    /// <summary>The code of a delivery that finds the service full.</summary>
    public const string OverloadedCode = "overloaded";

    /// <summary>Retry-After of a delivery that was not stored, in seconds.</summary>
    public const string ComeAgain = "5";

    /// <summary>No such integration, or one that was deleted.</summary>
    public static ProblemHttpResult IntegrationUnknown() =>
        Refused(404, "not_found", "There is no billing integration at this address.");

    /// <summary>The delivery is not signed.</summary>
    public static ProblemHttpResult SignatureMissing() =>
        Refused(400, "signature_missing", "The Stripe-Signature header is missing.");

    /// <summary>The signature is not of the expected form, or made with none of the integration's secrets.</summary>
    public static ProblemHttpResult SignatureInvalid() =>
        Refused(400, "signature_invalid", "The signature does not fit the body and the signing secrets of this billing integration.");

    /// <summary>The signature is genuine, but was made more than 300 s ago.</summary>
    public static ProblemHttpResult SignatureStale() =>
        Refused(400, "signature_stale", "The signature was made more than 300 seconds ago by this system's clock.");

    /// <summary>The signature is genuine, but its time is more than 300 s ahead of ours.</summary>
    public static ProblemHttpResult SignatureFutureDated() =>
        Refused(400, "signature_future_dated", "The signature's time is more than 300 seconds ahead of this system's clock.");

    /// <summary>The body is larger than any event.</summary>
    public static ProblemHttpResult BodyTooLarge() =>
        Refused(413, "body_too_large", "An event has at most 512 KiB.");

    /// <summary>The body is compressed; its signature is over bytes that we do not unpack.</summary>
    public static ProblemHttpResult EncodingUnsupported() =>
        Refused(415, "content_encoding_unsupported", "Send the event without Content-Encoding.");

    /// <summary>The event could not be stored, so it is not acknowledged; the sender tries again.</summary>
    public static ProblemHttpResult StorageAway(HttpContext context)
    {
        context.Response.Headers.RetryAfter = ComeAgain;
        return Refused(503, "unavailable", "The event could not be stored. Deliver it again.");
    }

    /// <summary>More deliveries at once than can be stored soon.</summary>
    public static ProblemHttpResult Overloaded(HttpContext context)
    {
        context.Response.Headers.RetryAfter = ComeAgain;
        Measures.Refused(OverloadedCode);
        return Overload();
    }

    /// <summary>What an overloaded service says, not counted.</summary>
    public static ProblemHttpResult Overload() => Problem.Of(503, OverloadedCode, "Too many deliveries at once. Deliver it again.");

    /// <summary>What parked the event still holds.</summary>
    public static ProblemHttpResult StillParked(string reason) =>
        Problem.Of(409, "event_still_parked", $"The event cannot be announced: {reason}.");

    /// <summary>The filter means more events than one replay may.</summary>
    public static ProblemHttpResult ReplayTooLarge(int most) =>
        Problem.Of(400, "replay_too_large", $"This means more than {most} events. Narrow the time, or name a type or an integration.");

    /// <summary>The number that was confirmed is not the number of events that are meant now.</summary>
    public static ProblemHttpResult ReplayCountChanged(long matching) =>
        Problem.Of(409, "replay_count_changed", $"This means {matching} events now. Confirm that number, or end the time with createdUntil so that it stays.", "confirm");

    /// <summary>Only what waits for a person is closed by one.</summary>
    public static ProblemHttpResult NotParked(string state) =>
        Problem.Of(409, "event_not_parked", $"The event is {state}. Only a parked one can be ignored.");

    /// <summary>The filter means more events than may be ignored at once.</summary>
    public static ProblemHttpResult IgnoreTooLarge(int most) =>
        Problem.Of(400, "ignore_too_large", $"This means more than {most} events. Narrow the time, or name a reason or an integration.");

    /// <summary>The number that was confirmed is not the number of parked events that are meant now.</summary>
    public static ProblemHttpResult IgnoreCountChanged(long matching) =>
        Problem.Of(409, "ignore_count_changed", $"This means {matching} events now. Confirm that number, or end the time with createdUntil so that it stays.", "confirm");

    private static ProblemHttpResult Refused(int status, string code, string detail)
    {
        Measures.Refused(code);
        return Problem.Of(status, code, detail);
    }
}
