using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Store;
using Marketplace.StripeEmulator.Subscriptions;

namespace Marketplace.StripeEmulator.Resources;

/// <summary>How a checkout session ends: complete, paid at once or later, or expired.</summary>
public static class CheckoutCompletion
{
    public static void Complete(Transaction tx, Stored session, string paymentStatus)
    {
        var value = tx.Edit(session);
        value["status"] = "complete";
        value["payment_status"] = paymentStatus;
        value["customer"] ??= session.Inner.Text("customer");
        value["invoice"] = session.Inner.Text("invoice");
        value["subscription"] = session.Inner.Text("subscription");
        if (session.Inner["invoice"] is null && session.Inner["subscription"] is null && CheckoutDiscounts.Sent(session) is { } sent)
        {
            // No invoice redeemed it, so the session does.
            Discounts.Add(InnerCall.Of(tx, [], []), sent[0]!.AsObject(), "discounts[0]", value.Text("customer") is { } id ? tx.Find("customer", id) : null, "checkout_session", session.Id);
        }

        Learn(tx, session);
        Events.Emit(tx, "checkout.session.completed", session);
    }

    /// <summary>What the visitor said becomes the customer's own where <c>customer_update</c> is <c>auto</c>.</summary>
    public static void Learn(Transaction tx, Stored session)
    {
        if (session.Inner["customer_update"] is not JsonObject update || session.Value["customer_details"] is not JsonObject said
            || tx.Find("customer", session.Value.Text("customer")!) is not { } customer)
        {
            return;
        }

        var change = new Change(tx, customer);
        foreach (var name in update.Where(u => u.Value!.GetValue<string>() == "auto" && said[u.Key] is not null).Select(u => u.Key))
        {
            tx.Edit(customer)[name] = said[name]!.DeepClone();
        }

        change.Emit("customer.updated");
    }

    /// <summary>What comes of an attempt: a decline is thrown, an intent that waits for the person is returned; anything else completes the session.</summary>
    public static Stored? Conclude(Transaction tx, Stored intent, Outcome outcome)
    {
        if (outcome == Outcome.Declined)
        {
            throw Payments.LastError(tx, intent);
        }

        if (outcome == Outcome.RequiresAction)
        {
            return intent;
        }

        Resume(tx, intent);
        return null;
    }

    /// <summary>
    /// An intent of a session moved on after the attempt: the person passed 3-D Secure, so the session completes; or the bank answered
    /// for a session that is complete already.
    /// </summary>
    public static void Resume(Transaction tx, Stored intent)
    {
        if (intent.Inner.Text("session") is not { } id || tx.Find(CheckoutSessions.Kind, id) is not { } session)
        {
            return;
        }

        var (state, status) = (session.Value.Text("status"), intent.Value.Text("status"));
        if (state == "open" && intent.Kind == "setup_intent")
        {
            Complete(tx, session, "no_payment_required");
        }
        else if (state == "open" && status is "succeeded" or "processing" or "requires_capture")
        {
            Paid(tx, session, intent);
        }
        else if (state == "complete" && session.Value.Text("payment_status") == "unpaid" && status == "succeeded")
        {
            tx.Edit(session)["payment_status"] = "paid";
            Events.Emit(tx, "checkout.session.async_payment_succeeded", session);
        }
        else if (state == "complete" && session.Value.Text("payment_status") == "unpaid" && status == "requires_payment_method")
        {
            Events.Emit(tx, "checkout.session.async_payment_failed", session);
        }
    }

    /// <summary>Nobody came, or the caller wants it so.</summary>
    public static void Expire(Transaction tx, Stored session)
    {
        var value = tx.Edit(session);
        value["status"] = "expired";
        Abandon(tx, session);
        if (value.Text("setup_intent") is { } setup && tx.Find("setup_intent", setup) is { } saving && SetupIntentStates.After(saving.Value.Text("status")!, "cancel") is not null)
        {
            SetupIntents.Cancel(tx, saving, null);
        }

        Events.Emit(tx, "checkout.session.expired", session);
    }

    /// <summary>What earlier attempts left unpaid goes: the session expires, or comes to another amount.</summary>
    public static void Abandon(Transaction tx, Stored session)
    {
        tx.Edit(session);
        if (session.Inner.Text("subscription") is { } begun && tx.Find(SubscriptionView.Kind, begun) is { } subscription && SubscriptionStates.Of(subscription) == "incomplete")
        {
            SubscriptionEnd.Expire(tx, subscription);
        }

        if (session.Inner.Text("invoice") is { } billed && tx.Find("invoice", billed) is { } invoice && InvoiceStates.After(invoice.Value.Text("status")!, "void") is not null)
        {
            Settlement.Void(tx, invoice);
        }

        if (session.Inner.Text("intent") is { } id && tx.Find("payment_intent", id) is { } intent && PaymentIntentStates.After(intent.Value.Text("status")!, "cancel") is not null)
        {
            PaymentIntents.Cancel(tx, intent, "expired");
        }

        foreach (var name in (string[])["subscription", "invoice", "intent"])
        {
            session.Inner.Remove(name);
        }
    }

    /// <summary>The intent has its money, or its bank is on it.</summary>
    private static void Paid(Transaction tx, Stored session, Stored intent)
    {
        tx.Edit(session)["payment_intent"] = session.Value.Text("mode") == "payment" ? intent.Id : null;
        Complete(tx, session, intent.Value.Text("status") == "succeeded" ? "paid" : "unpaid");
    }
}
