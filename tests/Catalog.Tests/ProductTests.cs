using System.Net;
using System.Text.Json;
using Marketplace.Catalog.Releases;
using Marketplace.Contracts.Catalog;
using Marketplace.Testing;

namespace Marketplace.Catalog.Tests;

public sealed class ProductTests(CatalogApp app) : IClassFixture<CatalogApp>
{
    [Fact]
    public async Task Names_come_from_titles_and_are_unique_where_they_are_used()
    {
        var (one, two) = (app.NewProvider(), app.NewProvider());
        Assert.Equal(["orders-invoices-v2", "orders-invoices-v2-2"], new[] { await ApiName(one), await ApiName(one) });
        Assert.Equal("orders-invoices-v2", await ApiName(two));

        var first = await ProductName(one, "Ünïque Näme 7f3a!");
        Assert.Equal("n-que-n-me-7f3a", first);
        Assert.Equal("n-que-n-me-7f3a-2", await ProductName(two, "Ünïque Näme 7f3a!"));
        Assert.StartsWith("product", await ProductName(one, "注文"), StringComparison.Ordinal);

        static async Task<string> ApiName(Provider provider) => (await provider.Owner.Post("/v1/apis", new
        {
            organizationId = provider.Organization, title = "  Orders & Invoices (v2)", upstreamUrl = "https://api.example.com",
        }).Expect<JsonElement>(HttpStatusCode.Created)).Text("name")!;

        static async Task<string> ProductName(Provider provider, string title) => (await provider.Owner.Post("/v1/products", new
        {
            organizationId = provider.Organization, title, apiIds = new[] { await provider.Api() },
        }).Expect<JsonElement>(HttpStatusCode.Created)).Text("name")!;
    }

    [Fact]
    public async Task Every_product_of_many_with_one_title_gets_a_name()
    {
        var provider = app.NewProvider();
        var api = await provider.Api();
        var names = new List<string>();
        for (var i = 0; i < 12; i++)
        {
            names.Add((await provider.Owner.Post("/v1/products", new { organizationId = provider.Organization, title = "Twelve of them", apiIds = new[] { api } })
                .Expect<JsonElement>(HttpStatusCode.Created)).Text("name")!);
        }

        Assert.Equal(12, names.Distinct().Count());
        Assert.All(names, name => Assert.Matches("^[a-z0-9-]{1,60}$", name));
    }

    [Theory]
    [InlineData("""{"apiIds":[]}""", "apiIds")]
    [InlineData("""{"apiIds":[null]}""", "apiIds")]
    [InlineData("""{"apiIds":null}""", "apiIds")]
    [InlineData("""{"apiIds":"x"}""", "apiIds")]
    [InlineData("""{"apiIds":["x"],"title":" "}""", "title")]
    [InlineData("""{"apiIds":["x"],"description":"\u0000"}""", "description")]
    public async Task A_malformed_product_is_refused_with_the_field(string part, string field)
    {
        var provider = app.NewProvider();
        var body = $$"""{"organizationId":"{{provider.Organization}}",{{(part.Contains("title", StringComparison.Ordinal) ? "" : "\"title\":\"T\",")}}{{part[1..]}}""";
        await provider.Owner.Post("/v1/products", new StringContent(body, System.Text.Encoding.UTF8, "application/json"))
            .ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", field);
    }

    [Theory]
    [InlineData("GET", "orders", "resources[0].path")]
    [InlineData("GET", "/a/../b", "resources[0].path")]
    [InlineData("GET", "/a//b", "resources[0].path")]
    [InlineData("GET", "/a/./b", "resources[0].path")]
    [InlineData("GET", "/a?b=c", "resources[0].path")]
    [InlineData("GET", "/a%2e%2e/b", "resources[0].path")]
    [InlineData("GET", "/{a", "resources[0].path")]
    [InlineData("GET", "/a\\b", "resources[0].path")]
    [InlineData("GET", "/a\n", "resources[0].path")]
    [InlineData("TRACE", "/a", "resources[0].method")]
    [InlineData("CONNECT", "/a", "resources[0].method")]
    [InlineData("get", "/a", "resources[0].method")]
    public async Task A_resource_that_could_reach_around_its_api_is_refused(string method, string path, string field)
    {
        var provider = app.NewProvider();
        await provider.Owner.Post("/v1/apis", new { organizationId = provider.Organization, title = "T", upstreamUrl = "https://api.example.com", resources = new[] { new { method, path } } })
            .ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", field);
    }

