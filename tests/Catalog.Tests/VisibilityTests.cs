using System.Net;
using System.Text.Json;
using Marketplace.Contracts.Catalog;
using Marketplace.Testing;

namespace Marketplace.Catalog.Tests;

public sealed class VisibilityTests(CatalogApp app) : IClassFixture<CatalogApp>
{
    [Fact]
    public async Task A_product_for_chosen_organizations_is_seen_by_them_and_by_its_provider()
    {
        var provider = app.NewProvider();
        var catalog = await provider.Catalog();
        var (chosen, other) = (await app.Joins(catalog), await app.Joins(catalog));
        var product = await provider.Released();
        await provider.Owner.Post($"/v1/catalogs/{catalog}/publications", new { productId = product, visibility = "organizations", organizationIds = new[] { chosen, chosen } })
            .Expect(HttpStatusCode.Created);

        Assert.Equal(1, await Seen(Member(chosen, catalog)));
        Assert.Equal(0, await Seen(Member(other, catalog)));
        Assert.Equal(0, await Seen(app.Anonymous()));
        Assert.Equal(1, await Seen(provider.As("viewer")));
        // Waiting for approval, or disabled: its members hold no role.
        Assert.Equal(0, await Seen(app.ClientFor(TestCaller.Consumer(chosen, catalog))));
        // The same organization as a member of another catalog has no part in this one.
        Assert.Equal(0, await Seen(Member(chosen, TestCaller.NewId("cat"))));
        Assert.Equal(chosen, Assert.Single(Assert.Single(await app.Announced<ProductPublished>(p => p.ProductId == product)).VisibleTo!));

        async Task<int> Seen(HttpClient client)
        {
            var listed = (await client.Get($"/v1/catalogs/{catalog}/storefront")).Data().Count;
            await client.GetAsync($"/v1/catalogs/{catalog}/storefront/{product}").Expect(listed == 1 ? HttpStatusCode.OK : HttpStatusCode.NotFound);
            return listed;
        }
    }

    [Fact]
    public async Task A_single_plan_can_be_for_fewer_than_its_product()
    {
        var provider = app.NewProvider();
        var catalog = await provider.Catalog();
        var chosen = await app.Joins(catalog);
        var product = await provider.Released(Provider.Free("Everybody"), Provider.Free("Partners"), Provider.Free("Nobody"));
        var plans = (await provider.Owner.Get($"/v1/products/{product}")).GetProperty("plans").EnumerateArray().ToDictionary(p => p.Text("title")!, p => p.Id());
        var publication = await provider.Publish(catalog, product);
        var changed = await provider.Owner.Patch($"/v1/catalogs/{catalog}/publications/{publication}", new
        {
            plans = new object[] { new { planId = plans["Partners"], visibility = "organizations", organizationIds = new[] { chosen } }, new { planId = plans["Nobody"], visibility = "none" } },
        }, "*").Expect<JsonElement>();
        Assert.Equal(("public", 2), (changed.Text("visibility"), changed.GetProperty("plans").GetArrayLength()));

        Assert.Equal(["Everybody"], await Plans(app.Anonymous()));
        Assert.Equal(["Everybody", "Partners"], await Plans(Member(chosen, catalog)));
        var announced = (await app.Announced<ProductPublished>(p => p.ProductId == product)).MaxBy(p => p.Version)!;
        Assert.Equal([(plans["Partners"], "organizations"), (plans["Nobody"], "none")], announced.PlanReaders!.OrderBy(p => p.PlanId).Select(p => (p.PlanId, p.Visibility)));

        await provider.Owner.Patch($"/v1/catalogs/{catalog}/publications/{publication}", new { plans = Array.Empty<object>() }, "*").Expect();
        Assert.Equal(["Everybody", "Partners", "Nobody"], await Plans(app.Anonymous()));

        async Task<List<string?>> Plans(HttpClient client) =>
            [.. (await client.Get($"/v1/catalogs/{catalog}/storefront/{product}")).GetProperty("product").GetProperty("plans").EnumerateArray().Select(p => p.Text("title"))];
    }

