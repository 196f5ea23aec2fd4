using System.Net;
using System.Text.Json;
using Marketplace.Catalog.Migrations;
using Marketplace.Contracts.Catalog;
using Marketplace.Contracts.Storage;
using Marketplace.Contracts.Subscriptions;
using Marketplace.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Marketplace.Catalog.Tests;

public sealed class MigrationTests(CatalogApp app) : IClassFixture<CatalogApp>
{
    [Fact]
    public void The_whole_table_is_as_written_here()
    {
        (MigrationState, MigrationMove, MigrationState)[] possible =
        [
            (MigrationState.Draft, MigrationMove.Schedule, MigrationState.Scheduled), (MigrationState.Scheduled, MigrationMove.Schedule, MigrationState.Scheduled),
            (MigrationState.Draft, MigrationMove.Execute, MigrationState.Executing), (MigrationState.Scheduled, MigrationMove.Execute, MigrationState.Executing),
            (MigrationState.Executing, MigrationMove.Finish, MigrationState.Executed), (MigrationState.Executed, MigrationMove.Reopen, MigrationState.Executing),
            (MigrationState.Executing, MigrationMove.Retry, MigrationState.Executing), (MigrationState.Executed, MigrationMove.Retry, MigrationState.Executing),
            (MigrationState.Draft, MigrationMove.Cancel, MigrationState.Cancelled), (MigrationState.Scheduled, MigrationMove.Cancel, MigrationState.Cancelled),
            (MigrationState.Executing, MigrationMove.Cancel, MigrationState.Cancelled),
        ];

        var actual = from state in Enum.GetValues<MigrationState>()
                     from move in Enum.GetValues<MigrationMove>()
                     let next = Migration.After(state, move)
                     where next is not null
                     select (state, move, next.Value);

        Assert.Equal(possible.Order(), actual.Order());
    }

    [Fact]
    public async Task Warnings_are_answered_before_anything_is_done_and_must_be_accepted()
    {
        var (provider, product, plans) = await Selling(Provider.Flat("Old", 2500), Provider.Flat("New", 4000));

        var made = await Post(provider, "/v1/migrations", Move(product, product, (plans[0], plans[1]), "now"));

        Assert.Equal(("draft", true), (made.Text("state"), made.GetProperty("undoable").GetBoolean()));
        Assert.Equal([("costs_more", plans[0])], made.GetProperty("warnings").EnumerateArray().Select(w => (w.Text("code")!, w.Text("sourcePlanId")!)));
        Assert.False(Assert.Single(await Told(made.Id())).Execute);
        await provider.Owner.Post($"/v1/migrations/{made.Id()}/execute", new { when = "now" }).ExpectProblem(HttpStatusCode.Conflict, "warnings_not_accepted", "acceptWarnings");

        var executing = await provider.Owner.Post($"/v1/migrations/{made.Id()}/execute", new { when = "now", acceptWarnings = true }).Expect<JsonElement>();

        Assert.Equal(("executing", false), (executing.Text("state"), executing.GetProperty("undoable").GetBoolean()));
        var told = (await Told(made.Id()))[^1];
        Assert.Equal((true, "now", "move", plans[1], 4000L), (told.Execute, told.Timing, told.Action, told.Plans[0].Target!.PlanId, told.Plans[0].Target!.Price.Base));
        Assert.Equal("deprecated", (await provider.Owner.Get($"/v1/products/{product}/plans/{plans[0]}")).Text("status"));
        await provider.Owner.Post($"/v1/migrations/{made.Id()}/cancel").ExpectProblem(HttpStatusCode.Conflict, "migration_state");
    }

