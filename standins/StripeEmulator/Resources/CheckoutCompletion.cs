using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Store;

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
        Events.Emit(tx, "checkout.session.completed", session);
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

    /// <summary>Nobody came, or the caller wants it so. What earlier attempts left unpaid goes too.</summary>
    public static void Expire(Transaction tx, Stored session)
    {
        var value = tx.Edit(session);
        value["status"] = "expired";
        if (value.Text("setup_intent") is { } setup && tx.Find("setup_intent", setup) is { } saving && SetupIntents.After(saving.Value.Text("status")!, "cancel") is not null)
        {
            SetupIntents.Cancel(tx, saving, null);
        }

        if (session.Inner.Text("intent") is { } id && tx.Find("payment_intent", id) is { } intent && PaymentIntentStates.After(intent.Value.Text("status")!, "cancel") is not null)
        {
            PaymentIntents.Cancel(tx, intent, "expired");
        }

        Events.Emit(tx, "checkout.session.expired", session);
    }

    /// <summary>The intent has its money, or its bank is on it.</summary>
    private static void Paid(Transaction tx, Stored session, Stored intent)
    {
        tx.Edit(session)["payment_intent"] = intent.Id;
        Complete(tx, session, intent.Value.Text("status") == "succeeded" ? "paid" : "unpaid");
    }
}
