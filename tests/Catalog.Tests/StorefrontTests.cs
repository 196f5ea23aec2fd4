using System.Net;
using System.Text.Json;
using Marketplace.Testing;

namespace Marketplace.Catalog.Tests;

public sealed class StorefrontTests(CatalogApp app) : IClassFixture<CatalogApp>
{
    [Fact]
    public async Task Each_sees_what_the_publication_lets_them_see()
    {
        var provider = app.NewProvider();
        var catalog = await provider.Catalog();
        foreach (var visibility in new[] { "public", "signed_in", "none" })
        {
            await provider.Publish(catalog, await provider.Released(), visibility);
        }

        var member = TestCaller.Consumer(TestCaller.NewId("org"), catalog, "developer");
        var elsewhere = TestCaller.Consumer(TestCaller.NewId("org"), TestCaller.NewId("cat"), "admin");
        Assert.Equal(["public"], await Seen(app.Anonymous()));
        Assert.Equal(["public"], await Seen(app.ClientFor(TestCaller.Stranger())));
        Assert.Equal(["public"], await Seen(app.ClientFor(elsewhere)));
        Assert.Equal(["public"], await Seen(app.ClientForService()));
        Assert.Equal(["signed_in", "public"], await Seen(app.ClientFor(member)));
        Assert.Equal(["signed_in", "public"], await Seen(provider.As("viewer")));
        Assert.Equal(["public"], await Seen(provider.As()));
        await app.Anonymous().GetAsync($"/v1/catalogs/{TestCaller.NewId("cat")}/storefront").ExpectProblem(HttpStatusCode.NotFound, "not_found");

        async Task<List<string?>> Seen(HttpClient client) =>
            [.. (await client.Get($"/v1/catalogs/{catalog}/storefront")).Data().Select(product => product.Text("visibility"))];
    }

    [Fact]
    public async Task A_product_shows_its_active_plans_and_where_to_call_and_not_where_calls_go()
    {
        var provider = app.NewProvider();
        var catalog = await provider.SellingCatalog();
        var product = await provider.Released(Provider.Flat("Gold"), Provider.Flat("Silver"), Provider.Free());
        var plans = (await provider.Owner.Get($"/v1/products/{product}")).GetProperty("plans").EnumerateArray().ToDictionary(p => p.Text("title")!, p => p.Id());
        await provider.Plan(product, Provider.Flat("Still a draft"));
        await provider.Owner.Post($"/v1/products/{product}/plans/{plans["Silver"]}/deprecate").Expect();
        await provider.Publish(catalog, product);

        var answer = await app.Anonymous().GetAsync($"/v1/catalogs/{catalog}/storefront").Expect();
        var body = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.DoesNotContain("127.0.0.1", body, StringComparison.Ordinal);
        Assert.DoesNotContain("upstream", body, StringComparison.OrdinalIgnoreCase);

        var page = JsonDocument.Parse(body).RootElement;
        Assert.Equal(("Shop", "sandbox", true), (page.GetProperty("catalog").Text("title"), page.GetProperty("catalog").Text("environment"), page.GetProperty("catalog").GetProperty("selfSignup").GetBoolean()));
        var shown = Assert.Single(page.Data());
        Assert.Equal(["Gold", "Free"], shown.GetProperty("plans").EnumerateArray().Select(p => p.Text("title")));
        Assert.Equal(plans["Gold"], shown.GetProperty("plans")[0].Text("planId"));
        Assert.Equal("$25.00 per month", shown.GetProperty("plans")[0].GetProperty("display").Text("price"));
        Assert.Equal($"/apis/{shown.Text("name")}/orders", shown.GetProperty("apis")[0].Text("path"));
    }

    [Fact]
    public async Task A_change_shows_with_the_next_release_and_not_before()
    {
        var provider = app.NewProvider();
        var catalog = await provider.Catalog();
        var product = await provider.Released();
        await provider.Publish(catalog, product);
        await provider.Owner.Patch($"/v1/products/{product}", new { title = "Renamed" }, "*").Expect();
        Assert.Equal("Monetized Product", (await app.Anonymous().Get($"/v1/catalogs/{catalog}/storefront")).Data()[0].Text("title"));
        await provider.Release(product, "patch");
        Assert.Equal(("Renamed", "1.0.1"), (await app.Anonymous().Get($"/v1/catalogs/{catalog}/storefront")).Data() is [var shown] ? (shown.Text("title"), shown.Text("release")) : default);
    }

    [Theory]
    [InlineData("weather", 2)]
    [InlineData("WEATHER", 2)]
    [InlineData("100%25", 1)]
    [InlineData("_", 0)]
    [InlineData("%25%25", 0)]
    [InlineData("' xor 1=1", 0)]
    public async Task Titles_are_searched_as_they_are_written(string search, int found)
    {
        var provider = app.NewProvider();
        var catalog = await provider.Catalog();
        foreach (var title in new[] { "Weather now", "Old weather", "100% Maps" })
        {
            var product = (await provider.Owner.Post("/v1/products", new { organizationId = provider.Organization, title, apiIds = new[] { await provider.Api() } }).Expect<JsonElement>(HttpStatusCode.Created)).Id();
            await provider.Release(product);
            await provider.Publish(catalog, product);
        }

        Assert.Equal(found, (await app.Anonymous().Get($"/v1/catalogs/{catalog}/storefront?search={search}")).Data().Count);
    }

    [Fact]
    public async Task The_storefront_comes_in_pages()
    {
        var provider = app.NewProvider();
        var catalog = await provider.Catalog();
        var products = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            products.Insert(0, await provider.Released());
            await provider.Publish(catalog, products[0]);
        }

        var first = await app.Anonymous().Get($"/v1/catalogs/{catalog}/storefront?limit=2");
        var second = await app.Anonymous().Get($"/v1/catalogs/{catalog}/storefront?limit=2&cursor={first.Text("nextCursor")}");
        Assert.Equal(products, first.Data().Concat(second.Data()).Select(p => p.Text("productId")));
        Assert.Null(second.Text("nextCursor"));
        await app.Anonymous().GetAsync($"/v1/catalogs/{catalog}/storefront?search=%00").ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "search");
        await app.Anonymous().GetAsync($"/v1/catalogs/{catalog}/storefront?limit=1000").ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "limit");
    }
}
