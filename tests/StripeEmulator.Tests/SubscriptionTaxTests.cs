using System.Net.Http.Json;
using static Marketplace.StripeEmulator.Tests.SubscriptionCaller;

namespace Marketplace.StripeEmulator.Tests;

/// <summary>Taxes of subscriptions and of the checkouts that begin them: standard rates, and Stripe's own reckoning.</summary>
public sealed class SubscriptionTaxTests(EmulatorApp app) : IClassFixture<EmulatorApp>
{
    private const string Url = "/v1/checkout/sessions";
    private const string Exclusive = "recurring[interval]=month&tax_behavior=exclusive";
    private readonly SubscriptionCaller caller = new(app.NewAccount());

    [Fact]
    public async Task Default_rates_come_on_top_of_the_first_invoice_and_of_renewals()
    {
        var subscription = await caller.Subscribe(await caller.Customer(), await caller.Price(), $"default_tax_rates[]={await Rate("19")}");
        Assert.Equal((1000L, 1190L), await Latest(subscription.Id));
        (await caller.Post("/v1/subscriptions/" + subscription.Id, $"default_tax_rates[]={await Rate("7")}")).Ok();
        await caller.To(Start + Month + 60);
        Assert.Equal((1000L, 1070L), await Latest(subscription.Id));
    }

    [Fact]
    public async Task Stripe_s_own_reckoning_goes_over_to_renewals_and_to_one_time_prices()
    {
        await Register();
        var customer = await caller.Customer(form: "address[country]=DE");
        var subscription = await caller.Subscribe(customer, await caller.Price(form: Exclusive), "automatic_tax[enabled]=true");
        Assert.Equal("self", subscription.Text("automatic_tax.liability.type"));
        Assert.Equal((1000L, 1190L), await Latest(subscription.Id));
        await caller.To(Start + Month + 60);
        var renewal = await caller.Latest(subscription.Id);
        Assert.Equal(("draft", "complete", 1190L), (renewal.Text("status"), renewal.Text("automatic_tax.status"), renewal.Number("total")));
        Assert.Equal([subscription.Id], (await caller.Get("/v1/subscriptions?automatic_tax[enabled]=true&customer=" + customer)).Ok()["data"]!.AsArray().Select(s => s!["id"]!.GetValue<string>()));
        Assert.Empty((await caller.Get("/v1/subscriptions?automatic_tax[enabled]=false&customer=" + customer)).Ok()["data"]!.AsArray());
    }

    [Fact]
    public async Task A_price_that_holds_its_tax_is_no_dearer()
    {
        await Register();
        var subscription = await caller.Subscribe(
            await caller.Customer(form: "address[country]=DE"), await caller.Price(1190, "recurring[interval]=month&tax_behavior=inclusive"), "automatic_tax[enabled]=true");
        var invoice = await caller.Latest(subscription.Id);
        Assert.Equal((1190L, 190L), (invoice.Number("total"), invoice.Number("total_taxes.0.amount")));
    }

    [Fact]
    public async Task What_cannot_be_taxed_as_asked_is_refused()
    {
        var customer = await caller.Customer();
        var (plain, exclusive) = (await caller.Price(), await caller.Price(form: Exclusive));
        var (within, onTop) = (await Rate("20", "true"), await Rate("20"));
        Assert.Equal("customer_tax_location_invalid", (await caller.Post("/v1/subscriptions", $"customer={customer}&items[0][price]={exclusive}&automatic_tax[enabled]=true")).Code);
        Assert.Contains("tax_behavior", await Refused($"customer={customer}&items[0][price]={plain}&automatic_tax[enabled]=true"), StringComparison.Ordinal);
        Assert.Contains("conflicts", await Refused($"customer={customer}&items[0][price]={exclusive}&default_tax_rates[]={within}"), StringComparison.Ordinal);
        Assert.Contains("conflicts", await Refused($"customer={customer}&items[0][price]={exclusive}&items[0][tax_rates][]={within}"), StringComparison.Ordinal);
        Assert.Contains("automatic tax", await Refused($"customer={customer}&items[0][price]={exclusive}&default_tax_rates[]={onTop}&automatic_tax[enabled]=true"), StringComparison.Ordinal);
        var subscription = await caller.Subscribe(customer, exclusive);
        Assert.Equal("customer_tax_location_invalid", (await caller.Post("/v1/subscriptions/" + subscription.Id, "automatic_tax[enabled]=true")).Code);
    }

