using System.Net;
using System.Text.Json;
using Marketplace.Catalog.Releases;
using Marketplace.Testing;
using Npgsql;

namespace Marketplace.Catalog.Tests;

public sealed class ReleaseTests(CatalogApp app) : IClassFixture<CatalogApp>
{
    [Theory]
    [InlineData("patch")]
    [InlineData("minor")]
    public async Task What_takes_an_API_or_a_resource_away_is_a_major_release(string type)
    {
        var provider = app.NewProvider();
        var (orders, invoices) = (await provider.Api(), await provider.Api("Invoices"));
        var product = await Product(provider, orders, invoices);
        await provider.Release(product);

        await provider.Owner.Patch($"/v1/apis/{orders}", new { resources = new[] { new { method = "POST", path = "/orders" } } }, "*").Expect();
        await provider.Owner.Post($"/v1/products/{product}/releases", new { type }).ExpectProblem(HttpStatusCode.Conflict, "release_takes_away", "type");
        await provider.Owner.Patch($"/v1/apis/{orders}", new { resources = new[] { new { method = "GET", path = "/orders/{number}" } } }, "*").Expect();
        await provider.Owner.Patch($"/v1/products/{product}", new { apiIds = new[] { orders } }, "*").Expect();
        await provider.Owner.Post($"/v1/products/{product}/releases", new { type }).ExpectProblem(HttpStatusCode.Conflict, "release_takes_away", "type");
        Assert.Equal("1.0.0", (await provider.Owner.Get($"/v1/products/{product}")).Text("release"));
        var next = await Changes(provider, product, "next");
        Assert.Equal(("1.0.0", "next", "major", "api_removed"), (next.From, next.To, next.NeedsType, Assert.Single(next.Changes).What));

        Assert.Equal("2.0.0", (await provider.Release(product)).Text("version"));
        Assert.Equal(type == "patch" ? "2.0.1" : "2.1.0", (await provider.Release(product, type)).Text("version"));
    }

    [Fact]
    public async Task A_release_says_what_changed_since_the_one_before_or_another()
    {
        var provider = app.NewProvider();
        var (orders, invoices) = (await provider.Api(), await provider.Api("Invoices"));
        var product = await Product(provider, orders);
        await provider.Release(product);
        await provider.Owner.Patch($"/v1/products/{product}", new
        {
            title = "Renamed", apiIds = new[] { orders, invoices }, imageUrl = "https://example.com/a.png",
        }, "*").Expect();
        await provider.Owner.Patch($"/v1/apis/{orders}", new { upstreamUrl = "https://new.example.com", resources = new object[] { new { method = "*", path = "/orders/{n}" }, new { method = "GET", path = "/orders" } } }, "*").Expect();
        await provider.Release(product, "minor");
        await provider.Owner.Patch($"/v1/products/{product}", new { apiIds = new[] { invoices } }, "*").Expect();
        var last = await provider.Release(product);

        var added = await Changes(provider, product, "1.1.0");
        Assert.Equal(("1.0.0", "1.1.0", "minor"), (added.From, added.To, added.NeedsType));
        Assert.Equal(
            [
                new("title", null, "Sold", "Renamed"),
                new("image", null, null, "https://example.com/a.png"),
                new("upstream", "orders", CatalogApp.AllowedUpstream, "https://new.example.com"),
                new("resource_added", "orders", null, "* /orders/{n}"),
                new("resource_added", "orders", null, "GET /orders"),
                new("api_added", "invoices", null, "Invoices"),
            ],
            added.Changes);
        var taken = await Changes(provider, product, last.Id());
        Assert.Equal(("1.1.0", "2.0.0", "major"), (taken.From, taken.To, taken.NeedsType));
        Assert.Equal(new ReleaseChange("api_removed", "orders", "Orders", null), Assert.Single(taken.Changes));
        Assert.Equal("major", (await Changes(provider, product, "2.0.0", "?since=1.0.0")).NeedsType);
        var first = await Changes(provider, product, "1.0.0");
        Assert.Equal((null, "patch"), (first.From, first.NeedsType));
        Assert.Empty(first.Changes);

        await provider.Owner.GetAsync($"/v1/products/{product}/releases/9.9.9/changes").ExpectProblem(HttpStatusCode.NotFound, "not_found");
        await provider.Owner.GetAsync($"/v1/products/{product}/releases/2.0.0/changes?since=rel_x").ExpectProblem(HttpStatusCode.NotFound, "not_found");
        Assert.Equal("2.0.0", (await provider.Owner.Get($"/v1/products/{product}/releases/2.0.0")).Text("version"));
    }

    [Theory]
    // Nothing listed lets everything through.
    [InlineData("""[]""", """["GET /a"]""", "resource_removed * /**", "major")]
    [InlineData("""["GET /a"]""", """[]""", "resource_added * /**", "minor")]
    [InlineData("""["* /a"]""", """["GET /a"]""", "resource_removed * /a", "major")]
    [InlineData("""["GET /a/{x}"]""", """["GET /a/{y}"]""", "", "patch")]
    public async Task Resources_are_compared_by_what_they_let_through(string before, string after, string changes, string type)
    {
        var provider = app.NewProvider();
        var api = await provider.Api();
        var product = await Product(provider, api);
        await Resources(before);
        await provider.Release(product);
        await Resources(after);
        await provider.Release(product);
        var seen = await Changes(provider, product, "2.0.0");
        Assert.Equal((changes, type), (string.Join(", ", seen.Changes.Select(c => $"{c.What} {c.Before}{c.After}")), seen.NeedsType));

        Task Resources(string resources) => provider.Owner.Patch($"/v1/apis/{api}", new
        {
            resources = JsonSerializer.Deserialize<string[]>(resources)!.Select(r => new { method = r.Split(' ')[0], path = r.Split(' ')[1] }),
        }, "*").Expect();
    }

    [Fact]
    public async Task A_release_cannot_be_changed_even_in_the_database()
    {
        var provider = app.NewProvider();
        var release = (await provider.Release(await provider.Product())).Id();
        foreach (var sql in new[] { "update releases set title = 'Other'", "update releases set apis = '[]'", "delete from releases" })
        {
            Assert.Equal("23001", (await Assert.ThrowsAsync<PostgresException>(() => app.Database.Execute($"{sql} where id = '{release}'"))).SqlState);
        }
    }

    private static async Task<ReleaseChanges> Changes(Provider provider, string product, string release, string query = "") =>
        (await provider.Owner.Get($"/v1/products/{product}/releases/{release}/changes{query}")).Deserialize<ReleaseChanges>(HttpAnswers.Json)!;

    private static async Task<string> Product(Provider provider, params string[] apis) =>
        (await provider.Owner.Post("/v1/products", new { organizationId = provider.Organization, title = "Sold", apiIds = apis }).Expect<JsonElement>(HttpStatusCode.Created)).Id();
}
