using System.Net;
using System.Text.Json;
using Marketplace.Testing;

namespace Marketplace.Accounts.Tests;

public sealed class MemberTests(AccountsApp app) : IClassFixture<AccountsApp>
{
    [Fact]
    public async Task A_lost_role_holds_from_the_next_request_on()
    {
        var (owner, admin) = (await app.SignUp(), await app.SignUp());
        var id = await owner.CreateProvider();
        await owner.Admit(id, admin, "admin");
        await admin.Client.Get($"/v1/organizations/{id}/invitations");

        await owner.Client.Put($"/v1/organizations/{id}/members/{admin.Id}", new { roles = new[] { "viewer" } }, "*").Expect();

        await admin.Client.GetAsync($"/v1/organizations/{id}/invitations").ExpectProblem(HttpStatusCode.Forbidden, "role_missing");
        await owner.Client.Delete($"/v1/organizations/{id}/members/{admin.Id}").Expect(HttpStatusCode.NoContent);
        await admin.Client.GetAsync($"/v1/organizations/{id}").ExpectProblem(HttpStatusCode.NotFound, "not_found");
    }

    [Fact]
    public async Task Members_see_each_other_with_their_roles()
    {
        var (owner, viewer) = (await app.SignUp(), await app.SignUp());
        var id = await owner.CreateProvider();
        await owner.Admit(id, viewer, "viewer", "product_manager");

        var members = (await viewer.Client.Get($"/v1/organizations/{id}/members")).GetProperty("data").EnumerateArray()
            .ToDictionary(m => m.GetProperty("email").GetString()!, m => m.GetProperty("roles").EnumerateArray().Select(r => r.GetString()!).ToArray());

        Assert.Equal(["owner"], members[owner.Email]);
        Assert.Equal(["viewer", "product_manager"], members[viewer.Email]);
    }

    [Fact]
    public async Task Roles_are_changed_from_the_version_that_was_read()
    {
        var (owner, member) = (await app.SignUp(), await app.SignUp());
        var id = await owner.CreateProvider();
        await owner.Admit(id, member, "viewer");
        var path = $"/v1/organizations/{id}/members/{member.Id}";
        var read = (await member.Client.GetAsync(path).Expect()).Headers.ETag!.ToString();

        await owner.Client.Put(path, new { roles = new[] { "admin" } }).ExpectProblem(HttpStatusCode.PreconditionRequired, "if_match_required");
        var changed = (await owner.Client.Put(path, new { roles = new[] { "admin" } }, read).Expect()).Headers.ETag!.ToString();
        await owner.Client.Put(path, new { roles = new[] { "product_manager" } }, read).ExpectProblem(HttpStatusCode.PreconditionFailed, "version_mismatch");

        var after = await owner.Client.GetAsync(path).Expect();
        Assert.Equal(changed, after.Headers.ETag!.ToString());
        Assert.Equal("admin", (await owner.Client.Get(path)).GetProperty("roles")[0].GetString());
        await (await app.SignUp()).Client.GetAsync(path).ExpectProblem(HttpStatusCode.NotFound, "not_found");
        await (await app.Operator()).Client.GetAsync(path).ExpectProblem(HttpStatusCode.Forbidden, "role_missing");
        await owner.Client.GetAsync($"/v1/organizations/{id}/members/usr_nobody").ExpectProblem(HttpStatusCode.NotFound, "not_found");
    }

