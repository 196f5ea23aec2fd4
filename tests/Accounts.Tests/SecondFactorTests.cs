using System.Net;
using System.Text.Json;
using Marketplace.Testing;

namespace Marketplace.Accounts.Tests;

public sealed class SecondFactorTests(AccountsApp app) : IClassFixture<AccountsApp>
{
    private readonly HttpClient client = app.Anonymous();

    [Fact]
    public async Task Signing_in_takes_two_steps_once_the_factor_is_confirmed()
    {
        var person = await app.SignUp();
        var secret = await Enrol(person);
        await app.SignIn(person.Email);

        await Confirm(person, secret);

        var ticket = await Begin(person);
        var tokens = await client.Post("/v1/sessions/second-factor", new { ticket, code = AuthenticatorApp.Code(secret, 1) }).Expect<Tokens>();
        Assert.Equal(person.Id, (await app.CallerOf(tokens.AccessToken)).UserId);
        Assert.True((await person.Client.Get("/v1/me")).GetProperty("secondFactor").GetBoolean());
        await app.NewestMailTo(person.Email, "Your second factor is on");
    }

    [Fact]
    public async Task The_key_is_shown_as_apps_read_it_and_stored_encrypted()
    {
        var person = await app.SignUp();

        var shown = await person.Client.Post("/v1/me/second-factor", new { password = AccountsApp.Password }).Expect<JsonElement>();

        var secret = shown.GetProperty("secret").GetString()!;
        Assert.Matches("^[A-Z2-7]{32}$", secret);
        Assert.Equal($"otpauth://totp/Marketplace:{Uri.EscapeDataString(person.Email)}?secret={secret}&issuer=Marketplace&algorithm=SHA1&digits=6&period=30", shown.GetProperty("otpauthUri").GetString());
        Assert.DoesNotContain(secret, await app.Database.Scalar<string>("select secret from second_factors where user_id = $1", person.Id));
        Assert.False(app.Logs.Contain(secret));
    }

    [Fact]
    public async Task A_code_opens_once_and_a_wrong_one_never()
    {
        var person = await app.SignUp();
        var secret = await Enrol(person);
        await Confirm(person, secret);
        var code = AuthenticatorApp.Code(secret, 1);
        var ticket = await Begin(person);

        await client.Post("/v1/sessions/second-factor", new { ticket, code = code == "000000" ? "000001" : "000000" }).ExpectProblem(HttpStatusCode.Forbidden, "code_wrong");
        await client.Post("/v1/sessions/second-factor", new { ticket, code }).Expect();
        await client.Post("/v1/sessions/second-factor", new { ticket = await Begin(person), code }).ExpectProblem(HttpStatusCode.Forbidden, "code_wrong");
    }

    [Fact]
    public async Task Guessing_codes_locks_the_address_however_often_the_password_is_right()
    {
        var person = await app.SignUp();
        await Confirm(person, await Enrol(person));

        for (var i = 0; i < 5; i++)
        {
            await client.Post("/v1/sessions/second-factor", new { ticket = await Begin(person), recoveryCode = $"guess-{i}" }).ExpectProblem(HttpStatusCode.Forbidden, "code_wrong");
        }

        await client.Post("/v1/sessions", new { email = person.Email, password = AccountsApp.Password }).ExpectProblem(HttpStatusCode.TooManyRequests, "sign_in_locked");
    }

    [Fact]
    public async Task A_recovery_code_opens_once_and_is_stored_as_a_hash()
    {
        var person = await app.SignUp();
        var codes = await Confirm(person, await Enrol(person));
        Assert.Equal(10, codes.Distinct().Count());
        Assert.Equal(0L, await app.Database.Scalar<long>("select count(*) from recovery_codes where recovery_codes::text like '%' || $1 || '%'", codes[0]));

        await client.Post("/v1/sessions/second-factor", new { ticket = await Begin(person), recoveryCode = codes[0].ToLowerInvariant() }).Expect();
        await client.Post("/v1/sessions/second-factor", new { ticket = await Begin(person), recoveryCode = codes[0] }).ExpectProblem(HttpStatusCode.Forbidden, "code_wrong");

        var renewed = await CodesOf(person.Client.Post("/v1/me/second-factor/recovery-codes", new { password = AccountsApp.Password }));
        await client.Post("/v1/sessions/second-factor", new { ticket = await Begin(person), recoveryCode = codes[1] }).ExpectProblem(HttpStatusCode.Forbidden, "code_wrong");
        await client.Post("/v1/sessions/second-factor", new { ticket = await Begin(person), recoveryCode = renewed[1] }).Expect();
    }

