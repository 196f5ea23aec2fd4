using System.Globalization;
using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Metering;

/// <summary>Meter events of /v2: one at a time with every refusal at once, or up to a hundred a call in a session, whose faults are reported later.</summary>
public static class MeterStream
{
    public const string SessionKind = "v2.billing.meter_event_session";

    private const int MostEvents = 100;
    private const int SessionMinutes = 15;

    public static Reply Create(Call call)
    {
        var tx = call.Tx;
        MeterEvent.Follow(tx, call.Hash("payload")!);
        var sent = MeterEvent.Read(tx, call.Params, Timestamp(call.Params, "timestamp"));
        if (sent.Refused(tx) is { } refused)
        {
            throw StripeException.Invalid(refused.Message, code: refused.Sync);
        }

        var meter = Meters.Active(tx, sent.Name) ?? throw StripeException.Invalid(NoMeter(tx, sent).Message, code: NoMeter(tx, sent).Code);
        if (sent.Repeats(tx))
        {
            throw StripeException.Invalid($"An event already exists with identifier {sent.Identifier}.", code: "duplicate_meter_event");
        }

        if (sent.Malformed(meter) is { } fault)
        {
            throw StripeException.Invalid(fault.Message, code: fault.Sync);
        }

        if (sent.Count(tx, meter) is { } unknown)
        {
            MeterReports.Report(tx, meter, [(sent, unknown)]);
        }

        return new JsonObject
        {
            ["object"] = "v2.billing.meter_event",
            ["created"] = MeterReports.Time(DateTimeOffset.FromUnixTimeSeconds(tx.Now)),
            ["event_name"] = sent.Name,
            ["identifier"] = sent.Identifier,
            ["livemode"] = tx.Scope.Livemode,
            ["payload"] = sent.Payload,
            ["timestamp"] = MeterReports.Time(DateTimeOffset.FromUnixTimeSeconds(sent.Timestamp)),
        };
    }

    public static Reply Adjust(Call call)
    {
        var adjustment = MeterEvents.Cancel(call);
        adjustment["id"] = call.Tx.Ids.New("mtradj");
        adjustment["object"] = "v2.billing.meter_event_adjustment";
        adjustment["created"] = MeterReports.Time(DateTimeOffset.FromUnixTimeSeconds(call.Tx.Now));
        return adjustment;
    }

    /// <summary>A token for the stream, good for a quarter of an hour.</summary>
    public static Reply Open(Call call)
    {
        var (tx, token) = (call.Tx, call.Tx.Ids.Secret("mes_" + (call.Tx.Scope.Livemode ? "live_" : "test_")));
        var (now, id) = (tx.Engine.Clock.GetUtcNow(), tx.Ids.New("mes"));
        var session = new JsonObject
        {
            ["id"] = id,
            ["object"] = SessionKind,
            ["authentication_token"] = token,
            ["created"] = MeterReports.Time(now),
            ["expires_at"] = MeterReports.Time(now.AddMinutes(SessionMinutes)),
            ["livemode"] = tx.Scope.Livemode,
        };
        tx.Add(SessionKind, token, new JsonObject { ["until"] = now.AddMinutes(SessionMinutes).ToUnixTimeSeconds() });
        return session;
    }

    /// <summary>Takes all; what cannot be counted is told in reports, one per meter.</summary>
    public static Reply Send(Call call)
    {
        var (tx, events) = (call.Tx, call.Params["events"]!.AsArray());
        if (events.Count is 0 or > MostEvents)
        {
            throw StripeException.Invalid($"events must hold 1 to {MostEvents} events.", "events", "invalid_fields");
        }

        var faults = new List<(MeterEvent Sent, MeterFault Fault, Stored? Meter)>();
        var at = 0;
        foreach (var each in events.Select(e => e!.AsObject()))
        {
            MeterEvent.Follow(tx, each["payload"]!.AsObject());
            var sent = MeterEvent.Read(tx, each, Timestamp(each, $"events[{at++}][timestamp]"));
            var meter = Meters.Active(tx, sent.Name);
            var fault = meter is null ? NoMeter(tx, sent) : sent.Refused(tx) ?? sent.Malformed(meter) ?? (sent.Repeats(tx) ? null : sent.Count(tx, meter));
            if (fault is not null)
            {
                faults.Add((sent, fault, meter ?? Meters.Named(tx, sent.Name).LastOrDefault()));
            }
        }

        foreach (var group in faults.GroupBy(f => f.Meter?.Id ?? "").OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            MeterReports.Report(tx, group.First().Meter, [.. group.Select(f => (f.Sent, f.Fault))]);
        }

        return new JsonObject();
    }

    private static MeterFault NoMeter(Transaction tx, MeterEvent sent) => Meters.Named(tx, sent.Name).Any()
        ? new("archived_meter", "archived_meter", $"The meter for event name {sent.Name} is inactive.")
        : new("no_meter", "no_meter", $"No meter found for event name {sent.Name}.");

    private static long? Timestamp(JsonObject sent, string param)
    {
        if (sent.Text("timestamp") is not { } text)
        {
            return null;
        }

        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time.ToUnixTimeSeconds()
            : throw StripeException.Invalid($"Invalid timestamp: {text} is not an RFC 3339 time.", param, "invalid_fields");
    }
}
