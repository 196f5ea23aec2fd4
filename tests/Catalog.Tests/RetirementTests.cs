using System.Net;
using System.Text.Json;
using Marketplace.Testing;

namespace Marketplace.Catalog.Tests;

/// <summary>What can be deleted, what is put away instead, and how lists find the rest.</summary>
public sealed class RetirementTests(CatalogApp app) : IClassFixture<CatalogApp>
{
    [Fact]
    public async Task An_API_is_deleted_only_when_no_product_has_it_and_none_was_released_with_it()
    {
        var provider = app.NewProvider();
        var (used, sold) = (await provider.Api("Used"), await provider.Api("Sold"));
        var product = await Product(provider, "P", used, sold);
        await provider.Owner.Delete($"/v1/apis/{used}").ExpectProblem(HttpStatusCode.Conflict, "api_in_use");

        await provider.Owner.Patch($"/v1/products/{product}", new { apiIds = new[] { sold } }, "*").Expect();
        await provider.Owner.Delete($"/v1/apis/{used}").Expect(HttpStatusCode.NoContent);
        await provider.Owner.GetAsync($"/v1/apis/{used}").ExpectProblem(HttpStatusCode.NotFound, "not_found");

        await provider.Release(product);
        await provider.Owner.Patch($"/v1/products/{product}", new { apiIds = new[] { await provider.Api("Next") } }, "*").Expect();
        await provider.Owner.Delete($"/v1/apis/{sold}").ExpectProblem(HttpStatusCode.Conflict, "api_released");
        Assert.Equal("archived", (await provider.Owner.Post($"/v1/apis/{sold}/archive").Expect<JsonElement>()).Text("status"));
    }

