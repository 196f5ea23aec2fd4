using System.Net;
using System.Text.Json;
using Marketplace.Contracts.Subscriptions;
using Marketplace.Testing;

namespace Marketplace.Subscriptions.Tests;

/// <summary>The main story as this service sees it.</summary>
public sealed class StoryTests(ServiceApp<Program> app) : IClassFixture<ServiceApp<Program>>
{
    [Fact]
    public async Task A_paid_plan_is_subscribed_paid_used_closed_and_cancelled()
    {
        var market = await Market.Open(app);
        var application = await market.Admin.Post("/v1/applications", new { organizationId = market.Consumer, title = "My app" }).Expect<JsonElement>(HttpStatusCode.Created);
        Assert.StartsWith("mk_", application.GetProperty("credential").Text("key"));

        var subscription = await market.Subscribe(application.Id());
        var id = subscription.Id();
        Assert.Equal("awaiting_payment", subscription.Text("status"));
        var approved = Assert.Single(await app.Announced<SubscriptionApproved>(a => a.SubscriptionId == id));
        Assert.Equal(new DateTimeOffset(2026, 2, 15, 0, 0, 0, TimeSpan.Zero), approved.PeriodEnd);
        Assert.Equal("bills@consumer.example", approved.Email);
        Assert.Equal("payment_required", (await market.Entitlement(id)).Refusal);

        var request = await market.Admin.Post("/v1/access-requests", new { subscriptionId = id, apiId = market.Api }).Expect<JsonElement>(HttpStatusCode.Created);
        Assert.Equal("pending", request.Text("status"));

        await market.Hear(market.Invoice(id, "initial", "open"));
        Assert.Equal("open", (await market.Read(id)).GetProperty("latestInvoice").Text("status"));
        await market.Hear(market.Invoice(id, "initial", "paid", version: 2));
        Assert.Equal("active", await market.Status(id));
        var granted = await market.Admin.Get($"/v1/access-requests/{request.Id()}");
        Assert.Equal("granted", granted.Text("status"));
        Assert.StartsWith("mk_", granted.GetProperty("credential").Text("key"));
        var entitlement = await market.Entitlement(id);
        Assert.Null(entitlement.Refusal);
        Assert.Equal(new GrantedApi(market.Api, application.Id()), Assert.Single(entitlement.Granted));

        var lease = await market.Gateway.Put("/internal/leases", new LeaseRequest("gw_story", id, "quo_1", entitlement.PeriodStart, 1200)).Expect<LeaseAnswer>();
        Assert.Equal(new LeaseAnswer(1000, 0, 0, 0), lease);
        await market.Hear(market.Report("gw_story", 1, id, 321, app.Clock.GetUtcNow()));
        Assert.Equal(321, (await market.Admin.Get($"/v1/subscriptions/{id}/usage")).GetProperty("quotas")[0].GetProperty("used").GetInt64());

        await market.MoveTo(new(2026, 2, 15, 2, 0, 0, TimeSpan.Zero));
        var closed = Assert.Single(await market.Closures(id));
        Assert.Equal(("period_end", 321L), (closed.Reason, Assert.Single(closed.Usage).Quantity));
        Assert.Equal(new DateTimeOffset(2026, 3, 15, 0, 0, 0, TimeSpan.Zero), closed.NextPeriodEnd);

        await market.Hear(market.Report("gw_story", 2, id, 5, app.Clock.GetUtcNow()));
        var cancelled = await market.Admin.Post($"/v1/subscriptions/{id}/cancel", new { when = "now" }).Expect<JsonElement>();
        Assert.Equal("cancelled", cancelled.Text("status"));
        Assert.Equal("not_subscribed", (await market.Entitlement(id)).Refusal);
        await market.MoveTo(app.Clock.GetUtcNow() + TimeSpan.FromSeconds(61));
        var final = (await market.Closures(id))[^1];
        Assert.Equal(("cancellation", 5L, (DateTimeOffset?)null), (final.Reason, Assert.Single(final.Usage).Quantity, final.NextPeriodStart));
        Assert.Contains((await market.Feed()).Credentials, c => c.SubscriptionId == id && c.Status == "revoked");
    }
}
