using System.Globalization;
using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Metering;

/// <summary>What a customer used of a meter: one record per event, added up when it is asked for.</summary>
public static class Usage
{
    public const string Kind = "usage";

    public static void Record(Transaction tx, Stored meter, string customer, string identifier, long timestamp, long value)
    {
        var id = Key(tx, identifier);
        tx.Add(Kind, tx.Find(Kind, id) is null ? id : tx.Ids.New("usage"), new JsonObject
        {
            ["customer"] = customer,
            ["meter"] = meter.Id,
            ["identifier"] = identifier,
            ["timestamp"] = timestamp,
            ["value"] = value,
            ["received"] = tx.Now,
        });
    }

    /// <summary>The record that an event with this identifier left, or null.</summary>
    public static Stored? Of(Transaction tx, string identifier) => tx.Find(Kind, Key(tx, identifier));

    /// <summary>What was used from start until before end.</summary>
    public static long Total(Transaction tx, Stored meter, string customer, long start, long end) => Total(meter, Between(tx, meter.Id, customer, start, end));

    /// <summary>The meter's formula over some records.</summary>
    public static long Total(Stored meter, IEnumerable<Stored> records) => meter.Value["default_aggregation"]!.AsObject().Text("formula") switch
    {
        "count" => records.LongCount(),
        "last" => records.LastOrDefault()?.Value.Long("value") ?? 0,
        _ => records.Sum(r => r.Value.Long("value")),
    };

    /// <summary>Records from start until before end, in the order of their time.</summary>
    public static IEnumerable<Stored> Between(Transaction tx, string meter, string customer, long start, long end) =>
        tx.Store.Referring(Kind, "customer", customer)
            .Where(r => r.Value.Text("meter") == meter && r.Value.Long("timestamp") >= start && r.Value.Long("timestamp") < end)
            .OrderBy(r => r.Value.Long("timestamp"));

    private static string Key(Transaction tx, string identifier) =>
        string.Create(CultureInfo.InvariantCulture, $"usage/{tx.Scope.Account}/{(tx.Scope.Livemode ? "live" : "test")}/{identifier}");
}
