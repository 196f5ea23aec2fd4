using Marketplace.Contracts.Catalog;
using Marketplace.Contracts.Subscriptions;
using Marketplace.Testing;

namespace Marketplace.Invoicing.Tests;

/// <summary>A plan of every price model, from the closed period to what Stripe says of it.</summary>
public sealed class PriceModelInvoiceTests(InvoicingApp app) : IClassFixture<InvoicingApp>
{
    public static TheoryData<string, string, long, long[]> Models => new()
    {
        { "flat", "eur", 9_000, [] },
        { "unit", "usd", 5_001, [10_002] },
        { "graduated", "jpy", 5_001, [100_000, 450_000, 1_000, 50, 2_000] },
        { "volume", "usd", 5_001, [250_050, 2_000] },
        { "package", "isk", 5_001, [1_000] },
        { "graduated", "kwd", 503, [100_000, 300, 1_000] },
    };

    [Theory]
    [MemberData(nameof(Models))]
    public async Task Every_model_reaches_Stripe_line_by_line_and_is_paid_there(string model, string currency, long calls, long[] amounts)
    {
        var seller = await Seller.Open(app);
        var plan = Plans.Priced(new(model, 500_000, model is "graduated" or "volume" ? null : "2", model is "graduated" or "volume" ? Plans.Tiers : null, model == "package" ? 10 : null), currency: currency);
        var approved = seller.Approved(plan);
        await seller.Until(await seller.Charge(approved), "open");

        await app.Make<ChargeClosedPeriod>().Handle(Seller.Closed(approved, calls), default);

        var open = await seller.Until(await seller.InvoiceOf(approved.SubscriptionId, "period"), "open");
        var client = app.Stripe.Client(seller.Account);
        var items = await client.V1.InvoiceItems.ListAsync(new() { Invoice = await seller.StripeId(open.GetProperty("id").GetString()!), Limit = 100 });
        Assert.Equal(amounts.Append(500_000).Order(), items.Data.Select(i => i.Amount).Order());
        Assert.Equal((amounts.Sum() + 500_000, currency), (open.GetProperty("total").GetProperty("amount").GetInt64(), open.GetProperty("total").GetProperty("currency").GetString()));
        await app.Stripe.Pay(open.GetProperty("hostedInvoiceUrl").GetString()!);
        await seller.Hear(await seller.StripeId(open.GetProperty("id").GetString()!));
        await seller.Until(open.GetProperty("id").GetString()!, "paid");
    }

    [Theory]
    [InlineData("unit", null)]
    [InlineData("unit", "3")]
    [InlineData("unit", "0")]
    [InlineData("flat", "3")]
    [InlineData("flat", "0")]
    [InlineData("graduated", null)]
    [InlineData("volume", null)]
    [InlineData("package", null)]
    public async Task Each_priced_unit_stands_on_the_lines_of_its_invoice_once_and_one_that_does_not_is_found(string model, string? overage)
    {
        var seller = await Seller.Open(app);
        var approved = seller.Approved(Plans.Priced(
            new(model, 500, model is "unit" or "package" ? "2" : null, model is "graduated" or "volume" ? Plans.Tiers : null, model == "package" ? 10 : null)));
        await seller.Charge(approved);
        var closed = Seller.Closed(approved, 5_001);
        await app.Make<ChargeClosedPeriod>().Handle(overage is null ? closed : closed with { Usage = [closed.Usage[0] with { Limit = 1_000, Overage = overage }] }, default);
        var invoice = await seller.InvoiceOf(approved.SubscriptionId, "period");
        Assert.Equal(0, await Contradictions());

        if (model != "flat" || overage != "0")
        {
            await Change(1);
            Assert.Equal(1, await Contradictions());
            await Change(-1);
        }

        Task<long> Contradictions() => PlantedViolations.Violations(app.ClientFor(TestCaller.Operator()), "invoicing", "priced_units_are_on_lines");

        Task Change(int units) => app.Database.Execute(
            "update invoice_lines set units = units + $2 where invoice_id = $1 and position = (select min(position) from invoice_lines where invoice_id = $1 and kind in ('usage', 'overage'))", invoice, units);
    }

    [Fact]
    public async Task A_credit_is_kept_at_Stripe_and_taken_off_the_next_invoice()
    {
        var seller = await Seller.Open(app);
        var approved = seller.Approved(Plans.Priced(new("volume", 0, null, Plans.Tiers)));
        await seller.Charge(approved);
        var charge = app.Make<ChargeClosedPeriod>();
        await charge.Handle(Seller.Closed(approved, 400), default);
        await seller.Until(await seller.InvoiceOf(approved.SubscriptionId, "period"), "open");

        // 200 late units bring 400 units from 2.00 to 1.00 each: 190.00 back. Another subscription of the same customer charges next.
        var late = Seller.Closed(approved, 200, last: true);
        await charge.Handle(
            late with { PeriodStart = late.PeriodEnd, Usage = [late.Usage[0] with { Before = 400 }] }, default);
        var credit = await seller.Until(await seller.InvoiceOf(approved.SubscriptionId, "final"), "paid");
        Assert.Equal(-19_000, credit.GetProperty("total").GetProperty("amount").GetInt64());

        var next = await seller.Until(await seller.Charge(seller.Approved(Plans.Of(basePrice: 25_000), approved.OrganizationId)), "open");
        var atStripe = await app.Stripe.Client(seller.Account).V1.Invoices.GetAsync(await seller.StripeId(next.GetProperty("id").GetString()!));
        Assert.Equal((25_000L, 6_000L), (atStripe.Total, atStripe.AmountDue));
    }

