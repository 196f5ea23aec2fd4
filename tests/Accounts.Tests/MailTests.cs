using System.Net;
using System.Text.Json;
using Marketplace.Accounts.Mail;
using Marketplace.Contracts.Storage;
using Marketplace.Testing;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Options;

namespace Marketplace.Accounts.Tests;

/// <summary>Accounts whose mail server refuses every connection.</summary>
public sealed class MailAwayApp : AccountsApp
{
    protected override IEnumerable<KeyValuePair<string, string>> Settings =>
        [.. base.Settings, new("Mail:Smtp:Host", "127.0.0.1"), new("Mail:Smtp:Port", "1"), new("Mail:Smtp:StartTls", "false")];
}

public sealed class MailTests(MailAwayApp app) : IClassFixture<MailAwayApp>
{
    [Fact]
    public async Task Mail_that_cannot_be_sent_is_tried_eight_times_and_then_shown_to_operators_who_may_send_it_again()
    {
        var email = AccountsApp.NewEmail();
        await app.Anonymous().Post("/v1/users", new { email, password = AccountsApp.Password }).Expect(HttpStatusCode.Created);

        for (var attempt = 1; attempt <= SendMail.Attempts; attempt++)
        {
            await Eventually.Until(() => Attempts(email), count => count == attempt, $"attempt {attempt}");
            app.Clock.Advance(TimeSpan.FromHours(3));
        }

        var operators = (await app.Operator()).Client;
        var failed = await Eventually.Until(
            async () => (await operators.Get("/v1/operations/accounts/mails?state=failed")).GetProperty("data").EnumerateArray()
                .FirstOrDefault(mail => mail.GetProperty("recipient").GetString() == email),
            mail => mail.ValueKind == JsonValueKind.Object, "the mail is shown as failed");
        Assert.Equal("confirm_email", failed.GetProperty("kind").GetString());
        Assert.Contains("refused", failed.GetProperty("lastError").GetString(), StringComparison.OrdinalIgnoreCase);
        Assert.False(failed.TryGetProperty("body", out _));

        var again = await operators.Post($"/v1/operations/accounts/mails/{failed.GetProperty("id").GetString()}/retry").Expect<JsonElement>();

        Assert.Equal("waiting", again.GetProperty("state").GetString());
        Assert.Single(await app.Announced<ChangeRecorded>(c => c.ObjectId == again.GetProperty("id").GetString() && c is { Action: "mail.retried", Before: """{"state":"failed"}""" }));
        await Eventually.Until(() => Attempts(email), count => count == 1, "it is tried again");
    }

    [Fact]
    public async Task Only_operators_see_what_mail_was_sent()
    {
        var person = await app.SignUp();

        await person.Client.GetAsync("/v1/operations/accounts/mails").ExpectProblem(HttpStatusCode.Forbidden, "forbidden");
        await person.Client.Post("/v1/operations/accounts/mails/mail_1/retry").ExpectProblem(HttpStatusCode.Forbidden, "forbidden");
        await (await app.Operator()).Client.Post("/v1/operations/accounts/mails/mail_1/retry").ExpectProblem(HttpStatusCode.NotFound, "not_found");
    }

    private Task<int> Attempts(string email) => app.Database.Scalar<int>("select attempts from mails where recipient = $1", email);
}

/// <summary>Production asks where mail leaves before it starts.</summary>
public sealed class MailInProductionTests
{
    [Fact]
    public async Task Production_refuses_to_start_without_a_way_out_for_mail_and_says_what_to_set()
    {
        await using var app = new App();

        var refused = await Assert.ThrowsAsync<OptionsValidationException>(async () => await app.InitializeAsync());

        Assert.Contains("Mail__Smtp__Host", refused.Message, StringComparison.Ordinal);
        Assert.Contains("Mail__DropFolder", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Mail:Smtp:Host", "mail.example.com")]
    [InlineData("Mail:DropFolder", "/var/spool/marketplace")]
    public async Task Either_setting_lets_it_start(string setting, string value)
    {
        await using var app = new App(setting, value);

        await app.InitializeAsync();

        await app.Anonymous().GetAsync("/alive").Expect();
    }

    private sealed class App(string? setting = null, string? value = null) : ServiceApp<Program>
    {
        protected override IEnumerable<KeyValuePair<string, string>> Settings => setting is null ? [] : [new(setting, value!)];

        protected override void ConfigureWebHost(IWebHostBuilder builder)
        {
            base.ConfigureWebHost(builder);
            builder.UseEnvironment("Production");
        }
    }
}

/// <summary>Mail by SMTP, to a server that speaks just enough of it.</summary>
public sealed class SmtpTests(SmtpTests.App app) : IClassFixture<SmtpTests.App>
{
    [Fact]
    public async Task An_invitation_reaches_the_mail_server_with_its_link()
    {
        var owner = await app.SignUp();
        var id = await owner.CreateProvider("Wetter & Söhne");
        var email = AccountsApp.NewEmail();

        var made = await owner.Client.Post($"/v1/organizations/{id}/invitations", new { email, roles = new[] { "viewer" } }).Expect<JsonElement>(HttpStatusCode.Created);

        var mail = await Eventually.Until(() => Task.FromResult(app.Post.Received.FirstOrDefault(m => m.Contains($"RCPT TO:<{email}>", StringComparison.Ordinal))), m => m is not null, "the mail came");
        Assert.Contains("MAIL FROM:<marketplace@localhost>", mail, StringComparison.Ordinal);
        Assert.Contains("@marketplace>", mail, StringComparison.Ordinal);
        await Eventually.Until(() => app.Database.Scalar<string>("select state from mails where recipient = $1", email), state => state == "sent", "the mail is marked as sent");
        Assert.Null(await app.Database.Scalar<string>("select body from mails where recipient = $1", email));
        Assert.NotEmpty(made.GetProperty("token").GetString()!);
    }

    public sealed class App : AccountsApp
    {
        public MailServer Post { get; } = new();

        protected override IEnumerable<KeyValuePair<string, string>> Settings =>
            [.. base.Settings, new("Mail:Smtp:Host", "127.0.0.1"), new("Mail:Smtp:Port", $"{Post.Port}"), new("Mail:Smtp:StartTls", "false")];

        public override async ValueTask DisposeAsync()
        {
            await base.DisposeAsync();
            Post.Dispose();
            GC.SuppressFinalize(this);
        }
    }
}
