using System.Net;
using System.Text.Json;
using Marketplace.Catalog.Catalogs;
using Marketplace.Contracts.Accounts;
using Marketplace.Contracts.Catalog;
using Marketplace.Contracts.Storage;
using Marketplace.Testing;

namespace Marketplace.Catalog.Tests;

public sealed class CatalogLifeTests(CatalogApp app) : IClassFixture<CatalogApp>
{
    [Fact]
    public async Task A_catalog_is_renamed_and_stays_in_its_environment()
    {
        var provider = app.NewProvider();
        var path = $"/v1/catalogs/{await provider.Catalog()}";
        var etag = (await provider.Owner.GetAsync(path)).Headers.ETag!.ToString();
        await provider.Owner.Patch(path, new { title = "Outlet" }).ExpectProblem((HttpStatusCode)428, "if_match_required");
        await provider.Owner.Patch(path, new { environment = "production" }, etag).ExpectProblem(HttpStatusCode.Conflict, "environment_immutable", "environment");
        await provider.Owner.Patch(path, new { title = "a\0b" }, etag).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "title");
        await provider.Owner.Patch(path, new { title = "Outlet", description = "Last season's APIs", environment = "sandbox" }, etag).Expect();
        await provider.Owner.Patch(path, new { title = "Late" }, etag).ExpectProblem(HttpStatusCode.PreconditionFailed, "version_mismatch");
        var read = await provider.Owner.Get(path);
        Assert.Equal(("Outlet", "Last season's APIs", "sandbox"), (read.Text("title"), read.Text("description"), read.Text("environment")));
    }

    [Fact]
    public async Task Only_an_empty_catalog_is_deleted_and_then_it_is_gone_for_everybody()
    {
        var provider = app.NewProvider();
        var catalog = await provider.SellingCatalog();
        var product = await provider.Released(Provider.Free());
        var publication = await provider.Publish(catalog, product);
        var organization = await app.Joins(catalog);
        var refused = await provider.Owner.Delete($"/v1/catalogs/{catalog}").Expect<JsonElement>(HttpStatusCode.Conflict);
        Assert.Equal(("catalog_not_empty", 1, 1), (refused.Text("code"), refused.GetProperty("products").GetInt32(), refused.GetProperty("organizations").GetInt32()));
        await provider.Owner.Delete($"/v1/catalogs/{catalog}/publications/{publication}").Expect(HttpStatusCode.NoContent);
        await provider.Owner.Delete($"/v1/catalogs/{catalog}").ExpectProblem(HttpStatusCode.Conflict, "catalog_not_empty");
        await app.Make<KeepConsumerOrganization>().Handle(new OrganizationDeleted(organization, app.Clock.GetUtcNow(), 2), default);
        await app.Joins(catalog, "Late news", organization);
        await provider.Owner.Delete($"/v1/catalogs/{catalog}").Expect(HttpStatusCode.NoContent);

        var empty = await provider.Catalog();
        await provider.Owner.Delete($"/v1/catalogs/{empty}", "\"7\"").ExpectProblem(HttpStatusCode.PreconditionFailed, "version_mismatch");
        await provider.Owner.Delete($"/v1/catalogs/{empty}", "\"1\"").Expect(HttpStatusCode.NoContent);
        await provider.Owner.GetAsync($"/v1/catalogs/{empty}").ExpectProblem(HttpStatusCode.NotFound, "not_found");
        await provider.Owner.Delete($"/v1/catalogs/{empty}").ExpectProblem(HttpStatusCode.NotFound, "not_found");
        await app.Anonymous().GetAsync($"/v1/catalogs/{empty}/storefront").ExpectProblem(HttpStatusCode.NotFound, "not_found");
        await provider.Owner.Post($"/v1/catalogs/{empty}/publications", new { productId = product }).ExpectProblem(HttpStatusCode.NotFound, "not_found");
        Assert.DoesNotContain((await provider.Owner.Get("/v1/catalogs")).Data(), c => c.Id() == empty);
        Assert.Equal([(true, false), (false, true)], (await app.Announced<CatalogSettingsChanged>(c => c.CatalogId == empty)).Select(c => (c.SelfSignup, c.Deleted)));
    }

    [Fact]
    public async Task What_a_deleted_provider_made_in_the_last_moment_is_closed_and_it_opens_nothing_more()
    {
        var provider = app.NewProvider();
        var (empty, inhabited) = (await provider.Catalog(), await provider.Catalog());
        await app.Joins(inhabited);
        var elsewhere = await app.NewProvider().Catalog();
        var gone = new OrganizationDeleted(provider.Organization, app.Clock.GetUtcNow(), 9);

        foreach (var _ in new[] { 1, 2 })
        {
            await app.Make<KeepConsumerOrganization>().Handle(gone, default);
            await app.Make<CloseCatalogs>().Handle(gone, default);
        }

        Assert.Equal([empty], await app.Database.Column<string>("select id from catalogs where deleted_at is not null and id in ($1, $2, $3)", empty, inhabited, elsewhere));
        Assert.Single(await app.Announced<CatalogSettingsChanged>(c => c.Deleted && c.CatalogId == empty));
        Assert.Null(Assert.Single(await app.Announced<ChangeRecorded>(c => c.ObjectId == empty && c.Action == "catalog.deleted")).Actor);
        await provider.Owner.Post("/v1/catalogs", new { organizationId = provider.Organization, title = "Late", environment = "sandbox" }).ExpectProblem(HttpStatusCode.NotFound, "not_found");
    }

    [Fact]
    public async Task What_a_deleted_provider_still_offers_is_withdrawn_where_nobody_subscribes_and_logged_where_consumers_stay()
    {
        var provider = app.NewProvider();
        var (nobodys, unsold, sold) = (await provider.Catalog(), await provider.Catalog(), await provider.Catalog());
        var (idle, live) = (await provider.Released(Provider.Free()), await provider.Product());
        var plan = await provider.Plan(live, Provider.Free());
        await provider.Release(live);
        await app.Joins(unsold);
        await app.Joins(sold);
        var (withdrawn, other, kept) = (await provider.Publish(nobodys, live), await provider.Publish(unsold, idle), await provider.Publish(sold, live));
        await app.Make<Catalog.Plans.KeepSubscriptionCount>().Handle(new(plan, 1, 1), default);

        foreach (var _ in new[] { 1, 2 })
        {
            await app.Make<CloseCatalogs>().Handle(new(provider.Organization, app.Clock.GetUtcNow(), 9), default);
        }

        Assert.Equal([nobodys], await app.Database.Column<string>("select id from catalogs where deleted_at is not null and id in ($1, $2, $3)", nobodys, unsold, sold));
        Assert.Equal([kept], await app.Database.Column<string>("select id from publications where published and id in ($1, $2, $3)", withdrawn, other, kept));
        Assert.Equal([withdrawn, other], (await app.Announced<ProductWithdrawn>(w => w.CatalogId == nobodys || w.CatalogId == unsold)).Select(w => w.PublicationId));
        Assert.Contains(app.Logs.Entries, entry => entry.StartsWith("Warning", StringComparison.Ordinal) && entry.Contains($"Catalog {sold} stays open", StringComparison.Ordinal));
        Assert.Contains(app.Logs.Entries, entry => entry.StartsWith("Warning", StringComparison.Ordinal) && entry.Contains($"Catalog {unsold} stays open", StringComparison.Ordinal));
        Assert.False(app.Logs.Contain($"Catalog {nobodys} stays open"));
    }

    [Fact]
    public async Task Publishing_in_a_catalog_that_is_deleted_at_the_same_moment_fits_one_of_the_two()
    {
        var provider = app.NewProvider();
        var catalog = await provider.Catalog();
        var product = await provider.Released(Provider.Free());
        Task<HttpResponseMessage> publish, delete;
        await using (await app.Database.HoldRow("catalogs", catalog))
        {
            publish = provider.Owner.Post($"/v1/catalogs/{catalog}/publications", new { productId = product });
            delete = provider.Owner.Delete($"/v1/catalogs/{catalog}");
            await app.Database.UntilBlockedOnLocks(2);
        }

        Assert.Contains(((await publish).StatusCode, (await delete).StatusCode), new[] { (HttpStatusCode.Created, HttpStatusCode.Conflict), (HttpStatusCode.NotFound, HttpStatusCode.NoContent) });
    }

    [Fact]
    public async Task Catalogs_are_listed_by_environment_and_by_what_bills_them()
    {
        var provider = app.NewProvider();
        var integration = await app.Integration(provider.Organization);
        var (first, second) = (await provider.Catalog("sandbox", integration), await provider.Catalog("sandbox", integration));
        var production = await provider.Catalog("production");
        Assert.Equal([second, first], await Listed($"?billingIntegrationId={integration}"));
        Assert.Equal([production], await Listed("?environment=production"));
        Assert.Equal([second, first], await Listed("?environment=sandbox&limit=2"));
        await provider.Owner.GetAsync("/v1/catalogs?environment=staging").ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "environment");

        Assert.Equal(integration, (await provider.Owner.Get($"/v1/catalogs/{first}/billing-integration")).Id());
        await provider.Owner.GetAsync($"/v1/catalogs/{production}/billing-integration").ExpectProblem(HttpStatusCode.NotFound, "not_found");

        async Task<List<string>> Listed(string query) => [.. (await provider.Owner.Get($"/v1/catalogs{query}")).Data().Select(Answers.Id)];
    }

    [Theory]
    [InlineData("production", false)]
    [InlineData("sandbox", true)]
    public async Task Test_keys_never_meet_a_production_catalog_nor_live_keys_a_sandbox(string environment, bool livemode)
    {
        var provider = app.NewProvider();
        var catalog = await provider.Catalog(environment);
        var wrong = await app.Integration(provider.Organization, livemode);
        await provider.Owner.Put($"/v1/catalogs/{catalog}/billing-integration", new { billingIntegrationId = wrong }, "*")
            .ExpectProblem(HttpStatusCode.Conflict, "livemode_mismatch", "billingIntegrationId");
        var right = await app.Integration(provider.Organization, !livemode);
        await provider.Owner.Put($"/v1/catalogs/{catalog}/billing-integration", new { billingIntegrationId = right }, "*").Expect();
    }

    [Fact]
    public async Task Keys_that_change_their_mode_bill_nothing_that_was_sold_in_the_other()
    {
        var provider = app.NewProvider();
        var integration = await app.Integration(provider.Organization);
        var catalog = await provider.Catalog("sandbox", integration);
        var product = await provider.Released(Provider.Flat());
        await provider.Publish(catalog, product);

        await app.Integration(provider.Organization, livemode: true, id: integration, version: 2);

        Assert.True((await provider.Owner.Get($"/v1/catalogs/{catalog}/billing-integration")).GetProperty("livemode").GetBoolean());
        Assert.Equal([integration, null], (await app.Announced<ProductPublished>(p => p.ProductId == product)).OrderBy(p => p.Version).Select(p => p.BillingIntegrationId));
    }

    [Fact]
    public async Task A_catalog_can_want_the_provider_s_decision_on_every_subscriber()
    {
        var provider = app.NewProvider();
        var catalog = await provider.Catalog();
        var product = await provider.Released(Provider.Free());
        await provider.Publish(catalog, product);
        await provider.Owner.Put($"/v1/catalogs/{catalog}/settings", new { subscriptionApproval = "manual" }, "*").Expect();
        Assert.Equal(["automatic", "manual"], (await app.Announced<ProductPublished>(p => p.ProductId == product)).OrderBy(p => p.Version).Select(p => p.Plans[0].Approval));
    }

    [Fact]
    public async Task A_publication_that_says_nothing_is_seen_as_the_catalog_wants_it()
    {
        var provider = app.NewProvider();
        var catalog = await provider.Catalog();
        await provider.Owner.Put($"/v1/catalogs/{catalog}/settings", new { defaultVisibility = "none" }, "*").Expect();
        var published = await provider.Owner.Post($"/v1/catalogs/{catalog}/publications", new { productId = await provider.Released() }).Expect<JsonElement>(HttpStatusCode.Created);
        Assert.Equal("none", published.Text("visibility"));
    }

    [Fact]
    public async Task Organizations_are_kept_by_version_in_whatever_order_they_come()
    {
        var catalog = TestCaller.NewId("cat");
        var organization = await app.Joins(catalog, "New name", version: 3);
        await app.Joins(catalog, "Old name", organization, version: 2);
        Assert.Equal("New name", await app.Database.Scalar<string>("select title from consumer_organizations where id = $1", organization));
    }
}
