using Marketplace.Testing;

namespace Marketplace.StripeEmulator.Tests;

/// <summary>Coupons, promotion codes and the discounts they become.</summary>
public sealed class DiscountTests(EmulatorApp app) : IClassFixture<EmulatorApp>
{
    private readonly Caller caller = app.NewAccount();

    [Fact]
    public async Task A_coupon_is_redeemed_until_it_is_used_up()
    {
        var coupon = (await caller.Post("/v1/coupons", "percent_off=25.5&name=Spring&max_redemptions=1&duration=forever")).Ok();
        Assert.Equal((25.5m, true, 0L), (coupon["percent_off"]!.GetValue<decimal>(), coupon["valid"]!.GetValue<bool>(), coupon.Number("times_redeemed")));
        var customer = await caller.Customer();
        (await caller.Post("/v1/invoices", $"customer={customer}&discounts[0][coupon]={coupon.Id}")).Ok();
        var refused = await caller.Post("/v1/invoices", $"customer={customer}&discounts[0][coupon]={coupon.Id}");
        Assert.Equal((400, "coupon_expired", "discounts[0][coupon]", $"Coupon expired: {coupon.Id}"), (refused.Status, refused.Code, refused.Text("error.param"), refused.Message));
        var used = (await caller.Get($"/v1/coupons/{coupon.Id}")).Ok();
        Assert.Equal((false, 1L), (used["valid"]!.GetValue<bool>(), used.Number("times_redeemed")));
        Assert.Equal("Autumn", (await caller.Post($"/v1/coupons/{coupon.Id}", "name=Autumn")).Ok().Text("name"));
        Assert.True((await caller.Delete($"/v1/coupons/{coupon.Id}")).Ok()["deleted"]!.GetValue<bool>());
        Assert.Equal(404, (await caller.Get($"/v1/coupons/{coupon.Id}")).Status);
        foreach (var type in (string[])["created", "updated", "deleted"])
        {
            Assert.Equal(coupon.Id, (await caller.Get($"/v1/events?type=coupon.{type}")).Ok().Text("data.0.data.object.id"));
        }
    }

    [Theory]
    [InlineData("", "percent_off")]
    [InlineData("percent_off=10&amount_off=10", "percent_off")]
    [InlineData("percent_off=0", "percent_off")]
    [InlineData("percent_off=100.1", "percent_off")]
    [InlineData("amount_off=10", "currency")]
    [InlineData("percent_off=10&duration=repeating", "duration_in_months")]
    [InlineData("percent_off=10&duration_in_months=2", "duration_in_months")]
    [InlineData("percent_off=10&redeem_by=1", "redeem_by")]
    [InlineData("percent_off=10&applies_to[products][]=none", "applies_to[products]")]
    [InlineData("percent_off=10&currency_options[eur][amount_off]=1", "currency_options")]
    public async Task A_coupon_that_makes_no_sense_is_refused(string form, string param)
    {
        var answer = await caller.Post("/v1/coupons", form);
        Assert.Equal((400, param), (answer.Status, answer.Text("error.param")));
    }

    [Fact]
    public async Task What_a_coupon_applies_to_shows_only_when_asked_for()
    {
        var product = (await caller.Post("/v1/products", "name=Api")).Ok().Id;
        var coupon = (await caller.Post("/v1/coupons", $"id=OFF&amount_off=500&currency=usd&currency_options[eur][amount_off]=450&applies_to[products][]={product}&duration=repeating&duration_in_months=3")).Ok();
        Assert.False(coupon.Body.ContainsKey("applies_to") || coupon.Body.ContainsKey("currency_options"));
        var shown = (await caller.Get("/v1/coupons/OFF?expand[]=applies_to&expand[]=currency_options")).Ok();
        Assert.Equal((product, 450L), (shown.Text("applies_to.products.0"), shown.Number("currency_options.eur.amount_off")));
        Assert.Equal("resource_already_exists", (await caller.Post("/v1/coupons", "id=OFF&percent_off=1")).Code);
    }

    [Fact]
    public async Task A_promotion_code_is_active_while_its_coupon_is()
    {
        var coupon = (await caller.Post("/v1/coupons", "percent_off=10&max_redemptions=1")).Ok().Id;
        var code = (await caller.Post("/v1/promotion_codes", $"promotion[type]=coupon&promotion[coupon]={coupon}&code=FALL20&restrictions[first_time_transaction]=true&expand[]=promotion.coupon")).Ok();
        Assert.Equal((coupon, true, true), (code.Text("promotion.coupon.id"), code["active"]!.GetValue<bool>(), code.At("restrictions.first_time_transaction")!.GetValue<bool>()));
        Assert.Equal("parameter_unknown", (await caller.Post("/v1/promotion_codes", $"promotion[type]=coupon&coupon={coupon}", ("Stripe-Version", Shapes.Newest))).Code);
        var twice = await caller.Post("/v1/promotion_codes", $"promotion[type]=coupon&promotion[coupon]={coupon}&code=fall20");
        Assert.Equal("An active promotion code with `code: fall20` already exists.", twice.Message);
        var payer = await caller.Customer("payment_method=pm_card_visa&invoice_settings[default_payment_method]=pm_card_visa");
        (await caller.Post($"/v1/invoices/{(await caller.Draft(payer)).Id}/pay")).Ok();
        Assert.Contains("prior transactions", (await caller.Post("/v1/invoices", $"customer={payer}&discounts[0][promotion_code]={code.Id}")).Message, StringComparison.Ordinal);
        (await caller.Post("/v1/invoices", $"customer={await caller.Customer()}&discounts[0][promotion_code]={code.Id}")).Ok();
        var used = (await caller.Get("/v1/promotion_codes?code=FALL20&active=false")).Ok();
        Assert.Equal((code.Id, 1L), (used.Text("data.0.id"), used.Number("data.0.times_redeemed")));
        Assert.Equal("x", (await caller.Post($"/v1/promotion_codes/{code.Id}", "metadata[a]=x")).Ok().Text("metadata.a"));
    }

