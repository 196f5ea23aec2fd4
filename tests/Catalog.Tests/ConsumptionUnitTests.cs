using System.Net;
using System.Text.Json;
using Marketplace.Testing;
using Npgsql;

namespace Marketplace.Catalog.Tests;

public sealed class ConsumptionUnitTests(CatalogApp app) : IClassFixture<CatalogApp>
{
    [Fact]
    public async Task A_unit_has_a_name_that_stays_and_titles_that_are_translated()
    {
        var provider = app.NewProvider();
        var made = await provider.Owner.Post("/v1/consumption-units", new
        {
            organizationId = provider.Organization, name = "x-tokens", title = "Tokens", titles = new Dictionary<string, string> { ["de"] = "Wertmarken", ["pt-BR"] = "Fichas" },
        }).Expect<JsonElement>(HttpStatusCode.Created);
        Assert.Equal(("x-tokens", "Tokens", "Wertmarken"), (made.Text("name"), made.Text("title"), made.GetProperty("titles").Text("de")));

        var path = $"/v1/consumption-units/{made.Id()}";
        await provider.Owner.Patch(path, new { title = "T" }).ExpectProblem((HttpStatusCode)428, "if_match_required");
        await provider.Owner.Patch(path, new { name = "x-other" }, "*").ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "name");
        var changed = await provider.Owner.Patch(path, new { titles = new Dictionary<string, string> { ["fr"] = "Jetons" } }, "*").Expect<JsonElement>();
        Assert.Equal("""{"fr":"Jetons"}""", changed.GetProperty("titles").GetRawText());
        Assert.Equal(("x-tokens", "Tokens"), (changed.Text("name"), changed.Text("title")));
        Assert.Equal("23001", (await Assert.ThrowsAsync<PostgresException>(() => app.Database.Execute($"update consumption_units set name = 'x-other' where id = '{made.Id()}'"))).SqlState);
    }

    [Fact]
    public async Task A_name_is_unique_in_its_organization_only()
    {
        var (one, two) = (app.NewProvider(), app.NewProvider());
        await one.Unit();
        await two.Unit();
        await one.Owner.Post("/v1/consumption-units", new { organizationId = one.Organization, name = "x-tokens", title = "Again" })
            .ExpectProblem(HttpStatusCode.Conflict, "consumption_unit_exists", "name");
        // Units of another provider are no units here.
        await two.Unit("x-images");
        await one.Owner.Post($"/v1/products/{await one.Product()}/plans", new { title = "P", currency = "usd", price = new { model = "unit", unitAmount = "1", unit = "x-images" } })
            .ExpectProblem(HttpStatusCode.UnprocessableEntity, "consumption_unit_unknown", "price.unit");
    }

    [Theory]
    [InlineData("tokens")]
    [InlineData("x-")]
    [InlineData("x-Tokens")]
    [InlineData("x-a--b")]
    [InlineData("x-a-")]
    [InlineData("x-a b")]
    [InlineData("x-a\n")]
    [InlineData("X-a")]
    public async Task A_name_that_no_header_carries_is_refused(string name)
    {
        var provider = app.NewProvider();
        await provider.Owner.Post("/v1/consumption-units", new { organizationId = provider.Organization, name, title = "T" })
            .ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "name");
    }

    [Theory]
    [InlineData("""{"":"T"}""")]
    [InlineData("""{"german":"T"}""")]
    [InlineData("""{"de":""}""")]
    [InlineData("""{"de":null}""")]
    [InlineData("""{"de":"a\u0007"}""")]
    [InlineData("""["de"]""")]
    public async Task Titles_that_cannot_be_shown_are_refused(string titles)
    {
        var provider = app.NewProvider();
        var body = $$"""{"organizationId":"{{provider.Organization}}","name":"x-a","title":"T","titles":{{titles}}}""";
        await provider.Owner.Post("/v1/consumption-units", new StringContent(body, System.Text.Encoding.UTF8, "application/json"))
            .ExpectProblem(HttpStatusCode.BadRequest, "validation_failed");
    }

    [Fact]
    public async Task A_unit_goes_only_when_no_plan_names_it_and_the_word_is_said()
    {
        var provider = app.NewProvider();
        var unit = $"/v1/consumption-units/{await provider.Unit()}";
        await provider.Owner.Delete(unit).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "confirm");
        await provider.Owner.Delete($"{unit}?confirm=delete").ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "confirm");

        var product = await provider.Product();
        var limited = await provider.Plan(product, new { title = "P", price = new { model = "free" }, quotas = new[] { new { unit = "x-tokens", limit = 5 } } });
        await provider.Owner.Delete($"{unit}?confirm=Delete").ExpectProblem(HttpStatusCode.Conflict, "consumption_unit_in_use");
        await provider.Owner.Patch($"/v1/products/{product}/plans/{limited}", new { quotas = Array.Empty<object>(), currency = "usd", price = new { model = "unit", unitAmount = "1", unit = "x-tokens" } }, "*").Expect();
        await provider.Owner.Delete($"{unit}?confirm=Delete").ExpectProblem(HttpStatusCode.Conflict, "consumption_unit_in_use");
        foreach (var move in new[] { "activate", "deprecate", "archive" })
        {
            await provider.Owner.Post($"/v1/products/{product}/plans/{limited}/{move}").Expect();
        }

        await provider.Owner.Delete($"{unit}?confirm=Delete").Expect(HttpStatusCode.NoContent);
        await provider.Owner.GetAsync(unit).ExpectProblem(HttpStatusCode.NotFound, "not_found");
        Assert.Empty((await provider.Owner.Get("/v1/consumption-units")).Data());
    }

    [Fact]
    public async Task A_unit_that_a_plan_is_just_beginning_to_name_does_not_go()
    {
        var provider = app.NewProvider();
        var unit = await provider.Unit();
        var product = await provider.Product();
        Task<HttpResponseMessage> create, delete;
        await using (await app.Database.HoldRow("consumption_units", unit))
        {
            create = provider.Owner.Post($"/v1/products/{product}/plans", new { title = "P", currency = "usd", price = new { model = "unit", unitAmount = "1", unit = "x-tokens" } });
            await app.Database.UntilBlockedOnLocks(1);
            delete = provider.Owner.Delete($"/v1/consumption-units/{unit}?confirm=Delete");
            await app.Database.UntilBlockedOnLocks(2);
        }

        // Whichever was let through first, no plan names a unit that is gone.
        var created = (await create).StatusCode == HttpStatusCode.Created;
        Assert.Equal(created ? HttpStatusCode.Conflict : HttpStatusCode.NoContent, (await delete).StatusCode);
    }
}
