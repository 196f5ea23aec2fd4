namespace Marketplace.StripeEmulator.Tests;

/// <summary>Moves the clock, so it has an emulator to itself.</summary>
public sealed class PageExpiryTests(EmulatorApp app) : IClassFixture<EmulatorApp>
{
    [Fact]
    public async Task A_session_dies_after_five_minutes_unused_or_an_hour_of_rest()
    {
        var caller = app.NewAccount();
        var customer = await caller.Customer();
        var (unused, used) = (await Open(), await Open());
        Assert.Equal(200, await Get(used));
        await app.Advance(6 * 60);
        Assert.Equal(410, await Get(unused));
        Assert.Equal(200, await Get(used));
        await app.Advance(59 * 60);
        Assert.Equal(200, await Get(used));
        await app.Advance(61 * 60);
        Assert.Equal(410, await Get(used));

        async Task<string> Open() => (await caller.Post("/v1/billing_portal/sessions", $"customer={customer}")).Ok().Text("url");

        async Task<int> Get(string url)
        {
            using var answer = await app.Http.GetAsync(url);
            return (int)answer.StatusCode;
        }
    }

    [Fact]
    public async Task A_checkout_session_expires_when_its_time_has_come()
    {
        var caller = app.NewAccount();
        var session = (await caller.Post("/v1/checkout/sessions", "mode=setup&currency=usd&success_url=https://shop.example/ok")).Ok();
        await app.Advance(23 * 3_600);
        Assert.Equal("open", (await caller.Get($"/v1/checkout/sessions/{session.Id}")).Ok().Text("status"));
        await app.Advance(3_601);
        var expired = (await caller.Get($"/v1/checkout/sessions/{session.Id}?expand[]=setup_intent")).Ok();
        Assert.Equal(("expired", "canceled"), (expired.Text("status"), expired.Text("setup_intent.status")));
        Assert.Equal(session.Id, (await caller.Get("/v1/events?type=checkout.session.expired")).Ok().Text("data.0.data.object.id"));
    }
}
