namespace Marketplace.StripeEmulator.Tests;

public sealed class HostedPageTests(EmulatorApp app) : IClassFixture<EmulatorApp>
{
    private readonly Caller caller = app.NewAccount();

    [Fact]
    public async Task Whoever_opens_the_address_itself_sees_what_it_is()
    {
        var page = await app.Http.GetStringAsync("/");
        Assert.Contains("<h1>Stripe emulator</h1>", page, StringComparison.Ordinal);
        foreach (var link in (string[])["state", "deliveries", "clock"])
        {
            Assert.Contains($"""href="/_emulator/{link}">""", page, StringComparison.Ordinal);
            await app.Http.GetStringAsync($"/_emulator/{link}");
        }
    }

    [Fact]
    public async Task The_page_tells_what_is_owed_and_by_whom()
    {
        var invoice = await caller.Open(await caller.Customer("name=<b>Ada</b>"), 2500, "collection_method=send_invoice&days_until_due=30");
        var page = await app.Http.GetStringAsync(invoice.Text("hosted_invoice_url"));
        Assert.Contains(invoice.Text("number"), page, StringComparison.Ordinal);
        Assert.Contains("25.00 USD", page, StringComparison.Ordinal);
        Assert.Contains("Emulated Provider", page, StringComparison.Ordinal);
        Assert.Contains("&lt;b&gt;Ada&lt;/b&gt;", page, StringComparison.Ordinal);
        Assert.Contains("""data-status="open">Open""", page, StringComparison.Ordinal);
        var pdf = await app.Http.GetByteArrayAsync(invoice.Text("invoice_pdf"));
        Assert.Equal("%PDF-1.4"u8.ToArray(), pdf[..8]);
    }

