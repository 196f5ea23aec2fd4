using System.Net;
using System.Text.Json;
using Marketplace.Catalog.Migrations;
using Marketplace.Contracts.Catalog;
using Marketplace.Contracts.Subscriptions;
using Marketplace.Testing;

namespace Marketplace.Catalog.Tests;

/// <summary>A price is compared for every subscriber before anybody can take it: a migration that is a draft may lead to plans that are drafts.</summary>
public sealed class MigrationToDraftTests(CatalogApp app) : IClassFixture<CatalogApp>
{
    [Fact]
    public async Task A_draft_may_lead_to_a_plan_that_is_one_too_and_is_executed_once_that_is_active()
    {
        var (provider, product, old, next) = await Open();
        var made = await Make(provider, product, old, next);
        Assert.Equal("draft", made.Text("state"));
        Assert.Equal(3_000, Assert.Single(await Told(made.Id())).Plans[0].Target!.Price.Base);

        foreach (object when in (object[])[new { when = "now", acceptWarnings = true }, new { when = "date", at = app.Clock.GetUtcNow().AddDays(1), acceptWarnings = true }])
        {
            await provider.Owner.Post($"/v1/migrations/{made.Id()}/execute", when).ExpectProblem(HttpStatusCode.UnprocessableEntity, "plan_map_invalid", "plans[0].target");
        }

        await provider.Owner.Post("/v1/migrations", Request(product, old, next, "now")).ExpectProblem(HttpStatusCode.UnprocessableEntity, "plan_map_invalid", "plans[0].target");
        await provider.Owner.Post($"/v1/products/{product}/plans/{next}/activate").Expect();
        var begun = await provider.Owner.Post($"/v1/migrations/{made.Id()}/execute", new { when = "now", acceptWarnings = true }).Expect<JsonElement>();
        Assert.Equal("executing", begun.Text("state"));
    }

    [Fact]
    public async Task A_changed_price_is_judged_and_told_anew()
    {
        var (provider, product, old, next) = await Open(amount: 2_500);
        var made = await Make(provider, product, old, next);
        Assert.Empty(made.GetProperty("warnings").EnumerateArray());

        await provider.Owner.Patch($"/v1/products/{product}/plans/{next}", new { price = new { model = "flat", @base = new { amount = 9_900, currency = "usd" } } }, "*").Expect();

        var told = await Told(made.Id());
        Assert.Equal([2_500L, 9_900L], told.Select(m => m.Plans[0].Target!.Price.Base));
        Assert.True(told[1].Version > told[0].Version && !told[1].Execute);
        var shown = await provider.Owner.Get($"/v1/migrations/{made.Id()}");
        Assert.Equal("costs_more", Assert.Single(shown.GetProperty("warnings").EnumerateArray()).Text("code"));
    }

    [Fact]
    public async Task What_a_subscriber_would_pay_is_shown_as_it_was_told_last()
    {
        var (provider, product, old, next) = await Open();
        var made = await Make(provider, product, old, next);
        foreach (var (version, amount, currency) in new[] { (1, 2_500, "usd"), (3, 9_900, "eur"), (2, 5_000, "usd") })
        {
            await app.Make<KeepMigrationProgress>().Handle(
                new SubscriptionMigrationChanged(made.Id(), "sub_1", "org_1", old, next, "pending", null, null, 2_500, amount, currency, null, version), default);
        }

        var row = Assert.Single((await provider.Owner.Get($"/v1/migrations/{made.Id()}/subscriptions")).Data());

        Assert.Equal((9_900, "eur"), (row.GetProperty("baseAfter").GetProperty("amount").GetInt64(), row.GetProperty("baseAfter").Text("currency")));
    }

    [Fact]
    public async Task A_change_with_which_nobody_can_be_moved_is_told_all_the_same_and_refused_to_who_executes_it()
    {
        var (provider, product, old, next) = await Open();
        var made = await Make(provider, product, old, next);

        await provider.Owner.Patch($"/v1/products/{product}/plans/{next}", new { currency = "eur", price = new { model = "flat", @base = new { amount = 3_000, currency = "eur" } } }, "*").Expect();

        Assert.Equal(["usd", "eur"], (await Told(made.Id())).Select(m => m.Plans[0].Target!.Currency));
        await provider.Owner.Post($"/v1/products/{product}/plans/{next}/activate").Expect();
        await provider.Owner.Post($"/v1/migrations/{made.Id()}/execute", new { when = "now", acceptWarnings = true }).ExpectProblem(HttpStatusCode.UnprocessableEntity, "currency_mismatch", "plans[0]");
    }

    [Fact]
    public async Task A_draft_plan_that_a_migration_leads_to_is_deleted_after_the_migration_is_taken_back()
    {
        var (provider, product, old, next) = await Open();
        var made = await Make(provider, product, old, next);

        await provider.Owner.Delete($"/v1/products/{product}/plans/{next}").ExpectProblem(HttpStatusCode.Conflict, "plan_is_target");
        await provider.Owner.Post($"/v1/migrations/{made.Id()}/cancel").Expect();
        await provider.Owner.Delete($"/v1/products/{product}/plans/{next}").Expect(HttpStatusCode.NoContent);
    }

    private async Task<(Provider Provider, string Product, string Old, string Next)> Open(long amount = 3_000)
    {
        var provider = app.NewProvider();
        var product = await provider.Released(Provider.Flat("Old"));
        await provider.Publish(await provider.SellingCatalog(), product);
        var old = Assert.Single((await provider.Owner.Get($"/v1/products/{product}/plans")).Data()).Id();
        return (provider, product, old, await provider.Plan(product, Provider.Flat("Next", amount)));
    }

    private static object Request(string product, string old, string next, string when) =>
        new { sourceProductId = product, plans = new[] { new { source = old, target = next } }, when, acceptWarnings = true };

    private static Task<JsonElement> Make(Provider provider, string product, string old, string next) =>
        provider.Owner.Post("/v1/migrations", Request(product, old, next, "draft")).Expect<JsonElement>(HttpStatusCode.Created);

    private Task<List<MigrationRequested>> Told(string id) => app.Announced<MigrationRequested>(m => m.MigrationId == id);
}
