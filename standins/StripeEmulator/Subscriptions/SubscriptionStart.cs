using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Resources;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Subscriptions;

/// <summary>POST /v1/subscriptions: the subscription, its first invoice, and the first attempt to collect it.</summary>
public static class SubscriptionStart
{
    private const int MostPerCustomer = 500;
    private const long MostTrialSeconds = 730 * 86_400;

    public static Reply Create(Call call)
    {
        SubscriptionTerms.Refuse(call);
        var (tx, customer) = (call.Tx, call.Refers("customer", "customer") ?? throw StripeException.Missing("customer"));
        if (call.Params["items"] is not JsonArray { Count: > 0 } sent)
        {
            throw StripeException.Missing("items");
        }

        if (call.Text("payment_behavior") == "pending_if_incomplete")
        {
            throw StripeException.Invalid("`payment_behavior=pending_if_incomplete` can only be used when updating a subscription.", "payment_behavior");
        }

        if (tx.Store.Referring(SubscriptionView.Kind, "customer", customer.Id).Count(s => !SubscriptionStates.IsOver(s)) >= MostPerCustomer)
        {
            throw StripeException.Invalid($"Customer {customer.Id} has reached the maximum of {MostPerCustomer} subscriptions.", "customer", "customer_max_subscriptions");
        }

        var subscription = Record(call, customer, sent);
        var at = 0;
        var items = sent.Select(s => ItemParameters.Add(call, subscription, s!.AsObject(), $"items[{at++}]")).ToList();
        ItemParameters.Demand(tx, subscription);
        Time(call, subscription, items);
        SubscriptionTerms.Apply(call, subscription);
        SubscriptionTaxes.Demand(call, subscription);
        return Bill(call, subscription, items);
    }

    private static Stored Record(Call call, Stored customer, JsonArray sent)
    {
        var (tx, id) = (call.Tx, call.Tx.Ids.New("sub"));
        var currency = Currency(call, customer, sent[0]!.AsObject());
        return tx.Add(SubscriptionView.Kind, id, new JsonObject
        {
            ["id"] = id, ["object"] = SubscriptionView.Kind, ["application"] = null, ["application_fee_percent"] = null,
            ["automatic_tax"] = new JsonObject { ["disabled_reason"] = null, ["enabled"] = false, ["liability"] = null },
            ["billing_cycle_anchor"] = tx.Now, ["billing_cycle_anchor_config"] = null, ["billing_mode"] = BillingMode.Read(call), ["billing_schedules"] = new JsonArray(),
            ["billing_thresholds"] = null, ["cancel_at"] = null, ["cancel_at_period_end"] = false, ["canceled_at"] = null,
            ["cancellation_details"] = new JsonObject { ["comment"] = null, ["feedback"] = null, ["reason"] = null },
            ["collection_method"] = "charge_automatically", ["created"] = tx.Now, ["currency"] = currency, ["customer"] = customer.Id,
            ["customer_account"] = null, ["days_until_due"] = null, ["default_payment_method"] = null, ["default_source"] = null, ["default_tax_rates"] = new JsonArray(),
            ["description"] = null, ["discounts"] = new JsonArray(), ["ended_at"] = null,
            ["invoice_settings"] = new JsonObject { ["account_tax_ids"] = null, ["custom_fields"] = null, ["description"] = null, ["footer"] = null, ["issuer"] = new JsonObject { ["type"] = "self" } },
            ["latest_invoice"] = null, ["livemode"] = tx.Scope.Livemode, ["managed_payments"] = null, ["metadata"] = new JsonObject(),
            ["next_pending_invoice_item_invoice"] = null, ["on_behalf_of"] = null, ["pause_collection"] = null,
            ["payment_settings"] = new JsonObject { ["payment_method_options"] = null, ["payment_method_types"] = null, ["save_default_payment_method"] = "off" },
            ["pending_invoice_item_interval"] = null, ["pending_setup_intent"] = null, ["pending_update"] = null, ["schedule"] = null, ["start_date"] = tx.Now,
            ["status"] = "incomplete", ["test_clock"] = customer.Value.Text("test_clock"), ["transfer_data"] = null, ["trial_end"] = null,
            ["trial_settings"] = new JsonObject { ["end_behavior"] = new JsonObject { ["missing_payment_method"] = "create_invoice" } }, ["trial_start"] = null,
        });
    }