    [Fact]
    public void A_resource_is_missing_by_the_rule_by_which_releases_are_compared()
    {
        static PublishedApi Api(params PublishedResource[] resources) => new("api_1", "orders", "Orders", "https://example.com", resources);
        static IEnumerable<string> Missing(PublishedApi before, PublishedApi after) => MigrationWarnings.Of([before], [after], []).Select(w => w.Detail);

        var one = Api(new PublishedResource("GET", "/orders/{id}"));

        Assert.Empty(Missing(one, Api(new PublishedResource("*", "/orders/{order}"))));
        Assert.Empty(Missing(one, Api()));
        Assert.Equal(["GET /orders/{id} of API 'Orders' is not part of the target."], Missing(one, Api(new PublishedResource("GET", "/invoices"))));
        Assert.Equal(["* /** of API 'Orders' is not part of the target."], Missing(Api(), one));
    }

    [Fact]
    public async Task A_scheduled_migration_can_be_put_off_and_taken_back_until_its_date()
    {
        var (provider, product, plans) = await Selling(Provider.Flat("Old", 2500), Provider.Flat("New", 2500));
        var at = app.Clock.GetUtcNow().AddDays(10);
        var made = await Post(provider, "/v1/migrations", Move(product, product, (plans[0], plans[1]), "date", at));
        Assert.Equal(("scheduled", at), (made.Text("state"), made.GetProperty("undoableUntil").GetDateTimeOffset()));
        Assert.Equal("active", (await provider.Owner.Get($"/v1/products/{product}/plans/{plans[0]}")).Text("status"));

        await provider.Owner.Patch($"/v1/migrations/{made.Id()}", new { at = at.AddDays(5) }).ExpectProblem(HttpStatusCode.PreconditionRequired, "if_match_required");
        await provider.Owner.Patch($"/v1/migrations/{made.Id()}", new { at = app.Clock.GetUtcNow().AddDays(-1) }, "*").ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "at");
        await provider.Owner.Patch($"/v1/migrations/{made.Id()}", new { at = at.AddDays(5) }, "*").Expect();
        app.Clock.MoveTo(at.AddDays(1));
        await MigrationExecution(at.AddDays(1));
        Assert.Equal("scheduled", (await provider.Owner.Get($"/v1/migrations/{made.Id()}")).Text("state"));
        var cancelled = await provider.Owner.Post($"/v1/migrations/{made.Id()}/cancel").Expect<JsonElement>();

