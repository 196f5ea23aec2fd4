using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Resources;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Pages;

/// <summary>The fields in which people type a card, the same on every page.</summary>
public static class CardForm
{
    public const string Fields = """
        <label for="card_number">Card number</label>
        <input id="card_number" name="card_number" inputmode="numeric" autocomplete="cc-number" placeholder="4242 4242 4242 4242" required>
        <div class="two">
        <div><label for="card_expiry">Expiry (MM/YY)</label><input id="card_expiry" name="card_expiry" inputmode="numeric" autocomplete="cc-exp" placeholder="12/34" required></div>
        <div><label for="card_cvc">CVC</label><input id="card_cvc" name="card_cvc" inputmode="numeric" autocomplete="cc-csc" placeholder="123" required></div>
        </div>
        """;

    /// <summary>What was posted; nothing when it is no form.</summary>
    public static Task<IFormCollection> Form(this HttpRequest request) => request.HasFormContentType ? request.ReadFormAsync() : Task.FromResult<IFormCollection>(FormCollection.Empty);

    public static string Field(this IFormCollection form, string name) => form[name].ToString().Trim();

    /// <summary>The card that was typed, as a payment method; or Stripe's words on what is wrong with it.</summary>
    public static Stored Method(Transaction tx, IFormCollection form, JsonObject? billing = null)
    {
        if (form.Field("card_cvc") is not { Length: 3 or 4 } cvc || !cvc.All(char.IsAsciiDigit))
        {
            throw new StripeException(402, "card_error", "incomplete_cvc", "Your card's security code is incomplete.");
        }

        var (month, year) = Instruments.Expiry(form.Field("card_expiry")) ?? throw new StripeException(402, "card_error", "invalid_expiry", "Your card's expiration date is incomplete.");
        return PaymentMethods.Add(tx, Instruments.CheckCard(tx, form.Field("card_number"), month, year), billing, month, year);
    }

    /// <summary>A method as people know it: <c>Visa •••• 4242</c>.</summary>
    public static string Name(JsonObject method)
    {
        var details = method[method.Text("type")!] as JsonObject;
        var brand = details?.Text("brand") ?? (method.Text("type") == "us_bank_account" ? "Bank account" : method.Text("type")!.Replace('_', ' '));
        return $"{char.ToUpperInvariant(brand[0])}{brand[1..]} •••• {details?.Text("last4")}";
    }
}
