using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Stripe;

public static class EventUtility
{
    public const int DefaultTimeTolerance = 300;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static bool IsCompatibleApiVersion(string eventApiVersion) => IsCompatibleApiVersion(StripeConfiguration.ApiVersion, eventApiVersion);

    /// <summary>Versions of one release train (<c>2026-07-29.dahlia</c>) share their shapes; previews must match exactly; older versions have no train.</summary>
    public static bool IsCompatibleApiVersion(string sdkApiVersion, string eventApiVersion)
    {
        if (!eventApiVersion.Contains('.', StringComparison.Ordinal))
        {
            return false;
        }

        var train = sdkApiVersion.Split('.')[1];
        return train == "preview" ? eventApiVersion == sdkApiVersion : eventApiVersion.Split('.')[1] == train;
    }

    public static Event ParseEvent(string json, bool throwOnApiVersionMismatch = true)
    {
        using (var document = JsonDocument.Parse(json))
        {
            if (document.RootElement.TryGetProperty("object", out var kind) && kind.GetString() == "v2.core.event")
            {
                throw new ArgumentException("You passed a thin event notification to ConstructEvent, which expects a webhook payload. Use StripeClient.ParseEventNotification instead.");
            }
        }

        var parsed = StripeEntity.FromJson<Event>(json);
        if (throwOnApiVersionMismatch && !IsCompatibleApiVersion(parsed.ApiVersion))
        {
            throw new StripeException(
                $"Received event with API version {parsed.ApiVersion}, but Stripe.net {StripeConfiguration.StripeNetVersion} expects API version "
                + $"{StripeConfiguration.ApiVersion}. We recommend that you create a WebhookEndpoint with this API version. Otherwise, you can disable this "
                + "exception by passing `throwOnApiVersionMismatch: false` to `Stripe.EventUtility.ParseEvent` or `Stripe.EventUtility.ConstructEvent`, "
                + "but be wary that objects may be incorrectly deserialized.");
        }

        return parsed;
    }

    public static Event ConstructEvent(string json, string stripeSignatureHeader, string secret, long tolerance = DefaultTimeTolerance, bool throwOnApiVersionMismatch = true) =>
        ConstructEvent(json, stripeSignatureHeader, secret, tolerance, DateTimeOffset.UtcNow.ToUnixTimeSeconds(), throwOnApiVersionMismatch);

    public static Event ConstructEvent(string json, string stripeSignatureHeader, string secret, long tolerance, long utcNow, bool throwOnApiVersionMismatch = true)
    {
        ValidateSignature(json, stripeSignatureHeader, secret, tolerance, utcNow);
        return ParseEvent(json, throwOnApiVersionMismatch);
    }

    public static void ValidateSignature(string json, string stripeSignatureHeader, string secret, long tolerance = DefaultTimeTolerance) =>
        ValidateSignature(json, stripeSignatureHeader, secret, tolerance, DateTimeOffset.UtcNow.ToUnixTimeSeconds());

    public static void ValidateSignature(string json, string stripeSignatureHeader, string secret, long tolerance, long utcNow)
    {
        var items = stripeSignatureHeader.Trim().Split(',').Select(ParseItem).ToLookup(x => x.Key, x => x.Value);
        var timestamp = items["t"].FirstOrDefault();
        string expected;
        try
        {
            expected = ComputeSignature(secret, timestamp, json);
        }
        catch (EncoderFallbackException unencodable)
        {
            throw new StripeException("The webhook cannot be processed because the signature cannot be safely calculated.", unencodable);
        }

        if (!items["v1"].Any(given => SameInConstantTime(given, expected)))
        {
            throw new StripeException(
                "The expected signature was not found in the Stripe-Signature header. "
                + "Make sure you're using the correct webhook secret (whsec_) and confirm the incoming request came from Stripe.");
        }

        if (Math.Abs(utcNow - Convert.ToInt32(timestamp, CultureInfo.InvariantCulture)) > tolerance)
        {
            throw new StripeException("The webhook cannot be processed because the current timestamp is outside of the allowed tolerance.");
        }
    }

    /// <summary>HMAC-SHA256 over <c>timestamp.payload</c>, keyed with the whole secret, in lower-case hex.</summary>
    public static string ComputeSignature(string secret, string timestamp, string payload) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(StrictUtf8.GetBytes(secret), StrictUtf8.GetBytes($"{timestamp}.{payload}")));

    private static KeyValuePair<string, string> ParseItem(string item) =>
        item.Trim().Split('=', 2) is [var key, var value] ? new(key, value) : throw new StripeException("The signature header format is unexpected.");

    private static bool SameInConstantTime(string given, string expected) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), Encoding.UTF8.GetBytes(expected));
}
