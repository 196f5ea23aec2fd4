using System.Net;
using System.Text.Json;
using Marketplace.ServiceDefaults;
using Marketplace.Testing;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Marketplace.Subscriptions.Tests;

/// <summary>Every route with the token of somebody who has every role, elsewhere, and with each role of the organizations it is about.</summary>
public sealed class StrangerTests(ServiceApp<Program> app) : IClassFixture<ServiceApp<Program>>
{
    private static readonly string[] ConsumerRoles = [Roles.Admin, Roles.Subscriber, Roles.Developer, Roles.Billing];
    private static readonly string[] ProviderRoles = [Roles.Owner, Roles.Admin, Roles.ProductManager, Roles.Viewer];

    // Route, body, and who may: c… roles of the consumer, p… roles of the provider. Lists answer everybody with what is theirs.
    private static readonly Dictionary<string, (object? Body, string[] Consumer, string[] Provider)> Matrix = new()
    {
        ["GET /v1/subscriptions/{subscription}"] = (null, ConsumerRoles, ProviderRoles),
        ["GET /v1/subscriptions/{subscription}/usage"] = (null, ConsumerRoles, ProviderRoles),
        ["GET /v1/subscriptions/{subscription}/upcoming-invoice"] = (null, Roles.ConsumerBilling, ProviderRoles),
        ["GET /v1/subscriptions/{subscription}/history"] = (null, ConsumerRoles, ProviderRoles),
        ["POST /v1/subscriptions/{subscription}/approve"] = (null, [], Roles.ProviderProducts),
        ["POST /v1/subscriptions/{subscription}/reject"] = (null, [], Roles.ProviderProducts),
        ["POST /v1/subscriptions/{subscription}/cancel"] = (new { when = "now" }, Roles.ConsumerPaid, []),
        ["POST /v1/subscriptions/{subscription}/resume"] = (null, Roles.ConsumerPaid, []),
        ["POST /v1/subscriptions/{subscription}/change-plan"] = (new { planId = "pln_1", when = "now" }, Roles.ConsumerPaid, []),
        ["POST /v1/subscriptions/{subscription}/preview-change"] = (new { planId = "pln_1", when = "now" }, Roles.ConsumerPaid, []),
        ["DELETE /v1/subscriptions/{subscription}/change-plan"] = (null, Roles.ConsumerPaid, []),
        ["GET /v1/applications/{application}"] = (null, ConsumerRoles, []),
        ["PATCH /v1/applications/{application}"] = (new { title = "New" }, Roles.ConsumerFree, []),
        ["DELETE /v1/applications/{application}"] = (null, Roles.ConsumerFree, []),
        ["GET /v1/access-requests/{request}"] = (null, ConsumerRoles, ProviderRoles),
        ["POST /v1/access-requests/{request}/approve"] = (null, [], Roles.ProviderProducts),
        ["POST /v1/access-requests/{request}/reject"] = (null, [], Roles.ProviderProducts),
        ["POST /v1/credentials/{credential}/rotate"] = (null, Roles.ConsumerFree, []),
        ["POST /v1/credentials/{credential}/suspend"] = (new { reason = "test" }, Roles.ConsumerFree, []),
        ["POST /v1/credentials/{credential}/enable"] = (null, Roles.ConsumerFree, []),
        ["DELETE /v1/credentials/{credential}"] = (null, Roles.ConsumerFree, []),
    };

    public static TheoryData<string> Routes => [.. Matrix.Keys];

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task A_stranger_finds_nothing(string route)
    {
        var path = await Path(route, await Open());

        await Send(app.ClientFor(TestCaller.Stranger()), route, path).ExpectProblem(HttpStatusCode.NotFound, "not_found");
        await Send(app.Anonymous(), route, path).Expect(HttpStatusCode.Unauthorized);
    }

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task Only_the_named_roles_may(string route)
    {
        var market = await Open();
        foreach (var role in ConsumerRoles)
        {
            await Check(market, route, app.ClientFor(TestCaller.Consumer(market.Consumer, market.Catalog, role)), role, Matrix[route].Consumer.Contains(role));
        }

        foreach (var role in ProviderRoles)
        {
            await Check(market, route, app.ClientFor(TestCaller.Provider(market.Provider, role)), role, Matrix[route].Provider.Contains(role));
        }
    }

