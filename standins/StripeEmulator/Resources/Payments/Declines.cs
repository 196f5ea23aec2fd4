using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Resources;

/// <summary>What a card's bank says when it refuses: error code, decline code and the words for people.</summary>
public static class Declines
{
    private static readonly Dictionary<string, string> Messages = new(StringComparer.Ordinal)
    {
        ["authentication_required"] = "Your card was declined. This transaction requires authentication.",
        ["card_not_supported"] = "Your card does not support this type of purchase.",
        ["card_velocity_exceeded"] = "Your card was declined for making repeated attempts too frequently or exceeding its amount limit.",
        ["currency_not_supported"] = "Your card does not support this currency.",
        ["expired_card"] = "Your card has expired.",
        ["incorrect_cvc"] = "Your card's security code is incorrect.",
        ["incorrect_zip"] = "The zip code you supplied failed validation.",
        ["insufficient_funds"] = "Your card has insufficient funds.",
        ["invalid_account"] = "The account that the card is connected to is invalid.",
        ["processing_error"] = "An error occurred while processing your card. Try again in a little bit.",
    };

    // The rest of Stripe's decline codes, which all read alike.
    private static readonly HashSet<string> Others =
    [
        "approve_with_id", "call_issuer", "do_not_honor", "do_not_try_again", "duplicate_transaction", "fraudulent", "generic_decline", "invalid_amount", "invalid_cvc", "invalid_expiry_month",
        "invalid_expiry_year", "invalid_number", "invalid_pin", "issuer_not_available", "lost_card", "merchant_blacklist", "new_account_information_available", "no_action_taken", "not_permitted",
        "offline_pin_required", "online_or_offline_pin_required", "pickup_card", "pin_try_exceeded", "reenter_transaction", "restricted_card", "revocation_of_all_authorizations",
        "revocation_of_authorization", "security_violation", "service_not_allowed", "stolen_card", "stop_payment_order", "testmode_decline", "transaction_not_allowed", "try_again_later",
        "withdrawal_count_limit_exceeded",
    ];

    public static bool Known(string decline) => Messages.ContainsKey(decline) || Others.Contains(decline);

    /// <summary>A few refusals have an error code of their own.</summary>
    public static string Code(string decline) =>
        decline is "authentication_required" or "expired_card" or "incorrect_cvc" or "incorrect_zip" or "processing_error" ? decline : "card_declined";

    public static string Message(string? decline) => Messages.GetValueOrDefault(decline ?? "", "Your card was declined.");

    /// <summary>The error that an intent keeps of an attempt with a method.</summary>
    public static JsonObject Error(Stored method, string code, string? decline, string message, string type)
    {
        var error = new JsonObject { ["type"] = type, ["code"] = code, ["message"] = message, ["doc_url"] = StripeException.DocUrl(code) };
        if (decline is not null)
        {
            error["decline_code"] = decline;
        }

        if (code == "expired_card")
        {
            error["param"] = "exp_month";
        }

        error["payment_method"] = method.Value.Clone();
        return error;
    }
}
