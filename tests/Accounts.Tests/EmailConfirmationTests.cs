using System.Net;
using System.Text.Json;
using Marketplace.Contracts.Storage;
using Marketplace.Testing;

namespace Marketplace.Accounts.Tests;

/// <summary>Accounts that lets nobody in with an address that is not confirmed.</summary>
public sealed class ConfirmingApp : AccountsApp
{
    protected override IEnumerable<KeyValuePair<string, string>> Settings => [.. base.Settings, new("Accounts:ConfirmEmail", "true")];
}

public sealed class EmailConfirmationTests(ConfirmingApp app) : IClassFixture<ConfirmingApp>
{
    private const string Subject = "Confirm your e-mail address";
    private readonly HttpClient client = app.Anonymous();

    [Fact]
    public async Task Nobody_signs_in_before_the_mailed_link_was_opened()
    {
        var email = AccountsApp.NewEmail();
        var user = await client.Post("/v1/users", new { email, password = AccountsApp.Password }).Expect<JsonElement>(HttpStatusCode.Created);
        Assert.False(user.GetProperty("emailConfirmed").GetBoolean());
        await SignIn(email).ExpectProblem(HttpStatusCode.Forbidden, "email_not_confirmed");

        var token = AccountsApp.TokenIn(await app.NewestMailTo(email, Subject));
        await client.Post("/v1/users/confirm-email", new { token }).Expect(HttpStatusCode.NoContent);

        await SignIn(email).Expect();
        await client.Post("/v1/users/confirm-email", new { token }).ExpectProblem(HttpStatusCode.Conflict, "link_invalid");
        var id = user.GetProperty("id").GetString();
        var told = Assert.Single(await app.Announced<ChangeRecorded>(c => c.ObjectId == id && c.Action == "email.confirmed"));
        Assert.Equal((id, """{"emailConfirmedAt":null}"""), (told.Actor, told.Before));
    }

    [Fact]
    public async Task A_wrong_password_does_not_tell_that_an_address_waits_for_its_confirmation()
    {
        var email = AccountsApp.NewEmail();
        await client.Post("/v1/users", new { email, password = AccountsApp.Password }).Expect(HttpStatusCode.Created);

        await client.Post("/v1/sessions", new { email, password = "not-the-password" }).ExpectProblem(HttpStatusCode.Unauthorized, "credentials_invalid");
    }

    [Fact]
    public async Task Another_mail_replaces_the_first_and_unknown_addresses_are_answered_alike()
    {
        var email = AccountsApp.NewEmail();
        await client.Post("/v1/users", new { email, password = AccountsApp.Password }).Expect(HttpStatusCode.Created);
        var first = AccountsApp.TokenIn(await app.NewestMailTo(email, Subject));

        await client.Post("/v1/users/resend-confirmation", new { email }).Expect(HttpStatusCode.Accepted);
        app.Clock.Advance(TimeSpan.FromMinutes(2));
        await client.Post("/v1/users/resend-confirmation", new { email = email.ToUpperInvariant() }).Expect(HttpStatusCode.Accepted);
        await client.Post("/v1/users/resend-confirmation", new { email = AccountsApp.NewEmail() }).Expect(HttpStatusCode.Accepted);

        var second = AccountsApp.TokenIn(await app.NewestMailTo(email, Subject, 2));
        await client.Post("/v1/users/confirm-email", new { token = first }).ExpectProblem(HttpStatusCode.Conflict, "link_invalid");
        await client.Post("/v1/users/confirm-email", new { token = second }).Expect(HttpStatusCode.NoContent);
        // The one asked for within a minute of the first was not sent.
        Assert.Equal(2L, await app.Database.Scalar<long>("select count(*) from mails where recipient = $1", email));
        var id = await app.Database.Scalar<string>("select id from users where email = $1", email);
        Assert.Null(Assert.Single(await app.Announced<ChangeRecorded>(c => c.ObjectId == id && c.Action == "email.link_mailed")).Actor);
    }

    [Fact]
    public async Task A_link_is_good_for_three_days()
    {
        var email = AccountsApp.NewEmail();
        await client.Post("/v1/users", new { email, password = AccountsApp.Password }).Expect(HttpStatusCode.Created);
        var token = AccountsApp.TokenIn(await app.NewestMailTo(email, Subject));

        app.Clock.Advance(TimeSpan.FromDays(3));

        await client.Post("/v1/users/confirm-email", new { token }).ExpectProblem(HttpStatusCode.Conflict, "link_invalid");
    }

    [Fact]
    public async Task Setting_a_new_password_by_mail_confirms_the_address_too()
    {
        var email = AccountsApp.NewEmail();
        await client.Post("/v1/users", new { email, password = AccountsApp.Password }).Expect(HttpStatusCode.Created);
        await client.Post("/v1/users/forgot-password", new { email }).Expect(HttpStatusCode.Accepted);

        var token = AccountsApp.TokenIn(await app.NewestMailTo(email, "Set a new password"));
        await client.Post("/v1/users/reset-password", new { token, password = AccountsApp.Password + "2" }).Expect(HttpStatusCode.NoContent);

        await app.SignIn(email, AccountsApp.Password + "2");
    }

    [Fact]
    public async Task The_operator_needs_no_confirmation() => await SignIn(AccountsApp.OperatorEmail).Expect();

    private Task<HttpResponseMessage> SignIn(string email) => client.Post("/v1/sessions", new { email, password = AccountsApp.Password });
}
