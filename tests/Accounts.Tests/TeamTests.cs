using System.Net;
using System.Text.Json;
using Marketplace.Contracts.Storage;
using Marketplace.Testing;

namespace Marketplace.Accounts.Tests;

public sealed class TeamTests(AccountsApp app) : IClassFixture<AccountsApp>
{
    [Fact]
    public async Task A_consumer_has_one_default_team_from_its_beginning_which_stays()
    {
        var (admin, id) = await Kites();

        var team = Assert.Single((await admin.Client.Get($"/v1/organizations/{id}/teams")).GetProperty("data").EnumerateArray().ToList());
        var teamId = team.GetProperty("id").GetString()!;
        Assert.True(team.GetProperty("isDefault").GetBoolean());
        Assert.Equal(0, team.GetProperty("memberCount").GetInt32());

        await admin.Client.Delete($"/v1/organizations/{id}/teams/{teamId}").ExpectProblem(HttpStatusCode.Conflict, "default_team");
        await admin.Client.Get($"/v1/organizations/{id}/teams/{teamId}");
    }

    [Fact]
    public async Task A_consumer_that_its_provider_makes_has_a_default_team_too()
    {
        var owner = await app.SignUp();
        var catalog = await app.CatalogOf(await owner.CreateProvider());
        var made = await owner.Client.Post("/v1/organizations", new { kind = "consumer", title = "Kites", catalogId = catalog, administratorEmail = AccountsApp.NewEmail() })
            .Expect<JsonElement>(HttpStatusCode.Created);

        Assert.Equal(1L, await app.Database.Scalar<long>("select count(*) from teams where is_default and organization_id = $1", made.GetProperty("id").GetString()!));
    }

    [Fact]
    public async Task Administrators_add_rename_and_remove_teams()
    {
        var (admin, id) = await Kites();
        var made = await admin.Client.Post($"/v1/organizations/{id}/teams", new { title = "Shop" }).Expect<JsonElement>(HttpStatusCode.Created);
        var path = $"/v1/organizations/{id}/teams/{made.GetProperty("id").GetString()}";
        Assert.False(made.GetProperty("isDefault").GetBoolean());

        await admin.Client.Post($"/v1/organizations/{id}/teams", new { title = "SHOP" }).ExpectProblem(HttpStatusCode.Conflict, "title_taken", "title");
        await admin.Client.Patch(path, new { title = "Web shop" }, null).ExpectProblem(HttpStatusCode.PreconditionRequired, "if_match_required");
        await admin.Client.Patch(path, new { title = "Web shop" }, "\"7\"").ExpectProblem(HttpStatusCode.PreconditionFailed, "version_mismatch");
        await admin.Client.Patch(path, new { title = "default TEAM" }, "\"1\"").ExpectProblem(HttpStatusCode.Conflict, "title_taken", "title");
        using var renamed = await admin.Client.Patch(path, new { title = "Web shop" }, "\"1\"");
        Assert.Equal("\"2\"", renamed.Headers.ETag?.ToString());
        Assert.Equal("Web shop", (await admin.Client.Get(path)).GetProperty("title").GetString());

        await admin.Client.Delete(path).Expect(HttpStatusCode.NoContent);
        await admin.Client.GetAsync(path).ExpectProblem(HttpStatusCode.NotFound, "not_found");
        var actions = (await app.Announced<ChangeRecorded>(c => c.ObjectId == made.GetProperty("id").GetString())).Select(c => c.Action);
        Assert.Equal(["team.created", "team.deleted", "team.renamed"], actions.Order());
    }

