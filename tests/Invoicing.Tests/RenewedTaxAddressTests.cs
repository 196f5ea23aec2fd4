using System.Net;
using System.Text.Json;
using Marketplace.Contracts.Catalog;
using Marketplace.Testing;
using Stripe;

namespace Marketplace.Invoicing.Tests;

/// <summary>Taxes of what begins at a checkout or with a stored method where Stripe renews, and what waits until it is known where the customer is.</summary>
public sealed class RenewedTaxAddressTests(InvoicingApp app) : IClassFixture<InvoicingApp>
{
    private static readonly PlanSnapshot Flat = Plans.Of(basePrice: 2500);

    [Fact]
    public async Task A_checkout_that_was_opened_with_other_taxes_is_closed_and_the_next_one_has_those_of_now()
    {
        var seller = await Seller.Open(app, billingModel: "subscriptions");
        var shop = await Shop.Open(app, seller, seller.Approved(Flat));
        await shop.Idle();
        var session = await shop.Checkout();
        await seller.SetTaxes("19");
        await shop.Idle();
        Assert.Equal("expired", (await shop.Buyer.Get($"/v1/checkout-sessions/{session.GetProperty("id").GetString()}")).GetProperty("status").GetString());
        await shop.Buy();
        Assert.Equal((2500, 475, 0, 2975), Taxed.Sums(await seller.Until(await seller.InvoiceOf(shop.Subscription, "initial"), "paid")));
    }

    [Fact]
    public async Task A_checkout_that_is_being_opened_while_taxes_change_is_closed_as_well()
    {
        var seller = await Seller.Open(app, billingModel: "subscriptions");
        var shop = await Shop.Open(app, seller, seller.Approved(Flat));
        await shop.Idle();
        Task<JsonElement> opened;
        Task<List<string>> changed;
        await using (await app.Database.HoldRow("stripe_subscriptions", shop.Subscription))
        {
            opened = shop.Checkout();
            await app.Database.UntilBlockedOnLocks(1);
            changed = seller.SetTaxes("19");
            await app.Database.UntilBlockedOnLocks(2);
        }

        var session = await opened;
        await changed;
        await shop.Idle();
        Assert.Equal("expired", (await shop.Buyer.Get($"/v1/checkout-sessions/{session.GetProperty("id").GetString()}")).GetProperty("status").GetString());
        await shop.Buy();
        Assert.Equal((2500, 475, 0, 2975), Taxed.Sums(await seller.Until(await seller.InvoiceOf(shop.Subscription, "initial"), "paid")));
    }

