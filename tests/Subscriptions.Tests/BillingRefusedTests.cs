using System.Text.Json;
using Marketplace.Contracts.Catalog;
using Marketplace.Contracts.Invoicing;
using Marketplace.Contracts.Subscriptions;
using Marketplace.Testing;

namespace Marketplace.Subscriptions.Tests;

/// <summary>What is to be billed first when its billing integration is deleted already.</summary>
public sealed class BillingRefusedTests(ServiceApp<Program> app) : IClassFixture<ServiceApp<Program>>
{
    [Fact]
    public async Task A_trial_that_nobody_can_bill_when_it_is_over_ends_and_says_why()
    {
        var market = await Market.Open(app, plan => plan with { TrialDays = 7 });
        var id = (await market.Subscribe()).Id();
        var until = app.Clock.GetUtcNow() + TimeSpan.FromDays(7);
        await market.MoveTo(until);
        Assert.Equal("awaiting_payment", await market.Status(id));

        await Refuse(market, id, until);
        await Refuse(market, id, until);

        var ended = await market.Read(id);
        Assert.Equal(("cancelled", "billing_refused"), (ended.Text("status"), ended.Text("endReason")));
        Assert.Equal("billing_refused", Assert.Single(await app.Announced<SubscriptionCancelled>(c => c.SubscriptionId == id)).Reason);
        // Its slot is free.
        Assert.NotEqual(id, (await market.Subscribe()).Id());
    }

    [Fact]
    public async Task What_runs_already_ends_with_a_last_closure()
    {
        var market = await Market.Open(app);
        var id = await market.SubscribeAndPay();

        await Refuse(market, id, app.Clock.GetUtcNow());

        Assert.Equal("cancelled", await market.Status(id));
        app.Clock.Advance(TimeSpan.FromMinutes(2));
        await Eventually.Until(() => market.Closures(id), closures => closures.Count == 1, "the last closure is announced");
    }

    [Fact]
    public async Task A_change_from_a_free_plan_that_waits_is_withdrawn_when_another_integration_bills_its_plan_by_then()
    {
        var market = await Market.Open(app, Market.Free);
        var pro = market.Plan with { PlanId = TestCaller.NewId("pln"), Name = "pro", Title = "Pro", Price = new("flat", 10000, null) };
        await market.PublishAll(market.Plan, pro);
        var id = (await market.Subscribe()).Id();
        var end = await Wish();
        await market.Withdraw();
        await market.PublishAll([market.Plan, pro], p => p with { BillingIntegrationId = "bil_2" });

        await market.MoveTo(end.AddHours(3));

        Assert.Equal("withdrawn billing_integration_differs", await app.Database.Scalar<string>("select state || ' ' || reason from plan_changes where subscription_id = $1", id));
        var read = await market.Read(id);
        Assert.Equal(("active", market.Plan.PlanId, true), (read.Text("status"), read.GetProperty("plan").Id(), read.IsNull("scheduledChange")));

        // Wished for again it is billed by the one that bills it now.
        end = await Wish();
        await market.MoveTo(end.AddHours(3));
        var next = (await market.Read(id)).Text("migratedTo");
        Assert.Equal("bil_2", Assert.Single(await app.Announced<SubscriptionApproved>(a => a.SubscriptionId == next)).BillingIntegrationId);

        async Task<DateTimeOffset> Wish()
        {
            await market.Admin.Post($"/v1/subscriptions/{id}/change-plan", new { planId = pro.PlanId, when = "period_end" }).Expect<JsonElement>();
            return (await market.Read(id)).GetProperty("currentPeriod").Time("end");
        }
    }

    [Theory]
    [InlineData("product withdrawn", "not_on_offer")]
    [InlineData("plan archived", "plan_archived")]
    [InlineData("integration deleted", "billing_integration_differs")]
    public async Task Who_pays_nobody_yet_keeps_its_free_plan_where_what_it_was_to_pay_for_is_gone_until_it_is_tried_again(string gone, string reason)
    {
        var (market, plan, target) = await Market.OpenTwo(app, changeFirst: Market.Free);
        var id = (await market.Subscribe()).Id();
        var source = plan with { Status = "deprecated" };
        var request = MigrationTests.Requested(market, target) with { Timing = "period_end" };
        await Hear(request);
        await Eventually.Until(async () => (await app.Announced<MigrationTaken>(m => m.MigrationId == request.MigrationId)).Count > 0, "taken");
        await (gone switch
        {
            "product withdrawn" => market.Withdraw(),
            "plan archived" => market.PublishAll(source, target with { Status = "archived" }),
            _ => market.PublishAll([source, target], p => p with { BillingIntegrationId = null }),
        });

        await market.MoveTo(await End());

        var row = (await app.Announced<SubscriptionMigrationChanged>(m => m.MigrationId == request.MigrationId))[^1];
        Assert.Equal(("failed", reason), (row.State, row.Reason));
        Assert.Equal(("active", plan.PlanId), (await market.Status(id), (await market.Read(id)).GetProperty("plan").Id()));
        Assert.Empty(await app.Announced<SubscriptionPlanChanged>(c => c.ReplacedSubscriptionId == id));

        await market.PublishAll(source, target);
        await Hear(request with { Retry = true, Version = 2 });
        await market.MoveTo(await End());
        Assert.Equal("migrated", await market.Status(id));

        async Task<DateTimeOffset> End() => (await market.Read(id)).GetProperty("currentPeriod").Time("end").AddHours(3);

        Task Hear(MigrationRequested told) => app.Make<KeepMigration>().Handle(told, default);
    }

    private Task Refuse(Market market, string id, DateTimeOffset at) =>
        app.Make<CancelOnBillingRefused>().Handle(new BillingRefused(id, market.Consumer, "bil_1", at), default);
}
