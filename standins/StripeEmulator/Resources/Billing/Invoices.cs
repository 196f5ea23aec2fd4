using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Store;
using Marketplace.StripeEmulator.Subscriptions;

namespace Marketplace.StripeEmulator.Resources;

/// <summary>Invoices: making, reading, changing and deleting them. What moves them on is in InvoiceActions.</summary>
public static class Invoices
{
    private const string Url = "/v1/invoices";

    private static readonly string[] NotEmulated =
    [
        "application_fee_amount", "default_source", "on_behalf_of", "shipping_cost",
        "shipping_details", "transfer_data",
    ];

    // What a finalized invoice still takes.
    private static readonly string[] Late = ["metadata", "auto_advance", "default_payment_method", "payment_settings", "expand"];

    public static Reply Create(Call call)
    {
        Parameters.NotEmulated(call, NotEmulated);
        if (call.Has("from_invoice"))
        {
            return Revisions.Create(call);
        }

        var (tx, customer) = (call.Tx, call.Refers("customer", "customer") ?? throw StripeException.Missing("customer"));
        var currency = Currency(call, customer);
        var id = tx.Ids.New("in");
        var invoice = Template(tx, id, customer, currency);
        var stored = tx.Add("invoice", id, invoice);
        Apply(call, stored, creating: true);
        if (!call.Has("discounts") && Discounts.Current(tx, customer) is { } inherited)
        {
            invoice["discounts"] = new JsonArray(inherited.Id);
        }

        if (SubscriptionView.Of(call, customer) is { } subscription)
        {
            SubscriptionInvoices.Claim(tx, stored, subscription, call.Text("pending_invoice_items_behavior") != "exclude");
        }
        else if (call.Text("pending_invoice_items_behavior") == "include")
        {
            InvoiceItems.Sweep(tx, stored);
        }

        InvoiceView.Total(tx, stored);
        Tell(tx, stored);
        return stored;
    }

    /// <summary>Tells of a new draft.</summary>
    public static void Tell(Transaction tx, Stored stored)
    {
        Events.Emit(tx, "invoice.created", stored);
        AwaitHearing(tx, stored);
    }

    /// <summary>Automatic finalization waits until <c>invoice.created</c> was accepted by those who asked for it.</summary>
    public static void AwaitHearing(Transaction tx, Stored stored)
    {
        if (tx.Store.OfKind(tx.Scope, "webhook_endpoint").Any(e => WebhookEndpoints.Hears(e, "invoice.created")))
        {
            tx.Edit(stored)["webhooks_delivered_at"] = null;
        }
    }

    public static Reply Retrieve(Call call) => call.Named("invoice", param: "invoice");

    public static Reply List(Call call)
    {
        bool Filter(Stored s) => Paging.InRange(call, "created", s.Value["created"]) && Paging.InRange(call, "due_date", s.Value["due_date"])
            && Paging.Same(call, "customer", s) && Paging.Same(call, "status", s) && Paging.Same(call, "collection_method", s) && (call.Text("subscription") is not { } subscription || SubscriptionInvoices.Owner(s) == subscription);
        if (call.Refers("subscription", SubscriptionView.Kind) is { } owner)
        {
            return Paging.Referring(call, "invoice", "subscription", owner.Id, Url, Filter);
        }

        if (call.Text("customer") is not { } customer)
        {
            return Paging.List(call, "invoice", Url, Filter);
        }

        return Paging.Referring(call, "invoice", "customer", call.Referred("customer", customer, "customer").Id, Url, Filter);
    }

    public static Reply Search(Call call) =>
        Api.Search.Run(call, "invoice", Url + "/search", "created", "currency", "customer", "last_finalization_error_code", "last_finalization_error_type", "number", "receipt_number", "status", "subscription", "total");

    public static Reply Update(Call call)
    {
        Parameters.NotEmulated(call, NotEmulated);
        var stored = call.Named("invoice");
        var status = stored.Value.Text("status");
        if (status != "draft" && call.Params.Select(p => p.Key).FirstOrDefault(name => !Late.Contains(name)) is { } late)
        {
            throw StripeException.Invalid("Finalized invoices can't be updated in this way", late);
        }

        var change = new Change(call.Tx, stored);
        call.Tx.Edit(stored);
        Apply(call, stored, creating: false);
        if (status == "draft")
        {
            InvoiceView.Total(call.Tx, stored);
        }

        change.Emit("invoice.updated");
        return stored;
    }

