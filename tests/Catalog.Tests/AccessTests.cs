using System.Net;
using System.Text.Json;
using Marketplace.Testing;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Marketplace.Catalog.Tests;

/// <summary>Every route, called by everybody. A route without a line here fails the suite.</summary>
public sealed class AccessTests(CatalogApp app) : IClassFixture<CatalogApp>
{
    private const string Settings = "owner,admin";
    private const string Products = "owner,admin,product_manager";
    private const string Readers = "owner,admin,product_manager,viewer";

    // Method, route, who may, body. {…} in paths and bodies are ids of a provider's own objects.
    private static readonly (string Method, string Route, string Roles, string? Body)[] Table =
    [
        ("POST", "/v1/catalogs", Settings, """{"organizationId":"{org}","title":"Shop","environment":"sandbox"}"""),
        ("GET", "/v1/catalogs/{catalog}", Readers, null),
        ("PATCH", "/v1/catalogs/{catalog}", Settings, """{"title":"Shop 2"}"""),
        ("DELETE", "/v1/catalogs/{catalog}", Settings, null),
        ("GET", "/v1/catalogs/{catalog}/billing-integration", Readers, null),
        ("PUT", "/v1/catalogs/{catalog}/settings", Settings, """{"selfSignup":false}"""),
        ("PUT", "/v1/catalogs/{catalog}/billing-integration", Settings, """{"billingIntegrationId":"{integration}"}"""),
        ("DELETE", "/v1/catalogs/{catalog}/billing-integration", Settings, null),
        ("POST", "/v1/catalogs/{catalog}/publications", Products, """{"productId":"{product}","visibility":"public"}"""),
        ("GET", "/v1/catalogs/{catalog}/publications", Readers, null),
        ("GET", "/v1/catalogs/{catalog}/publications/{publication}", Readers, null),
        ("PATCH", "/v1/catalogs/{catalog}/publications/{publication}", Products, """{"visibility":"none"}"""),
        ("DELETE", "/v1/catalogs/{catalog}/publications/{publication}", Products, null),
        ("GET", "/v1/catalogs/{catalog}/products/{product}/checks", Readers, null),
        ("POST", "/v1/apis", Products, """{"organizationId":"{org}","title":"Orders","upstreamUrl":"https://api.example.com"}"""),
        ("GET", "/v1/apis/{api}", Readers, null),
        ("PATCH", "/v1/apis/{api}", Products, """{"title":"Orders 2"}"""),
        ("DELETE", "/v1/apis/{api}", Products, null),
        ("POST", "/v1/apis/{api}/archive", Products, null),
        ("POST", "/v1/apis/{api}/restore", Products, null),
        ("POST", "/v1/products", Products, """{"organizationId":"{org}","title":"Product","apiIds":["{api}"]}"""),
        ("GET", "/v1/products/{product}", Readers, null),
        ("PATCH", "/v1/products/{product}", Products, """{"title":"Product 2"}"""),
        ("POST", "/v1/terms", Settings, """{"organizationId":"{org}","title":"General terms","text":"Be kind.","productId":"{product}"}"""),
        ("GET", "/v1/terms/{terms}", Readers, null),
        ("GET", "/v1/terms/{terms}/versions", Readers, null),
        ("PUT", "/v1/terms/{terms}/draft", Settings, """{"title":"General terms","text":"Be kinder."}"""),
        ("POST", "/v1/terms/{terms}/publish", Settings, null),
        ("DELETE", "/v1/terms/{terms}", Settings, null),
        ("GET", "/v1/products/{product}/listing", Readers, null),
        ("PUT", "/v1/products/{product}/listing", Products, """{"category":"Weather","tags":["rain"]}"""),
        ("DELETE", "/v1/products/{product}", Products, null),
        ("POST", "/v1/products/{product}/releases", Products, """{"type":"minor"}"""),
        ("GET", "/v1/products/{product}/releases", Readers, null),
        ("GET", "/v1/products/{product}/releases/{release}", Readers, null),
        ("GET", "/v1/products/{product}/releases/{release}/changes", Readers, null),
        ("POST", "/v1/products/{product}/supersede", Products, """{"productId":"{heir}"}"""),
        ("POST", "/v1/products/{product}/replace", Products, """{"productId":"{heir}","plans":[{"source":"{free}","target":"{heirs}"}],"acceptWarnings":true}"""),
        ("PUT", "/v1/products/{product}/migration-target", Products, """{"productId":"{heir}","plans":[{"source":"{free}","target":"{heirs}"}]}"""),
        ("GET", "/v1/products/{product}/migration-target", Readers, null),
        ("DELETE", "/v1/products/{product}/migration-target", Products, null),
        ("POST", "/v1/products/{product}/execute-migration-target", Products, """{"when":"now","acceptWarnings":true}"""),
        ("POST", "/v1/products/{product}/plans/{free}/migrate", Products, """{"targetPlanId":"{heirs}","targetProductId":"{heir}"}"""),
        ("POST", "/v1/migrations", Products, """{"sourceProductId":"{product}","targetProductId":"{heir}","plans":[{"source":"{free}","target":"{heirs}"}]}"""),
        ("GET", "/v1/migrations/{migration}", Readers, null),
        ("GET", "/v1/migrations/{migration}/subscriptions", Readers, null),
        ("PATCH", "/v1/migrations/{migration}", Products, """{"at":"2030-01-01T00:00:00Z"}"""),
        ("POST", "/v1/migrations/{migration}/execute", Products, """{"when":"now","acceptWarnings":true}"""),
        ("POST", "/v1/migrations/{migration}/cancel", Products, null),
        ("POST", "/v1/migrations/{migration}/retry", Products, null),
        ("POST", "/v1/products/{product}/plans", Products, """{"title":"Plan","price":{"model":"free"}}"""),
        ("GET", "/v1/products/{product}/plans", Readers, null),
        ("GET", "/v1/products/{product}/plans/{plan}", Readers, null),
        ("PATCH", "/v1/products/{product}/plans/{plan}", Products, """{"title":"Plan 2"}"""),
        ("DELETE", "/v1/products/{product}/plans/{plan}", Products, null),
        ("POST", "/v1/products/{product}/plans/{plan}/quotas", Products, """{"quotas":[{"unit":"x-tokens","limit":5}]}"""),
        ("POST", "/v1/products/{product}/plans/{plan}/quotas/{quota}/apis", Products, """{"apiIds":["{second}"]}"""),
        ("POST", "/v1/products/{product}/plans/{plan}/activate", Products, null),
        ("POST", "/v1/products/{product}/plans/{plan}/deprecate", Products, null),
        ("POST", "/v1/products/{product}/plans/{plan}/archive", Products, null),
        ("POST", "/v1/products/{product}/plans/{plan}/duplicate", Products, null),
        ("POST", "/v1/consumption-units", Products, """{"organizationId":"{org}","name":"x-images","title":"Images"}"""),
        ("GET", "/v1/consumption-units/{unit}", Readers, null),
        ("PATCH", "/v1/consumption-units/{unit}", Products, """{"title":"Tokens 2"}"""),
        ("DELETE", "/v1/consumption-units/{unit}?confirm=Delete", Products, null),
    ];

