using System.Net;
using System.Text.Json;
using Marketplace.Contracts.Catalog;
using Marketplace.Contracts.Subscriptions;
using Marketplace.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Marketplace.Subscriptions.Tests;

public sealed class MigrationTests(ServiceApp<Program> app) : IClassFixture<ServiceApp<Program>>
{
    [Fact]
    public async Task A_planned_migration_tells_whom_it_concerns_and_changes_nothing_until_it_is_executed()
    {
        var (market, target) = await Open();
        var id = await market.SubscribeAndPay();
        var planned = Requested(market, target);
        await Hear(planned with { Execute = false });
        await Taken(planned.MigrationId);

        var row = Assert.Single(await Rows(planned.MigrationId));
        Assert.Equal((id, "pending", 2500L, 10000L), (row.SubscriptionId, row.State, row.BaseBefore, row.BaseAfter!.Value));
        Assert.Equal("active", await market.Status(id));

        await Hear(planned with { Version = 2 });
        await Until(planned.MigrationId, "migrated");

        row = (await Rows(planned.MigrationId))[^1];
        Assert.Equal(row.NewSubscriptionId, (await market.Read(id)).Text("migratedTo"));
        Assert.Equal(("migrated", "migrated"), (await market.Status(id), (await market.Read(id)).Text("endReason")));
        Assert.Equal("migrated", Assert.Single(await app.Announced<SubscriptionCancelled>(c => c.SubscriptionId == id)).Reason);
        var counts = await app.Announced<SubscriptionCounted>(c => c.PlanId == market.Plan.PlanId || c.PlanId == target.PlanId);
        Assert.Equal((0, 1), (counts.Last(c => c.PlanId == market.Plan.PlanId).Live, counts.Last(c => c.PlanId == target.PlanId).Live));
    }

    [Fact]
    public async Task Heard_twice_and_killed_between_it_moves_each_subscription_once()
    {
        var (market, target) = await Open();
        var id = await market.SubscribeAndPay();
        var request = Requested(market, target);
        await Hear(request with { Execute = false });
        await Taken(request.MigrationId);
        await using var held = await app.Database.HoldRow("subscriptions", id);

        await Hear(request with { Version = 2 });
        await Hear(request with { Version = 2 });
        var work = app.Services.GetRequiredService<Storage.DueWork>();
        var database = app.Services.GetRequiredService<Storage.Database>();
        var wakeups = app.Services.GetRequiredService<ServiceDefaults.Wakeups>();
        var carrying = Enumerable.Range(0, 2).Select(_ => CarryOutMigration.Run(work, database, app.Clock, wakeups, default)).ToList();
        await app.Database.UntilBlockedOnLocks(2);
        await held.DisposeAsync();
        await Task.WhenAll(carrying);
        await Until(request.MigrationId, "migrated");

        Assert.Equal(1, await app.Database.Scalar<long>("select count(*) from subscriptions where migrated_from = $1", id));
        Assert.Single(await app.Announced<SubscriptionPlanChanged>(c => c.ReplacedSubscriptionId == id));
    }

    [Fact]
    public async Task Who_owes_waits_until_it_has_settled()
    {
        var (market, target) = await Open();
        var id = await market.SubscribeAndPay();
        await market.Hear(market.Invoice(id, "period", "past_due", "inv_2", due: app.Clock.GetUtcNow()));
        var request = Requested(market, target);

        await Hear(request);
        await Until(request.MigrationId, "skipped");
        Assert.Equal("past_due", (await Rows(request.MigrationId))[^1].Reason);
        Assert.Equal("past_due", await market.Status(id));
        await market.Hear(market.Invoice(id, "period", "paid", "inv_2", 2));

        await Until(request.MigrationId, "migrated");
    }

    [Theory]
    [InlineData("awaiting_payment")]
    [InlineData("cancelling")]
    [InlineData("suspended")]
    public async Task What_stands_in_the_way_is_the_reason_for_skipping(string status)
    {
        var (market, target) = await Open();
        var id = (await market.Subscribe()).Id();
        if (status != "awaiting_payment")
        {
            await market.Hear(market.Invoice(id, "initial", "paid"));
        }

        if (status == "cancelling")
        {
            await market.Admin.Post($"/v1/subscriptions/{id}/cancel", new { when = "period_end" }).Expect();
        }

        if (status == "suspended")
        {
            await market.Hear(market.Invoice(id, "period", "past_due", "inv_2", due: app.Clock.GetUtcNow() - TimeSpan.FromDays(4)));
            await Eventually.Until(async () => await market.Status(id) == "suspended", "suspended");
        }

        var request = Requested(market, target);
        await Hear(request);
        await Until(request.MigrationId, "skipped");

        Assert.Equal(status, (await Rows(request.MigrationId))[^1].Reason);
        Assert.Equal(status, await market.Status(id));
    }

