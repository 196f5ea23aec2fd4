using System.Text.Json.Nodes;

namespace Marketplace.StripeEmulator.Tests;

/// <summary>How invoices add up: prices, discounts of lines and of the invoice, taxes within and on top.</summary>
public sealed class InvoiceTotalTests(EmulatorApp app) : IClassFixture<EmulatorApp>
{
    private readonly Caller caller = app.NewAccount();

    [Fact]
    public async Task Items_are_priced_by_their_price()
    {
        var customer = await caller.Customer();
        var invoice = (await caller.Post("/v1/invoices", $"customer={customer}&currency=usd")).Ok().Id;
        var calls = (await caller.Post("/v1/prices", "product_data[name]=Calls&currency=usd&unit_amount_decimal=0.125&currency_options[eur][unit_amount]=1")).Ok();
        var packs = (await caller.Post("/v1/prices", "product_data[name]=Packs&currency=usd&unit_amount=500&transform_quantity[divide_by]=1000&transform_quantity[round]=up")).Ok();
        var item = (await caller.Post("/v1/invoiceitems", $"customer={customer}&invoice={invoice}&pricing[price]={calls.Id}&quantity=1001")).Ok();
        Assert.Equal((125L, "Calls", "0.125", calls.Id, calls.Text("product")), (item.Number("amount"), item.Text("description"), item.Text("pricing.unit_amount_decimal"), item.Text("pricing.price_details.price"), item.Text("pricing.price_details.product")));
        (await caller.Post("/v1/invoiceitems", $"customer={customer}&invoice={invoice}&pricing[price]={packs.Id}&quantity=1001")).Ok();
        (await caller.Post($"/v1/invoices/{invoice}/add_lines", "lines[0][price_data][currency]=usd&lines[0][price_data][product_data][name]=Extra&lines[0][price_data][unit_amount]=40&lines[0][quantity]=2")).Ok();
        Assert.Equal(125 + 1000 + 80, (await caller.Get($"/v1/invoices/{invoice}")).Ok().Number("total"));
        Assert.Equal(2000L, (await caller.Post($"/v1/invoiceitems/{item.Id}", "quantity=16000")).Ok().Number("amount"));
        Assert.Equal(2000 + 1000 + 80, (await caller.Get($"/v1/invoices/{invoice}")).Ok().Number("total"));
        var older = (await caller.Get($"/v1/invoices/{invoice}/lines", ("Stripe-Version", "2022-11-15"))).Ok();
        Assert.Equal(calls.Id, older["data"]!.AsArray().Last()!["price"]!["id"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("pricing[price]={recurring}", "The price specified is set to `type=recurring` but this field only accepts prices with `type=one_time`.")]
    [InlineData("pricing[price]={archived}", "The price specified is inactive. This field only accepts active prices.")]
    [InlineData("pricing[price]={euro}", "The price specified only supports `eur`. This doesn't match the expected currency: `usd`.")]
    public async Task A_price_that_does_not_fit_is_refused(string form, string message)
    {
        var customer = await caller.Customer();
        var made = new Dictionary<string, string>
        {
            ["{recurring}"] = (await caller.Post("/v1/prices", "product_data[name]=x&currency=usd&unit_amount=1&recurring[interval]=month")).Ok().Id,
            ["{archived}"] = (await caller.Post("/v1/prices", "product_data[name]=x&currency=usd&unit_amount=1&active=false")).Ok().Id,
            ["{euro}"] = (await caller.Post("/v1/prices", "product_data[name]=x&currency=eur&unit_amount=1")).Ok().Id,
        };
        var answer = await caller.Post("/v1/invoiceitems", $"customer={customer}&currency=usd&{made.Aggregate(form, (f, m) => f.Replace(m.Key, m.Value, StringComparison.Ordinal))}");
        Assert.Equal((400, "pricing[price]", message), (answer.Status, answer.Text("error.param"), answer.Message));
    }

    [Fact]
    public async Task Line_discounts_come_before_invoice_discounts_and_taxes_last()
    {
        var customer = await caller.Customer();
        var (line, whole, fixedOff) = (await Coupon("percent_off=10"), await Coupon("percent_off=20"), await Coupon("amount_off=100&currency=usd"));
        var (vat, sales) = (await Rate("20", true), await Rate("8.25", false));
        var invoice = (await caller.Post("/v1/invoices", $"customer={customer}&discounts[0][coupon]={whole}&discounts[1][coupon]={fixedOff}&default_tax_rates[]={sales}")).Ok().Id;
        (await caller.Post("/v1/invoiceitems", $"customer={customer}&invoice={invoice}&amount=1000&currency=usd&discounts[0][coupon]={line}")).Ok();
        (await caller.Post("/v1/invoiceitems", $"customer={customer}&invoice={invoice}&amount=600&currency=usd&tax_rates[]={vat}")).Ok();
        (await caller.Post("/v1/invoiceitems", $"customer={customer}&invoice={invoice}&amount=50&currency=usd&discountable=false")).Ok();
        var shown = (await caller.Get($"/v1/invoices/{invoice}")).Ok();

        // 1000 - 10 % = 900; 900 + 600 = 1500; - 20 % = 300 as 180 + 120; then - 100 over 720 + 480 as 60 + 40; left are 660, 440 and 50.
        // 8.25 % on 660 = 54.45 and on 50 = 4.125; within 440 lie 20 % of 366.67, that is 73.
        Assert.Equal(1000 - 100 + 600 + 50, shown.Number("subtotal"));
        Assert.Equal([(300L, whole), (100L, fixedOff), (100L, line)], Amounts(shown, "total_discount_amounts", await Coupons(shown)));
        Assert.Equal(660 + 440 + 50 + 54 + 4, shown.Number("total"));
        Assert.Equal(660 + 440 + 50 - 73, shown.Number("total_excluding_tax"));
        Assert.Equal(1550 - 100, shown.Number("subtotal_excluding_tax"));
        var taxes = shown["total_taxes"]!.AsArray().ToDictionary(t => t!["tax_rate_details"]!["tax_rate"]!.GetValue<string>(), t => (t!["amount"]!.GetValue<long>(), t["taxable_amount"]!.GetValue<long>(), t["tax_behavior"]!.GetValue<string>()));
        Assert.Equal((58L, 710L, "exclusive"), taxes[sales]);
        Assert.Equal((73L, 367L, "inclusive"), taxes[vat]);
        Conserved(shown);
        var older = (await caller.Get($"/v1/invoices/{invoice}", ("Stripe-Version", "2024-06-20"))).Ok();
        Assert.Equal(58 + 73, older.Number("tax"));
        var open = (await caller.Post($"/v1/invoices/{invoice}/finalize")).Ok();
        Assert.Equal(1208, open.Number("amount_due"));
        var page = await app.Http.GetStringAsync(new Uri(open.Text("hosted_invoice_url")).PathAndQuery);
        foreach (var (row, amount) in ((string, string)[])[("subtotal", "16.50"), ("discount", "-5.00"), ("tax", "0.58"), ("total", "12.08"), ("tax-included", "0.73")])
        {
            Assert.Contains($"id=\"{row}\">{amount} USD", page, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_coupon_for_some_products_takes_only_from_their_lines()
    {
        var customer = await caller.Customer();
        var price = (await caller.Post("/v1/prices", "product_data[name]=Api&currency=usd&unit_amount=1000")).Ok();
        var coupon = await Coupon($"percent_off=50&applies_to[products][]={price.Text("product")}");
        var invoice = (await caller.Post("/v1/invoices", $"customer={customer}&discounts[0][coupon]={coupon}")).Ok().Id;
        (await caller.Post("/v1/invoiceitems", $"customer={customer}&invoice={invoice}&amount=1000&currency=usd")).Ok();
        (await caller.Post("/v1/invoiceitems", $"customer={customer}&invoice={invoice}&pricing[price]={price.Id}")).Ok();
        Assert.Equal(1500L, (await caller.Get($"/v1/invoices/{invoice}")).Ok().Number("total"));
        Assert.Equal(2000L, (await caller.Post($"/v1/invoices/{invoice}", "discounts=")).Ok().Number("total"));
    }

    [Theory]
    [InlineData("exempt", "customer_exempt")]
    [InlineData("reverse", "reverse_charge")]
    public async Task Customers_who_are_exempt_pay_no_tax(string exempt, string reason)
    {
        var customer = await caller.Customer($"tax_exempt={exempt}");
        var invoice = await caller.Draft(customer, 1000, $"default_tax_rates[]={await Rate("19", false)}");
        Assert.Equal((1000L, 0L, reason), (invoice.Number("total"), invoice.Number("total_taxes.0.amount"), invoice.Text("total_taxes.0.taxability_reason")));
    }

    [Fact]
    public async Task Automatic_tax_needs_to_know_where_the_customer_is()
    {
        var customer = await caller.Customer();
        var invoice = await caller.Draft(customer, 1000, "automatic_tax[enabled]=true");
        Assert.Equal(("requires_location_inputs", "stripe"), (invoice.Text("automatic_tax.status"), invoice.Text("automatic_tax.provider")));
        var refused = await caller.Post($"/v1/invoices/{invoice.Id}/finalize");
        Assert.Equal((400, "customer_tax_location_invalid"), (refused.Status, refused.Code));
        var failed = (await caller.Get($"/v1/invoices/{invoice.Id}")).Ok();
        Assert.Equal(("draft", "customer_tax_location_invalid"), (failed.Text("status"), failed.Text("last_finalization_error.code")));
        Assert.Equal(invoice.Id, (await caller.Get("/v1/events?type=invoice.finalization_failed")).Ok().Text("data.0.data.object.id"));
        (await caller.Post($"/v1/customers/{customer}", "address[country]=DE")).Ok();
        Assert.Equal(("open", "complete"), (await caller.Post($"/v1/invoices/{invoice.Id}/finalize")).Ok() is var open ? (open.Text("status"), open.Text("automatic_tax.status")) : default);
    }

    [Fact]
    public async Task Tax_ids_are_copied_to_invoices()
    {
        var customer = await caller.Customer("tax_id_data[0][type]=eu_vat&tax_id_data[0][value]=DE123456789");
        Assert.Equal("DE123456789", (await caller.Draft(customer)).Text("customer_tax_ids.0.value"));
        var listed = (await caller.Get($"/v1/customers/{customer}/tax_ids")).Ok();
        Assert.Equal(("DE", "pending"), (listed.Text("data.0.country"), listed.Text("data.0.verification.status")));
        Assert.Equal("tax_id_invalid", (await caller.Post($"/v1/customers/{customer}/tax_ids", "type=eu_vat&value=123")).Code);
        Assert.Equal("type", (await caller.Post($"/v1/customers/{customer}/tax_ids", "type=xx_vat&value=123")).Text("error.param"));
        (await caller.Delete($"/v1/customers/{customer}/tax_ids/{listed.Text("data.0.id")}")).Ok();
        Assert.Empty((await caller.Draft(customer))["customer_tax_ids"]!.AsArray());
        var own = (await caller.Post("/v1/tax_ids", "type=us_ein&value=12-3456789")).Ok();
        Assert.Equal(own.Id, (await caller.Draft(customer, 100, $"account_tax_ids[]={own.Id}")).Text("account_tax_ids.0"));
    }

    [Fact]
    public async Task Tax_rates_keep_their_share_and_archived_ones_are_refused()
    {
        var rate = await Rate("7.7", true);
        Assert.Equal("parameter_unknown", (await caller.Post($"/v1/tax_rates/{rate}", "percentage=8")).Code);
        Assert.False((await caller.Post($"/v1/tax_rates/{rate}", "active=false&tax_type=vat")).Ok()["active"]!.GetValue<bool>());
        Assert.Equal("default_tax_rates", (await caller.Post("/v1/invoices", $"customer={await caller.Customer()}&default_tax_rates[]={rate}")).Text("error.param"));
        Assert.Equal("percentage", (await caller.Post("/v1/tax_rates", "display_name=x&inclusive=true&percentage=101")).Text("error.param"));
        Assert.Equal(rate, (await caller.Get("/v1/events?type=tax_rate.updated")).Ok().Text("data.0.data.object.id"));
    }

    [Fact]
    public async Task A_revision_takes_the_place_of_what_it_revises()
    {
        var customer = await caller.Customer();
        var original = await caller.Open(customer, 1000);
        var revision = (await caller.Post("/v1/invoices", $"from_invoice[action]=revision&from_invoice[invoice]={original.Id}")).Ok();
        Assert.Equal(("draft", 1000L, original.Id), (revision.Text("status"), revision.Number("total"), revision.Text("from_invoice.invoice")));
        (await caller.Post($"/v1/invoices/{revision.Id}/add_lines", "lines[0][amount]=500")).Ok();
        (await caller.Post($"/v1/invoices/{revision.Id}/finalize")).Ok();
        var replaced = (await caller.Get($"/v1/invoices/{original.Id}")).Ok();
        Assert.Equal(("void", revision.Id), (replaced.Text("status"), replaced.Text("latest_revision")));
        Assert.Equal(400, (await caller.Post("/v1/invoices", $"from_invoice[action]=revision&from_invoice[invoice]={original.Id}")).Status);
    }

    [Theory]
    [InlineData("issuer[type]=account&issuer[account]=acct_1", "issuer[type]")]
    [InlineData("automatic_tax[enabled]=true&automatic_tax[liability][type]=account", "automatic_tax[liability][type]")]
    [InlineData("shipping_cost[shipping_rate]=shr_1", "shipping_cost")]
    public async Task What_the_emulator_does_not_do_is_refused_by_name(string form, string param) =>
        Assert.Equal(param, (await caller.Post("/v1/invoices", $"customer={await caller.Customer()}&{form}")).Text("error.param"));

    private static void Conserved(Answer invoice)
    {
        var lines = invoice.At("lines.data")!.AsArray();
        long Sum(string list, Func<JsonNode, bool>? which = null) => lines.Sum(l => l![list]!.AsArray().Where(x => which is null || which(x!)).Sum(x => x!["amount"]!.GetValue<long>()));
        Assert.Equal(invoice.Number("total"), lines.Sum(l => l!["amount"]!.GetValue<long>()) - Sum("discount_amounts") + Sum("taxes", t => t["tax_behavior"]!.GetValue<string>() == "exclusive"));
        Assert.Equal(invoice["total_discount_amounts"]!.AsArray().Sum(d => d!["amount"]!.GetValue<long>()), Sum("discount_amounts"));
        Assert.Equal(invoice["total_taxes"]!.AsArray().Sum(d => d!["amount"]!.GetValue<long>()), Sum("taxes"));
    }

    private async Task<Dictionary<string, string>> Coupons(Answer invoice)
    {
        var lines = (await caller.Get($"/v1/invoices/{invoice.Id}?expand[]=total_discount_amounts.discount")).Ok();
        return lines["total_discount_amounts"]!.AsArray().ToDictionary(d => d!["discount"]!["id"]!.GetValue<string>(), d => d!["discount"]!["source"]!["coupon"]!.GetValue<string>());
    }

    private static IEnumerable<(long, string)> Amounts(Answer invoice, string list, Dictionary<string, string> coupons) =>
        invoice[list]!.AsArray().Select(d => (d!["amount"]!.GetValue<long>(), coupons[d["discount"]!.GetValue<string>()]));

    private async Task<string> Coupon(string form) => (await caller.Post("/v1/coupons", form)).Ok().Id;

    private async Task<string> Rate(string percentage, bool inclusive) =>
        (await caller.Post("/v1/tax_rates", $"display_name=Tax&inclusive={inclusive}&percentage={percentage}")).Ok().Id;
}