    [Fact]
    public async Task Losing_and_winning_visibility_is_announced_for_those_who_subscribe()
    {
        var provider = app.NewProvider();
        var catalog = await provider.Catalog();
        var product = await provider.Released();
        var publication = await provider.Publish(catalog, product);
        var path = $"/v1/catalogs/{catalog}/publications/{publication}";
        var etag = (await provider.Owner.GetAsync(path)).Headers.ETag!.ToString();
        await provider.Owner.Patch(path, new { visibility = "none" }, etag).Expect();
        await provider.Owner.Patch(path, new { visibility = "signed_in" }, etag).ExpectProblem(HttpStatusCode.PreconditionFailed, "version_mismatch");
        await provider.Owner.Patch(path, new { visibility = "signed_in" }, "*").Expect();
        Assert.Equal(["public", "none", "signed_in"], (await app.Announced<ProductPublished>(p => p.ProductId == product)).OrderBy(p => p.Version).Select(p => p.Visibility));
        await provider.Owner.Delete(path).Expect(HttpStatusCode.NoContent);
        await provider.Owner.Patch(path, new { visibility = "public" }).ExpectProblem(HttpStatusCode.NotFound, "not_found");
    }

    [Fact]
    public async Task Only_organizations_of_the_catalog_and_plans_of_the_product_can_be_chosen()
    {
        var provider = app.NewProvider();
        var catalog = await provider.Catalog();
        var (here, elsewhere) = (await app.Joins(catalog), await app.Joins(await provider.Catalog()));
        var product = await provider.Released();
        var foreign = (await provider.Owner.Get($"/v1/products/{await provider.Released(Provider.Free())}")).GetProperty("plans")[0].Id();
        await Publishing(new { productId = product, visibility = "organizations" }).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "organizationIds");
        await Publishing(new { productId = product, visibility = "organizations", organizationIds = Array.Empty<string>() }).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "organizationIds");
        await Publishing(new { productId = product, visibility = "public", organizationIds = new[] { here } }).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "organizationIds");
        await Publishing(new { productId = product, visibility = "organizations", organizationIds = new[] { here, elsewhere } }).ExpectProblem(HttpStatusCode.UnprocessableEntity, "organization_unknown", "organizationIds");
        var publication = await provider.Publish(catalog, product);
        var path = $"/v1/catalogs/{catalog}/publications/{publication}";
        await provider.Owner.Patch(path, new { plans = new[] { new { planId = foreign, visibility = "none" } } }, "*").ExpectProblem(HttpStatusCode.UnprocessableEntity, "plan_unknown", "plans[0].planId");
        await provider.Owner.Patch(path, new { plans = new[] { new { planId = foreign, visibility = "organizations" } } }, "*").ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "plans[0].organizationIds");
        Assert.Empty((await provider.Owner.Get(path)).GetProperty("plans").EnumerateArray());

        Task<HttpResponseMessage> Publishing(object body) => provider.Owner.Post($"/v1/catalogs/{catalog}/publications", body);
    }

    [Fact]
    public async Task Visibility_is_changed_from_the_version_that_was_read()
    {
        var provider = app.NewProvider();
        var catalog = await provider.Catalog();
        var path = $"/v1/catalogs/{catalog}/publications/{await provider.Publish(catalog, await provider.Released(Provider.Free()))}";
        var read = (await provider.Owner.GetAsync(path).Expect()).Headers.ETag!.ToString();

        await provider.Owner.Patch(path, new { visibility = "none" }).ExpectProblem(HttpStatusCode.PreconditionRequired, "if_match_required");
        await provider.Owner.Patch(path, new { visibility = "none" }, read).Expect();
        await provider.Owner.Patch(path, new { visibility = "public" }, read).ExpectProblem(HttpStatusCode.PreconditionFailed, "version_mismatch");
        Assert.Equal("none", (await provider.Owner.Get(path)).Text("visibility"));
    }

    [Fact]
    public async Task Checks_name_every_gate_that_is_closed_in_the_order_of_refusal_and_publishing_is_refused_for_the_first()
    {
        var provider = app.NewProvider();
        var catalog = await provider.Catalog();
        var metered = new { title = "Metered", currency = "usd", price = new { model = "unit", unitAmount = "1", minimumCharge = new { amount = 500, currency = "usd" } } };
        var product = await provider.Released(metered);
        await provider.Owner.Put($"/v1/catalogs/{catalog}/settings", new { paymentMethods = false }, "*").Expect();
        Assert.Equal(["billing_required", "payment_methods_required"], await Codes());

        var integration = await app.Integration(provider.Organization, model: "subscriptions");
        await provider.Owner.Put($"/v1/catalogs/{catalog}/billing-integration", new { billingIntegrationId = integration }, "*").Expect();
        // It has become one of the other mode that is not proven.
        await app.Database.Execute($"update billing_integrations set livemode = true, ready = false where id = '{integration}'");
        string[] gates = ["payment_methods_required", "livemode_mismatch", "webhook_secret_required"];
        var refused = (await Codes()).TakeWhile(code => code != "plan_not_billable").ToList();
        Assert.Equal(gates, refused);

        await Publish().ExpectProblem(HttpStatusCode.Conflict, "payment_methods_required");
        await provider.Owner.Put($"/v1/catalogs/{catalog}/settings", new { paymentMethods = true }, "*").Expect();
        Assert.Equal(gates[1..], (await Codes())[..2]);
        await Publish().ExpectProblem(HttpStatusCode.Conflict, "livemode_mismatch");
        await app.Database.Execute($"update billing_integrations set livemode = false where id = '{integration}'");
        await Publish().ExpectProblem(HttpStatusCode.Conflict, "webhook_secret_required");

        Task<HttpResponseMessage> Publish() => provider.Owner.Post($"/v1/catalogs/{catalog}/publications", new { productId = product, visibility = "public" });

        async Task<string[]> Codes() => [.. (await provider.Owner.Get($"/v1/catalogs/{catalog}/products/{product}/checks"))
            .GetProperty("plans")[0].GetProperty("reasons").EnumerateArray().Select(r => r.Text("code")!)];
    }

    [Fact]
    public async Task Checks_name_every_reason_why_a_plan_is_not_seen_or_not_sold()
    {
        var provider = app.NewProvider();
        var catalog = await provider.Catalog();
        var (chosen, other) = (await app.Joins(catalog), await app.Joins(catalog));
        var product = await provider.Product(Provider.Flat("Gold"), Provider.Free());
        var checks = await Checks();
        Assert.Equal((false, "product_not_released,product_not_published"), (checks.GetProperty("visible").GetBoolean(), Codes(checks)));
        Assert.Equal(["plan_draft,billing_required", "plan_draft"], checks.GetProperty("plans").EnumerateArray().Select(Codes));

        await provider.Release(product);
        var integration = await app.Integration(provider.Organization);
        await provider.Owner.Put($"/v1/catalogs/{catalog}/billing-integration", new { billingIntegrationId = integration }, "*").Expect();
        await provider.Owner.Post($"/v1/catalogs/{catalog}/publications", new { productId = product, visibility = "organizations", organizationIds = new[] { chosen } }).Expect(HttpStatusCode.Created);
        Assert.Equal("sign_in_required", Codes(await Checks()));
        Assert.Equal("organization_not_chosen", Codes(await Checks(other)));
        Assert.Equal("organization_not_in_catalog,sign_in_required", Codes(await Checks(TestCaller.NewId("org"))));
        Assert.Equal([(true, true), (true, true)], Plans(await Checks(chosen)));

        await app.Integration(provider.Organization, id: integration, deleted: true, version: 2);
        var free = (await provider.Owner.Get($"/v1/products/{product}")).GetProperty("plans")[1].Id();
        var publication = (await Checks()).Text("publicationId");
        await provider.Owner.Patch($"/v1/catalogs/{catalog}/publications/{publication}", new { plans = new[] { new { planId = free, visibility = "none" } } }, "*").Expect();
        checks = await Checks(chosen);
        Assert.Equal("", Codes(checks));
        Assert.Equal(["billing_required", "plan_hidden"], checks.GetProperty("plans").EnumerateArray().Select(Codes));
        Assert.Equal([(true, false), (false, false)], Plans(checks));

        Task<JsonElement> Checks(string? organization = null) =>
            provider.As("viewer").Get($"/v1/catalogs/{catalog}/products/{product}/checks{(organization is null ? "" : $"?organizationId={organization}")}");

        static string Codes(JsonElement part) => string.Join(',', part.GetProperty("reasons").EnumerateArray().Select(r => r.Text("code")));

        static IEnumerable<(bool, bool)> Plans(JsonElement checks) =>
            checks.GetProperty("plans").EnumerateArray().Select(p => (p.GetProperty("visible").GetBoolean(), p.GetProperty("canBeSold").GetBoolean()));
    }

    private HttpClient Member(string organization, string catalog) => app.ClientFor(TestCaller.Consumer(organization, catalog, "developer"));
}
