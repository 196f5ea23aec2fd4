using System.Text.Json;
using Marketplace.Contracts.Catalog;
using Marketplace.Contracts.Invoicing;
using Marketplace.Testing;
using Stripe;

namespace Marketplace.Invoicing.Tests;

/// <summary>What somebody ends at Stripe and no event tells of, while its periods go on here until one is closed and settled.</summary>
public sealed class UnheardEndTests(InvoicingApp app) : IClassFixture<InvoicingApp>
{
    private static readonly PlanSnapshot PerCall = Plans.Priced(new("unit", 500, "1.5"));

    [Theory]
    [InlineData("with its period", 1000, false)]
    [InlineData("at once", 1000, false)]
    [InlineData("at once with a last invoice", 1000, false)]
    [InlineData("at once with proration", 1000, false)]
    [InlineData("with its period", 0, false)]
    [InlineData("at once", 0, false)]
    [InlineData("with its period", 1000, true)]
    [InlineData("at once", 1000, true)]
    public async Task An_end_at_Stripe_is_told_by_the_settlement_that_comes_across_it_and_only_use_is_charged(string how, long calls, bool heardFirst)
    {
        var shop = await Shop.Subscribed(app, PerCall);
        await (calls > 0 ? shop.Use(calls) : Task.CompletedTask);
        var ended = await End(shop, how);
        if (heardFirst)
        {
            // After the period was closed, and before that is heard of.
            await app.Advance(shop.Covers.To.AddHours(2) - app.Clock.GetUtcNow());
            await shop.Hear();
        }

        await shop.EndPeriod(calls);
        await shop.Idle();

        var told = Assert.Single(await app.Announced<StripeSubscriptionChanged>(m => m.SubscriptionId == shop.Subscription));
        Assert.Equal(("ended", ended), (told.Change, told.At.UtcDateTime));
        // Subscriptions ends it at that time.
        await shop.Cancelled("ended_at_stripe", told.At);
        await shop.Idle();

        var invoice = await shop.Seller.Invoice(await shop.Seller.InvoiceOf(shop.Subscription, "period"));
        Assert.Equal((calls > 0 ? "paid" : "void", "success", calls * 3 / 2), (Text(invoice, "status"), Text(invoice, "level"), invoice.GetProperty("total").GetProperty("amount").GetInt64()));
        Assert.Equal(calls > 0 ? ["usage"] : [], invoice.GetProperty("lines").EnumerateArray().Select(line => Text(line, "kind")));
        var last = (await app.Announced<InvoiceChanged>(m => m.InvoiceId == Text(invoice, "id")))[^1];
        Assert.Equal((calls * 3 / 2, null, null), (last.Total, last.CoversFrom, last.CoversTo));
        Assert.Equal(500 + (calls * 3 / 2), await Paid(shop));
        Assert.Equal(0, (await shop.Client.V1.Customers.GetAsync((await shop.AtStripe()).CustomerId)).Balance);
        Assert.DoesNotContain((await shop.Client.V1.Invoices.ListAsync()).Data, i => i.Status is "draft" or "open");
    }

    [Theory]
    [InlineData("with its period", 1000)]
    [InlineData("at once", 1000)]
    [InlineData("with its period", 0)]
    public async Task Whoever_cancels_a_period_that_began_here_after_it_was_over_at_Stripe_pays_for_use_alone(string how, long calls)
    {
        var shop = await Shop.Subscribed(app, PerCall);
        await (calls > 0 ? shop.Use(calls) : Task.CompletedTask);
        var ended = await End(shop, how);
        await app.Advance(shop.Covers.To.AddMinutes(3) - app.Clock.GetUtcNow());
        var now = app.Clock.GetUtcNow();
        await shop.Cancelled("requested", now);
        await app.Make<ChargeClosedPeriod>().Handle(
            shop.Closed(calls, last: true) with { PeriodStart = shop.Covers.To, PeriodEnd = now, ClosedTogether = [new(shop.Covers.From, shop.Covers.To)], BasePricesDue = [new(shop.Covers.To, shop.Covers.From.AddMonths(2))] },
            default);
        await shop.Idle();

        var invoice = await shop.Seller.Invoice(await shop.Seller.InvoiceOf(shop.Subscription, "final"));
        Assert.Equal((calls > 0 ? "paid" : "void", calls * 3 / 2), (Text(invoice, "status"), invoice.GetProperty("total").GetProperty("amount").GetInt64()));
        Assert.Equal(500 + (calls * 3 / 2), await Paid(shop));
        Assert.DoesNotContain((await shop.Client.V1.Invoices.ListAsync()).Data, i => i.Status is "draft" or "open");
        Assert.Equal(ended, await app.Database.Scalar<DateTime?>("select ended_at from stripe_subscriptions where id = $1", shop.Subscription));
    }

