using System.Net;
using System.Text;
using System.Text.Json;
using Marketplace.Gateway.Control;
using Marketplace.ServiceDefaults;
using Marketplace.Testing;

namespace Marketplace.Gateway.Tests;

public sealed class ControlApiTests(Installation installation) : IClassFixture<Installation>
{
    [Theory]
    [InlineData("/v1/users", "accounts")]
    [InlineData("/v1/organizations/org_1/members", "accounts")]
    [InlineData("/v1/catalogs/cat_1/publications", "catalog")]
    [InlineData("/v1/products", "catalog")]
    [InlineData("/v1/subscriptions/sub_1/usage", "subscriptions")]
    [InlineData("/v1/credentials", "subscriptions")]
    [InlineData("/v1/billing-integrations/bil_1/jobs", "invoicing")]
    [InlineData("/v1/invoices?status=open", "invoicing")]
    [InlineData("/webhooks/stripe/bil_1", "webhooks")]
    [InlineData("/v1/webhook-events", "webhooks")]
    [InlineData("/v1/operations/invoicing/parked-messages", "invoicing")]
    public async Task Each_part_is_answered_by_its_service_without_naming_it(string path, string service)
    {
        var answer = await installation.Client.Get(path);

        Assert.Equal(service, answer.GetProperty("service").GetString());
        Assert.Contains(installation.Plane.Asked, asked => asked.Service == service && asked.Target == path);
    }

    [Theory]
    [InlineData("/v1/nothing")]
    [InlineData("/v2/users")]
    [InlineData("/accounts/v1/users")]
    [InlineData("/webhooks/other")]
    public async Task What_nobody_answers_is_not_found(string path) =>
        await installation.Client.GetAsync(path).ExpectProblem(HttpStatusCode.NotFound, "not_found");

