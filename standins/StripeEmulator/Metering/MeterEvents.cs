using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Metering;

/// <summary>Meter events of /v1: a call learns at once what is wrong with its time, its meter, its identifier and its payload; an unknown customer is reported later.</summary>
public static class MeterEvents
{
    private const long AdjustableSeconds = 86_400;

    public static Reply Create(Call call)
    {
        var tx = call.Tx;
        MeterEvent.Follow(tx, call.Hash("payload")!);
        var sent = MeterEvent.Read(tx, call.Params, call.Number("timestamp"));
        if (sent.Refused(tx) is { } refused)
        {
            throw StripeException.Invalid(refused.Message, "timestamp");
        }

        var meter = Meters.Active(tx, sent.Name) ?? throw StripeException.Invalid($"No active meter found for event name \"{sent.Name}\".", "event_name");
        if (sent.Repeats(tx))
        {
            throw StripeException.Invalid($"An event already exists with identifier {sent.Identifier}.");
        }

        if (sent.Malformed(meter) is { } fault)
        {
            throw StripeException.Invalid(fault.Message, "payload");
        }

        if (sent.Count(tx, meter) is { } unknown)
        {
            MeterReports.Report(tx, meter, [(sent, unknown)]);
        }

        return new JsonObject
        {
            ["object"] = "billing.meter_event",
            ["created"] = tx.Now,
            ["event_name"] = sent.Name,
            ["identifier"] = sent.Identifier,
            ["livemode"] = tx.Scope.Livemode,
            ["payload"] = sent.Payload,
            ["timestamp"] = sent.Timestamp,
        };
    }

    public static Reply Adjust(Call call)
    {
        var adjustment = Cancel(call);
        adjustment["object"] = "billing.meter_event_adjustment";
        return adjustment;
    }

    /// <summary>Takes an event of the last day back.</summary>
    public static JsonObject Cancel(Call call)
    {
        var (tx, name) = (call.Tx, call.Text("event_name")!);
        var identifier = call.Hash("cancel")?.Text("identifier") ?? throw StripeException.Missing("cancel[identifier]");
        var meter = Meters.Active(tx, name) ?? throw StripeException.Invalid($"No active meter found for event name \"{name}\".", "event_name");
        var usage = Usage.Of(tx, identifier);
        if (usage is null || usage.Value.Text("meter") != meter.Id)
        {
            throw StripeException.Invalid($"No event exists with identifier {identifier}.", "cancel[identifier]");
        }

        tx.Find("customer", usage.Value.Text("customer")!);
        if (usage.Value.Long("received") < tx.Now - AdjustableSeconds)
        {
            throw StripeException.Invalid("Only events received in the last 24 hours can be canceled.", "cancel[identifier]");
        }

        tx.Remove(usage);
        return new JsonObject
        {
            ["object"] = "",
            ["cancel"] = new JsonObject { ["identifier"] = identifier },
            ["event_name"] = name,
            ["livemode"] = tx.Scope.Livemode,
            ["status"] = "pending",
            ["type"] = "cancel",
        };
    }
}