    public static Reply Delete(Call call)
    {
        var (tx, stored) = (call.Tx, call.Named("invoice", param: "invoice"));
        InvoiceStates.Demand(stored, "delete");
        if (stored.Value.Text("billing_reason")?.StartsWith("subscription", StringComparison.Ordinal) == true)
        {
            throw StripeException.Invalid("You can't delete invoices created by subscriptions.");
        }

        Events.Emit(tx, "invoice.deleted", stored);
        foreach (var line in InvoiceView.Lines(tx, stored.Id).ToList())
        {
            tx.Remove(line);
        }

        foreach (var item in tx.Store.Referring("invoiceitem", "invoice", stored.Id).ToList())
        {
            tx.Remove(item);
        }

        tx.Remove(stored);
        return new JsonObject { ["id"] = stored.Id, ["object"] = "invoice", ["deleted"] = true };
    }

    private static string Currency(Call call, Stored customer)
    {
        var currency = call.Text("currency") is { } asked
            ? Currencies.Check(asked)
            : customer.Value.Text("currency") ?? Accounts.Of(call.Tx).Text("default_currency")!;
        if (customer.Value.Text("currency") is { } used && used != currency)
        {
            throw StripeException.Invalid($"You cannot combine currencies on a single customer. This customer has an active subscription, subscription schedule, discount, quote, or invoice item with currency {used}.", "currency");
        }

        if (customer.Value["currency"] is null)
        {
            call.Tx.Edit(customer)["currency"] = currency;
        }

        return currency;
    }

    /// <summary>Applies what an invoice takes on creation and while it is a draft.</summary>
    public static void Apply(Call call, Stored stored, bool creating)
    {
        var invoice = stored.Value;
        if (call.Hash("issuer")?.Text("type") == "account")
        {
            throw StripeException.Invalid("The Stripe emulator does not support other issuers than the account itself on this endpoint.", "issuer[type]");
        }

        InvoiceTaxes.Apply(call, invoice);
        if (call.Has("discounts"))
        {
            invoice["discounts"] = Discounts.Redeem(call, call.Params["discounts"], "discounts", call.Tx.Find("customer", invoice.Text("customer")!)!, "invoice", stored.Id, invoice.Text("currency"));
        }

        Parameters.Copy(call, invoice, "collection_method", "custom_fields", "description", "effective_at", "footer", "number", "statement_descriptor");
        Metadata.Merge(call, invoice);
        if (call.Has("default_payment_method"))
        {
            var method = call.Refers("default_payment_method", "payment_method");
            invoice["default_payment_method"] = method is null || method.Value.Text("customer") == invoice.Text("customer")
                ? method?.Id
                : throw StripeException.Invalid("The payment method must be attached to the customer.", "default_payment_method");
        }

        if (call.Hash("payment_settings") is { } settings)
        {
            if (settings["payment_method_options"] is not null)
            {
                throw StripeException.NotEmulated("payment_settings[payment_method_options]");
            }

            foreach (var name in (string[])["default_mandate", "payment_method_types"])
            {
                if (settings.ContainsKey(name))
                {
                    invoice["payment_settings"]![name] = settings[name]?.DeepClone();
                }
            }
        }

        if (call.Hash("rendering") is { } rendering)
        {
            invoice["rendering"] = new JsonObject
            {
                ["amount_tax_display"] = rendering.Text("amount_tax_display"),
                ["pdf"] = new JsonObject { ["page_size"] = (rendering["pdf"] as JsonObject)?.Text("page_size") ?? "auto" },
                ["template"] = rendering.Text("template"),
                ["template_version"] = rendering["template_version"]?.DeepClone(),
            };
        }

        DueDate(call, invoice, creating);
        AutoAdvance(call, invoice);
    }

    private static void DueDate(Call call, JsonObject invoice, bool creating)
    {
        var sends = invoice.Text("collection_method") == "send_invoice";
        var (days, date) = (call.Number("days_until_due"), call.Number("due_date"));
        if (!sends)
        {
            invoice["due_date"] = days is null && date is null ? null : throw StripeException.Invalid(
                "You can only specify 'due_date' or 'days_until_due' if invoice collection method is 'send_invoice'.");
            return;
        }

        if (days is not null && date is not null)
        {
            throw StripeException.Exclusive("days_until_due", "due_date");
        }

        if (date < call.Tx.Now)
        {
            throw StripeException.Invalid("The `due_date` must be in the future.", "due_date");
        }

        if ((date ?? (days is { } count ? invoice.Long("created") + (count * 86_400) : null)) is { } due)
        {
            invoice["due_date"] = due;
        }

        if (creating && invoice["due_date"] is null)
        {
            throw StripeException.Invalid("If invoice collection method is 'send_invoice', you must specify 'due_date' or 'days_until_due'.");
        }
    }

