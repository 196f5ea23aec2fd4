using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Resources;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Pages;

/// <summary>The form of a checkout page: who the visitor is, and a part for each way to pay. What was typed stays after a refusal, the card excepted.</summary>
public static class CheckoutForm
{
    public static string Render(Stored session, string submit, string? email, IFormCollection? typed)
    {
        var value = session.Value;
        var types = value["payment_method_types"]!.AsArray().Select(t => t!.GetValue<string>()).ToHashSet(StringComparer.Ordinal);
        if (!CheckoutPayment.NeedsMethod(session))
        {
            types = [];
        }

        var card = !types.Contains("card") ? "" : $"""
            <fieldset><legend><h2>Card</h2></legend>
            {CardForm.Fields}
            <button id="submit" name="payment_method" value="card" type="submit">{submit}</button>
            </fieldset>
            """;
        var bank = !types.Contains("us_bank_account") ? "" : $"""
            <fieldset><legend><h2>Bank account</h2></legend>
            {BankForm.Fields}
            <button id="submit-bank" class="plain" name="payment_method" value="bank" type="submit" formnovalidate>{submit} by bank</button>
            </fieldset>
            """;
        var debit = !types.Contains("sepa_debit") ? "" : $"""
            <fieldset><legend><h2>SEPA direct debit</h2></legend>
            <label for="iban">IBAN</label>
            <input id="iban" name="iban" type="text" autocomplete="off" placeholder="AT61 1904 3002 3457 3201"{(types.Contains("card") ? "" : " required")}>
            <button id="submit-iban" class="{(types.Contains("card") ? "plain" : "")}" name="payment_method" value="iban" type="submit" formnovalidate>{submit} by direct debit</button>
            </fieldset>
            """;
        return $"""
            <form id="checkout-form" method="post" action="{CheckoutSessions.Path(session)}">
            <fieldset><legend><h2>Contact</h2></legend>
            {Person(session, email, typed)}
            </fieldset>
            {card}{bank}{debit}{(types.Count > 0 ? "" : $"""<button id="submit" type="submit">{submit}</button>""")}
            </form>
            """;
    }

    private static string Person(Stored session, string? email, IFormCollection? typed)
    {
        var value = session.Value;
        string Input(string name, string label, string type, string autocomplete, bool required) =>
            $"""<label for="{name}">{label}</label><input id="{name}" name="{name}" type="{type}" autocomplete="{autocomplete}" value="{Html.E(typed?.Field(name))}"{(required ? " required" : "")}>""";

        var fields = email is null ? Input("email", "Email", "email", "email", true) : $"""<p class="soft" id="known-email">{Html.E(email)}</p>""";
        fields += Input("name", "Name", "text", "name", true);
        if (value["phone_number_collection"]!.AsObject().Is("enabled"))
        {
            fields += Input("phone", "Phone", "tel", "tel", true);
        }

        return value.Text("billing_address_collection") != "required" ? fields : fields + PortalCustomer.AddressInputs((part, label, autocomplete) =>
            Input(part, label, "text", autocomplete, part is "line1" or "city" or "postal_code" or "country"));
    }
}