    // Answered to everybody signed in, with what is theirs; tested below.
    private static readonly string[] Elsewhere =
        [
            "GET /v1/catalogs", "GET /v1/apis", "GET /v1/products", "GET /v1/consumption-units", "GET /v1/terms", "GET /v1/migrations", "GET /v1/catalogs/{}/storefront",
            "GET /v1/catalogs/{}/storefront/{}", "GET /v1/catalogs/{}/storefront/{}/terms", "GET /internal/routes",
        ];

    [Fact]
    public void No_route_is_missing_from_the_table()
    {
        var routes = app.Services.GetServices<EndpointDataSource>().SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
            .Where(endpoint => !endpoint.RoutePattern.RawText!.StartsWith("/v1/operations", StringComparison.Ordinal))
            .SelectMany(endpoint => (endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? []).Select(method => $"{method} {Shape(endpoint.RoutePattern.RawText!)}"))
            .Where(route => route.Contains("/v1/", StringComparison.Ordinal) || route.EndsWith("/routes", StringComparison.Ordinal))
            .Order();
        Assert.Equal(Table.Select(row => $"{row.Method} {Shape(row.Route)}").Concat(Elsewhere).Order(), routes);
    }

    [Fact]
    public async Task Every_route_is_in_the_API_document_with_its_refusals()
    {
        var document = await app.Anonymous().Get("/openapi/v1.json");
        foreach (var row in Table)
        {
            var path = document.GetProperty("paths").EnumerateObject().Single(p => Shape(p.Name) == Shape(row.Route));
            var operation = path.Value.GetProperty(row.Method.ToLowerInvariant());
            Assert.False(string.IsNullOrEmpty(operation.Text("operationId")), row.Route);
            Assert.True(operation.GetProperty("responses").TryGetProperty("404", out _), $"{row.Method} {row.Route} names no 404");
        }
    }

    [Fact]
    public async Task Nobody_gets_in_without_a_token()
    {
        var world = await World();
        foreach (var row in Table)
        {
            await Call(app.Anonymous(), row, world).Expect(HttpStatusCode.Unauthorized);
        }

        foreach (var route in new[] { "/v1/catalogs", "/v1/apis", "/v1/products", "/v1/consumption-units", "/v1/terms", "/v1/migrations", "/internal/routes" })
        {
            await app.Anonymous().GetAsync(route).Expect(HttpStatusCode.Unauthorized);
        }
    }

