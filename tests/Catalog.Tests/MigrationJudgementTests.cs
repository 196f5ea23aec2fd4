using System.Net;
using System.Text.Json;
using Marketplace.Catalog.Migrations;
using Marketplace.Catalog.Plans;
using Marketplace.Contracts.Catalog;
using Marketplace.Contracts.Storage;
using Marketplace.Contracts.Subscriptions;
using Marketplace.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Marketplace.Catalog.Tests;

/// <summary>What was true when a migration was made may not be true when it is executed; and whom it concerns at all.</summary>
public sealed class MigrationJudgementTests(CatalogApp app) : IClassFixture<CatalogApp>
{
    [Fact]
    public async Task A_migration_target_whose_plan_was_closed_meanwhile_is_not_executed()
    {
        var pair = await TwoProducts();
        await pair.Provider.Owner.Put($"/v1/products/{pair.Source}/migration-target", new { productId = pair.Target, plans = pair.Map }).Expect();
        await pair.Provider.Owner.Post($"/v1/products/{pair.Target}/plans/{pair.To}/deprecate").Expect();
        var execute = $"/v1/products/{pair.Source}/execute-migration-target";

        await pair.Provider.Owner.Post(execute, new { when = "now" }).ExpectProblem(HttpStatusCode.UnprocessableEntity, "plan_map_invalid", "plans[0].target");
        await pair.Provider.Owner.Post($"/v1/products/{pair.Target}/plans/{pair.To}/archive").Expect();
        await pair.Provider.Owner.Post(execute, new { when = "now" }).ExpectProblem(HttpStatusCode.UnprocessableEntity, "plan_map_invalid", "plans[0].target");

        Assert.Equal("active", (await pair.Provider.Owner.Get($"/v1/products/{pair.Source}/plans/{pair.From}")).Text("status"));
    }

    [Fact]
    public async Task Warnings_that_a_release_brought_after_the_draft_are_shown_before_they_are_accepted()
    {
        var pair = await TwoProducts();
        var made = await pair.Provider.Owner.Post("/v1/migrations", pair.Request("draft")).Expect<JsonElement>(HttpStatusCode.Created);
        Assert.Empty(made.GetProperty("warnings").EnumerateArray());
        await pair.DropApi();
        var execute = $"/v1/migrations/{made.Id()}/execute";

        // Not even by who accepts what there was to read.
        await pair.Provider.Owner.Post(execute, new { when = "now", acceptWarnings = true }).ExpectProblem(HttpStatusCode.Conflict, "warnings_not_accepted", "acceptWarnings");
        var shown = await pair.Provider.Owner.Get($"/v1/migrations/{made.Id()}");
        Assert.Equal(("draft", "api_missing"), (shown.Text("state"), Assert.Single(shown.GetProperty("warnings").EnumerateArray()).Text("code")));
        await pair.Provider.Owner.Post(execute, new { when = "now" }).ExpectProblem(HttpStatusCode.Conflict, "warnings_not_accepted", "acceptWarnings");

        var begun = await pair.Provider.Owner.Post(execute, new { when = "now", acceptWarnings = true }).Expect<JsonElement>();
        Assert.Equal("executing", begun.Text("state"));
    }

