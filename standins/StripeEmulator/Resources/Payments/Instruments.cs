using System.Globalization;
using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Resources;

/// <summary>Makes payment methods out of numbers: cards, tokens, US accounts, IBANs. Only test numbers exist.</summary>
public static class Instruments
{
    /// <summary>A new method out of what was sent, under <c>payment_method_data</c> or as the call itself.</summary>
    public static Stored Make(Transaction tx, JsonObject sent, string path = "")
    {
        var type = sent.Text("type") ?? (sent["card"] is JsonObject && path.Length == 0 ? "card" : throw StripeException.Missing(ParameterCheck.Name(path, "type")));
        var stored = type switch
        {
            "card" => Card(tx, sent, path),
            "us_bank_account" => UsBank(tx, sent, path),
            "sepa_debit" => Sepa(tx, sent, path),
            _ => throw StripeException.Invalid($"The Stripe emulator does not support payment methods of type '{type}'.", ParameterCheck.Name(path, "type")),
        };
        if (sent.Text("allow_redisplay") is { } display)
        {
            stored.Value["allow_redisplay"] = display;
        }

        return stored;
    }

    /// <summary>The test card of this number, or what Stripe answers to a mistyped or expired one.</summary>
    public static TestNumber CheckCard(Transaction tx, string number, long month, long year)
    {
        var now = tx.Engine.Clock.GetUtcNow();
        if (TestNumbers.ByNumber(number) is not { } known)
        {
            throw new StripeException(402, "card_error", "incorrect_number", "Your card number is incorrect.", "number");
        }

        if (month is < 1 or > 12)
        {
            throw new StripeException(402, "card_error", "invalid_expiry_month", "Your card's expiration month is invalid.", "exp_month");
        }

        return year > now.Year || (year == now.Year && month >= now.Month)
            ? known
            : throw new StripeException(402, "card_error", "invalid_expiry_year", "Your card's expiration year is invalid.", "exp_year");
    }