    [Fact]
    public async Task A_customers_discount_is_on_the_next_invoice_and_a_coupon_that_holds_once_is_spent_by_it()
    {
        const string older = "2024-06-20";
        var coupon = (await caller.Post("/v1/coupons", "percent_off=20")).Ok().Id;
        var made = (await caller.Post("/v1/customers", $"coupon={coupon}", ("Stripe-Version", older))).Ok();
        Assert.Equal((coupon, 20), (made.Text("discount.coupon.id"), made.At("discount.coupon.percent_off")!.GetValue<int>()));
        var newest = (await caller.Get($"/v1/customers/{made.Id}?expand[]=discount.source.coupon")).Ok();
        Assert.Equal(coupon, newest.Text("discount.source.coupon.id"));
        var invoice = await caller.Open(made.Id, 1000);
        Assert.Equal((1000L, 800L, 200L), (invoice.Number("subtotal"), invoice.Number("total"), invoice.Number("total_discount_amounts.0.amount")));
        Assert.Null((await caller.Get($"/v1/customers/{made.Id}")).Ok()["discount"]);
        Assert.Equal(1000L, (await caller.Open(made.Id, 1000)).Number("total"));
        var other = (await caller.Post($"/v1/customers/{made.Id}", $"coupon={(await caller.Post("/v1/coupons", "percent_off=5&duration=forever")).Ok().Id}", ("Stripe-Version", older))).Ok();
        (await caller.Post($"/v1/customers/{made.Id}", $"coupon={coupon}", ("Stripe-Version", older))).Ok();
        var gone = (await caller.Delete($"/v1/customers/{made.Id}/discount")).Ok();
        Assert.True(gone["deleted"]!.GetValue<bool>());
        Assert.Equal((404, "resource_missing"), ((await caller.Delete($"/v1/customers/{made.Id}/discount")) is var none ? (none.Status, none.Code) : default));
        Assert.NotNull(other["discount"]);
        foreach (var (type, times) in ((string, int)[])[("created", 2), ("updated", 1), ("deleted", 2)])
        {
            var told = (await caller.Get($"/v1/events?type=customer.discount.{type}")).Ok()["data"]!.AsArray();
            Assert.Equal(times, told.Count);
            Assert.All(told, e => Shapes.Check(e!["data"]!["object"]));
        }
    }

    [Fact]
    public async Task A_discount_of_some_months_ends_by_the_clock()
    {
        var clock = (await caller.Post("/v1/test_helpers/test_clocks", "frozen_time=1800000000")).Ok().Id;
        var coupon = (await caller.Post("/v1/coupons", "percent_off=50&duration=repeating&duration_in_months=2")).Ok().Id;
        var customer = (await caller.Post("/v1/customers", $"coupon={coupon}&test_clock={clock}", ("Stripe-Version", "2024-06-20"))).Ok();
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(1_800_000_000).AddMonths(2).ToUnixTimeSeconds(), customer.Number("discount.end"));
        Assert.Equal(500L, (await caller.Draft(customer.Id, 1000)).Number("total"));
        (await caller.Post($"/v1/test_helpers/test_clocks/{clock}/advance", $"frozen_time={1_800_000_000 + (70 * 86_400)}")).Ok();
        await Eventually.Until(async () => (await caller.Get($"/v1/test_helpers/test_clocks/{clock}")).Ok().Text("status") == "ready", "the clock has arrived");
        Assert.Null((await caller.Get($"/v1/customers/{customer.Id}")).Ok()["discount"]);
        Assert.Equal(1000L, (await caller.Draft(customer.Id, 1000)).Number("total"));
    }

    [Fact]
    public async Task An_invoice_may_refuse_its_customers_discount_and_a_deleted_coupon_still_counts()
    {
        var coupon = (await caller.Post("/v1/coupons", "percent_off=50&duration=forever")).Ok().Id;
        var customer = (await caller.Post("/v1/customers", $"coupon={coupon}", ("Stripe-Version", "2022-11-15"))).Ok().Id;
        (await caller.Delete($"/v1/coupons/{coupon}")).Ok();
        Assert.Equal(500L, (await caller.Open(customer, 1000)).Number("total"));
        Assert.Equal(1000L, (await caller.Open(customer, 1000, "discounts=")).Number("total"));
    }
}
