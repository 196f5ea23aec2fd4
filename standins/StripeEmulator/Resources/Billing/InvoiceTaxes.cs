using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Resources;

/// <summary>
/// What an invoice is told about tax: standard rates, or Stripe's own reckoning (<see cref="AutomaticTax"/>).
/// </summary>
public static class InvoiceTaxes
{
    public static void Apply(Call call, JsonObject invoice)
    {
        if (call.Hash("automatic_tax") is { } sent)
        {
            if ((sent["liability"] as JsonObject)?.Text("type") == "account")
            {
                throw StripeException.Invalid("The Stripe emulator does not support other liable parties than the account itself on this endpoint.", "automatic_tax[liability][type]");
            }

            Automatic(call.Tx, invoice, sent.Is("enabled"));
        }

        if (call.Has("default_tax_rates"))
        {
            invoice["default_tax_rates"] = TaxRates.Read(call, call.Params["default_tax_rates"], "default_tax_rates");
        }

        if (call.Has("account_tax_ids"))
        {
            invoice["account_tax_ids"] = call.Params["account_tax_ids"] is JsonArray ids
                ? new JsonArray([.. ids.Select(i => (JsonNode)call.Referred("tax_id", i!.GetValue<string>(), "account_tax_ids").Id)])
                : null;
        }

        if (invoice["automatic_tax"]!.AsObject().Is("enabled") && invoice["default_tax_rates"] is JsonArray { Count: > 0 })
        {
            throw StripeException.Invalid("You cannot specify tax rates on an invoice that has automatic tax enabled.", "default_tax_rates");
        }
    }

    /// <summary>Refuses to finalize while the customer's place is not known; the attempt stays on the invoice.</summary>
    public static void Demand(Transaction tx, Stored stored)
    {
        var invoice = tx.Edit(stored);
        if (!invoice["automatic_tax"]!.AsObject().Is("enabled"))
        {
            return;
        }

        if (AutomaticTax.Locates(tx, invoice))
        {
            invoice["automatic_tax"]!["status"] = "complete";
            return;
        }

        const string code = "customer_tax_location_invalid";
        const string message = "The customer's location isn't recognized. Set a valid customer address in order to automatically calculate tax.";
        var change = new Change(tx, stored);
        invoice["automatic_tax"]!["status"] = "requires_location_inputs";
        invoice["last_finalization_error"] = new JsonObject
        {
            ["code"] = code, ["doc_url"] = StripeException.DocUrl(code), ["message"] = message, ["type"] = "invalid_request_error",
        };
        invoice["automatically_finalizes_at"] = null;
        invoice["auto_advance"] = false;
        change.Emit("invoice.updated");
        Events.Emit(tx, "invoice.finalization_failed", stored);
        throw new StripeException(400, "invalid_request_error", code, message) { Keeps = true };
    }

    /// <summary>Switches Stripe's own reckoning on or off.</summary>
    public static void Automatic(Transaction tx, JsonObject invoice, bool enabled)
    {
        invoice["automatic_tax"] = new JsonObject
        {
            ["disabled_reason"] = null, ["enabled"] = enabled, ["liability"] = enabled ? new JsonObject { ["type"] = "self" } : null, ["provider"] = enabled ? "stripe" : null,
            ["status"] = !enabled ? null : AutomaticTax.Locates(tx, invoice) ? "complete" : "requires_location_inputs",
        };
    }
}