    [Fact]
    public async Task On_its_date_a_migration_with_new_warnings_stops_says_why_and_waits_for_its_provider()
    {
        var pair = await TwoProducts();
        var at = app.Clock.GetUtcNow().AddDays(3);
        var made = await pair.Provider.Owner.Post("/v1/migrations", pair.Request("date", at)).Expect<JsonElement>(HttpStatusCode.Created);
        await pair.DropApi();
        app.Clock.MoveTo(at);
        await RunDue(at);
        await RunDue(at);

        var stopped = await pair.Provider.Owner.Get($"/v1/migrations/{made.Id()}");
        Assert.Equal(("scheduled", "warnings_not_accepted", JsonValueKind.Null),
            (stopped.Text("state"), stopped.GetProperty("stopped").Text("code"), stopped.GetProperty("undoableUntil").ValueKind));
        Assert.Contains("api_missing", stopped.GetProperty("warnings").EnumerateArray().Select(w => w.Text("code")));
        Assert.Equal("active", (await pair.Provider.Owner.Get($"/v1/products/{pair.Source}/plans/{pair.From}")).Text("status"));
        Assert.DoesNotContain(await app.Announced<MigrationRequested>(m => m.MigrationId == made.Id()), m => m.Execute);
        Assert.Null(Assert.Single(await app.Announced<ChangeRecorded>(c => c.ObjectId == made.Id() && c.Action == "migration.stopped")).Actor);
        Assert.False((await MigrationExecution.NextDue(app.Make<Storage.Database>(), default)) <= at);

        // Another date accepts nothing.
        await pair.Provider.Owner.Patch($"/v1/migrations/{made.Id()}", new { at = at.AddDays(1) }, "*").ExpectProblem(HttpStatusCode.Conflict, "warnings_not_accepted", "acceptWarnings");
        var begun = await pair.Provider.Owner.Post($"/v1/migrations/{made.Id()}/execute", new { when = "now", acceptWarnings = true }).Expect<JsonElement>();
        Assert.Equal(("executing", JsonValueKind.Null), (begun.Text("state"), begun.GetProperty("stopped").ValueKind));
    }

    [Fact]
    public async Task On_its_date_a_migration_to_what_is_not_on_offer_any_more_stops_and_goes_on_with_another_date()
    {
        var pair = await TwoProducts();
        var at = app.Clock.GetUtcNow().AddDays(3);
        var made = await pair.Provider.Owner.Post("/v1/migrations", pair.Request("date", at)).Expect<JsonElement>(HttpStatusCode.Created);
        await pair.Provider.Owner.Delete($"/v1/catalogs/{pair.Catalog}/publications/{pair.TargetPublication}").Expect(HttpStatusCode.NoContent);
        app.Clock.MoveTo(at);
        await RunDue(at);
        var address = $"/v1/migrations/{made.Id()}";
        Assert.Equal("target_not_published", (await pair.Provider.Owner.Get(address)).GetProperty("stopped").Text("code"));
        Assert.Equal("active", (await pair.Provider.Owner.Get($"/v1/products/{pair.Source}/plans/{pair.From}")).Text("status"));
        await pair.Provider.Owner.Patch(address, new { at = at.AddDays(1) }, "*").ExpectProblem(HttpStatusCode.UnprocessableEntity, "target_not_published");

        await pair.Provider.Publish(pair.Catalog, pair.Target);
        var again = await pair.Provider.Owner.Patch(address, new { at = at.AddDays(1) }, "*").Expect<JsonElement>();
        Assert.Equal(JsonValueKind.Null, again.GetProperty("stopped").ValueKind);
        app.Clock.MoveTo(at.AddDays(1));
        await RunDue(at.AddDays(1));
        Assert.Equal("executing", (await pair.Provider.Owner.Get(address)).Text("state"));
    }

    [Fact]
    public async Task Nobody_is_moved_by_a_retry_to_a_plan_that_was_closed_since()
    {
        var pair = await TwoProducts();
        var made = await pair.Provider.Owner.Post("/v1/migrations", pair.Request("now")).Expect<JsonElement>(HttpStatusCode.Created);
        var told = (await app.Announced<MigrationRequested>(m => m.MigrationId == made.Id()))[^1].Version;
        await app.Make<KeepMigrationProgress>().Handle(new MigrationTaken(made.Id(), 0, told), default);
        await pair.Provider.Owner.Post($"/v1/products/{pair.Target}/plans/{pair.To}/deprecate").Expect();

        await pair.Provider.Owner.Post($"/v1/migrations/{made.Id()}/retry").ExpectProblem(HttpStatusCode.UnprocessableEntity, "plan_map_invalid", "plans");
    }

