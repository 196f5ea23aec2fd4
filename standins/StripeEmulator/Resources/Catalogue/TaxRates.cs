using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Resources;

/// <summary>A share that goes to a tax authority, within the price or on top of it. Both never change.</summary>
public static class TaxRates
{
    private static readonly string[] Types =
    [
        "amusement_tax", "communications_tax", "gst", "hst", "igst", "jct", "lease_tax", "mass_transit_parking_tax", "parking_tax", "pst", "qst", "retail_delivery_fee", "rst",
        "sales_tax", "service_tax", "vat",
    ];

    public static Reply Create(Call call)
    {
        var (tx, id) = (call.Tx, call.Tx.Ids.New("txr"));
        var percentage = Decimals.Read(call.Text("percentage")!, "percentage", 4);
        var rate = Template(
            tx, id, percentage is >= 0 and <= 100 ? percentage : throw StripeException.Invalid("Invalid percentage: must be between 0 and 100.", "percentage"), call.Flag("inclusive") == true);
        Apply(call, rate);
        var stored = tx.Add("tax_rate", id, rate);
        Events.Emit(tx, "tax_rate.created", stored);
        return stored;
    }

    public static Reply Retrieve(Call call) => call.Named("tax_rate", param: "tax_rate");

    public static Reply List(Call call) => Paging.List(call, "tax_rate", "/v1/tax_rates", s =>
        Paging.InRange(call, "created", s.Value["created"])
        && (call.Flag("active") is not { } active || s.Value.Is("active") == active)
        && s.Inner["automatic"] is null
        && (call.Flag("inclusive") is not { } inclusive || s.Value.Is("inclusive") == inclusive));

    public static Reply Update(Call call)
    {
        var stored = call.Named("tax_rate", param: "tax_rate");
        var change = new Change(call.Tx, stored);
        Apply(call, call.Tx.Edit(stored));
        change.Emit("tax_rate.updated");
        return stored;
    }

    /// <summary>The tax rates that a list of ids names, whole, as invoices and items carry them.</summary>
    public static JsonArray Read(Call call, JsonNode? ids, string param)
    {
        var rates = new JsonArray();
        foreach (var id in ids as JsonArray ?? [])
        {
            var rate = call.Referred("tax_rate", id!.GetValue<string>(), param);
            rates.Add(rate.Value.Is("active")
                ? rate.Value.Clone()
                : throw StripeException.Invalid($"The tax rate {rate.Id} has been archived and can't be used on new objects. You can un-archive it by setting `active` to true.", param, "tax_rate_inactive"));
        }

        return rates.Count <= 5 ? rates : throw StripeException.TooMany(param, 5);
    }

    public static JsonObject Template(Transaction tx, string id, decimal percentage, bool inclusive) => new()
    {
        ["id"] = id, ["object"] = "tax_rate", ["active"] = true, ["country"] = null, ["created"] = tx.Now, ["description"] = null, ["display_name"] = null,
        ["effective_percentage"] = null, ["flat_amount"] = null, ["inclusive"] = inclusive, ["jurisdiction"] = null, ["jurisdiction_level"] = null,
        ["livemode"] = tx.Scope.Livemode, ["metadata"] = new JsonObject(), ["percentage"] = percentage, ["rate_type"] = "percentage", ["state"] = null, ["tax_type"] = null,
    };

    private static void Apply(Call call, JsonObject rate)
    {
        if (call.Text("tax_type") is { } type && !Types.Contains(type))
        {
            throw StripeException.Invalid($"Invalid tax_type: must be one of {string.Join(", ", Types[..^1])}, or {Types[^1]}", "tax_type");
        }

        if (call.Text("display_name")?.Length > 50)
        {
            throw StripeException.TooLong("display_name", 50);
        }

        Parameters.Copy(call, rate, "active", "country", "description", "display_name", "jurisdiction", "state", "tax_type");
        Metadata.Merge(call, rate);
    }
}