    [Fact]
    public async Task A_stranger_and_a_consumer_see_nothing_of_a_provider()
    {
        var world = await World();
        var consumer = TestCaller.Consumer(TestCaller.NewId("org"), world["catalog"], "admin", "subscriber", "developer", "billing");
        foreach (var caller in new[] { app.ClientFor(TestCaller.Stranger()), app.ClientFor(consumer) })
        {
            foreach (var row in Table)
            {
                await Call(caller, row, world).ExpectProblem(HttpStatusCode.NotFound, "not_found");
            }

            foreach (var list in new[] { "/v1/catalogs", "/v1/apis", "/v1/products", "/v1/consumption-units", "/v1/terms", "/v1/migrations" })
            {
                Assert.Empty((await caller.Get(list)).Data());
                Assert.Empty((await caller.Get($"{list}?organizationId={world["org"]}")).Data());
            }

            await caller.GetAsync("/internal/routes").Expect(HttpStatusCode.Forbidden);
        }
    }

    [Fact]
    public async Task A_membership_without_a_role_as_in_a_disabled_provider_shows_nothing()
    {
        var world = await World();
        var member = app.ClientFor(TestCaller.Provider(world["org"]));
        foreach (var list in new[] { "/v1/catalogs", "/v1/apis", "/v1/products", "/v1/consumption-units", "/v1/terms", "/v1/migrations" })
        {
            Assert.Empty((await member.Get(list)).Data());
        }

        foreach (var row in Table.Where(row => row.Method == "GET"))
        {
            await Call(member, row, world).ExpectProblem(HttpStatusCode.Forbidden, "role_missing");
        }
    }

    [Theory]
    [InlineData("owner")]
    [InlineData("admin")]
    [InlineData("product_manager")]
    [InlineData("viewer")]
    [InlineData("no role at all")]
    public async Task A_member_may_do_what_the_role_allows(string role)
    {
        foreach (var row in Table)
        {
            var world = await World();
            var sent = Call(app.ClientFor(TestCaller.Provider(world["org"], role)), row, world);
            if (row.Roles.Split(',').Contains(role))
            {
                Assert.True((await sent).StatusCode is HttpStatusCode.OK or HttpStatusCode.Created or HttpStatusCode.NoContent or HttpStatusCode.Conflict,
                    $"{row.Method} {row.Route} as {role}: {(await sent).StatusCode}");
            }
            else
            {
                await sent.ExpectProblem(HttpStatusCode.Forbidden, "role_missing");
            }
        }
    }

    [Fact]
    public async Task A_role_in_one_organization_is_none_in_another()
    {
        var world = await World();
        var other = await World();
        // Owner of the other organization, viewer here.
        var caller = app.ClientFor(new(TestCaller.NewId("usr"), new("" + other["org"], "provider", ["owner"]), new("" + world["org"], "provider", ["viewer"])));
        foreach (var row in Table.Where(row => row.Roles != Readers))
        {
            await Call(caller, row, world).ExpectProblem(HttpStatusCode.Forbidden, "role_missing");
        }
    }

    [Theory]
    [InlineData("/v1/catalogs", """{"organizationId":"{org}","title":"Shop","environment":"sandbox"}""")]
    [InlineData("/v1/apis", """{"organizationId":"{org}","title":"Orders","upstreamUrl":"https://api.example.com"}""")]
    [InlineData("/v1/products", """{"organizationId":"{org}","title":"Product","apiIds":["x"]}""")]
    [InlineData("/v1/consumption-units", """{"organizationId":"{org}","name":"x-tokens","title":"Tokens"}""")]
    public async Task A_consumer_organization_offers_nothing(string route, string body)
    {
        var organization = TestCaller.NewId("org");
        var caller = app.ClientFor(TestCaller.Consumer(organization, null, "admin"));
        await caller.Post(route, Json(body.Replace("{org}", organization))).ExpectProblem(HttpStatusCode.Forbidden, "provider_required");
    }

