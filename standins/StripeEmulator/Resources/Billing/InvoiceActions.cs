using Marketplace.StripeEmulator.Api;

namespace Marketplace.StripeEmulator.Resources;

/// <summary>What moves an invoice from state to state by a call.</summary>
public static class InvoiceActions
{
    public static Reply Finalize(Call call)
    {
        var stored = call.Named("invoice");
        InvoiceStates.Demand(stored, "finalize");
        if (call.Flag("auto_advance") is { } advance)
        {
            call.Tx.Edit(stored)["auto_advance"] = advance;
        }

        Finalization.Finalize(call.Tx, stored);
        return stored;
    }

    public static Reply Pay(Call call)
    {
        Parameters.NotEmulated(call, "source", "mandate", "forgive");
        var (tx, stored) = (call.Tx, call.Named("invoice"));
        InvoiceStates.Demand(stored, "pay");
        var outside = call.Flag("paid_out_of_band") == true;
        if (outside && call.Has("payment_method"))
        {
            throw StripeException.Exclusive("paid_out_of_band", "payment_method");
        }

        if (stored.Value.Text("status") == "draft")
        {
            Finalization.Finalize(tx, stored);
            if (stored.Value.Text("status") == "paid")
            {
                return stored;
            }
        }

        if (outside)
        {
            Settlement.PaidOutside(tx, stored);
            return stored;
        }

        var method = call.Text("payment_method") is { } id ? PaymentMethods.Resolve(call, id, "payment_method") : Settlement.DefaultMethod(tx, stored);
        if (method?.Value.Text("customer") is { } owner && owner != stored.Value.Text("customer"))
        {
            throw StripeException.Invalid("The payment method you provided belongs to another customer.", "payment_method");
        }

        if (method is null)
        {
            Settlement.Failed(tx, stored, automatic: false);
            throw new StripeException(400, "invalid_request_error", null, "There is no `default_payment_method` set on this Customer or Invoice. Please set either field to a PaymentMethod ID, so the Invoice can be paid.") { Keeps = true };
        }

        var intent = Settlement.Intent(tx, stored)!;
        return Settlement.Collect(tx, stored, method, offSession: call.Flag("off_session") ?? true, automatic: false) switch
        {
            Outcome.Succeeded or Outcome.Processing or Outcome.Authorized => stored,
            Outcome.Declined => throw Payments.LastError(tx, intent),
            _ => throw new StripeException(
                402,
                "card_error",
                "invoice_payment_intent_requires_action",
                "This payment requires additional user action before it can be completed successfully. Payment can be completed using the PaymentIntent associated with the invoice. For more details see: https://stripe.com/docs/billing/subscriptions/overview#requires-action")
            { Keeps = true, More = new() { ["payment_intent"] = intent.Value.Clone() } },
        };
    }

    public static Reply Send(Call call)
    {
        var (tx, stored) = (call.Tx, call.Named("invoice", param: "invoice"));
        if (stored.Value.Text("collection_method") != "send_invoice")
        {
            throw StripeException.Invalid("You can only manually send an invoice if its collection method is 'send_invoice'.");
        }

        InvoiceStates.Demand(stored, "send");
        if (stored.Value.Text("status") == "draft")
        {
            Finalization.Finalize(tx, stored);
        }

        if (stored.Value.Text("status") == "open")
        {
            Events.Emit(tx, "invoice.sent", stored);
        }

        return stored;
    }

    public static Reply Void(Call call)
    {
        var stored = call.Named("invoice");
        InvoiceStates.Demand(stored, "void");
        Settlement.Void(call.Tx, stored);
        return stored;
    }

    public static Reply MarkUncollectible(Call call)
    {
        var stored = call.Named("invoice");
        InvoiceStates.Demand(stored, "mark_uncollectible");
        Settlement.GiveUp(call.Tx, stored);
        return stored;
    }
}
