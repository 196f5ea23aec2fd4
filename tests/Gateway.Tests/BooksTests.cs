using System.Net;
using System.Net.Http.Headers;
using Marketplace.Testing;

namespace Marketplace.Gateway.Tests;

/// <summary>What a gateway tells for the comparison of all services' books.</summary>
public sealed class BooksTests(Installation installation) : IClassFixture<Installation>
{
    private const string Books = "/v1/operations/gateway/books";

    [Fact]
    public async Task It_tells_operators_what_it_enforces_and_which_reports_wait()
    {
        var passes = await installation.Subscribe();
        var refused = await installation.Subscribe(facts => facts with { Refusal = "payment_required" });
        installation.Plane.HoldReports = true;
        Assert.Equal(HttpStatusCode.OK, (await installation.Call(passes.Key)).StatusCode);

        var books = await Eventually.Until(
            () => Ask(isOperator: true).Expect<System.Text.Json.JsonElement>(), b => b.GetProperty("oldestReport").ValueKind == System.Text.Json.JsonValueKind.Number, "a report that waits");

        var enforced = books.GetProperty("data").EnumerateArray().ToDictionary(s => s.GetProperty("subscriptionId").GetString()!, s => s.GetProperty("refusal").GetString());
        Assert.Null(enforced[passes.Facts.SubscriptionId]);
        Assert.Equal("payment_required", enforced[refused.Facts.SubscriptionId]);
        installation.Plane.HoldReports = false;
        await Eventually.Until(
            () => Ask(isOperator: true).Expect<System.Text.Json.JsonElement>(), b => b.GetProperty("oldestReport").ValueKind == System.Text.Json.JsonValueKind.Null, "no report that waits");
    }

    [Fact]
    public async Task Nobody_else_is_told()
    {
        await installation.Client.GetAsync(Books).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        await Ask(isOperator: false).ExpectProblem(HttpStatusCode.Forbidden, "forbidden");
        using var unknown = new HttpRequestMessage(HttpMethod.Get, Books) { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", "unknown") } };
        await installation.Client.SendAsync(unknown).ExpectProblem(HttpStatusCode.Unauthorized, "token_invalid");
    }

    private Task<HttpResponseMessage> Ask(bool isOperator)
    {
        var token = Guid.NewGuid().ToString("n");
        installation.Plane.Tokens[token] = installation.Plane.Internal.ForUser("usr_1", isOperator, []);
        return installation.Client.SendAsync(new HttpRequestMessage(HttpMethod.Get, Books) { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", token) } });
    }
}
