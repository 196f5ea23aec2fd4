using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Rendering;

/// <summary>Refunds, setup intents, disputes and balance transactions as API versions before 2025-03-31.basil show them.</summary>
public static class OlderPayments
{
    public static void Render(Stored stored, JsonObject json, bool oldest)
    {
        string[] newer = stored.Kind switch
        {
            "refund" => oldest ? ["customer", "payment_method", "pending_reason", "destination_details"] : ["customer", "payment_method", "pending_reason"],
            "setup_intent" => oldest ? ["excluded_payment_method_types", "managed_payments", "payment_method_configuration_details"] : ["excluded_payment_method_types", "managed_payments"],
            "dispute" => oldest ? ["enhanced_eligibility_types", "payment_method_details"] : ["enhanced_eligibility_types"],
            "balance_transaction" => ["balance_type"],
            _ => [],
        };
        Fields.Remove(json, newer);

        if (stored.Kind == "dispute")
        {
            foreach (var transaction in json["balance_transactions"]!.AsArray())
            {
                transaction!.AsObject().Remove("balance_type");
            }

            json["evidence"]!.AsObject().Remove("enhanced_evidence");
            json["evidence_details"]!.AsObject().Remove("enhanced_eligibility");
            (json["payment_method_details"]?["card"] as JsonObject)?.Remove("network");
        }

        foreach (var error in (JsonObject?[])[json["last_setup_error"] as JsonObject, json["setup_error"] as JsonObject])
        {
            if (error?["payment_method"] is JsonObject method)
            {
                OlderVersions.Method(method, oldest);
            }
        }
    }
}
