using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Rendering;
using Marketplace.StripeEmulator.Resources;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Subscriptions;

/// <summary>
/// Invoices to come. What is asked for is really done, in a transaction that is then taken back: a preview cannot differ from what the
/// calls would do.
/// </summary>
public static class Preview
{
    private static readonly string[] Details =
    [
        "items", "proration_behavior", "proration_date", "trial_end", "billing_cycle_anchor", "cancel_at", "cancel_at_period_end", "default_tax_rates", "billing_mode", "metadata",
    ];

    public static Reply Create(Call call)
    {
        Parameters.NotEmulated(call, "customer_account", "customer_details", "issuer", "on_behalf_of", "schedule", "schedule_details");
        if (call.Hash("automatic_tax")?.Is("enabled") == true)
        {
            throw StripeException.NotEmulated("automatic_tax[enabled]");
        }

        var details = call.Hash("subscription_details") ?? [];
        foreach (var name in (string[])["billing_schedules", "resume_at"])
        {
            if (details[name] is not null)
            {
                throw StripeException.NotEmulated($"subscription_details[{name}]");
            }
        }

        var subscription = call.Refers("subscription", SubscriptionView.Kind);
        var customer = call.Refers("customer", "customer")
            ?? (subscription is null ? throw StripeException.Missing("customer") : call.Tx.Find("customer", subscription.Value.Text("customer")!)!);
        call.Tx.Rehearse();
        var invoice = Rehearse(call, customer, subscription, details);
        var shown = Show(call.Tx, invoice, call.Version);
        call.Tx.Undo();
        return shown;
    }

    /// <summary>The next renewal's invoice as events tell of it, without an id; null when there will be none.</summary>
    public static Stored? Upcoming(Transaction tx, Stored subscription)
    {
        tx.Rehearse();
        tx.At(subscription.Inner["period_end"].Long());
        var invoice = Renewals.Renew(tx, subscription);
        var versions = invoice is null ? [] : Versions(tx).ToDictionary(v => v, v => (JsonNode?)Show(tx, invoice, v), StringComparer.Ordinal);
        tx.Undo();
        if (invoice is null)
        {
            return null;
        }

        foreach (var shown in versions.Values)
        {
            shown!.AsObject().Remove("id");
        }

        return new Stored("upcoming_invoice", subscription.Id, subscription.Scope, 0, versions[tx.Engine.Options.ApiVersion]!.AsObject().Clone(), new JsonObject(versions));
    }

    private static IEnumerable<string> Versions(Transaction tx) =>
        tx.Store.OfKind(tx.Scope, "webhook_endpoint").Select(e => e.Value.Text("api_version")).OfType<string>().Append(tx.Engine.Options.ApiVersion).Distinct(StringComparer.Ordinal);

    private static Stored Rehearse(Call call, Stored customer, Stored? subscription, JsonObject details)
    {
        var (tx, recurring) = (call.Tx, call.Text("preview_mode") == "recurring");
        AddItems(call, customer, subscription);
        if (subscription is null && details["items"] is null)
        {
            subscription = tx.Store.Referring(SubscriptionView.Kind, "customer", customer.Id).Where(s => !SubscriptionStates.IsOver(s)).MinBy(s => s.Inner["period_end"].Long());
            return subscription is null ? OneOff(call, customer) : Next(tx, subscription, recurring);
        }

        if (subscription is null)
        {
            var started = (Reply.One)SubscriptionStart.Create(Inner(call, details, customer, null));
            var first = tx.Find("invoice", started.Object.Value.Text("latest_invoice") ?? "");
            return recurring || first is null ? Next(tx, started.Object, recurring) : first;
        }

        if (SubscriptionStates.IsOver(subscription))
        {
            throw None(customer);
        }

        if (details.Is("cancel_now"))
        {
            return SubscriptionEnd.Now(tx, subscription, invoiceNow: true, prorate: details.Text("proration_behavior") != "none") ?? throw None(customer);
        }

        if (details.Count == 0 && !call.Has("discounts"))
        {
            return Next(tx, subscription, recurring);
        }

        var made = SubscriptionUpdate.Run(Inner(call, details, customer, subscription), subscription);
        return made is null || recurring ? Next(tx, subscription, recurring) : made;
    }