    private static string Currency(Call call, Stored customer, JsonObject first)
    {
        var price = first.Text("price") ?? first.Text("plan");
        var currency = call.Text("currency") is { } asked ? Currencies.Check(asked)
            : (first["price_data"] as JsonObject)?.Text("currency") ?? (price is null ? null : call.Tx.Find("price", price)?.Value.Text("currency")) ?? customer.Value.Text("currency") ?? "usd";
        if (customer.Value.Text("currency") is { } used && used != currency)
        {
            throw StripeException.Invalid($"You cannot combine currencies on a single customer. This customer has an active subscription, subscription schedule, discount, quote, or invoice item with currency {used}.");
        }

        if (customer.Value["currency"] is null)
        {
            call.Tx.Edit(customer)["currency"] = currency;
        }

        return currency;
    }

    private static void Time(Call call, Stored subscription, List<Stored> items)
    {
        var (tx, value) = (call.Tx, call.Tx.Edit(subscription));
        if (TrialEnd(call, items) is { } end)
        {
            (value["trial_start"], value["trial_end"], value["billing_cycle_anchor"]) = (tx.Now, end, end);
            value["status"] = SubscriptionStates.After("active", "try");
        }

        if (call.Number("backdate_start_date") is { } back)
        {
            value["start_date"] = back <= tx.Now ? back : throw StripeException.Invalid("`backdate_start_date` must be in the past.", "backdate_start_date");
        }

        if (Anchor(call, items) is { } anchor)
        {
            if (value["trial_end"] is not null && anchor < value.Long("trial_end"))
            {
                throw StripeException.Invalid("`billing_cycle_anchor` cannot be before the end of the trial.", "billing_cycle_anchor");
            }

            value["billing_cycle_anchor"] = anchor;
        }

        foreach (var item in items)
        {
            var price = SubscriptionView.Price(tx, item);
            var last = value["trial_end"] is not null ? value.Long("trial_end") : Period.EndAfter(price.Value, value.Long("billing_cycle_anchor"), tx.Now);
            if (value["trial_end"] is null && call.Params["cancel_at"] is JsonValue cancel && cancel.GetValueKind() == System.Text.Json.JsonValueKind.Number)
            {
                last = Math.Min(last, Math.Max(cancel.Long(), tx.Now));
            }

            (tx.Edit(item)["current_period_start"], item.Value["current_period_end"]) = (tx.Now, last);
        }

        SubscriptionView.Sync(tx, subscription);
    }

    private static long? TrialEnd(Call call, List<Stored> items)
    {
        if (call.Has("trial_end") && call.Has("trial_period_days"))
        {
            throw StripeException.Exclusive("trial_end", "trial_period_days");
        }

        var days = call.Number("trial_period_days");
        if (days is null && call.Flag("trial_from_plan") == true)
        {
            days = items.Select(i => SubscriptionView.Price(call.Tx, i).Value["recurring"]!["trial_period_days"]).FirstOrDefault(d => d is not null)?.Long();
        }

        if (days is { } count)
        {
            return count switch
            {
                0 => null,
                >= 1 and <= 730 => call.Tx.Now + (count * 86_400),
                _ => throw StripeException.Invalid("This value must be between 1 and 730.", "trial_period_days", "parameter_invalid_integer"),
            };
        }

        return Until(call);
    }

    /// <summary>The <c>trial_end</c> that was sent; null for <c>now</c> or nothing.</summary>
    public static long? Until(Call call)
    {
        if (call.Params["trial_end"] is not { } sent || sent.GetValueKind() == System.Text.Json.JsonValueKind.String)
        {
            return null;
        }

        var end = sent.Long();
        return end <= call.Tx.Now ? throw StripeException.Invalid("Invalid timestamp: must be an integer Unix timestamp in the future.", "trial_end")
            : end > call.Tx.Now + MostTrialSeconds ? throw StripeException.Invalid("Trial end cannot be more than two years (730 days) in the future.", "trial_end")
            : end;
    }

