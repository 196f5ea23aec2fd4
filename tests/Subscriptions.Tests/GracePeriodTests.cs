using System.Net;
using System.Text.Json;
using Marketplace.Contracts.Subscriptions;
using Marketplace.ServiceDefaults;
using Marketplace.Testing;

namespace Marketplace.Subscriptions.Tests;

public sealed class GracePeriodTests(ServiceApp<Program> app) : IClassFixture<ServiceApp<Program>>
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    [Fact]
    public async Task A_customer_s_own_grace_goes_before_its_plan_s_and_applies_at_once()
    {
        var market = await Market.Open(app);
        var id = await market.SubscribeAndPay();
        var due = app.Clock.GetUtcNow();
        await market.Hear(market.Invoice(id, "period", "past_due", "inv_2", due: due));
        Assert.Equal(due + (3 * Day), (await market.Entitlement(id)).AccessUntil);

        await Set(market, 10);
        Assert.Equal(due + (10 * Day), (await market.Entitlement(id)).AccessUntil);

        await market.MoveTo(due + (10 * Day));
        Assert.Equal(("suspended", "payment_required"), (await market.Status(id), (await market.Entitlement(id)).Refusal));

        await Set(market, 20);
        Assert.Equal(("past_due", null, due + (20 * Day)), (await market.Status(id), (await market.Entitlement(id)).Refusal, (await market.Entitlement(id)).AccessUntil));

        await Set(market, 0);
        await market.MoveTo(app.Clock.GetUtcNow());
        Assert.Equal("suspended", await market.Status(id));

        await market.Owner.Delete($"/v1/grace-periods/{market.Consumer}?providerOrganizationId={market.Provider}").Expect(HttpStatusCode.NoContent);
        await market.Hear(market.Invoice(id, "period", "paid", "inv_2", 2));
        await market.Hear(market.Invoice(id, "period", "past_due", "inv_3", due: app.Clock.GetUtcNow()));
        Assert.Equal(app.Clock.GetUtcNow() + (3 * Day), (await market.Entitlement(id)).AccessUntil);
        await market.Owner.Delete($"/v1/grace-periods/{market.Consumer}?providerOrganizationId={market.Provider}").Expect(HttpStatusCode.NoContent);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(0)]
    public async Task A_shorter_one_ends_access_now_and_not_at_a_time_at_which_there_was_access(int? days)
    {
        var market = await Market.Open(app, plan => plan with { CancelWhenPastDue = true });
        var id = await market.SubscribeAndPay();
        await Set(market, 90);
        var due = app.Clock.GetUtcNow();
        await market.Hear(market.Invoice(id, "period", "past_due", "inv_2", due: due));
        await market.MoveTo(due + (19 * Day));

        await (days is null
            ? market.Owner.Delete($"/v1/grace-periods/{market.Consumer}?providerOrganizationId={market.Provider}").Expect(HttpStatusCode.NoContent)
            : Set(market, days.Value));

        await market.MoveTo(due + (19 * Day));
        var told = Assert.Single(await app.Announced<SubscriptionCancelled>(c => c.SubscriptionId == id));
        Assert.Equal(("past_due", due + (19 * Day)), (told.Reason, told.CancelledAt));
    }

    [Fact]
    public async Task What_is_heard_after_it_was_shortened_moves_the_end_of_access_no_further()
    {
        var market = await Market.Open(app);
        var id = await market.SubscribeAndPay();
        await Set(market, 90);
        var due = app.Clock.GetUtcNow();
        await market.Hear(market.Invoice(id, "period", "past_due", "inv_2", due: due));
        await market.MoveTo(due + (19 * Day));
        // No timer comes there.
        await app.Database.Execute("create function wait() returns trigger language plpgsql as 'begin if new.status = ''Suspended'' then raise exception ''held''; end if; return new; end'");
        await app.Database.Execute($"create trigger hold before update on subscriptions for each row when (old.id = '{id}') execute function wait()");

        await Set(market, 0);
        app.Clock.Advance(Day);
        await market.Hear(market.Invoice(id, "period", "past_due", "inv_2", 2, due));

        Assert.Equal(due + (19 * Day), (await market.Read(id)).Time("graceUntil"));
        await market.Hear(market.Invoice(id, "period", "paid", "inv_2", 3, due));
        await app.Database.Execute("drop trigger hold on subscriptions");
    }

    [Fact]
    public async Task It_is_shown_versioned_and_in_the_audit_log()
    {
        var market = await Market.Open(app);
        await market.SubscribeAndPay();
        await Set(market, 10);
        var shown = Assert.Single((await market.Owner.Get("/v1/grace-periods")).GetProperty("data").EnumerateArray());
        Assert.Equal((market.Consumer, 10), (shown.Text("organizationId"), shown.GetProperty("days").GetInt32()));
        var body = new { providerOrganizationId = market.Provider, days = 11 };
        await market.Owner.Put($"/v1/grace-periods/{market.Consumer}", body, null).ExpectProblem((HttpStatusCode)428, "if_match_required");
        await market.Owner.Put($"/v1/grace-periods/{market.Consumer}", body, "\"7\"").ExpectProblem(HttpStatusCode.PreconditionFailed, "version_mismatch");
        await market.Owner.Put($"/v1/grace-periods/{market.Consumer}", body, "\"1\"").Expect();
        var told = (await app.Announced<Contracts.Storage.ChangeRecorded>(c => c.Action == "grace_period.set" && c.ObjectId == market.Consumer)).ToList();
        Assert.Equal(2, told.Count);
        Assert.Equal(10, JsonDocument.Parse(told[1].Before!).RootElement.GetProperty("days").GetInt32());
        await market.Owner.Delete($"/v1/grace-periods/{market.Consumer}?providerOrganizationId={market.Provider}").Expect(HttpStatusCode.NoContent);
        var takenBack = Assert.Single(await app.Announced<Contracts.Storage.ChangeRecorded>(c => c.Action == "grace_period.taken_back" && c.ObjectId == market.Consumer));
        Assert.Equal(11, JsonDocument.Parse(takenBack.Before!).RootElement.GetProperty("days").GetInt32());
    }

    [Theory]
    [InlineData(null)]
    [InlineData(-1)]
    [InlineData(91)]
    [InlineData(int.MaxValue)]
    public async Task It_is_bounded(int? days)
    {
        var market = await Market.Open(app);
        await market.SubscribeAndPay();
        await market.Owner.Put($"/v1/grace-periods/{market.Consumer}", new { providerOrganizationId = market.Provider, days }, "*").ExpectProblem(HttpStatusCode.BadRequest, "validation_failed");
    }

    [Fact]
    public async Task Only_the_provider_s_administrators_set_it_and_only_for_its_own_subscribers()
    {
        var market = await Market.Open(app);
        var stranger = await Market.Open(app);
        await market.SubscribeAndPay();
        var body = new { providerOrganizationId = market.Provider, days = 10 };
        await stranger.Owner.Put($"/v1/grace-periods/{market.Consumer}", body, "*").ExpectProblem(HttpStatusCode.NotFound, "not_found");
        await stranger.Owner.Put($"/v1/grace-periods/{market.Consumer}", new { providerOrganizationId = stranger.Provider, days = 10 }, "*").ExpectProblem(HttpStatusCode.NotFound, "not_found");
        await market.Admin.Put($"/v1/grace-periods/{market.Consumer}", body, "*").ExpectProblem(HttpStatusCode.NotFound, "not_found");
        await app.ClientFor(TestCaller.Provider(market.Provider, Roles.ProductManager)).Put($"/v1/grace-periods/{market.Consumer}", body, "*")
            .ExpectProblem(HttpStatusCode.Forbidden, "role_missing");
        Assert.Empty((await stranger.Owner.Get("/v1/grace-periods")).GetProperty("data").EnumerateArray());
    }

    private static Task Set(Market market, int days) =>
        market.Owner.Put($"/v1/grace-periods/{market.Consumer}", new { providerOrganizationId = market.Provider, days }, "*").Expect();
}
