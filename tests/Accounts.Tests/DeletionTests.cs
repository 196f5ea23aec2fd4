using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Marketplace.Accounts.Organizations;
using Marketplace.Contracts.Accounts;
using Marketplace.Contracts.Storage;
using Marketplace.Testing;

namespace Marketplace.Accounts.Tests;

public sealed class DeletionTests(AccountsApp app) : IClassFixture<AccountsApp>
{
    [Fact]
    public async Task An_organization_is_deleted_by_its_title_and_the_mailed_code_with_its_members_and_teams()
    {
        var (person, member) = (await app.SignUp(), await app.SignUp());
        var id = await person.CreateConsumer(await app.CatalogOf(), "Kites");
        await person.Admit(id, member, "developer");
        var team = (await person.Client.Get($"/v1/organizations/{id}/teams")).GetProperty("data")[0].GetProperty("id").GetString()!;
        await person.Client.Post($"/v1/organizations/{id}/teams/{team}/members", new { userId = member.Id, roles = new[] { "subscriber" } }).Expect(HttpStatusCode.Created);
        var code = await Code(person, id, "Kites");

        await person.Client.Post($"/v1/organizations/{id}/delete", new { title = "kites", code }).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "title");
        await person.Client.Post($"/v1/organizations/{id}/delete", new { title = "Kites", code = "AAAAAAAAAA" }).ExpectProblem(HttpStatusCode.Forbidden, "code_wrong", "code");
        await person.Client.Post($"/v1/organizations/{id}/delete", new { title = "Kites", code }).Expect(HttpStatusCode.NoContent);

