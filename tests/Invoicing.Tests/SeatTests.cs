using System.Net;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Marketplace.Contracts.Catalog;
using Marketplace.Contracts.Subscriptions;
using Marketplace.Testing;
using Stripe;
using static Marketplace.Invoicing.Tests.Plans;

namespace Marketplace.Invoicing.Tests;

/// <summary>Seats cost as many times the price of one: by our rating, on our invoices, and where Stripe renews.</summary>
public sealed class SeatTests(InvoicingApp app) : IClassFixture<InvoicingApp>
{
    private static readonly Config Draw = Config.QuickThrowOnFailure.WithMaxTest(500).WithReplay(PropertySeed.Start, PropertySeed.Step);

    private static readonly Gen<PlanSnapshot> Plan =
        from currency in Gen.Elements("usd", "jpy", "kwd", "isk")
        from price in Gen.Choose(1, 100_000)
        from fee in Gen.Choose(0, 5_000)
        from seats in Gen.Choose(1, PlanSeats.Bound)
        select Seats(seats, price * Currencies.TotalStep(currency), currency, fee * Currencies.TotalStep(currency));

    [Theory]
    [InlineData("usd", 1_250, 7, 8_750, "7 seats")]
    [InlineData("jpy", 980, 3, 2_940, "3 seats")]
    [InlineData("kwd", 5_120, 11, 56_320, "11 seats")]
    [InlineData("usd", 1_250, 1, 1_250, "1 seat")]
    public void A_line_is_the_number_of_seats_times_the_price_of_one(string currency, long price, int seats, long amount, string words)
    {
        var plan = Seats(seats, price, currency, setupFee: 500);
        var first = Rating.First("Weather", plan, January, February);
        Assert.Equal([("setup_fee", 1L, 500L), ("base", seats, amount)], first.Select(l => (l.Kind, l.Quantity, l.Amount)));
        Assert.Equal((price, $"Weather – Enterprise Plan: {words}, 2026-01-01 to 2026-02-01"), (first[1].UnitAmount, first[1].Description));
        // Calls cost nothing, and each later period as much again.
        Assert.Equal([("base", (long)seats, amount, February)], Rating.Closed("Weather", Closed(plan, Used(5_001))).Select(l => (l.Kind, l.Quantity, l.Amount, l.PeriodStart)));
        Assert.Equal([("base", (long)seats, amount)], Rating.Estimate(plan.Price, currency, seats).Select(l => (l.Kind, l.Quantity, l.Amount)));
    }

    [Fact]
    public void Every_line_is_quantity_times_price_and_more_seats_cost_more_by_as_many_times_the_price() => Prop.ForAll(
        (from plan in Plan from more in Gen.Choose(1, 1_000) select (plan, more)).ToArbitrary(),
        sample =>
        {
            var (plan, more) = sample;
            var lines = Rating.First("Weather", plan, January, February);
            var dearer = Rating.First("Weather", plan with { Seats = plan.Seats + more }, January, February);
            return lines.All(l => l.Amount == l.Quantity * l.UnitAmount) && lines.Sum(l => l.Amount) == plan.SetupFee + PlanSeats.BasePrice(plan)
                && dearer.Sum(l => l.Amount) - lines.Sum(l => l.Amount) == more * plan.Price.Base;
        }).Check(Draw);

    [Fact]
    public void Plans_without_seats_charge_their_base_price_once_whatever_is_said() =>
        Assert.Equal(2500, PlanSeats.BasePrice(Of(basePrice: 2500) with { Seats = 7 }));