    [Fact]
    public async Task A_clients_token_is_exchanged_and_never_passed_on()
    {
        installation.Plane.Tokens["client-token"] = "internal-token";

        var heard = await Ask("/v1/me", ("Authorization", "Bearer client-token"), ("X-Marketplace-Operator", "true"), ("X_Marketplace_User", "usr_1"));

        Assert.Equal("Bearer internal-token", heard["Authorization"]);
        Assert.DoesNotContain(heard.Keys, name => name.StartsWith("X-Marketplace", StringComparison.OrdinalIgnoreCase) || name.StartsWith("X_Marketplace", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task Without_a_token_the_service_decides()
    {
        var heard = await Ask("/v1/users");

        Assert.False(heard.ContainsKey("Authorization"));
    }

    [Theory]
    [InlineData("Bearer unknown")]
    [InlineData("Bearer ")]
    [InlineData("Basic dXNlcjpwYXNz")]
    [InlineData("unknown")]
    public async Task A_token_that_accounts_does_not_know_goes_no_further(string authorization)
    {
        installation.Plane.Asked.Clear();

        var response = await installation.Client.SendAsync(Request("/v1/me", ("Authorization", authorization)));

        Assert.Equal("Bearer", response.Headers.WwwAuthenticate.ToString());
        await Task.FromResult(response).ExpectProblem(HttpStatusCode.Unauthorized, "token_invalid");
        Assert.Empty(installation.Plane.Asked);
    }

    // A token that was good a moment ago: signed out, a role lost, the user disabled. Nothing of its exchange is kept.
    [Fact]
    public async Task A_token_is_exchanged_anew_on_every_request()
    {
        installation.Plane.Tokens["client-token-3"] = "with-role";
        Assert.Equal("Bearer with-role", (await Ask("/v1/me", ("Authorization", "Bearer client-token-3")))["Authorization"]);

        installation.Plane.Tokens["client-token-3"] = "without-role";
        Assert.Equal("Bearer without-role", (await Ask("/v1/me", ("Authorization", "Bearer client-token-3")))["Authorization"]);

        installation.Plane.Tokens.TryRemove("client-token-3", out _);
        installation.Plane.Asked.Clear();
        foreach (var path in ControlRoutes.Prefixes.Where(path => path != "/webhooks/stripe"))
        {
            await installation.Client.SendAsync(Request(path, ("Authorization", "Bearer client-token-3"))).ExpectProblem(HttpStatusCode.Unauthorized, "token_invalid");
        }

        Assert.Empty(installation.Plane.Asked);
    }

    [Fact]
    public void Every_part_of_the_control_API_is_in_an_area_of_scopes_or_closed_to_narrowed_tokens() => Assert.Equal(
        ["/v1/sessions", "/v1/tokens", "/v1/users", "/webhooks/stripe"], ControlRoutes.Prefixes.Where(prefix => Scopes.Needed("GET", prefix) is null).Order(StringComparer.Ordinal));

    [Theory]
    [InlineData("/webhooks/stripe/bil_1")]
    [InlineData("/v1/sessions/refresh")]
    [InlineData("/v1/sessions/second-factor")]
    [InlineData("/v1/users/confirm-email")]
    [InlineData("/v1/users/resend-confirmation")]
    [InlineData("/v1/users/forgot-password")]
    [InlineData("/v1/users/reset-password")]
    public async Task Where_the_body_proves_the_caller_a_token_is_dropped(string path)
    {
        var heard = await Ask(path, ("Authorization", "Bearer stale"));

        Assert.False(heard.ContainsKey("Authorization"));
    }

    [Fact]
    public async Task Accounts_away_is_told_as_such_and_opens_nothing()
    {
        installation.Plane.Tokens["client-token-2"] = "internal-token";
        installation.Plane.TakeAway("accounts");
        try
        {
            var response = await installation.Client.SendAsync(Request("/v1/subscriptions", ("Authorization", "Bearer client-token-2")));
            Assert.NotNull(response.Headers.RetryAfter);
            await Task.FromResult(response).ExpectProblem(HttpStatusCode.ServiceUnavailable, "service_unavailable");
        }
        finally
        {
            installation.Plane.BringBack("accounts");
        }
    }

    [Fact]
    public async Task A_service_that_is_away_is_told_as_such()
    {
        installation.Plane.TakeAway("invoicing");
        try
        {
            await installation.Client.GetAsync("/v1/invoices").ExpectProblem(HttpStatusCode.ServiceUnavailable, "service_unavailable");
            await installation.Client.GetAsync("/openapi/v1.json").ExpectProblem(HttpStatusCode.ServiceUnavailable, "service_unavailable");
        }
        finally
        {
            installation.Plane.BringBack("invoicing");
        }
    }

    [Fact]
    public async Task A_webhooks_body_arrives_byte_by_byte_as_it_was_sent()
    {
        var body = "{ \"id\" : \"evt_1\",\r\n\t\"é\": 1 }"u8.ToArray();
        using var content = new ByteArrayContent(body) { Headers = { { "Content-Type", "application/json; charset=utf-8" } } };
        content.Headers.Add("Stripe-Signature", "t=1,v1=abc");

        await installation.Client.PostAsync("/webhooks/stripe/bil_1", content).Expect(HttpStatusCode.OK);

        var asked = installation.Plane.Asked.Last(a => a.Target == "/webhooks/stripe/bil_1" && a.Method == "POST");
        Assert.Equal("t=1,v1=abc", asked.Headers["Stripe-Signature"]);
        Assert.Equal(Convert.ToHexString(body), asked.Headers["test-body"]);
    }

    [Fact]
    public async Task The_documents_are_merged_and_clashing_shapes_keep_apart()
    {
        installation.Plane.Documents["accounts"] = """
            {"paths":{"/v1/users":{"get":{"operationId":"ListUsers","responses":{"200":{"content":{"application/json":{"schema":{"$ref":"#/components/schemas/Page"}}}}}}},
                      "/internal/token-exchange":{"post":{}}},
             "components":{"schemas":{"Page":{"properties":{"item":{"$ref":"#/components/schemas/Item"}}},"Item":{"type":"string"},"Same":{"type":"boolean"}}},"tags":[{"name":"Users"}]}
            """;
        installation.Plane.Documents["catalog"] = """
            {"paths":{"/v1/apis":{"get":{"responses":{"200":{"content":{"application/json":{"schema":{"$ref":"#/components/schemas/Page"}}}}}}},
                      "/v1/products":{"get":{"responses":{"200":{"content":{"application/json":{"schema":{"$ref":"#/components/schemas/Other"}}}}}}}},
             "components":{"schemas":{"Page":{"properties":{"item":{"$ref":"#/components/schemas/Item"}}},"Item":{"type":"integer"},"Same":{"type":"boolean"},
                "Other":{"oneOf":[{"$ref":"#/components/schemas/Item"},{"$ref":"#/components/schemas/Same"}],"discriminator":{"propertyName":"k","mapping":{"i":"#/components/schemas/Item"}}}}},"tags":[{"name":"Users"},{"name":"APIs"}]}
            """;

        var document = await installation.Client.Get("/openapi/v1.json");

        Assert.Equal("3.1.1", document.GetProperty("openapi").GetString());
        Assert.Equal("http://localhost:8080", document.GetProperty("servers")[0].GetProperty("url").GetString());
        Assert.False(document.GetProperty("paths").TryGetProperty("/internal/token-exchange", out _));
        var schemas = document.GetProperty("components").GetProperty("schemas");
        Assert.Equal(["CatalogItem", "CatalogPage", "Item", "Other", "Page", "Same"], schemas.EnumerateObject().Select(s => s.Name).Order());
        Assert.Equal("integer", schemas.GetProperty("CatalogItem").GetProperty("type").GetString());
        Assert.Equal("#/components/schemas/CatalogItem", schemas.GetProperty("CatalogPage").GetProperty("properties").GetProperty("item").GetProperty("$ref").GetString());
        Assert.Contains("CatalogItem", schemas.GetProperty("Other").GetProperty("discriminator").ToString(), StringComparison.Ordinal);
        Assert.Contains("CatalogPage", document.GetProperty("paths").GetProperty("/v1/apis").ToString(), StringComparison.Ordinal);
        Assert.Contains("schemas/Page", document.GetProperty("paths").GetProperty("/v1/users").ToString(), StringComparison.Ordinal);
        Assert.Equal(["Users", "APIs"], document.GetProperty("tags").EnumerateArray().Select(t => t.GetProperty("name").GetString()));
    }

    [Fact]
    public async Task The_documents_can_be_read_in_a_browser()
    {
        var page = await installation.Client.GetStringAsync("/docs/index.html");
        Assert.Contains("Marketplace API", page, StringComparison.Ordinal);

        var root = await installation.Client.GetAsync("/");
        Assert.Contains("/docs", root.RequestMessage!.RequestUri!.AbsolutePath, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_may_take_an_endless_body_for_a_way_to_hold_a_service()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/users")
        {
            Content = new StringContent(new string('x', 40 << 20), Encoding.UTF8, "application/json"),
            Headers = { ExpectContinue = true },
        };

        using var response = await installation.Client.SendAsync(request);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
    }

    private async Task<Dictionary<string, string>> Ask(string path, params (string Name, string Value)[] headers)
    {
        installation.Plane.Asked.Clear();
        await installation.Client.SendAsync(Request(path, headers)).Expect(HttpStatusCode.OK);
        return installation.Plane.Asked.Single().Headers;
    }

    private static HttpRequestMessage Request(string path, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return request;
    }
}
