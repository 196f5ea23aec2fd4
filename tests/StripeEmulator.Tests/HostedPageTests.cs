namespace Marketplace.StripeEmulator.Tests;

public sealed class HostedPageTests(EmulatorApp app) : IClassFixture<EmulatorApp>
{
    private readonly Caller caller = app.NewAccount();

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
