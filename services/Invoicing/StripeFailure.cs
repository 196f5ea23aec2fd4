using System.Globalization;
using System.Net;
using Stripe;

namespace Marketplace.Invoicing;

/// <summary>What a failed call to Stripe means for the work behind it.</summary>
public enum StripeFailureKind
{
    /// <summary>Stripe was away, busy, or its answer was lost or unreadable: the outcome is unknown, trying again is right.</summary>
    Transient,

    /// <summary>Stripe understood and refused: trying again changes nothing.</summary>
    Refused,

    /// <summary>The key is refused or lacks a permission: nothing of this integration can go on.</summary>
    AccountWide,
}

/// <summary>A failed call, judged.</summary>
/// <param name="Code">Stable word for operators and tests.</param>
/// <param name="Answered">Stripe's server recorded an answer (5xx) under the idempotency key and would repeat it.</param>
/// <param name="MayRetry">False where Stripe said that a retry makes no sense.</param>
/// <param name="RetryAfter">How long Stripe asks to wait.</param>
/// <param name="IsSlowedDown">The whole account goes too fast for Stripe: no fault of the work behind it.</param>
public sealed record StripeFailure(
    StripeFailureKind Kind, string Code, string Detail, bool Answered = false, bool MayRetry = true, TimeSpan? RetryAfter = null, bool IsSlowedDown = false)
{
    private const int LongestDetail = 500;

    /// <summary>Stripe does not know the key, or it was revoked there.</summary>
    public static readonly StripeFailure KeyRevoked = new(StripeFailureKind.AccountWide, "key_revoked", "Stripe refuses the secret key. Rotate the integration's keys.");

    /// <summary>Stripe turns requests away because the account goes too fast.</summary>
    public static StripeFailure SlowedDown(string detail, TimeSpan? retryAfter) =>
        new(StripeFailureKind.Transient, "rate_limited", detail, RetryAfter: retryAfter, IsSlowedDown: true);

    /// <summary>Whether a 429 is about the account's rate or concurrency, and not about one object that another request holds.</summary>
    /// <param name="reason">Of the header <c>Stripe-Rate-Limited-Reason</c>.</param>
    /// <param name="body">The answer, which tells it where there is no header.</param>
    public static bool IsAccountsRate(string? reason, string? body) =>
        reason is null ? body?.Contains("\"lock_timeout\"", StringComparison.Ordinal) != true : reason != "resource-specific";

    /// <summary>The code for taxes that wait for the customer's address.</summary>
    public const string AddressMissing = "customer_address_missing";

    /// <summary>Stripe's code for an address that does not tell where the customer is.</summary>
    public const string AddressUnclear = "customer_tax_location_invalid";

    /// <summary>The code for what is to bear a tax rate that was archived.</summary>
    public const string TaxRateArchived = "tax_rate_archived";

    /// <summary>The code for what is to bear a tax rate that Stripe does not know.</summary>
    public const string TaxRateUnknown = "tax_rate_unknown";

    /// <summary>What waits until the customer has said where it is.</summary>
    public static readonly string[] WaitForAddress = [AddressMissing, AddressUnclear];

    /// <summary>What waits until its rate is used again or other taxes are set.</summary>
    public static readonly string[] WaitForTaxRate = [TaxRateArchived, TaxRateUnknown];

    /// <summary>How an invoice names the failure as its reason: by its own word where somebody else than the provider puts it right.</summary>
    public string ReasonType(string jobStatus) => WaitForAddress.Contains(Code) ? Code : $"job_{jobStatus}";

    /// <summary>Judges an exception of the client; null for one that is no failure of a call to Stripe.</summary>
    public static StripeFailure? Of(Exception exception, CancellationToken cancellation) => exception switch
    {
        JobFailedException failed => failed.Failure,
        StripeException answered => Of(answered),
        HttpRequestException lost => new(StripeFailureKind.Transient, "stripe_unreachable", lost.Message),
        OperationCanceledException when !cancellation.IsCancellationRequested => new(StripeFailureKind.Transient, "stripe_timeout", "No answer within the time limit."),
        System.Text.Json.JsonException => new(StripeFailureKind.Transient, "stripe_unreadable", "The answer was not readable."),
        _ => null,
    };

    private static StripeFailure Of(StripeException exception)
    {
        var status = (int)exception.HttpStatusCode;
        var detail = Cut(exception.StripeError?.Message ?? $"Stripe answered {status} without a readable body.");
        var advice = Header(exception, "Stripe-Should-Retry");
        var retryAfter = int.TryParse(Header(exception, "Retry-After"), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            ? TimeSpan.FromSeconds(Math.Min(seconds, 3600))
            : (TimeSpan?)null;
        var code = exception.StripeError?.Code ?? exception.StripeError?.Type ?? $"http_{status}";
        return exception.HttpStatusCode switch
        {
            HttpStatusCode.Unauthorized => KeyRevoked,
            HttpStatusCode.Forbidden => new(StripeFailureKind.AccountWide, "permission_missing", detail),
            HttpStatusCode.TooManyRequests when IsAccountsRate(Header(exception, "Stripe-Rate-Limited-Reason"), $"\"{code}\"") => SlowedDown(detail, retryAfter),
            HttpStatusCode.TooManyRequests => new(StripeFailureKind.Transient, code == "rate_limit" ? "rate_limited" : code, detail, RetryAfter: retryAfter),
            HttpStatusCode.Conflict => new(StripeFailureKind.Transient, "in_progress", detail, RetryAfter: retryAfter),
            _ when status >= 500 => new(StripeFailureKind.Transient, "stripe_error", detail, Answered: true, MayRetry: advice != "false", retryAfter),
            // No error object at all: a proxy's page, or an answer cut short.
            _ when exception.StripeError is null => new(StripeFailureKind.Transient, "stripe_unreadable", detail),
            _ when advice == "true" => new(StripeFailureKind.Transient, code, detail, Answered: true, RetryAfter: retryAfter),
            _ => new(StripeFailureKind.Refused, code, detail),
        };
    }

    private static string? Header(StripeException exception, string name) =>
        exception.StripeResponse?.Headers is { } headers && headers.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;

    private static string Cut(string text) => text.Length <= LongestDetail ? text : text[..LongestDetail];
}

/// <summary>A job that we stop ourselves, with its judgement.</summary>
public sealed class JobFailedException(StripeFailure failure) : Exception(failure.Detail)
{
    /// <summary>Why.</summary>
    public StripeFailure Failure => failure;
}
