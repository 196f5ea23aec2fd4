using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.RegularExpressions;
using Marketplace.Accounts.Organizations;
using Marketplace.Contracts.Accounts;
using Marketplace.ServiceDefaults;
using Marketplace.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Marketplace.Accounts.Tests;

/// <summary>Accounts on its own database, with users who really signed up and whose calls are exchanged as the gateway exchanges them.</summary>
public class AccountsApp : ServiceApp<Program>
{
    public const string Password = "a-Long-enough-1-password";
    public const string OperatorEmail = "ops@house.test";

    /// <summary>Where the service drops its mail.</summary>
    public DirectoryInfo MailFolder { get; } = Directory.CreateTempSubdirectory("marketplace-mail-");

    protected override IEnumerable<KeyValuePair<string, string>> Settings =>
        [new("Operator:Email", OperatorEmail), new("Operator:Password", Password), new("Mail:DropFolder", MailFolder.FullName)];

    public static string NewEmail(string name = "someone") => $"{name}-{Guid.NewGuid():n}@example.com";

    /// <summary>Signs up a user and signs in.</summary>
    public async Task<Person> SignUp(string? email = null)
    {
        email ??= NewEmail();
        using var client = Anonymous();
        var user = await client.Post("/v1/users", new { email, password = Password }).Expect<JsonElement>(HttpStatusCode.Created);
        return new Person(this, user.GetProperty("id").GetString()!, email, await SignIn(email));
    }

    public async Task<Tokens> SignIn(string email, string password = Password)
    {
        using var client = Anonymous();
        return await client.Post("/v1/sessions", new { email, password }).Expect<Tokens>();
    }

    public async Task<Person> Operator() => new(this, "", OperatorEmail, await SignIn(OperatorEmail));

    /// <summary>The mails that an address has got so far, oldest first.</summary>
    public List<string> MailTo(string email, string subject = "") =>
        [.. MailFolder.GetFiles("*.eml").OrderBy(file => file.Name).Select(file => File.ReadAllText(file.FullName))
            .Where(text => text.Contains($"To: {email}\r\n", StringComparison.Ordinal) && text.Contains($"Subject: {subject}", StringComparison.Ordinal))];

    /// <summary>Waits until an address has got that many mails of a subject; the newest.</summary>
    public async Task<string> NewestMailTo(string email, string subject, int count = 1) =>
        (await Eventually.Until(() => Task.FromResult(MailTo(email, subject)), mails => mails.Count >= count, $"{count} mails '{subject}' to {email}"))[^1];

    /// <summary>The token that a mail's link carries.</summary>
    public static string TokenIn(string mail) => Regex.Match(mail, @"\?token=(\S+)").Groups[1].Value;

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        MailFolder.Delete(recursive: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>A catalog of the provider's, as Catalog announces one; of somebody's where none is named.</summary>
    public async Task<string> CatalogOf(string? provider = null, bool selfSignup = true, string approval = "automatic", bool consumerOrganizations = true)
    {
        var catalog = TestCaller.NewId("cat");
        provider ??= await (await SignUp()).CreateProvider();
        await Make<KeepCatalogSettings>().Handle(new(catalog, provider, "sandbox", selfSignup, 1, approval, consumerOrganizations), CancellationToken.None);
        return catalog;
    }

    /// <summary>What the gateway does on every request.</summary>
    public Task<HttpResponseMessage> Exchange(string token) => ClientForService().Post("/internal/token-exchange", new TokenExchangeRequest(token));

    /// <summary>Who the internal token of a client's token names.</summary>
    public async Task<Caller> CallerOf(string token) => Caller.Of(
        Services.GetRequiredService<InternalTokens>().Read((await Exchange(token).Expect<TokenExchangeAnswer>()).InternalToken)!.Principal);

    /// <summary>A client behind the gateway's exchange.</summary>
    public HttpClient Behind(Func<string> token) => CreateDefaultClient(new Gateway(this, token));

    private sealed class Gateway(AccountsApp app, Func<string> token) : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var exchanged = await app.Exchange(token());
            if (exchanged.StatusCode != HttpStatusCode.OK)
            {
                return exchanged;
            }

            var answer = await Task.FromResult(exchanged).Expect<TokenExchangeAnswer>();
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", answer.InternalToken);
            return await base.SendAsync(request, cancellationToken);
        }
    }
}

public sealed record Tokens(string AccessToken, string RefreshToken, int ExpiresIn, string TokenType);

/// <summary>A user who signed up, with a client that calls as the user's session.</summary>
public sealed class Person(AccountsApp app, string id, string email, Tokens tokens)
{
    public string Id => id;

    public string Email => email;

    public Tokens Tokens => tokens;

    public HttpClient Client { get; } = app.Behind(() => tokens.AccessToken);

    public async Task<string> CreateProvider(string title = "Weather Works") =>
        (await Client.Post("/v1/organizations", new { kind = "provider", title }).Expect<JsonElement>(HttpStatusCode.Created)).GetProperty("id").GetString()!;

    public async Task<string> CreateConsumer(string catalog, string title = "Kites & Co") =>
        (await Client.Post("/v1/organizations", new { kind = "consumer", title, catalogId = catalog }).Expect<JsonElement>(HttpStatusCode.Created)).GetProperty("id").GetString()!;

    /// <summary>Invites another user, who accepts.</summary>
    public async Task Admit(string organization, Person other, params string[] roles)
    {
        var invitation = await Client.Post($"/v1/organizations/{organization}/invitations", new { email = other.Email, roles }).Expect<JsonElement>(HttpStatusCode.Created);
        await other.Client.Post($"/v1/invitations/{invitation.GetProperty("token").GetString()}/accept").Expect();
    }
}
