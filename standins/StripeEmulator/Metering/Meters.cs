using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Resources;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Metering;

/// <summary>Meters: what is counted, how it is added up, and where in an event's payload customer and value are.</summary>
public static class Meters
{
    public const string Kind = "billing.meter";

    private const string Url = "/v1/billing/meters";

    public static Reply Create(Call call)
    {
        var (tx, name) = (call.Tx, call.Text("event_name")!);
        if (name.Length > 100)
        {
            throw StripeException.TooLong("event_name", 100);
        }

        if (Active(tx, name) is not null)
        {
            throw Taken(name);
        }

        var id = tx.Ids.New(tx.Scope.Livemode ? "mtr" : "mtr_test");
        var meter = tx.Add(Kind, id, new JsonObject
        {
            ["id"] = id,
            ["object"] = Kind,
            ["created"] = tx.Now,
            ["customer_mapping"] = new JsonObject { ["event_payload_key"] = call.Hash("customer_mapping")?.Text("event_payload_key") ?? "stripe_customer_id", ["type"] = "by_id" },
            ["default_aggregation"] = new JsonObject { ["formula"] = call.Hash("default_aggregation")!.Text("formula") },
            ["display_name"] = call.Text("display_name"),
            ["event_name"] = name,
            ["event_time_window"] = call.Text("event_time_window"),
            ["livemode"] = tx.Scope.Livemode,
            ["status"] = "active",
            ["status_transitions"] = new JsonObject { ["deactivated_at"] = null },
            ["updated"] = tx.Now,
            ["value_settings"] = new JsonObject { ["event_payload_key"] = call.Hash("value_settings")?.Text("event_payload_key") ?? "value" },
        });
        Events.Emit(tx, "billing.meter.created", meter);
        return meter;
    }

    public static Reply Retrieve(Call call) => call.Named(Kind);

    public static Reply List(Call call) => Paging.List(call, Kind, Url, m => Paging.Same(call, "status", m));

    public static Reply Update(Call call)
    {
        var meter = call.Named(Kind);
        var change = new Change(call.Tx, meter);
        var value = call.Tx.Edit(meter);
        value["display_name"] = call.Text("display_name") ?? value.Text("display_name");
        value["updated"] = call.Tx.Now;
        change.Emit("billing.meter.updated");
        return meter;
    }

    public static Reply Deactivate(Call call) => Turn(call, "active", "inactive", "deactivated");

    public static Reply Reactivate(Call call)
    {
        var name = call.Named(Kind).Value.Text("event_name")!;
        return Active(call.Tx, name) is { } other && other.Id != call.Id ? throw Taken(name) : Turn(call, "inactive", "active", "reactivated");
    }

    /// <summary>The active meter of this event name, or null.</summary>
    public static Stored? Active(Transaction tx, string name) => Named(tx, name).FirstOrDefault(m => m.Value.Text("status") == "active");

    /// <summary>Meters of this event name, whatever their status.</summary>
    public static IEnumerable<Stored> Named(Transaction tx, string name) => tx.Store.Referring(Kind, "event_name", name).Where(m => m.Scope == tx.Scope);

    private static Stored Turn(Call call, string from, string to, string told)
    {
        var meter = call.Named(Kind);
        if (meter.Value.Text("status") != from)
        {
            throw StripeException.Invalid($"This meter is already {meter.Value.Text("status")}.");
        }

        var value = call.Tx.Edit(meter);
        value["status"] = to;
        value["status_transitions"]!["deactivated_at"] = to == "inactive" ? call.Tx.Now : null;
        value["updated"] = call.Tx.Now;
        Events.Emit(call.Tx, $"billing.meter.{told}", meter);
        return meter;
    }

    private static StripeException Taken(string name) => StripeException.Invalid($"An active meter already exists with event name {name}.", "event_name");
}