    [Fact]
    public async Task The_page_and_the_PDF_say_how_the_invoice_adds_up()
    {
        var coupon = (await caller.Post("/v1/coupons", "percent_off=50&duration=once")).Ok().Id;
        var rate = (await caller.Post("/v1/tax_rates", "display_name=VAT&percentage=20&inclusive=false")).Ok().Id;
        var invoice = await caller.Open(await caller.Customer("name=Zoë (Ltd)&balance=-200"), 2500, $"discounts[0][coupon]={coupon}&default_tax_rates[]={rate}&footer=Thank you");
        var page = await app.Http.GetStringAsync(invoice.Text("hosted_invoice_url"));
        foreach (var (id, amount) in ((string, string)[])[("subtotal", "25.00 USD"), ("discount", "-12.50 USD"), ("tax", "2.50 USD"), ("total", "15.00 USD"), ("balance", "-2.00 USD"), ("owed", "13.00 USD"), ("amount-paid", "0.00 USD")])
        {
            Assert.Contains($"""id="{id}">{amount}</td>""", page, StringComparison.Ordinal);
        }

        var pdf = System.Text.Encoding.ASCII.GetString(await app.Http.GetByteArrayAsync(invoice.Text("invoice_pdf")));
        foreach (var text in (string[])["(Billed to Zo\\353 \\(Ltd\\))", "(Discount)", "(-12.50 USD)", "(13.00 USD)", "(Thank you)", "/Count 1"])
        {
            Assert.Contains(text, pdf, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_long_invoice_takes_as_many_pages_of_PDF_as_it_needs()
    {
        var draft = await caller.Draft(await caller.Customer(), 0);
        var lines = string.Join('&', Enumerable.Range(0, 100).Select(n => $"lines[{n}][amount]=100&lines[{n}][description]=Line {n}"));
        (await caller.Post($"/v1/invoices/{draft.Id}/add_lines", lines)).Ok();
        var invoice = (await caller.Post($"/v1/invoices/{draft.Id}/finalize")).Ok();
        var pdf = System.Text.Encoding.ASCII.GetString(await app.Http.GetByteArrayAsync(invoice.Text("invoice_pdf")));
        Assert.Contains("/Count 3", pdf, StringComparison.Ordinal);
        Assert.Contains("(Line 99)", pdf, StringComparison.Ordinal);
        Assert.Equal(pdf.IndexOf("xref\n", StringComparison.Ordinal), int.Parse(pdf.Split("startxref\n")[1].Split('\n')[0]));
    }

    [Fact]
    public async Task A_card_pays_by_a_plain_form()
    {
        var invoice = await caller.Open(await caller.Customer());
        Assert.Equal(303, await Pay(invoice, "4242 4242 4242 4242"));
        var paid = (await caller.Get($"/v1/invoices/{invoice.Id}")).Ok();
        Assert.Equal(("paid", 2500L), (paid.Text("status"), paid.Number("amount_paid")));
        var page = await app.Http.GetStringAsync(invoice.Text("hosted_invoice_url"));
        Assert.Contains("""data-status="paid">Paid""", page, StringComparison.Ordinal);
        Assert.DoesNotContain("card_number", page, StringComparison.Ordinal);
        Assert.Equal(303, await Pay(invoice, "4242424242424242"));
        Assert.Single((await caller.Get("/v1/charges")).Ok()["data"]!.AsArray());
    }

    [Theory]
    [InlineData("4000000000000002", "12/34", "123", "Your card was declined.")]
    [InlineData("4000000000009995", "12/34", "123", "Your card has insufficient funds.")]
    [InlineData("4000000000000069", "12/34", "123", "Your card has expired.")]
    [InlineData("4000000000000127", "12/34", "123", "Your card&#39;s security code is incorrect.")]
    [InlineData("4242424242424241", "12/34", "123", "Your card number is incorrect.")]
    [InlineData("4242424242424242", "12/20", "123", "Your card&#39;s expiration year is invalid.")]
    [InlineData("4242424242424242", "soon", "123", "Your card&#39;s expiration date is incomplete.")]
    [InlineData("4242424242424242", "12/34", "1", "Your card&#39;s security code is incomplete.")]
    public async Task A_card_that_does_not_pay_is_told_on_the_page(string number, string expiry, string cvc, string message)
    {
        var invoice = await caller.Open(await caller.Customer());
        using var answer = await Post(invoice.Text("hosted_invoice_url") + "/pay", ("card_number", number), ("card_expiry", expiry), ("card_cvc", cvc));
        var page = await answer.Content.ReadAsStringAsync();
        Assert.Equal(402, (int)answer.StatusCode);
        Assert.Contains($"""role="alert">{message}</p>""", page, StringComparison.Ordinal);
        Assert.Equal("open", (await caller.Get($"/v1/invoices/{invoice.Id}")).Ok().Text("status"));
    }

    [Fact]
    public async Task A_card_with_3_D_Secure_pays_after_the_step_and_not_when_it_fails()
    {
        var invoice = await caller.Open(await caller.Customer());
        foreach (var (result, status) in ((string, string)[])[("fail", "open"), ("complete", "paid")])
        {
            using var answer = await Post(invoice.Text("hosted_invoice_url") + "/pay", ("card_number", "4000002500003155"), ("card_expiry", "12/34"), ("card_cvc", "123"));
            var step = answer.Headers.Location!.ToString();
            Assert.StartsWith("/authenticate/pi_", step, StringComparison.Ordinal);
            Assert.Contains("25.00 USD", await app.Http.GetStringAsync(step), StringComparison.Ordinal);
            using var back = await Post(step, ("result", result));
            Assert.EndsWith(new Uri(invoice.Text("hosted_invoice_url")).AbsolutePath, back.Headers.Location!.ToString(), StringComparison.Ordinal);
            Assert.Equal(status, (await caller.Get($"/v1/invoices/{invoice.Id}")).Ok().Text("status"));
        }
    }

    [Theory]
    [InlineData("000123456789", "paid")]
    [InlineData("000111111113", "open")]
    public async Task A_test_bank_answers_after_a_while(string account, string status)
    {
        var invoice = await caller.Open(await caller.Customer());
        using var answer = await Post(invoice.Text("hosted_invoice_url") + "/pay-by-bank", ("bank_account", account));
        Assert.Equal(303, (int)answer.StatusCode);
        using var page = await app.Browse(HttpMethod.Get, invoice.Text("hosted_invoice_url"));
        var text = await page.Content.ReadAsStringAsync();
        Assert.Contains("id=\"processing\"", text, StringComparison.Ordinal);
        Assert.DoesNotContain("id=\"card-form\"", text, StringComparison.Ordinal);
        await app.Advance(EmulatorApp.BankSeconds);
        Assert.Equal(status, (await caller.Get($"/v1/invoices/{invoice.Id}")).Ok().Text("status"));
    }

    [Fact]
    public async Task Two_people_paying_at_once_pay_once()
    {
        var invoice = await caller.Open(await caller.Customer());
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Pay(invoice, "4242424242424242")));
        Assert.Single((await caller.Get($"/v1/charges?customer={invoice.Text("customer")}")).Ok()["data"]!.AsArray());
    }

    [Fact]
    public async Task An_address_that_is_nobodys_is_not_found()
    {
        using var answer = await app.Http.GetAsync($"/i/{caller.Account}/invst_nothing");
        Assert.Equal(404, (int)answer.StatusCode);
    }

    private async Task<int> Pay(Answer invoice, string number)
    {
        using var answer = await Post(invoice.Text("hosted_invoice_url") + "/pay", ("card_number", number), ("card_expiry", "12/34"), ("card_cvc", "123"));
        return (int)answer.StatusCode;
    }

    private async Task<HttpResponseMessage> Post(string url, params (string Name, string Value)[] fields) =>
        await app.Http.PostAsync(url, new FormUrlEncodedContent(fields.Select(f => KeyValuePair.Create(f.Name, f.Value))));
}
