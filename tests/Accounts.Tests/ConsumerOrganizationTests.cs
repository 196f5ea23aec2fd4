using System.Net;
using System.Text.Json;
using Marketplace.Contracts.Accounts;
using Marketplace.Contracts.Storage;
using Marketplace.Testing;

namespace Marketplace.Accounts.Tests;

/// <summary>How consumers come to be in a provider's catalog, and what the provider decides about them.</summary>
public sealed class ConsumerOrganizationTests(AccountsApp app) : IClassFixture<AccountsApp>
{
    [Fact]
    public async Task A_provider_makes_a_consumer_whose_invited_administrator_takes_it_over()
    {
        var owner = await app.SignUp();
        var catalog = await app.CatalogOf(await owner.CreateProvider(), selfSignup: false);
        var email = AccountsApp.NewEmail();

        var made = await owner.Client.Post("/v1/organizations", new { kind = "consumer", title = "Kites & Co", catalogId = catalog, administratorEmail = email })
            .Expect<JsonElement>(HttpStatusCode.Created);

        var id = made.GetProperty("id").GetString()!;
        Assert.Equal(email, made.GetProperty("email").GetString());
        var mail = await app.NewestMailTo(email, "Invitation to Kites & Co");
        var administrator = await app.SignUp(email);
        await administrator.Client.Post($"/v1/invitations/{AccountsApp.TokenIn(mail)}/accept").Expect();
        Assert.Equal(["admin"], (await app.CallerOf(administrator.Tokens.AccessToken)).In(id)!.Roles);
        Assert.Null((await app.CallerOf(owner.Tokens.AccessToken)).In(id));
        // Once somebody is there, the provider invites nobody any more.
        await owner.Client.Post($"/v1/organizations/{id}/invitations", new { email = AccountsApp.NewEmail(), roles = new[] { "admin" } }).ExpectProblem(HttpStatusCode.Forbidden, "role_missing");
    }

    [Fact]
    public async Task While_nobody_has_accepted_the_provider_may_invite_another_administrator()
    {
        var owner = await app.SignUp();
        var catalog = await app.CatalogOf(await owner.CreateProvider());
        var made = await owner.Client.Post("/v1/organizations", new { kind = "consumer", title = "Kites & Co", catalogId = catalog, administratorEmail = AccountsApp.NewEmail() })
            .Expect<JsonElement>(HttpStatusCode.Created);
        var path = $"/v1/organizations/{made.GetProperty("id").GetString()}/invitations";

        await owner.Client.Post(path, new { email = AccountsApp.NewEmail(), roles = new[] { "developer" } }).ExpectProblem(HttpStatusCode.Forbidden, "role_missing");
        await (await app.SignUp()).Client.Post(path, new { email = AccountsApp.NewEmail(), roles = new[] { "admin" } }).ExpectProblem(HttpStatusCode.NotFound, "not_found");
        await owner.Client.Post(path, new { email = AccountsApp.NewEmail(), roles = new[] { "admin" } }).Expect(HttpStatusCode.Created);
    }