    private static Stored Next(Transaction tx, Stored subscription, bool recurring)
    {
        var customer = tx.Find("customer", subscription.Value.Text("customer")!)!;
        if (SubscriptionStates.Of(subscription) is "incomplete" or "paused")
        {
            throw None(customer);
        }

        tx.At(subscription.Inner["period_end"].Long());
        if (subscription.Value["cancel_at"] is not null && subscription.Value.Long("cancel_at") <= tx.Now)
        {
            return SubscriptionEnd.Now(tx, subscription, invoiceNow: true, prorate: false) ?? throw None(customer);
        }

        return Renewals.Renew(tx, subscription, pending: !recurring) ?? throw None(customer);
    }

    private static Stored OneOff(Call call, Stored customer)
    {
        var tx = call.Tx;
        var pending = tx.Store.Referring("invoiceitem", "customer", customer.Id).Where(i => i.Value["invoice"] is null).ToList();
        if (pending.Count == 0)
        {
            throw None(customer);
        }

        var id = tx.Ids.New("in");
        var invoice = tx.Add("invoice", id, Invoices.Template(tx, id, customer, pending[0].Value.Text("currency")!));
        InvoiceItems.Sweep(tx, invoice);
        InvoiceView.Total(tx, invoice);
        return invoice;
    }

    private static Call Inner(Call call, JsonObject details, Stored customer, Stored? subscription)
    {
        var sent = new JsonObject();
        foreach (var (name, value) in details.Where(d => Details.Contains(d.Key)))
        {
            sent[name] = value?.DeepClone();
        }

        if (subscription is null)
        {
            sent["customer"] = customer.Id;
            sent["backdate_start_date"] = details["start_date"]?.DeepClone();
            if (details["start_date"] is null || details.Long("start_date") > call.Tx.Now)
            {
                sent.Remove("backdate_start_date");
            }

            if (sent["billing_cycle_anchor"] is JsonValue anchor && anchor.GetValueKind() == System.Text.Json.JsonValueKind.String)
            {
                sent.Remove("billing_cycle_anchor");
            }
        }
        else if (sent["billing_cycle_anchor"] is JsonValue time && time.GetValueKind() == System.Text.Json.JsonValueKind.Number)
        {
            throw StripeException.Invalid("`billing_cycle_anchor` of an existing subscription must be either `now` or `unchanged`.", "subscription_details[billing_cycle_anchor]");
        }

        if (call.Has("discounts"))
        {
            sent["discounts"] = call.Params["discounts"]?.DeepClone();
        }

        return new Call(call.Tx, sent, [subscription?.Id ?? ""], call.Version, call.Key);
    }

    private static void AddItems(Call call, Stored customer, Stored? subscription)
    {
        var at = 0;
        foreach (var sent in (call.Params["invoice_items"] as JsonArray ?? []).Select(i => i!.AsObject()))
        {
            var prefix = $"invoice_items[{at++}]";
            if (sent.Text("invoiceitem") is { } id)
            {
                InvoiceItems.Apply(call, call.Referred("invoiceitem", id, $"{prefix}[invoiceitem]"), sent, prefix);
                continue;
            }

            var currency = sent.Text("currency") ?? subscription?.Value.Text("currency") ?? customer.Value.Text("currency") ?? "usd";
            var amount = LineAmount.Read(call, sent, prefix, currency) ?? throw StripeException.Missing($"{prefix}[amount]");
            InvoiceItems.Add(call, customer, null, currency, amount, sent, prefix);
        }
    }

    private static JsonObject Show(Transaction tx, Stored invoice, string version)
    {
        var shown = Renderer.Present(tx, invoice, version);
        var id = "upcoming_" + invoice.Id;
        shown["id"] = id;
        shown["auto_advance"] = false;
        shown["billing_reason"] = "upcoming";
        foreach (var name in (string[])["automatically_finalizes_at", "webhooks_delivered_at"])
        {
            if (shown.ContainsKey(name))
            {
                shown[name] = null;
            }
        }

        var lines = shown["lines"]!.AsObject();
        lines["url"] = $"/v1/invoices/{id}/lines";
        foreach (var line in lines["data"]!.AsArray().Select(l => l!.AsObject()))
        {
            line["id"] = "il_tmp_" + line.Text("id")![3..];
            if (line.ContainsKey("invoice"))
            {
                line["invoice"] = id;
            }
        }

        return shown;
    }

    private static StripeException None(Stored customer) => new(404, "invalid_request_error", "invoice_upcoming_none", $"No upcoming invoices for customer: {customer.Id}");
}
