using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Resources;
using Marketplace.StripeEmulator.Store;
using Marketplace.StripeEmulator.Subscriptions;

namespace Marketplace.StripeEmulator.Rendering;

/// <summary><c>expand[]</c>: which fields of which object name another object, and which appear only when asked for.</summary>
public static class Expansion
{
    private static readonly HashSet<string> Expandable =
    [
        "invoice.customer", "invoice.default_payment_method", "invoice.default_source", "invoice.latest_revision", "invoice.discounts", "invoice.test_clock",
        "invoice.account_tax_ids", "invoice.on_behalf_of", "invoice.application", "invoice.payment_intent", "invoice.charge", "invoice.subscription", "invoice.quote",
        "invoice.payments", "invoice.confirmation_secret", "invoice.from_invoice.invoice", "invoice.parent.subscription_details.subscription",
        "customer.default_source", "customer.test_clock", "customer.subscriptions", "customer.sources", "customer.tax_ids", "customer.tax", "customer.cash_balance",
        "customer.invoice_credit_balance", "customer.invoice_settings.default_payment_method",
        "invoiceitem.customer", "invoiceitem.invoice", "invoiceitem.discounts", "invoiceitem.test_clock", "invoiceitem.subscription",
        "line_item.discounts", "line_item.subscription", "line_item.invoice_item",
        "payment_intent.customer", "payment_intent.payment_method", "payment_intent.latest_charge", "payment_intent.on_behalf_of", "payment_intent.application",
        "payment_intent.review", "payment_intent.source", "payment_intent.invoice",
        "charge.customer", "charge.payment_intent", "charge.balance_transaction", "charge.refunds", "charge.on_behalf_of", "charge.application", "charge.invoice",
        "charge.review", "charge.transfer", "charge.application_fee", "charge.failure_balance_transaction", "charge.source_transfer",
        "invoice_payment.invoice", "invoice_payment.payment.payment_intent", "invoice_payment.payment.charge",
        "payment_method.customer",
        "subscription.customer", "subscription.latest_invoice", "subscription.default_payment_method", "subscription.default_source", "subscription.discounts", "subscription.pending_setup_intent",
        "subscription.schedule", "subscription.test_clock", "subscription.application", "subscription.on_behalf_of", "subscription_item.discounts",
        "credit_note.customer", "credit_note.invoice", "credit_note.customer_balance_transaction", "credit_note.refunds.refund", "credit_note.refund",
        "credit_note.discount_amounts.discount", "credit_note_line_item.discount_amounts.discount",
        "coupon.applies_to", "coupon.currency_options", "promotion_code.customer", "promotion_code.promotion.coupon", "promotion_code.coupon",
        "discount.customer", "discount.promotion_code", "discount.source.coupon", "tax_id.customer", "tax_id.owner.customer",
        "invoice.total_discount_amounts.discount", "line_item.discount_amounts.discount", "line_item.pricing.price_details.price", "invoiceitem.pricing.price_details.price",
        "product.default_price", "product.tax_code", "price.product", "price.tiers", "price.currency_options",
        "checkout.session.customer", "checkout.session.invoice", "checkout.session.line_items", "checkout.session.payment_intent", "checkout.session.payment_link",
        "checkout.session.setup_intent", "checkout.session.subscription", "checkout.session.discounts.coupon", "checkout.session.discounts.promotion_code",
        "item.price.product", "item.price.tiers", "item.price.currency_options",
        "billing_portal.session.configuration", "billing_portal.configuration.features.subscription_update.products",
        "setup_intent.customer", "setup_intent.payment_method", "setup_intent.latest_attempt", "setup_intent.mandate", "setup_intent.single_use_mandate", "setup_intent.on_behalf_of", "setup_intent.application",
        "setup_attempt.customer", "setup_attempt.payment_method", "setup_attempt.setup_intent", "setup_attempt.on_behalf_of", "setup_attempt.application",
        "mandate.payment_method",
        "refund.charge", "refund.payment_intent", "refund.balance_transaction", "refund.failure_balance_transaction", "refund.customer", "refund.payment_method", "refund.source_transfer_reversal", "refund.transfer_reversal",
        "balance_transaction.source", "dispute.charge", "dispute.payment_intent",
        "customer_balance_transaction.customer", "customer_balance_transaction.invoice", "customer_balance_transaction.credit_note", "customer_balance_transaction.checkout_session",
    ];

    public static void Expand(Transaction tx, JsonObject body, string path, string version)
    {
        var steps = path.Split('.');
        if (steps.Length > 4)
        {
            throw StripeException.Invalid("You cannot expand more than 4 levels of a property.", "expand");
        }

        Expand(tx, body, steps, steps, Kind(body), version);
    }