    /// <summary>Month and year as people type them: <c>12/34</c>.</summary>
    public static (long Month, long Year)? Expiry(string text)
    {
        var parts = text.Split('/', StringSplitOptions.TrimEntries);
        return parts.Length == 2
            && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var month)
            && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var year)
            ? (month, year < 100 ? 2000 + year : year)
            : null;
    }

    private static Stored Card(Transaction tx, JsonObject sent, string path)
    {
        var card = sent["card"] as JsonObject ?? throw StripeException.Missing(ParameterCheck.Name(path, "card"));
        var billing = sent["billing_details"] as JsonObject;
        if (card.Text("token") is { } token)
        {
            var named = token.StartsWith("tok_", StringComparison.Ordinal) ? TestNumbers.ByAlias(token) : null;
            return PaymentMethods.Add(tx, named ?? throw StripeException.NoSuch("token", token, ParameterCheck.Name(path, "card[token]")), billing);
        }

        var number = card.Text("number") ?? throw StripeException.Missing(ParameterCheck.Name(path, "card[number]"));
        if (card["exp_month"] is null || card["exp_year"] is null)
        {
            throw StripeException.Missing(ParameterCheck.Name(path, card["exp_month"] is null ? "card[exp_month]" : "card[exp_year]"));
        }

        if (card.Text("cvc") is { } cvc && (cvc.Length is < 3 or > 4 || !cvc.All(char.IsAsciiDigit)))
        {
            throw new StripeException(402, "card_error", "invalid_cvc", "Your card's security code is invalid.", "cvc");
        }

        var (month, year) = (Number(card, "exp_month"), Number(card, "exp_year"));
        var stored = PaymentMethods.Add(tx, CheckCard(tx, number, month, year < 100 ? year + 2000 : year), billing, month, year < 100 ? year + 2000 : year);
        Checks(stored, card, billing);
        return stored;
    }

    /// <summary>What the card's bank says to the fields that were sent; nothing is said to those that were not.</summary>
    private static void Checks(Stored stored, JsonObject card, JsonObject? billing)
    {
        var traits = TestNumbers.Behaviour(stored.Inner.Text("number")!).Traits;
        var checks = stored.Value["card"]!["checks"]!;
        var address = billing?["address"] as JsonObject;
        checks["cvc_check"] = card["cvc"] is null ? null : traits.GetValueOrDefault("cvc", "pass");
        checks["address_postal_code_check"] = address?["postal_code"] is null ? null : traits.GetValueOrDefault("zip", "pass");
        checks["address_line1_check"] = address?["line1"] is null ? null : traits.GetValueOrDefault("line1", "pass");
    }

    private static Stored UsBank(Transaction tx, JsonObject sent, string path)
    {
        var bank = sent["us_bank_account"] as JsonObject ?? throw StripeException.Missing(ParameterCheck.Name(path, "us_bank_account"));
        Holder(sent, path, "name");
        var number = TestNumbers.BankByNumber(bank.Text("account_number") ?? throw StripeException.Missing(ParameterCheck.Name(path, "us_bank_account[account_number]"))) is { Brand: "us_bank_account" } known
            ? known
            : throw StripeException.Invalid("Invalid bank account number: use a test account number.", ParameterCheck.Name(path, "us_bank_account[account_number]"), "account_number_invalid");
        if (bank.Text("routing_number") != "110000000")
        {
            throw StripeException.Invalid("Invalid routing number: use the test routing number 110000000.", ParameterCheck.Name(path, "us_bank_account[routing_number]"), "routing_number_invalid");
        }

        var stored = PaymentMethods.Add(tx, number, sent["billing_details"] as JsonObject);
        foreach (var name in (string[])["account_holder_type", "account_type"])
        {
            stored.Value["us_bank_account"]![name] = bank.Text(name) ?? stored.Value["us_bank_account"]![name]!.GetValue<string>();
        }

        return stored;
    }

    private static Stored Sepa(Transaction tx, JsonObject sent, string path)
    {
        var debit = sent["sepa_debit"] as JsonObject ?? throw StripeException.Missing(ParameterCheck.Name(path, "sepa_debit"));
        Holder(sent, path, "name");
        Holder(sent, path, "email");
        var iban = (debit.Text("iban") ?? throw StripeException.Missing(ParameterCheck.Name(path, "sepa_debit[iban]"))).Replace(" ", "", StringComparison.Ordinal).ToUpperInvariant();
        if (!IsIban(iban))
        {
            throw StripeException.Invalid("The IBAN you provided is invalid.", ParameterCheck.Name(path, "sepa_debit[iban]"), "invalid_bank_account_iban");
        }

        if (iban.EndsWith("055555", StringComparison.Ordinal) || iban.EndsWith("066666", StringComparison.Ordinal))
        {
            var bank = iban.EndsWith("055555", StringComparison.Ordinal);
            throw StripeException.Invalid(
                bank ? "This bank does not support SEPA Direct Debit." : "This bank account cannot be debited with SEPA Direct Debit.",
                ParameterCheck.Name(path, "sepa_debit[iban]"),
                bank ? "sepa_debit_bank_not_supported" : "sepa_debit_debits_not_supported");
        }

        return PaymentMethods.Add(tx, TestNumbers.Behaviour(iban), sent["billing_details"] as JsonObject);
    }

    private static void Holder(JsonObject sent, string path, string name)
    {
        if ((sent["billing_details"] as JsonObject)?.Text(name) is null)
        {
            throw StripeException.Missing(ParameterCheck.Name(path, $"billing_details[{name}]"));
        }
    }

    // The checksum of ISO 13616: country and check digits go last, letters become numbers, and what is left of 97 is one.
    private static bool IsIban(string iban)
    {
        if (iban.Length is < 15 or > 34 || !iban.All(char.IsAsciiLetterOrDigit) || !char.IsAsciiLetter(iban[0]) || !char.IsAsciiLetter(iban[1]))
        {
            return false;
        }

        var rest = 0;
        foreach (var letter in iban[4..] + iban[..4])
        {
            rest = char.IsAsciiDigit(letter) ? ((rest * 10) + letter - '0') % 97 : ((rest * 100) + letter - 'A' + 10) % 97;
        }

        return rest == 1;
    }

    private static long Number(JsonObject card, string name) => card.Text(name) is { } text
        ? long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw StripeException.Invalid($"Invalid integer: {text}", $"card[{name}]", "parameter_invalid_integer")
        : card.Long(name);
}