    [Fact]
    public async Task Whoever_is_left_on_an_archived_plan_can_still_be_moved_and_is_not_forgotten()
    {
        var pair = await TwoProducts();
        foreach (var move in new[] { "deprecate", "archive" })
        {
            await pair.Provider.Owner.Post($"/v1/products/{pair.Source}/plans/{pair.From}/{move}").Expect();
        }

        await pair.Provider.Owner.Post("/v1/migrations", pair.Request("draft")).ExpectProblem(HttpStatusCode.UnprocessableEntity, "plan_map_invalid", "plans[0].source");
        await app.Make<KeepSubscriptionCount>().Handle(new SubscriptionCounted(pair.From, 1, 1), default);
        var other = await pair.Provider.Plan(pair.Source);
        await pair.Provider.Owner.Post($"/v1/products/{pair.Source}/plans/{other}/activate").Expect();
        await pair.Provider.Owner.Post("/v1/migrations", new { sourceProductId = pair.Source, targetProductId = pair.Target, plans = new[] { new { source = other, target = pair.To } } })
            .ExpectProblem(HttpStatusCode.UnprocessableEntity, "plan_unmapped", "plans");

        var cancelled = await pair.Provider.Owner.Post("/v1/migrations", new { sourceProductId = pair.Source, action = "cancel", plans = new[] { new { source = pair.From } }, when = "now" })
            .Expect<JsonElement>(HttpStatusCode.Created);
        await pair.Provider.Owner.Post($"/v1/migrations/{cancelled.Id()}/cancel").Expect();
        var moved = await pair.Provider.Owner.Post($"/v1/products/{pair.Source}/plans/{pair.From}/migrate", new { targetPlanId = pair.To, targetProductId = pair.Target, when = "now" })
            .Expect<JsonElement>(HttpStatusCode.Created);
        Assert.Equal(("executing", "executing"), (cancelled.Text("state"), moved.Text("state")));
    }

    [Fact]
    public async Task A_plan_does_not_lose_its_subscribers_and_take_others_by_one_migration()
    {
        var provider = app.NewProvider();
        var product = await provider.Released(Provider.Flat("One"), Provider.Flat("Two"), Provider.Flat("Three"));
        var plans = await Plans(provider, product);
        object chain = new { sourceProductId = product, plans = new[] { new { source = plans[0], target = plans[1] }, new { source = plans[1], target = plans[2] } } };

        await provider.Owner.Post("/v1/migrations", chain).ExpectProblem(HttpStatusCode.UnprocessableEntity, "plan_map_invalid", "plans[0].target");
    }

    [Theory]
    [InlineData("supersede")]
    [InlineData("replace")]
    public async Task What_takes_the_place_of_a_restricted_plan_is_shown_to_the_same_readers(string move)
    {
        var provider = app.NewProvider();
        var catalog = await provider.SellingCatalog();
        var (first, second, stranger) = (await app.Joins(catalog), await app.Joins(catalog), await app.Joins(catalog));
        var old = await provider.Released(Provider.Flat("Open"), Provider.Flat("First"), Provider.Flat("Second"));
        var next = await provider.Released(Provider.Flat("Open"), Provider.Flat("Both"));
        var (was, becomes) = (await Plans(provider, old), await Plans(provider, next));
        var publication = await provider.Publish(catalog, old);
        await provider.Owner.Patch($"/v1/catalogs/{catalog}/publications/{publication}", new
        {
            plans = new[] { (was[1], first), (was[2], second) }.Select(p => new { planId = p.Item1, visibility = "organizations", organizationIds = new[] { p.Item2 } }),
        }, "*").Expect();
        if (move == "supersede")
        {
            await provider.Owner.Post($"/v1/products/{old}/supersede", new { productId = next }).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "plans");
        }

        var plans = new[] { (was[0], becomes[0]), (was[1], becomes[1]), (was[2], becomes[1]) }.Select(p => new { source = p.Item1, target = p.Item2 });
        await provider.Owner.Post($"/v1/products/{old}/{move}", new { productId = next, plans, acceptWarnings = true }).Expect();

