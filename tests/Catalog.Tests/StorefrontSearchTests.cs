using System.Net;
using System.Text.Json;
using Marketplace.Testing;

namespace Marketplace.Catalog.Tests;

public sealed class StorefrontSearchTests(CatalogApp app) : IClassFixture<CatalogApp>
{
    [Theory]
    [InlineData("weath", "Weather now,Rain radar")]
    [InlineData("WEATHER now", "Weather now")]
    [InlineData("precipitation", "Rain radar")]
    [InlineData("geocod", "Café maps")]
    [InlineData("cafe", "Café maps")]
    [InlineData("CAFÉ", "Café maps")]
    [InlineData("outdoor", "Rain radar")]
    [InlineData("navigation", "Café maps")]
    [InlineData("weather maps", "")]
    public async Task Products_are_found_by_the_beginnings_of_their_words(string search, string expected)
    {
        var (_, catalog) = await Shop();
        Assert.Equal(expected, await Found(catalog, $"?search={Uri.EscapeDataString(search)}"));
    }

    [Theory]
    [InlineData("'); drop table listings; --")]
    [InlineData("a & | ! b:* <-> (")]
    [InlineData("''' :*")]
    [InlineData("\\")]
    [InlineData("%_")]
    [InlineData("🙂")]
    [InlineData("﷽ İ ß ſ ﬃ")]
    [InlineData("\u0301")]
    [InlineData("\u037a \ufe76 \u093f")]
    public async Task What_a_visitor_types_is_never_an_operator(string search)
    {
        var (_, catalog) = await Shop();
        Assert.Equal("", await Found(catalog, $"?search={Uri.EscapeDataString(search)}"));
        Assert.NotEqual("", await Found(catalog, ""));
    }

    [Theory]
    [InlineData("?search=%00", "search")]
    [InlineData("?sort=best", "sort")]
    [InlineData("?free=perhaps", null)]
    [InlineData("?currency=dollars", "currency")]
    [InlineData("?priceModel=barter", "priceModel")]
    [InlineData("?limit=0", "limit")]
    [InlineData("?cursor=AAAA", "cursor")]
    [InlineData("?cursor=bmV3ZXN0H3gfeA", "cursor")]
    [InlineData("?cursor=bmV3ZXN0Hzk5OTk5OTk5OTk5OTk5OTk5OTk5OTkfeA", "cursor")]
    public async Task A_question_that_makes_no_sense_is_refused_with_its_field(string query, string? field)
    {
        var (_, catalog) = await Shop();
        await app.Anonymous().GetAsync($"/v1/catalogs/{catalog}/storefront{query}").ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", field);
    }

    [Theory]
    [InlineData("?priceModel=flat", "Rain radar")]
    [InlineData("?free=true", "Café maps,Weather now")]
    [InlineData("?free=false", "Rain radar")]
    [InlineData("?currency=EUR", "Rain radar")]
    [InlineData("?currency=usd", "")]
    [InlineData("?tag=OUTDOOR", "Rain radar")]
    [InlineData("?category=navigation", "Café maps")]
    [InlineData("?tag=outdoor&free=true", "")]
    [InlineData("?sort=title", "Café maps,Rain radar,Weather now")]
    [InlineData("?sort=newest", "Café maps,Rain radar,Weather now")]
    [InlineData("?sort=relevance", "Café maps,Rain radar,Weather now")]
    public async Task Products_are_filtered_and_sorted(string query, string expected)
    {
        var (_, catalog) = await Shop();
        Assert.Equal(expected, await Found(catalog, query));
    }

    [Fact]
    public async Task A_plan_that_the_visitor_does_not_see_finds_nothing()
    {
        var (provider, catalog) = await Shop();
        var radar = (await app.Anonymous().Get($"/v1/catalogs/{catalog}/storefront?priceModel=flat")).Data()[0];
        var publication = (await provider.Owner.Get($"/v1/catalogs/{catalog}/publications")).Data().Single(p => p.Text("productId") == radar.Text("productId"));
        await provider.Owner.Patch(
            $"/v1/catalogs/{catalog}/publications/{publication.Id()}", new { plans = new[] { new { planId = radar.GetProperty("plans")[0].Text("planId"), visibility = "signed_in" } } }, "*").Expect();
        Assert.Equal("", await Found(catalog, "?priceModel=flat"));
        Assert.Equal("Rain radar", await Found(catalog, "?priceModel=flat", app.ClientFor(TestCaller.Consumer(TestCaller.NewId("org"), catalog, "developer"))));
    }