        await person.Client.GetAsync($"/v1/organizations/{id}").ExpectProblem(HttpStatusCode.NotFound, "not_found");
        Assert.Null((await app.CallerOf(member.Tokens.AccessToken)).In(id));
        Assert.Equal(0L, await app.Database.Scalar<long>("select (select count(*) from teams where organization_id = $1) + (select count(*) from team_members where organization_id = $1)", id));
        Assert.Empty((await member.Client.Get("/v1/me")).GetProperty("memberships").EnumerateArray());
        var told = Assert.Single(await app.Announced<OrganizationDeleted>(o => o.OrganizationId == id));
        Assert.True(told.Version > (await app.Announced<OrganizationCreated>(o => o.OrganizationId == id)).Max(o => o.Version));
        Assert.Single(await app.Announced<ChangeRecorded>(c => c.Action == "organization.deleted" && c.ObjectId == id && c.Actor == person.Id));
    }

    [Fact]
    public async Task A_code_is_good_for_five_tries_and_fifteen_minutes()
    {
        var person = await app.SignUp();
        var id = await person.CreateConsumer(await app.CatalogOf(), "Kites");
        var code = await Code(person, id, "Kites");
        for (var i = 0; i < 5; i++)
        {
            await person.Client.Post($"/v1/organizations/{id}/delete", new { title = "Kites", code = $"GUESS{i}" }).ExpectProblem(HttpStatusCode.Forbidden, "code_wrong");
        }

        await person.Client.Post($"/v1/organizations/{id}/delete", new { title = "Kites", code }).ExpectProblem(HttpStatusCode.Forbidden, "code_wrong");
        app.Clock.Advance(TimeSpan.FromMinutes(2));
        code = await Code(person, id, "Kites", 2);
        app.Clock.Advance(TimeSpan.FromMinutes(15));
        await person.Client.Post($"/v1/organizations/{id}/delete", new { title = "Kites", code }).ExpectProblem(HttpStatusCode.Forbidden, "code_wrong");
        await person.Client.Get($"/v1/organizations/{id}");
    }

    [Fact]
    public async Task A_code_is_good_only_for_whom_it_was_mailed_to()
    {
        var (one, other) = (await app.SignUp(), await app.SignUp());
        var id = await one.CreateConsumer(await app.CatalogOf(), "Kites");
        await one.Admit(id, other, "admin");
        var code = await Code(one, id, "Kites");

        await other.Client.Post($"/v1/organizations/{id}/delete", new { title = "Kites", code }).ExpectProblem(HttpStatusCode.Forbidden, "code_wrong");
    }

    [Theory]
    [InlineData("deletion-code", "")]
    [InlineData("delete", """{"title":"Weather Works","code":"AAAAAAAAAA"}""")]
    public async Task Only_owners_and_only_in_a_session(string route, string body)
    {
        var (owner, admin) = (await app.SignUp(), await app.SignUp());
        var id = await owner.CreateProvider();
        await owner.Admit(id, admin, "admin");
        var token = (await owner.Client.Post("/v1/tokens", new { title = "x" }).Expect<JsonElement>(HttpStatusCode.Created)).GetProperty("token").GetString()!;
        object? sent = body.Length == 0 ? null : JsonDocument.Parse(body).RootElement;

        await app.Anonymous().Post($"/v1/organizations/{id}/{route}", sent).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        await (await app.SignUp()).Client.Post($"/v1/organizations/{id}/{route}", sent).ExpectProblem(HttpStatusCode.NotFound, "not_found");
        await admin.Client.Post($"/v1/organizations/{id}/{route}", sent).ExpectProblem(HttpStatusCode.Forbidden, "role_missing");
        await app.Behind(() => token).Post($"/v1/organizations/{id}/{route}", sent).ExpectProblem(HttpStatusCode.Conflict, "session_missing");
    }

    [Fact]
    public async Task A_provider_stays_while_it_has_catalogs_or_integrations_which_are_named_and_is_deleted_once_they_are()
    {
        var owner = await app.SignUp();
        var id = await owner.CreateProvider("Weather");
        var (first, second) = (await app.CatalogOf(id), await app.CatalogOf(id));
        var integration = TestCaller.NewId("bil");
        await Integration(1, deleted: false);
        // Another provider's are in nobody else's way.
        await app.CatalogOf("org_other");
        var code = await Code(owner, id, "Weather");
        Assert.Equal([("catalogs", 2, $"{string.CompareOrdinal(first, second) switch { < 0 => first, _ => second }}"), ("billing integrations", 1, integration)], await InTheWay());

        await Closed(first, 2);
        await Closed(second, 2);
        Assert.Equal([("billing integrations", 1, integration)], await InTheWay());
        // What was true before, and comes late, is not true again.
        await Integration(3, deleted: true);
        await Integration(2, deleted: false);
        await app.Make<KeepCatalogSettings>().Handle(new(first, id, "sandbox", true, 1), default);

        await owner.Client.Post($"/v1/organizations/{id}/delete", new { title = "Weather", code }).Expect(HttpStatusCode.NoContent);

        Assert.Single(await app.Announced<OrganizationDeleted>(o => o.OrganizationId == id));
        Assert.Equal(
            ["organization.deletion_asked", "organization.deleted"],
            (await app.Announced<ChangeRecorded>(c => c.ObjectId == id && c.Actor == owner.Id && c.Action.StartsWith("organization.delet", StringComparison.Ordinal))).Select(c => c.Action));

        Task Integration(long version, bool deleted) =>
            app.Make<KeepBillingIntegration>().Handle(new(integration, id, "Stripe", "acct_1", false, "invoices", [], true, deleted, version), default);

        Task Closed(string catalog, long version) => app.Make<KeepCatalogSettings>().Handle(new(catalog, id, "sandbox", false, version, ConsumerOrganizations: false, Deleted: true), default);

        async Task<List<(string, int, string)>> InTheWay()
        {
            var refused = await owner.Client.Post($"/v1/organizations/{id}/delete", new { title = "Weather", code }).Expect<JsonElement>(HttpStatusCode.Conflict);
            Assert.Equal("organization_in_use", refused.GetProperty("code").GetString());
            var uses = refused.GetProperty("uses").EnumerateArray().Select(u => (u.GetProperty("what").GetString()!, u.GetProperty("count").GetInt32(), u.GetProperty("ids")[0].GetString()!)).ToList();
            Assert.All(uses, use => Assert.Contains(use.Item3, refused.GetProperty("detail").GetString()!, StringComparison.Ordinal));
            return uses;
        }
    }

    [Fact]
    public async Task Nobody_signs_up_to_a_catalog_that_a_deleted_provider_made_in_the_last_moment()
    {
        var owner = await app.SignUp();
        var id = await owner.CreateProvider("Weather");
        await owner.Client.Post($"/v1/organizations/{id}/delete", new { title = "Weather", code = await Code(owner, id, "Weather") }).Expect(HttpStatusCode.NoContent);
        var catalog = await app.CatalogOf(id);

        await owner.Client.Post("/v1/organizations", new { kind = "consumer", title = "Kites", catalogId = catalog }).ExpectProblem(HttpStatusCode.Conflict, "provider_deleted", "catalogId");
        await app.Anonymous().Post("/v1/users", new { email = AccountsApp.NewEmail(), password = AccountsApp.Password, organization = new { title = "Kites", catalogId = catalog } })
            .ExpectProblem(HttpStatusCode.Conflict, "provider_deleted", "catalogId");
    }

    [Fact]
    public async Task A_second_code_within_a_minute_is_refused_and_the_first_one_stays_good()
    {
        var owner = await app.SignUp();
        var id = await owner.CreateProvider("Weather");
        var code = await Code(owner, id, "Weather");

        await owner.Client.Post($"/v1/organizations/{id}/deletion-code").ExpectProblem(HttpStatusCode.TooManyRequests, "too_many_letters");

        await owner.Client.Post($"/v1/organizations/{id}/delete", new { title = "Weather", code }).Expect(HttpStatusCode.NoContent);
    }

    private async Task<string> Code(Person person, string id, string title, int count = 1)
    {
        await person.Client.Post($"/v1/organizations/{id}/deletion-code").Expect(HttpStatusCode.Accepted);
        return Regex.Match(await app.NewestMailTo(person.Email, $"Code to delete {title}", count), @"^[A-Z2-9]{10}\r?$", RegexOptions.Multiline).Value.Trim();
    }
}
