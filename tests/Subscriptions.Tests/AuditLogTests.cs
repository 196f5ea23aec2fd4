using System.Net;
using System.Text.Json;
using Marketplace.Contracts.Storage;
using Marketplace.Testing;

namespace Marketplace.Subscriptions.Tests;

public sealed class AuditLogTests(ServiceApp<Program> app) : IClassFixture<ServiceApp<Program>>
{
    [Fact]
    public async Task Every_change_that_a_person_makes_is_told_to_the_audit_log_without_keys()
    {
        var market = await Market.Open(app, plan => Market.Free(plan) with { Approval = "manual" });
        var application = await market.Admin.Post("/v1/applications", new { organizationId = market.Consumer, title = "Shop" }).Expect<JsonElement>(HttpStatusCode.Created);
        var credential = application.GetProperty("credential");
        var subscription = (await market.Subscribe()).Id();

        await market.Owner.Post($"/v1/subscriptions/{subscription}/approve", new { }).Expect();
        var access = (await market.Admin.Post("/v1/access-requests", new { subscriptionId = subscription, apiId = market.Api }).Expect<JsonElement>(HttpStatusCode.Created)).Id();
        await market.Owner.Post($"/v1/access-requests/{access}/reject", new { }).Expect();
        await market.Owner.Post($"/v1/access-requests/{access}/approve", new { }).Expect();
        var rotated = await market.Admin.Post($"/v1/credentials/{credential.Id()}/rotate", new { }).Expect<JsonElement>();
        await market.Admin.Post($"/v1/credentials/{credential.Id()}/suspend", new { reason = "Lost" }).Expect();
        await market.Admin.Post($"/v1/credentials/{credential.Id()}/enable", new { }).Expect();
        await market.Admin.Post($"/v1/subscriptions/{subscription}/cancel", new { when = "now", reason = "Too dear" }).Expect();
        await market.Admin.Delete($"/v1/applications/{application.Id()}").Expect(HttpStatusCode.NoContent);

        var told = await app.Announced<ChangeRecorded>(change => change.OrganizationId == market.Consumer || change.OrganizationId == market.Provider);
        Assert.Equal(
            [
                "access.approved", "access.rejected", "access.requested", "application.created", "application.deleted", "credential.enabled", "credential.rotated",
                "credential.suspended", "subscription.approved", "subscription.cancelled", "subscription.requested",
            ],
            told.Select(change => change.Action).Order(StringComparer.Ordinal));
        Assert.All(told, change => Assert.NotNull(change.Actor));
        var cancelled = Assert.Single(told, change => change.Action == "subscription.cancelled");
        Assert.Equal(("""{"status":"Active"}""", """{"status":"Cancelled","reason":"Too dear"}"""), (cancelled.Before, cancelled.After));
        var all = JsonSerializer.Serialize(told);
        Assert.DoesNotContain(credential.Text("key"), all, StringComparison.Ordinal);
        Assert.DoesNotContain(rotated.Text("key"), all, StringComparison.Ordinal);
    }
}
