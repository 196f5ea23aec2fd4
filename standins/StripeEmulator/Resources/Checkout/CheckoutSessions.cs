using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Rendering;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Resources;

/// <summary>Checkout sessions: making, reading, changing, expiring. What a visitor does with one is in CheckoutPayment.</summary>
public static class CheckoutSessions
{
    public const string Kind = "checkout.session";

    public const string LineKind = "item";

    private const string Url = "/v1/checkout/sessions";

    public static Reply Create(Call call)
    {
        var mode = call.Text("mode") ?? (call.Has("line_items") ? "payment" : throw StripeException.Missing("mode"));
        CheckoutParameters.Check(call, mode);
        var (tx, customer) = (call.Tx, call.Refers("customer", "customer"));
        var id = $"cs_{(tx.Scope.Livemode ? "live" : "test")}_a1{tx.Ids.Letter(56)}";
        var stored = tx.Add(Kind, id, Template(call, id, mode, customer));
        stored.Inner["customer_update"] = call.Hash("customer_update")?.DeepClone();
        if (mode == "setup")
        {
            stored.Value["currency"] = call.Text("currency") is { } currency ? Currencies.Check(currency) : null;
            CheckoutSetup.Begin(call, stored);
        }
        else
        {
            stored.Inner["payment_intent_data"] = call.Hash("payment_intent_data")?.DeepClone();
            stored.Inner["subscription_data"] = call.Hash("subscription_data")?.DeepClone();
            stored.Inner["version"] = call.Version;
            CheckoutLines.Add(call, stored);
            CheckoutTaxes.Begin(call, stored);
            CheckoutDiscounts.Read(call, stored);
            CheckoutLines.Total(tx, stored);
        }

        return stored;
    }

    public static Reply Retrieve(Call call) => call.Named(Kind, param: "session");

    public static Reply List(Call call)
    {
        Parameters.NotEmulated(call, "customer_account", "payment_link");
        var email = call.Hash("customer_details")?.Text("email");
        bool Filter(Stored s) => Paging.InRange(call, "created", s.Value["created"]) && Paging.Same(call, "customer", s) && Paging.Same(call, "payment_intent", s)
            && Paging.Same(call, "subscription", s) && Paging.Same(call, "status", s) && (email is null || (s.Value["customer_details"] as JsonObject)?.Text("email") == email);
        return call.Text("customer") is { } customer ? Paging.Referring(call, Kind, "customer", customer, Url, Filter)
            : call.Text("payment_intent") is { } intent ? Paging.Referring(call, Kind, "payment_intent", intent, Url, Filter)
            : Paging.List(call, Kind, Url, Filter);
    }

    public static Reply Update(Call call)
    {
        Parameters.NotEmulated(call, "collected_information", "shipping_options");
        var stored = call.Named(Kind, param: "session");
        CheckoutStates.Demand(stored, "update");
        call.Tx.Edit(stored);
        Metadata.Merge(call, stored.Value);
        if (call.Has("line_items"))
        {
            CheckoutLines.Replace(call, stored);
            CheckoutLines.Total(call.Tx, stored);
        }

        return stored;
    }

    public static Reply Expire(Call call)
    {
        var stored = call.Named(Kind, param: "session");
        CheckoutStates.Demand(stored, "expire");
        CheckoutCompletion.Expire(call.Tx, stored);
        return stored;
    }

    public static Reply LineItems(Call call)
    {
        var stored = call.Named(Kind, param: "session");
        return Paging.Referring(call, LineKind, "token", stored.Id, $"{Url}/{stored.Id}/line_items");
    }

    /// <summary>In the order in which they were given.</summary>
    public static IEnumerable<Stored> Lines(Transaction tx, string session) => tx.Store.Referring(LineKind, "token", session).Reverse();

    /// <summary>Its page, while there is something to do on it.</summary>
    public static void Complete(Transaction tx, Stored stored, JsonObject json) =>
        json["url"] = json.Text("status") == "open" && json.Text("ui_mode") == "hosted_page" ? tx.Engine.PublicUrl + Path(stored) : null;

