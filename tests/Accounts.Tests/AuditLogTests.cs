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
