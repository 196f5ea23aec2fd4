using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Resources;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Subscriptions;

/// <summary>Discounts that have done their work: one for a single invoice after that, one for some months after those.</summary>
public static class OldDiscounts
{
    public static void Retire(Transaction tx, Stored subscription, Stored invoice)
    {
        Retire(tx, subscription, subscription, invoice);
        foreach (var item in SubscriptionView.Items(tx, subscription))
        {
            Retire(tx, subscription, item, invoice);
        }
    }

    /// <summary>DELETE /v1/subscriptions/{id}/discount.</summary>
    public static Reply Delete(Call call)
    {
        var (tx, subscription) = (call.Tx, call.Named(SubscriptionView.Kind));
        var held = subscription.Value["discounts"]!.AsArray().Select(d => tx.Find("discount", d!.GetValue<string>())).OfType<Stored>().ToList();
        if (held.Count == 0)
        {
            throw new StripeException(404, "invalid_request_error", "resource_missing", $"No active discount for subscription: {subscription.Id}", "subscription");
        }

        var change = new Change(tx, subscription);
        tx.Edit(subscription)["discounts"] = new JsonArray();
        foreach (var discount in held)
        {
            tx.Edit(discount)["end"] = tx.Now;
            Events.Emit(tx, "customer.discount.deleted", discount);
        }

        change.Emit("customer.subscription.updated");
        var gone = Rendering.Renderer.Present(tx, held[^1], call.Version);
        gone.Remove("end");
        gone["deleted"] = true;
        return gone;
    }

    private static void Retire(Transaction tx, Stored subscription, Stored holder, Stored invoice)
    {
        if (holder.Value["discounts"] is not JsonArray { Count: > 0 } held)
        {
            return;
        }

        var kept = new JsonArray();
        foreach (var id in held.Select(d => d!.GetValue<string>()))
        {
            var discount = tx.Find("discount", id);
            var used = (invoice.Value["total_discount_amounts"] as JsonArray ?? []).Any(a => a!["discount"]!.GetValue<string>() == id);
            if (discount is not null && !Discounts.IsOver(discount, tx.Now) && !(used && Discounts.CouponOf(discount).Text("duration") == "once"))
            {
                kept.Add(id);
            }
            else if (discount is not null)
            {
                Events.Emit(tx, "customer.discount.deleted", discount);
            }
        }

        if (kept.Count < held.Count)
        {
            tx.Edit(holder)["discounts"] = kept;
        }
    }
}