    [Fact]
    public async Task An_archived_API_joins_no_product_and_does_not_change_until_it_is_restored()
    {
        var provider = app.NewProvider();
        var (api, other) = (await provider.Api(), await provider.Api("Other"));
        var product = await Product(provider, "P", api);
        await provider.Owner.Post($"/v1/apis/{api}/archive").ExpectProblem(HttpStatusCode.Conflict, "api_in_use");
        await provider.Owner.Post($"/v1/apis/{api}/restore").ExpectProblem(HttpStatusCode.Conflict, "api_not_archived");
        await provider.Owner.Patch($"/v1/products/{product}", new { apiIds = new[] { other } }, "*").Expect();
        await provider.Owner.Post($"/v1/apis/{api}/archive").Expect();

        await provider.Owner.Post($"/v1/apis/{api}/archive").ExpectProblem(HttpStatusCode.Conflict, "api_archived");
        await provider.Owner.Patch($"/v1/apis/{api}", new { title = "New" }, "*").ExpectProblem(HttpStatusCode.Conflict, "api_archived");
        await provider.Owner.Patch($"/v1/products/{product}", new { apiIds = new[] { other, api } }, "*").ExpectProblem(HttpStatusCode.Conflict, "api_archived", "apiIds");
        await provider.Owner.Post("/v1/products", new { organizationId = provider.Organization, title = "Q", apiIds = new[] { api } }).ExpectProblem(HttpStatusCode.Conflict, "api_archived", "apiIds");
        Assert.Equal([other], (await provider.Owner.Get("/v1/apis?status=active")).Data().Select(a => a.Id()));
        Assert.Equal([api], (await provider.Owner.Get("/v1/apis?status=archived")).Data().Select(a => a.Id()));

        await provider.Owner.Post($"/v1/apis/{api}/restore").Expect();
        await provider.Owner.Patch($"/v1/products/{product}", new { apiIds = new[] { other, api } }, "*").Expect();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_API_that_a_product_is_just_taking_in_does_not_go(bool deletedFirst)
    {
        var provider = app.NewProvider();
        var (api, other) = (await provider.Api(), await provider.Api("Other"));
        var product = await Product(provider, "P", other);
        Task<HttpResponseMessage>[] sent;
        await using (await app.Database.HoldRow("apis", api))
        {
            var first = deletedFirst ? Delete() : Change();
            await app.Database.UntilBlockedOnLocks(1);
            sent = [first, deletedFirst ? Change() : Delete()];
            await app.Database.UntilBlockedOnLocks(2);
        }

        var (changed, deleted) = ((await sent[deletedFirst ? 1 : 0]).StatusCode, (await sent[deletedFirst ? 0 : 1]).StatusCode);
        Assert.Contains((changed, deleted), new[] { (HttpStatusCode.OK, HttpStatusCode.Conflict), (HttpStatusCode.UnprocessableEntity, HttpStatusCode.NoContent) });

        Task<HttpResponseMessage> Change() => provider.Owner.Patch($"/v1/products/{product}", new { apiIds = new[] { other, api } }, "*");

        Task<HttpResponseMessage> Delete() => provider.Owner.Delete($"/v1/apis/{api}");
    }

    [Fact]
    public async Task Only_a_product_that_was_never_released_is_deleted_and_its_plans_with_it()
    {
        var provider = app.NewProvider();
        var draft = await provider.Product(Provider.Flat(), Provider.Free());
        await provider.Owner.Put($"/v1/products/{draft}/listing", new { category = "Weather" }, "*").Expect();
        await provider.Owner.Delete($"/v1/products/{draft}").Expect(HttpStatusCode.NoContent);
        await provider.Owner.GetAsync($"/v1/products/{draft}").ExpectProblem(HttpStatusCode.NotFound, "not_found");
        Assert.Equal(0L, await app.Database.Scalar<long>($"select count(*) from plans where product_id = '{draft}'"));

        var tied = await provider.Product();
        await app.Database.Execute(
            $"insert into publications (id, catalog_id, product_id, visibility, published, version, published_at) values ('pub_{tied}', '{await provider.Catalog()}', '{tied}', 'none', false, 1, now())");
        await provider.Owner.Delete($"/v1/products/{tied}").ExpectProblem(HttpStatusCode.Conflict, "product_in_use");
        Assert.Single((await provider.Owner.Get($"/v1/products/{tied}")).GetProperty("apiIds").EnumerateArray());

        var released = await provider.Released(Provider.Free());
        await provider.Owner.Delete($"/v1/products/{released}").ExpectProblem(HttpStatusCode.Conflict, "product_released");
        await provider.Owner.Get($"/v1/products/{released}");
    }

    [Fact]
    public async Task Only_a_draft_of_a_plan_is_deleted()
    {
        var provider = app.NewProvider();
        var product = await provider.Product();
        var plan = $"/v1/products/{product}/plans/{await provider.Plan(product)}";
        await provider.Owner.Post($"{plan}/duplicate").Expect(HttpStatusCode.Created);
        await provider.Owner.Delete(plan).Expect(HttpStatusCode.NoContent);
        await provider.Owner.Delete(plan).ExpectProblem(HttpStatusCode.NotFound, "not_found");

        var sold = $"/v1/products/{product}/plans/{await provider.Plan(product)}";
        foreach (var move in new[] { "activate", "deprecate", "archive" })
        {
            await provider.Owner.Post($"{sold}/{move}").Expect();
            await provider.Owner.Delete(sold).ExpectProblem(HttpStatusCode.Conflict, "plan_not_draft");
        }

        Assert.Single((await provider.Owner.Get($"/v1/products/{product}/plans?status=archived")).Data());
        Assert.Single((await provider.Owner.Get($"/v1/products/{product}/plans?status=draft&search=COPY")).Data());
        Assert.Empty((await provider.Owner.Get($"/v1/products/{product}/plans?status=active")).Data());
        await provider.Owner.GetAsync($"/v1/products/{product}/plans?status=gone").ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "status");
    }