    [Fact]
    public async Task A_pending_subscription_is_moved_as_pending()
    {
        var (market, target) = await Open(plan => plan with { Approval = "manual" });
        var id = (await market.Subscribe()).Id();
        var request = Requested(market, target);

        await Hear(request);
        await Until(request.MigrationId, "migrated");

        var next = (await market.Read(id)).Text("migratedTo");
        Assert.Equal("pending_approval", await market.Status(next));
        await market.Owner.Post($"/v1/subscriptions/{next}/approve").Expect();
        Assert.Equal(target.PlanId, Assert.Single(await app.Announced<SubscriptionApproved>(a => a.SubscriptionId == next)).Plan.PlanId);
    }

    [Fact]
    public async Task Moved_from_a_free_plan_by_its_provider_access_stays_open_and_the_base_is_billed()
    {
        var (market, target) = await Open(Market.Free);
        var id = (await market.Subscribe()).Id();
        var request = Requested(market, target);

        await Hear(request);
        await Until(request.MigrationId, "migrated");

        var next = (await market.Read(id)).Text("migratedTo");
        Assert.Equal(("active", null), (await market.Status(next), (await market.Entitlement(next)).Refusal));
        Assert.Equal([("base", 10000L)], Assert.Single(await app.Announced<SubscriptionPlanChanged>(c => c.SubscriptionId == next)).Lines.Select(l => (l.Kind, l.Amount)));
    }

    [Fact]
    public async Task Moved_from_a_free_plan_by_its_provider_the_currency_is_locked()
    {
        var (market, target) = await Open(Market.Free);
        await market.Subscribe();
        var request = Requested(market, target);
        await Hear(request);
        await Until(request.MigrationId, "migrated");

        Assert.Equal(target.Currency, Assert.Single(await app.Database.Column<string>("select currency from billing_currencies where organization_id = $1", market.Consumer)));
    }

    [Theory]
    [InlineData("now")]
    [InlineData("period_end")]
    public async Task Who_paid_nothing_before_can_be_moved_to_what_Stripe_renews_from_there_on(string timing)
    {
        var (market, target) = await Open(Market.Free);
        var id = (await market.Subscribe()).Id();
        var end = (await market.Read(id)).GetProperty("currentPeriod").Time("end");
        var request = Requested(market, target) with { Timing = timing };
        await Hear(request with { Target = request.Target! with { Catalogs = [new(market.Catalog, "bil_1", "subscriptions")] } });
        if (timing == "period_end")
        {
            await Taken(request.MigrationId);
            await market.MoveTo(end);
        }

        await Until(request.MigrationId, "migrated");
        var told = (await app.Announced<SubscriptionPlanChanged>(c => c.ReplacedSubscriptionId == id)).Single();
        Assert.Equal(0, told.RenewsFrom!.Value.Ticks % TimeSpan.TicksPerSecond);
        Assert.Equal(told.RenewsFrom.Value.AddMonths(1), told.PeriodEnd);
        Assert.Equal("active", await market.Status(told.SubscriptionId));
        Assert.Equal(target.Currency, Assert.Single(await app.Database.Column<string>("select currency from billing_currencies where organization_id = $1", market.Consumer)));
    }

    [Fact]
    public async Task At_the_end_of_the_period_it_waits_for_each_and_what_is_withdrawn_before_never_happens()
    {
        var (market, target) = await Open();
        var id = await market.SubscribeAndPay();
        var end = (await market.Read(id)).GetProperty("currentPeriod").Time("end");
        var first = Requested(market, target) with { Timing = "period_end" };
        await Hear(first);
        await Taken(first.MigrationId);
        var scheduled = (await market.Read(id)).GetProperty("scheduledChange");
        Assert.Equal((first.MigrationId, end, true), (scheduled.Text("migrationId"), scheduled.Time("at"), scheduled.IsNull("undoableUntil")));
        await app.Make<KeepMigration>().Handle(new MigrationWithdrawn(first.MigrationId, 2), default);
        await Hear(first);
        Assert.Equal("withdrawn", (await Rows(first.MigrationId))[^1].State);
        var second = Requested(market, target) with { Timing = "period_end" };
        await Hear(second);
        await Taken(second.MigrationId);

        await market.MoveTo(end.AddHours(3));

        Assert.Equal("migrated", (await Rows(second.MigrationId))[^1].State);
        var told = Assert.Single(await app.Announced<SubscriptionPlanChanged>(c => c.ReplacedSubscriptionId == id));
        Assert.Equal([("base", 10000L, end)], told.Lines.Select(l => (l.Kind, l.Amount, l.PeriodStart)));
    }

