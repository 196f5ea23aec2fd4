using Microsoft.Playwright;

namespace Marketplace.StripeEmulator.Tests;

/// <summary>A person walks through every page at a desk and on a phone; a picture of each is kept in artifacts/pages.</summary>
public sealed class BrowserTests(EmulatorApp app, Chromium chromium) : IClassFixture<EmulatorApp>, IClassFixture<Chromium>
{
    private const string Cups = "mode=payment&line_items[0][price_data][currency]=usd&line_items[0][price_data][product_data][name]=A cup of coffee, large&line_items[0][price_data][unit_amount]=1500&line_items[0][quantity]=2&success_url=https://shop.example/ok?session={CHECKOUT_SESSION_ID}&cancel_url=https://shop.example/no";
    private readonly Caller caller = app.NewAccount();

    [Theory]
    [InlineData(Chromium.Desk)]
    [InlineData(Chromium.Phone)]
    public async Task A_person_pays_an_invoice_after_a_decline_and_3_D_Secure(int width)
    {
        var invoice = await caller.Open(await caller.Customer("name=Ada Lovelace"), 2500, "collection_method=send_invoice&days_until_due=30");
        var page = await chromium.Open(width);
        await page.GotoAsync(invoice.Text("hosted_invoice_url"));
        await Chromium.Judge(page, "invoice");
        await Card(page, "4000000000000002", "#pay");
        await Assertions.Expect(page.Locator("#error")).ToHaveTextAsync("Your card was declined.");
        await Chromium.Judge(page, "invoice-declined");
        await Card(page, "4000002500003155", "#pay");
        await Chromium.Judge(page, "authentication");
        await page.Locator("#complete").ClickAsync();
        await Assertions.Expect(page.Locator("#status")).ToHaveTextAsync("Paid");
        await Chromium.Judge(page, "invoice-paid");
        Assert.Equal("paid", (await caller.Get($"/v1/invoices/{invoice.Id}")).Ok().Text("status"));
        await page.CloseAsync();
    }

    [Theory]
    [InlineData(Chromium.Desk)]
    [InlineData(Chromium.Phone)]
    public async Task A_person_checks_out_after_a_decline_and_3_D_Secure(int width)
    {
        var session = (await caller.Post("/v1/checkout/sessions", Cups + "&payment_method_types[]=card&payment_method_types[]=us_bank_account&billing_address_collection=required")).Ok();
        var page = await chromium.Open(width);
        await page.GotoAsync(session.Text("url"));
        await Chromium.Judge(page, "checkout-payment");
        await Assertions.Expect(page.Locator("#cancel")).ToHaveAttributeAsync("href", "https://shop.example/no");
        foreach (var (label, text) in ((string, string)[])[("Email", "ada@example.com"), ("Name", "Ada Lovelace"), ("Address line 1", "1 Road"), ("City", "Rome"), ("Postal code", "00100"), ("Country", "IT")])
        {
            await page.GetByLabel(label).FillAsync(text);
        }

        await Card(page, "4000000000009995", "#submit");
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToHaveTextAsync("Your card has insufficient funds.");
        await Assertions.Expect(page.GetByLabel("City")).ToHaveValueAsync("Rome");
        await Chromium.Judge(page, "checkout-declined");
        await Card(page, "4000000000003220", "#submit");
        await page.Locator("#fail").ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("unable to authenticate");
        await page.GetByLabel("Email").FillAsync("ada@example.com");
        await page.GetByLabel("Name").FillAsync("Ada Lovelace");
        foreach (var (label, text) in ((string, string)[])[("Address line 1", "1 Road"), ("City", "Rome"), ("Postal code", "00100"), ("Country", "IT")])
        {
            await page.GetByLabel(label).FillAsync(text);
        }

        await Card(page, "4000000000003220", "#submit");
        await page.Locator("#complete").ClickAsync();
        await Assertions.Expect(page).ToHaveURLAsync($"https://shop.example/ok?session={session.Id}");
        Assert.Equal("paid", (await caller.Get($"/v1/checkout/sessions/{session.Id}")).Ok().Text("payment_status"));
        await page.GotoAsync(session.Text("url"));
        await Chromium.Judge(page, "checkout-done");
        await page.CloseAsync();
    }

