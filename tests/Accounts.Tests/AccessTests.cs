using System.Net;
using Marketplace.Testing;

namespace Marketplace.Accounts.Tests;

/// <summary>Every route with nobody's, a stranger's and a too weak token.</summary>
public sealed class AccessTests(AccountsApp app) : IClassFixture<AccountsApp>
{
    public static TheoryData<string, string> SignedIn => new()
    {
        { "DELETE", "/v1/sessions" }, { "GET", "/v1/me" }, { "POST", "/v1/tokens" }, { "GET", "/v1/tokens" }, { "DELETE", "/v1/tokens/tok_1" },
        { "POST", "/v1/invitations/x/accept" }, { "POST", "/v1/organizations" }, { "GET", "/v1/organizations" },
    };

    public static TheoryData<string, string, string, bool> OfOrganization => new()
    {
        { "GET", "", "", true },
        { "PATCH", "", """{"title":"Mine now"}""", false },
        { "GET", "/members", "", true },
        { "PUT", "/members/usr_1", """{"roles":["viewer"]}""", false },
        { "DELETE", "/members/usr_1", "", false },
        { "POST", "/invitations", """{"email":"a@b.example","roles":["viewer"]}""", false },
        { "GET", "/invitations", "", false },
        { "DELETE", "/invitations/inv_1", "", false },
    };

    [Theory]
    [MemberData(nameof(SignedIn))]
    public async Task Without_a_token_there_is_no_answer(string method, string path) =>
        await Send(app.Anonymous(), method, path, "{}").ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");

    [Theory]
    [MemberData(nameof(OfOrganization))]
    public async Task An_organization_is_closed_to_nobody_strangers_and_weak_roles(string method, string path, string body, bool everyMember)
    {
        var (owner, weak) = (await app.SignUp(), await app.SignUp());
        var id = await owner.CreateProvider();
        await owner.Admit(id, weak, "viewer", "product_manager");
        path = $"/v1/organizations/{id}{path}";

        await Send(app.Anonymous(), method, path, body).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        await Send((await app.SignUp()).Client, method, path, body).ExpectProblem(HttpStatusCode.NotFound, "not_found");
        await Send(app.ClientFor(TestCaller.Stranger()), method, path, body).ExpectProblem(HttpStatusCode.NotFound, "not_found");
        if (everyMember)
        {
            await Send(weak.Client, method, path, body).Expect();
        }
        else
        {
            await Send(weak.Client, method, path, body).ExpectProblem(HttpStatusCode.Forbidden, "role_missing");
            await Send((await app.Operator()).Client, method, path, body).ExpectProblem(HttpStatusCode.Forbidden, "role_missing");
        }
    }

    private static Task<HttpResponseMessage> Send(HttpClient client, string method, string path, string body)
    {
        var request = new HttpRequestMessage(new HttpMethod(method), path);
        request.Headers.TryAddWithoutValidation("If-Match", "*");
        if (method is "POST" or "PUT" or "PATCH")
        {
            request.Content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        }

        return client.SendAsync(request);
    }
}