    [Fact]
    public async Task Changes_of_a_product_and_an_api_need_the_version_that_was_read()
    {
        var provider = app.NewProvider();
        var product = await provider.Product();
        var api = (await provider.Owner.Get($"/v1/products/{product}")).GetProperty("apiIds")[0].GetString();
        foreach (var path in new[] { $"/v1/products/{product}", $"/v1/apis/{api}" })
        {
            var etag = (await provider.Owner.GetAsync(path)).Headers.ETag!.ToString();
            await provider.Owner.Patch(path, new { title = "New" }).ExpectProblem((HttpStatusCode)428, "if_match_required");
            Assert.Equal("New", (await provider.Owner.Patch(path, new { title = "New" }, etag).Expect<JsonElement>()).Text("title"));
            await provider.Owner.Patch(path, new { title = "Newer" }, etag).ExpectProblem(HttpStatusCode.PreconditionFailed, "version_mismatch");
        }
    }

    [Fact]
    public void Versions_go_up_as_semantic_versions_do()
    {
        Assert.Equal((1, 0, 0), Release.After((0, 0, 0), "major"));
        Assert.Equal((0, 1, 0), Release.After((0, 0, 0), "minor"));
        Assert.Equal((0, 0, 1), Release.After((0, 0, 0), "patch"));
        Assert.Equal((2, 0, 0), Release.After((1, 4, 7), "major"));
        Assert.Equal((1, 5, 0), Release.After((1, 4, 7), "minor"));
        Assert.Equal((1, 4, 8), Release.After((1, 4, 7), "patch"));
    }

    [Fact]
    public async Task A_release_stays_what_the_product_was_then()
    {
        var provider = app.NewProvider();
        var product = await provider.Product(Provider.Free());
        var first = (await provider.Release(product)).Id();
        await provider.Owner.Patch($"/v1/products/{product}", new { title = "Renamed" }, "*").Expect();
        var api = (await provider.Owner.Get($"/v1/products/{product}")).GetProperty("apiIds")[0].GetString();
        await provider.Owner.Patch($"/v1/apis/{api}", new { upstreamUrl = "https://new.example.com", resources = Array.Empty<object>() }, "*").Expect();
        app.Clock.Advance(TimeSpan.FromSeconds(1));
        var second = await provider.Release(product, "patch");

        var kept = await provider.Owner.Get($"/v1/products/{product}/releases/{first}");
        Assert.Equal(("1.0.0", "Monetized Product", CatalogApp.AllowedUpstream), (kept.Text("version"), kept.Text("title"), kept.GetProperty("apis")[0].Text("upstreamUrl")));
        Assert.Equal(("1.0.1", "Renamed", "https://new.example.com"), (second.Text("version"), second.Text("title"), second.GetProperty("apis")[0].Text("upstreamUrl")));
        Assert.Equal(["1.0.1", "1.0.0"], (await provider.Owner.Get($"/v1/products/{product}/releases")).Data().Select(r => r.Text("version")));
    }

