using System.Net;
using System.Text.Json;
using Marketplace.Contracts.Catalog;
using Marketplace.Testing;

namespace Marketplace.Invoicing.Tests;

/// <summary>Tax rates of the setting that Stripe does not know: told by name, and what waits for them goes on once others are set.</summary>
public sealed class UnknownRateTests(InvoicingApp app) : IClassFixture<InvoicingApp>
{
    private const string Unknown = "tax_rate_unknown";
    private static readonly PlanSnapshot Flat = Plans.Of(basePrice: 2500);

    [Fact]
    public async Task An_invoice_that_is_to_bear_it_stops_with_a_code_of_ours_that_names_it_and_goes_on_once_others_are_set()
    {
        var seller = await Seller.Open(app, mayAll: true);
        var rate = await Lose(seller);
        var id = await seller.Charge(seller.Approved(Flat));

        var stopped = await ArchivedRateTests.Stopped(seller);
        Assert.Equal(Unknown, stopped.GetProperty("code").GetString());
        foreach (var said in (string[])[rate, "/v1/billing-integrations/"])
        {
            Assert.Contains(said, stopped.GetProperty("detail").GetString(), StringComparison.Ordinal);
        }

        var stuck = await Eventually.Until(() => seller.Invoice(id), i => i.GetProperty("level").GetString() == "error", "the invoice waits for other taxes");
        Assert.Contains(rate, stuck.GetProperty("reasons")[0].GetProperty("detail").GetString(), StringComparison.Ordinal);
        await ArchivedRateTests.Told(seller, rate, "unknown");

        await seller.SetTaxes("7");

        Assert.Equal((2500, 175, 0, 2675), Taxed.Sums(await seller.Until(id, "open")));
        Assert.Equal("repaired", (await ArchivedRateTests.Changes(seller)).Single().GetProperty("state").GetString());
        Assert.Equal(JsonValueKind.Null, (await ArchivedRateTests.Tax(seller)).GetProperty("detail").ValueKind);
    }

    [Fact]
    public async Task It_is_found_by_a_comparison_before_anything_waits_for_it_and_its_drift_ends_once_others_are_set()
    {
        var seller = await Seller.Open(app, mayAll: true);
        var shop = await Shop.Open(app, seller, seller.Approved(Flat));
        await shop.Idle();
        var rate = await Lose(seller);

        var run = await RenewedReconciliationTests.Reconcile(shop);

        var drift = Assert.Single(await RenewedReconciliationTests.Drifts(shop, run));
        Assert.Equal((Unknown, rate, "open"), (drift.GetProperty("kind").GetString(), drift.GetProperty("stripeId").GetString(), drift.GetProperty("state").GetString()));
        await ArchivedRateTests.Told(seller, rate, "unknown");
        await seller.SetTaxes("7");
        await RenewedReconciliationTests.Reconcile(shop);
        Assert.Equal("repaired", Assert.Single(await RenewedReconciliationTests.Drifts(shop, run)).GetProperty("state").GetString());
    }

    [Fact]
    public async Task What_Stripe_renews_goes_on_as_it_was_and_its_renewal_stops_until_others_are_set()
    {
        var seller = await Seller.Open(app, billingModel: "subscriptions");
        var shop = await Shop.Subscribed(app, seller, Flat);
        var rate = await Lose(seller);
        await shop.Hear();
        await shop.Idle();
        Assert.Empty((await shop.AtStripe()).DefaultTaxRates ?? []);
        await ArchivedRateTests.Told(seller, rate, "unknown");

        await shop.EndPeriod(0);
        Assert.Equal(Unknown, (await ArchivedRateTests.Stopped(seller)).GetProperty("code").GetString());
        var others = (await seller.SetTaxes("7")).Single();

        Assert.Equal((2500, 175, 0, 2675), await shop.RenewalSums());
        await shop.Idle();
        Assert.Equal(others, (await shop.AtStripe()).DefaultTaxRates.Single().Id);
    }

    [Fact]
    public async Task What_is_to_begin_with_the_stored_method_waits_and_says_so()
    {
        var seller = await Seller.Open(app, billingModel: "subscriptions");
        await Lose(seller);
        var (shop, holder) = await seller.SellToStored(Flat, null);
        Assert.Equal(Unknown, (await ArchivedRateTests.Stopped(seller)).GetProperty("code").GetString());
        await holder.Admin.Post("/v1/checkout-sessions", Shop.Body(shop.Subscription)).ExpectProblem(HttpStatusCode.UnprocessableEntity, Unknown);

        await seller.SetTaxes("7");
        await shop.Begun();
        Assert.Equal((2500, 175, 0, 2675), Taxed.Sums(await seller.Until(await seller.InvoiceOf(shop.Subscription, "initial"), "paid")));
    }

    [Fact]
    public async Task A_checkout_that_is_to_bear_it_is_refused_with_its_code_until_others_are_set()
    {
        var seller = await Seller.Open(app, billingModel: "subscriptions");
        var shop = await Shop.Open(app, seller, seller.Approved(Flat));
        await shop.Idle();
        var rate = await Lose(seller);
        Assert.Equal(Unknown, (await shop.Ask(HttpStatusCode.UnprocessableEntity)).GetProperty("code").GetString());
        await ArchivedRateTests.Told(seller, rate, "unknown");

        await seller.SetTaxes("7");
        await shop.Idle();
        await shop.Buy();
        Assert.Equal((2500, 175, 0, 2675), Taxed.Sums(await seller.Until(await seller.InvoiceOf(shop.Subscription, "initial"), "paid")));
    }

    // The setting names one that Stripe knew when it was set.
    private static async Task<string> Lose(Seller seller)
    {
        var rate = $"txr_{Guid.NewGuid():n}";
        await seller.App.Database.Execute("update billing_integrations set tax_mode = 'rates', tax_rates = array[$2] where id = $1", seller.Integration, rate);
        return rate;
    }
}