    [Fact]
    public async Task Our_own_invoice_shows_the_seats_as_quantity_and_Stripe_s_is_over_the_same()
    {
        var seller = await Seller.Open(app);
        var approved = seller.Approved(Seats(7, 1_250));
        await app.Make<ChargeOnApproval>().Handle(approved, default);
        var id = await seller.InvoiceOf(approved.SubscriptionId, "initial");
        var line = (await seller.Until(id, "open")).GetProperty("lines").EnumerateArray().Single();
        Assert.Equal((7L, "1250", 8_750L), (line.GetProperty("quantity").GetInt64(), line.GetProperty("unitAmount").GetString(), line.GetProperty("amount").GetProperty("amount").GetInt64()));
        var theirs = await app.Stripe.Client(seller.Account).V1.Invoices.GetAsync(await seller.StripeId(id));
        Assert.Equal(8_750, theirs.Total);
        Assert.Contains("7 seats", theirs.Lines.Data.Single().Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_billing_system_of_the_provider_s_own_is_told_of_the_seats()
    {
        var seller = await OwnBilling.Open(app);
        var id = await seller.Charge(seller.Approved(Seats(4, 2_500)));
        var line = (await seller.Owner.Get<JsonElement>($"/v1/invoices/{id}")).GetProperty("lines").EnumerateArray().Single();
        Assert.Equal((4L, "2500", 10_000L), (line.GetProperty("quantity").GetInt64(), line.GetProperty("unitAmount").GetString(), line.GetProperty("amount").GetProperty("amount").GetInt64()));
    }

    [Fact]
    public async Task A_checkout_sells_the_seats_as_quantity_of_one_price_and_each_renewal_costs_what_we_rate()
    {
        var shop = await Shop.Subscribed(app, Seats(7, 1_250, setupFee: 300));
        var item = (await shop.AtStripe()).Items.Data.Single();
        Assert.Equal((7L, 1_250L), (item.Quantity, item.Price.UnitAmount));
        var first = await shop.Seller.Until(await shop.Seller.InvoiceOf(shop.Subscription, "initial"), "paid");
        Assert.Equal(9_050, Total(first));

        var closed = await shop.EndPeriod(0);
        var renewed = await shop.Seller.Until(await shop.Seller.InvoiceOf(shop.Subscription, "period"), "paid");
        Assert.Equal((8_750L, 8_750L), (Total(renewed), Rating.Closed("Weather", closed).Sum(l => l.Amount)));
        Assert.Equal("subscription_cycle", (await shop.Client.V1.Invoices.GetAsync(await shop.Seller.StripeId(renewed.GetProperty("id").GetString()!))).BillingReason);
    }

    [Fact]
    public async Task Subscribers_with_other_seats_share_the_plan_s_price_at_Stripe_and_a_stored_card_begins_with_them()
    {
        var seller = await Seller.Open(app, billingModel: "subscriptions");
        var (plan, holder) = (Seats(3, 1_000) with { PlanId = TestCaller.NewId("pln") }, await CardHolder.Open(app, seller));
        await holder.Store();
        var approved = holder.Approved(plan);
        await app.Make<ChargeOnApproval>().Handle(approved, default);
        await Eventually.Until(
            () => app.Database.Scalar<bool>("select exists (select from invoices where subscription_id = $1 and kind = 'initial' and status = 'paid' and total = 3000)", approved.SubscriptionId),
            "the stored card paid for three seats", TimeSpan.FromSeconds(60));
        var other = seller.Approved(plan with { Seats = 8 });
        await app.Make<ChargeOnApproval>().Handle(other, default);
        var client = app.Stripe.Client(seller.Account);
        Assert.Equal(3, (await client.V1.Subscriptions.GetAsync(await seller.StripeId(approved.SubscriptionId))).Items.Data.Single().Quantity);
        Assert.Single((await client.V1.Prices.ListAsync()).Data);
        Assert.Equal(1, await app.Database.Scalar<long>("select count(distinct mirror_id) from stripe_subscriptions where id in ($1, $2)", approved.SubscriptionId, other.SubscriptionId));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(12)]
    public async Task A_quantity_that_is_edited_in_the_dashboard_is_put_back_to_the_seats(int edited)
    {
        var shop = await Shop.Subscribed(app, Seats(5, 1_000));
        await app.Advance(TimeSpan.FromDays(3));
        var stripe = await shop.AtStripe();
        await shop.Client.V1.Subscriptions.UpdateAsync(
            stripe.Id, new SubscriptionUpdateOptions { Items = [new SubscriptionItemOptions { Id = stripe.Items.Data.Single().Id, Quantity = edited }], ProrationBehavior = "always_invoice" });

        await shop.Hear();
        var change = (await shop.Seller.Owner.Get<JsonElement>($"/v1/billing-integrations/{shop.Seller.Integration}/stripe-changes")).GetProperty("data")[0];
        Assert.Equal(["items_changed"], change.GetProperty("what").EnumerateArray().Select(w => w.GetString()));
        await shop.Idle();

        Assert.Equal(5, (await shop.AtStripe()).Items.Data.Single().Quantity);
        await shop.EndPeriod(0);
        Assert.Equal(5_000, Total(await shop.Seller.Until(await shop.Seller.InvoiceOf(shop.Subscription, "period"), "paid")));
    }

    [Theory]
    [InlineData(5, 8)]
    [InlineData(8, 5)]
    public async Task After_a_change_of_seats_Stripe_renews_the_new_number_and_the_change_is_our_invoice(int before, int after)
    {
        var old = await Shop.Subscribed(app, Seats(before, 1_000));
        await app.Advance(TimeSpan.FromDays(10));
        var period = (old.Covers.From, old.Covers.To);
        var now = app.Clock.GetUtcNow();
        long[] lines = [-Rating.Prorate(before * 1_000, "usd", period, now, old.Covers.To), Rating.Prorate(after * 1_000, "usd", period, now, old.Covers.To)];
        var next = await old.ChangedTo(old.Plan with { Seats = after }, lines: lines);
        await next.Idle();
        var changed = await old.Seller.Invoice(await old.Seller.InvoiceOf(next.Subscription, "change"));
        Assert.Equal((lines.Sum(), "paid"), (Total(changed), changed.GetProperty("status").GetString()));
        Assert.Equal("canceled", (await old.AtStripe()).Status);
        Assert.Equal(after, (await next.AtStripe()).Items.Data.Single().Quantity);

        await next.EndPeriod(0);
        var renewed = await old.Seller.Until(await old.Seller.InvoiceOf(next.Subscription, "period"), "paid");
        Assert.Equal(after * 1_000, Total(renewed));
        Assert.Equal("subscription_cycle", (await next.Client.V1.Invoices.GetAsync(await old.Seller.StripeId(renewed.GetProperty("id").GetString()!))).BillingReason);
    }

    private static PlanSnapshot Seats(int seats, long price, string currency = "usd", long setupFee = 0) =>
        Priced(new(PlanSeats.Model, price, null, MinimumSeats: 1, MaximumSeats: 500), setupFee, currency) with { Seats = seats };

    private static long Total(JsonElement invoice) => invoice.GetProperty("total").GetProperty("amount").GetInt64();
}