    [Fact]
    public async Task The_last_owner_stays()
    {
        var (owner, admin) = (await app.SignUp(), await app.SignUp());
        var id = await owner.CreateProvider();
        await owner.Admit(id, admin, "admin");

        await owner.Client.Put($"/v1/organizations/{id}/members/{owner.Id}", new { roles = new[] { "admin" } }, "*").ExpectProblem(HttpStatusCode.Conflict, "last_administrator");
        await owner.Client.Delete($"/v1/organizations/{id}/members/{owner.Id}").ExpectProblem(HttpStatusCode.Conflict, "last_administrator");

        await owner.Client.Put($"/v1/organizations/{id}/members/{admin.Id}", new { roles = new[] { "owner" } }, "*").Expect();
        await owner.Client.Delete($"/v1/organizations/{id}/members/{owner.Id}").Expect(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task To_an_owner_who_was_disabled_nobody_is_left()
    {
        var (owner, other) = (await app.SignUp(), await app.SignUp());
        var id = await owner.CreateProvider();
        await owner.Admit(id, other, "owner");
        var operators = (await app.Operator()).Client;
        await operators.Post($"/v1/users/{other.Id}/disable").Expect();

        await owner.Client.Delete($"/v1/organizations/{id}/members/{owner.Id}").ExpectProblem(HttpStatusCode.Conflict, "last_administrator");
        await operators.Post($"/v1/users/{other.Id}/enable").Expect();
        await owner.Client.Delete($"/v1/organizations/{id}/members/{owner.Id}").Expect(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task The_last_owner_who_may_sign_in_is_disabled_only_where_the_organization_is()
    {
        var (owner, other) = (await app.SignUp(), await app.SignUp());
        var id = await owner.CreateProvider();
        await owner.Admit(id, other, "admin");
        var operators = (await app.Operator()).Client;

        await operators.Post($"/v1/users/{owner.Id}/disable").ExpectProblem(HttpStatusCode.Conflict, "last_administrator");
        await owner.Client.Get("/v1/me");
        await operators.Post($"/v1/users/{other.Id}/disable").Expect();
        await operators.Post($"/v1/users/{other.Id}/enable").Expect();

        await operators.Post($"/v1/organizations/{id}/disable").Expect();
        await operators.Post($"/v1/users/{owner.Id}/disable").Expect();
        await operators.Post($"/v1/organizations/{id}/enable").ExpectProblem(HttpStatusCode.Conflict, "administrators_disabled");
        await operators.Post($"/v1/users/{owner.Id}/enable").Expect();
        await operators.Post($"/v1/organizations/{id}/enable").Expect();
    }

    [Fact]
    public async Task A_consumer_whose_administrator_was_disabled_while_it_waited_is_not_let_in()
    {
        var (owner, person) = (await app.SignUp(), await app.SignUp());
        var id = await person.CreateConsumer(await app.CatalogOf(await owner.CreateProvider(), approval: "manual"));
        var operators = (await app.Operator()).Client;
        await operators.Post($"/v1/users/{person.Id}/disable").Expect();

        await owner.Client.Post($"/v1/organizations/{id}/approve").ExpectProblem(HttpStatusCode.Conflict, "administrators_disabled");
        await operators.Post($"/v1/users/{person.Id}/enable").Expect();
        await owner.Client.Post($"/v1/organizations/{id}/approve").Expect();
        await operators.Post($"/v1/users/{person.Id}/disable").ExpectProblem(HttpStatusCode.Conflict, "last_administrator");
    }

    [Fact]
    public async Task Of_two_owners_who_are_disabled_at_once_one_stays()
    {
        var (one, other) = (await app.SignUp(), await app.SignUp());
        var id = await one.CreateProvider();
        await one.Admit(id, other, "owner");
        var operators = (await app.Operator()).Client;
        Task<HttpResponseMessage>[] both;

        await using (await app.Database.HoldRow("organizations", id))
        {
            both = [operators.Post($"/v1/users/{one.Id}/disable"), operators.Post($"/v1/users/{other.Id}/disable")];
            await app.Database.UntilBlockedOnLocks(2);
        }

        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.Conflict], (await Task.WhenAll(both)).Select(answer => answer.StatusCode).Order());
        Assert.Equal(1L, await app.Database.Scalar<long>(
            "select count(*) from memberships m join users u on u.id = m.user_id where m.organization_id = $1 and u.disabled_at is null", id));
    }

    [Fact]
    public async Task Who_has_lost_the_role_is_not_shown_again_what_the_key_brought()
    {
        var (owner, admin) = (await app.SignUp(), await app.SignUp());
        var id = await owner.CreateProvider();
        await owner.Admit(id, admin, "admin");
        var invitation = new { email = AccountsApp.NewEmail(), roles = new[] { "viewer" } };
        Task<HttpResponseMessage> Invite() => admin.Client.Post($"/v1/organizations/{id}/invitations", invitation, "lost-role");
        var shown = await Invite().Expect<System.Text.Json.JsonElement>(HttpStatusCode.Created);
        Assert.Equal(shown.GetProperty("token").GetString(), (await Invite().Expect<System.Text.Json.JsonElement>(HttpStatusCode.Created)).GetProperty("token").GetString());

        await owner.Client.Put($"/v1/organizations/{id}/members/{admin.Id}", new { roles = new[] { "viewer" } }, "*").Expect();

        await Invite().ExpectProblem(HttpStatusCode.Conflict, "idempotency_answer_withheld");
    }

    [Fact]
    public async Task Two_owners_who_take_each_other_out_at_once_leave_one()
    {
        var (one, other) = (await app.SignUp(), await app.SignUp());
        var id = await one.CreateProvider();
        await one.Admit(id, other, "owner");
        Task<HttpResponseMessage>[] both;

        await using (await app.Database.HoldRow("organizations", id))
        {
            both =
            [
                one.Client.Delete($"/v1/organizations/{id}/members/{one.Id}"),
                other.Client.Put($"/v1/organizations/{id}/members/{other.Id}", new { roles = new[] { "viewer" } }, "*"),
            ];
            await app.Database.UntilBlockedOnLocks(2);
        }

        var answers = await Task.WhenAll(both);
        Assert.Single(answers, a => a.IsSuccessStatusCode);
        Assert.Single(answers, a => a.StatusCode == HttpStatusCode.Conflict);
        Assert.Equal(1L, await app.Database.Scalar<long>("select count(*) from memberships where organization_id = $1 and 'owner' = any(roles)", id));
    }

    [Fact]
    public async Task Administrators_who_own_nothing_neither_make_nor_touch_owners()
    {
        var (owner, admin) = (await app.SignUp(), await app.SignUp());
        var id = await owner.CreateProvider();
        await owner.Admit(id, admin, "admin");

        await admin.Client.Put($"/v1/organizations/{id}/members/{admin.Id}", new { roles = new[] { "owner" } }, "*").ExpectProblem(HttpStatusCode.Forbidden, "role_missing");
        await admin.Client.Delete($"/v1/organizations/{id}/members/{owner.Id}").ExpectProblem(HttpStatusCode.Forbidden, "role_missing");
        await admin.Client.Post($"/v1/organizations/{id}/invitations", new { email = AccountsApp.NewEmail(), roles = new[] { "owner" } })
            .ExpectProblem(HttpStatusCode.Forbidden, "role_missing");
    }

    [Fact]
    public async Task Members_may_leave_by_themselves()
    {
        var (owner, viewer) = (await app.SignUp(), await app.SignUp());
        var id = await owner.CreateProvider();
        await owner.Admit(id, viewer, "viewer");

        await viewer.Client.Delete($"/v1/organizations/{id}/members/{viewer.Id}").Expect(HttpStatusCode.NoContent);

        Assert.Empty((await viewer.Client.Get("/v1/me")).GetProperty("memberships").EnumerateArray());
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("[\"billing\"]")]
    [InlineData("[\"admin\",null]")]
    [InlineData("[\"Owner\"]")]
    [InlineData("null")]
    public async Task Roles_that_the_kind_does_not_have_are_refused(string roles)
    {
        var owner = await app.SignUp();
        var id = await owner.CreateProvider();

        await owner.Client.Put($"/v1/organizations/{id}/members/{owner.Id}", JsonDocument.Parse($"{{\"roles\":{roles}}}").RootElement, "*")
            .ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "roles");
    }

    [Fact]
    public async Task An_unknown_member_is_not_found()
    {
        var owner = await app.SignUp();
        var id = await owner.CreateProvider();

        await owner.Client.Put($"/v1/organizations/{id}/members/usr_nobody", new { roles = new[] { "viewer" } }, "*").ExpectProblem(HttpStatusCode.NotFound, "not_found");
        await owner.Client.Delete($"/v1/organizations/{id}/members/usr_nobody").ExpectProblem(HttpStatusCode.NotFound, "not_found");
    }

    [Theory]
    [InlineData("o", "o", "", MemberDecision.LastAdministrator)]
    [InlineData("o", "a", "owner", MemberDecision.Allowed)]
    [InlineData("o", "v", "", MemberDecision.Allowed)]
    [InlineData("o", "x", "viewer", MemberDecision.NoSuchMember)]
    [InlineData("a", "v", "admin", MemberDecision.Allowed)]
    [InlineData("a", "v", "owner", MemberDecision.RoleMissing)]
    [InlineData("a", "o", "viewer", MemberDecision.RoleMissing)]
    [InlineData("a", "o", "", MemberDecision.RoleMissing)]
    [InlineData("a", "a", "", MemberDecision.Allowed)]
    [InlineData("v", "v", "", MemberDecision.Allowed)]
    [InlineData("v", "v", "admin", MemberDecision.RoleMissing)]
    [InlineData("v", "a", "", MemberDecision.RoleMissing)]
    [InlineData("v", "x", "", MemberDecision.RoleMissing)]
    [InlineData("x", "v", "", MemberDecision.Stranger)]
    [InlineData("x", "x", "", MemberDecision.Stranger)]
    public void The_rule_about_members_is_this_table(string actor, string target, string roles, MemberDecision decision)
    {
        var members = new Dictionary<string, string[]> { ["o"] = ["owner"], ["a"] = ["admin"], ["v"] = ["viewer"] };

        Assert.Equal(decision, Organization.Decide("provider", members, actor, target, roles.Length == 0 ? [] : [roles], new HashSet<string>()));
    }
}