    [Fact]
    public async Task An_open_checkout_with_other_taxes_is_not_handed_out_again_although_its_job_was_removed()
    {
        var seller = await Seller.Open(app, billingModel: "subscriptions");
        var shop = await Shop.Open(app, seller, seller.Approved(Flat));
        await shop.Idle();
        var session = await shop.Checkout();
        await app.Stripe.Fail(new { account = seller.Account, method = "GET", path = "/v1/checkout/sessions/*", kind = "status", status = 503, times = 1 });
        await seller.SetTaxes("19");
        await shop.Retrying();
        await seller.Owner.Delete($"/v1/billing-integrations/{seller.Integration}/jobs?confirm=clear").Expect();
        var next = await shop.Checkout();
        Assert.NotEqual(session.GetProperty("id").GetString(), next.GetProperty("id").GetString());
        Assert.Equal(["expired", "open"], (await shop.Client.V1.Checkout.Sessions.ListAsync()).Data.Select(one => one.Status).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Set_to_Stripe_Tax_midway_without_an_address_nothing_stops_until_the_renewal_which_goes_on_once_it_is_given()
    {
        var seller = await Seller.Open(app, billingModel: "subscriptions");
        var shop = await Shop.Subscribed(app, seller, Flat);
        await seller.SetTaxes("automatic");
        await shop.Idle();
        Assert.False((await shop.AtStripe()).AutomaticTax.Enabled);
        await shop.EndPeriod(0);
        var id = await seller.InvoiceOf(shop.Subscription, "period");
        var stuck = await Eventually.Until(() => seller.Invoice(id), i => i.GetProperty("level").GetString() == "error", "the renewal waits for the address");
        Assert.Equal(("draft", "customer_address_missing"), (stuck.GetProperty("status").GetString(), stuck.GetProperty("reasons")[0].GetProperty("type").GetString()));
        Assert.Equal("draft", (await shop.Renewal()).Status);

        await app.GiveAddress(shop.Organization, "DE");
        Assert.Equal((2500, 475, 0, 2975), await shop.RenewalSums());
        await shop.Idle();
        Assert.True((await shop.AtStripe()).AutomaticTax.Enabled);
        Assert.Empty(await StripeChangeTests.Changes(shop));
    }

    [Fact]
    public async Task An_address_that_Stripe_does_not_recognize_leaves_the_subscription_as_it_was_and_stops_its_renewal_until_it_is_corrected()
    {
        var seller = await Seller.Open(app, billingModel: "subscriptions");
        var shop = await Shop.Subscribed(app, seller, Flat);
        // As an older row would be: our own check asks for the code today.
        await app.Database.Execute("insert into billing_details (organization_id, country, changed_at) values ($1, 'US', now())", shop.Organization);
        await seller.SetTaxes("automatic");
        await shop.Idle();
        Assert.False((await shop.AtStripe()).AutomaticTax.Enabled);
        await shop.EndPeriod(0);
        var id = await seller.InvoiceOf(shop.Subscription, "period");
        var stuck = await Eventually.Until(() => seller.Invoice(id), i => i.GetProperty("level").GetString() == "error", "the renewal waits for an address");
        Assert.Equal("customer_tax_location_invalid", stuck.GetProperty("reasons")[0].GetProperty("type").GetString());

        await app.GiveAddress(shop.Organization, "DE");
        Assert.Equal((2500, 475, 0, 2975), await shop.RenewalSums());
        await shop.Idle();
        Assert.True((await shop.AtStripe()).AutomaticTax.Enabled);
    }

    [Fact]
    public async Task What_is_to_begin_with_the_stored_method_waits_for_the_address_says_so_and_goes_on_by_itself()
    {
        var seller = await Seller.Open(app, billingModel: "subscriptions");
        await seller.SetTaxes("automatic");
        var (shop, holder) = await seller.SellToStored(Flat, null);
        await Eventually.Until(seller.Jobs, jobs => jobs.Exists(job => job.GetProperty("status").GetString() == "failed"), "it waits for the address");
        await holder.Admin.Post("/v1/checkout-sessions", Shop.Body(shop.Subscription)).ExpectProblem(HttpStatusCode.Conflict, "customer_address_missing", "subscriptionId");
        Assert.Empty((await shop.Client.V1.Subscriptions.ListAsync(new SubscriptionListOptions { Status = "all" })).Data);

        await app.GiveAddress(shop.Organization, "AT", "ATU12345678");
        await shop.Begun();
        Assert.Equal((2500, 0, 0, 2500), Taxed.Sums(await seller.Until(await seller.InvoiceOf(shop.Subscription, "initial"), "paid")));
        Assert.True((await shop.AtStripe()).AutomaticTax.Enabled);
    }

    [Fact]
    public async Task At_the_checkout_the_address_that_is_typed_counts_where_the_organization_gave_none_also_for_renewals()
    {
        var seller = await Seller.Open(app, billingModel: "subscriptions");
        await seller.SetTaxes("automatic");
        var shop = await Shop.Open(app, seller, seller.Approved(Flat));
        await shop.Idle();
        await shop.Buy();
        Assert.Equal((2500, 250, 0, 2750), Taxed.Sums(await seller.Until(await seller.InvoiceOf(shop.Subscription, "initial"), "paid")));
        await shop.EndPeriod(0);
        Assert.Equal((2500, 250, 0, 2750), await shop.RenewalSums());
        Assert.Equal("US", (await shop.Client.V1.Customers.GetAsync((await shop.AtStripe()).CustomerId)).Address.Country);
    }

    [Fact]
    public async Task What_is_to_begin_with_the_stored_method_says_so_where_Stripe_does_not_recognize_the_address()
    {
        var seller = await Seller.Open(app, billingModel: "subscriptions");
        await seller.SetTaxes("automatic");
        var holder = await CardHolder.Open(app, seller);
        await holder.Store();
        // As an older row would be: our own check asks for the code today.
        await app.Database.Execute("insert into billing_details (organization_id, country, changed_at) values ($1, 'US', now())", holder.Organization);
        var shop = await Shop.Open(app, seller, holder.Approved(Flat));
        await Eventually.Until(seller.Jobs, jobs => jobs.Exists(job => job.GetProperty("status").GetString() == "failed"), "it waits for an address");
        await holder.Admin.Post("/v1/checkout-sessions", Shop.Body(shop.Subscription)).ExpectProblem(HttpStatusCode.Conflict, "customer_tax_location_invalid", "subscriptionId");

        await app.GiveAddress(shop.Organization, "DE");
        await shop.Begun();
        Assert.Equal((2500, 475, 0, 2975), Taxed.Sums(await seller.Until(await seller.InvoiceOf(shop.Subscription, "initial"), "paid")));
    }
}
