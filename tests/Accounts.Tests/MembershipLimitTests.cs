using System.Net;
using System.Text.Json;
using Marketplace.Accounts.Members;
using Marketplace.Contracts.Accounts;
using Marketplace.Testing;

namespace Marketplace.Accounts.Tests;

public sealed class MembershipLimitTests(AccountsApp app) : IClassFixture<AccountsApp>
{
    private const int LargestHeader = 32 * 1024;

    [Fact]
    public async Task Nobody_belongs_to_more_organizations_than_a_token_between_the_processes_can_name()
    {
        var (person, owner) = (await app.SignUp(), await app.SignUp());
        await Join(person, MembershipLimit.Most - 1);

        await person.CreateProvider("The last");

        await person.Client.Post("/v1/organizations", new { kind = "provider", title = "One more" }).ExpectProblem(HttpStatusCode.Conflict, "too_many_organizations");
        var id = await owner.CreateProvider();
        var invitation = await owner.Client.Post($"/v1/organizations/{id}/invitations", new { email = person.Email, roles = new[] { "viewer" } }).Expect<JsonElement>(HttpStatusCode.Created);
        var accept = $"/v1/invitations/{invitation.GetProperty("token").GetString()}/accept";
        await person.Client.Post(accept).ExpectProblem(HttpStatusCode.Conflict, "too_many_organizations");
        var token = (await app.Exchange(person.Tokens.AccessToken).Expect<TokenExchangeAnswer>()).InternalToken;
        Assert.InRange(token.Length, LargestHeader / 4, LargestHeader - 1);

        // One that is left makes room.
        await app.Database.Column<string>("delete from memberships where user_id = $1 and organization_id = (select max(organization_id) from memberships where user_id = $1 and roles && array['billing']) returning organization_id", person.Id);
        await person.Client.Post(accept).Expect();
    }

    [Fact]
    public async Task Two_who_join_at_once_do_not_both_take_the_last_place()
    {
        var person = await app.SignUp();
        await Join(person, MembershipLimit.Most - 1);

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(number => person.Client.Post("/v1/organizations", new { kind = "provider", title = $"Race {number}" })));

        Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.Created);
        Assert.Equal(MembershipLimit.Most, await app.Database.Scalar<long>("select count(*) from memberships where user_id = $1", person.Id));
    }

    // Consumers in a catalog, with every role that a consumer's member can hold: no membership takes more room.
    private async Task Join(Person person, int organizations)
    {
        var catalog = TestCaller.NewId("cat");
        for (var number = 0; number < organizations; number++)
        {
            await app.Database.Column<string>(
                """
                with made as (
                    insert into organizations (id, kind, title, catalog_id, email, created_at) values ($1, 'consumer', 'Many', $2, 'many@example.com', now()) returning id)
                insert into memberships (organization_id, user_id, roles, created_at)
                select id, $3, array['admin', 'subscriber', 'developer', 'member', 'billing'], now() from made returning organization_id
                """, TestCaller.NewId("org"), catalog, person.Id);
        }
    }
}
