using System.Net;
using System.Text.Json;
using Marketplace.Contracts.Accounts;
using Marketplace.Contracts.Catalog;
using Marketplace.Contracts.Invoicing;
using Marketplace.Contracts.Subscriptions;
using Marketplace.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Marketplace.Subscriptions.Tests;

public sealed class OrganizationDeletedTests(ServiceApp<Program> app) : IClassFixture<ServiceApp<Program>>
{
    [Fact]
    public async Task Every_subscription_of_a_deleted_organization_ends_and_its_access_with_it()
    {
        var market = await Market.Open(app);
        var id = await market.SubscribeAndPay();

        await Delete(market);
        await Delete(market);

        var ended = await market.Read(id);
        Assert.Equal(("cancelled", "organization_deleted"), (ended.Text("status"), ended.Text("endReason")));
        Assert.NotNull((await market.Entitlement(id)).Refusal);
        Assert.Equal("organization_deleted", Assert.Single(await app.Announced<SubscriptionCancelled>(c => c.SubscriptionId == id)).Reason);
        // What was used until now is charged as after any cancellation.
        app.Clock.Advance(TimeSpan.FromMinutes(2));
        await Eventually.Until(() => market.Closures(id), closures => closures.Count == 1, "the last closure is announced");
    }

    [Fact]
    public async Task Subscriptions_of_others_go_on_and_nothing_new_is_subscribed_to_behind_the_deletion()
    {
        var (deleted, other) = (await Market.Open(app, Market.Free), await Market.Open(app, Market.Free));
        var kept = (await other.Subscribe()).Id();

        await Delete(deleted);

        Assert.Equal("active", await other.Status(kept));
        await deleted.Admin.Post("/v1/subscriptions", deleted.Request()).Expect(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task What_a_plan_change_puts_in_its_place_at_that_moment_ends_too()
    {
        var (market, id, later) = await Changing(plan => plan with { Price = new("flat", 10000, null) });

        await ActivatorUtilities.CreateInstance<CancelOnOrganizationDeleted>(app.Services, later).Handle(new OrganizationDeleted(market.Consumer, later.GetUtcNow(), 90), default);

        var next = await market.Read((await market.Read(id)).Text("migratedTo"));
        Assert.Equal(("cancelled", "organization_deleted"), (next.Text("status"), next.Text("endReason")));
        Assert.NotNull((await market.Entitlement(next.Id())).Refusal);
        Assert.Equal("organization_deleted", Assert.Single(await app.Announced<SubscriptionCancelled>(c => c.SubscriptionId == next.Id())).Reason);
    }

    [Fact]
    public async Task What_waits_for_one_of_several_holds_no_other_and_nobody_s_place_in_the_feed()
    {
        var (market, id, later) = await Changing(plan => plan with { Price = new("flat", 10000, null) });
        var second = await Market.Open(app, Market.Free);
        var held = (await second.Subscribe()).Id();
        await app.Database.Execute("update subscriptions set organization_id = $2 where id = $1", held, market.Consumer);
        var other = await Market.Open(app, Market.Free);
        Task deletion;

        await using (await app.Database.HoldRow("subscriptions", held))
        {
            deletion = ActivatorUtilities.CreateInstance<CancelOnOrganizationDeleted>(app.Services, later).Handle(new OrganizationDeleted(market.Consumer, later.GetUtcNow(), 90), default);
            await app.Database.UntilBlockedOnLocks(1);

            Assert.True(await app.Database.IsFree("subscriptions", id));
            Assert.Equal("active", (await other.Subscribe().WaitAsync(TimeSpan.FromSeconds(20))).Text("status"));
        }

        await deletion;
        Assert.Equal("cancelled", await market.Status((await market.Read(id)).Text("migratedTo")));
        Assert.Equal("organization_deleted", await app.Database.Scalar<string>("select end_reason from subscriptions where id = $1", held));
    }

    [Theory]
    [InlineData("flat", 10000, "cancelled")]
    [InlineData("free", 0, "active")]
    public async Task Of_a_deleted_customer_it_ends_where_it_is_billed(string model, long price, string status)
    {
        var (market, id, later) = await Changing(plan => plan with { Price = new(model, price, null) });

        await ActivatorUtilities.CreateInstance<CancelOnCustomerDeleted>(app.Services, later).Handle(new CustomerDeleted("cst_1", "bil_1", market.Consumer, later.GetUtcNow()), default);

        Assert.Equal(status, await market.Status((await market.Read(id)).Text("migratedTo")));
    }

    // A plan change waits for the period's end, which a clock has passed that no timer goes by.
    private async Task<(Market Market, string Id, TestClock Later)> Changing(Func<PlanSnapshot, PlanSnapshot> to)
    {
        var market = await Market.Open(app);
        var other = to(market.Plan with { PlanId = TestCaller.NewId("pln"), Name = "other", Title = "Other" });
        await market.PublishAll(market.Plan, other);
        var id = await market.SubscribeAndPay();
        var answer = await market.Admin.Post($"/v1/subscriptions/{id}/change-plan", new { planId = other.PlanId, when = "period_end" }).Expect<JsonElement>();
        return (market, id, new(answer.Time("at").AddSeconds(1)));
    }

    private Task Delete(Market market) => app.Make<CancelOnOrganizationDeleted>().Handle(new OrganizationDeleted(market.Consumer, app.Clock.GetUtcNow(), 90), default);
}