    [Fact]
    public async Task Ids_of_another_tenant_in_a_body_name_nothing()
    {
        var provider = app.NewProvider();
        var other = await World();
        var catalog = await provider.SellingCatalog();
        await provider.Owner.Post("/v1/products", new { organizationId = provider.Organization, title = "Theirs", apiIds = new[] { other["api"] } })
            .ExpectProblem(HttpStatusCode.UnprocessableEntity, "api_unknown", "apiIds");
        await provider.Owner.Post($"/v1/catalogs/{catalog}/publications", new { productId = other["product"] })
            .ExpectProblem(HttpStatusCode.UnprocessableEntity, "product_unknown", "productId");
        await provider.Owner.Put($"/v1/catalogs/{catalog}/billing-integration", new { billingIntegrationId = other["integration"] }, "*")
            .ExpectProblem(HttpStatusCode.UnprocessableEntity, "billing_integration_unknown", "billingIntegrationId");
        var product = await provider.Product();
        await provider.Owner.Post($"/v1/products/{product}/plans", new { title = "P", price = new { model = "free" }, quotas = new[] { new { limit = 1, apiIds = new[] { other["api"] } } } })
            .ExpectProblem(HttpStatusCode.UnprocessableEntity, "quota_api_unknown", "quotas[0].apiIds");
        await provider.Owner.GetAsync($"/v1/products/{product}/plans/{other["plan"]}").ExpectProblem(HttpStatusCode.NotFound, "not_found");
        await provider.Owner.GetAsync($"/v1/products/{product}/releases/{other["release"]}").ExpectProblem(HttpStatusCode.NotFound, "not_found");
        await provider.Owner.Delete($"/v1/catalogs/{catalog}/publications/{other["publication"]}").ExpectProblem(HttpStatusCode.NotFound, "not_found");
    }

    [Fact]
    public async Task An_operator_reads_everything_and_changes_nothing()
    {
        var world = await World();
        var caller = app.ClientFor(TestCaller.Operator());
        foreach (var row in Table)
        {
            await Call(caller, row, world).Expect(row.Method == "GET" ? HttpStatusCode.OK : HttpStatusCode.NotFound);
        }

        Assert.Equal(2, (await caller.Get($"/v1/products?organizationId={world["org"]}")).Data().Count);
    }

    private async Task<Dictionary<string, string>> World()
    {
        var provider = app.NewProvider();
        var integration = await app.Integration(provider.Organization);
        var catalog = await provider.Catalog("sandbox", integration);
        var (api, second) = (await provider.Api(), await provider.Api("Invoices"));
        var product = (await provider.Owner.Post("/v1/products", new { organizationId = provider.Organization, title = "Product", apiIds = new[] { api, second } })
            .Expect<JsonElement>(HttpStatusCode.Created)).Id();
        var release = (await provider.Release(product)).Id();
        var publication = await provider.Publish(catalog, product);
        var free = (await provider.Owner.Get($"/v1/products/{product}/plans")).Data()[0].Id();
        var plan = await provider.Plan(product, new { title = "Free", price = new { model = "free" }, quotas = new[] { new { limit = 5, apiIds = new[] { api } } } });
        var quota = (await provider.Owner.Get($"/v1/products/{product}/plans/{plan}")).GetProperty("quotas")[0].Text("quotaId")!;
        var heir = await provider.Released(Provider.Free());
        await provider.Publish(catalog, heir);
        var heirs = (await provider.Owner.Get($"/v1/products/{heir}/plans")).Data()[0].Id();
        var migration = (await provider.Owner.Put($"/v1/products/{product}/migration-target", new { productId = heir, plans = new[] { new { source = free, target = heirs } } })
            .Expect<JsonElement>()).Id();
        var unit = await provider.Unit();
        var terms = await provider.Terms(new { organizationId = provider.Organization, catalogId = catalog, title = "Terms", text = "Pay." });
        return new() { ["org"] = provider.Organization, ["integration"] = integration, ["catalog"] = catalog, ["api"] = api, ["product"] = product, ["release"] = release, ["publication"] = publication, ["plan"] = plan, ["unit"] = unit, ["second"] = second, ["quota"] = quota, ["terms"] = terms,
            ["free"] = free, ["heir"] = heir, ["heirs"] = heirs, ["migration"] = migration };
    }

    private static async Task<HttpResponseMessage> Call(HttpClient client, (string Method, string Route, string Roles, string? Body) row, Dictionary<string, string> world)
    {
        var (path, body) = (row.Route, row.Body);
        foreach (var (name, id) in world)
        {
            (path, body) = (path.Replace($"{{{name}}}", id), body?.Replace($"{{{name}}}", id));
        }

        using var request = new HttpRequestMessage(new HttpMethod(row.Method), path) { Content = body is null ? null : Json(body) };
        request.Headers.TryAddWithoutValidation("If-Match", "*");
        return await client.SendAsync(request);
    }

    private static StringContent Json(string body) => new(body, System.Text.Encoding.UTF8, "application/json");

    private static string Shape(string route) => string.Join('/', route.Split('?')[0].TrimEnd('/').Split('/').Select(part => part.StartsWith('{') ? "{}" : part));
}