    [Fact]
    public async Task A_release_activates_drafts_and_gives_a_product_without_plans_a_free_one()
    {
        var provider = app.NewProvider();
        var bare = await provider.Released();
        var generated = Assert.Single((await provider.Owner.Get($"/v1/products/{bare}")).GetProperty("plans").EnumerateArray());
        Assert.Equal(("Free", "active", "free"), (generated.Text("title"), generated.Text("status"), generated.GetProperty("price").Text("model")));

        var product = await provider.Product(Provider.Flat());
        await provider.Owner.Post($"/v1/products/{product}/releases", new { type = "major", activatePlans = false }).Expect(HttpStatusCode.Created);
        Assert.Equal("draft", (await provider.Owner.Get($"/v1/products/{product}")).GetProperty("plans")[0].Text("status"));
        await provider.Release(product, "patch");
        Assert.Equal("active", (await provider.Owner.Get($"/v1/products/{product}")).GetProperty("plans")[0].Text("status"));
        await provider.Owner.Post($"/v1/products/{product}/releases", new { type = "huge" }).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "type");
    }

    [Fact]
    public async Task Two_releases_at_once_are_two_releases()
    {
        var provider = app.NewProvider();
        var product = await provider.Product();
        Task<HttpResponseMessage>[] sent;
        await using (await app.Database.HoldRow("products", product))
        {
            sent = [provider.Owner.Post($"/v1/products/{product}/releases", new { type = "major" }), provider.Owner.Post($"/v1/products/{product}/releases", new { type = "major" })];
            await app.Database.UntilBlockedOnLocks(2);
        }

        var versions = new List<string?>();
        foreach (var answer in sent)
        {
            versions.Add((await answer.Expect<JsonElement>(HttpStatusCode.Created)).Text("version"));
        }

        Assert.Equal(["1.0.0", "2.0.0"], versions.Order());
        Assert.Equal("2.0.0", (await provider.Owner.Get($"/v1/products/{product}")).Text("release"));
        // The second found the plan that the first had generated.
        Assert.Single((await provider.Owner.Get($"/v1/products/{product}/plans")).Data());
    }

    [Fact]
    public async Task A_request_sent_twice_under_one_key_is_carried_out_once()
    {
        var provider = app.NewProvider();
        var product = await provider.Product();
        var key = Guid.NewGuid().ToString();
        var first = await provider.Owner.Post($"/v1/products/{product}/releases", new { type = "major" }, key).Expect<JsonElement>(HttpStatusCode.Created);
        var second = await provider.Owner.Post($"/v1/products/{product}/releases", new { type = "major" }, key).Expect<JsonElement>(HttpStatusCode.Created);
        Assert.Equal(first.Id(), second.Id());
        await provider.Owner.Post($"/v1/products/{product}/releases", new { type = "minor" }, key).ExpectProblem(HttpStatusCode.UnprocessableEntity, "idempotency_key_reused");
    }

    [Theory]
    [InlineData("\\u0000")]
    [InlineData("a\\u0007b")]
    [InlineData("\\ud800")]
    [InlineData("\\udc00\\ud800")]
    [InlineData("   ")]
    [InlineData("\\u0085")]
    public async Task Text_that_cannot_be_stored_or_shown_is_refused(string title)
    {
        var provider = app.NewProvider();
        await provider.Owner.Post("/v1/catalogs", new StringContent($$"""{"organizationId":"{{provider.Organization}}","title":"{{title}}","environment":"sandbox"}""", System.Text.Encoding.UTF8, "application/json"))
            .ExpectProblem(HttpStatusCode.BadRequest, "validation_failed");
    }

    [Theory]
    [InlineData("'; drop table plans; --")]
    [InlineData("<script>alert(1)</script>")]
    [InlineData("${jndi:ldap://x}")]
    [InlineData("😀 مرحبا 注文 %s {0} @Title")]
    public async Task Hostile_text_is_only_text(string title)
    {
        var provider = app.NewProvider();
        var catalog = (await provider.Owner.Post("/v1/catalogs", new { organizationId = provider.Organization, title, environment = "sandbox" }).Expect<JsonElement>(HttpStatusCode.Created)).Id();
        Assert.Equal(title, (await provider.Owner.Get($"/v1/catalogs/{catalog}")).Text("title"));
    }

    [Theory]
    [InlineData("/v1/products/x%0ay/plans/%07")]
    [InlineData("/v1/apis/%ff")]
    [InlineData("/v1/apis/'%20or%201=1--")]
    public async Task An_id_that_is_none_names_nothing(string path) =>
        await app.NewProvider().Owner.GetAsync(path).ExpectProblem(HttpStatusCode.NotFound, "not_found");

    [Theory]
    [InlineData("/v1/catalogs?organizationId=%00")]
    [InlineData("/v1/apis?organizationId=%07")]
    [InlineData("/v1/products?cursor=AAAA&limit=1000")]
    public async Task A_query_that_is_none_is_refused(string path) =>
        await app.NewProvider().Owner.GetAsync(path).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed");

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("\"x\"")]
    [InlineData("")]
    public async Task A_body_that_is_none_is_refused(string body)
    {
        foreach (var path in new[] { "/v1/catalogs", "/v1/apis", "/v1/products" })
        {
            await app.NewProvider().Owner.Post(path, new StringContent(body, System.Text.Encoding.UTF8, "application/json")).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed");
        }
    }
}

/// <summary>Catalog with the time limits that it has outside of tests.</summary>
public sealed class ImpatientCatalogApp : CatalogApp
{
    protected override bool KeepsTimeLimits => true;
}

public sealed class TimeLimitTests(ImpatientCatalogApp app) : IClassFixture<ImpatientCatalogApp>
{
    [Fact]
    public async Task A_request_that_waits_too_long_for_the_database_is_answered_as_unavailable()
    {
        var provider = app.NewProvider();
        var product = await provider.Product();
        await using (await app.Database.HoldRow("products", product))
        {
            await provider.Owner.Post($"/v1/products/{product}/releases", new { type = "major" }).ExpectProblem(HttpStatusCode.ServiceUnavailable, "unavailable");
        }

        Assert.Equal("1.0.0", (await provider.Release(product)).Text("version"));
    }
}
