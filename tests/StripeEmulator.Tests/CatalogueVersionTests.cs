using Marketplace.Testing;

namespace Marketplace.StripeEmulator.Tests;

/// <summary>What is sold, discounted, taxed and credited, as each version shows it on request and in webhooks.</summary>
public sealed class CatalogueVersionTests(EmulatorApp app) : IClassFixture<EmulatorApp>
{
    private readonly Caller caller = app.NewAccount();

    [Theory]
    [InlineData("2022-11-15")]
    [InlineData("2024-06-20")]
    [InlineData("2026-07-29.dahlia")]
    public async Task Every_object_has_the_fields_of_the_version(string version)
    {
        await using var receiver = await Receiver.Start();
        (await caller.Post("/v1/webhook_endpoints", $"url={receiver.Url}&enabled_events[]=*&api_version={version}")).Ok();
        var coupon = await Make("coupons", "percent_off=10&duration=forever");
        var once = await Make("coupons", "amount_off=100&currency=usd");
        var code = await Make("promotion_codes", $"promotion[type]=coupon&promotion[coupon]={once}");
        var (inside, onTop) = (await Make("tax_rates", "display_name=VAT&inclusive=true&percentage=19"), await Make("tax_rates", "display_name=Tax&inclusive=false&percentage=7.5"));
        var price = await Make("prices", "product_data[name]=Api&currency=usd&unit_amount=1000");
        var monthly = await Make("prices", "product_data[name]=Gold&currency=usd&recurring[interval]=month&billing_scheme=tiered&tiers_mode=volume&tiers[0][up_to]=inf&tiers[0][unit_amount]=10");
        var customer = (await caller.Post("/v1/customers", $"coupon={coupon}&tax_id_data[0][type]=eu_vat&tax_id_data[0][value]=DE123456789&payment_method=pm_card_visa&invoice_settings[default_payment_method]=pm_card_visa", ("Stripe-Version", "2022-11-15"))).Ok().Id;
        var invoice = await Make("invoices", $"customer={customer}&currency=usd&default_tax_rates[]={onTop}");
        var item = await Make("invoiceitems", $"customer={customer}&invoice={invoice}&pricing[price]={price}&quantity=3&discounts[0][promotion_code]={code}");
        await Make("invoiceitems", $"customer={customer}&invoice={invoice}&amount=500&currency=usd&tax_rates[]={inside}");
        (await caller.Post($"/v1/invoices/{invoice}/finalize")).Ok();
        var line = (await caller.Get($"/v1/invoices/{invoice}/lines")).Ok().Text("data.0.id");
        var part = $"lines[0][type]=invoice_line_item&lines[0][invoice_line_item]={line}&lines[0][amount]=100";
        var note = await Make("credit_notes", $"invoice={invoice}&{part}");
        (await caller.Post($"/v1/invoices/{invoice}/pay")).Ok();
        await Make("credit_notes", $"invoice={invoice}&{part}&refund_amount={(await caller.Get($"/v1/credit_notes/{note}")).Ok().Number("amount")}");
        string[] paths =
        [
            $"coupons/{coupon}?expand[]=applies_to", "promotion_codes", $"promotion_codes/{code}", "tax_rates", $"products?expand[]=data.default_price", $"prices/{monthly}?expand[]=tiers&expand[]=currency_options&expand[]=product",
            $"customers/{customer}?expand[]=tax_ids", $"customers/{customer}/tax_ids", $"customers/{customer}/balance_transactions", $"invoices/{invoice}?expand[]=discounts&expand[]=total_discount_amounts.discount",
            $"invoices/{invoice}/lines?expand[]=data.discounts", $"invoiceitems/{item}?expand[]=discounts", $"credit_notes/{note}?expand[]=customer&expand[]=invoice", $"credit_notes/{note}/lines", "credit_notes",
            $"credit_notes/preview?invoice={invoice}&{part}&out_of_band_amount={(await caller.Get($"/v1/credit_notes/{note}")).Ok().Number("amount")}",
        ];
        foreach (var path in paths)
        {
            var shown = (await caller.Get("/v1/" + path, ("Stripe-Version", version))).Ok();
            foreach (var discount in (shown["discounts"]?.AsArray() ?? []).Concat(shown.Body.ContainsKey("discount") ? [shown["discount"]] : []))
            {
                Shapes.Check(discount, version);
            }
        }

        (await caller.Delete($"/v1/customers/{customer}/discount")).Ok();
        await Eventually.Until(() => receiver.All.Any(a => a.Type == "customer.discount.deleted"), "the last event");
        foreach (var arrived in receiver.All)
        {
            Shapes.Check(arrived.Event["data"]!["object"], version);
        }
    }

    private async Task<string> Make(string resource, string form) => (await caller.Post("/v1/" + resource, form)).Ok().Id;
}