    [Fact]
    public async Task A_product_has_an_image_and_a_name_that_stays()
    {
        var provider = app.NewProvider();
        var made = await provider.Owner.Post("/v1/products", new
        {
            organizationId = provider.Organization, title = "Illustrated", apiIds = new[] { await provider.Api() }, imageUrl = "https://example.com/a.png",
        }).Expect<JsonElement>(HttpStatusCode.Created);
        Assert.Equal("https://example.com/a.png", made.Text("imageUrl"));

        var path = $"/v1/products/{made.Id()}";
        await provider.Owner.Patch(path, new { name = "other" }, "*").ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "name");
        var changed = await provider.Owner.Patch(path, new { noImage = true }, "*").Expect<JsonElement>();
        Assert.Equal(JsonValueKind.Null, changed.GetProperty("imageUrl").ValueKind);
        foreach (var url in new[] { "http://example.com", "javascript:alert(1)", "https://user:pw@example.com", "/a.png", "https://a b", "https://e.com/\"><script>", "x" })
        {
            await provider.Owner.Patch(path, new { imageUrl = url }, "*").ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "imageUrl");
        }
    }

    [Theory]
    [InlineData("products", "newest", "beta,Alpha,Gamma")]
    [InlineData("products", "oldest", "Gamma,Alpha,beta")]
    [InlineData("products", "title", "Alpha,beta,Gamma")]
    [InlineData("apis", "title", "Alpha,beta,Gamma")]
    [InlineData("apis", "oldest", "Gamma,Alpha,beta")]
    public async Task Lists_come_in_the_order_that_is_asked_for_page_by_page(string list, string sort, string expected)
    {
        var provider = app.NewProvider();
        foreach (var title in new[] { "Gamma", "Alpha", "beta" })
        {
            var api = await provider.Api(title);
            await Product(provider, title, api);
            app.Clock.Advance(TimeSpan.FromMilliseconds(1));
        }

        var (seen, cursor) = (new List<string?>(), (string?)"");
        while (cursor is not null)
        {
            var page = await provider.Owner.Get($"/v1/{list}?sort={sort}&limit=1&cursor={cursor}");
            seen.Add(page.Data().Single().Text("title"));
            cursor = page.Text("nextCursor");
        }

        Assert.Equal(expected.Split(','), seen);
        await provider.Owner.GetAsync($"/v1/{list}?sort=price").ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "sort");
    }

    [Fact]
    public async Task A_cursor_is_good_for_the_list_that_gave_it_alone()
    {
        var provider = app.NewProvider();
        var api = await provider.Api();
        var (one, two) = (await Product(provider, "One", api), await Product(provider, "Two", api));
        foreach (var plan in new[] { "A", "B" })
        {
            await provider.Plan(one, Provider.Free(plan));
            await provider.Plan(two, Provider.Free(plan));
        }

        var catalogs = new[] { await provider.Catalog(), await provider.Catalog() };
        foreach (var catalog in catalogs)
        {
            await provider.Offered(catalog, "First", plans: Provider.Free());
            await provider.Offered(catalog, "Second", plans: Provider.Free());
        }

        string[] lists = ["/v1/products", "/v1/apis", $"/v1/products/{one}/plans", $"/v1/products/{two}/plans", $"/v1/catalogs/{catalogs[0]}/storefront", $"/v1/catalogs/{catalogs[1]}/storefront"];
        foreach (var giver in lists)
        {
            var cursor = (await provider.Owner.Get($"{giver}?limit=1")).Text("nextCursor")!;
            foreach (var taker in lists)
            {
                var page = provider.Owner.GetAsync($"{taker}?limit=1&cursor={cursor}");
                await (taker == giver ? page.Expect() : page.ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "cursor") as Task);
            }
        }
    }

    [Theory]
    [InlineData("products")]
    [InlineData("apis")]
    public async Task A_cursor_is_good_for_the_order_that_gave_it_alone(string list)
    {
        var provider = app.NewProvider();
        await Product(provider, "One", await provider.Api("One"));
        await Product(provider, "Two", await provider.Api("Two"));

        string[] orders = ["", "&sort=oldest", "&sort=title"];
        foreach (var giver in orders)
        {
            var cursor = (await provider.Owner.Get($"/v1/{list}?limit=1{giver}")).Text("nextCursor")!;
            foreach (var taker in orders)
            {
                var page = provider.Owner.GetAsync($"/v1/{list}?limit=1{taker}&cursor={cursor}");
                await (taker == giver ? page.Expect() : page.ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "cursor") as Task);
            }
        }
    }

    [Fact]
    public async Task Products_are_found_by_text_status_and_API()
    {
        var provider = app.NewProvider();
        var (one, two) = (await provider.Api("One"), await provider.Api("Two"));
        var maps = await Product(provider, "World Maps", one);
        var mail = await Product(provider, "Mail 100%", two);
        await provider.Owner.Patch($"/v1/products/{mail}", new { description = "Sends LETTERS" }, "*").Expect();
        await provider.Release(mail);
        foreach (var (query, found) in new[]
        {
            ("search=maps", maps), ("search=letters", mail), ("search=0%25", mail), ("status=draft", maps), ("status=active", mail), ($"apiId={one}", maps), ($"apiId={two}&search=m", mail),
        })
        {
            Assert.Equal(found, Assert.Single((await provider.Owner.Get($"/v1/products?{query}")).Data()).Id());
        }

        Assert.Empty((await provider.Owner.Get("/v1/products?search=maps&status=active")).Data());
        Assert.Equal([two], (await provider.Owner.Get("/v1/apis?search=TW")).Data().Select(api => api.Id()));
    }

    private static async Task<string> Product(Provider provider, string title, params string[] apis) =>
        (await provider.Owner.Post("/v1/products", new { organizationId = provider.Organization, title, apiIds = apis }).Expect<JsonElement>(HttpStatusCode.Created)).Id();
}
