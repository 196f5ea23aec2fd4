using System.Net.Mail;
using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Resources;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Pages;

/// <summary>What customers change about themselves: only what the configuration allows.</summary>
public static class PortalCustomer
{
    public static readonly string[] AddressParts = ["line1", "line2", "city", "state", "postal_code", "country"];

    private const string Feature = "customer_update";

    private static readonly (string Name, string Label, string Type, string Autocomplete)[] Fields =
        [("name", "Name", "text", "name"), ("email", "Email", "email", "email"), ("phone", "Phone", "tel", "tel")];

    private static readonly IReadOnlyDictionary<string, (string Label, string Autocomplete)> Address = new Dictionary<string, (string, string)>(StringComparer.Ordinal)
    {
        ["line1"] = ("Address line 1", "address-line1"), ["line2"] = ("Address line 2", "address-line2"), ["city"] = ("City", "address-level2"),
        ["state"] = ("State", "address-level1"), ["postal_code"] = ("Postal code", "postal-code"), ["country"] = ("Country code", "country"),
    };

    /// <summary>The address's inputs, the short ones side by side.</summary>
    public static string AddressInputs(Func<string, string, string, string> input)
    {
        string One(string part) => input(part, Address[part].Label, Address[part].Autocomplete);
        string Pair(string first, string second) => $"""<div class="two"><div>{One(first)}</div><div>{One(second)}</div></div>""";
        return One("line1") + One("line2") + Pair("city", "state") + Pair("postal_code", "country");
    }

    public static Task<IResult> Show(Engine engine, string token) => Visit.Run(engine, token, Feature, visit => Form(visit, visit.Customer.Value, null));

    public static async Task<IResult> Update(Engine engine, HttpRequest request, string token)
    {
        var form = await request.Form();
        return await Visit.Run(engine, token, Feature, visit =>
        {
            var wished = Read(visit, form);
            if (Allows(visit, "email") && (wished.Text("email") is not { } email || !MailAddress.TryCreate(email, out _)))
            {
                return Form(visit, wished, "Enter an e-mail address, for example ada@example.com.");
            }

            var change = new Change(visit.Tx, visit.Customer);
            var customer = visit.Tx.Edit(visit.Customer);
            foreach (var (name, value) in wished)
            {
                customer[name] = value?.DeepClone();
            }

            change.Emit("customer.updated");
            return SeeOther.To(visit.Path + "?home=1");
        });
    }

    private static bool Allows(Visit visit, string part) => visit.Feature(Feature)["allowed_updates"]!.AsArray().Any(a => a!.GetValue<string>() == part);

    private static JsonObject Read(Visit visit, IFormCollection form)
    {
        string? Sent(string name) => form.Field(name) is { Length: > 0 } text ? text : null;
        var wished = new JsonObject();
        foreach (var (name, _, _, _) in Fields.Where(f => Allows(visit, f.Name)))
        {
            wished[name] = Sent(name);
        }

        if (Allows(visit, "address"))
        {
            var address = new JsonObject(AddressParts.Select(part => KeyValuePair.Create<string, JsonNode?>(part, Sent(part))));
            wished["address"] = address.All(part => part.Value is null) ? null : Parameters.Address(address);
        }

        return wished;
    }

    private static IResult Form(Visit visit, JsonObject values, string? error)
    {
        string Input(string name, string label, string type, string autocomplete, string? value) =>
            $"""<label for="{name}">{label}</label><input id="{name}" name="{name}" type="{type}" autocomplete="{autocomplete}" value="{Html.E(value)}">""";

        var inputs = Fields.Where(f => Allows(visit, f.Name)).Select(f => Input(f.Name, f.Label, f.Type, f.Autocomplete, values.Text(f.Name)));
        var address = Allows(visit, "address")
            ? AddressInputs((part, label, autocomplete) => Input(part, label, "text", autocomplete, (values["address"] as JsonObject)?.Text(part)))
            : "";
        return Html.Page("Billing information", $"""
            <p><a id="back" href="{visit.Path}?home=1">Back to the portal</a></p>
            <h1>Billing information</h1>
            {Html.Error(error)}
            <form id="customer-form" method="post" action="{visit.Path}/customer">
            {string.Concat(inputs)}
            {address}
            <button id="save" type="submit">Save</button>
            </form>
            """, error is null ? 200 : 400);
    }
}