    private static long? Anchor(Call call, List<Stored> items)
    {
        if (call.Has("billing_cycle_anchor") && call.Has("billing_cycle_anchor_config"))
        {
            throw StripeException.Exclusive("billing_cycle_anchor", "billing_cycle_anchor_config");
        }

        var price = SubscriptionView.Price(call.Tx, items[0]);
        var anchor = call.Hash("billing_cycle_anchor_config") is { } config ? AnchorConfig.Next(config, Period.Of(price.Value).Interval, call.Tx.Now) : call.Number("billing_cycle_anchor");
        if (anchor is not { } time)
        {
            return null;
        }

        if (time <= call.Tx.Now)
        {
            throw StripeException.Invalid("`billing_cycle_anchor` must be in the future.", "billing_cycle_anchor");
        }

        return time <= Period.Later(price.Value, call.Tx.Now) || call.Hash("billing_cycle_anchor_config") is not null || call.Has("trial_end") || call.Has("trial_period_days")
            ? time
            : throw StripeException.Invalid("`billing_cycle_anchor` cannot be later than next natural billing date for plan.", "billing_cycle_anchor");
    }

    private static Stored Bill(Call call, Stored subscription, List<Stored> items)
    {
        var (tx, value) = (call.Tx, call.Tx.Edit(subscription));
        if (call.Hash("billing_cycle_anchor_config") is { } config)
        {
            value["billing_cycle_anchor_config"] = Parameters.Shape(config, "day_of_month", "hour", "minute", "month", "second");
        }

        var invoice = SubscriptionInvoices.Draft(tx, subscription, "subscription_create", new Period(tx.Now, tx.Now));
        FirstLines.Put(call, subscription, invoice, items);
        var sends = value.Text("collection_method") == "send_invoice";
        var trial = value.Text("status") == "trialing";
        if (BillingMode.IsFlexible(subscription) && SubscriptionInvoices.IsEmpty(tx, invoice))
        {
            tx.Remove(invoice);
            value["status"] = trial ? "trialing" : "active";
            PendingSetups.Ask(tx, subscription);
            Begin(tx, subscription);
            return subscription;
        }

        SubscriptionInvoices.Announce(tx, subscription, invoice, advance: sends);
        OldDiscounts.Retire(tx, subscription, invoice);
        var due = invoice.Value.Long("amount_due");
        if (sends && !trial)
        {
            value["status"] = "active";
        }

        if (tx.Rehearses)
        {
            return subscription;
        }

        var behavior = call.Text("payment_behavior") ?? "allow_incomplete";
        if (!sends && due > 0 && behavior != "default_incomplete" && Settlement.DefaultMethod(tx, invoice) is null)
        {
            throw NoMethod();
        }

        if (due == 0)
        {
            PendingSetups.Ask(tx, subscription);
        }

        Begin(tx, subscription);
        Events.Emit(tx, "invoice.created", invoice);
        if (sends && due > 0)
        {
            return subscription;
        }

        var outcome = SubscriptionInvoices.Collect(tx, invoice, attempt: behavior != "default_incomplete", offSession: call.Flag("off_session") ?? false);
        if (outcome != Outcome.Succeeded && behavior == "error_if_incomplete")
        {
            throw SubscriptionPayments.Undone(tx, invoice);
        }

        return subscription;
    }

    private static void Begin(Transaction tx, Stored subscription)
    {
        Events.Emit(tx, "customer.subscription.created", subscription);
        Trials.Warn(tx, subscription);
    }

    public static StripeException NoMethod() => StripeException.Invalid(
        "This customer has no attached payment source or default payment method. Please consider adding a default payment method. For more information, visit https://stripe.com/docs/billing/subscriptions/payment-methods-setting#payment-behavior.",
        code: "resource_missing");
}
