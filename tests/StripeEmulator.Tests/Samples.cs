namespace Marketplace.StripeEmulator.Tests;

/// <summary>One object of every kind, made the plainest way, by the path under which it is read.</summary>
public sealed class Samples(Caller caller)
{
    /// <summary>The id of a new object under a path such as /v1/invoices; null for a path that nothing is known of.</summary>
    public async Task<string?> Make(string resource) => resource switch
    {
        "/v1/customers" => await caller.Customer(),
        "/v1/payment_methods" => await Post(resource, "type=card&card[token]=tok_visa"),
        "/v1/payment_intents" => await Post(resource, "amount=2000&currency=usd"),
        "/v1/setup_intents" => await Post(resource, "payment_method_types[]=card"),
        "/v1/charges" => (await Paid()).Text("latest_charge"),
        "/v1/refunds" => await Post(resource, $"payment_intent={(await Paid()).Id}"),
        "/v1/mandates" => (await caller.Post("/v1/setup_intents", "confirm=true&payment_method=pm_usBankAccount")).Ok().Text("mandate"),
        "/v1/disputes" => await First(resource, Paid("pm_card_createDispute")),
        "/v1/balance_transactions" => await First(resource, Paid()),
        "/v1/invoices" => (await caller.Draft(await caller.Customer())).Id,
        "/v1/invoiceitems" => await Post(resource, $"customer={await caller.Customer()}&amount=100&currency=usd"),
        "/v1/invoice_payments" => await First(resource, caller.Open(await caller.Customer())),
        "/v1/credit_notes" => await Post(resource, $"invoice={(await caller.Open(await caller.Customer())).Id}&amount=100"),
        "/v1/products" => await Post(resource, "name=Plan"),
        "/v1/prices" or "/v1/plans" => await Price(),
        "/v1/coupons" => await Coupon(),
        "/v1/promotion_codes" => await Post(resource, $"promotion[type]=coupon&promotion[coupon]={await Coupon()}"),
        "/v1/tax_rates" => await Post(resource, "display_name=VAT&inclusive=false&percentage=19"),
        "/v1/tax_ids" => await Post(resource, "type=eu_vat&value=DE123456789"),
        "/v1/subscriptions" => (await Subscription()).Id,
        "/v1/subscription_items" => (await Subscription()).Text("items.data.0.id"),
        "/v1/checkout/sessions" => await Post(resource, "mode=setup&currency=usd&success_url=https://example.com/done"),
        "/v1/payment_pages" => await Make("/v1/checkout/sessions"),
        "/v1/billing_portal/configurations" => await Post(resource, "features[invoice_history][enabled]=true"),
        "/v1/billing/meters" => await Post(resource, $"display_name=Calls&event_name=calls{Guid.CreateVersion7():N}&default_aggregation[formula]=sum"),
        "/v1/test_helpers/test_clocks" => await Post(resource, "frozen_time=1700000000"),
        "/v1/test_helpers/customers" => await caller.Customer(),
        "/v1/webhook_endpoints" => await Post(resource, "url=http://127.0.0.1:9/&enabled_events[]=quote.created"),
        "/v2/core/events" => await Report(resource),
        "/v1/events" => await First(resource, caller.Customer()),
        _ => null,
    };

    private async Task<string> Post(string path, string form) => (await caller.Post(path, form)).Ok().Id;

    private async Task<string> First(string list, Task made)
    {
        await made;
        return (await caller.Get(list)).Ok().Text("data.0.id");
    }

    private async Task<string> Report(string list)
    {
        var meter = (await caller.Get($"/v1/billing/meters/{await Make("/v1/billing/meters")}")).Ok();
        (await caller.Post("/v1/billing/meter_events", $"event_name={meter.Text("event_name")}&payload[stripe_customer_id]=cus_nobody&payload[value]=1")).Ok();
        return (await caller.Get(list)).Ok().Text("data.0.id");
    }

    private async Task<Answer> Paid(string method = "pm_card_visa") =>
        (await caller.Post("/v1/payment_intents", $"amount=2000&currency=usd&payment_method={method}&payment_method_types[]=card&confirm=true")).Ok();

    private Task<string> Coupon() => Post("/v1/coupons", "percent_off=20&duration=once");

    private async Task<string> Price() => await Post("/v1/prices", $"product={await Make("/v1/products")}&unit_amount=1500&currency=usd&recurring[interval]=month");

    private async Task<Answer> Subscription()
    {
        var customer = await caller.Customer("payment_method=pm_card_visa&invoice_settings[default_payment_method]=pm_card_visa");
        return (await caller.Post("/v1/subscriptions", $"customer={customer}&items[0][price]={await Price()}")).Ok();
    }
}