    [Fact]
    public async Task Nobody_but_its_provider_makes_consumers_for_others()
    {
        var owner = await app.SignUp();
        var provider = await owner.CreateProvider();
        var catalog = await app.CatalogOf(provider);
        var manager = await app.SignUp();
        await owner.Admit(provider, manager, "product_manager");

        foreach (var person in new[] { manager, await app.SignUp() })
        {
            await person.Client.Post("/v1/organizations", new { kind = "consumer", title = "x", catalogId = catalog, administratorEmail = AccountsApp.NewEmail() })
                .ExpectProblem(HttpStatusCode.Forbidden, "role_missing");
        }

        await owner.Client.Post("/v1/organizations", new { kind = "provider", title = "x", administratorEmail = AccountsApp.NewEmail() })
            .ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "administratorEmail");
    }

    [Fact]
    public async Task A_catalog_that_takes_no_consumers_takes_them_from_nobody()
    {
        var owner = await app.SignUp();
        var catalog = await app.CatalogOf(await owner.CreateProvider(), consumerOrganizations: false);

        await (await app.SignUp()).Client.Post("/v1/organizations", new { kind = "consumer", title = "x", catalogId = catalog })
            .ExpectProblem(HttpStatusCode.Forbidden, "consumer_organizations_disabled");
        await owner.Client.Post("/v1/organizations", new { kind = "consumer", title = "x", catalogId = catalog, administratorEmail = AccountsApp.NewEmail() })
            .ExpectProblem(HttpStatusCode.Forbidden, "consumer_organizations_disabled");
    }

    [Fact]
    public async Task Somebody_signs_up_with_an_organization_in_one_step()
    {
        var catalog = await app.CatalogOf(await (await app.SignUp()).CreateProvider());
        var body = new { email = AccountsApp.NewEmail(), password = AccountsApp.Password, firstName = "Ada", lastName = "Lovelace", organization = new { title = "Engines", catalogId = catalog } };

        var user = await app.Anonymous().Post("/v1/users", body, "one").Expect<JsonElement>(HttpStatusCode.Created);
        var again = await app.Anonymous().Post("/v1/users", body, "one").Expect<JsonElement>(HttpStatusCode.Created);

        var id = user.GetProperty("organizationId").GetString()!;
        Assert.Equal(id, again.GetProperty("organizationId").GetString());
        Assert.Equal(["admin"], (await app.CallerOf((await app.SignIn(body.email)).AccessToken)).In(id)!.Roles);
        await app.Anonymous().Post("/v1/users", body with { email = AccountsApp.NewEmail(), organization = new { title = "Engines", catalogId = "cat_nowhere" } })
            .ExpectProblem(HttpStatusCode.UnprocessableEntity, "catalog_unknown", "catalogId");
        await app.Anonymous().Post("/v1/users", new { email = AccountsApp.NewEmail(), password = AccountsApp.Password, organization = new { title = "x" } })
            .ExpectProblem(HttpStatusCode.BadRequest, "validation_failed");
    }

    [Fact]
    public async Task Where_approval_is_manual_a_consumer_can_do_nothing_until_its_provider_lets_it_in()
    {
        var (owner, person) = (await app.SignUp(), await app.SignUp());
        var catalog = await app.CatalogOf(await owner.CreateProvider(), approval: "manual");
        var id = await person.CreateConsumer(catalog, "Patient");

        Assert.Empty((await app.CallerOf(person.Tokens.AccessToken)).In(id)!.Roles);
        await app.NewestMailTo(owner.Email, "Patient asks to be let in");
        await owner.Client.Post($"/v1/organizations/{id}/enable").ExpectProblem(HttpStatusCode.Conflict, "approval_pending");
        await person.Client.Post($"/v1/organizations/{id}/approve").ExpectProblem(HttpStatusCode.Forbidden, "role_missing");
        await (await app.SignUp()).Client.Post($"/v1/organizations/{id}/approve").ExpectProblem(HttpStatusCode.NotFound, "not_found");
        Assert.Equal(id, (await owner.Client.Get($"/v1/organizations?catalogId={catalog}&approval=pending")).GetProperty("data")[0].GetProperty("id").GetString());

        await owner.Client.Post($"/v1/organizations/{id}/approve").Expect();
        await owner.Client.Post($"/v1/organizations/{id}/approve").Expect();

        Assert.Equal(["admin"], (await app.CallerOf(person.Tokens.AccessToken)).In(id)!.Roles);
        await app.NewestMailTo(person.Email, "Patient was let in");
        await owner.Client.Post($"/v1/organizations/{id}/reject").ExpectProblem(HttpStatusCode.Conflict, "approval_decided");
        Assert.Equal([false, true], (await app.Announced<OrganizationCreated>(o => o.OrganizationId == id)).Select(o => o.Enabled));
        var told = Assert.Single(await app.Announced<ChangeRecorded>(c => c.ObjectId == id && c.Action == "organization.approved"));
        Assert.Equal((owner.Id, """{"approval":"pending"}""", """{"approval":"approved"}"""), (told.Actor, told.Before, told.After));
    }

    [Fact]
    public async Task A_consumer_that_was_turned_down_stays_outside_unless_the_provider_thinks_again()
    {
        var (owner, person) = (await app.SignUp(), await app.SignUp());
        var id = await person.CreateConsumer(await app.CatalogOf(await owner.CreateProvider(), approval: "manual"), "Refused");

        await owner.Client.Post($"/v1/organizations/{id}/reject").Expect();

        await app.NewestMailTo(person.Email, "Refused was turned down");
        Assert.Equal(owner.Id, Assert.Single(await app.Announced<ChangeRecorded>(c => c.ObjectId == id && c.Action == "organization.rejected")).Actor);
        Assert.Empty((await app.CallerOf(person.Tokens.AccessToken)).In(id)!.Roles);
        await owner.Client.Post($"/v1/organizations/{id}/approve").Expect();
        Assert.Equal(["admin"], (await app.CallerOf(person.Tokens.AccessToken)).In(id)!.Roles);
    }

    [Fact]
    public async Task A_provider_disables_and_enables_its_consumers_and_nobody_elses()
    {
        var (owner, person) = (await app.SignUp(), await app.SignUp());
        var id = await person.CreateConsumer(await app.CatalogOf(await owner.CreateProvider()));
        var otherProvider = await app.SignUp();
        await app.CatalogOf(await otherProvider.CreateProvider());

        await otherProvider.Client.Post($"/v1/organizations/{id}/disable").ExpectProblem(HttpStatusCode.NotFound, "not_found");
        await otherProvider.Client.GetAsync($"/v1/organizations/{id}").ExpectProblem(HttpStatusCode.NotFound, "not_found");
        var disabled = await owner.Client.Post($"/v1/organizations/{id}/disable").Expect<JsonElement>();

        Assert.Equal("provider", disabled.GetProperty("disabledBy").GetString());
        Assert.Equal(["billing"], (await app.CallerOf(person.Tokens.AccessToken)).In(id)!.Roles);
        await person.Client.Post($"/v1/organizations/{id}/enable").ExpectProblem(HttpStatusCode.Forbidden, "role_missing");
        await owner.Client.Post($"/v1/organizations/{id}/enable").Expect();
        Assert.Equal(["admin"], (await app.CallerOf(person.Tokens.AccessToken)).In(id)!.Roles);
        Assert.Equal([true, false, true], (await app.Announced<OrganizationCreated>(o => o.OrganizationId == id)).Select(o => o.Enabled));
        Assert.Equal(
            ["organization.disabled", "organization.enabled"],
            (await app.Announced<ChangeRecorded>(c => c.ObjectId == id && c.Actor == owner.Id)).Select(c => c.Action).Where(action => action.EndsWith("abled", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task In_a_disabled_consumer_those_who_pay_stay_billing_members_and_the_others_hold_nothing()
    {
        var (owner, admin, billing, developer) = (await app.SignUp(), await app.SignUp(), await app.SignUp(), await app.SignUp());
        var id = await admin.CreateConsumer(await app.CatalogOf(await owner.CreateProvider()));
        await admin.Admit(id, billing, "billing");
        await admin.Admit(id, developer, "developer", "subscriber");

        await owner.Client.Post($"/v1/organizations/{id}/disable").Expect();

        Assert.Equal(["billing"], (await app.CallerOf(admin.Tokens.AccessToken)).In(id)!.Roles);
        Assert.Equal(["billing"], (await app.CallerOf(billing.Tokens.AccessToken)).In(id)!.Roles);
        Assert.Empty((await app.CallerOf(developer.Tokens.AccessToken)).In(id)!.Roles);
        Assert.Equal("billing", (await admin.Client.Get("/v1/me")).GetProperty("memberships")[0].GetProperty("roles")[0].GetString());
        await admin.Client.Post($"/v1/organizations/{id}/invitations", new { email = AccountsApp.NewEmail(), roles = new[] { "admin" } }).ExpectProblem(HttpStatusCode.Forbidden, "role_missing");
        await developer.Client.GetAsync($"/v1/organizations/{id}/members").ExpectProblem(HttpStatusCode.Forbidden, "role_missing");
    }

    [Fact]
    public async Task A_membership_without_a_role_shows_the_organization_and_nobody_in_it()
    {
        var (owner, person) = (await app.SignUp(), await app.SignUp());
        var provider = await owner.CreateProvider();
        var catalog = await app.CatalogOf(provider, approval: "manual");
        var id = await person.CreateConsumer(catalog, "Patient");

        // Who waits sees that it waits.
        Assert.Equal("pending", (await person.Client.Get($"/v1/organizations/{id}")).GetProperty("approval").GetString());
        Assert.Equal([id], await Listed(person, ""));
        await person.Client.GetAsync($"/v1/organizations/{id}/members").ExpectProblem(HttpStatusCode.Forbidden, "role_missing");
        Assert.Equal([id], await Listed(owner, $"?catalogId={catalog}"));

        await (await app.Operator()).Client.Post($"/v1/organizations/{provider}/disable").Expect();

        Assert.False((await owner.Client.Get($"/v1/organizations/{provider}")).GetProperty("enabled").GetBoolean());
        Assert.Equal([provider], await Listed(owner, ""));
        Assert.Empty(await Listed(owner, $"?catalogId={catalog}"));
        await owner.Client.GetAsync($"/v1/organizations/{id}").ExpectProblem(HttpStatusCode.NotFound, "not_found");
        await owner.Client.Post($"/v1/organizations/{id}/approve").ExpectProblem(HttpStatusCode.NotFound, "not_found");
        await owner.Client.GetAsync($"/v1/organizations/{provider}/members").ExpectProblem(HttpStatusCode.Forbidden, "role_missing");
        await owner.Client.GetAsync($"/v1/organizations/{provider}/members/{owner.Id}").ExpectProblem(HttpStatusCode.Forbidden, "role_missing");

        static async Task<List<string?>> Listed(Person who, string query) =>
            [.. (await who.Client.Get($"/v1/organizations{query}")).GetProperty("data").EnumerateArray().Select(o => o.GetProperty("id").GetString())];
    }

    [Fact]
    public async Task A_provider_cannot_enable_what_an_operator_has_disabled()
    {
        var (owner, person) = (await app.SignUp(), await app.SignUp());
        var id = await person.CreateConsumer(await app.CatalogOf(await owner.CreateProvider()));
        await owner.Client.Post($"/v1/organizations/{id}/disable").Expect();
        await (await app.Operator()).Client.Post($"/v1/organizations/{id}/disable").Expect();

        await owner.Client.Post($"/v1/organizations/{id}/disable").Expect();
        await owner.Client.Post($"/v1/organizations/{id}/enable").ExpectProblem(HttpStatusCode.Forbidden, "disabled_by_operator");
    }

    [Fact]
    public async Task A_provider_lists_its_consumers_and_a_consumer_does_not()
    {
        var (owner, person) = (await app.SignUp(), await app.SignUp());
        var catalog = await app.CatalogOf(await owner.CreateProvider());
        var mine = await person.CreateConsumer(catalog);
        var others = await (await app.SignUp()).CreateConsumer(catalog);

        Assert.Equal([others, mine], await Listed(owner, $"?catalogId={catalog}"));
        Assert.Equal([mine], await Listed(person, $"?catalogId={catalog}"));
        Assert.Empty(await Listed(await app.SignUp(), $"?catalogId={catalog}"));
        Assert.DoesNotContain(mine, await Listed(owner, ""));
    }

    [Theory]
    [InlineData("admin", "developer")]
    [InlineData("admin", "billing")]
    public async Task An_administrator_holds_no_other_role(params string[] roles)
    {
        var (owner, person) = (await app.SignUp(), await app.SignUp());
        var id = await person.CreateConsumer(await app.CatalogOf(await owner.CreateProvider()));

        await person.Client.Put($"/v1/organizations/{id}/members/{person.Id}", new { roles }, "*").ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "roles");
        await person.Client.Post($"/v1/organizations/{id}/invitations", new { email = owner.Email, roles }).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "roles");
        await person.Client.Post($"/v1/organizations/{id}/invitations", new { email = owner.Email, roles = new[] { "developer", "subscriber", "billing" } }).Expect(HttpStatusCode.Created);
    }

    private static async Task<List<string>> Listed(Person person, string query) =>
        [.. (await person.Client.Get($"/v1/organizations{query}")).GetProperty("data").EnumerateArray().Select(o => o.GetProperty("id").GetString()!)];
}