    private static void Expand(Transaction tx, JsonObject body, ReadOnlySpan<string> steps, string[] whole, string kind, string version)
    {
        var name = steps[0];
        var rest = steps[1..];
        if (kind == "list")
        {
            if (name == Reply.Many.Total && body.ContainsKey(name))
            {
                return;
            }

            if (name != "data" || rest.IsEmpty)
            {
                throw Refused(whole, inList: true);
            }

            foreach (var element in body["data"]!.AsArray())
            {
                Expand(tx, element!.AsObject(), rest, whole, Kind(element.AsObject()), version);
            }

            return;
        }

        var field = $"{kind}.{name}";
        if (Expandable.Contains(field))
        {
            Resolve(tx, body, name, kind, version);
        }
        else if (rest.IsEmpty || !(body[name] is JsonObject or JsonArray or null && IsInside(field, body[name])))
        {
            throw Refused(whole, inList: false);
        }

        if (!rest.IsEmpty && body[name] is JsonObject inside)
        {
            Expand(tx, inside, rest, whole, inside.Text("object") is null ? field : Kind(inside), version);
        }
        else if (!rest.IsEmpty && body[name] is JsonArray array)
        {
            foreach (var element in array.OfType<JsonObject>())
            {
                Expand(tx, element, rest, whole, element["object"] is null ? field : Kind(element), version);
            }
        }
    }

    private static bool IsInside(string field, JsonNode? value) =>
        value is JsonObject json && json.ContainsKey("object") || Expandable.Any(e => e.StartsWith(field + ".", StringComparison.Ordinal));

    private static void Resolve(Transaction tx, JsonObject body, string name, string kind, string version)
    {
        if (kind == "invoice" && name is "payments" or "confirmation_secret")
        {
            Included(tx, body, name, version);
            return;
        }

        if (kind is "price" or "coupon" && name is "tiers" or "currency_options" or "applies_to")
        {
            if (tx.Find(kind, body.Text("id")!)?.Inner[name] is { } kept)
            {
                body[name] = kept.DeepClone();
            }

            return;
        }

        if (kind == PageObjects.Products || kind == CheckoutSessions.Kind && name == "line_items")
        {
            PageObjects.Include(tx, body, kind, version);
            return;
        }

        if (kind is "customer" or "charge" && name is "subscriptions" or "sources" or "tax_ids" or "refunds" && body[name] is null)
        {
            if (name == "refunds" && tx.Find("charge", body.Text("id")!) is { } charge)
            {
                body[name] = Renderer.Embedded(tx, Resources.Refunds.Of(tx, charge).Reverse(), $"/v1/charges/{charge.Id}/refunds", version);
                return;
            }

            if (name == "tax_ids")
            {
                body[name] = Renderer.Embedded(tx, tx.Store.Referring("tax_id", "customer", body.Text("id")!).Reverse(), $"/v1/customers/{body.Text("id")}/tax_ids", version);
                return;
            }

            if (name == "subscriptions")
            {
                body[name] = Renderer.Embedded(tx, SubscriptionLists.Running(tx, body.Text("id")!), $"/v1/customers/{body.Text("id")}/subscriptions", version);
                return;
            }

            body[name] = new JsonObject { ["object"] = "list", ["data"] = new JsonArray(), ["has_more"] = false, ["url"] = $"/v1/{kind}s/{body.Text("id")}/{name}" };
            return;
        }

        if (body[name] is JsonArray ids)
        {
            body[name] = new JsonArray([.. ids.Select(i => i is JsonValue && tx.Store.Find(i.GetValue<string>()) is { } each && each.Scope == tx.Scope ? Renderer.Present(tx, each, version) : i?.DeepClone())]);
            return;
        }

        if (body.Text(name) is { } id && (tx.Store.Find(id) ?? tx.Find(name, id)) is { } found && found.Scope == tx.Scope)
        {
            body[name] = Renderer.Present(tx, found, version);
        }
    }

    private static void Included(Transaction tx, JsonObject invoice, string name, string version)
    {
        var id = invoice.Text("id")!;
        var payments = tx.Store.Referring("invoice_payment", "invoice", id);
        if (name == "payments")
        {
            invoice[name] = Renderer.Embedded(tx, payments.Reverse(), $"/v1/invoice_payments?invoice={id}", version);
            return;
        }

        var intent = payments.FirstOrDefault(p => p.Value.Is("is_default"))?.Value["payment"]?.AsObject().Text("payment_intent");
        invoice[name] = intent is not null && tx.Store.Find(intent)?.Value.Text("client_secret") is { } secret
            ? new JsonObject { ["client_secret"] = secret, ["type"] = "payment_intent" }
            : null;
    }

    private static string Kind(JsonObject json) => json.Text("object") switch
    {
        "search_result" or "list" => "list",
        { } kind => kind,
        null => "",
    };

    private static StripeException Refused(string[] path, bool inList)
    {
        var name = string.Join('.', path);
        return StripeException.Invalid($"This property cannot be expanded ({name}).{(inList ? $" You may want to try expanding 'data.{name}' instead." : "")}", "expand");
    }
}
