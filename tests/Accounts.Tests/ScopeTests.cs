using System.Net;
using System.Text.Json;
using Marketplace.ServiceDefaults;
using Marketplace.Testing;

namespace Marketplace.Accounts.Tests;

public sealed class ScopeTests(AccountsApp app) : IClassFixture<AccountsApp>
{
    [Fact]
    public async Task A_narrowed_token_reaches_only_what_it_was_narrowed_to()
    {
        var person = await app.SignUp();
        var id = await person.CreateProvider();
        var reader = await Narrowed(person, "organizations:read");
        var writer = await Narrowed(person, "organizations:write");
        var other = await Narrowed(person, "catalog:write", "subscriptions:read");

        await reader.Get($"/v1/organizations/{id}");
        await reader.Patch($"/v1/organizations/{id}", new { title = "New" }, "*").ExpectProblem(HttpStatusCode.Forbidden, "scope_missing");
        await writer.Get($"/v1/organizations/{id}");
        await writer.Patch($"/v1/organizations/{id}", new { title = "New" }, "*").Expect();
        await other.GetAsync($"/v1/organizations/{id}").ExpectProblem(HttpStatusCode.Forbidden, "scope_missing");
        await other.GetAsync("/v1/me").ExpectProblem(HttpStatusCode.Forbidden, "scope_missing");
    }

    [Fact]
    public async Task A_narrowed_token_never_touches_the_account_itself()
    {
        var person = await app.SignUp();
        var token = await Narrowed(person, [.. Scopes.All]);

        Assert.Equal(Scopes.All.Count, (await token.Get("/v1/me")).GetProperty("scopes").GetArrayLength());
        foreach (var (method, path) in new[]
        {
            ("POST", "/v1/tokens"), ("GET", "/v1/tokens"), ("DELETE", "/v1/tokens/tok_1"), ("GET", "/v1/sessions"), ("DELETE", "/v1/sessions?all=true"),
            ("DELETE", "/v1/sessions/ses_1"), ("POST", "/v1/me/password"), ("POST", "/v1/me/second-factor"), ("POST", "/v1/me/second-factor/disable"),
        })
        {
            await token.SendAsync(new HttpRequestMessage(new HttpMethod(method), path)).ExpectProblem(HttpStatusCode.Forbidden, "scope_missing");
        }
    }

    [Fact]
    public async Task A_token_shows_its_scopes_and_unknown_ones_are_refused()
    {
        var person = await app.SignUp();

        var made = await person.Client.Post("/v1/tokens", new { title = "CI", scopes = new[] { "catalog:read", "catalog:read" } }).Expect<JsonElement>(HttpStatusCode.Created);

        Assert.Equal(["catalog:read"], made.GetProperty("scopes").EnumerateArray().Select(scope => scope.GetString()));
        var listed = (await person.Client.Get("/v1/tokens")).GetProperty("data")[0];
        Assert.Equal(["catalog:read"], listed.GetProperty("scopes").EnumerateArray().Select(scope => scope.GetString()));
        foreach (var scopes in new[] { "[]", "[\"everything\"]", "[\"account:write\"]", "[null]", "\"catalog:read\"" })
        {
            await person.Client.Post("/v1/tokens", JsonDocument.Parse($$"""{"title":"CI","scopes":{{scopes}}}""").RootElement)
                .ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "scopes");
        }
    }

    [Theory]
    [InlineData("GET", "/v1/me", "account:read")]
    [InlineData("POST", "/v1/me/password", null)]
    [InlineData("GET", "/v1/sessions", null)]
    [InlineData("GET", "/v1/users", null)]
    [InlineData("POST", "/v1/invitations/x/accept", "organizations:write")]
    [InlineData("GET", "/v1/audit-log", "organizations:read")]
    [InlineData("HEAD", "/V1/Catalogs/cat_1", "catalog:read")]
    [InlineData("PUT", "/v1/catalogs/cat_1/settings", "catalog:write")]
    [InlineData("POST", "/v1/products", "catalog:write")]
    [InlineData("DELETE", "/v1/credentials/cre_1", "subscriptions:write")]
    [InlineData("GET", "/v1/invoices", "billing:read")]
    [InlineData("GET", "/v1/invoices/inv_1", "billing:read")]
    [InlineData("POST", "/v1/invoices/inv_1/void", "billing:write")]
    [InlineData("PUT", "/v1/invoices/inv_1/state", "billing-system:write")]
    [InlineData("PUT", "/V1/Invoices/inv_1/Billing", "billing-system:write")]
    [InlineData("PUT", "/v1/invoices/inv_1/status/", "billing-system:write")]
    [InlineData("GET", "/v1/invoices/state", "billing:read")]
    [InlineData("GET", "/v1/invoice-events", "billing-system:read")]
    [InlineData("GET", "/v1/invoice-eventsx", null)]
    [InlineData("GET", "/v1/webhook-events", "webhooks:read")]
    [InlineData("POST", "/v1/operations/accounts/mails/mail_1/retry", "operations:write")]
    [InlineData("GET", "/v1/meters", null)]
    public void The_scope_of_a_request_is_this_table(string method, string path, string? scope) => Assert.Equal(scope, Scopes.Needed(method, path));

    private async Task<HttpClient> Narrowed(Person person, params string[] scopes)
    {
        var token = (await person.Client.Post("/v1/tokens", new { title = "CI", scopes }).Expect<JsonElement>(HttpStatusCode.Created)).GetProperty("token").GetString()!;
        return app.Behind(() => token);
    }
}