    [Fact]
    public async Task Cancelled_by_its_provider_it_ends_with_its_period_and_nobody_waits_for_payment_any_more()
    {
        var (market, _) = await Open();
        var id = await market.SubscribeAndPay();
        var end = (await market.Read(id)).GetProperty("currentPeriod").Time("end");
        var request = Cancel(market);
        await Hear(request);
        await Taken(request.MigrationId);
        Assert.Equal("cancel", (await market.Read(id)).GetProperty("scheduledChange").Text("action"));

        await market.MoveTo(end.AddHours(3));

        Assert.Equal(("cancelled", "plan_ended", end), (await market.Status(id), (await market.Read(id)).Text("endReason"), (await market.Read(id)).Time("endedAt")));
        Assert.Equal("cancelled", (await Rows(request.MigrationId))[^1].State);
        var waiting = (await market.Subscribe()).Id();
        var second = Cancel(market);
        await Hear(second);
        await Until(second.MigrationId, "cancelled");
        Assert.Equal("never_paid", (await market.Read(waiting)).Text("endReason"));
    }

    [Fact]
    public async Task Only_the_named_subscriptions_are_moved()
    {
        var (market, target) = await Open();
        var id = await market.SubscribeAndPay();
        var request = Requested(market, target) with { SubscriptionIds = ["sub_other"] };

        await Hear(request);
        await Taken(request.MigrationId);

        Assert.Empty(await Rows(request.MigrationId));
        Assert.Equal("active", await market.Status(id));
        Assert.Equal(["sub_other"], Assert.Single(await app.Announced<MigrationTaken>(m => m.MigrationId == request.MigrationId)).UnknownSubscriptionIds);
    }

    [Fact]
    public async Task Moved_to_another_product_the_old_address_goes_on_working_for_the_apis_that_both_have()
    {
        var (market, target) = await Open();
        var id = await market.SubscribeAndPay();
        var kept = (await market.Admin.Post("/v1/access-requests", new { subscriptionId = id, apiId = market.Api }).Expect<JsonElement>(HttpStatusCode.Created)).GetProperty("credential").Id();
        var lost = (await market.Admin.Post("/v1/access-requests", new { subscriptionId = id, apiId = market.OtherApi }).Expect<JsonElement>(HttpStatusCode.Created)).GetProperty("credential").Id();
        var request = Requested(market, target, TestCaller.NewId("prd"));

        await Hear(request);
        await Until(request.MigrationId, "migrated");

        var next = await market.Entitlement((await market.Read(id)).Text("migratedTo"));
        Assert.Equal([market.Product], next.ReplacedProductIds);
        Assert.Equal([market.Api], next.Granted.Select(g => g.ApiId));
        var credentials = (await market.Feed()).Credentials.Where(c => c.CredentialId == kept || c.CredentialId == lost).ToDictionary(c => c.CredentialId, c => c.Status);
        Assert.Equal(("active", "revoked"), (credentials[kept], credentials[lost]));
    }

    [Fact]
    public async Task Facts_that_do_not_allow_it_fail_and_a_retry_tries_again()
    {
        var (market, target) = await Open();
        await market.SubscribeAndPay();
        var request = Requested(market, target);
        await Hear(request with { Target = request.Target! with { Catalogs = [] } });
        await Until(request.MigrationId, "failed");
        Assert.Equal("not_on_offer", (await Rows(request.MigrationId))[^1].Reason);

        await Hear(request with { Retry = true, Version = 2 });

        await Until(request.MigrationId, "migrated");
    }

    [Fact]
    public async Task Who_subscribed_before_the_plan_was_heard_to_be_closed_is_found_too()
    {
        var (market, target) = await Open();
        var request = Requested(market, target);
        await Hear(request);
        await Taken(request.MigrationId);
        var late = await market.SubscribeAndPay();
        Assert.Equal("active", await market.Status(late));

        await market.PublishAll(market.Plan with { Status = "deprecated" }, target);

        await Until(request.MigrationId, "migrated");
        Assert.Equal("migrated", await market.Status(late));
    }

    [Fact]
    public async Task Who_subscribed_in_a_second_catalog_before_that_one_heard_is_found_too()
    {
        var (market, target) = await Open();
        var request = Requested(market, target);
        await Hear(request);
        await Taken(request.MigrationId);
        PlanSnapshot[] closed = [market.Plan with { Status = "deprecated" }, target];
        var elsewhere = TestCaller.NewId("cat");
        await market.PublishAll(closed, p => p with { CatalogId = elsewhere });
        await LookedThrough(request.MigrationId);
        var late = await market.SubscribeAndPay();

        await market.PublishAll(closed);

        await Until(request.MigrationId, "migrated");
        Assert.Equal("migrated", await market.Status(late));
    }

