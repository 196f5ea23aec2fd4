using System.Net;
using System.Text.Json;
using Marketplace.Testing;

namespace Marketplace.Accounts.Tests;

public sealed class SessionListTests(AccountsApp app) : IClassFixture<AccountsApp>
{
    [Fact]
    public async Task Sessions_are_listed_with_their_programs_and_this_one_is_marked()
    {
        var person = await app.SignUp();
        using var browser = app.Anonymous();
        browser.DefaultRequestHeaders.TryAddWithoutValidation("User-Agent", "Browser/1.0 (phone)");
        await browser.Post("/v1/sessions", new { email = person.Email, password = AccountsApp.Password }).Expect();

        var sessions = (await person.Client.Get("/v1/sessions")).GetProperty("data").EnumerateArray().ToList();

        Assert.Equal(["Browser/1.0 (phone)", null], sessions.Select(session => session.GetProperty("userAgent").GetString()));
        Assert.Equal([false, true], sessions.Select(session => session.GetProperty("current").GetBoolean()));
    }

    [Fact]
    public async Task A_session_that_was_ended_from_another_is_refused_from_the_next_request_on()
    {
        var person = await app.SignUp();
        var lost = await app.SignIn(person.Email);
        var id = (await person.Client.Get("/v1/sessions")).GetProperty("data").EnumerateArray().Single(session => !session.GetProperty("current").GetBoolean()).GetProperty("id").GetString();

        await person.Client.Delete($"/v1/sessions/{id}").Expect(HttpStatusCode.NoContent);
        await person.Client.Delete($"/v1/sessions/{id}").Expect(HttpStatusCode.NoContent);

        await app.Exchange(lost.AccessToken).ExpectProblem(HttpStatusCode.Unauthorized, "token_invalid");
        await app.Anonymous().Post("/v1/sessions/refresh", new { refreshToken = lost.RefreshToken }).ExpectProblem(HttpStatusCode.Unauthorized, "refresh_token_invalid");
        Assert.Single((await person.Client.Get("/v1/sessions")).GetProperty("data").EnumerateArray());
    }

    [Fact]
    public async Task All_sessions_end_together()
    {
        var person = await app.SignUp();
        var other = await app.SignIn(person.Email);

        await person.Client.Delete("/v1/sessions?all=true").Expect(HttpStatusCode.NoContent);

        await app.Exchange(person.Tokens.AccessToken).ExpectProblem(HttpStatusCode.Unauthorized, "token_invalid");
        await app.Exchange(other.AccessToken).ExpectProblem(HttpStatusCode.Unauthorized, "token_invalid");
    }

    [Fact]
    public async Task Nobody_sees_or_ends_the_session_of_another()
    {
        var (person, stranger) = (await app.SignUp(), await app.SignUp());
        var id = (await person.Client.Get("/v1/sessions")).GetProperty("data")[0].GetProperty("id").GetString();

        await stranger.Client.Delete($"/v1/sessions/{id}").ExpectProblem(HttpStatusCode.NotFound, "not_found");

        Assert.DoesNotContain((await stranger.Client.Get("/v1/sessions")).GetProperty("data").EnumerateArray(), session => session.GetProperty("id").GetString() == id);
        await person.Client.Get("/v1/me");
    }

    [Fact]
    public async Task A_refresh_shows_in_the_list()
    {
        var person = await app.SignUp();
        app.Clock.Advance(TimeSpan.FromMinutes(5));

        var fresh = await app.Anonymous().Post("/v1/sessions/refresh", new { refreshToken = person.Tokens.RefreshToken }).Expect<Tokens>();

        Assert.NotEqual(JsonValueKind.Null, (await app.Behind(() => fresh.AccessToken).Get("/v1/sessions")).GetProperty("data")[0].GetProperty("refreshedAt").ValueKind);
    }
}