    [Fact]
    public async Task A_checkout_shows_the_rates_and_its_subscription_keeps_those_that_are_its_own()
    {
        var (own, once) = (await Rate("19"), await Rate("7"));
        var session = (await caller.Post(Url, Session(await caller.Price(), await Known()) +
            $"&subscription_data[default_tax_rates][]={own}&line_items[1][price_data][currency]=usd&line_items[1][price_data][product_data][name]=Setup&line_items[1][price_data][unit_amount]=500&line_items[1][quantity]=1&line_items[1][tax_rates][]={once}")).Ok();
        Assert.Equal((1500L, 225L, 1725L), (session.Number("amount_subtotal"), session.Number("total_details.amount_tax"), session.Number("amount_total")));
        var done = await Confirm(session.Id, "pm_card_visa");
        Assert.Equal((1725L, own), (done.Number("invoice.amount_paid"), done.Text("subscription.default_tax_rates.0.id")));
        Assert.Empty(done["subscription"]!["items"]!["data"]![0]!["tax_rates"]!.AsArray());
    }

    [Fact]
    public async Task A_checkout_reckons_with_the_address_that_is_typed_and_keeps_it()
    {
        await Register();
        var (price, customer) = (await caller.Price(form: Exclusive), await Known());
        Assert.Equal("customer_tax_location_invalid", (await caller.Post(Url, Session(price, customer) + "&automatic_tax[enabled]=true")).Code);
        var session = (await caller.Post(Url, Session(price, customer) + "&automatic_tax[enabled]=true&customer_update[address]=auto&billing_address_collection=required")).Ok();
        Assert.Equal(("requires_location_inputs", 1000L), (session.Text("automatic_tax.status"), session.Number("amount_total")));
        var nowhere = (await caller.Post("/v1/payment_methods", "type=card&card[token]=tok_visa")).Ok().Id;
        Assert.Equal("customer_tax_location_invalid", (await caller.Post($"/v1/payment_pages/{session.Id}/confirm", "payment_method=" + nowhere)).Code);
        var method = (await caller.Post("/v1/payment_methods", "type=card&card[token]=tok_visa&billing_details[address][country]=DE")).Ok().Id;
        var done = await Confirm(session.Id, method);
        Assert.Equal(("complete", 1190L, 1190L), (done.Text("automatic_tax.status"), done.Number("amount_total"), done.Number("invoice.amount_paid")));
        Assert.Equal("DE", (await caller.Get("/v1/customers/" + customer)).Ok().Text("address.country"));
    }

    [Fact]
    public async Task A_customer_whose_address_is_known_types_none()
    {
        await Register();
        var session = (await caller.Post(Url, Session(await caller.Price(form: Exclusive), await Known("address[country]=DE")) + "&automatic_tax[enabled]=true")).Ok();
        Assert.Equal(("complete", 1190L), (session.Text("automatic_tax.status"), session.Number("amount_total")));
        Assert.Equal(1190, (await Confirm(session.Id, "pm_card_visa")).Number("invoice.amount_paid"));
    }

    private static string Session(string price, string customer) =>
        $"mode=subscription&success_url=https://a.example&customer={customer}&line_items[0][price]={price}&line_items[0][quantity]=1";

    private async Task<Answer> Confirm(string session, string method)
    {
        (await caller.Post($"/v1/payment_pages/{session}/confirm", "payment_method=" + method)).Ok();
        return (await caller.Get($"{Url}/{session}?expand[]=subscription&expand[]=invoice")).Ok();
    }

    private async Task<string> Refused(string form)
    {
        var answer = await caller.Post("/v1/subscriptions", form);
        Assert.Equal(400, answer.Status);
        return answer.Text("error.message");
    }

    private Task<string> Known(string form = "") => caller.Caller.Customer("email=a@example.com&" + form);

    private async Task<(long, long)> Latest(string subscription)
    {
        var invoice = await caller.Latest(subscription);
        return (invoice.Number("subtotal"), invoice.Number("total"));
    }

    private async Task<string> Rate(string percentage, string inclusive = "false") =>
        (await caller.Post("/v1/tax_rates", $"display_name=VAT&percentage={percentage}&inclusive={inclusive}")).Ok().Id;

    private async Task Register()
    {
        var account = (await caller.Get("/v1/account")).Ok().Id;
        using var answer = await app.Http.PostAsJsonAsync("/_emulator/accounts", new { id = account, country = "DE", tax = new Dictionary<string, string> { ["DE"] = "19" } });
        Assert.True(answer.IsSuccessStatusCode);
    }
}
