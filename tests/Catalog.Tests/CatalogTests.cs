using System.Net;
using System.Text.Json;
using Marketplace.Contracts.Catalog;
using Marketplace.Testing;

namespace Marketplace.Catalog.Tests;

public sealed class CatalogTests(CatalogApp app) : IClassFixture<CatalogApp>
{
    [Fact]
    public async Task A_catalog_is_announced_when_it_opens_and_when_its_settings_change()
    {
        var provider = app.NewProvider();
        var id = await provider.Catalog();
        var path = $"/v1/catalogs/{id}";
        var read = await provider.Owner.GetAsync(path);
        await provider.Owner.Put($"{path}/settings", new { selfSignup = false }).ExpectProblem((HttpStatusCode)428, "if_match_required");
        await provider.Owner.Put($"{path}/settings", new { selfSignup = false }, "\"99\"").ExpectProblem(HttpStatusCode.PreconditionFailed, "version_mismatch");
        var changed = await provider.Owner.Put($"{path}/settings", new { selfSignup = false, organizationApproval = "manual" }, read.Headers.ETag!.ToString()).Expect<JsonElement>();

        Assert.Equal(new Catalogs.CatalogSettings(false, true, "manual", "plan", true, false, "public"), changed.GetProperty("settings").Deserialize<Catalogs.CatalogSettings>(HttpAnswers.Json));
        await provider.Owner.Put($"{path}/settings", new { selfSignup = true, consumerOrganizations = false }, "*").Expect();
        Assert.Equal(
            [
                new CatalogSettingsChanged(id, provider.Organization, "sandbox", true, 1, Title: "Shop"),
                new CatalogSettingsChanged(id, provider.Organization, "sandbox", false, 2, "manual", Title: "Shop"),
                // Nobody signs up where there are no consumer organizations.
                new CatalogSettingsChanged(id, provider.Organization, "sandbox", false, 3, "manual", false, Title: "Shop"),
            ],
            await app.Announced<CatalogSettingsChanged>(c => c.CatalogId == id));
    }

    [Theory]
    [InlineData("""{"title":"T","environment":"sandbox"}""", "organizationId")]
    [InlineData("""{"organizationId":"o","environment":"sandbox"}""", "title")]
    [InlineData("""{"organizationId":"o","title":"","environment":"sandbox"}""", "title")]
    [InlineData("""{"organizationId":"o","title":"T","environment":"staging"}""", "environment")]
    [InlineData("""{"organizationId":"o","title":"T","environment":"Sandbox"}""", "environment")]
    [InlineData("""{"organizationId":"o","title":null,"environment":"sandbox"}""", "title")]
    [InlineData("""{"organizationId":"o","title":7,"environment":"sandbox"}""", "title")]
    [InlineData("""{"organizationId":"o","title":"T","environment":"sandbox","billingIntegrationId":"b"}""", "billingIntegrationId")]
    public async Task A_malformed_catalog_is_refused_with_the_field(string body, string field) =>
        await app.NewProvider().Owner.Post("/v1/catalogs", new StringContent(body, System.Text.Encoding.UTF8, "application/json"))
            .ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", field);