    [Theory]
    [InlineData(10, 1000, 2000)]
    [InlineData(10, 0, 500)]
    [InlineData(-5, 1000, 1500)]
    [InlineData(-5, 0, 0)]
    public async Task An_end_that_somebody_sets_at_Stripe_within_a_period_charges_what_an_end_here_would_and_needs_nobody(int days, long calls, long owed)
    {
        var shop = await Shop.Subscribed(app, PerCall);
        await (calls > 0 ? shop.Use(calls) : Task.CompletedTask);
        // With Stripe's own prorations: it charges the next base price in part, or gives back of this one.
        await shop.Client.V1.Subscriptions.UpdateAsync((await shop.AtStripe()).Id, new SubscriptionUpdateOptions { CancelAt = shop.Covers.To.AddDays(days).UtcDateTime });
        await shop.EndPeriod(calls);
        await shop.Idle();

        var invoice = await shop.Seller.Invoice(await shop.Seller.InvoiceOf(shop.Subscription, "period"));
        Assert.Equal(("paid", "success", owed), (Text(invoice, "status"), Text(invoice, "level"), invoice.GetProperty("total").GetProperty("amount").GetInt64()));
        Assert.Equal(500 + owed, await Paid(shop));
        Assert.Equal(0, (await shop.Client.V1.Customers.GetAsync((await shop.AtStripe()).CustomerId)).Balance);
        Assert.DoesNotContain((await shop.Client.V1.Invoices.ListAsync()).Data, i => i.Status is "draft" or "open");
    }

    [Fact]
    public async Task A_last_invoice_that_Stripe_has_collected_less_a_part_given_back_is_left_to_people_and_stops_nothing()
    {
        var shop = await Shop.Subscribed(app, PerCall);
        await shop.Use(1000);
        await End(shop, "at once with proration and a last invoice");
        await shop.EndPeriod(1000);
        await shop.Idle();

        var invoice = await shop.Seller.Invoice(await shop.Seller.InvoiceOf(shop.Subscription, "period"));
        Assert.Equal(("paid", 1500L, "paid_mismatch"), (Text(invoice, "status"), invoice.GetProperty("total").GetProperty("amount").GetInt64(), Text(invoice.GetProperty("reasons")[0], "type")));
        Assert.InRange(await Paid(shop), 1500, 1999);
    }

    [Fact]
    public async Task An_end_within_the_next_period_leaves_its_base_price_owed()
    {
        var shop = await Shop.Subscribed(app, PerCall);
        await app.Advance(shop.Covers.To.AddHours(1) - app.Clock.GetUtcNow());
        await End(shop, "at once");

        await shop.EndPeriod(0);

        Assert.Equal(500, (await shop.Seller.Until(await shop.Seller.InvoiceOf(shop.Subscription, "period"), "paid")).GetProperty("amountPaid").GetProperty("amount").GetInt64());
        await shop.Idle();
    }

    [Fact]
    public async Task An_end_that_the_settlement_came_across_is_told_and_charged_once_whatever_becomes_of_its_attempts()
    {
        var shop = await Shop.Subscribed(app, PerCall);
        await shop.Use(1000);
        var ended = await End(shop, "with its period");
        await app.Stripe.Fail(new { account = shop.Seller.Account, method = "POST", path = "/v1/invoices/*/finalize", kind = "lost", times = 1 });
        await shop.EndPeriod(1000);
        await shop.Retrying();
        await app.Advance(TimeSpan.FromMinutes(2));
        await shop.Idle();

        Assert.Equal(ended, Assert.Single(await app.Announced<StripeSubscriptionChanged>(m => m.SubscriptionId == shop.Subscription)).At.UtcDateTime);
        Assert.Equal("paid", Text(await shop.Seller.Invoice(await shop.Seller.InvoiceOf(shop.Subscription, "period")), "status"));
        Assert.Equal(500 + 1500, await Paid(shop));
        Assert.Equal("paid", (await shop.Renewal()).Status);
    }

    // When it is over at Stripe.
    private async Task<DateTime?> End(Shop shop, string how)
    {
        var id = (await shop.AtStripe()).Id;
        if (how == "with its period")
        {
            await shop.Client.V1.Subscriptions.UpdateAsync(id, new SubscriptionUpdateOptions { CancelAtPeriodEnd = true });
            return shop.Covers.To.UtcDateTime;
        }

        // Its meter shows whole minutes.
        await app.Advance(TimeSpan.FromHours(1));
        return (await shop.Client.V1.Subscriptions.CancelAsync(id, new SubscriptionCancelOptions
        {
            InvoiceNow = how.EndsWith("a last invoice", StringComparison.Ordinal), Prorate = how.StartsWith("at once with proration", StringComparison.Ordinal),
        })).EndedAt;
    }

    private static async Task<long> Paid(Shop shop) => (await shop.Client.V1.Charges.ListAsync()).Data.Where(charge => charge.Status == "succeeded").Sum(charge => charge.Amount - charge.AmountRefunded);

    private static string? Text(JsonElement json, string name) => json.GetProperty(name).GetString();
}