    [Fact]
    public async Task A_team_with_members_is_not_deleted_so_that_nobody_loses_roles_unseen()
    {
        var (admin, id) = await Kites();
        var worker = await Member(admin, id);
        var team = await Team(admin, id, "Shop");
        await Add(admin, team, worker, "developer");

        await admin.Client.Delete(team).ExpectProblem(HttpStatusCode.Conflict, "team_has_members");

        await admin.Client.Delete($"{team}/members/{worker.Id}").Expect(HttpStatusCode.NoContent);
        await admin.Client.Delete(team).Expect(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task Roles_of_teams_are_in_the_internal_token_as_if_they_were_the_members_own_and_are_gone_from_the_next_request_on()
    {
        var (admin, id) = await Kites();
        var worker = await Member(admin, id);
        var (shop, billing) = (await Team(admin, id, "Shop"), await Team(admin, id, "Bills"));
        Assert.Equal(["member"], await RolesOf(worker, id));

        await Add(admin, shop, worker, "developer", "team_manager");
        await Add(admin, billing, worker, "developer", "subscriber");
        Assert.Equal(["member", "developer", "subscriber"], await RolesOf(worker, id));
        Assert.Equal(["member", "developer", "subscriber"], Strings((await worker.Client.Get("/v1/me")).GetProperty("memberships")[0].GetProperty("roles")));

        await admin.Client.Put($"{billing}/members/{worker.Id}", new { roles = new[] { "developer" } }, "*").Expect();
        Assert.Equal(["member", "developer"], await RolesOf(worker, id));
        await admin.Client.Delete($"{billing}/members/{worker.Id}").Expect(HttpStatusCode.NoContent);
        Assert.Equal(["member", "developer"], await RolesOf(worker, id));
        await admin.Client.Delete($"{shop}/members/{worker.Id}").Expect(HttpStatusCode.NoContent);
        Assert.Equal(["member"], await RolesOf(worker, id));
    }

    [Fact]
    public async Task Roles_in_a_team_are_changed_from_the_version_that_was_read()
    {
        var (admin, id) = await Kites();
        var worker = await Member(admin, id);
        var (team, other) = (await Team(admin, id, "Shop"), await Team(admin, id, "Bills"));
        await Add(admin, team, worker, "developer");
        var path = $"{team}/members/{worker.Id}";
        var read = (await worker.Client.GetAsync(path).Expect()).Headers.ETag!.ToString();

        await admin.Client.Put(path, new { roles = new[] { "subscriber" } }).ExpectProblem(HttpStatusCode.PreconditionRequired, "if_match_required");
        var changed = (await admin.Client.Put(path, new { roles = new[] { "subscriber" } }, read).Expect()).Headers.ETag!.ToString();
        await admin.Client.Put(path, new { roles = new[] { "team_manager" } }, read).ExpectProblem(HttpStatusCode.PreconditionFailed, "version_mismatch");

        Assert.Equal(changed, (await admin.Client.GetAsync(path).Expect()).Headers.ETag!.ToString());
        Assert.Equal(["subscriber"], Strings((await admin.Client.Get(path)).GetProperty("roles")));
        await admin.Client.GetAsync($"{other}/members/{worker.Id}").ExpectProblem(HttpStatusCode.NotFound, "not_found");
        await (await app.SignUp()).Client.GetAsync(path).ExpectProblem(HttpStatusCode.NotFound, "not_found");
    }

    [Fact]
    public async Task A_disabled_organization_gives_no_roles_through_teams_either()
    {
        var (admin, id) = await Kites();
        var worker = await Member(admin, id);
        var team = await Team(admin, id, "Shop");
        await Add(admin, team, worker, "developer", "team_manager");

        await (await app.Operator()).Client.Post($"/v1/organizations/{id}/disable").Expect();

        Assert.Empty(await RolesOf(worker, id));
        await worker.Client.Put($"{team}/members/{worker.Id}", new { roles = new[] { "developer" } }, "*").ExpectProblem(HttpStatusCode.Forbidden, "role_missing");
    }

    [Fact]
    public async Task Managers_of_a_team_manage_its_members_and_administrators_make_managers()
    {
        var (admin, id) = await Kites();
        var (manager, worker, other) = (await Member(admin, id), await Member(admin, id), await Member(admin, id));
        var (team, another) = (await Team(admin, id, "Shop"), await Team(admin, id, "Bills"));
        await Add(admin, team, manager, "team_manager");

        await Add(manager, team, worker, "developer");
        await manager.Client.Put($"{team}/members/{worker.Id}", new { roles = new[] { "subscriber", "developer" } }, "*").Expect();
        await manager.Client.Post($"{team}/members", new { userId = worker.Id, roles = new[] { "developer" } }).ExpectProblem(HttpStatusCode.Conflict, "already_in_team", "userId");

        // Neither more managers nor rights for oneself, nor the team itself, nor other teams.
        await manager.Client.Put($"{team}/members/{worker.Id}", new { roles = new[] { "team_manager" } }, "*").ExpectProblem(HttpStatusCode.Forbidden, "role_missing");
        await manager.Client.Put($"{team}/members/{manager.Id}", new { roles = new[] { "team_manager", "subscriber" } }, "*").ExpectProblem(HttpStatusCode.Forbidden, "role_missing");
        await manager.Client.Post($"{team}/members", new { userId = other.Id, roles = new[] { "team_manager" } }).ExpectProblem(HttpStatusCode.Forbidden, "role_missing");
        await manager.Client.Post($"{another}/members", new { userId = worker.Id, roles = new[] { "developer" } }).ExpectProblem(HttpStatusCode.Forbidden, "role_missing");
        await manager.Client.Patch(team, new { title = "Mine" }, "*").ExpectProblem(HttpStatusCode.Forbidden, "role_missing");
        await manager.Client.Post($"/v1/organizations/{id}/teams", new { title = "Mine" }).ExpectProblem(HttpStatusCode.Forbidden, "role_missing");
        await worker.Client.Post($"{team}/members", new { userId = other.Id, roles = new[] { "developer" } }).ExpectProblem(HttpStatusCode.Forbidden, "role_missing");

        await manager.Client.Delete($"{team}/members/{worker.Id}").Expect(HttpStatusCode.NoContent);
        await manager.Client.Delete($"{team}/members/{manager.Id}").Expect(HttpStatusCode.NoContent);
        await Add(admin, team, worker, "developer");
        await worker.Client.Delete($"{team}/members/{worker.Id}").Expect(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task Members_of_the_organization_see_its_teams_and_who_is_in_them_and_nobody_else_does()
    {
        var (admin, id) = await Kites();
        var (worker, stranger) = (await Member(admin, id), await app.SignUp());
        var team = await Team(admin, id, "Shop");
        await Add(admin, team, worker, "subscriber", "developer");
        var elsewhere = await app.SignUp();
        var other = await elsewhere.CreateConsumer(await app.CatalogOf());

        var shown = (await worker.Client.Get($"/v1/organizations/{id}/teams?limit=1")).GetProperty("data")[0];
        Assert.Equal(("Shop", 1), (shown.GetProperty("title").GetString(), shown.GetProperty("memberCount").GetInt32()));
        Assert.Equal(["subscriber", "developer"], Strings(shown.GetProperty("yourRoles")));
        var member = Assert.Single((await worker.Client.Get($"{team}/members")).GetProperty("data").EnumerateArray().ToList());
        Assert.Equal((worker.Email, worker.Id), (member.GetProperty("email").GetString(), member.GetProperty("userId").GetString()));

        await app.Anonymous().GetAsync(team).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        foreach (var path in new[] { $"/v1/organizations/{id}/teams", team, $"{team}/members", $"/v1/organizations/{other}/teams/{team.Split('/')[^1]}" })
        {
            await stranger.Client.GetAsync(path).ExpectProblem(HttpStatusCode.NotFound, "not_found");
        }

        // Through an organization of one's own no other's team is reached.
        await elsewhere.Client.GetAsync($"/v1/organizations/{other}/teams/{team.Split('/')[^1]}/members").ExpectProblem(HttpStatusCode.NotFound, "not_found");
        await elsewhere.Client.Post($"/v1/organizations/{other}/teams/{team.Split('/')[^1]}/members", new { userId = elsewhere.Id, roles = new[] { "developer" } })
            .ExpectProblem(HttpStatusCode.NotFound, "not_found");
        await elsewhere.Client.Delete($"/v1/organizations/{other}/teams/{team.Split('/')[^1]}").ExpectProblem(HttpStatusCode.NotFound, "not_found");
    }

    [Fact]
    public async Task Only_members_of_the_organization_come_into_a_team_and_who_leaves_the_organization_leaves_it()
    {
        var (admin, id) = await Kites();
        var (worker, stranger) = (await Member(admin, id), await app.SignUp());
        var team = await Team(admin, id, "Shop");

        await admin.Client.Post($"{team}/members", new { userId = stranger.Id, roles = new[] { "developer" } }).ExpectProblem(HttpStatusCode.NotFound, "not_found");
        await Add(admin, team, worker, "developer");
        await admin.Client.Delete($"/v1/organizations/{id}/members/{worker.Id}").Expect(HttpStatusCode.NoContent);

        Assert.Empty((await admin.Client.Get($"{team}/members")).GetProperty("data").EnumerateArray());
        await admin.Admit(id, worker, "member");
        Assert.Equal(["member"], await RolesOf(worker, id));
        var removed = Assert.Single(await app.Announced<ChangeRecorded>(c => c.Action == "member.removed" && c.ObjectId == worker.Id));
        Assert.Contains(team.Split('/')[^1], removed.Before, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Team_roles_make_nobody_an_administrator()
    {
        var (admin, id) = await Kites();
        var worker = await Member(admin, id);
        await Add(admin, await Team(admin, id, "Shop"), worker, "developer", "subscriber", "team_manager");

        await admin.Client.Delete($"/v1/organizations/{id}/members/{admin.Id}").ExpectProblem(HttpStatusCode.Conflict, "last_administrator");
    }

    [Fact]
    public async Task A_provider_has_no_teams()
    {
        var owner = await app.SignUp();
        var id = await owner.CreateProvider();

        Assert.Empty((await owner.Client.Get($"/v1/organizations/{id}/teams")).GetProperty("data").EnumerateArray());
        await owner.Client.Post($"/v1/organizations/{id}/teams", new { title = "Shop" }).ExpectProblem(HttpStatusCode.Conflict, "teams_of_consumers");
        await owner.Client.Put($"/v1/organizations/{id}/members/{owner.Id}", new { roles = new[] { "member" } }, "*").ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "roles");
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("[\"admin\"]")]
    [InlineData("[\"billing\"]")]
    [InlineData("[\"developer\",null]")]
    public async Task Roles_that_a_team_does_not_give_are_refused(string roles)
    {
        var (admin, id) = await Kites();
        var worker = await Member(admin, id);
        var team = await Team(admin, id, "Shop");

        await admin.Client.Post($"{team}/members", JsonDocument.Parse($"{{\"userId\":\"{worker.Id}\",\"roles\":{roles}}}").RootElement)
            .ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "roles");
    }

    [Fact]
    public async Task Member_stands_alone_among_the_organizations_roles()
    {
        var (admin, id) = await Kites();
        var worker = await Member(admin, id);

        await admin.Client.Put($"/v1/organizations/{id}/members/{worker.Id}", new { roles = new[] { "member", "developer" } }, "*")
            .ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "roles");
    }

    [Fact]
    public async Task A_manager_who_is_taken_out_at_the_same_moment_changes_nothing_any_more()
    {
        var (admin, id) = await Kites();
        var (manager, worker) = (await Member(admin, id), await Member(admin, id));
        var team = await Team(admin, id, "Shop");
        await Add(admin, team, manager, "team_manager");
        Task<HttpResponseMessage> addition;

        await using (var held = await app.Database.HoldRow("organizations", id))
        {
            addition = manager.Client.Post($"{team}/members", new { userId = worker.Id, roles = new[] { "subscriber" } });
            await app.Database.UntilBlockedOnLocks(1);
            await app.Database.Execute("delete from team_members where user_id = $1", manager.Id);
        }

        await addition.ExpectProblem(HttpStatusCode.Forbidden, "role_missing");
    }

    [Theory]
    [InlineData(true, null, false, null, "developer", true, TeamDecision.Allowed)]
    [InlineData(true, null, false, "developer", "team_manager", false, TeamDecision.Allowed)]
    [InlineData(true, null, false, "team_manager", "", false, TeamDecision.Allowed)]
    [InlineData(true, null, false, "developer", "developer", true, TeamDecision.InTeam)]
    [InlineData(true, null, false, null, "developer", false, TeamDecision.NotInTeam)]
    [InlineData(false, "team_manager", false, null, "subscriber", true, TeamDecision.Allowed)]
    [InlineData(false, "team_manager", false, "developer", "", false, TeamDecision.Allowed)]
    [InlineData(false, "team_manager", false, "developer", "team_manager", false, TeamDecision.AdministratorsOnly)]
    [InlineData(false, "team_manager", false, null, "team_manager", true, TeamDecision.AdministratorsOnly)]
    [InlineData(false, "team_manager", false, "team_manager", "developer", false, TeamDecision.AdministratorsOnly)]
    [InlineData(false, "team_manager", true, "team_manager", "subscriber", false, TeamDecision.AdministratorsOnly)]
    [InlineData(false, "team_manager", true, "team_manager", "", false, TeamDecision.Allowed)]
    [InlineData(false, "developer", true, "developer", "", false, TeamDecision.Allowed)]
    [InlineData(false, "developer", true, "developer", "subscriber", false, TeamDecision.RoleMissing)]
    [InlineData(false, "developer", false, "developer", "", false, TeamDecision.RoleMissing)]
    [InlineData(false, null, true, null, "", false, TeamDecision.RoleMissing)]
    [InlineData(false, null, true, null, "developer", true, TeamDecision.RoleMissing)]
    public void The_rule_about_members_of_teams_is_this_table(bool administers, string? actor, bool self, string? before, string roles, bool adding, TeamDecision decision) =>
        Assert.Equal(decision, Accounts.Team.Decide(
            administers, actor is null ? null : [actor], self, before is null ? null : [before], roles.Length == 0 ? [] : [roles], adding));

    private async Task<(Person Admin, string Id)> Kites()
    {
        var admin = await app.SignUp();
        return (admin, await admin.CreateConsumer(await app.CatalogOf()));
    }

    private async Task<Person> Member(Person admin, string id)
    {
        var person = await app.SignUp();
        await admin.Admit(id, person, "member");
        return person;
    }

    private static async Task<string> Team(Person admin, string id, string title) =>
        $"/v1/organizations/{id}/teams/{(await admin.Client.Post($"/v1/organizations/{id}/teams", new { title }).Expect<JsonElement>(HttpStatusCode.Created)).GetProperty("id").GetString()}";

    private static Task Add(Person by, string team, Person member, params string[] roles) =>
        by.Client.Post($"{team}/members", new { userId = member.Id, roles }).Expect(HttpStatusCode.Created);

    private async Task<IReadOnlyList<string>> RolesOf(Person person, string id) => (await app.CallerOf(person.Tokens.AccessToken)).In(id)!.Roles;

    private static string[] Strings(JsonElement array) => [.. array.EnumerateArray().Select(e => e.GetString()!)];
}
