using System.Net;
using Marketplace.Accounts.Users;
using Marketplace.Contracts.Accounts;
using Marketplace.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Marketplace.Accounts.Tests;

public sealed class SessionTests(AccountsApp app) : IClassFixture<AccountsApp>
{
    private readonly HttpClient client = app.Anonymous();

    [Fact]
    public async Task Signing_in_gives_tokens_that_name_the_user_and_the_session()
    {
        var person = await app.SignUp();

        var caller = await app.CallerOf(person.Tokens.AccessToken);

        Assert.Equal(("Bearer", 3600), (person.Tokens.TokenType, person.Tokens.ExpiresIn));
        Assert.Equal(person.Id, caller.UserId);
        Assert.StartsWith("ses_", caller.Session);
        Assert.False(caller.IsOperator);
    }

    [Fact]
    public async Task A_wrong_password_and_an_unknown_address_are_refused_alike()
    {
        var person = await app.SignUp();

        var wrong = await client.Post("/v1/sessions", new { email = person.Email, password = "not-the-password" }).ExpectProblem(HttpStatusCode.Unauthorized, "credentials_invalid");
        var unknown = await client.Post("/v1/sessions", new { email = AccountsApp.NewEmail(), password = "not-the-password" }).ExpectProblem(HttpStatusCode.Unauthorized, "credentials_invalid");

        Assert.Equal(wrong.Detail, unknown.Detail);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_address_locks_after_ten_failures_whether_it_has_a_user_or_not(bool known)
    {
        var email = known ? (await app.SignUp()).Email : AccountsApp.NewEmail();
        for (var i = 0; i < 10; i++)
        {
            await client.Post("/v1/sessions", new { email, password = $"wrong-{i}" }).ExpectProblem(HttpStatusCode.Unauthorized, "credentials_invalid");
        }

        // The right password does not open a locked address, else the lock would tell when a guess was right.
        await client.Post("/v1/sessions", new { email, password = AccountsApp.Password }).ExpectProblem(HttpStatusCode.TooManyRequests, "sign_in_locked");

        app.Clock.Advance(TimeSpan.FromMinutes(15));
        using var later = await client.Post("/v1/sessions", new { email, password = AccountsApp.Password });
        Assert.Equal(known ? HttpStatusCode.OK : HttpStatusCode.Unauthorized, later.StatusCode);
    }

    [Fact]
    public async Task Who_is_turned_away_because_too_many_passwords_wait_has_not_tried()
    {
        var person = await app.SignUp();
        var passwords = app.Services.GetRequiredService<Passwords>();
        using var over = new CancellationTokenSource();
        var turns = new List<Task<PasswordTurn>>();
        do
        {
            turns.Add(passwords.Turn(over.Token));
        }
        while (!turns[^1].IsFaulted);

        for (var i = 0; i < 11; i++)
        {
            await client.Post("/v1/sessions", new { email = person.Email, password = AccountsApp.Password }).Expect(HttpStatusCode.ServiceUnavailable);
            await person.Client.Post("/v1/me/password", new { currentPassword = AccountsApp.Password, newPassword = "another-Long-enough-2-password" }).Expect(HttpStatusCode.ServiceUnavailable);
        }

        await over.CancelAsync();
        foreach (var turn in turns.Where(turn => turn.IsCompletedSuccessfully))
        {
            (await turn).Dispose();
        }

        await app.SignIn(person.Email);
    }

    [Fact]
    public async Task Parallel_guesses_do_not_get_more_tries()
    {
        var email = (await app.SignUp()).Email;

        for (var i = 0; i < 8; i++)
        {
            await client.Post("/v1/sessions", new { email, password = $"wrong-{i}" }).ExpectProblem(HttpStatusCode.Unauthorized, "credentials_invalid");
        }

        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => client.Post("/v1/sessions", new { email, password = $"guess-{i}" })));

