using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Rendering;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Resources;

/// <summary>The caller's own account. Accounts need not be made: a key names one and it is there.</summary>
public static class Accounts
{
    private static readonly JsonObject Template = JsonNode.Parse("""
        {
          "id": "", "object": "account",
          "business_profile": { "annual_revenue": null, "estimated_worker_count": null, "mcc": null, "minority_owned_business_designation": null, "name": null,
            "product_description": null, "support_address": null, "support_email": null, "support_phone": null, "support_url": null, "url": null },
          "business_type": null, "capabilities": { "card_payments": "active", "transfers": "active", "us_bank_account_ach_payments": "active" },
          "charges_enabled": true, "controller": { "type": "account" }, "country": "US", "created": 0, "default_currency": "usd", "details_submitted": true,
          "email": "provider@example.com", "payouts_enabled": true,
          "settings": {
            "bacs_debit_payments": { "display_name": null, "service_user_number": null },
            "branding": { "icon": null, "logo": null, "primary_color": null, "secondary_color": null },
            "card_issuing": { "tos_acceptance": { "date": null, "ip": null } },
            "card_payments": { "decline_on": { "avs_failure": false, "cvc_failure": false }, "statement_descriptor_prefix": null, "statement_descriptor_prefix_kana": null, "statement_descriptor_prefix_kanji": null },
            "dashboard": { "display_name": null, "timezone": "Etc/UTC" },
            "invoices": { "default_account_tax_ids": null, "hosted_payment_method_save": "offer" },
            "payments": { "statement_descriptor": null, "statement_descriptor_kana": null, "statement_descriptor_kanji": null, "statement_descriptor_prefix_kana": null, "statement_descriptor_prefix_kanji": null },
            "sepa_debit_payments": {}
          },
          "type": "standard"
        }
        """)!.AsObject();

    public static Reply Current(Call call) => OlderVersions.Account(Of(call.Tx), call.Version);

    public static Reply Retrieve(Call call) => call.Id == call.Tx.Scope.Account
        ? Current(call)
        : throw new StripeException(
            403,
            "invalid_request_error",
            "account_invalid",
            $"The provided key '{call.Key.Masked}' does not have access to account '{call.Id}' (or that account does not exist). Application access may have been revoked.");

    /// <summary>The account of the transaction's scope; both modes share one.</summary>
    public static JsonObject Of(Transaction tx)
    {
        var account = Template.Clone();
        account["id"] = tx.Scope.Account;
        account["business_profile"]!["name"] = tx.Engine.Options.AccountName;
        account["settings"]!["dashboard"]!["display_name"] = tx.Engine.Options.AccountName;
        if (tx.Store.Find("account/" + tx.Scope.Account) is { } named)
        {
            foreach (var (name, value) in named.Value)
            {
                if (name == "name")
                {
                    account["business_profile"]!["name"] = value!.DeepClone();
                    account["settings"]!["dashboard"]!["display_name"] = value.DeepClone();
                }
                else
                {
                    account[name] = value?.DeepClone();
                }
            }
        }

        return account;
    }
}
