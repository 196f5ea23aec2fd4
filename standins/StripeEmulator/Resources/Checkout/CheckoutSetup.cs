using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Resources;

/// <summary>Sessions that save a payment method and charge nothing.</summary>
public static class CheckoutSetup
{
    /// <summary>The session's setup intent is there from the start.</summary>
    public static void Begin(Call call, Stored session)
    {
        var (tx, data) = (call.Tx, call.Hash("setup_intent_data"));
        var intent = SetupIntents.Add(tx, session.Value.Text("customer"), data?.Text("description"), session.Value["payment_method_types"]!.DeepClone().AsArray(), "off_session");
        Metadata.Merge(data?["metadata"] as JsonObject ?? [], intent.Value);
        intent.Inner["session"] = session.Id;
        session.Value["setup_intent"] = intent.Id;
        Events.Emit(tx, "setup_intent.created", intent);
    }

    /// <summary>Tries to save the method; an intent that waits for the person is returned.</summary>
    public static Stored? Save(Transaction tx, Stored session, Stored method)
    {
        var intent = tx.Find("setup_intent", session.Value.Text("setup_intent")!)!;
        if (intent.Value["customer"] is null && CheckoutPayment.Payer(tx, session) is { } payer)
        {
            tx.Edit(intent)["customer"] = payer.Id;
        }

        return SetupAttempts.Attempt(tx, intent, method) switch
        {
            Outcome.Declined => throw SetupAttempts.LastError(tx, intent),
            Outcome.RequiresAction => intent,
            _ => null,
        };
    }
}