    [Fact]
    public async Task Lists_show_a_stranger_nothing_and_both_parties_theirs()
    {
        var market = await Open();
        var ids = await Ids(market);
        foreach (var (path, id, provider) in new[]
        {
            ("/v1/subscriptions", ids["subscription"], true), ("/v1/applications", ids["application"], false),
            ("/v1/access-requests", ids["request"], true), ("/v1/credentials", ids["credential"], false),
        })
        {
            Assert.Contains(id, Data(await market.Admin.Get(path)));
            Assert.Equal(provider, Data(await market.Owner.Get(path)).Contains(id));
            Assert.Contains(id, Data(await app.ClientFor(TestCaller.Operator()).Get(path + "?limit=100")));
            Assert.Empty(Data(await app.ClientFor(TestCaller.Stranger()).Get(path)));
            Assert.Empty(Data(await app.ClientFor(TestCaller.Stranger()).Get($"{path}?organizationId={market.Consumer}")));
        }
    }

    [Fact]
    public async Task A_membership_without_a_role_as_in_a_disabled_organization_shows_nothing()
    {
        var market = await Open();
        var ids = await Ids(market);
        foreach (var member in (HttpClient[])[app.ClientFor(TestCaller.Provider(market.Provider)), app.ClientFor(TestCaller.Consumer(market.Consumer, market.Catalog))])
        {
            foreach (var list in (string[])["subscriptions", "applications", "access-requests", "credentials", "terms-acceptances", "grace-periods"])
            {
                Assert.Empty((await member.Get($"/v1/{list}")).GetProperty("data").EnumerateArray());
            }

            foreach (var path in (string[])[$"subscriptions/{ids["subscription"]}", $"subscriptions/{ids["subscription"]}/usage", $"applications/{ids["application"]}", $"access-requests/{ids["request"]}"])
            {
                await member.GetAsync($"/v1/{path}").ExpectProblem(HttpStatusCode.NotFound, "not_found");
            }
        }
    }

