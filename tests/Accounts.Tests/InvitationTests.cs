using System.Net;
using System.Text.Json;
using Marketplace.Testing;

namespace Marketplace.Accounts.Tests;

public sealed class InvitationTests(AccountsApp app) : IClassFixture<AccountsApp>
{
    [Fact]
    public async Task An_invited_user_becomes_a_member_with_the_roles_of_the_invitation()
    {
        var (owner, invited) = (await app.SignUp(), await app.SignUp());
        var id = await owner.CreateProvider();
        var token = Token(await Invite(owner, id, invited.Email.ToUpperInvariant(), "product_manager"));

        await invited.Client.Post($"/v1/invitations/{token}/accept").Expect();
        await invited.Client.Post($"/v1/invitations/{token}/accept").Expect();

        Assert.Equal(["product_manager"], (await app.CallerOf(invited.Tokens.AccessToken)).In(id)!.Roles);
    }

    [Fact]
    public async Task An_accepted_invitation_promises_nothing_to_who_was_removed_since()
    {
        var (owner, invited) = (await app.SignUp(), await app.SignUp());
        var id = await owner.CreateProvider();
        var token = Token(await Invite(owner, id, invited.Email, "viewer"));
        await invited.Client.Post($"/v1/invitations/{token}/accept").Expect();
        await owner.Client.Delete($"/v1/organizations/{id}/members/{invited.Id}").Expect(HttpStatusCode.NoContent);

        await invited.Client.Post($"/v1/invitations/{token}/accept").ExpectProblem(HttpStatusCode.Conflict, "invitation_closed");
    }

    [Fact]
    public async Task An_invitation_is_not_accepted_into_an_organization_that_is_being_deleted()
    {
        var (owner, invited) = (await app.SignUp(), await app.SignUp());
        var id = await owner.CreateProvider();
        var token = Token(await Invite(owner, id, invited.Email, "viewer"));
        Task<HttpResponseMessage> accept;

        await using (var connection = await app.Database.Source.OpenConnectionAsync(TestContext.Current.CancellationToken))
        {
            await using var deletion = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
            await using var command = connection.CreateCommand();
            command.Parameters.Add(new() { Value = id });
            command.CommandText = "select 1 from organizations where id = $1 for update";
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
            accept = invited.Client.Post($"/v1/invitations/{token}/accept");
            await app.Database.UntilBlockedOnLocks(1);
            command.CommandText = "delete from organizations where id = $1";
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
            await deletion.CommitAsync(TestContext.Current.CancellationToken);
        }

        await accept.ExpectProblem(HttpStatusCode.NotFound, "not_found");
    }

