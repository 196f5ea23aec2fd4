using System.Net;
using Marketplace.Testing;

namespace Marketplace.Accounts.Tests;

public sealed class PasswordTests(AccountsApp app) : IClassFixture<AccountsApp>
{
    private const string Another = "another-Long-enough-2-password";
    private const string Subject = "Set a new password";
    private readonly HttpClient client = app.Anonymous();

    [Fact]
    public async Task A_forgotten_password_is_replaced_by_mail_once_and_every_session_ends()
    {
        var person = await app.SignUp();
        await client.Post("/v1/users/forgot-password", new { email = person.Email }).Expect(HttpStatusCode.Accepted);
        var token = AccountsApp.TokenIn(await app.NewestMailTo(person.Email, Subject));

        await client.Post("/v1/users/reset-password", new { token, password = Another }).Expect(HttpStatusCode.NoContent);

        await app.Exchange(person.Tokens.AccessToken).ExpectProblem(HttpStatusCode.Unauthorized, "token_invalid");
        await client.Post("/v1/sessions/refresh", new { refreshToken = person.Tokens.RefreshToken }).ExpectProblem(HttpStatusCode.Unauthorized, "refresh_token_invalid");
        await client.Post("/v1/sessions", new { email = person.Email, password = AccountsApp.Password }).ExpectProblem(HttpStatusCode.Unauthorized, "credentials_invalid");
        await app.SignIn(person.Email, Another);
        await client.Post("/v1/users/reset-password", new { token, password = Another + "3" }).ExpectProblem(HttpStatusCode.Conflict, "link_invalid", "token");
        Assert.Single(app.MailTo(person.Email, Subject));
        await app.NewestMailTo(person.Email, "Your password was changed");
    }

    [Fact]
    public async Task Of_two_who_use_one_link_at_once_one_succeeds()
    {
        var person = await app.SignUp();
        await client.Post("/v1/users/forgot-password", new { email = person.Email }).Expect(HttpStatusCode.Accepted);
        var token = AccountsApp.TokenIn(await app.NewestMailTo(person.Email, Subject));
        Task<HttpResponseMessage>[] both;

        await using (await app.Database.HoldRow("links", person.Id, "user_id"))
        {
            both = [.. Enumerable.Range(1, 2).Select(i => app.Anonymous().Post("/v1/users/reset-password", new { token, password = Another + i }))];
            // One of the two may still wait for its turn to hash.
            await app.Database.UntilBlockedOnLocks(1);
        }

        var answers = await Task.WhenAll(both);
        Assert.Single(answers, a => a.StatusCode == HttpStatusCode.NoContent);
        Assert.Single(answers, a => a.StatusCode == HttpStatusCode.Conflict);
    }

    [Fact]
    public async Task A_sign_in_with_the_old_password_does_not_outlive_the_change_that_overtook_it()
    {
        var person = await app.SignUp();
        Task<HttpResponseMessage> signIn;

        await using (var connection = await app.Database.Source.OpenConnectionAsync(TestContext.Current.CancellationToken))
        {
            await using var change = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
            await using var command = connection.CreateCommand();
            command.CommandText = "update users set password_hash = 'another', security_version = security_version + 1 where id = $1";
            command.Parameters.Add(new() { Value = person.Id });
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
            signIn = client.Post("/v1/sessions", new { email = person.Email, password = AccountsApp.Password });
            await app.Database.UntilBlockedOnLocks(1);
            await change.CommitAsync(TestContext.Current.CancellationToken);
        }

        await signIn.ExpectProblem(HttpStatusCode.Unauthorized, "credentials_invalid");
    }

    [Fact]
    public async Task Asking_for_a_reset_tells_nothing_and_fills_nobodys_inbox()
    {
        var person = await app.SignUp();

        using var known = await client.Post("/v1/users/forgot-password", new { email = person.Email }).Expect(HttpStatusCode.Accepted);
        using var again = await client.Post("/v1/users/forgot-password", new { email = person.Email }).Expect(HttpStatusCode.Accepted);
        using var unknown = await client.Post("/v1/users/forgot-password", new { email = AccountsApp.NewEmail() }).Expect(HttpStatusCode.Accepted);

        Assert.Equal(await known.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), await unknown.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(1L, await app.Database.Scalar<long>("select count(*) from mails where recipient = $1 and kind = 'reset_password'", person.Email));
    }

