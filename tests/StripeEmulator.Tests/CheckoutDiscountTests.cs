namespace Marketplace.StripeEmulator.Tests;

/// <summary>Coupons, promotion codes, tax rates and invoices in checkout.</summary>
public sealed class CheckoutDiscountTests(EmulatorApp app) : IClassFixture<EmulatorApp>
{
    private const string Url = "/v1/checkout/sessions";
    private const string Cups = "mode=payment&success_url=https://shop.example/ok&customer_email=a@example.com&line_items[0][price_data][currency]=usd&line_items[0][price_data][product_data][name]=Cup&line_items[0][price_data][unit_amount]=1500&line_items[0][quantity]=2";
    private readonly Caller caller = app.NewAccount();

    [Fact]
    public async Task A_coupon_takes_its_share_off_and_counts_once_the_session_completes()
    {
        var coupon = (await caller.Post("/v1/coupons", "percent_off=25&duration=once")).Ok().Id;
        var session = (await caller.Post(Url, $"{Cups}&discounts[0][coupon]={coupon}&expand[]=discounts.coupon")).Ok();
        Assert.Equal((3000L, 2250L, 750L, coupon), (session.Number("amount_subtotal"), session.Number("amount_total"), session.Number("total_details.amount_discount"), session.Text("discounts.0.coupon.id")));
        Assert.Equal(0, (await caller.Get($"/v1/coupons/{coupon}")).Ok().Number("times_redeemed"));
        (await caller.Post($"/v1/payment_pages/{session.Id}/confirm", "payment_method=pm_card_visa&expected_amount=2250")).Ok();
        Assert.Equal(1, (await caller.Get($"/v1/coupons/{coupon}")).Ok().Number("times_redeemed"));
        Assert.Equal(2250, (await caller.Get("/v1/charges")).Ok().Number("data.0.amount"));
    }

