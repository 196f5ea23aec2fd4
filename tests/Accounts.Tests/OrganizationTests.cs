using System.Net;
using System.Text.Json;
using Marketplace.Accounts.Organizations;
using Marketplace.Contracts.Accounts;
using Marketplace.Contracts.Catalog;
using Marketplace.Contracts.Storage;
using Marketplace.Testing;

namespace Marketplace.Accounts.Tests;

public sealed class OrganizationTests(AccountsApp app) : IClassFixture<AccountsApp>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_creator_of_a_provider_owns_it_and_the_snapshot_is_announced()
    {
        var person = await app.SignUp();

        var id = await person.CreateProvider("Weather Works");

        var caller = await app.CallerOf(person.Tokens.AccessToken);
        Assert.Equal(["owner"], caller.In(id)!.Roles);
        Assert.Equal("provider", caller.In(id)!.Kind);
        var announced = Assert.Single(await app.Announced<OrganizationCreated>(o => o.OrganizationId == id));
        Assert.Equal(new OrganizationCreated(id, "provider", "Weather Works", null, person.Email, true, 1), announced);
    }

    [Fact]
    public async Task The_creator_of_a_consumer_administers_it_in_the_catalog_it_signed_up_to()
    {
        var person = await app.SignUp();
        var catalog = await CatalogWith(selfSignup: true);

        var made = await person.Client.Post("/v1/organizations", new { kind = "consumer", title = "Kites & Co", catalogId = catalog }).Expect<JsonElement>(HttpStatusCode.Created);

        var membership = (await app.CallerOf(person.Tokens.AccessToken)).In(made.GetProperty("id").GetString()!)!;
        Assert.Equal(("consumer", catalog), (membership.Kind, membership.Catalog));
        Assert.Equal(["admin"], membership.Roles);
        Assert.Equal(catalog, Assert.Single(await app.Announced<OrganizationCreated>(o => o.OrganizationId == membership.Organization)).CatalogId);
    }

    [Fact]
    public async Task A_catalog_without_self_signup_and_an_unknown_one_are_refused()
    {
        var person = await app.SignUp();
        var closed = await CatalogWith(selfSignup: false);

        await person.Client.Post("/v1/organizations", new { kind = "consumer", title = "x", catalogId = closed }).ExpectProblem(HttpStatusCode.Forbidden, "self_signup_disabled");
        await person.Client.Post("/v1/organizations", new { kind = "consumer", title = "x", catalogId = "cat_nowhere" })
            .ExpectProblem(HttpStatusCode.UnprocessableEntity, "catalog_unknown", "catalogId");
    }

    [Fact]
    public async Task A_version_that_a_proxy_weakened_is_the_same_version()
    {
        var person = await app.SignUp();
        var id = await person.CreateProvider();

        await person.Client.Patch($"/v1/organizations/{id}", new { title = "Second" }, "W/\"1\"").Expect<JsonElement>();

        await person.Client.Patch($"/v1/organizations/{id}", new { title = "Third" }, "W/\"1\"").ExpectProblem(HttpStatusCode.PreconditionFailed, "version_mismatch");
    }

    [Fact]
    public async Task A_sign_up_waits_for_a_catalog_made_a_moment_ago()
    {
        var person = await app.SignUp();
        var (catalog, provider) = (TestCaller.NewId("cat"), await person.CreateProvider());

        var signingUp = person.Client.Post("/v1/organizations", new { kind = "consumer", title = "x", catalogId = catalog });
        await Eventually.Never(() => Task.FromResult(signingUp.IsCompleted), "the sign-up is answered", TimeSpan.FromMilliseconds(200));
        await Settings(catalog, true, 1, provider);

        await signingUp.Expect(HttpStatusCode.Created);
    }

    [Fact]
    public async Task Catalog_settings_that_come_late_or_twice_do_not_undo_newer_ones()
    {
        var catalog = TestCaller.NewId("cat");

        await Settings(catalog, false, 2);
        await Settings(catalog, true, 1);
        await Settings(catalog, true, 2);

        Assert.False(await app.Database.Scalar<bool>("select self_signup from catalogs where id = $1", catalog));
    }

    [Theory]
    [InlineData("""{"title":"x"}""", "kind")]
    [InlineData("""{"kind":"bank","title":"x"}""", "kind")]
    [InlineData("""{"kind":"provider"}""", "title")]
    [InlineData("""{"kind":"provider","title":"a\u0000b"}""", "title")]
    [InlineData("""{"kind":"provider","title":"x","catalogId":"cat_1"}""", "catalogId")]
    [InlineData("""{"kind":"consumer","title":"x"}""", "catalogId")]
    [InlineData("""{"kind":"consumer","title":"x","catalogId":"a\u0000b"}""", "catalogId")]
    [InlineData("""{"kind":"provider","title":"x","enabled":false}""", "enabled")]
    public async Task A_refused_organization_names_the_field(string body, string field)
    {
        var person = await app.SignUp();

        await person.Client.Post("/v1/organizations", new StringContent(body, System.Text.Encoding.UTF8, "application/json"))
            .ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", field);
    }

    [Fact]
    public async Task Repeating_a_creation_under_its_key_makes_one_organization()
    {
        var person = await app.SignUp();

        var first = await person.Client.Post("/v1/organizations", new { kind = "provider", title = "Once" }, "k").Expect<JsonElement>(HttpStatusCode.Created);
        var again = await person.Client.Post("/v1/organizations", new { kind = "provider", title = "Once" }, "k").Expect<JsonElement>(HttpStatusCode.Created);

        Assert.Equal(first.GetProperty("id").GetString(), again.GetProperty("id").GetString());
        Assert.Equal(1, (await person.Client.Get("/v1/organizations")).GetProperty("data").GetArrayLength());
    }

    [Fact]
    public async Task Everybody_lists_their_own_and_operators_list_all()
    {
        var (one, other) = (await app.SignUp(), await app.SignUp());
        var (mine, theirs) = (await one.CreateProvider(), await other.CreateProvider());

        Assert.Equal([mine], await Listed(one, "/v1/organizations"));
        Assert.Empty(await Listed(one, "/v1/organizations?kind=consumer"));
        var all = await Listed(await app.Operator(), "/v1/organizations?limit=100");
        Assert.Superset(new HashSet<string> { mine, theirs }, all.ToHashSet());
        await one.Client.GetAsync("/v1/organizations?kind=%00", Cancellation).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "kind");
    }

    [Fact]
    public async Task A_title_changes_only_from_the_version_that_was_read()
    {
        var person = await app.SignUp();
        var id = await person.CreateProvider("Old");
        using var read = await person.Client.GetAsync($"/v1/organizations/{id}", Cancellation).Expect();
        var etag = read.Headers.ETag!.ToString();

        await person.Client.Patch($"/v1/organizations/{id}", new { title = "New" }).ExpectProblem(HttpStatusCode.PreconditionRequired, "if_match_required");
        var renamed = await person.Client.Patch($"/v1/organizations/{id}", new { title = "New" }, etag).Expect<JsonElement>();
        await person.Client.Patch($"/v1/organizations/{id}", new { title = "Newer" }, etag).ExpectProblem(HttpStatusCode.PreconditionFailed, "version_mismatch");

        Assert.Equal("New", renamed.GetProperty("title").GetString());
        var announced = await app.Announced<OrganizationCreated>(o => o.OrganizationId == id);
        Assert.Equal([("Old", 1L), ("New", 2L)], announced.Select(o => (o.Title, o.Version)));
    }

    [Fact]
    public async Task An_organization_that_is_switched_off_gives_its_members_no_roles()
    {
        var person = await app.SignUp();
        var id = await person.CreateProvider();
        var @operator = await app.Operator();

        await @operator.Client.Post($"/v1/organizations/{id}/disable").Expect();
        await @operator.Client.Post($"/v1/organizations/{id}/disable").Expect();

        Assert.Empty((await app.CallerOf(person.Tokens.AccessToken)).In(id)!.Roles);
        await person.Client.Patch($"/v1/organizations/{id}", new { title = "x" }, "*").ExpectProblem(HttpStatusCode.Forbidden, "role_missing");
        await person.Client.Delete($"/v1/organizations/{id}/members/{person.Id}").ExpectProblem(HttpStatusCode.Forbidden, "role_missing");
        Assert.False((await person.Client.Get($"/v1/organizations/{id}")).GetProperty("enabled").GetBoolean());
        var me = await person.Client.Get("/v1/me");
        Assert.Empty(me.GetProperty("memberships")[0].GetProperty("roles").EnumerateArray());

        await @operator.Client.Post($"/v1/organizations/{id}/enable").Expect();
        Assert.Equal(["owner"], (await app.CallerOf(person.Tokens.AccessToken)).In(id)!.Roles);
        Assert.Equal([true, false, true], (await app.Announced<OrganizationCreated>(o => o.OrganizationId == id)).Select(o => o.Enabled));
        var told = await app.Announced<ChangeRecorded>(c => c.ObjectId == id && c.Action.EndsWith("abled", StringComparison.Ordinal));
        Assert.Equal(
            [("organization.disabled", """{"enabled":true,"disabledBy":null}"""), ("organization.enabled", """{"enabled":false,"disabledBy":"operator"}""")], told.Select(c => (c.Action, c.Before!)));
    }

    [Fact]
    public async Task Only_operators_switch_providers()
    {
        var person = await app.SignUp();
        var id = await person.CreateProvider();

        foreach (var route in new[] { "enable", "disable" })
        {
            await app.Anonymous().Post($"/v1/organizations/{id}/{route}").ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
            await person.Client.Post($"/v1/organizations/{id}/{route}").ExpectProblem(HttpStatusCode.Forbidden, "role_missing");
            await (await app.SignUp()).Client.Post($"/v1/organizations/{id}/{route}").ExpectProblem(HttpStatusCode.NotFound, "not_found");
            await (await app.Operator()).Client.Post($"/v1/organizations/org_nowhere/{route}").ExpectProblem(HttpStatusCode.NotFound, "not_found");
        }
    }

    [Fact]
    public async Task The_operator_is_made_once_and_whoever_held_the_address_before_loses_it()
    {
        Assert.True((await app.CallerOf((await app.Operator()).Tokens.AccessToken)).IsOperator);
        var squatter = await app.SignUp();
        var token = (await squatter.Client.Post("/v1/tokens", new { title = "x" }).Expect<JsonElement>(HttpStatusCode.Created)).GetProperty("token").GetString()!;

        var settings = new Dictionary<string, string?> { ["Operator:Email"] = squatter.Email, ["Operator:Password"] = "The-0perators-own" };
        for (var start = 0; start < 2; start++)
        {
            await Microsoft.Extensions.DependencyInjection.ActivatorUtilities.CreateInstance<Users.SeedOperator>(
                app.Services, Microsoft.Extensions.Configuration.MemoryConfigurationBuilderExtensions.AddInMemoryCollection(
                    new Microsoft.Extensions.Configuration.ConfigurationBuilder(), settings).Build()).StartAsync(Cancellation);
        }

        await app.Exchange(token).ExpectProblem(HttpStatusCode.Unauthorized, "token_invalid");
        await app.Exchange(squatter.Tokens.AccessToken).ExpectProblem(HttpStatusCode.Unauthorized, "token_invalid");
        Assert.True((await app.CallerOf((await app.SignIn(squatter.Email, "The-0perators-own")).AccessToken)).IsOperator);
    }

    private static async Task<List<string>> Listed(Person person, string path) =>
        [.. (await person.Client.Get(path)).GetProperty("data").EnumerateArray().Select(o => o.GetProperty("id").GetString()!)];

    private async Task<string> CatalogWith(bool selfSignup)
    {
        var catalog = TestCaller.NewId("cat");
        await Settings(catalog, selfSignup, 1, await (await app.SignUp()).CreateProvider());
        return catalog;
    }

    private Task Settings(string catalog, bool selfSignup, long version, string provider = "org_provider") =>
        app.Make<KeepCatalogSettings>().Handle(new CatalogSettingsChanged(catalog, provider, "sandbox", selfSignup, version), Cancellation);
}
