using System.Globalization;
using System.Text.Json;
using Marketplace.Contracts.Catalog;
using Marketplace.ServiceDefaults;
using Marketplace.Testing;
using Stripe;

namespace Marketplace.Invoicing.Tests;

/// <summary>What tests of taxes do and read where Stripe renews.</summary>
public static class Taxed
{
    /// <summary>Sets what is done about taxes: a percentage on top, or within; Stripe Tax for an account in Germany that collects there, in Austria and in the United States; nothing.</summary>
    public static async Task<List<string>> SetTaxes(this Seller seller, params string[] taxes)
    {
        List<string> rates = [];
        if (taxes is ["automatic"])
        {
            await seller.App.Stripe.Collect(seller.Account, "DE", new Dictionary<string, string> { ["DE"] = "19", ["AT"] = "20", ["US"] = "10" });
            await seller.AskForTaxes("automatic").Expect();
            return rates;
        }

        foreach (var tax in taxes)
        {
            rates.Add(await seller.TaxRate(tax.Split(' ')[0], tax.EndsWith("within", StringComparison.Ordinal)));
        }

        await seller.AskForTaxes(rates.Count > 0 ? "rates" : "none", [.. rates]).Expect();
        return rates;
    }

    public static Task<HttpResponseMessage> AskForTaxes(this Seller seller, string mode, params string[] rates) =>
        seller.Owner.Patch($"/v1/billing-integrations/{seller.Integration}", new { tax = new { mode, rates } }, "*");

    public static async Task<string> TaxRate(this Seller seller, string percentage, bool inclusive = false) => (await seller.App.Stripe.Client(seller.Account).V1.TaxRates.CreateAsync(new TaxRateCreateOptions
    {
        DisplayName = "VAT", Inclusive = inclusive, Percentage = decimal.Parse(percentage, CultureInfo.InvariantCulture),
    })).Id;

    public static async Task GiveAddress(this InvoicingApp app, string organization, string country, string? vat = null)
    {
        var admin = app.ClientFor(TestCaller.Consumer(organization, "cat_1", Roles.Admin));
        await admin.Put($"/v1/billing-details/{organization}", new { address = new { country, city = "Berlin" }, taxId = vat is null ? null : new { type = "eu_vat", value = vat } }, "*").Expect();
    }

    /// <summary>Approved for an organization with a stored card.</summary>
    public static async Task<(Shop Shop, CardHolder Holder)> SellToStored(this Seller seller, PlanSnapshot plan, string? country)
    {
        var holder = await CardHolder.Open(seller.App, seller);
        await holder.Store();
        if (country is not null)
        {
            await seller.App.GiveAddress(holder.Organization, country);
        }

        return (await Shop.Open(seller.App, seller, holder.Approved(plan)), holder);
    }

    /// <summary>Paid for at the checkout.</summary>
    public static async Task Buy(this Shop shop)
    {
        var session = await shop.Checkout();
        await shop.Pay(session);
        await shop.Completed(session);
        await shop.Idle();
    }

    /// <summary>Begun with the stored card.</summary>
    public static async Task Begun(this Shop shop)
    {
        await Eventually.Until(
            async () => await shop.Seller.App.Database.Scalar<string>("select id from invoices where subscription_id = $1 and kind = 'initial'", shop.Subscription) ?? "", id => id.Length > 0, "the first invoice", TimeSpan.FromSeconds(60));
        await shop.Idle();
        await shop.ReadCovers();
    }

    public static async Task<(long Subtotal, long Tax, long Within, long Total)> RenewalSums(this Shop shop) =>
        Sums(await shop.Seller.Until(await shop.Seller.InvoiceOf(shop.Subscription, "period"), "paid"));

    public static (long Subtotal, long Tax, long Within, long Total) Sums(JsonElement invoice)
    {
        return (Of("subtotal"), Of("tax"), Of("taxIncluded"), Of("total"));

        long Of(string name) => invoice.GetProperty(name).GetProperty("amount").GetInt64();
    }
}