    [Fact]
    public async Task A_visitor_types_a_promotion_code_and_takes_it_back()
    {
        var coupon = (await caller.Post("/v1/coupons", "amount_off=1000&currency=usd&duration=once")).Ok().Id;
        (await caller.Post("/v1/promotion_codes", $"promotion[type]=coupon&promotion[coupon]={coupon}&code=TENOFF")).Ok();
        var session = (await caller.Post(Url, Cups + "&allow_promotion_codes=true")).Ok();
        var url = session.Text("url");
        Assert.Contains("id=\"promotion_code\"", await app.Http.GetStringAsync(url), StringComparison.Ordinal);
        using (var wrong = await Code("NOTHING"))
        {
            Assert.Equal(400, (int)wrong.StatusCode);
            Assert.Contains("""role="alert">This code is invalid.""", await wrong.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        using (var right = await Code("tenoff"))
        {
            Assert.Equal(303, (int)right.StatusCode);
        }

        var page = await app.Http.GetStringAsync(url);
        Assert.Contains("-10.00 USD", page, StringComparison.Ordinal);
        Assert.Contains("Pay 20.00 USD", page, StringComparison.Ordinal);
        using (var dropped = await app.Http.PostAsync(url + "/promotion-code/remove", null))
        {
            Assert.Equal(303, (int)dropped.StatusCode);
        }

        Assert.Contains("Pay 30.00 USD", await app.Http.GetStringAsync(url), StringComparison.Ordinal);

        Task<HttpResponseMessage> Code(string code) => app.Http.PostAsync(url + "/promotion-code", new FormUrlEncodedContent([new("promotion_code", code)]));
    }

    [Fact]
    public async Task A_code_typed_after_a_decline_changes_what_the_next_card_pays()
    {
        var coupon = (await caller.Post("/v1/coupons", "percent_off=50&duration=once")).Ok().Id;
        (await caller.Post("/v1/promotion_codes", $"promotion[type]=coupon&promotion[coupon]={coupon}&code=HALF")).Ok();
        var session = (await caller.Post(Url, Cups + "&allow_promotion_codes=true&invoice_creation[enabled]=true")).Ok();
        Assert.Equal(402, (await caller.Post($"/v1/payment_pages/{session.Id}/confirm", "payment_method=pm_card_chargeDeclined")).Status);
        using (await app.Http.PostAsync(session.Text("url") + "/promotion-code", new FormUrlEncodedContent([new("promotion_code", "HALF")])))
        {
            (await caller.Post($"/v1/payment_pages/{session.Id}/confirm", "payment_method=pm_card_visa")).Ok();
        }

        var paid = (await caller.Get("/v1/charges")).Ok()["data"]!.AsArray().Where(c => c!["paid"]!.GetValue<bool>()).Select(c => c!["amount"]!.GetValue<long>());
        Assert.Equal([1500L], paid);
        Assert.Equal(["paid", "void"], (await caller.Get("/v1/invoices")).Ok()["data"]!.AsArray().Select(i => i!["status"]!.GetValue<string>()));
    }

    [Fact]
    public async Task A_subscription_keeps_the_discount()
    {
        var coupon = (await caller.Post("/v1/coupons", "percent_off=10&duration=forever")).Ok().Id;
        var session = (await caller.Post(Url, $"mode=subscription&success_url=https://shop.example/ok&customer_email=a@example.com&discounts[0][coupon]={coupon}&line_items[0][price_data][currency]=usd&line_items[0][price_data][product_data][name]=Plan&line_items[0][price_data][unit_amount]=2000&line_items[0][price_data][recurring][interval]=month&line_items[0][quantity]=1")).Ok();
        (await caller.Post($"/v1/payment_pages/{session.Id}/confirm", "payment_method=pm_card_visa&expected_amount=1800")).Ok();
        var done = (await caller.Get($"{Url}/{session.Id}?expand[]=subscription.discounts&expand[]=invoice")).Ok();
        Assert.Equal((1800L, coupon), (done.Number("invoice.amount_paid"), done.Text("subscription.discounts.0.source.coupon")));
    }

    [Fact]
    public async Task Tax_rates_come_on_top_and_the_invoice_says_the_same()
    {
        var rate = (await caller.Post("/v1/tax_rates", "display_name=VAT&percentage=20&inclusive=false")).Ok().Id;
        var session = (await caller.Post(Url, $"{Cups}&line_items[0][tax_rates][]={rate}&invoice_creation[enabled]=true&invoice_creation[invoice_data][description]=Cups&invoice_creation[invoice_data][metadata][order]=7")).Ok();
        Assert.Equal((3600L, 600L), (session.Number("amount_total"), session.Number("total_details.amount_tax")));
        (await caller.Post($"/v1/payment_pages/{session.Id}/confirm", "payment_method=pm_card_visa&expected_amount=3600")).Ok();
        var done = (await caller.Get($"{Url}/{session.Id}?expand[]=invoice&expand[]=payment_intent")).Ok();
        Assert.Equal(("paid", 3600L, "Cups", "7", 3600L), (done.Text("invoice.status"), done.Number("invoice.amount_paid"), done.Text("invoice.description"), done.Text("invoice.metadata.order"), done.Number("payment_intent.amount_received")));
        Assert.Equal("Cup", done.Text("invoice.lines.data.0.description"));
    }

    [Theory]
    [InlineData("discounts[0][coupon]=no", "discounts[0][coupon]")]
    [InlineData("discounts[0][promotion_code]=promo_no", "discounts[0][promotion_code]")]
    [InlineData("discounts[0][coupon]=$&discounts[0][promotion_code]=x", "discounts[0][coupon]")]
    [InlineData("discounts[0][coupon]=$&discounts[1][coupon]=$", "discounts")]
    [InlineData("discounts[0][coupon]=$&allow_promotion_codes=true", "allow_promotion_codes")]
    public async Task Discounts_that_cannot_be_are_refused(string form, string param)
    {
        var coupon = (await caller.Post("/v1/coupons", "percent_off=25&duration=once")).Ok().Id;
        var refused = await caller.Post(Url, $"{Cups}&{form.Replace("$", coupon, StringComparison.Ordinal)}");
        Assert.Equal((400, param), (refused.Status, refused.Text("error.param")));
    }

    [Theory]
    [InlineData("pm_usBankAccount", "checkout.session.async_payment_succeeded", "paid")]
    [InlineData("pm_usBankAccount_accountClosed", "checkout.session.async_payment_failed", "unpaid")]
    public async Task A_bank_answers_after_the_session_is_complete(string method, string told, string status)
    {
        var session = (await caller.Post(Url, Cups + "&payment_method_types[]=us_bank_account")).Ok();
        (await caller.Post($"/v1/payment_pages/{session.Id}/confirm", "payment_method=" + method)).Ok();
        Assert.Equal("complete", (await caller.Get($"{Url}/{session.Id}")).Ok().Text("status"));
        await app.Advance(EmulatorApp.BankSeconds);
        Assert.Single((await caller.Get("/v1/events?type=" + told)).Ok()["data"]!.AsArray());
        Assert.Equal(status, (await caller.Get($"{Url}/{session.Id}")).Ok().Text("payment_status"));
        Assert.Equal("unpaid", (await caller.Get("/v1/events?type=checkout.session.completed")).Ok().Text("data.0.data.object.payment_status"));
    }
}