    [Fact]
    public async Task Only_an_owner_withdraws_the_invitation_of_an_owner()
    {
        var (owner, admin) = (await app.SignUp(), await app.SignUp());
        var id = await owner.CreateProvider();
        await admin.Client.Post($"/v1/invitations/{Token(await Invite(owner, id, admin.Email, "admin"))}/accept").Expect();
        var invitation = (await Invite(owner, id, AccountsApp.NewEmail(), "owner")).GetProperty("id").GetString();

        await admin.Client.Delete($"/v1/organizations/{id}/invitations/{invitation}").ExpectProblem(HttpStatusCode.Forbidden, "role_missing");
        await owner.Client.Delete($"/v1/organizations/{id}/invitations/{invitation}").Expect(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task The_token_is_shown_once_and_stored_as_its_hash()
    {
        var owner = await app.SignUp();
        var id = await owner.CreateProvider();
        var token = Token(await Invite(owner, id, AccountsApp.NewEmail(), "viewer"));

        var listed = (await owner.Client.Get($"/v1/organizations/{id}/invitations")).GetProperty("data")[0];

        Assert.Equal("pending", listed.GetProperty("state").GetString());
        Assert.False(listed.TryGetProperty("token", out _));
        Assert.DoesNotContain(token, await app.Database.Scalar<string>("select invitations::text from invitations where organization_id = $1", id));
    }

    [Fact]
    public async Task An_invitation_is_for_its_address_only()
    {
        var (owner, other) = (await app.SignUp(), await app.SignUp());
        var token = Token(await Invite(owner, await owner.CreateProvider(), AccountsApp.NewEmail(), "viewer"));

        await other.Client.Post($"/v1/invitations/{token}/accept").ExpectProblem(HttpStatusCode.Forbidden, "invitation_for_another");
        await app.Anonymous().Post($"/v1/invitations/{token}/accept").ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        await other.Client.Post("/v1/invitations/mki_guess/accept").ExpectProblem(HttpStatusCode.NotFound, "not_found");
    }

    [Fact]
    public async Task Withdrawn_replaced_and_old_invitations_are_closed()
    {
        var (owner, invited) = (await app.SignUp(), await app.SignUp());
        var id = await owner.CreateProvider();
        var first = await Invite(owner, id, invited.Email, "viewer");
        var second = await Invite(owner, id, invited.Email, "viewer");

        await invited.Client.Post($"/v1/invitations/{Token(first)}/accept").ExpectProblem(HttpStatusCode.Conflict, "invitation_closed");
        await owner.Client.Delete($"/v1/organizations/{id}/invitations/{second.GetProperty("id").GetString()}").Expect(HttpStatusCode.NoContent);
        await invited.Client.Post($"/v1/invitations/{Token(second)}/accept").ExpectProblem(HttpStatusCode.Conflict, "invitation_closed");

        var third = Token(await Invite(owner, id, invited.Email, "viewer"));
        app.Clock.Advance(TimeSpan.FromDays(7));
        var later = app.Behind(() => app.SignIn(invited.Email).GetAwaiter().GetResult().AccessToken);
        await later.Post($"/v1/invitations/{third}/accept").ExpectProblem(HttpStatusCode.Conflict, "invitation_expired");
    }

    [Fact]
    public async Task Accepted_twice_at_once_makes_one_membership()
    {
        var (owner, invited) = (await app.SignUp(), await app.SignUp());
        var id = await owner.CreateProvider();
        var made = await Invite(owner, id, invited.Email, "viewer");
        Task<HttpResponseMessage>[] both;

        await using (await app.Database.HoldRow("invitations", made.GetProperty("id").GetString()!))
        {
            both = [invited.Client.Post($"/v1/invitations/{Token(made)}/accept"), invited.Client.Post($"/v1/invitations/{Token(made)}/accept")];
            await app.Database.UntilBlockedOnLocks(2);
        }

        Assert.All(await Task.WhenAll(both), answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        Assert.Equal(1L, await app.Database.Scalar<long>("select count(*) from memberships where organization_id = $1 and user_id = $2", id, invited.Id));
    }

    [Fact]
    public async Task Members_are_not_invited_again_and_accepted_invitations_not_withdrawn()
    {
        var (owner, invited) = (await app.SignUp(), await app.SignUp());
        var id = await owner.CreateProvider();
        var made = await Invite(owner, id, invited.Email, "viewer");
        await invited.Client.Post($"/v1/invitations/{Token(made)}/accept").Expect();

        await owner.Client.Post($"/v1/organizations/{id}/invitations", new { email = invited.Email, roles = new[] { "viewer" } })
            .ExpectProblem(HttpStatusCode.Conflict, "already_member", "email");
        await owner.Client.Delete($"/v1/organizations/{id}/invitations/{made.GetProperty("id").GetString()}").ExpectProblem(HttpStatusCode.Conflict, "invitation_closed");
        await owner.Client.Delete($"/v1/organizations/{id}/invitations/inv_none").ExpectProblem(HttpStatusCode.NotFound, "not_found");
    }

    [Theory]
    [InlineData("""{"roles":["viewer"]}""", "email")]
    [InlineData("""{"email":"x","roles":["viewer"]}""", "email")]
    [InlineData("""{"email":"a@b.example"}""", "roles")]
    [InlineData("""{"email":"a@b.example","roles":["billing"]}""", "roles")]
    public async Task A_refused_invitation_names_the_field(string body, string field)
    {
        var owner = await app.SignUp();
        var id = await owner.CreateProvider();

        await owner.Client.Post($"/v1/organizations/{id}/invitations", JsonDocument.Parse(body).RootElement).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", field);
    }

    private static Task<JsonElement> Invite(Person by, string organization, string email, params string[] roles) =>
        by.Client.Post($"/v1/organizations/{organization}/invitations", new { email, roles }).Expect<JsonElement>(HttpStatusCode.Created);

    private static string Token(JsonElement invitation) => invitation.GetProperty("token").GetString()!;
}