    [Theory]
    [InlineData("newest", "")]
    [InlineData("title", "")]
    [InlineData("relevance", "&search=api")]
    public async Task Pages_repeat_and_miss_nothing_while_products_come_and_go(string sort, string search)
    {
        var provider = app.NewProvider();
        var catalog = await provider.Catalog();
        for (var i = 0; i < 5; i++)
        {
            await provider.Offered(catalog, $"Same api {(char)('e' - i)}");
        }

        var all = (await Page()).Data().Select(p => p.Text("productId")).ToList();
        Assert.Equal(5, all.Count);
        var first = await Page("&limit=2");
        Assert.Equal(all.Take(2), first.Data().Select(p => p.Text("productId")));
        // Taken off and added between two pages: what was shown, and what comes before it.
        var gone = (await provider.Owner.Get($"/v1/catalogs/{catalog}/publications")).Data().Single(p => p.Text("productId") == all[1]);
        await provider.Owner.Delete($"/v1/catalogs/{catalog}/publications/{gone.Id()}").Expect(HttpStatusCode.NoContent);
        await provider.Offered(catalog, "Same api a");
        var second = await Page($"&limit=2&cursor={first.Text("nextCursor")}");
        var third = await Page($"&limit=2&cursor={second.Text("nextCursor")}");
        Assert.Equal(all.Skip(2), second.Data().Concat(third.Data()).Select(p => p.Text("productId")).Where(all.Contains));
        Assert.Null(third.Text("nextCursor"));
        await app.Anonymous().GetAsync($"/v1/catalogs/{catalog}/storefront?sort={(sort == "title" ? "newest" : "title")}&cursor={first.Text("nextCursor")}")
            .ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "cursor");

        Task<JsonElement> Page(string more = "") => app.Anonymous().Get($"/v1/catalogs/{catalog}/storefront?sort={sort}{search}{more}");
    }

    [Fact]
    public async Task Titles_of_any_letters_are_sorted_and_found()
    {
        var provider = app.NewProvider();
        var catalog = await provider.Catalog();
        // The cut for sorting falls into the middle of a pair of surrogates.
        var title = new string('a', 99) + "🙂 Ωmega cafe\u0301";
        await provider.Offered(catalog, title);
        Assert.Equal(title, await Found(catalog, "?sort=title"));
        Assert.Equal(title, await Found(catalog, "?search=ωMEGA%20caf%C3%A9"));
    }

    [Fact]
    public async Task The_title_counts_more_than_the_description()
    {
        var provider = app.NewProvider();
        var catalog = await provider.Catalog();
        await provider.Offered(catalog, "Payments", api: "Pay");
        await provider.Offered(catalog, "Ledger", "Keeps every one of your payments", "Books");
        Assert.Equal("Payments,Ledger", await Found(catalog, "?search=payments"));
    }

    [Fact]
    public async Task A_product_s_page_shows_releases_documents_and_prices_in_words()
    {
        var (provider, catalog) = await Shop();
        var radar = (await app.Anonymous().Get($"/v1/catalogs/{catalog}/storefront?priceModel=flat")).Data()[0].Text("productId");
        await provider.Release(radar!, "minor");
        var page = await app.Anonymous().Get($"/v1/catalogs/{catalog}/storefront/{radar}");
        Assert.Equal(["1.1.0", "1.0.0"], page.GetProperty("releases").EnumerateArray().Select(r => r.Text("version")));
        Assert.Equal("€25.00 per month", page.GetProperty("product").GetProperty("plans")[0].GetProperty("display").Text("price"));
        Assert.Equal(("Guide", "https://docs.example.com/radar"), (page.GetProperty("documents")[0].Text("title"), page.GetProperty("documents")[0].Text("url")));
        Assert.Equal("Shop", page.GetProperty("catalog").Text("title"));
        await app.Anonymous().GetAsync($"/v1/catalogs/{catalog}/storefront/{TestCaller.NewId("prd")}").ExpectProblem(HttpStatusCode.NotFound, "not_found");
    }

    [Theory]
    [InlineData("""{"tags":["a\u0000b"]}""", "tags[0]")]
    [InlineData("""{"tags":[null]}""", "tags")]
    [InlineData("""{"category":7}""", "category")]
    [InlineData("""{"documents":[{"title":"Guide","url":"javascript:alert(1)"}]}""", "documents[0].url")]
    [InlineData("""{"documents":[{"title":"Guide"}]}""", "documents[0].url")]
    public async Task A_listing_that_cannot_be_shown_is_refused_with_its_field(string body, string field)
    {
        var provider = app.NewProvider();
        await provider.Owner.Put($"/v1/products/{await provider.Product()}/listing", new StringContent(body, System.Text.Encoding.UTF8, "application/json"), "*")
            .ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", field);
    }

    private async Task<(Provider Provider, string Catalog)> Shop()
    {
        var provider = app.NewProvider();
        var catalog = await provider.SellingCatalog();
        await provider.Offered(catalog, "Weather now", "Conditions by the minute");
        var radar = await provider.Offered(catalog, "Rain radar", "Precipitation and weather for two hours", "Radar images", Provider.Flat("Gold", 2500, "eur"));
        var maps = await provider.Offered(catalog, "Café maps", null, "Geocoding");
        await provider.Owner.Put($"/v1/products/{radar}/listing", new { tags = new[] { "Outdoor", "outdoor " }, documents = new[] { new { title = "Guide", url = "https://docs.example.com/radar" } } }, "*").Expect();
        await provider.Owner.Put($"/v1/products/{maps}/listing", new { category = "Navigation" }, "\"1\"").Expect();
        await provider.Owner.Put($"/v1/products/{maps}/listing", new { category = "Late" }, "\"1\"").ExpectProblem(HttpStatusCode.PreconditionFailed, "version_mismatch");
        return (provider, catalog);
    }

    private async Task<string> Found(string catalog, string query, HttpClient? client = null) =>
        string.Join(',', (await (client ?? app.Anonymous()).Get($"/v1/catalogs/{catalog}/storefront{query}")).Data().Select(p => p.Text("title")));
}
