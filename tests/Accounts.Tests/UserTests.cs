using System.Net;
using System.Text.Json;
using Marketplace.Contracts.Storage;
using Marketplace.Testing;

namespace Marketplace.Accounts.Tests;

public sealed class UserTests(AccountsApp app) : IClassFixture<AccountsApp>
{
    [Fact]
    public async Task A_user_who_is_disabled_is_out_from_the_next_request_on_with_sessions_and_tokens()
    {
        var person = await app.SignUp();
        var token = (await person.Client.Post("/v1/tokens", new { title = "CI" }).Expect<JsonElement>(HttpStatusCode.Created)).GetProperty("token").GetString()!;
        var operators = (await app.Operator()).Client;

        var disabled = await operators.Post($"/v1/users/{person.Id}/disable").Expect<JsonElement>();

        Assert.NotEqual(JsonValueKind.Null, disabled.GetProperty("disabledAt").ValueKind);
        await app.Exchange(person.Tokens.AccessToken).ExpectProblem(HttpStatusCode.Unauthorized, "token_invalid");
        await app.Exchange(token).ExpectProblem(HttpStatusCode.Unauthorized, "token_invalid");
        await app.Anonymous().Post("/v1/sessions/refresh", new { refreshToken = person.Tokens.RefreshToken }).ExpectProblem(HttpStatusCode.Unauthorized, "refresh_token_invalid");
        await app.Anonymous().Post("/v1/sessions", new { email = person.Email, password = AccountsApp.Password }).ExpectProblem(HttpStatusCode.Forbidden, "user_disabled");
        await app.Anonymous().Post("/v1/sessions", new { email = person.Email, password = "wrong-password" }).ExpectProblem(HttpStatusCode.Unauthorized, "credentials_invalid");

        await operators.Post($"/v1/users/{person.Id}/enable").Expect();

        await app.SignIn(person.Email);
        // The sessions from before stay over, the tokens are good again.
        await app.Exchange(person.Tokens.AccessToken).ExpectProblem(HttpStatusCode.Unauthorized, "token_invalid");
        await app.Exchange(token).Expect();
        Assert.Equal(["user.disabled", "user.enabled"], (await app.Announced<ChangeRecorded>(c => c.ObjectId == person.Id && c.Action.EndsWith("abled", StringComparison.Ordinal))).Select(c => c.Action));
    }

    [Fact]
    public async Task Locked_users_are_found_and_unlocked()
    {
        var person = await app.SignUp();
        for (var i = 0; i < 11; i++)
        {
            await app.Anonymous().Post("/v1/sessions", new { email = person.Email, password = $"wrong-{i}" });
        }

        var operators = (await app.Operator()).Client;
        Assert.Contains(person.Id, await Found(operators, "?state=locked"));

        var unlocked = await operators.Post($"/v1/users/{person.Id}/unlock").Expect<JsonElement>();

        Assert.Equal(JsonValueKind.Null, unlocked.GetProperty("lockedUntil").ValueKind);
        Assert.DoesNotContain(person.Id, await Found(operators, "?state=locked"));
        Assert.NotNull(Assert.Single(await app.Announced<ChangeRecorded>(c => c.ObjectId == person.Id && c.Action == "user.unlocked")).Actor);
        await app.SignIn(person.Email);
    }

    [Fact]
    public async Task Users_are_searched_by_address_and_name()
    {
        var email = AccountsApp.NewEmail("Grace");
        var user = await app.Anonymous().Post("/v1/users", new { email, password = AccountsApp.Password, firstName = "Grace", lastName = $"Hopper-{Guid.NewGuid():n}" }).Expect<JsonElement>(HttpStatusCode.Created);
        var id = user.GetProperty("id").GetString()!;
        var operators = (await app.Operator()).Client;

        Assert.Equal([id], await Found(operators, $"?search={Uri.EscapeDataString(email.ToUpperInvariant())}"));
        Assert.Equal([id], await Found(operators, $"?search={user.GetProperty("lastName").GetString()!.ToLowerInvariant()}&state=unconfirmed"));
        Assert.Empty(await Found(operators, "?search=%25%25_%25"));
        Assert.Equal(email, (await operators.Get($"/v1/users/{id}")).GetProperty("email").GetString());
        await operators.GetAsync("/v1/users?state=odd").ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "state");
    }

    [Theory]
    [InlineData("GET", "")]
    [InlineData("GET", "/{id}")]
    [InlineData("POST", "/{id}/disable")]
    [InlineData("POST", "/{id}/enable")]
    [InlineData("POST", "/{id}/unlock")]
    [InlineData("POST", "/{id}/remove-second-factor")]
    public async Task Only_operators_see_and_change_users(string method, string path)
    {
        var person = await app.SignUp();
        HttpRequestMessage Request() => new(new HttpMethod(method), "/v1/users" + path.Replace("{id}", person.Id, StringComparison.Ordinal));

        await app.Anonymous().SendAsync(Request()).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        await app.ClientFor(TestCaller.Stranger()).SendAsync(Request()).ExpectProblem(HttpStatusCode.Forbidden, "forbidden");
        await person.Client.SendAsync(Request()).ExpectProblem(HttpStatusCode.Forbidden, "forbidden");
        await (await app.Operator()).Client.SendAsync(Request()).Expect();
    }

    [Fact]
    public async Task Who_lost_the_second_factor_is_helped_by_an_operator_and_told()
    {
        var person = await app.SignUp();
        var key = (await person.Client.Post("/v1/me/second-factor", new { password = AccountsApp.Password }).Expect<JsonElement>()).GetProperty("secret").GetString()!;
        await person.Client.Post("/v1/me/second-factor/confirm", new { code = AuthenticatorApp.Code(key) }).Expect();

        var helped = await (await app.Operator()).Client.Post($"/v1/users/{person.Id}/remove-second-factor").Expect<JsonElement>();

        Assert.False(helped.GetProperty("secondFactor").GetBoolean());
        await app.SignIn(person.Email);
        await app.NewestMailTo(person.Email, "Your second factor is off");
        Assert.Single(await app.Announced<ChangeRecorded>(c => c.ObjectId == person.Id && c.Action == "user.second_factor_removed"));
    }

    [Fact]
    public async Task An_operator_cannot_disable_itself()
    {
        var operators = await app.Operator();
        var id = (await operators.Client.Get("/v1/me")).GetProperty("id").GetString();

        await operators.Client.Post($"/v1/users/{id}/disable").ExpectProblem(HttpStatusCode.Conflict, "own_account");
        await operators.Client.Post("/v1/users/usr_nobody/disable").ExpectProblem(HttpStatusCode.NotFound, "not_found");
    }

    private static async Task<List<string>> Found(HttpClient client, string query) =>
        [.. (await client.Get($"/v1/users{query}")).GetProperty("data").EnumerateArray().Select(user => user.GetProperty("id").GetString()!)];
}
