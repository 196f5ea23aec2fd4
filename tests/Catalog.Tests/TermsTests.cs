using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Marketplace.Contracts.Catalog;
using Marketplace.Testing;

namespace Marketplace.Catalog.Tests;

public sealed class TermsTests(CatalogApp app) : IClassFixture<CatalogApp>
{
    [Fact]
    public async Task Terms_are_a_draft_until_they_are_put_in_force_and_then_every_subscriber_hears_of_them()
    {
        var provider = app.NewProvider();
        var (catalog, product) = (await provider.Catalog(), await provider.Released());
        await provider.Publish(catalog, product);
        var terms = await provider.Terms(new { organizationId = provider.Organization, productId = product, title = "Terms of use", text = "First line\nsecond line" });
        Assert.Null((await Announced(product)).Terms);
        await app.Anonymous().GetAsync($"/v1/catalogs/{catalog}/storefront/{product}/terms").ExpectProblem(HttpStatusCode.NotFound, "not_found");

        var inForce = await provider.Owner.Post($"/v1/terms/{terms}/publish").Expect<JsonElement>();
        Assert.Equal((1, JsonValueKind.Null), (inForce.GetProperty("inForce").GetProperty("version").GetInt32(), inForce.GetProperty("draft").ValueKind));
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes("First line\nsecond line")));
        Assert.Equal(new TermsSnapshot(terms, 1, "Terms of use", null, hash), (await Announced(product)).Terms);

        var shown = await app.Anonymous().Get($"/v1/catalogs/{catalog}/storefront/{product}/terms");
        Assert.Equal(("First line\nsecond line", 1), (shown.Text("text"), shown.GetProperty("version").GetInt32()));
        var page = (await app.Anonymous().Get($"/v1/catalogs/{catalog}/storefront/{product}")).GetProperty("terms");
        Assert.Equal((terms, hash), (page.Text("termsId"), page.Text("textHash")));
        await provider.Owner.Post($"/v1/terms/{terms}/publish").ExpectProblem(HttpStatusCode.Conflict, "terms_without_draft");
    }

    [Fact]
    public async Task A_version_that_was_in_force_never_changes()
    {
        var provider = app.NewProvider();
        var (catalog, product) = (await provider.Catalog(), await provider.Released());
        await provider.Publish(catalog, product);
        var terms = await provider.Terms(new { organizationId = provider.Organization, productId = product, title = "Terms", text = "one" });
        await provider.Owner.Put($"/v1/terms/{terms}/draft", new { title = "Terms", text = "one, mended" }).ExpectProblem((HttpStatusCode)428, "if_match_required");
        await provider.Owner.Put($"/v1/terms/{terms}/draft", new { title = "Terms", text = "one, mended" }, "\"1\"").Expect();
        await provider.Owner.Put($"/v1/terms/{terms}/draft", new { title = "Terms", text = "late" }, "\"1\"").ExpectProblem(HttpStatusCode.PreconditionFailed, "version_mismatch");
        await provider.Owner.Post($"/v1/terms/{terms}/publish").Expect();

        var drafted = await provider.Owner.Put($"/v1/terms/{terms}/draft", new { title = "Terms", url = "https://example.com/terms-2" }, "*").Expect<JsonElement>();
        Assert.Equal((1, 2), (drafted.GetProperty("inForce").GetProperty("version").GetInt32(), drafted.GetProperty("draft").GetProperty("version").GetInt32()));
        Assert.Equal(1, (await Announced(product)).Terms!.Version);
        await provider.Owner.Post($"/v1/terms/{terms}/publish").Expect();
        Assert.Equal((2, "https://example.com/terms-2"), ((await Announced(product)).Terms!.Version, (await Announced(product)).Terms!.Url));

        var versions = await provider.Owner.Get($"/v1/terms/{terms}/versions?limit=1");
        var older = await provider.Owner.Get($"/v1/terms/{terms}/versions?limit=1&cursor={versions.Text("nextCursor")}");
        Assert.Equal([2, 1], versions.Data().Concat(older.Data()).Select(v => v.GetProperty("version").GetInt32()));
        Assert.Equal("one, mended", older.Data()[0].Text("text"));
        await Assert.ThrowsAnyAsync<Npgsql.PostgresException>(() => app.Database.Execute("update terms_versions set text = 'forged' where terms_id = $1 and number = 1", terms));
        await Assert.ThrowsAnyAsync<Npgsql.PostgresException>(() => app.Database.Execute("delete from terms_versions where terms_id = $1 and number = 1", terms));
    }

    [Fact]
    public async Task A_product_s_own_terms_come_before_its_catalog_s()
    {
        var provider = app.NewProvider();
        var catalog = await provider.Catalog();
        var (own, without) = (await provider.Released(), await provider.Released());
        await provider.Publish(catalog, own);
        await provider.Publish(catalog, without);
        var general = await provider.Terms(new { organizationId = provider.Organization, catalogId = catalog, title = "General", text = "for all" });
        var special = await provider.Terms(new { organizationId = provider.Organization, productId = own, title = "Special", text = "for one" });
        await provider.Owner.Post($"/v1/terms/{general}/publish").Expect();
        Assert.Equal([general, general], [(await Announced(own)).Terms!.TermsId, (await Announced(without)).Terms!.TermsId]);
        await provider.Owner.Post($"/v1/terms/{special}/publish").Expect();
        Assert.Equal([special, general], [(await Announced(own)).Terms!.TermsId, (await Announced(without)).Terms!.TermsId]);

        await provider.Owner.Delete($"/v1/terms/{special}").Expect(HttpStatusCode.NoContent);
        await provider.Owner.Delete($"/v1/terms/{special}").Expect(HttpStatusCode.NoContent);
        Assert.Equal(general, (await Announced(own)).Terms!.TermsId);
        await provider.Owner.Put($"/v1/terms/{special}/draft", new { title = "Special", text = "again" }, "*").ExpectProblem(HttpStatusCode.Conflict, "terms_retired");
        await provider.Owner.Post("/v1/terms", new { organizationId = provider.Organization, catalogId = catalog, title = "General", text = "twice" }).ExpectProblem(HttpStatusCode.Conflict, "terms_exist");
        Assert.Equal([special, general], (await provider.Owner.Get("/v1/terms")).Data().Select(Answers.Id));
        Assert.Equal([general], (await provider.Owner.Get($"/v1/terms?catalogId={catalog}")).Data().Select(Answers.Id));
    }

    [Fact]
    public async Task Terms_that_the_visitor_may_not_see_are_not_found()
    {
        var provider = app.NewProvider();
        var (catalog, product) = (await provider.Catalog(), await provider.Released());
        await provider.Publish(catalog, product, "signed_in");
        await provider.Owner.Post($"/v1/terms/{await provider.Terms(new { organizationId = provider.Organization, productId = product, title = "Terms", text = "one" })}/publish").Expect();
        await app.Anonymous().GetAsync($"/v1/catalogs/{catalog}/storefront/{product}/terms").ExpectProblem(HttpStatusCode.NotFound, "not_found");
        await app.ClientFor(TestCaller.Consumer(TestCaller.NewId("org"), catalog, "developer")).Get($"/v1/catalogs/{catalog}/storefront/{product}/terms");
    }

    [Theory]
    [InlineData("""{"title":"T","text":"a","url":"https://example.com"}""", "text")]
    [InlineData("""{"title":"T","url":"http://example.com"}""", "url")]
    [InlineData("""{"title":"T","url":"https://user:pw@example.com"}""", "url")]
    [InlineData("""{"title":"T"}""", "text")]
    [InlineData("""{"title":"T","text":"a\u0000b"}""", "text")]
    [InlineData("""{"title":"T","text":"\ud800"}""", "text")]
    [InlineData("""{"title":"T","url":"ftp://example.com"}""", "url")]
    [InlineData("""{"text":"a"}""", "title")]
    public async Task Malformed_terms_are_refused_with_the_field(string body, string field)
    {
        var provider = app.NewProvider();
        var terms = await provider.Terms(new { organizationId = provider.Organization, catalogId = await provider.Catalog(), title = "Terms", text = "one" });
        await provider.Owner.Put($"/v1/terms/{terms}/draft", new StringContent(body, Encoding.UTF8, "application/json"), "*").ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", field);
    }

    [Fact]
    public async Task Terms_are_of_one_thing_of_the_same_provider()
    {
        var (provider, other) = (app.NewProvider(), app.NewProvider());
        var (catalog, product) = (await other.Catalog(), await other.Product());
        await Creating(new { organizationId = provider.Organization, catalogId = catalog, title = "T", text = "a" }).ExpectProblem(HttpStatusCode.UnprocessableEntity, "catalog_unknown", "catalogId");
        await Creating(new { organizationId = provider.Organization, productId = product, title = "T", text = "a" }).ExpectProblem(HttpStatusCode.UnprocessableEntity, "product_unknown", "productId");
        await Creating(new { organizationId = provider.Organization, productId = product, catalogId = catalog, title = "T", text = "a" }).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "catalogId");
        await Creating(new { organizationId = provider.Organization, title = "T", text = "a" }).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "catalogId");

        Task<HttpResponseMessage> Creating(object body) => provider.Owner.Post("/v1/terms", body);
    }

    [Fact]
    public async Task A_draft_that_has_terms_is_kept()
    {
        var provider = app.NewProvider();
        var product = await provider.Product();
        await provider.Terms(new { organizationId = provider.Organization, productId = product, title = "Terms", text = "one" });
        await provider.Owner.Delete($"/v1/products/{product}", "*").Expect(HttpStatusCode.Conflict);
    }

    private async Task<ProductPublished> Announced(string product) => (await app.Announced<ProductPublished>(p => p.ProductId == product)).MaxBy(p => p.Version)!;
}