        Assert.Equal("cancelled", cancelled.Text("state"));
        Assert.Single(await app.Announced<MigrationWithdrawn>(m => m.MigrationId == made.Id()));
        await MigrationExecution(at.AddDays(30));
        Assert.DoesNotContain(await Told(made.Id()), m => m.Execute);
        await provider.Owner.Post($"/v1/migrations/{made.Id()}/execute", new { when = "now" }).ExpectProblem(HttpStatusCode.Conflict, "migration_state");
        var recorded = await app.Announced<ChangeRecorded>(c => c.ObjectId == made.Id());
        Assert.Equal(["migration.created", "migration.scheduled"], recorded.Take(2).Select(c => c.Action));
        Assert.Equal("migration.cancelled", recorded[^1].Action);
        var putOff = Assert.Single(recorded[2..^1]);
        Assert.True(putOff is { Actor: not null, Before: not null, After: not null } && putOff.Before != putOff.After);
    }

    [Fact]
    public async Task On_its_date_it_is_executed_once_and_the_old_plan_takes_no_new_subscribers()
    {
        var (provider, product, plans) = await Selling(Provider.Flat("Old", 2500), Provider.Flat("New", 2500));
        var at = app.Clock.GetUtcNow().AddDays(3);
        var made = await Post(provider, "/v1/migrations", Move(product, product, (plans[0], plans[1]), "date", at));

        app.Clock.MoveTo(at);
        await Task.WhenAll(MigrationExecution(at), MigrationExecution(at));

        await Eventually.Until(async () => (await provider.Owner.Get($"/v1/migrations/{made.Id()}")).Text("state") == "executing", "executing");
        Assert.Single(await Told(made.Id()), m => m.Execute);
        Assert.Equal("deprecated", (await provider.Owner.Get($"/v1/products/{product}/plans/{plans[0]}")).Text("status"));
    }

    [Fact]
    public async Task A_migration_that_cannot_be_executed_stops_no_later_one_and_is_tried_again()
    {
        var at = app.Clock.GetUtcNow().AddDays(5);
        var (poisoned, later) = (await Selling(Provider.Flat("Old", 2500), Provider.Flat("New", 2500)), await Selling(Provider.Flat("Old", 2500), Provider.Flat("New", 2500)));
        var first = await Post(poisoned.Provider, "/v1/migrations", Move(poisoned.Product, poisoned.Product, (poisoned.Plans[0], poisoned.Plans[1]), "date", at));
        var second = await Post(later.Provider, "/v1/migrations", Move(later.Product, later.Product, (later.Plans[0], later.Plans[1]), "date", at.AddHours(1)));
        await app.Database.Execute("create function refuse() returns trigger language plpgsql as 'begin raise exception ''poisoned''; end'");
        await app.Database.Execute($"create trigger poison before update on migrations for each row when (old.id = '{first.Id()}') execute function refuse()");

        await MigrationExecution(at.AddHours(2));

        Assert.Equal("executing", (await later.Provider.Owner.Get($"/v1/migrations/{second.Id()}")).Text("state"));
        Assert.Equal("scheduled", (await poisoned.Provider.Owner.Get($"/v1/migrations/{first.Id()}")).Text("state"));

        await app.Database.Execute("drop trigger poison on migrations");
        await Eventually.Until(async () =>
        {
            await MigrationExecution(at.AddHours(2));
            return (await poisoned.Provider.Owner.Get($"/v1/migrations/{first.Id()}")).Text("state") == "executing";
        }, "executed after its rest");
    }

    [Fact]
    public async Task Progress_is_kept_per_subscription_and_the_migration_is_executed_when_nobody_waits()
    {
        var (provider, product, plans) = await Selling(Provider.Flat("Old", 2500), Provider.Flat("New", 2500));
        var made = await Post(provider, "/v1/migrations", Move(product, product, (plans[0], plans[1]), "now"));
        var told = (await Told(made.Id()))[^1].Version;
        await Tell(made.Id(), "sub_a", "pending", 1);
        await Tell(made.Id(), "sub_b", "pending", 1);
        await app.Make<KeepMigrationProgress>().Handle(new MigrationTaken(made.Id(), 2, told), default);
        await Tell(made.Id(), "sub_a", "migrated", 2, newSubscription: "sub_c");
        await Tell(made.Id(), "sub_a", "pending", 1);
        Assert.Equal("executing", (await provider.Owner.Get($"/v1/migrations/{made.Id()}")).Text("state"));
        await Tell(made.Id(), "sub_b", "skipped", 2, "past_due");

        var read = await provider.Owner.Get($"/v1/migrations/{made.Id()}");
        Assert.Equal("executed", read.Text("state"));
        Assert.Equal((2, 0, 1, 1, 0), Progress(read));
        var rows = (await provider.Owner.Get($"/v1/migrations/{made.Id()}/subscriptions")).Data();
        Assert.Equal([("sub_b", "skipped", "past_due"), ("sub_a", "migrated", null)], rows.Select(r => (r.Text("subscriptionId")!, r.Text("state")!, r.Text("reason"))));
        Assert.Equal((2500, 2500), (rows[0].GetProperty("baseBefore").GetProperty("amount").GetInt64(), rows[0].GetProperty("baseAfter").GetProperty("amount").GetInt64()));
        Assert.Single((await provider.Owner.Get($"/v1/migrations/{made.Id()}/subscriptions?state=skipped")).Data());

        await provider.Owner.Post($"/v1/migrations/{made.Id()}/retry").Expect();
        Assert.True((await Told(made.Id()))[^1].Retry);
        var recorded = Assert.Single(await app.Announced<ChangeRecorded>(c => c.ObjectId == made.Id() && c.Action == "migration.retried"));
        Assert.Equal(1, JsonElement.Parse(recorded.Before!).GetProperty("skipped").GetInt32());
        Assert.NotEqual(JsonElement.Parse(recorded.Before!).GetProperty("state").GetInt32(), JsonElement.Parse(recorded.After!).GetProperty("state").GetInt32());
        Assert.Equal("executing", (await provider.Owner.Get($"/v1/migrations/{made.Id()}")).Text("state"));
        await Tell(made.Id(), "sub_b", "pending", 3);
        await Tell(made.Id(), "sub_b", "migrated", 4);
        await app.Make<KeepMigrationProgress>().Handle(new MigrationTaken(made.Id(), 2, (await Told(made.Id()))[^1].Version), default);
        Assert.Equal("executed", (await provider.Owner.Get($"/v1/migrations/{made.Id()}")).Text("state"));
    }

    [Fact]
    public async Task Between_two_products_every_plan_with_subscribers_is_mapped_or_named()
    {
        var (provider, product, plans) = await Selling(Provider.Flat("One", 2500), Provider.Flat("Two", 3000));
        var other = await provider.Released(Provider.Flat("New", 2500));
        var target = (await Plans(provider, other))[0];
        await provider.Owner.Post("/v1/migrations", Move(product, other, (plans[0], target))).ExpectProblem(HttpStatusCode.UnprocessableEntity, "plan_unmapped", "plans");
        object both = new { sourceProductId = product, targetProductId = other, plans = plans.Select(p => new { source = p, target }) };

        await provider.Owner.Post("/v1/migrations", both).ExpectProblem(HttpStatusCode.UnprocessableEntity, "target_not_published");
        await provider.Publish((await provider.Owner.Get($"/v1/catalogs?organizationId={provider.Organization}")).Data()[0].Id(), other);
        var made = await Post(provider, "/v1/migrations", both);

        Assert.Equal(2, made.GetProperty("plans").GetArrayLength());
        Assert.Contains("api_missing", made.GetProperty("warnings").EnumerateArray().Select(w => w.Text("code")));
        Assert.Equal(other, Assert.Single(await Told(made.Id())).Target!.ProductId);
    }

    [Theory]
    [InlineData("source", "plans[0].source", "plan_map_invalid")]
    [InlineData("target", "plans[0].target", "plan_map_invalid")]
    [InlineData("same", "plans[0].target", "plan_map_invalid")]
    [InlineData("currency", "plans[0]", "currency_mismatch")]
    public async Task A_map_that_cannot_be_is_refused_with_its_field(string wrong, string field, string code)
    {
        var (provider, product, plans) = await Selling(Provider.Flat("Old", 2500), Provider.Flat("Euro", 2500, "eur"));
        var pair = wrong switch { "source" => ("pln_x", plans[1]), "target" => (plans[0], "pln_x"), "same" => (plans[0], plans[0]), _ => (plans[0], plans[1]) };

        await provider.Owner.Post("/v1/migrations", Move(product, product, pair)).ExpectProblem(HttpStatusCode.UnprocessableEntity, code, field);
    }

    [Fact]
    public async Task A_plan_is_deprecated_alone_or_with_a_move_or_the_end_of_its_subscribers()
    {
        var (provider, product, plans) = await Selling(Provider.Flat("One", 2500), Provider.Flat("Two", 2500), Provider.Flat("Three", 2500), Provider.Flat("Four", 2500));
        var alone = await provider.Owner.Post($"/v1/products/{product}/plans/{plans[0]}/deprecate").Expect<JsonElement>();
        Assert.Equal(("deprecated", null), (alone.Text("status"), alone.Text("migrationId")));

        var moved = await provider.Owner.Post($"/v1/products/{product}/plans/{plans[1]}/deprecate", new { subscribers = "move", targetPlanId = plans[3] }).Expect<JsonElement>();
        Assert.Equal("executing", (await provider.Owner.Get($"/v1/migrations/{moved.Text("migrationId")}")).Text("state"));

        var notice = app.Clock.GetUtcNow().AddDays(30);
        var cancelled = await provider.Owner.Post($"/v1/products/{product}/plans/{plans[2]}/deprecate", new { subscribers = "cancel", when = "date", at = notice }).Expect<JsonElement>();
        var migration = await provider.Owner.Get($"/v1/migrations/{cancelled.Text("migrationId")}");
        Assert.Equal(("scheduled", "cancel", notice), (migration.Text("state"), migration.Text("action"), migration.GetProperty("undoableUntil").GetDateTimeOffset()));
        await MigrationExecution(notice);
        var told = (await Told(migration.Id()))[^1];
        Assert.Equal(("cancel", "period_end", true, null), (told.Action, told.Timing, told.Execute, told.Target));

        await provider.Owner.Post($"/v1/products/{product}/plans/{plans[3]}/deprecate").ExpectProblem(HttpStatusCode.Conflict, "plan_is_target");
        await provider.Owner.Post($"/v1/products/{product}/plans/{plans[3]}/deprecate", new { subscribers = "move" }).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "targetPlanId");
    }

    [Fact]
    public async Task Two_migrations_cannot_move_the_same_subscribers()
    {
        var (provider, product, plans) = await Selling(Provider.Flat("Old", 2500), Provider.Flat("New", 2500), Provider.Flat("Other", 2500));
        var first = await Post(provider, "/v1/migrations", Move(product, product, (plans[0], plans[1]), "date", app.Clock.GetUtcNow().AddDays(2)));
        var second = await Post(provider, "/v1/migrations", Move(product, product, (plans[0], plans[2])));

        await provider.Owner.Post($"/v1/migrations/{second.Id()}/execute", new { when = "now" }).ExpectProblem(HttpStatusCode.Conflict, "migration_overlaps");
        await provider.Owner.Post($"/v1/migrations/{first.Id()}/cancel").Expect();
        await provider.Owner.Post($"/v1/migrations/{second.Id()}/execute", new { when = "period_end" }).Expect();
        var taken = await provider.Owner.Post($"/v1/migrations/{second.Id()}/cancel").Expect<JsonElement>();
        Assert.Equal("cancelled", taken.Text("state"));
    }

    [Fact]
    public async Task A_product_is_superseded_beside_the_old_one_and_replaced_in_its_place()
    {
        var (provider, product, plans) = await Selling(Provider.Flat("Old", 2500));
        var catalog = (await provider.Owner.Get($"/v1/catalogs?organizationId={provider.Organization}")).Data()[0].Id();
        var next = await provider.Released(Provider.Flat("New", 2500));
        var target = (await Plans(provider, next))[0];

        var superseded = await provider.Owner.Post($"/v1/products/{product}/supersede", new { productId = next }).Expect<JsonElement>();
        Assert.Equal([catalog], superseded.GetProperty("catalogIds").EnumerateArray().Select(c => c.GetString()));
        Assert.Equal("deprecated", (await provider.Owner.Get($"/v1/products/{product}/plans/{plans[0]}")).Text("status"));
        Assert.Equal(2, (await provider.Owner.Get($"/v1/catalogs/{catalog}/publications")).Data().Count);

        await app.Make<Catalog.Plans.KeepSubscriptionCount>().Handle(new SubscriptionCounted(plans[0], 3, 1), default);
        await provider.Owner.Post($"/v1/products/{product}/replace", new { productId = next, plans = new[] { new { source = plans[0], target } } })
            .ExpectProblem(HttpStatusCode.Conflict, "warnings_not_accepted", "acceptWarnings");
        var replaced = await provider.Owner.Post($"/v1/products/{product}/replace", new { productId = next, acceptWarnings = true, plans = new[] { new { source = plans[0], target } } })
            .Expect<JsonElement>();

        Assert.Equal("executing", replaced.GetProperty("migration").Text("state"));
        Assert.Equal(next, Assert.Single((await provider.Owner.Get($"/v1/catalogs/{catalog}/publications")).Data()).Text("productId"));
        Assert.Equal([(catalog, "invoices")], (await Told(replaced.GetProperty("migration").Id()))[^1].Target!.Catalogs.Select(c => (c.CatalogId, c.BillingModel)));
        var recorded = await app.Announced<ChangeRecorded>(c => c.ObjectId == product && c.Action is "product.superseded" or "product.replaced");
        Assert.Equal([(plans[0], next, 1), (null, next, 0)], recorded.Select(c => (
            JsonElement.Parse(c.Before!).GetProperty("plansOnSale").EnumerateArray().FirstOrDefault().ToString() is { Length: > 0 } plan ? plan : null,
            JsonElement.Parse(c.After!).Text("by")!, JsonElement.Parse(c.After!).GetProperty("onOfferIn").GetArrayLength())));
    }

    [Theory]
    [InlineData("supersede")]
    [InlineData("replace")]
    public async Task A_product_to_whose_plans_subscribers_are_about_to_be_moved_is_neither_superseded_nor_replaced(string move)
    {
        var (provider, product, plans) = await Selling(Provider.Flat("Old", 2500), Provider.Flat("Middle", 2500), Provider.Flat("Other", 2500));
        var next = await provider.Released(Provider.Flat("New", 2500));
        var target = (await Plans(provider, next))[0];
        var scheduled = await Post(provider, "/v1/migrations", Move(product, product, (plans[0], plans[1]), "date", app.Clock.GetUtcNow().AddDays(2)));
        var further = await Post(provider, "/v1/migrations", Move(product, product, (plans[1], plans[2])));
        object body = new { productId = next, plans = plans.Select(source => new { source, target }), acceptWarnings = true };

        await provider.Owner.Post($"/v1/products/{product}/{move}", body).ExpectProblem(HttpStatusCode.Conflict, "plan_is_target");
        await provider.Owner.Post($"/v1/migrations/{further.Id()}/execute", new { when = "now", acceptWarnings = true }).ExpectProblem(HttpStatusCode.Conflict, "plan_is_target");
        Assert.Equal("active", (await provider.Owner.Get($"/v1/products/{product}/plans/{plans[1]}")).Text("status"));

        await provider.Owner.Post($"/v1/migrations/{scheduled.Id()}/cancel").Expect();
        await provider.Owner.Post($"/v1/products/{product}/{move}", body).Expect();
    }

    [Fact]
    public async Task A_migration_target_is_set_exchanged_read_cleared_and_executed()
    {
        var (provider, product, plans) = await Selling(Provider.Flat("Old", 2500));
        var catalog = (await provider.Owner.Get($"/v1/catalogs?organizationId={provider.Organization}")).Data()[0].Id();
        var next = await provider.Released(Provider.Flat("New", 2500));
        await provider.Publish(catalog, next);
        object body = new { productId = next, plans = new[] { new { source = plans[0], target = (await Plans(provider, next))[0] } } };
        await provider.Owner.Get($"/v1/products/{product}").WaitAsync(TimeSpan.FromMinutes(1));

        var address = $"/v1/products/{product}/migration-target";
        await provider.Owner.Put(address, body, "\"1\"").ExpectProblem(HttpStatusCode.PreconditionFailed, "version_mismatch");
        var first = await provider.Owner.Put(address, body).Expect<JsonElement>();
        var version = (await provider.Owner.GetAsync(address).Expect()).Headers.ETag!.ToString();
        await provider.Owner.Put(address, body).ExpectProblem(HttpStatusCode.PreconditionRequired, "if_match_required");
        await provider.Owner.Put(address, body, "\"99\"").ExpectProblem(HttpStatusCode.PreconditionFailed, "version_mismatch");
        Assert.Equal(first.Id(), (await provider.Owner.Get(address)).Id());
        var second = await provider.Owner.Put(address, body, version).Expect<JsonElement>();
        Assert.Equal("cancelled", (await provider.Owner.Get($"/v1/migrations/{first.Id()}")).Text("state"));
        Assert.Equal(second.Id(), (await provider.Owner.Get($"/v1/products/{product}/migration-target")).Id());
        await provider.Owner.Delete($"/v1/products/{product}/migration-target").Expect(HttpStatusCode.NoContent);
        await provider.Owner.Post($"/v1/products/{product}/execute-migration-target", new { when = "now" }).ExpectProblem(HttpStatusCode.NotFound, "not_found");
        // Clearing none changes nothing, and tells of nothing.
        await provider.Owner.Delete($"/v1/products/{product}/migration-target").Expect(HttpStatusCode.NoContent);
        var cleared = await app.Announced<ChangeRecorded>(c => c.Action == "product.migration_target_cleared" && c.ObjectId == product);
        Assert.Equal([first.Id(), second.Id()], cleared.Select(c => JsonElement.Parse(c.Before!).Id()));
        Assert.All(cleared, c => Assert.True(c is { Actor: not null, After: null }));
        var third = await provider.Owner.Put($"/v1/products/{product}/migration-target", body).Expect<JsonElement>();

        var executing = await provider.Owner.Post($"/v1/products/{product}/execute-migration-target", new { when = "period_end", acceptWarnings = true }).Expect<JsonElement>();

        Assert.Equal(
            ["migration.created", "migration.executed"],
            (await app.Announced<ChangeRecorded>(c => c.ObjectId == third.Id())).Select(c => c.Action));
        Assert.Equal((third.Id(), "executing", true), (executing.Id(), executing.Text("state"), executing.GetProperty("undoable").GetBoolean()));
    }

    private static (int, int, int, int, int) Progress(JsonElement migration)
    {
        var progress = migration.GetProperty("progress");
        return (Of("subscriptions"), Of("pending"), Of("done"), Of("skipped"), Of("failed"));

        int Of(string name) => progress.GetProperty(name).GetInt32();
    }

    private static object Move(string source, string target, (string Source, string Target) pair, string when = "draft", DateTimeOffset? at = null) =>
        new { sourceProductId = source, targetProductId = target, plans = new[] { new { source = pair.Source, target = pair.Target } }, when, at };

    private static Task<JsonElement> Post(Provider provider, string path, object body) => provider.Owner.Post(path, body).Expect<JsonElement>(HttpStatusCode.Created);

    private static async Task<List<string>> Plans(Provider provider, string product) =>
        [.. (await provider.Owner.Get($"/v1/products/{product}/plans")).Data().Select(p => p.Id()).Order(StringComparer.Ordinal)];

    private Task MigrationExecution(DateTimeOffset at) =>
        Migrations.MigrationExecution.RunDue(app.Services.GetRequiredService<Storage.DueWork>(), app.Make<Storage.Database>(), app.Clock, at, default);

    private Task<List<MigrationRequested>> Told(string id) => app.Announced<MigrationRequested>(m => m.MigrationId == id);

    private Task Tell(string migration, string subscription, string state, long version, string? reason = null, string? newSubscription = null) =>
        app.Make<KeepMigrationProgress>().Handle(
            new SubscriptionMigrationChanged(migration, subscription, "org_1", "pln_1", "pln_2", state, reason, newSubscription, 2500, 2500, "usd", null, version), default);

    // A product with these plans, published in a selling catalog.
    private async Task<(Provider Provider, string Product, List<string> Plans)> Selling(params object[] plans)
    {
        var provider = app.NewProvider();
        var product = await provider.Released(plans);
        await provider.Publish(await provider.SellingCatalog(), product);
        return (provider, product, await Plans(provider, product));
    }
}
