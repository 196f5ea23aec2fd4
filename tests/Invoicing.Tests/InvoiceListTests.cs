using System.Net;
using System.Text.Json;
using Marketplace.ServiceDefaults;
using Marketplace.Testing;

namespace Marketplace.Invoicing.Tests;

/// <summary>Finding invoices, and what one says.</summary>
public sealed class InvoiceListTests(InvoicingApp app) : IClassFixture<InvoicingApp>
{
    [Theory]
    [InlineData("createdAt")]
    [InlineData("-createdAt")]
    [InlineData("dueAt")]
    [InlineData("-dueAt")]
    [InlineData("total")]
    [InlineData("-total")]
    public async Task Every_order_is_paged_without_a_gap_or_a_repetition_while_invoices_come(string sort)
    {
        var seller = await Seller.Open(app);
        // Totals and due dates that repeat, in no order.
        foreach (var (price, days) in ((long, int)[])[(300, 9), (100, 5), (300, 5), (200, 9), (100, 7)])
        {
            await seller.Until(await seller.Charge(seller.Approved(Plans.Of(basePrice: price, paymentTermDays: days))), "open");
        }

        var before = (await seller.Owner.Get($"/v1/invoices?limit=100&sort={sort}")).GetProperty("data").EnumerateArray().ToList();
        var seen = new List<string>();
        for (string? cursor = ""; cursor is not null;)
        {
            var page = await seller.Owner.Get($"/v1/invoices?limit=2&sort={sort}{(cursor.Length > 0 ? $"&cursor={cursor}" : "")}");
            seen.AddRange(page.GetProperty("data").EnumerateArray().Select(Id));
            cursor = page.GetProperty("nextCursor").GetString();
            await seller.Charge(seller.Approved(Plans.Of(basePrice: 250)));
        }

        var known = before.Select(Id).ToList();
        Assert.Equal(known, seen.Where(known.Contains));
        Assert.Equal(seen.Count, seen.Distinct().Count());
        var keys = before.Select(i => sort.TrimStart('-') switch
        {
            "total" => i.GetProperty("total").GetProperty("amount").GetInt64(), "dueAt" => i.GetProperty("dueAt").GetDateTimeOffset().Ticks, _ => i.GetProperty("createdAt").GetDateTimeOffset().Ticks,
        }).ToList();
        Assert.Equal(sort.StartsWith('-') ? keys.OrderDescending() : keys.Order(), keys);
    }

    [Fact]
    public async Task They_are_found_by_product_and_by_what_needs_somebody()
    {
        var seller = await Seller.Open(app);
        var weather = seller.Approved(Plans.Of(basePrice: 2500));
        await seller.Until(await seller.Charge(weather), "open");
        await app.Stripe.Fail(new { account = seller.Account, method = "POST", path = "/v1/invoices", kind = "status", status = 400, code = "nope" });
        var stuck = await seller.Charge(seller.Approved(Plans.Of(basePrice: 2500)) with { ProductId = "prd_2" });
        await Eventually.Until(() => seller.Invoice(stuck), i => i.GetProperty("level").GetString() == "error", "the other one is stuck");
        await app.Stripe.ClearFaults();

        Assert.Equal([stuck], await Found("level=error"));
        Assert.Equal([stuck], await Found("product=prd_2"));
        Assert.Equal([stuck], await Found("level=error&status=draft&product=prd_2"));
        Assert.Empty(await Found("level=error&product=prd_1"));
        foreach (var wrong in (string[])["status=finished", "level=fine", "sort=number", "sort=-", "product=%00", $"subscription={new string('x', 61)}"])
        {
            await seller.Owner.GetAsync($"/v1/invoices?{wrong}").ExpectProblem(HttpStatusCode.BadRequest, "validation_failed");
        }

        var cursor = (await seller.Owner.Get("/v1/invoices?limit=1&sort=total")).GetProperty("nextCursor").GetString();
        foreach (var order in (string[])["", "sort=-total&", "sort=dueAt&"])
        {
            await seller.Owner.GetAsync($"/v1/invoices?{order}cursor={cursor}").ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "cursor");
        }

        async Task<IEnumerable<string>> Found(string filter) => (await seller.Owner.Get($"/v1/invoices?{filter}")).GetProperty("data").EnumerateArray().Select(Id);
    }

    [Fact]
    public async Task What_is_wrong_between_provider_and_Stripe_is_told_to_the_provider_alone()
    {
        var seller = await Seller.Open(app);
        var approved = seller.Approved(Plans.Of(basePrice: 2500));
        await app.Stripe.Fail(new { account = seller.Account, method = "POST", path = "/v1/invoices", kind = "status", status = 400, code = "nope" });
        var id = await seller.Charge(approved);
        var shown = await Eventually.Until(() => seller.Invoice(id), i => i.GetProperty("level").GetString() == "error", "it is stuck");
        await app.Stripe.ClearFaults();

        var consumer = (await app.ClientFor(TestCaller.Consumer(approved.OrganizationId, approved.CatalogId, Roles.Billing)).Get($"/v1/invoices/{id}")).GetProperty("reasons")[0];
        var reason = shown.GetProperty("reasons")[0];
        Assert.Equal(("job_failed", "job_failed"), (reason.GetProperty("type").GetString(), consumer.GetProperty("type").GetString()));
        Assert.NotEqual(reason.GetProperty("detail").GetString(), consumer.GetProperty("detail").GetString());
        Assert.Contains("The provider has to put something right", consumer.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_says_what_it_is_for_where_it_is_paid_and_what_else_is_past_due()
    {
        var seller = await Seller.Open(app);
        var organization = TestCaller.NewId("org");
        var old = await seller.Until(await seller.Charge(seller.Approved(Plans.Of(basePrice: 4000, paymentTermDays: 1), organization)), "open");
        await app.Advance(TimeSpan.FromDays(2));
        await seller.Until(old.GetProperty("id").GetString()!, "past_due");
        // Of another organization, and of another account: neither is theirs to pay here.
        var other = await Seller.Open(app);
        var elsewhere = await other.Until(await other.Charge(other.Approved(Plans.Of(basePrice: 900, paymentTermDays: 1), organization)), "open");
        await app.Advance(TimeSpan.FromDays(2));
        await other.Until(elsewhere.GetProperty("id").GetString()!, "past_due");

        var invoice = await seller.Until(await seller.Charge(seller.Approved(Plans.Of(basePrice: 2500, setupFee: 1000), organization)), "open");

        Assert.Equal((3500, 4000, 7500), (Amount(invoice, "total"), Amount(invoice, "pastDue"), Amount(invoice, "due")));
        Assert.Equal(("Initial payment", "prd_1", "Weather", "pln_1", "Enterprise Plan"), (
            invoice.GetProperty("title").GetString(), invoice.GetProperty("product").GetProperty("id").GetString(), invoice.GetProperty("product").GetProperty("title").GetString(),
            invoice.GetProperty("plan").GetProperty("id").GetString(), invoice.GetProperty("plan").GetProperty("title").GetString()));
        using var browser = new HttpClient();
        Assert.Contains("id=\"pay\"", await browser.GetStringAsync(invoice.GetProperty("hostedInvoiceUrl").GetString()), StringComparison.Ordinal);
        Assert.Equal("%PDF"u8.ToArray(), (await browser.GetByteArrayAsync(invoice.GetProperty("invoicePdf").GetString()))[..4]);
    }

    private static string Id(JsonElement invoice) => invoice.GetProperty("id").GetString()!;

    private static long Amount(JsonElement invoice, string name) => invoice.GetProperty(name).GetProperty("amount").GetInt64();
}