    [Fact]
    public async Task Who_subscribed_before_the_product_was_heard_to_be_withdrawn_is_found_too()
    {
        var (market, target) = await Open();
        var request = Requested(market, target);
        await Hear(request);
        await Taken(request.MigrationId);
        var late = await market.SubscribeAndPay();

        await market.Withdraw();

        await Until(request.MigrationId, "migrated");
        Assert.Equal("migrated", await market.Status(late));
    }

    [Fact]
    public async Task Who_settles_after_the_target_was_archived_is_not_moved_there()
    {
        var (market, target) = await Open();
        var id = await market.SubscribeAndPay();
        await market.Hear(market.Invoice(id, "period", "past_due", "inv_2", due: app.Clock.GetUtcNow()));
        var request = Requested(market, target);
        await Hear(request);
        await Until(request.MigrationId, "skipped");
        await market.PublishAll(market.Plan with { Status = "deprecated" }, target with { Status = "archived" });
        await market.Hear(market.Invoice(id, "period", "paid", "inv_2", 2));

        await Until(request.MigrationId, "failed");

        Assert.Equal("plan_archived", (await Rows(request.MigrationId))[^1].Reason);
        Assert.Equal("active", await market.Status(id));
    }

    [Fact]
    public async Task Who_pays_nobody_yet_is_not_moved_to_a_plan_that_another_integration_bills_by_then_until_it_is_tried_again()
    {
        var (market, target) = await Open(Market.Free);
        var id = (await market.Subscribe()).Id();
        var request = Requested(market, target) with { Timing = "period_end" };
        await Hear(request);
        await Taken(request.MigrationId);
        await market.Withdraw();
        await market.PublishAll([market.Plan with { Status = "deprecated" }, target], p => p with { BillingIntegrationId = "bil_2" });

        await market.MoveTo(await End());

        Assert.Equal(("failed", "billing_integration_differs"), ((await Rows(request.MigrationId))[^1].State, (await Rows(request.MigrationId))[^1].Reason));
        Assert.Equal("active", await market.Status(id));
        await Hear(request with { Retry = true, Version = 2, Target = request.Target! with { Catalogs = [new(market.Catalog, "bil_2")] } });
        await market.MoveTo(await End());
        var next = (await market.Read(id)).Text("migratedTo");
        Assert.Equal("bil_2", Assert.Single(await app.Announced<SubscriptionPlanChanged>(c => c.SubscriptionId == next)).BillingIntegrationId);

        async Task<DateTimeOffset> End() => (await market.Read(id)).GetProperty("currentPeriod").Time("end").AddHours(3);
    }

    private Task LookedThrough(string migration) =>
        Eventually.Until(async () => await app.Database.Scalar<bool>("select taken from plan_migrations where id = $1", migration), "looked through");

    internal static MigrationRequested Requested(Market market, PlanSnapshot target, string? product = null) => new(
        TestCaller.NewId("mig"), market.Provider, "move", "now", true, false, [new(market.Plan.PlanId, target)], null,
        new(product ?? market.Product, "next", "Next", "2.0.0", product is null ? [market.Api, market.OtherApi] : [market.Api], [new(market.Catalog, "bil_1")]), "usr_owner", DateTimeOffset.UnixEpoch, 1);

    private static MigrationRequested Cancel(Market market) => new(
        TestCaller.NewId("mig"), market.Provider, "cancel", "period_end", true, false, [new(market.Plan.PlanId, null)], null, null, "usr_owner", DateTimeOffset.UnixEpoch, 1);

    private Task Hear(MigrationRequested request) => app.Make<KeepMigration>().Handle(request, default);

    private Task<List<SubscriptionMigrationChanged>> Rows(string migration) => app.Announced<SubscriptionMigrationChanged>(m => m.MigrationId == migration);

    private Task Taken(string migration) => Eventually.Until(async () => (await app.Announced<MigrationTaken>(m => m.MigrationId == migration)).Count > 0, "taken");

    private Task Until(string migration, string state) =>
        Eventually.Until(async () => await app.Database.Scalar<bool>("select coalesce(bool_and(state = $2), false) from plan_changes where migration_id = $1", migration, state), state);

    private async Task<(Market Market, PlanSnapshot Target)> Open(Func<PlanSnapshot, PlanSnapshot>? change = null)
    {
        var market = await Market.Open(app, change);
        var target = market.Plan with { PlanId = TestCaller.NewId("pln"), Name = "pro", Title = "Pro", Price = new("flat", 10000, null) };
        await market.PublishAll(market.Plan, target);
        return (market, target);
    }
}