        // A busy machine may answer 503 to some of them; what counts is that none beyond the tenth had its password looked at.
        Assert.InRange(answers.Count(a => a.StatusCode == HttpStatusCode.Unauthorized), 0, 2);
    }

    [Fact]
    public async Task A_flood_of_sign_ins_is_turned_away_and_leaves_the_exchange_alone()
    {
        var person = await app.SignUp();

        var flood = Enumerable.Range(0, 160).Select(_ => client.Post("/v1/sessions", new { email = AccountsApp.NewEmail(), password = "wrong-password" })).ToList();
        await app.Exchange(person.Tokens.AccessToken).Expect();

        var answers = await Task.WhenAll(flood);
        Assert.Contains(answers, a => a.StatusCode == HttpStatusCode.ServiceUnavailable && a.Headers.RetryAfter is not null);
        Assert.Contains(answers, a => a.StatusCode == HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_success_forgets_the_failures_before_it()
    {
        var email = (await app.SignUp()).Email;
        for (var i = 0; i < 12; i++)
        {
            await client.Post("/v1/sessions", new { email, password = "wrong-password" }).ExpectProblem(HttpStatusCode.Unauthorized, "credentials_invalid");
            await app.SignIn(email);
        }
    }

    [Fact]
    public async Task A_refresh_gives_new_tokens_of_the_same_session()
    {
        var person = await app.SignUp();

        var fresh = await Refresh(person.Tokens.RefreshToken).Expect<Tokens>();

        Assert.NotEqual(person.Tokens.RefreshToken, fresh.RefreshToken);
        Assert.Equal((await app.CallerOf(person.Tokens.AccessToken)).Session, (await app.CallerOf(fresh.AccessToken)).Session);
        await Refresh(fresh.RefreshToken).Expect<Tokens>();
    }

    [Fact]
    public async Task A_refresh_token_that_comes_twice_ends_the_session()
    {
        var person = await app.SignUp();
        var fresh = await Refresh(person.Tokens.RefreshToken).Expect<Tokens>();

        await Refresh(person.Tokens.RefreshToken).ExpectProblem(HttpStatusCode.Unauthorized, "refresh_token_reused");

        await Refresh(fresh.RefreshToken).ExpectProblem(HttpStatusCode.Unauthorized, "refresh_token_invalid");
        await app.Exchange(fresh.AccessToken).ExpectProblem(HttpStatusCode.Unauthorized, "token_invalid");
    }

    [Fact]
    public async Task Two_refreshes_at_once_do_not_both_succeed()
    {
        var person = await app.SignUp();
        var session = (await app.CallerOf(person.Tokens.AccessToken)).Session!;
        Task<HttpResponseMessage>[] both;
        await using (await app.Database.HoldRow("sessions", session))
        {
            both = [Refresh(person.Tokens.RefreshToken), Refresh(person.Tokens.RefreshToken)];
            await app.Database.UntilBlockedOnLocks(2);
        }

        var answers = await Task.WhenAll(both);
        Assert.Single(answers, a => a.StatusCode == HttpStatusCode.OK);
        Assert.Single(answers, a => a.StatusCode == HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Signing_out_ends_every_token_of_the_session_at_once_and_no_other_session()
    {
        var person = await app.SignUp();
        var elsewhere = await app.SignIn(person.Email);

        await person.Client.Delete("/v1/sessions").Expect(HttpStatusCode.NoContent);

        await app.Exchange(person.Tokens.AccessToken).ExpectProblem(HttpStatusCode.Unauthorized, "token_invalid");
        await Refresh(person.Tokens.RefreshToken).ExpectProblem(HttpStatusCode.Unauthorized, "refresh_token_invalid");
        await app.Exchange(elsewhere.AccessToken).Expect();
    }

    [Fact]
    public async Task An_access_token_ends_after_an_hour_and_a_session_after_thirty_days()
    {
        var person = await app.SignUp();

        app.Clock.Advance(TimeSpan.FromHours(1));
        await app.Exchange(person.Tokens.AccessToken).ExpectProblem(HttpStatusCode.Unauthorized, "token_invalid");

        var fresh = await Refresh(person.Tokens.RefreshToken).Expect<Tokens>();
        app.Clock.Advance(TimeSpan.FromDays(30));
        await Refresh(fresh.RefreshToken).ExpectProblem(HttpStatusCode.Unauthorized, "refresh_token_invalid");
    }

    [Fact]
    public async Task Tokens_are_good_for_their_own_purpose_only()
    {
        var person = await app.SignUp();

        await app.Exchange(person.Tokens.RefreshToken).ExpectProblem(HttpStatusCode.Unauthorized, "token_invalid");
        await Refresh(person.Tokens.AccessToken).ExpectProblem(HttpStatusCode.Unauthorized, "refresh_token_invalid");
        using var direct = app.Anonymous();
        direct.DefaultRequestHeaders.Authorization = new("Bearer", person.Tokens.AccessToken);
        Assert.Equal(HttpStatusCode.Unauthorized, (await direct.GetAsync("/v1/me", TestContext.Current.CancellationToken)).StatusCode);
    }

    [Theory]
    [InlineData("")]
    [InlineData("mkp_")]
    [InlineData("mkp_' or 1=1 --")]
    [InlineData("CfDJ8")]
    [InlineData("eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.")]
    public async Task Odd_tokens_are_refused(string token) =>
        await app.Exchange(token).ExpectProblem(HttpStatusCode.Unauthorized, "token_invalid");

    [Fact]
    public async Task Only_other_processes_exchange_tokens()
    {
        var person = await app.SignUp();
        var request = new TokenExchangeRequest(person.Tokens.AccessToken);

        await client.Post("/internal/token-exchange", request).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        await person.Client.Post("/internal/token-exchange", request).ExpectProblem(HttpStatusCode.Forbidden, "forbidden");
        await app.ClientFor(TestCaller.Operator()).Post("/internal/token-exchange", request).ExpectProblem(HttpStatusCode.Forbidden, "forbidden");
    }

    [Fact]
    public async Task The_database_and_the_log_hold_no_session_token()
    {
        var person = await app.SignUp();

        var rows = string.Join('\n', await app.Database.Column<string>("select sessions::text from sessions"));
        Assert.DoesNotContain(person.Tokens.AccessToken, rows);
        Assert.DoesNotContain(person.Tokens.RefreshToken, rows);
        Assert.False(app.Logs.Contain(person.Tokens.AccessToken));
    }

    private Task<HttpResponseMessage> Refresh(string refreshToken) => client.Post("/v1/sessions/refresh", new { refreshToken });
}
