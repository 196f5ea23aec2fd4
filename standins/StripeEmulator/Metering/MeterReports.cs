using System.Globalization;
using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Resources;
using Marketplace.StripeEmulator.Store;
using Marketplace.StripeEmulator.Webhooks;

namespace Marketplace.StripeEmulator.Metering;

/// <summary>
/// What was wrong with events that a call had taken already: a thin event to every endpoint that named its type; its data come
/// with <c>GET /v2/core/events/{id}</c> only.
/// </summary>
public static class MeterReports
{
    public const string Kind = "v2.core.event";

    private const int MostSamples = 10;

    /// <summary>A report about one meter's events, or about events that no meter counts.</summary>
    public static void Report(Transaction tx, Stored? meter, IReadOnlyCollection<(MeterEvent Sent, MeterFault Fault)> faults)
    {
        var (type, id) = (meter is null ? "v1.billing.meter.no_meter_found" : "v1.billing.meter.error_report_triggered", tx.Ids.New(tx.Scope.Livemode ? "evt" : "evt_test"));
        var time = Time(tx.Engine.Clock.GetUtcNow());
        var thin = new JsonObject
        {
            ["id"] = id,
            ["object"] = Kind,
            ["context"] = null,
            ["created"] = time,
            ["livemode"] = tx.Scope.Livemode,
            ["reason"] = null,
            ["type"] = type,
        };
        if (meter is not null)
        {
            thin["related_object"] = new JsonObject { ["id"] = meter.Id, ["type"] = Meters.Kind, ["url"] = $"/v1/billing/meters/{meter.Id}" };
        }

        var whole = thin.Clone();
        whole["data"] = new JsonObject
        {
            ["developer_message_summary"] = faults.Count == 1 ? "There is 1 invalid event" : $"There are {faults.Count} invalid events",
            ["reason"] = new JsonObject
            {
                ["error_count"] = faults.Count,
                ["error_types"] = new JsonArray([.. faults.GroupBy(f => f.Fault.Code).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => (JsonNode)new JsonObject
                {
                    ["code"] = g.Key,
                    ["error_count"] = g.Count(),
                    ["sample_errors"] = new JsonArray([.. g.Take(MostSamples).Select(f => (JsonNode)new JsonObject
                    {
                        ["error_message"] = f.Fault.Message,
                        ["request"] = new JsonObject { ["identifier"] = f.Sent.Identifier },
                    })]),
                })]),
            },
            ["validation_end"] = time,
            ["validation_start"] = time,
        };

        // Deliveries look for an event by its id; what they send is the thin one.
        var recorded = tx.Add(Kind, id, whole, new JsonObject { ["thin"] = thin, ["subject"] = meter?.Id });
        tx.Engine.Count();
        foreach (var endpoint in tx.Store.OfKind(tx.Scope, "webhook_endpoint").Where(e => WebhookEndpoints.Chose(e, type)))
        {
            Deliveries.Queue(tx, recorded, endpoint);
        }
    }

    public static Reply Retrieve(Call call) => call.Named(Kind).Value.Clone();

    /// <summary>Newest first, twenty a page unless said otherwise, as lists of /v2 are.</summary>
    public static Reply List(Call call)
    {
        Parameters.NotEmulated(call, "page");
        var limit = (int)Math.Clamp(call.Number("limit") ?? 20, 1, 100);
        var all = call.Tx.Store.OfKind(call.Tx.Scope, Kind).Reverse()
            .Where(e => call.Text("object_id") is not { } subject || e.Inner.Text("subject") == subject)
            .Take(limit);
        return new JsonObject { ["data"] = new JsonArray([.. all.Select(e => (JsonNode)e.Inner["thin"]!.DeepClone())]), ["next_page_url"] = null, ["previous_page_url"] = null };
    }

    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
