using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Metering;

/// <summary>What a customer used of a meter in a span, whole or by hour or day; spans without usage are left out.</summary>
public static class MeterSummaries
{
    public static Reply List(Call call)
    {
        var (tx, meter) = (call.Tx, call.Named(Meters.Kind));
        var customer = call.Refers("customer", "customer")!;
        var (start, end) = (call.Number("start_time")!.Value, call.Number("end_time")!.Value);
        var window = call.Text("value_grouping_window");
        var step = window switch { "hour" => 3_600, "day" => 86_400, _ => 60 };
        foreach (var (name, time) in (ReadOnlySpan<(string, long)>)[("start_time", start), ("end_time", end)])
        {
            if (time % step != 0)
            {
                throw StripeException.Invalid($"{name} must be aligned with {(window is null ? "minute" : window)} boundaries.", name);
            }
        }

        if (end <= start)
        {
            throw StripeException.Invalid("end_time must be after start_time.", "end_time");
        }

        var records = Usage.Between(tx, meter.Id, customer.Id, start, end);
        var groups = window is null
            ? records.GroupBy(_ => start)
            : records.GroupBy(r => r.Value.Long("timestamp") / step * step);
        var all = groups.OrderByDescending(g => g.Key).Select(g => Summary(meter, customer.Id, g, g.Key, window is null ? end : g.Key + step)).ToList();
        return Paging.Slice(call, all, "billing.meter_event_summary", $"/v1/billing/meters/{call.Id}/event_summaries");
    }

    private static JsonObject Summary(Stored meter, string customer, IEnumerable<Stored> records, long start, long end) => new()
    {
        ["id"] = "mtrusg_" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{meter.Id}/{customer}/{start}/{end}")))[..24],
        ["object"] = "billing.meter_event_summary",
        ["aggregated_value"] = Usage.Total(meter, records),
        ["end_time"] = end,
        ["livemode"] = meter.Scope.Livemode,
        ["meter"] = meter.Id,
        ["start_time"] = start,
    };
}
