using System.Globalization;
using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Metering;

/// <summary>Why an event cannot be counted, in the words of Stripe's reports; <c>Sync</c> is the code that a call answers with.</summary>
public sealed record MeterFault(string Code, string Sync, string Message);

/// <summary>An event as it was sent.</summary>
public sealed record MeterEvent(string Name, string Identifier, long Timestamp, JsonObject Payload)
{
    private const long MostPastSeconds = 35 * 86_400;
    private const long MostAheadSeconds = 5 * 60;
    private const long RememberedSeconds = 86_400;
    private const int MostDigits = 15;

    public static MeterEvent Read(Transaction tx, JsonObject sent, long? timestamp)
    {
        var identifier = sent.Text("identifier") ?? $"{tx.Ids.Letter(8)}-{tx.Ids.Letter(4)}-{tx.Ids.Letter(12)}".ToLowerInvariant();
        return identifier.Length <= 100
            ? new MeterEvent(sent.Text("event_name")!, identifier, timestamp ?? tx.Now, sent["payload"]!.AsObject().Clone())
            : throw StripeException.TooLong("identifier", 100);
    }

    /// <summary>What is wrong with it before its meter is asked: its time and its identifier.</summary>
    public MeterFault? Refused(Transaction tx)
    {
        if (Timestamp < tx.Now - MostPastSeconds)
        {
            return new("timestamp_too_far_in_past", "timestamp_too_far_in_past", "The timestamp must be within the past 35 calendar days.");
        }

        return Timestamp > tx.Now + MostAheadSeconds
            ? new("timestamp_in_future", "timestamp_in_future", "The timestamp must not be more than 5 minutes in the future.")
            : null;
    }

    /// <summary>True when an event with this identifier came within the last day.</summary>
    public bool Repeats(Transaction tx) => Usage.Of(tx, Identifier) is { } known && known.Value.Long("received") > tx.Now - RememberedSeconds;

    /// <summary>What is wrong with its payload.</summary>
    public MeterFault? Malformed(Stored meter)
    {
        var (customer, key) = (CustomerKey(meter), ValueKey(meter));
        if (string.IsNullOrEmpty(Payload.Text(customer)))
        {
            return new("meter_event_no_customer_defined", "payload_no_customer_defined", $"Customer mapping key {customer} not found in payload.");
        }

        var counts = meter.Value["default_aggregation"]!.AsObject().Text("formula") == "count";
        if (Payload.Text(key) is not { } value)
        {
            return counts ? null : new("meter_event_invalid_value", "payload_no_value_defined", $"Value key {key} not found in payload.");
        }

        if (!long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out _))
        {
            return new("meter_event_invalid_value", "payload_invalid_value", $"The value of {key} must be a positive integer.");
        }

        return value.Length > MostDigits ? new("meter_event_value_too_many_digits", "payload_invalid_value", $"The value of {key} must have at most {MostDigits} digits.") : null;
    }

    /// <summary>Counts it, or says that its customer is unknown.</summary>
    public MeterFault? Count(Transaction tx, Stored meter)
    {
        var customer = Payload.Text(CustomerKey(meter))!;
        if (tx.Find("customer", customer) is null)
        {
            return new("meter_event_customer_not_found", "meter_event_customer_not_found", $"No customer found with id {customer}.");
        }

        Usage.Record(tx, meter, customer, Identifier, Timestamp, Payload.Text(ValueKey(meter)) is { } value ? long.Parse(value, CultureInfo.InvariantCulture) : 1);
        return null;
    }

    /// <summary>The time of a test clock when the payload names a customer on one.</summary>
    public static void Follow(Transaction tx, JsonObject payload)
    {
        foreach (var (_, value) in payload)
        {
            if (value is JsonValue && value.ToString() is { } id && id.StartsWith("cus_", StringComparison.Ordinal))
            {
                tx.Find("customer", id);
            }
        }
    }

    private static string CustomerKey(Stored meter) => meter.Value["customer_mapping"]!.AsObject().Text("event_payload_key")!;

    private static string ValueKey(Stored meter) => meter.Value["value_settings"]!.AsObject().Text("event_payload_key")!;
}