    [Theory]
    [InlineData(Chromium.Desk)]
    [InlineData(Chromium.Phone)]
    public async Task A_person_saves_a_card(int width)
    {
        var customer = await caller.Customer("email=grace@example.com");
        var session = (await caller.Post("/v1/checkout/sessions", $"mode=setup&currency=usd&customer={customer}&success_url=https://shop.example/saved")).Ok();
        var page = await chromium.Open(width);
        await page.GotoAsync(session.Text("url"));
        await Chromium.Judge(page, "checkout-setup");
        await page.GetByLabel("Name").FillAsync("Grace Hopper");
        await Card(page, "4242424242424242", "#submit");
        await Assertions.Expect(page).ToHaveURLAsync("https://shop.example/saved");
        Assert.Single((await caller.Get($"/v1/customers/{customer}/payment_methods")).Ok()["data"]!.AsArray());
        var expired = (await caller.Post("/v1/checkout/sessions", Cups)).Ok();
        (await caller.Post($"/v1/checkout/sessions/{expired.Id}/expire")).Ok();
        await page.GotoAsync(expired.Text("url"));
        await Chromium.Judge(page, "checkout-expired");
        await page.CloseAsync();
    }

    [Theory]
    [InlineData(Chromium.Desk)]
    [InlineData(Chromium.Phone)]
    public async Task A_customer_logs_into_the_portal_and_looks_after_cards_and_address(int width)
    {
        var email = $"ada{width}@example.com";
        var customer = await caller.Customer($"email={email}&name=Ada Lovelace&payment_method=pm_card_mastercard&invoice_settings[default_payment_method]=pm_card_mastercard");
        await caller.Open(customer, 2500);
        (await caller.Post($"/v1/invoices/{(await caller.Open(customer, 990_000)).Id}/pay")).Ok();
        var login = (await caller.Post("/v1/billing_portal/configurations", "features[invoice_history][enabled]=true&features[payment_method_update][enabled]=true&features[customer_update][enabled]=true&features[customer_update][allowed_updates][]=name&features[customer_update][allowed_updates][]=email&features[customer_update][allowed_updates][]=phone&features[customer_update][allowed_updates][]=address&login_page[enabled]=true&default_return_url=https://shop.example/account&business_profile[privacy_policy_url]=https://shop.example/privacy&business_profile[terms_of_service_url]=https://shop.example/terms")).Ok();
        var page = await chromium.Open(width);
        await page.GotoAsync(login.Text("login_page.url"));
        await Chromium.Judge(page, "portal-login");
        await page.GetByLabel("Email").FillAsync(email);
        await page.Locator("#send").ClickAsync();
        await Chromium.Judge(page, "portal-link");
        await page.Locator("#link").ClickAsync();
        await Chromium.Judge(page, "portal");
        await page.Locator("#add-payment-method").ClickAsync();
        await Chromium.Judge(page, "portal-add-card");
        await Card(page, "4242424242424242", "#save");
        await Assertions.Expect(page.Locator("#payment-methods > li")).ToHaveCountAsync(2);
        await Assertions.Expect(page.Locator("#payment-methods > li", new() { HasText = "Visa" })).ToContainTextAsync("Default");
        await Chromium.Judge(page, "portal-two-cards");
        await page.GetByRole(AriaRole.Button, new() { Name = "Make Mastercard •••• 4444 the default" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Remove Visa •••• 4242" }).ClickAsync();
        await Assertions.Expect(page.Locator("#payment-methods > li")).ToHaveCountAsync(1);
        await page.Locator("#update-customer").ClickAsync();
        await Chromium.Judge(page, "portal-customer");
        await page.GetByLabel("Phone").FillAsync("+390612345");
        await page.GetByLabel("City").FillAsync("Rome");
        await page.Locator("#save").ClickAsync();
        await Assertions.Expect(page.Locator("#customer-phone")).ToHaveTextAsync("+390612345");
        await page.Locator("#invoices a").First.ClickAsync();
        await Assertions.Expect(page.Locator("#status")).ToHaveTextAsync("Paid");
        await page.GotoAsync(new Uri(app.Http.BaseAddress!, "/p/session/test_nobody").ToString());
        await Chromium.Judge(page, "not-found");
        await page.CloseAsync();
    }

    [Theory]
    [InlineData(Chromium.Desk)]
    [InlineData(Chromium.Phone)]
    public async Task A_person_subscribes_with_a_code_then_changes_and_cancels_the_plan(int width)
    {
        var product = (await caller.Post("/v1/products", "name=Gold plan for small teams")).Ok().Id;
        var (monthly, yearly) = (await Price("2000&recurring[interval]=month"), await Price("20000&recurring[interval]=year"));
        var coupon = (await caller.Post("/v1/coupons", "percent_off=50&duration=once")).Ok().Id;
        (await caller.Post("/v1/promotion_codes", $"promotion[type]=coupon&promotion[coupon]={coupon}&code=HALF{width}")).Ok();
        var session = (await caller.Post("/v1/checkout/sessions", $"mode=subscription&allow_promotion_codes=true&success_url=https://shop.example/welcome&line_items[0][price]={monthly}&line_items[0][quantity]=1")).Ok();
        var page = await chromium.Open(width);
        await page.GotoAsync(session.Text("url"));
        await page.GetByLabel("Promotion code").FillAsync("WRONG");
        await page.Locator("#apply-code").ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToHaveTextAsync("This code is invalid.");
        await page.GetByLabel("Promotion code").FillAsync($"half{width}");
        await page.Locator("#apply-code").ClickAsync();
        await Assertions.Expect(page.Locator("#total")).ToHaveTextAsync("10.00 USD");
        await Chromium.Judge(page, "checkout-subscription");
        await page.GetByLabel("Email").FillAsync($"subscriber{width}@example.com");
        await page.GetByLabel("Name").FillAsync("Ada Lovelace");
        await Card(page, "4000000000003220", "#submit");
        await page.Locator("#complete").ClickAsync();
        await Assertions.Expect(page).ToHaveURLAsync("https://shop.example/welcome");
        var customer = (await caller.Get($"/v1/checkout/sessions/{session.Id}")).Ok().Text("customer");

        var configuration = (await caller.Post("/v1/billing_portal/configurations", $"features[invoice_history][enabled]=true&features[subscription_cancel][enabled]=true&features[subscription_cancel][cancellation_reason][enabled]=true&features[subscription_cancel][cancellation_reason][options][]=too_expensive&features[subscription_cancel][cancellation_reason][options][]=other&features[subscription_update][enabled]=true&features[subscription_update][default_allowed_updates][]=price&features[subscription_update][default_allowed_updates][]=quantity&features[subscription_update][products][0][product]={product}&features[subscription_update][products][0][prices][]={monthly}&features[subscription_update][products][0][prices][]={yearly}&features[subscription_update][proration_behavior]=create_prorations")).Ok().Id;
        await page.GotoAsync((await caller.Post("/v1/billing_portal/sessions", $"customer={customer}&configuration={configuration}")).Ok().Text("url"));
        await Chromium.Judge(page, "portal-subscription");
        await page.GetByRole(AriaRole.Link, new() { Name = "Change Gold plan" }).ClickAsync();
        await Chromium.Judge(page, "portal-change-plan");
        await page.GetByLabel("Quantity").FillAsync("3");
        await page.Locator("#continue").ClickAsync();
        await Assertions.Expect(page.Locator("#after")).ToContainTextAsync("3 × Gold plan");
        await Chromium.Judge(page, "portal-confirm-plan");
        await page.Locator("#confirm-update").ClickAsync();
        await Assertions.Expect(page.Locator("#subscriptions")).ToContainTextAsync("3 × Gold plan");
        await page.GetByRole(AriaRole.Link, new() { Name = "Cancel 3 × Gold plan" }).ClickAsync();
        await page.GetByLabel("It is too expensive").CheckAsync();
        await Chromium.Judge(page, "portal-cancel");
        await page.Locator("#confirm-cancel").ClickAsync();
        await Assertions.Expect(page.Locator("#subscriptions")).ToContainTextAsync("Ends on");
        await Chromium.Judge(page, "portal-canceled");
        await page.GetByRole(AriaRole.Button, new() { Name = "Keep 3 × Gold plan" }).ClickAsync();
        await Assertions.Expect(page.Locator("#subscriptions")).ToContainTextAsync("Renews on");
        await page.CloseAsync();

        async Task<string> Price(string form) => (await caller.Post("/v1/prices", $"currency=usd&product={product}&unit_amount={form}")).Ok().Id;
    }

    [Fact]
    public async Task What_shuts_somebody_out_is_found()
    {
        var page = await chromium.Open(Chromium.Phone);
        await page.SetContentAsync("""<!doctype html><h1>a</h1><h3>b</h3><main><input id="x"><button></button><p style="color:#999;width:900px">pale</p><label for="nothing">c</label></main>""");
        var faults = string.Join('\n', await page.EvaluateAsync<string[]>(Accessibility.Script));
        foreach (var fault in (string[])["no language", "no title", "no viewport", "heading level 3 after 1", "has no label", "has no name", "points at nothing", "scrolls sideways", "is cut off", "has a contrast of 2.85"])
        {
            Assert.Contains(fault, faults, StringComparison.Ordinal);
        }

        await page.CloseAsync();
    }

    private static async Task Card(IPage page, string number, string button)
    {
        await page.GetByLabel("Card number").FillAsync(number);
        await page.GetByLabel("Expiry (MM/YY)").FillAsync("12/34");
        await page.GetByLabel("CVC").FillAsync("123");
        await page.Locator(button).ClickAsync();
    }
}