    [Fact]
    public async Task A_ticket_is_good_for_five_minutes_and_dies_with_the_password_it_was_given_for()
    {
        var person = await app.SignUp();
        var codes = await Confirm(person, await Enrol(person));
        var old = await Begin(person);
        app.Clock.Advance(TimeSpan.FromMinutes(5));
        await client.Post("/v1/sessions/second-factor", new { ticket = old, recoveryCode = codes[0] }).ExpectProblem(HttpStatusCode.Unauthorized, "ticket_invalid");

        var ticket = await Begin(person);
        var password = AccountsApp.Password + "2";
        await person.Client.Post("/v1/me/password", new { currentPassword = AccountsApp.Password, newPassword = password }).Expect(HttpStatusCode.NoContent);

        await client.Post("/v1/sessions/second-factor", new { ticket, recoveryCode = codes[0] }).ExpectProblem(HttpStatusCode.Unauthorized, "ticket_invalid");
        await client.Post("/v1/sessions/second-factor", new { ticket = "nonsense", recoveryCode = codes[0] }).ExpectProblem(HttpStatusCode.Unauthorized, "ticket_invalid");
    }

    [Fact]
    public async Task The_factor_is_turned_off_and_on_with_the_password_only()
    {
        var person = await app.SignUp();
        await person.Client.Post("/v1/me/second-factor", new { password = "not-the-password" }).ExpectProblem(HttpStatusCode.Forbidden, "password_wrong", "password");
        await person.Client.Post("/v1/me/second-factor/confirm", new { code = "123456" }).ExpectProblem(HttpStatusCode.Conflict, "second_factor_off");
        await Confirm(person, await Enrol(person));

        await person.Client.Post("/v1/me/second-factor", new { password = AccountsApp.Password }).ExpectProblem(HttpStatusCode.Conflict, "second_factor_on");
        await person.Client.Post("/v1/me/second-factor/disable", new { password = "not-the-password" }).ExpectProblem(HttpStatusCode.Forbidden, "password_wrong", "password");
        await person.Client.Post("/v1/me/second-factor/disable", new { password = AccountsApp.Password }).Expect(HttpStatusCode.NoContent);

        await app.SignIn(person.Email);
        await person.Client.Post("/v1/me/second-factor/disable", new { password = AccountsApp.Password }).ExpectProblem(HttpStatusCode.Conflict, "second_factor_off");
        await person.Client.Post("/v1/me/second-factor/recovery-codes", new { password = AccountsApp.Password }).ExpectProblem(HttpStatusCode.Conflict, "second_factor_off");
    }

    [Theory]
    [InlineData("""{"ticket":"x"}""")]
    [InlineData("""{"ticket":"x","code":"123456","recoveryCode":"y"}""")]
    [InlineData("""{"ticket":"x","code":"12345"}""")]
    [InlineData("""{"ticket":"x","code":"12345a"}""")]
    public async Task One_code_of_six_digits_or_one_recovery_code_is_expected(string body) =>
        await client.Post("/v1/sessions/second-factor", JsonDocument.Parse(body).RootElement).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "code");

    private static async Task<string> Enrol(Person person) =>
        (await person.Client.Post("/v1/me/second-factor", new { password = AccountsApp.Password }).Expect<JsonElement>()).GetProperty("secret").GetString()!;

    private static Task<string[]> Confirm(Person person, string secret) =>
        CodesOf(person.Client.Post("/v1/me/second-factor/confirm", new { code = AuthenticatorApp.Code(secret) }));

    private static async Task<string[]> CodesOf(Task<HttpResponseMessage> answer) =>
        [.. (await answer.Expect<JsonElement>()).GetProperty("recoveryCodes").EnumerateArray().Select(code => code.GetString()!)];

    private async Task<string> Begin(Person person) =>
        (await client.Post("/v1/sessions", new { email = person.Email, password = AccountsApp.Password }).Expect<JsonElement>(HttpStatusCode.Accepted)).GetProperty("ticket").GetString()!;
}
