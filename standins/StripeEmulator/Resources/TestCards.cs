namespace Marketplace.StripeEmulator.Resources;

/// <summary>What a test number does when it is charged.</summary>
/// <param name="Code">Error code of a decline, or null.</param>
/// <param name="Decline">Decline code of a declined card.</param>
/// <param name="Authenticates">Needs 3-D Secure when the customer is there.</param>
/// <param name="OffSession">Needs it also when the customer is not, and is then declined with authentication_required.</param>
/// <param name="Attaches">May be saved to a customer although it declines.</param>
public sealed record TestNumber(string Number, string Brand, string Funding, string? Code = null, string? Decline = null, string Message = "", bool Authenticates = false, bool OffSession = false, bool Attaches = false)
{
    public string Last4 => Number[^4..];

    public string Fingerprint => "fp" + Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(Number)))[..14];
}

/// <summary>Stripe's documented test cards and test banks, by number and by alias (<c>pm_card_visa</c>, <c>tok_visa</c>).</summary>
public static class TestCards
{
    private const string Declined = "Your card was declined.";

    private static readonly TestNumber[] Cards =
    [
        new("4242424242424242", "visa", "credit"),
        new("4000056655665556", "visa", "debit"),
        new("5555555555554444", "mastercard", "credit"),
        new("5200828282828210", "mastercard", "debit"),
        new("378282246310005", "amex", "credit"),
        new("6011111111111117", "discover", "credit"),
        new("4000000000000002", "visa", "credit", "card_declined", "generic_decline", Declined),
        new("4000000000009995", "visa", "credit", "card_declined", "insufficient_funds", "Your card has insufficient funds."),
        new("4000000000009987", "visa", "credit", "card_declined", "lost_card", Declined),
        new("4000000000009979", "visa", "credit", "card_declined", "stolen_card", Declined),
        new("4000000000000069", "visa", "credit", "expired_card", null, "Your card has expired."),
        new("4000000000000127", "visa", "credit", "incorrect_cvc", null, "Your card's security code is incorrect."),
        new("4000000000000119", "visa", "credit", "processing_error", null, "An error occurred while processing your card. Try again in a little bit."),
        new("4000000000000341", "visa", "credit", "card_declined", "generic_decline", Declined, Attaches: true),
        new("4000002500003155", "visa", "credit", Authenticates: true, Attaches: true),
        new("4000002760003184", "visa", "credit", Authenticates: true, OffSession: true, Attaches: true),
        new("4000000000003220", "visa", "credit", Authenticates: true, OffSession: true, Attaches: true),
    ];

    private static readonly TestNumber[] Banks =
    [
        new("000123456789", "us_bank_account", "checking"),
        new("000111111113", "us_bank_account", "checking", "account_closed", null, "The customer's bank account has been closed.", Attaches: true),
        new("000222222227", "us_bank_account", "checking", "insufficient_funds", null, "The customer's account has insufficient funds to cover this payment.", Attaches: true),
    ];

    private static readonly Dictionary<string, string> Aliases = new(StringComparer.Ordinal)
    {
        ["pm_card_visa"] = "4242424242424242", ["tok_visa"] = "4242424242424242",
        ["pm_card_visa_debit"] = "4000056655665556", ["tok_visa_debit"] = "4000056655665556",
        ["pm_card_mastercard"] = "5555555555554444", ["tok_mastercard"] = "5555555555554444",
        ["pm_card_mastercard_debit"] = "5200828282828210",
        ["pm_card_amex"] = "378282246310005", ["tok_amex"] = "378282246310005",
        ["pm_card_discover"] = "6011111111111117", ["tok_discover"] = "6011111111111117",
        ["pm_card_chargeDeclined"] = "4000000000000002", ["pm_card_visa_chargeDeclined"] = "4000000000000002", ["tok_chargeDeclined"] = "4000000000000002",
        ["pm_card_chargeDeclinedInsufficientFunds"] = "4000000000009995", ["pm_card_visa_chargeDeclinedInsufficientFunds"] = "4000000000009995", ["tok_chargeDeclinedInsufficientFunds"] = "4000000000009995",
        ["pm_card_visa_chargeDeclinedLostCard"] = "4000000000009987", ["pm_card_visa_chargeDeclinedStolenCard"] = "4000000000009979",
        ["pm_card_chargeDeclinedExpiredCard"] = "4000000000000069", ["tok_chargeDeclinedExpiredCard"] = "4000000000000069",
        ["pm_card_chargeDeclinedIncorrectCvc"] = "4000000000000127", ["tok_chargeDeclinedIncorrectCvc"] = "4000000000000127",
        ["pm_card_chargeDeclinedProcessingError"] = "4000000000000119", ["tok_chargeDeclinedProcessingError"] = "4000000000000119",
        ["pm_card_chargeCustomerFail"] = "4000000000000341", ["tok_chargeCustomerFail"] = "4000000000000341",
        ["pm_card_authenticationRequiredOnSetup"] = "4000002500003155", ["pm_card_threeDSecureRequired"] = "4000002500003155",
        ["pm_card_authenticationRequired"] = "4000002760003184", ["tok_authenticationRequired"] = "4000002760003184",
        ["pm_card_threeDSecure2Required"] = "4000000000003220", ["tok_threeDSecure2Required"] = "4000000000003220",
        ["pm_usBankAccount"] = "000123456789", ["pm_usBankAccount_success"] = "000123456789",
        ["pm_usBankAccount_accountClosed"] = "000111111113", ["pm_usBankAccount_insufficientFunds"] = "000222222227",
    };

    public static IEnumerable<TestNumber> Documented => Cards.Concat(Banks);

    public static TestNumber? ByNumber(string number)
    {
        var digits = number.Replace(" ", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal);
        return Array.Find(Cards, c => c.Number == digits);
    }

    public static TestNumber? BankByNumber(string number) => Array.Find(Banks, b => b.Number == number);

    public static TestNumber? ByAlias(string alias) =>
        Aliases.TryGetValue(alias, out var number) ? ByNumber(number) ?? BankByNumber(number) : null;

    /// <summary>What a stored number does; unknown ones do not exist here.</summary>
    public static TestNumber Behaviour(string number) => ByNumber(number) ?? BankByNumber(number)!;
}
