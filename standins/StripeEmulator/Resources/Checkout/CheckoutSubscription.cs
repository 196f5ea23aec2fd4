using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Store;
using Marketplace.StripeEmulator.Subscriptions;

namespace Marketplace.StripeEmulator.Resources;

/// <summary>Sessions that begin a subscription. It is made with the first attempt, waits incomplete for its payment, and is used again by the next attempt.</summary>
public static class CheckoutSubscription
{
    /// <summary>A trial defers what recurs, so nothing of it is due on the day.</summary>
    public static bool HasTrial(Stored session) => session.Inner["subscription_data"] is JsonObject data && (data.Long("trial_period_days") > 0 || data["trial_end"] is not null);

    /// <summary>Tries the method; an intent that waits for the person is returned.</summary>
    public static Stored? Begin(Transaction tx, Stored session, Stored? method)
    {
        var payer = CheckoutPayment.Payer(tx, session)!;
        CheckoutTaxes.Locate(tx, session);
        if (method is not null)
        {
            PaymentMethods.Attach(tx, method, payer);
        }

        var subscription = session.Inner.Text("subscription") is { } known ? Again(tx, known, method) : Create(tx, session, payer, method);
        session.Inner["subscription"] = subscription.Id;
        session.Inner["invoice"] = subscription.Value.Text("latest_invoice");
        if (SubscriptionStates.Of(subscription) != "incomplete")
        {
            CheckoutCompletion.Complete(tx, session, "no_payment_required");
            return null;
        }

        var invoice = tx.Find("invoice", subscription.Value.Text("latest_invoice")!)!;
        var intent = Settlement.Intent(tx, invoice)!;
        tx.Edit(intent);
        intent.Inner["session"] = session.Id;
        session.Inner["intent"] = intent.Id;
        return CheckoutCompletion.Conclude(tx, intent, Settlement.Collect(tx, invoice, method!, offSession: false, automatic: false));
    }

    private static Stored Again(Transaction tx, string id, Stored? method)
    {
        SubscriptionUpdate.Update(InnerCall.Of(tx, new JsonObject { ["default_payment_method"] = method?.Id }, [id]));
        return tx.Find(SubscriptionView.Kind, id)!;
    }

    private static Stored Create(Transaction tx, Stored session, Stored payer, Stored? method)
    {
        var sent = (session.Inner["subscription_data"] as JsonObject)?.Clone() ?? [];
        sent["customer"] = payer.Id;
        sent["currency"] = session.Value.Text("currency");
        sent["default_payment_method"] = method?.Id;
        sent["discounts"] = CheckoutDiscounts.Sent(session);
        sent["payment_behavior"] = "default_incomplete";
        sent["automatic_tax"] = CheckoutTaxes.IsOn(session) ? new JsonObject { ["enabled"] = true } : null;
        var lines = CheckoutSessions.Lines(tx, session.Id).ToLookup(l => l.Value["price"]!.AsObject().Text("type") == "recurring");
        sent["items"] = new JsonArray([.. lines[true].Select(Item)]);
        sent["add_invoice_items"] = lines[false].Any() ? new JsonArray([.. lines[false].Select(Item)]) : null;
        return SubscriptionStart.Create(InnerCall.Of(tx, sent, [], session.Inner.Text("version"))).Object();
    }

    private static JsonObject Item(Stored line)
    {
        var item = new JsonObject { ["price"] = line.Value["price"]!.AsObject().Text("id") };
        if (line.Value["quantity"] is { } quantity)
        {
            item["quantity"] = quantity.DeepClone();
        }

        if (line.Inner["tax_rates"] is JsonArray rates)
        {
            item["tax_rates"] = new JsonArray([.. rates.Select(r => (JsonNode?)r!.AsObject().Text("id"))]);
        }

        return item;
    }
}
