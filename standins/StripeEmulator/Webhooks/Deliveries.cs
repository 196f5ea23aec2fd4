using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Webhooks;

/// <summary>
/// Deliveries: one per event and endpoint, with a log of its attempts. Pending ones have a due time (milliseconds), so
/// the agenda sends them; they end delivered, failed, dropped (by a knob) or canceled (the endpoint is gone).
/// </summary>
public static class Deliveries
{
    private const long GiveUpSeconds = 3 * 86_400;
    private const int KeptAttempts = 20;

    public static void Queue(Transaction tx, Stored recorded, Stored endpoint)
    {
        var knobs = tx.Engine.Webhooks;
        var id = tx.Ids.New("whd");
        tx.Add("delivery", id, new JsonObject
        {
            ["id"] = id,
            ["event"] = recorded.Id,
            ["type"] = recorded.Value.Text("type"),
            ["endpoint"] = endpoint.Id,
            ["created"] = tx.Engine.Clock.Seconds,
            ["status"] = knobs.DropShare > 0 && tx.Ids.Number(1_000_000) < knobs.DropShare * 1_000_000 ? "dropped" : "pending",
            ["due"] = tx.Engine.Clock.Milliseconds + knobs.DelayMilliseconds,
            ["attempts"] = 0,
            ["log"] = new JsonArray(),
        });
    }

    /// <summary>Sends once more, whatever came of it before.</summary>
    public static void Again(Transaction tx, Stored recorded, Stored endpoint)
    {
        if (tx.Store.Referring("delivery", "event", recorded.Id).FirstOrDefault(d => d.Value.Text("endpoint") == endpoint.Id) is not { } delivery)
        {
            Queue(tx, recorded, endpoint);
            return;
        }

        var value = tx.Edit(delivery);
        value["status"] = "pending";
        value["due"] = tx.Engine.Clock.Milliseconds;
    }

    /// <summary>Records an attempt: delivered, or due again, or given up.</summary>
    public static void Record(Transaction tx, string id, int status, string? error, long milliseconds)
    {
        if (tx.Find("delivery", id) is not { } stored || stored.Value.Text("status") != "pending")
        {
            return;
        }

        tx.Engine.Count();
        var value = tx.Edit(stored);
        var attempts = value.Long("attempts") + 1;
        value["attempts"] = attempts;
        var log = value["log"]!.AsArray();
        log.Add(new JsonObject { ["at"] = tx.Engine.Clock.Seconds, ["status"] = status, ["error"] = error, ["milliseconds"] = milliseconds });
        if (log.Count > KeptAttempts)
        {
            log.RemoveAt(0);
        }

        if (status is >= 200 and <= 299)
        {
            value["status"] = "delivered";
            Settle(tx, stored);
            return;
        }

        var waits = tx.Engine.Options.WebhookRetrySeconds;
        var wait = waits[(int)Math.Min(attempts, waits.Length) - 1];
        if (tx.Engine.Clock.Seconds + wait > value.Long("created") + GiveUpSeconds)
        {
            value["status"] = "failed";
            Settle(tx, stored);
            return;
        }

        value["due"] = tx.Engine.Clock.Milliseconds + (wait * 1_000L);
    }

    /// <summary>How many endpoints have not accepted the event yet.</summary>
    public static int Unheard(ObjectStore store, Stored recorded) =>
        store.Referring("delivery", "event", recorded.Id).Count(d => d.Value.Text("status") != "delivered");

    /// <summary>A draft that finalizes by itself waits for its creation to be heard.</summary>
    private static void Settle(Transaction tx, Stored delivery)
    {
        if (delivery.Value.Text("type") == "invoice.created"
            && tx.Find("event", delivery.Value.Text("event")!) is { } recorded
            && tx.Find("invoice", recorded.Inner.Text("subject")!) is { } invoice
            && invoice.Value["webhooks_delivered_at"] is null
            && tx.Store.Referring("delivery", "event", recorded.Id).All(d => d.Value.Text("status") is "delivered" or "canceled"))
        {
            tx.Edit(invoice)["webhooks_delivered_at"] = tx.Now;
        }
    }
}
