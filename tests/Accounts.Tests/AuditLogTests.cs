using System.Net;
using System.Text.Json;
using Marketplace.Accounts.Audit;
using Marketplace.Contracts.Storage;
using Marketplace.Testing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Marketplace.Accounts.Tests;

public sealed class AuditLogTests(AccountsApp app) : IClassFixture<AccountsApp>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_change_is_told_with_who_made_it_and_what_it_was_before()
    {
        var person = await app.SignUp();
        var organization = await person.CreateProvider("Before");

        await person.Client.Patch($"/v1/organizations/{organization}", new { title = "After" }, "\"1\"").Expect<JsonElement>();

        var told = Assert.Single(await app.Announced<ChangeRecorded>(c => c.ObjectId == organization && c.Action == "organization.renamed"));
        Assert.Equal((person.Id, organization), (told.Actor, told.OrganizationId));
        Assert.Equal("""{"title":"Before"}""", told.Before);
        Assert.Equal("""{"title":"After"}""", told.After);
    }

    [Fact]
    public async Task Administrators_read_the_log_of_their_organization_and_nobody_elses()
    {
        var person = await app.SignUp();
        var organization = await person.CreateProvider();
        var change = await Kept(organization, "plan.activated");
        var viewer = await app.SignUp();
        await person.Admit(organization, viewer, "viewer");

        var seen = await Read(person.Client, $"?organizationId={organization}&action=plan.activated");
        Assert.Equal(change.ChangeId, Assert.Single(seen).GetProperty("id").GetString());
        Assert.Equal("x", seen[0].GetProperty("after").GetProperty("title").GetString());
        Assert.Empty(await Read((await app.SignUp()).Client, $"?organizationId={organization}"));
        Assert.Empty(await Read(viewer.Client, $"?organizationId={organization}"));
        Assert.Single(await Read((await app.Operator()).Client, $"?objectId={change.ObjectId}"));
        using var anonymous = app.Anonymous();
        await anonymous.GetAsync("/v1/audit-log", Cancellation).Expect(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_change_told_twice_is_kept_once_and_nothing_alters_it()
    {
        var change = await Kept("org_final", "plan.archived");
        await Keep(change);

        Assert.Equal(1, await app.Database.Scalar<long>($"select count(*) from audit_log where id = '{change.ChangeId}'"));
        foreach (var statement in new[] { $"update audit_log set actor = 'x' where id = '{change.ChangeId}'", $"delete from audit_log where id = '{change.ChangeId}'", "truncate audit_log" })
        {
            var refusal = await Assert.ThrowsAsync<PostgresException>(() => app.Database.Execute(statement));
            Assert.Contains("only ever added to", refusal.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_log_is_searched_by_object_actor_action_and_time_and_read_in_pages()
    {
        var person = await app.SignUp();
        var organization = await person.CreateProvider();
        var at = new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
        ChangeRecorded[] changes =
        [
            .. Enumerable.Range(0, 5).Select(hour => new ChangeRecorded(
                $"chg_{hour}{Guid.NewGuid():n}", at.AddHours(hour), hour % 2 == 0 ? "usr_even" : "usr_odd", hour < 4 ? "plan.changed" : "plan.archived", organization, $"pln_{hour}", null, null, null)),
        ];
        foreach (var change in changes)
        {
            await Keep(change);
        }

        async Task<string[]> Objects(string query) => [.. (await Read(person.Client, $"?organizationId={organization}{query}")).Select(change => change.GetProperty("objectId").GetString()!)];
        Assert.Equal(["pln_4", "pln_2", "pln_0"], await Objects("&actor=usr_even"));
        Assert.Equal(["pln_4"], await Objects("&action=plan.archived"));
        Assert.Equal(["pln_2", "pln_1"], await Objects("&from=2030-01-01T01:00:00Z&to=2030-01-01T03:00:00Z"));
        Assert.Equal(["pln_3"], await Objects("&objectId=pln_3&actor=usr_odd"));
        var first = await person.Client.Get($"/v1/audit-log?organizationId={organization}&limit=3");
        var second = await person.Client.Get($"/v1/audit-log?organizationId={organization}&limit=3&cursor={first.GetProperty("nextCursor").GetString()}");
        Assert.Equal(["pln_4", "pln_3", "pln_2", "pln_1", "pln_0"], first.GetProperty("data").EnumerateArray().Concat(second.GetProperty("data").EnumerateArray()).Select(change => change.GetProperty("objectId").GetString()!));
        await person.Client.GetAsync("/v1/audit-log?from=yesterday", Cancellation).Expect(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task Every_write_of_accounts_is_told_and_none_tells_a_secret()
    {
        var (owner, member) = (await app.SignUp(), await app.SignUp());
        var provider = await owner.CreateProvider("Told");
        await owner.Admit(provider, member, "viewer");
        await owner.Client.Put($"/v1/organizations/{provider}/members/{member.Id}", new { roles = new[] { "admin" } }, "*").Expect();
        var invited = await owner.Client.Post($"/v1/organizations/{provider}/invitations", new { email = AccountsApp.NewEmail(), roles = new[] { "viewer" } }).Expect<JsonElement>(HttpStatusCode.Created);
        await owner.Client.Delete($"/v1/organizations/{provider}/invitations/{invited.GetProperty("id").GetString()}").Expect(HttpStatusCode.NoContent);
        await owner.Client.Delete($"/v1/organizations/{provider}/members/{member.Id}").Expect(HttpStatusCode.NoContent);
        var token = await owner.Client.Post("/v1/tokens", new { title = "CI", scopes = new[] { "catalog:read" } }).Expect<JsonElement>(HttpStatusCode.Created);
        await owner.Client.Delete($"/v1/tokens/{token.GetProperty("id").GetString()}").Expect(HttpStatusCode.NoContent);
        var key = (await owner.Client.Post("/v1/me/second-factor", new { password = AccountsApp.Password }).Expect<JsonElement>()).GetProperty("secret").GetString()!;
        var recovery = await owner.Client.Post("/v1/me/second-factor/confirm", new { code = AuthenticatorApp.Code(key) }).Expect<JsonElement>();
        await owner.Client.Post("/v1/me/second-factor/recovery-codes", new { password = AccountsApp.Password }).Expect();
        await owner.Client.Post("/v1/me/second-factor/disable", new { password = AccountsApp.Password }).Expect(HttpStatusCode.NoContent);
        const string Another = "another-Long-enough-2-password";
        await owner.Client.Post("/v1/me/password", new { currentPassword = AccountsApp.Password, newPassword = Another }).Expect(HttpStatusCode.NoContent);
        await owner.Client.Delete("/v1/sessions").Expect(HttpStatusCode.NoContent);
        await app.Anonymous().Post("/v1/users/forgot-password", new { email = owner.Email }).Expect(HttpStatusCode.Accepted);
        var link = AccountsApp.TokenIn(await app.NewestMailTo(owner.Email, "Set a new password"));
        await app.Anonymous().Post("/v1/users/reset-password", new { token = link, password = Another + "3" }).Expect(HttpStatusCode.NoContent);

        var told = await app.Announced<ChangeRecorded>(c => c.Actor == owner.Id || c.Actor == member.Id || c.ObjectId == owner.Id);

        Assert.Superset(
            new HashSet<string>
            {
                "user.signed_up", "organization.created", "invitation.sent", "invitation.accepted", "invitation.revoked", "member.changed", "member.removed", "token.created", "token.revoked",
                "second_factor.turned_on", "second_factor.turned_off", "recovery_codes.renewed", "password.changed", "password.reset", "session.ended", "second_factor.enrolled", "password.link_mailed",
            },
            told.Select(change => change.Action).ToHashSet());
        var changed = told.Single(change => change.Action == "member.changed");
        Assert.Equal(("""{"roles":["viewer"]}""", """{"roles":["admin"]}"""), (changed.Before, changed.After));
        var everything = JsonSerializer.Serialize(told);
        foreach (var secret in new[] { AccountsApp.Password, Another, token.GetProperty("token").GetString()!, invited.GetProperty("token").GetString()!, key, link, recovery.GetProperty("recoveryCodes")[0].GetString()! })
        {
            Assert.DoesNotContain(secret, everything, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_reset_password_tells_that_it_confirmed_the_address_and_lifted_the_lock()
    {
        var person = await app.SignUp();
        await app.Database.Execute($"update users set email_confirmed_at = null where id = '{person.Id}'");
        for (var i = 0; i < 11; i++)
        {
            await app.Anonymous().Post("/v1/sessions", new { email = person.Email, password = $"wrong-{i}" });
        }

        await app.Anonymous().Post("/v1/users/forgot-password", new { email = person.Email }).Expect(HttpStatusCode.Accepted);
        var token = AccountsApp.TokenIn(await app.NewestMailTo(person.Email, "Set a new password"));
        await app.Anonymous().Post("/v1/users/reset-password", new { token, password = AccountsApp.Password + "3" }).Expect(HttpStatusCode.NoContent);

        var told = Assert.Single(await app.Announced<ChangeRecorded>(c => c.ObjectId == person.Id && c.Action == "password.reset"));
        var (before, after) = (JsonElement.Parse(told.Before!), JsonElement.Parse(told.After!));
        Assert.Equal(JsonValueKind.Null, before.GetProperty("emailConfirmedAt").ValueKind);
        Assert.Equal(app.Clock.GetUtcNow() + TimeSpan.FromMinutes(15), before.GetProperty("lockedUntil").GetDateTimeOffset(), TimeSpan.FromMilliseconds(1));
        Assert.Equal(app.Clock.GetUtcNow(), after.GetProperty("emailConfirmedAt").GetDateTimeOffset(), TimeSpan.FromMilliseconds(1));
        Assert.Equal((JsonValueKind.Null, "ended"), (after.GetProperty("lockedUntil").ValueKind, after.GetProperty("sessions").GetString()));
    }

    [Fact]
    public async Task Everybody_reads_what_they_did_to_their_own_account_and_nobody_elses()
    {
        var (person, other) = (await app.SignUp(), await app.SignUp());
        var change = new ChangeRecorded(TestCaller.NewId("chg"), DateTimeOffset.UnixEpoch, person.Id, "password.changed", null, person.Id, null, null, null);
        await Keep(change);

        Assert.Single(await Read(person.Client, $"?objectId={person.Id}"));
        Assert.Empty(await Read(other.Client, $"?objectId={person.Id}"));
    }

    private static async Task<JsonElement[]> Read(HttpClient client, string query) =>
        [.. (await client.GetAsync("/v1/audit-log" + query, Cancellation).Expect<JsonElement>()).GetProperty("data").EnumerateArray()];

    private async Task<ChangeRecorded> Kept(string organization, string action)
    {
        var change = new ChangeRecorded(TestCaller.NewId("chg"), DateTimeOffset.UnixEpoch, "usr_1", action, organization, TestCaller.NewId("pln"), null, """{"title":"x"}""", null);
        await Keep(change);
        return change;
    }

    private Task Keep(ChangeRecorded change) => ActivatorUtilities.CreateInstance<KeepChange>(app.Services).Handle(change, Cancellation);
}