    /// <summary>The address of its page without the host.</summary>
    public static string Path(Stored session) => "/c/pay/" + session.Id;

    /// <summary>Its lines, as it shows them when asked.</summary>
    public static JsonObject Embedded(Transaction tx, string session, string version) =>
        Renderer.Embedded(tx, Lines(tx, session), $"{Url}/{session}/line_items", version);

    private static JsonObject Template(Call call, string id, string mode, Stored? customer)
    {
        var (tx, session) = (call.Tx, new JsonObject());
        var embedded = CheckoutParameters.UiMode(call) != "hosted_page";
        foreach (var name in (string[])[
            "adaptive_pricing", "after_expiration", "allow_promotion_codes", "amount_subtotal", "amount_total", "billing_address_collection", "cancel_url", "client_reference_id",
            "client_secret", "collected_information", "consent", "consent_collection", "currency", "currency_conversion", "customer", "customer_account", "customer_creation",
            "customer_details", "customer_email", "discounts", "integration_identifier", "invoice", "invoice_creation", "locale", "managed_payments", "origin_context", "payment_intent",
            "payment_link", "payment_method_collection", "payment_method_configuration_details", "payment_method_options", "permissions", "recovered_from",
            "saved_payment_method_options", "setup_intent", "shipping_address_collection", "shipping_cost", "submit_type", "subscription", "success_url", "total_details", "url", "wallet_options"])
        {
            session[name] = null;
        }

        (session["id"], session["object"], session["created"], session["livemode"]) = (id, Kind, tx.Now, tx.Scope.Livemode);
        (session["mode"], session["status"], session["payment_status"]) = (mode, "open", mode == "setup" ? "no_payment_required" : "unpaid");
        (session["metadata"], session["custom_fields"], session["shipping_options"], session["payment_method_options"]) = (new JsonObject(), new JsonArray(), new JsonArray(), new JsonObject());
        session["automatic_tax"] = new JsonObject { ["enabled"] = false, ["liability"] = null, ["provider"] = null, ["status"] = null };
        session["custom_text"] = new JsonObject { ["after_submit"] = null, ["shipping_address"] = null, ["submit"] = null, ["terms_of_service_acceptance"] = null };
        session["phone_number_collection"] = new JsonObject { ["enabled"] = call.Hash("phone_number_collection")?.Is("enabled") ?? false };
        session["expires_at"] = call.Number("expires_at") ?? tx.Now + CheckoutParameters.LongestSeconds;
        session["ui_mode"] = CheckoutParameters.UiMode(call);
        session["customer"] = customer?.Id;
        session["customer_creation"] = customer is null && mode != "subscription" ? call.Text("customer_creation") ?? "if_required" : customer is null ? "always" : null;
        session["payment_method_types"] = CheckoutParameters.Types(call);
        session["client_secret"] = embedded ? $"{id}_secret_{tx.Ids.Letter(40)}" : null;
        Parameters.Copy(
            call, session, "allow_promotion_codes", "billing_address_collection", "cancel_url", "client_reference_id", "customer_email", "integration_identifier", "locale",
            "origin_context", "submit_type", "success_url");
        Metadata.Merge(call, session);
        if (embedded)
        {
            session["redirect_on_completion"] = call.Text("redirect_on_completion") ?? "always";
            session["return_url"] = call.Text("return_url");
        }

        if (mode != "setup")
        {
            session["payment_method_collection"] = call.Text("payment_method_collection") ?? (mode == "subscription" ? "always" : "if_required");
            session["saved_payment_method_options"] = CheckoutParameters.Saved(customer);
        }

        if (mode == "payment")
        {
            session["invoice_creation"] = CheckoutParameters.InvoiceCreation(call.Hash("invoice_creation"));
        }

        if (customer is not null || call.Has("customer_email"))
        {
            session["customer_details"] = CheckoutPayment.Details(customer?.Value.Text("email") ?? call.Text("customer_email"), null, null, null);
        }

        return session;
    }
}
