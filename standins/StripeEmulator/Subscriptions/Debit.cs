using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Resources;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Subscriptions;

/// <summary>What an item was last charged for its running period: the flexible billing mode gives back a part of that, not of what the price is now.</summary>
public sealed record Debit(long Amount, Period Period, JsonObject Credited)
{
    /// <summary>The item's last charge up to this end or beyond, on an invoice or still waiting for one; null when it was never charged.</summary>
    public static Debit? Of(Transaction tx, Stored subscription, Stored item, long end)
    {
        var line = tx.Store.Referring("line_item", "subscription", subscription.Id).Reverse().FirstOrDefault(l => IsOf(l, "subscription_item_details", item, end));
        var pending = tx.Store.Referring("invoiceitem", "subscription", subscription.Id).Reverse()
            .FirstOrDefault(i => i.Value["invoice"] is null && IsOf(i, "subscription_details", item, end));
        if (pending is not null && (line is null || pending.Sequence > line.Sequence))
        {
            return new Debit(pending.Value.Long("amount"), PeriodOf(pending), new JsonObject { ["invoice_item"] = pending.Id, ["type"] = "invoice_item" });
        }

        return line is null ? null : OnInvoice(tx, subscription, item, line, end);
    }

    /// <summary>The part of it for the time that is left until the end, which is before the period's own where the subscription ends sooner.</summary>
    public long Left(long time, long end) => Decimals.HalfUp(Amount * (Period.Left(time) - Period.Left(end)));

    // Each tier has a line of its own.
    private static Debit OnInvoice(Transaction tx, Stored subscription, Stored item, Stored line, long end)
    {
        var lines = tx.Store.Referring("line_item", "subscription", subscription.Id)
            .Where(l => l.Value.Text("invoice") == line.Value.Text("invoice") && PeriodOf(l) == PeriodOf(line) && IsOf(l, "subscription_item_details", item, end)).ToList();
        var amount = lines.Sum(l => l.Value.Long("amount") - (l.Value["discount_amounts"] as JsonArray ?? []).Sum(d => d!["amount"].Long()));
        var details = new JsonObject { ["invoice"] = line.Value.Text("invoice"), ["invoice_line_items"] = new JsonArray([.. lines.Select(l => (JsonNode)l.Id)]) };
        return new Debit(amount, PeriodOf(line), new JsonObject { ["invoice_line_item_details"] = details, ["type"] = "invoice_line_items" });
    }

    private static bool IsOf(Stored stored, string parent, Stored item, long end) =>
        (stored.Value["parent"]?[parent] as JsonObject)?.Text("subscription_item") == item.Id && stored.Value.Long("amount") >= 0 && PeriodOf(stored).End >= end;

    private static Period PeriodOf(Stored stored) => new(stored.Value["period"]!["start"].Long(), stored.Value["period"]!["end"].Long());
}
