using System.Globalization;
using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Resources;

/// <summary>
/// Stripe's own reckoning of tax: where the customer is, and what the account collects there. An account collects where it is registered
/// (<c>POST /_emulator/accounts {tax}</c>); everywhere else the tax is nothing. A business of another country of the European Union reckons it itself.
/// </summary>
public static class AutomaticTax
{
    private const string Field = "tax";

    private static readonly HashSet<string> Union =
        [.. "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".Split(' ')];

    /// <summary>Whether they are registrations: countries (<c>DE</c>) or states (<c>US-NY</c>) with a percentage each.</summary>
    public static bool IsKnown(JsonObject registrations) => registrations.All(r =>
        r.Key is { Length: 2 } or { Length: 5 or 6 } && r.Key[..2].All(char.IsAsciiLetterUpper) && (r.Key.Length == 2 || r.Key[2] == '-')
        && r.Value is JsonValue value && decimal.TryParse(value.ToString(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percentage) && percentage <= 100);

    /// <summary>Keeps where the account collects.</summary>
    public static void Register(Transaction tx, Stored account, JsonObject registrations)
    {
        tx.Edit(account);
        account.Inner[Field] = registrations.DeepClone();
    }

    /// <summary>Whether the customer's place is known well enough: a country, in the United States also the postal code, in Canada that or the province.</summary>
    public static bool Locates(Transaction tx, JsonObject invoice) => Place(tx, invoice) is { } place && place.Text("country") is { Length: 2 } country && country switch
    {
        "US" => place.Text("postal_code")?.Length >= 5,
        "CA" => place.Text("postal_code") is { Length: > 0 } || place.Text("state") is { Length: > 0 },
        _ => true,
    };

    /// <summary>The rate for a line of an invoice that has it switched on; none while the place is not known.</summary>
    public static IReadOnlyList<JsonObject> RatesOf(Transaction tx, JsonObject invoice, bool inclusive)
    {
        if (!Locates(tx, invoice))
        {
            return [];
        }

        var place = Place(tx, invoice)!;
        var (country, state) = (place.Text("country")!, place.Text("state"));
        var registered = tx.Store.Find("account/" + tx.Scope.Account)?.Inner[Field] as JsonObject;
        var percentage = (registered?[$"{country}-{state}"] ?? registered?[country]) is { } given ? Decimals.Of(given.ToString()) : (decimal?)null;
        var home = Accounts.Of(tx).Text("country")!;
        var reversed = percentage is not null && home != country && Union.Contains(home) && Union.Contains(country)
            && TaxIds.Of(tx, invoice.Text("customer")!).Any(id => id!["type"]!.GetValue<string>() == "eu_vat");
        var rate = Rate(tx, country, country is "US" or "CA" ? state : null, reversed ? 0 : percentage ?? 0, inclusive);
        // Shown on the line only; the rate itself has no such field.
        rate["taxability_reason"] = percentage is null ? "not_collecting" : reversed ? "reverse_charge" : percentage == 0 ? "zero_rated" : "standard_rated";
        return [rate];
    }

    private static JsonObject? Place(Transaction tx, JsonObject invoice)
    {
        var customer = tx.Find("customer", invoice.Text("customer")!)?.Value;
        return (customer?["shipping"] as JsonObject)?["address"] as JsonObject is { } shipped && shipped.Text("country") is not null
            ? shipped
            : (customer?["address"] ?? invoice["customer_address"]) as JsonObject;
    }

    // Stripe makes a rate of its own for what it reckoned, and uses it again.
    private static JsonObject Rate(Transaction tx, string country, string? state, decimal percentage, bool inclusive)
    {
        var place = $"{country}-{state}/{percentage.ToString(CultureInfo.InvariantCulture)}/{inclusive}";
        if (tx.Store.OfKind(tx.Scope, "tax_rate").FirstOrDefault(r => r.Inner.Text("automatic") == place) is { } known)
        {
            return known.Value.Clone();
        }

        var id = tx.Ids.New("txr");
        var rate = TaxRates.Template(tx, id, percentage, inclusive);
        (rate["country"], rate["state"], rate["display_name"]) = (country, state, country is "US" ? "Sales Tax" : "VAT");
        (rate["jurisdiction"], rate["tax_type"]) = (state ?? country, country is "US" ? "sales_tax" : "vat");
        return tx.Add("tax_rate", id, rate, new JsonObject { ["automatic"] = place }).Value.Clone();
    }
}
