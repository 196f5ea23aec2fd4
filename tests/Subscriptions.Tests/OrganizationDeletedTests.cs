using System.Net;
using Marketplace.Contracts.Accounts;
using Marketplace.Contracts.Subscriptions;
using Marketplace.Testing;

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

    private Task Delete(Market market) => app.Make<CancelOnOrganizationDeleted>().Handle(new OrganizationDeleted(market.Consumer, app.Clock.GetUtcNow(), 90), default);
}