    [Fact]
    public async Task A_reset_link_is_good_for_an_hour_and_its_token_is_stored_as_a_hash()
    {
        var person = await app.SignUp();
        await client.Post("/v1/users/forgot-password", new { email = person.Email }).Expect(HttpStatusCode.Accepted);
        var token = AccountsApp.TokenIn(await app.NewestMailTo(person.Email, Subject));

        Assert.Equal(0L, await app.Database.Scalar<long>("select count(*) from links where links::text like '%' || $1 || '%'", token));
        Assert.Equal(0L, await app.Database.Scalar<long>("select count(*) from mails where mails::text like '%' || $1 || '%'", token));
        app.Clock.Advance(TimeSpan.FromHours(1));

        await client.Post("/v1/users/reset-password", new { token, password = Another }).ExpectProblem(HttpStatusCode.Conflict, "link_invalid");
    }

    [Fact]
    public async Task A_weak_new_password_leaves_the_link_usable()
    {
        var person = await app.SignUp();
        await client.Post("/v1/users/forgot-password", new { email = person.Email }).Expect(HttpStatusCode.Accepted);
        var token = AccountsApp.TokenIn(await app.NewestMailTo(person.Email, Subject));

        await client.Post("/v1/users/reset-password", new { token, password = "aaaaaaaaaaaaa" }).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "password");
        await client.Post("/v1/users/reset-password", new { token, password = Another }).Expect(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task A_reset_opens_a_locked_address()
    {
        var person = await app.SignUp();
        for (var i = 0; i < 11; i++)
        {
            await client.Post("/v1/sessions", new { email = person.Email, password = $"wrong-{i}" });
        }

        await client.Post("/v1/users/forgot-password", new { email = person.Email }).Expect(HttpStatusCode.Accepted);
        var token = AccountsApp.TokenIn(await app.NewestMailTo(person.Email, Subject));
        await client.Post("/v1/users/reset-password", new { token, password = Another }).Expect(HttpStatusCode.NoContent);

        await app.SignIn(person.Email, Another);
    }

    [Fact]
    public async Task Changing_the_password_keeps_this_session_and_ends_the_others()
    {
        var person = await app.SignUp();
        var other = await app.SignIn(person.Email);

        await person.Client.Post("/v1/me/password", new { currentPassword = AccountsApp.Password, newPassword = Another }).Expect(HttpStatusCode.NoContent);

        await person.Client.Get("/v1/me");
        await app.Exchange(other.AccessToken).ExpectProblem(HttpStatusCode.Unauthorized, "token_invalid");
        await app.SignIn(person.Email, Another);
    }

    [Fact]
    public async Task The_password_is_not_changed_without_the_present_one_nor_by_a_token()
    {
        var person = await app.SignUp();
        var token = (await person.Client.Post("/v1/tokens", new { title = "CI" }).Expect<System.Text.Json.JsonElement>(HttpStatusCode.Created)).GetProperty("token").GetString()!;
        var right = new { currentPassword = AccountsApp.Password, newPassword = Another };

        await app.Behind(() => token).Post("/v1/me/password", right).ExpectProblem(HttpStatusCode.Conflict, "session_missing");
        await person.Client.Post("/v1/me/password", right with { newPassword = "aaaaaaaaaaaaa" }).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "newPassword");
        for (var i = 0; i < 10; i++)
        {
            await person.Client.Post("/v1/me/password", right with { currentPassword = $"guess-{i}" }).ExpectProblem(HttpStatusCode.Forbidden, "password_wrong", "currentPassword");
        }

        // Guessing here locks as guessing at the door does.
        await person.Client.Post("/v1/me/password", right).ExpectProblem(HttpStatusCode.TooManyRequests, "sign_in_locked");
        await app.Anonymous().GetAsync("/v1/me").ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
    }
}