        var readers = Assert.Single((await app.Announced<ProductPublished>(p => p.ProductId == next))[^1].PlanReaders!);
        Assert.Equal((becomes[1], "organizations"), (readers.PlanId, readers.Visibility));
        Assert.Equal(new[] { first, second }.Order(), readers.VisibleTo!.Order());
        Assert.DoesNotContain(stranger, readers.VisibleTo!);
    }

    [Fact]
    public async Task Subscriptions_that_are_none_of_the_plans_are_refused_and_nothing_is_left_of_it()
    {
        var pair = await TwoProducts();
        var posted = pair.Provider.Owner.Post($"/v1/products/{pair.Source}/plans/{pair.From}/migrate",
            new { targetPlanId = pair.To, targetProductId = pair.Target, subscriptionIds = new[] { "sub_a", "sub_b" }, when = "now" });
        var told = await Draft(pair.From);
        await app.Make<KeepMigrationProgress>().Handle(new MigrationTaken(told.MigrationId, 1, told.Version, ["sub_b"]), default);

        await posted.ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "subscriptionIds");
        Assert.Equal("cancelled", (await pair.Provider.Owner.Get($"/v1/migrations/{told.MigrationId}")).Text("state"));
    }

    [Fact]
    public async Task Named_subscriptions_are_moved_once_they_are_looked_up_and_not_before()
    {
        var pair = await TwoProducts();
        object body = new { targetPlanId = pair.To, targetProductId = pair.Target, subscriptionIds = new[] { "sub_a" }, when = "now" };
        var posted = pair.Provider.Owner.Post($"/v1/products/{pair.Source}/plans/{pair.From}/migrate", body);
        var told = await Draft(pair.From);
        await app.Make<KeepMigrationProgress>().Handle(new MigrationTaken(told.MigrationId, 1, told.Version), default);
        Assert.Equal("executing", (await posted.Expect<JsonElement>(HttpStatusCode.Created)).Text("state"));
        await pair.Provider.Owner.Post($"/v1/migrations/{told.MigrationId}/cancel").ExpectProblem(HttpStatusCode.Conflict, "migration_state");

        // Nobody answers: it stays a draft that cannot be executed yet.
        var other = await TwoProducts();
        var waiting = await other.Provider.Owner.Post($"/v1/products/{other.Source}/plans/{other.From}/migrate",
            new { targetPlanId = other.To, targetProductId = other.Target, subscriptionIds = new[] { "sub_a" }, when = "now" }).Expect<JsonElement>(HttpStatusCode.Created);
        Assert.Equal("draft", waiting.Text("state"));
        await other.Provider.Owner.Post($"/v1/migrations/{waiting.Id()}/execute", new { when = "now" }).ExpectProblem(HttpStatusCode.Conflict, "migration_not_ready");
    }

    private async Task<MigrationRequested> Draft(string plan)
    {
        List<MigrationRequested> told = [];
        await Eventually.Until(async () => (told = await app.Announced<MigrationRequested>(m => m.Plans[0].SourcePlanId == plan)).Count > 0, "the draft is told");
        return told[0];
    }

    private Task RunDue(DateTimeOffset at) =>
        MigrationExecution.RunDue(app.Services.GetRequiredService<Storage.DueWork>(), app.Make<Storage.Database>(), app.Clock, at, default);

    private static async Task<List<string>> Plans(Provider provider, string product) =>
        [.. (await provider.Owner.Get($"/v1/products/{product}/plans")).Data().Select(p => p.Id()).Order(StringComparer.Ordinal)];

    // Two products with the same API and a plan each, on offer in one catalog.
    private async Task<Pair> TwoProducts()
    {
        var provider = app.NewProvider();
        var (catalog, api) = (await provider.SellingCatalog(), await provider.Api());
        var (source, from) = await Product("Old");
        var (target, to) = await Product("New");
        await provider.Publish(catalog, source);
        return new(provider, catalog, source, from, target, to, await provider.Publish(catalog, target));

        async Task<(string Product, string Plan)> Product(string title)
        {
            var id = (await provider.Owner.Post("/v1/products", new { organizationId = provider.Organization, title, apiIds = new[] { api } }).Expect<JsonElement>(HttpStatusCode.Created)).Id();
            var plan = await provider.Plan(id);
            await provider.Release(id);
            return (id, plan);
        }
    }

    private sealed record Pair(Provider Provider, string Catalog, string Source, string From, string Target, string To, string TargetPublication)
    {
        public object[] Map => [new { source = From, target = To }];

        public object Request(string when, DateTimeOffset? at = null) => new { sourceProductId = Source, targetProductId = Target, plans = Map, when, at };

        public async Task DropApi()
        {
            await Provider.Owner.Patch($"/v1/products/{Target}", new { apiIds = new[] { await Provider.Api("Other") } }, "*").Expect();
            await Provider.Release(Target);
        }
    }
}