    [Fact]
    public async Task An_integration_announced_a_moment_ago_is_waited_for()
    {
        var provider = app.NewProvider();
        var catalog = await provider.Catalog();
        var integration = TestCaller.NewId("bil");
        var attaching = provider.Owner.Put($"/v1/catalogs/{catalog}/billing-integration", new { billingIntegrationId = integration }, "*");
        await Eventually.Never(() => Task.FromResult(attaching.IsCompleted), "an answer before the integration is known", TimeSpan.FromMilliseconds(200));
        await app.Integration(provider.Organization, id: integration);
        await attaching.Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task An_integration_that_nobody_announces_is_unknown_after_two_seconds()
    {
        var provider = app.NewProvider();
        var catalog = await provider.Catalog();
        await provider.Owner.Put($"/v1/catalogs/{catalog}/billing-integration", new { billingIntegrationId = TestCaller.NewId("bil") }, "*")
            .ExpectProblem(HttpStatusCode.UnprocessableEntity, "billing_integration_unknown", "billingIntegrationId");
    }

    [Fact]
    public async Task Another_organizations_integration_and_a_deleted_one_are_unknown()
    {
        var provider = app.NewProvider();
        var catalog = await provider.Catalog();
        foreach (var integration in new[] { await app.Integration(TestCaller.NewId("org")), await app.Integration(provider.Organization, deleted: true) })
        {
            await provider.Owner.Put($"/v1/catalogs/{catalog}/billing-integration", new { billingIntegrationId = integration }, "*")
                .ExpectProblem(HttpStatusCode.UnprocessableEntity, "billing_integration_unknown");
        }
    }

    [Fact]
    public async Task Attaching_wants_the_catalogs_version_and_changes_nothing_the_second_time()
    {
        var provider = app.NewProvider();
        var catalog = await provider.Catalog();
        var body = new { billingIntegrationId = await app.Integration(provider.Organization) };
        var path = $"/v1/catalogs/{catalog}/billing-integration";
        await provider.Owner.Put(path, body).ExpectProblem(HttpStatusCode.PreconditionRequired, "if_match_required");
        await provider.Owner.Put(path, body, "\"2\"").ExpectProblem(HttpStatusCode.PreconditionFailed, "version_mismatch");
        Assert.Equal("\"2\"", (await provider.Owner.Put(path, body, "\"1\"").Expect()).Headers.ETag!.ToString());
        Assert.Equal("\"2\"", (await provider.Owner.Put(path, body, "\"2\"").Expect()).Headers.ETag!.ToString());
        Assert.Equal("\"2\"", (await provider.Owner.GetAsync(path).Expect()).Headers.ETag!.ToString());
        Assert.Equal([1, 2], (await app.Announced<CatalogSettingsChanged>(c => c.CatalogId == catalog)).Select(c => c.Version));
    }

    [Fact]
    public async Task What_paid_plans_depend_on_stays_while_they_are_published()
    {
        var provider = app.NewProvider();
        var catalog = await provider.SellingCatalog();
        var other = await app.Integration(provider.Organization);
        var product = await provider.Released(Provider.Flat());
        var publication = await provider.Publish(catalog, product);
        var billing = $"/v1/catalogs/{catalog}/billing-integration";

        await provider.Publish(catalog, await provider.Released(Provider.Free()));
        var refused = await provider.Owner.Delete(billing).Expect<JsonElement>(HttpStatusCode.Conflict);
        Assert.Equal(("paid_plans_published", 1), (refused.Text("code"), refused.GetProperty("products").GetArrayLength()));
        Assert.Equal((publication, product, "Monetized Product"), (refused.GetProperty("products")[0].Text("publicationId"), refused.GetProperty("products")[0].Text("productId"), refused.GetProperty("products")[0].Text("title")));
        Assert.Contains("Monetized Product", refused.Text("detail"), StringComparison.Ordinal);
        await provider.Owner.Put(billing, new { billingIntegrationId = other }, "*").ExpectProblem(HttpStatusCode.Conflict, "paid_plans_published");
        await provider.Owner.Put($"/v1/catalogs/{catalog}/settings", new { paymentMethods = false }, "*").ExpectProblem(HttpStatusCode.Conflict, "paid_plans_published");

        await provider.Owner.Delete($"/v1/catalogs/{catalog}/publications/{publication}").Expect(HttpStatusCode.NoContent);
        await provider.Owner.Put(billing, new { billingIntegrationId = other }, "*").Expect();
        await provider.Owner.Delete(billing).Expect(HttpStatusCode.NoContent);
        await provider.Owner.Delete(billing).Expect(HttpStatusCode.NoContent);
        Assert.Equal(JsonValueKind.Null, (await provider.Owner.Get($"/v1/catalogs/{catalog}")).GetProperty("billingIntegration").ValueKind);
    }

    [Fact]
    public async Task Free_plans_hold_nothing_fast()
    {
        var provider = app.NewProvider();
        var catalog = await provider.SellingCatalog();
        await provider.Publish(catalog, await provider.Released(Provider.Free()));
        await provider.Owner.Delete($"/v1/catalogs/{catalog}/billing-integration").Expect(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task Detaching_and_publishing_at_once_never_leave_paid_plans_without_billing()
    {
        var provider = app.NewProvider();
        var catalog = await provider.SellingCatalog();
        var product = await provider.Released(Provider.Flat());
        Task<HttpResponseMessage> publish, detach;
        await using (await app.Database.HoldRow("catalogs", catalog))
        {
            publish = provider.Owner.Post($"/v1/catalogs/{catalog}/publications", new { productId = product });
            detach = provider.Owner.Delete($"/v1/catalogs/{catalog}/billing-integration");
            await app.Database.UntilBlockedOnLocks(2);
        }

        Assert.Contains(((await publish).StatusCode, (await detach).StatusCode), new[] { (HttpStatusCode.Created, HttpStatusCode.Conflict), (HttpStatusCode.Conflict, HttpStatusCode.NoContent) });
    }

    [Fact]
    public async Task Facts_about_an_integration_are_kept_by_version_in_whatever_order_they_come()
    {
        var provider = app.NewProvider();
        var integration = await app.Integration(provider.Organization, ready: true, version: 5);
        await app.Integration(provider.Organization, ready: false, id: integration, version: 4);
        await app.Integration(provider.Organization, ready: false, id: integration, version: 5);
        Assert.True(await app.Database.Scalar<bool>("select ready from billing_integrations where id = $1", integration));
    }

    [Fact]
    public async Task Lists_come_in_pages_newest_first()
    {
        var provider = app.NewProvider();
        var ids = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            ids.Insert(0, await provider.Catalog());
        }

        var seen = new List<string>();
        string? cursor = null;
        do
        {
            var page = await provider.Owner.Get($"/v1/catalogs?limit=2&cursor={cursor}");
            Assert.InRange(page.Data().Count, 1, 2);
            seen.AddRange(page.Data().Select(Answers.Id));
            cursor = page.Text("nextCursor");
        }
        while (cursor is not null);

        Assert.Equal(ids, seen);
        foreach (var query in new[] { "limit=0", "limit=101", "limit=x" })
        {
            await provider.Owner.GetAsync($"/v1/catalogs?{query}").Expect(HttpStatusCode.BadRequest);
        }
    }
}
