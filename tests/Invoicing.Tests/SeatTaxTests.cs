using System.Globalization;
using System.Text.Json;
using Marketplace.Contracts.Catalog;
using Marketplace.Testing;
using Stripe;

namespace Marketplace.Invoicing.Tests;

/// <summary>Seats with a tax on top come to the same cents whether we make the invoices or Stripe renews.</summary>
public sealed class SeatTaxTests(InvoicingApp app) : IClassFixture<InvoicingApp>
{
    // 333 a seat: a tax of each seat, rounded, comes to other cents than the tax of all of them.
    private static readonly PlanSnapshot Plan = Plans.Priced(new(PlanSeats.Model, 333, null, MinimumSeats: 1, MaximumSeats: 500), setupFee: 505);

    [Theory]
    [InlineData("19", 7, 9, 539, 569)]
    [InlineData("19", 9, 7, 665, 443)]
    [InlineData("8.875", 7, 11, 252, 325)]
    public async Task The_first_invoice_a_change_of_seats_and_the_renewal_bear_the_same_tax_in_both_models(string percentage, int before, int after, long firstTax, long renewedTax)
    {
        var (ours, theirs) = (await Selling("invoices", percentage), await Selling("subscriptions", percentage));
        var mine = await Shop.Open(app, ours, ours.Approved(Plan with { Seats = before }));
        var renewed = await Shop.Subscribed(app, theirs, Plan with { Seats = before });
        var subtotal = 505 + (before * 333);
        Assert.Equal((subtotal, firstTax, subtotal + firstTax), Sums(await ours.Until(await ours.InvoiceOf(mine.Subscription, "initial"), "open")));
        Assert.Equal((subtotal, firstTax, subtotal + firstTax), Sums(await theirs.Until(await theirs.InvoiceOf(renewed.Subscription, "initial"), "paid")));
        await app.Stripe.Pay((await ours.Invoice(await ours.InvoiceOf(mine.Subscription, "initial"))).GetProperty("hostedInvoiceUrl").GetString()!);
        await ours.Hear(await ours.StripeId(await ours.InvoiceOf(mine.Subscription, "initial")));

        await app.Advance(TimeSpan.FromDays(10));
        var (period, now) = (renewed.Covers, app.Clock.GetUtcNow());
        long[] lines = [-Rating.Prorate(before * 333, "usd", period, now, period.To), Rating.Prorate(after * 333, "usd", period, now, period.To)];
        var myNext = await mine.ChangedTo(mine.Plan with { Seats = after }, covers: (now, period.To), anchor: period.From, lines: lines);
        var next = await renewed.ChangedTo(renewed.Plan with { Seats = after }, lines: lines);
        // More seats are open until they are paid; what fewer give back is kept on the balance at once.
        var change = Sums(await ours.Until(await ours.InvoiceOf(myNext.Subscription, "change"), after > before ? "open" : "paid"));
        Assert.Equal(lines.Sum(), change.Subtotal);
        Assert.True(change.Tax != 0 && Math.Sign(change.Tax) == Math.Sign(change.Subtotal));
        Assert.Equal(change, Sums(await theirs.Until(await theirs.InvoiceOf(next.Subscription, "change"), "paid")));
        await next.Idle();

        await next.EndPeriod(0);
        await app.Make<ChargeClosedPeriod>().Handle(myNext.Closed(0), default);
        var renewal = (after * 333L, renewedTax, (after * 333) + renewedTax);
        var ourRenewal = await ours.InvoiceOf(myNext.Subscription, "period");
        Assert.Equal(renewal, Sums(await Eventually.Until(() => Look(ours, ourRenewal), invoice => invoice.GetProperty("status").GetString() is "open" or "paid", "our invoice of the next period")));
        var theirRenewal = await theirs.InvoiceOf(next.Subscription, "period");
        Assert.Equal(renewal, Sums(await theirs.Until(theirRenewal, "paid")));
        Assert.Equal("subscription_cycle", (await next.Client.V1.Invoices.GetAsync(await theirs.StripeId(theirRenewal))).BillingReason);
    }

    private async Task<JsonElement> Look(Seller seller, string id)
    {
        await app.Turn();
        return await seller.Invoice(id);
    }

    private async Task<Seller> Selling(string billingModel, string percentage)
    {
        var seller = await Seller.Open(app, mayAll: true, billingModel: billingModel);
        var rate = await app.Stripe.Client(seller.Account).V1.TaxRates.CreateAsync(new TaxRateCreateOptions
        {
            DisplayName = "VAT", Inclusive = false, Percentage = decimal.Parse(percentage, CultureInfo.InvariantCulture),
        });
        await seller.Owner.Patch($"/v1/billing-integrations/{seller.Integration}", new { tax = new { mode = "rates", rates = new[] { rate.Id } } }, "*").Expect();
        return seller;
    }

    private static (long Subtotal, long Tax, long Total) Sums(JsonElement invoice)
    {
        return (Of("subtotal"), Of("tax"), Of("total"));

        long Of(string name) => invoice.GetProperty(name).GetProperty("amount").GetInt64();
    }
}