    [Fact]
    public async Task More_lines_than_Stripe_takes_are_summed_up_in_the_last_item()
    {
        var seller = await Seller.Open(app);
        var tiers = Enumerable.Range(1, 150).Select(n => new PriceTier(n, $"{n}", "100")).Append(new(null, "1", "100")).ToList();
        var approved = seller.Approved(Plans.Priced(new("graduated", 0, null, tiers)));
        await seller.Charge(approved);

        await app.Make<ChargeClosedPeriod>().Handle(Seller.Closed(approved, 150), default);

        var open = await seller.Until(await seller.InvoiceOf(approved.SubscriptionId, "period"), "open");
        Assert.Equal(300, open.GetProperty("lines").GetArrayLength());
        var atStripe = await app.Stripe.Client(seller.Account).V1.Invoices.GetAsync(await seller.StripeId(open.GetProperty("id").GetString()!));
        Assert.Equal((150 * 151 / 2) + (150 * 100), atStripe.Total);
        var last = await app.Database.Scalar<long>("select sum(amount)::bigint from invoice_lines where invoice_id = $1 and position >= 250", open.GetProperty("id").GetString()!);
        var items = await app.Stripe.Client(seller.Account).V1.InvoiceItems.ListAsync(new() { Invoice = atStripe.Id, Limit = 100 });
        Assert.Contains(items.Data, i => i.Amount == last && i.Description == "51 further lines, listed in the marketplace's invoice");
    }

    [Theory]
    [InlineData("unit", 1)]
    [InlineData("graduated", 2)]
    [InlineData("volume", 3)]
    [InlineData("volume", 4)]
    public async Task A_random_run_of_periods_with_late_usage_bills_every_unit_once(string model, int seed)
    {
        var random = new Random(seed);
        var seller = await Seller.Open(app);
        var price = new PriceSnapshot(model, 0, model == "unit" ? "7.77" : null, model == "unit" ? null : Plans.Tiers);
        var approved = seller.Approved(Plans.Priced(price));
        await seller.Charge(approved);
        var used = new long[6];
        for (var month = 0; month < used.Length; month++)
        {
            // The month's own usage, and late usage of any month before.
            var usage = Enumerable.Range(0, month + 1).Where(m => m == month || random.Next(2) == 0).Select(m =>
            {
                var (start, before, quantity) = (approved.PeriodStart.AddMonths(m), used[m], (long)random.Next(1, 4_000));
                used[m] += quantity;
                return new PeriodUsage("transactions", quantity, start, start.AddMonths(1), null, null, before);
            }).ToList();
            var from = approved.PeriodStart.AddMonths(month);
            var closed = Seller.Closed(approved, 0) with
            {
                ClosureId = $"clo_{seed}_{month}", PeriodStart = from, PeriodEnd = from.AddMonths(1), NextPeriodStart = from.AddMonths(1), NextPeriodEnd = from.AddMonths(2), Usage = usage,
            };
            await app.Make<ChargeClosedPeriod>().Handle(closed, default);
            await app.Make<ChargeClosedPeriod>().Handle(closed, default);
        }

        foreach (var (month, units) in used.Index())
        {
            object[] key = [approved.SubscriptionId, approved.PeriodStart.AddMonths(month).UtcDateTime];
            Assert.Equal(units, await app.Database.Scalar<long>(
                "select sum(quantity)::bigint from invoice_lines where subscription_id = $1 and period_start = $2 and kind = 'usage'", key));
            Assert.Equal(Plans.Cost(price, units), await app.Database.Scalar<long>("select sum(amount)::bigint from invoice_lines where subscription_id = $1 and period_start = $2", key));
        }
    }

    [Fact]
    public async Task A_period_that_comes_to_nothing_but_has_lines_is_on_record_as_paid()
    {
        var seller = await Seller.Open(app);
        var approved = seller.Approved(Plans.Priced(new("unit", 0, "10", MinimumCharge: 1_000)));
        await seller.Charge(approved);
        var late = Seller.Closed(approved, 30, last: true);

        await app.Make<ChargeClosedPeriod>().Handle(late with { PeriodStart = late.PeriodEnd, Usage = [late.Usage[0] with { Before = 20 }] }, default);

        var invoice = await seller.Invoice(await seller.InvoiceOf(approved.SubscriptionId, "final"));
        Assert.Equal(("paid", 0L, 2), (invoice.GetProperty("status").GetString(), invoice.GetProperty("total").GetProperty("amount").GetInt64(), invoice.GetProperty("lines").GetArrayLength()));
    }
}
