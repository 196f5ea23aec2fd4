using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Resources;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Subscriptions;

/// <summary>
/// <c>pending_if_incomplete</c>: a change that waits for its payment. The subscription is as it was; what it is to become is kept, and
/// comes about when the invoice is paid, or not at all after 23 hours.
/// </summary>
public static class PendingUpdates
{
    private static readonly string[] Kept = ["billing_cycle_anchor", "trial_end", "trial_start"];

    /// <summary>The subscription's items and times, to come back to.</summary>
    public static JsonObject Remember(Transaction tx, Stored subscription)
    {
        var memory = new JsonObject { ["items"] = new JsonArray([.. SubscriptionView.Items(tx, subscription).Select(i => (JsonNode)i.Value.Clone())]) };
        foreach (var name in Kept)
        {
            memory[name] = subscription.Value[name]?.DeepClone();
        }

        return memory;
    }

    /// <summary>Puts the subscription back to what it was and shows what it waits for.</summary>
    public static void Postpone(Transaction tx, Stored subscription, JsonObject before, Stored invoice)
    {
        var after = Remember(tx, subscription);
        var shown = new JsonArray([.. SubscriptionView.Items(tx, subscription).Select(i => (JsonNode)Rendering.Renderer.Present(tx, i, tx.Engine.Options.ApiVersion))]);
        Restore(tx, subscription, before);
        var value = tx.Edit(subscription);
        subscription.Inner["pending"] = new JsonObject { ["invoice"] = invoice.Id, ["after"] = after };
        value["pending_update"] = new JsonObject
        {
            ["billing_cycle_anchor"] = Changed(before, after, "billing_cycle_anchor"), ["discount"] = null, ["discounts"] = null, ["expires_at"] = tx.Now + SubscriptionPayments.PatienceSeconds,
            ["metadata"] = null, ["subscription_items"] = shown, ["trial_end"] = Changed(before, after, "trial_end"), ["trial_from_plan"] = null,
        };
    }

    /// <summary>The invoice is paid, and the change comes about; or it is gone, and so is the change.</summary>
    public static void Settle(Transaction tx, Stored subscription, bool paid)
    {
        if (!paid)
        {
            Drop(tx, subscription);
            return;
        }

        var change = new Change(tx, subscription);
        var after = subscription.Inner["pending"]!["after"]!.AsObject().Clone();
        Clear(tx, subscription);
        Restore(tx, subscription, after);
        change.Emit("customer.subscription.updated");
        Events.Emit(tx, "customer.subscription.pending_update_applied", subscription);
    }

    public static void Expire(Transaction tx, Stored subscription)
    {
        if (!Void(tx, subscription))
        {
            Drop(tx, subscription);
        }
    }

    /// <summary>Another change, or the end, takes its place.</summary>
    public static void Forget(Transaction tx, Stored subscription)
    {
        var invoice = tx.Find("invoice", (subscription.Inner["pending"] as JsonObject)?.Text("invoice") ?? "");
        Clear(tx, subscription);
        if (invoice?.Value.Text("status") == "open")
        {
            Settlement.Void(tx, invoice);
        }
    }

    private static void Drop(Transaction tx, Stored subscription)
    {
        var change = new Change(tx, subscription);
        Clear(tx, subscription);
        change.Emit("customer.subscription.updated");
        Events.Emit(tx, "customer.subscription.pending_update_expired", subscription);
    }

    // Voiding comes back here through the invoice's end.
    private static bool Void(Transaction tx, Stored subscription)
    {
        if (tx.Find("invoice", (subscription.Inner["pending"] as JsonObject)?.Text("invoice") ?? "") is not { } invoice || invoice.Value.Text("status") != "open")
        {
            return false;
        }

        Settlement.Void(tx, invoice);
        return true;
    }

    private static void Clear(Transaction tx, Stored subscription)
    {
        tx.Edit(subscription)["pending_update"] = null;
        subscription.Inner.Remove("pending");
    }

    private static void Restore(Transaction tx, Stored subscription, JsonObject memory)
    {
        var value = tx.Edit(subscription);
        foreach (var name in Kept)
        {
            value[name] = memory[name]?.DeepClone();
        }

        var items = memory["items"]!.AsArray().Select(i => i!.AsObject()).ToDictionary(i => i.Text("id")!, StringComparer.Ordinal);
        foreach (var item in SubscriptionView.Items(tx, subscription))
        {
            if (!items.Remove(item.Id, out var kept))
            {
                tx.Remove(item);
                continue;
            }

            var target = tx.Edit(item);
            target.Clear();
            foreach (var (name, field) in kept)
            {
                target[name] = field?.DeepClone();
            }
        }

        foreach (var (id, kept) in items)
        {
            tx.Add(SubscriptionView.ItemKind, id, kept.Clone());
        }

        SubscriptionView.Sync(tx, subscription);
    }

    private static JsonNode? Changed(JsonObject before, JsonObject after, string name) =>
        JsonNode.DeepEquals(before[name], after[name]) ? null : after[name]?.DeepClone();
}