    [Fact]
    public async Task Lists_take_the_statuses_there_are_and_refuse_others()
    {
        var market = await Open();
        var id = (await market.Subscribe()).Id();
        foreach (var status in Enum.GetValues<SubscriptionStatus>())
        {
            var word = System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName($"{status}");
            Assert.Equal(status == SubscriptionStatus.AwaitingPayment ? [id] : [], Data(await market.Admin.Get($"/v1/subscriptions?status={word}")));
        }

        foreach (var list in (string[])["subscriptions", "access-requests", "credentials"])
        {
            await market.Admin.GetAsync($"/v1/{list}?status=bogus").ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "status");
        }
    }

    [Fact]
    public async Task A_stranger_creates_nothing_for_others()
    {
        var market = await Open();
        var ids = await Ids(market);
        var stranger = app.ClientFor(TestCaller.Stranger());

        await stranger.Post("/v1/subscriptions", market.Request()).ExpectProblem(HttpStatusCode.NotFound, "not_found");
        await stranger.Post("/v1/applications", new { organizationId = market.Consumer, title = "x" }).ExpectProblem(HttpStatusCode.NotFound, "not_found");
        await stranger.Post("/v1/access-requests", new { subscriptionId = ids["subscription"], apiId = market.Api }).ExpectProblem(HttpStatusCode.NotFound, "not_found");
        await market.Owner.Post("/v1/applications", new { organizationId = market.Provider, title = "x" }).ExpectProblem(HttpStatusCode.Forbidden, "consumers_only");
        var billing = app.ClientFor(TestCaller.Consumer(market.Consumer, market.Catalog, Roles.Billing));
        await billing.Post("/v1/applications", new { organizationId = market.Consumer, title = "x" }).ExpectProblem(HttpStatusCode.Forbidden, "role_missing");
        await billing.Post("/v1/access-requests", new { subscriptionId = ids["subscription"], apiId = market.Api }).ExpectProblem(HttpStatusCode.Forbidden, "role_missing");
    }

    [Fact]
    public void Every_route_with_an_id_is_in_the_matrix()
    {
        var routes = app.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(e => e.RoutePattern.RawText!.StartsWith("/v1/", StringComparison.Ordinal) && e.RoutePattern.RawText.Contains("{id}", StringComparison.Ordinal)
                && !e.RoutePattern.RawText.StartsWith("/v1/operations", StringComparison.Ordinal))
            .Select(e => $"{e.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods[0]} {e.RoutePattern.RawText}");

        Assert.Empty(routes.Except(Matrix.Keys.Select(k => $"{k[..k.IndexOf('{', StringComparison.Ordinal)]}{{id}}{k[(k.IndexOf('}', StringComparison.Ordinal) + 1)..]}")));
    }

    [Fact]
    public async Task Every_public_route_is_described()
    {
        var paths = (await app.Anonymous().Get("/openapi/v1.json")).GetProperty("paths").EnumerateObject().Select(p => p.Name).ToList();

        Assert.Contains("/v1/subscriptions/{id}/cancel", paths);
        Assert.DoesNotContain(paths, path => path.StartsWith("/internal", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Requests_with_unknown_or_missing_fields_are_refused_field_by_field()
    {
        var market = await Open();

        await market.Admin.Post("/v1/subscriptions", new { }).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "planId");
        await market.Admin.Post("/v1/subscriptions", new { planId = "p", catalogId = "c", organizationId = "o", acceptTerms = true, status = "active" })
            .ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "status");
        await market.Admin.Post("/v1/subscriptions/sub_1/cancel", new { when = "later" }).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "when");
    }

    private async Task<Market> Open() => await Market.Open(app);

    private static async Task Check(Market market, string route, HttpClient client, string role, bool may)
    {
        using var answer = await Send(client, route, await Path(route, market));
        var refused = answer.StatusCode is HttpStatusCode.Forbidden or HttpStatusCode.NotFound;
        Assert.True(may != refused, $"{route} as {role}: {(int)answer.StatusCode}");
    }

    private static Task<HttpResponseMessage> Send(HttpClient client, string route, string path)
    {
        var body = Matrix[route].Body;
        return route.Split(' ')[0] switch
        {
            "GET" => client.GetAsync(path),
            "POST" => client.Post(path, body),
            "PATCH" => client.Patch(path, body, "*"),
            _ => client.Delete(path),
        };
    }

    // Fresh objects for every attempt: some of the routes use them up.
    private static async Task<string> Path(string route, Market market) =>
        (await Ids(market)).Aggregate(route.Split(' ')[1], (path, id) => path.Replace("{" + id.Key + "}", id.Value, StringComparison.Ordinal));

    private static async Task<Dictionary<string, string>> Ids(Market market)
    {
        var list = Data(await market.Admin.Get("/v1/subscriptions?status=awaiting_payment"));
        var subscription = list.Count > 0 ? list[0] : (await market.Subscribe()).Id();
        var requests = Data(await market.Admin.Get("/v1/access-requests?status=pending"));
        var request = requests.Count > 0 ? requests[0]
            : (await market.Admin.Post("/v1/access-requests", new { subscriptionId = subscription, apiId = market.Api }).Expect<JsonElement>(HttpStatusCode.Created)).Id();
        var application = await market.Admin.Post("/v1/applications", new { organizationId = market.Consumer, title = "App" }).Expect<JsonElement>(HttpStatusCode.Created);
        return new()
        {
            ["subscription"] = subscription, ["request"] = request, ["application"] = application.Id(), ["credential"] = application.GetProperty("credential").Id(),
        };
    }

    private static List<string> Data(JsonElement page) => [.. page.GetProperty("data").EnumerateArray().Select(e => e.Id())];
}