    private static void AutoAdvance(Call call, JsonObject invoice)
    {
        if (call.Flag("auto_advance") is { } advance)
        {
            invoice["auto_advance"] = advance;
        }

        var (draft, automatic) = (invoice.Text("status") == "draft", invoice.Is("auto_advance"));
        if (draft)
        {
            var wished = call.Number("automatically_finalizes_at");
            invoice["automatically_finalizes_at"] = automatic ? wished ?? (long?)(invoice.Long("created") + InvoiceTimers.DraftSeconds) : null;
        }

        if (invoice.Text("collection_method") == "charge_automatically" && invoice.Text("status") is "draft" or "open")
        {
            invoice["next_payment_attempt"] = !automatic ? null : draft ? invoice.Long("created") + InvoiceTimers.DraftSeconds : invoice["next_payment_attempt"]?.DeepClone() ?? call.Tx.Now + InvoiceTimers.DraftSeconds;
        }
    }

    public static JsonObject Template(Transaction tx, string id, Stored customer, string currency)
    {
        var (account, from) = (Accounts.Of(tx), customer.Value);
        return new JsonObject
        {
            ["id"] = id, ["object"] = "invoice", ["account_country"] = account.Text("country"), ["account_name"] = account["business_profile"]!["name"]!.DeepClone(),
            ["account_tax_ids"] = null, ["amount_due"] = 0, ["amount_overpaid"] = 0, ["amount_paid"] = 0, ["amount_paid_off_stripe"] = 0, ["amount_remaining"] = 0, ["amount_shipping"] = 0,
            ["application"] = null, ["attempt_count"] = 0, ["attempted"] = false, ["auto_advance"] = false,
            ["automatic_tax"] = new JsonObject { ["disabled_reason"] = null, ["enabled"] = false, ["liability"] = null, ["provider"] = null, ["status"] = null },
            ["automatically_finalizes_at"] = null, ["billing_reason"] = "manual", ["collection_method"] = "charge_automatically", ["created"] = tx.Now,
            ["currency"] = currency, ["custom_fields"] = from["invoice_settings"]!["custom_fields"]?.DeepClone(), ["customer"] = customer.Id, ["customer_account"] = null,
            ["customer_address"] = from["address"]?.DeepClone(), ["customer_email"] = from.Text("email"), ["customer_name"] = from.Text("name"), ["customer_phone"] = from.Text("phone"),
            ["customer_shipping"] = from["shipping"]?.DeepClone(), ["customer_tax_exempt"] = from.Text("tax_exempt"), ["customer_tax_ids"] = TaxIds.Of(tx, customer.Id),
            ["default_payment_method"] = null, ["default_source"] = null, ["default_tax_rates"] = new JsonArray(), ["description"] = null, ["discounts"] = new JsonArray(),
            ["due_date"] = null, ["effective_at"] = null, ["ending_balance"] = null, ["footer"] = from["invoice_settings"]!["footer"]?.DeepClone(), ["from_invoice"] = null,
            ["issuer"] = new JsonObject { ["type"] = "self" }, ["last_finalization_error"] = null, ["latest_revision"] = null, ["livemode"] = tx.Scope.Livemode,
            ["metadata"] = new JsonObject(), ["next_payment_attempt"] = null, ["number"] = null, ["on_behalf_of"] = null, ["parent"] = null,
            ["payment_settings"] = new JsonObject { ["default_mandate"] = null, ["payment_method_options"] = null, ["payment_method_types"] = null },
            ["period_end"] = tx.Now, ["period_start"] = tx.Now, ["post_payment_credit_notes_amount"] = 0, ["pre_payment_credit_notes_amount"] = 0, ["receipt_number"] = null,
            ["rendering"] = null, ["shipping_cost"] = null, ["shipping_details"] = null, ["starting_balance"] = 0, ["statement_descriptor"] = null, ["status"] = "draft",
            ["status_transitions"] = new JsonObject { ["finalized_at"] = null, ["marked_uncollectible_at"] = null, ["paid_at"] = null, ["voided_at"] = null },
            ["subtotal"] = 0, ["subtotal_excluding_tax"] = 0, ["test_clock"] = from.Text("test_clock"), ["total"] = 0, ["total_discount_amounts"] = new JsonArray(), ["total_excluding_tax"] = 0,
            ["total_pretax_credit_amounts"] = new JsonArray(), ["total_taxes"] = new JsonArray(), ["webhooks_delivered_at"] = tx.Now,
        };
    }
}
