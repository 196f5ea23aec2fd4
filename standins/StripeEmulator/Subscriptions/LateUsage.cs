using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Subscriptions;

/// <summary>Usage of the period that ended which was reported while its invoice was still a draft: it is on the invoice when that is finalized.</summary>
public static class LateUsage
{
    public static void Take(Transaction tx, Stored invoice)
    {
        if (SubscriptionInvoices.Owner(invoice) is not { } id || tx.Find(SubscriptionView.Kind, id) is not { } subscription)
        {
            return;
        }

        foreach (var item in SubscriptionView.Items(tx, subscription).Where(i => SubscriptionView.IsMetered(SubscriptionView.Price(tx, i))))
        {
            var lines = tx.Store.Referring("line_item", "invoice", invoice.Id).Where(l => IsOf(l, item)).ToList();
            var covered = lines.Count > 0
                ? new Period(lines[0].Value["period"]!["start"].Long(), lines[0].Value["period"]!["end"].Long())
                : Period.Holding(SubscriptionView.Price(tx, item).Value, subscription.Value, invoice.Value.Long("period_start"));
            if (covered.End > invoice.Value.Long("created") || invoice.Value.Text("billing_reason") != "subscription_cycle"
                || SubscriptionLines.Used(tx, item, SubscriptionView.Price(tx, item), covered) == lines.Sum(l => l.Value.Long("quantity")))
            {
                continue;
            }

            foreach (var line in lines)
            {
                tx.Remove(line);
            }

            SubscriptionLines.Metered(tx, invoice, item, covered, evenNothing: false);
        }
    }

    private static bool IsOf(Stored line, Stored item) =>
        line.Value["parent"]?["subscription_item_details"] is JsonObject details && details.Text("subscription_item") == item.Id && details["invoice_item"] is null;
}
