using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Resources;

/// <summary>
/// A visitor confirms a session with a payment method: the same for the page and for the official command line. What a declined attempt
/// made (an intent, a customer) is kept in the session's inner part and used again by the next one.
/// </summary>
public static class CheckoutPayment
{
    /// <summary>Tries the method. A decline is thrown; when the person must act first, the intent that waits is returned.</summary>
    public static Stored? Confirm(Transaction tx, Stored session, Stored? method)
    {
        CheckoutStates.Demand(session, "confirm");
        var types = session.Value["payment_method_types"]!.AsArray().Select(t => t!.GetValue<string>());
        if (method?.Value.Text("type") is { } type && !types.Contains(type))
        {
            throw StripeException.Invalid($"The payment method type `{type}` is not among those of this Checkout Session: {string.Join(", ", types)}.", "payment_method");
        }

        if (method is null && NeedsMethod(session))
        {
            throw StripeException.Missing("payment_method");
        }

        tx.Edit(session);
        if (method is not null)
        {
            Collect(tx, session, method);
        }

        return session.Value.Text("mode") switch
        {
            "setup" => CheckoutSetup.Save(tx, session, method!),
            "subscription" => CheckoutSubscription.Begin(tx, session, method),
            _ when session.Value.Long("amount_total") == 0 => Free(tx, session, method),
            _ => Pay(tx, session, method!),
        };
    }

    /// <summary>Whether the visitor must give a payment method: not when nothing is due and the caller wants none for later.</summary>
    public static bool NeedsMethod(Stored session) => session.Value.Text("mode") switch
    {
        "setup" => true,
        "payment" => session.Value.Long("amount_total") > 0,
        _ => session.Value.Long("amount_total") > 0 || session.Value.Text("payment_method_collection") == "always",
    };

    public static JsonObject Details(string? email, string? name, string? phone, JsonNode? address) => new()
    {
        ["address"] = address?.DeepClone(), ["business_name"] = null, ["email"] = email, ["individual_name"] = null, ["name"] = name, ["phone"] = phone,
        ["tax_exempt"] = "none", ["tax_ids"] = new JsonArray(),
    };

    /// <summary>The customer of the session: given, made by an earlier attempt, or made now when the session needs one.</summary>
    public static Stored? Payer(Transaction tx, Stored session)
    {
        var value = session.Value;
        if ((value.Text("customer") ?? session.Inner.Text("customer")) is { } known)
        {
            return tx.Find("customer", known);
        }

        var needed = value.Text("mode") == "subscription" || value.Text("customer_creation") == "always"
            || (value["invoice_creation"] as JsonObject)?.Is("enabled") == true || (session.Inner["payment_intent_data"] as JsonObject)?["setup_future_usage"] is not null;
        if (!needed)
        {
            return null;
        }

        var (customer, details) = (Customers.Add(tx), value["customer_details"]!.AsObject());
        foreach (var name in (string[])["email", "name", "phone", "address"])
        {
            customer.Value[name] = details[name] is JsonObject address && address.All(part => part.Value is null) ? null : details[name]?.DeepClone();
        }

        Events.Emit(tx, "customer.created", customer);
        session.Inner["customer"] = customer.Id;
        return customer;
    }

    private static void Collect(Transaction tx, Stored session, Stored method) => Collect(tx, session, method.Value["billing_details"]!.AsObject());

    /// <summary>What the visitor said about themselves.</summary>
    public static void Collect(Transaction tx, Stored session, JsonObject said)
    {
        var value = tx.Edit(session);
        var customer = value.Text("customer") is { } id ? tx.Find("customer", id)?.Value : null;
        var details = Details(
            customer?.Text("email") ?? value.Text("customer_email") ?? said.Text("email"), said.Text("name") ?? customer?.Text("name"), said.Text("phone") ?? customer?.Text("phone"), said["address"]);
        details["tax_exempt"] = customer?.Text("tax_exempt") ?? "none";
        value["customer_details"] = details;
    }

    private static Stored? Free(Transaction tx, Stored session, Stored? method)
    {
        if (Payer(tx, session) is { } payer && method is not null)
        {
            PaymentMethods.Attach(tx, method, payer);
        }

        if (CheckoutInvoice.IsWanted(session))
        {
            CheckoutInvoice.Of(tx, session, Payer(tx, session)!);
        }

        CheckoutCompletion.Complete(tx, session, "no_payment_required");
        return null;
    }

    private static Stored? Pay(Transaction tx, Stored session, Stored method)
    {
        var payer = Payer(tx, session);
        var invoice = CheckoutInvoice.IsWanted(session) ? CheckoutInvoice.Of(tx, session, payer!) : null;
        var intent = session.Inner.Text("intent") is { } tried ? tx.Find("payment_intent", tried)! : Intent(tx, session, payer, invoice);
        var outcome = invoice is null ? Payments.Attempt(tx, intent, method, offSession: false) : Settlement.Collect(tx, invoice, method, offSession: false, automatic: false);
        return CheckoutCompletion.Conclude(tx, intent, outcome);
    }

    private static Stored Intent(Transaction tx, Stored session, Stored? payer, Stored? invoice)
    {
        var (value, data) = (session.Value, session.Inner["payment_intent_data"] as JsonObject ?? []);
        var intent = invoice is not null ? Settlement.Intent(tx, invoice)! : PaymentIntents.Add(
            tx, value.Long("amount_total"), value.Text("currency")!, payer?.Id, data.Text("description"), value["payment_method_types"]!.DeepClone().AsArray(), null);
        tx.Edit(intent);
        foreach (var name in (string[])["capture_method", "receipt_email", "setup_future_usage", "statement_descriptor", "statement_descriptor_suffix", "transfer_group"])
        {
            if (data[name] is { } set)
            {
                intent.Value[name] = set.DeepClone();
            }
        }

        if (data["shipping"] is JsonObject shipping)
        {
            intent.Value["shipping"] = PaymentIntents.Shipping(shipping);
        }

        Metadata.Merge(data["metadata"] as JsonObject ?? [], intent.Value);
        intent.Inner["session"] = session.Id;
        session.Inner["intent"] = intent.Id;
        if (invoice is null)
        {
            Events.Emit(tx, "payment_intent.created", intent);
        }

        return intent;
    }
}
