using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Resources;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Subscriptions;

/// <summary>What creating and updating have in common: everything of a subscription that is not money or time.</summary>
public static class SubscriptionTerms
{
    private static readonly string[] NotEmulated =
    [
        "application_fee_percent", "billing_schedules", "billing_thresholds", "customer_account", "default_source", "on_behalf_of", "pending_invoice_item_interval", "transfer_data",
    ];

    public static void Refuse(Call call) => Parameters.NotEmulated(call, NotEmulated);

    public static void Apply(Call call, Stored subscription)
    {
        var value = call.Tx.Edit(subscription);
        Parameters.Copy(call, value, "description");
        Metadata.Merge(call, value);
        if (call.Has("default_payment_method"))
        {
            value["default_payment_method"] = call.Text("default_payment_method") is { } id ? Method(call, id, value.Text("customer")!) : null;
        }

        Collection(call, value);
        SubscriptionTaxes.Apply(call, value);
        if (call.Hash("invoice_settings") is { } settings)
        {
            foreach (var (name, sent) in settings)
            {
                value["invoice_settings"]![name] = name is "description" or "footer" or "custom_fields" ? sent?.DeepClone() : throw StripeException.NotEmulated($"invoice_settings[{name}]");
            }
        }

        if (call.Hash("payment_settings") is { } payment)
        {
            foreach (var name in (string[])["payment_method_options", "payment_method_types", "save_default_payment_method"])
            {
                if (payment.ContainsKey(name))
                {
                    value["payment_settings"]![name] = payment[name]?.DeepClone();
                }
            }
        }

        if (call.Has("trial_settings"))
        {
            value["trial_settings"] = new JsonObject { ["end_behavior"] = new JsonObject { ["missing_payment_method"] = call.Hash("trial_settings")!["end_behavior"]!["missing_payment_method"]!.DeepClone() } };
        }

        Details(call, value);
        if (call.Has("discounts"))
        {
            var customer = call.Tx.Find("customer", value.Text("customer")!)!;
            var before = value["discounts"]!.AsArray().Select(d => d!.GetValue<string>()).ToList();
            value["discounts"] = Discounts.Redeem(call, call.Params["discounts"], "discounts", customer, "subscription", subscription.Id);
            Tell(call.Tx, before, [.. value["discounts"]!.AsArray().Select(d => d!.GetValue<string>())]);
        }

        CancelAt(call, subscription, value);
    }

    public static void Details(Call call, JsonObject value)
    {
        if (call.Hash("cancellation_details") is not { } details)
        {
            return;
        }

        foreach (var name in (string[])["comment", "feedback"])
        {
            if (details.ContainsKey(name))
            {
                value["cancellation_details"]![name] = details[name]?.DeepClone();
            }
        }
    }

    /// <summary>Marks when, and that somebody asked for it.</summary>
    public static void Asked(Transaction tx, JsonObject value, string reason)
    {
        value["canceled_at"] = tx.Now;
        value["cancellation_details"]!["reason"] = reason;
    }

    private static void Collection(Call call, JsonObject value)
    {
        Parameters.Copy(call, value, "collection_method");
        var sends = value.Text("collection_method") == "send_invoice";
        if (call.Number("days_until_due") is { } days)
        {
            value["days_until_due"] = !sends
                ? throw StripeException.Invalid("You can only specify `days_until_due` if `collection_method` is `send_invoice`.", "days_until_due")
                : days is >= 0 and <= 365 ? days : throw StripeException.Invalid("This value must be between 0 and 365.", "days_until_due", "parameter_invalid_integer");
        }

        if (sends && value["days_until_due"] is null)
        {
            throw StripeException.Invalid("You must specify `days_until_due` when `collection_method` is `send_invoice`.", "days_until_due", "parameter_missing");
        }

        if (!sends)
        {
            value["days_until_due"] = null;
        }
    }

    // What is on it now and was not before, and what was and is not any more.
    private static void Tell(Transaction tx, List<string> before, List<string> after)
    {
        foreach (var (ids, told) in ((IEnumerable<string>, string)[])[(before.Except(after), "customer.discount.deleted"), (after.Except(before), "customer.discount.created")])
        {
            foreach (var discount in ids.Select(id => tx.Find("discount", id)).OfType<Stored>())
            {
                Events.Emit(tx, told, discount);
            }
        }
    }

    private static void CancelAt(Call call, Stored subscription, JsonObject value)
    {
        if (call.Has("cancel_at") && call.Has("cancel_at_period_end"))
        {
            throw StripeException.Exclusive("cancel_at", "cancel_at_period_end");
        }

        if (call.Flag("cancel_at_period_end") is { } atEnd)
        {
            value["cancel_at_period_end"] = atEnd;
            value["cancel_at"] = atEnd ? subscription.Inner["period_end"]?.DeepClone() : null;
        }
        else if (call.Has("cancel_at"))
        {
            value["cancel_at"] = call.Params["cancel_at"] switch
            {
                null => null,
                JsonValue time when time.GetValueKind() == System.Text.Json.JsonValueKind.Number => time.Long() > call.Tx.Now
                    ? time.Long()
                    : throw StripeException.Invalid("`cancel_at` must be a timestamp in the future.", "cancel_at"),
                JsonValue when call.Text("cancel_at") == "max_billed_until" => throw StripeException.Invalid("The Stripe emulator does not support 'max_billed_until' for 'cancel_at'.", "cancel_at"),
                _ => Edge(call, subscription),
            };
            value["cancel_at_period_end"] = false;
        }
        else
        {
            return;
        }

        if (value["cancel_at"] is null)
        {
            (value["canceled_at"], value["cancellation_details"]!["reason"]) = (null, null);
        }
        else
        {
            Asked(call.Tx, value, "cancellation_requested");
        }
    }

    private static long Edge(Call call, Stored subscription)
    {
        var ends = SubscriptionView.Items(call.Tx, subscription).Select(i => i.Value.Long("current_period_end"));
        return call.Text("cancel_at") == "max_period_end" ? ends.Max() : ends.Min();
    }

    private static string Method(Call call, string id, string customer)
    {
        var method = call.Referred("payment_method", id, "default_payment_method");
        return method.Value.Text("customer") == customer
            ? id
            : throw StripeException.Invalid($"The customer does not have a payment method with the ID {id}. The payment method must be attached to the customer.", "default_payment_method", "resource_missing");
    }
}
