using System.Security.Cryptography;
using System.Text;
using Marketplace.StripeEmulator.Api;

namespace Marketplace.StripeEmulator.Resources;

/// <summary>A documented test number: a card, or a bank account (brand <c>us_bank_account</c> or <c>sepa_debit</c>), and what it does.</summary>
public sealed record TestNumber(string Number, string Brand, string Funding)
{
    private static readonly Dictionary<string, string> BankMessages = new(StringComparer.Ordinal)
    {
        ["account_closed"] = "The customer's bank account has been closed.",
        ["no_account"] = "The customer's bank account could not be located.",
        ["insufficient_funds"] = "The customer's account has insufficient funds to cover this payment.",
        ["debit_not_authorized"] = "The customer has notified their bank that this payment was unauthorized.",
        ["invalid_currency"] = "The bank was unable to process this payment because of its currency.",
        ["charge_exceeds_weekly_limit"] = "The payment exceeds the weekly limit of payments from this account.",
        ["charge_exceeds_source_limit"] = "The payment exceeds the weekly volume limit of this account.",
    };

    public IReadOnlyDictionary<string, string> Traits { get; init; } = new Dictionary<string, string>();

    /// <summary>The type of payment method that holds it.</summary>
    public string Type => IsBank ? Brand : "card";

    public bool IsBank => Brand is "us_bank_account" or "sepa_debit";

    /// <summary>Error code of a decline, or null.</summary>
    public string? Code => Refusal?[0];

    /// <summary>Decline code of a declined card.</summary>
    public string? Decline => Refusal is [_, var decline] ? decline : null;

    public string Message => IsBank ? BankMessages.GetValueOrDefault(Code ?? "", "") : Code is null ? "" : Declines.Message(Decline);

    /// <summary>May be saved to a customer although it declines.</summary>
    public bool Attaches => !Traits.ContainsKey("decline");

    /// <summary>Needs 3-D Secure when the customer is there.</summary>
    public bool Authenticates => Traits.GetValueOrDefault("authenticates") is "always" or "unlessSaved";

    /// <summary>Needs it also when the customer is not, and is then declined with authentication_required.</summary>
    public bool OffSession => Traits.GetValueOrDefault("authenticates") == "always";

    /// <summary>Counts as saved with the customer's consent from the start.</summary>
    public bool Saved => Traits.ContainsKey("saved");

    /// <summary>Why the payment is disputed at once, or null.</summary>
    public string? Dispute => Traits.GetValueOrDefault("dispute");

    /// <summary><c>pending</c> or <c>fails</c>, or null when refunds arrive at once.</summary>
    public string? Refund => Traits.GetValueOrDefault("refund");

    public bool Held => Traits.GetValueOrDefault("held") != "no";

    public string Country => Traits.GetValueOrDefault("country", "US");

    public string Risk => Traits.GetValueOrDefault("risk", "normal");

    /// <summary>Seconds that its bank takes; null when it never answers.</summary>
    public long? Takes(long usual) => Traits.GetValueOrDefault("slow") switch { "yes" => 180, "never" => null, _ => usual };

    public string Last4 => Number[^4..];

    public string Fingerprint => "fp" + Convert.ToHexString(SHA256.HashData(Encoding.ASCII.GetBytes(Number)))[..14];

    private string[]? Refusal => (Traits.GetValueOrDefault("decline") ?? Traits.GetValueOrDefault("fails"))?.Split('/');
}

/// <summary>Stripe's documented test cards and test banks, by number and by alias (<c>pm_card_visa</c>, <c>tok_visa</c>).</summary>
public static class TestNumbers
{
    private static readonly Dictionary<string, TestNumber> Numbers = new(StringComparer.Ordinal);
    private static readonly Dictionary<string, TestNumber> Aliases = new(StringComparer.Ordinal);

    static TestNumbers()
    {
        foreach (var line in ParameterTable.Lines("numbers.txt"))
        {
            var halves = line.Split(" :");
            var words = halves[0].Split(' ');
            var number = new TestNumber(words[0], words[1], words[2]) { Traits = words[3..].Select(t => t.Split('=')).ToDictionary(t => t[0], t => t[1], StringComparer.Ordinal) };
            Numbers.Add(number.Number, number);
            foreach (var name in halves[1].Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                foreach (var alias in name.StartsWith("pm_", StringComparison.Ordinal) ? (string[])[name] : ["pm_card_" + name, "tok_" + name])
                {
                    Aliases.Add(alias, number);
                }
            }
        }
    }

    public static IEnumerable<TestNumber> Documented => Numbers.Values;

    public static TestNumber? ByNumber(string number) => Find(number, bank: false);

    public static TestNumber? BankByNumber(string number) => Find(number, bank: true);

    public static TestNumber? ByAlias(string alias) => Aliases.GetValueOrDefault(alias);

    /// <summary>What a stored number does; an IBAN that Stripe does not document pays.</summary>
    public static TestNumber Behaviour(string number) => Numbers.GetValueOrDefault(number) ?? new TestNumber(number, "sepa_debit", "-");

    private static TestNumber? Find(string number, bool bank)
    {
        var digits = number.Replace(" ", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal);
        return Numbers.GetValueOrDefault(digits) is { } found && found.IsBank == bank ? found : null;
    }
}
