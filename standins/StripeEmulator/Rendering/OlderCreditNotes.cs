using System.Globalization;
using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;

namespace Marketplace.StripeEmulator.Rendering;

/// <summary>Credit notes as API versions before 2025-03-31.basil show them: one refund, tax amounts with their rate.</summary>
public static class OlderCreditNotes
{
    public static void Render(JsonObject json, bool oldest)
    {
        json["refund"] = (json["refunds"] as JsonArray)?.FirstOrDefault()?["refund"]?.DeepClone();
        json["tax_amounts"] = OlderCatalogue.TaxAmounts(json["total_taxes"]!.DeepClone().AsArray());
        Fields.Remove(json, "customer_account", "post_payment_amount", "pre_payment_amount", "pretax_credit_amounts", "refunds", "total_taxes");

        if (json.Text("type") == "mixed")
        {
            json["type"] = "post_payment";
        }

        foreach (var line in json["lines"]!["data"]!.AsArray())
        {
            Line(line!.AsObject(), oldest);
        }
    }

    private static void Line(JsonObject line, bool oldest)
    {
        var taxes = line["taxes"]!.DeepClone().AsArray();
        var within = taxes.Where(t => t!["tax_behavior"]!.GetValue<string>() == "inclusive").Sum(t => t!["amount"].Long());
        var (net, quantity) = (line.Long("amount") - within, Math.Max(1, line.Long("quantity")));
        line["tax_amounts"] = OlderCatalogue.TaxAmounts(taxes);
        line["amount_excluding_tax"] = net;
        line["unit_amount_excluding_tax"] = ((decimal)net / quantity).ToString("0.############", CultureInfo.InvariantCulture);
        OlderCatalogue.Rates(line["tax_rates"], oldest);
        Fields.Remove(line, "metadata", "pretax_credit_amounts", "taxes");
    }
}
