namespace Marketplace.StripeEmulator.Tests;

/// <summary>Moves the clock, so it has an emulator to itself.</summary>
public sealed class PortalExpiryTests(EmulatorApp app) : IClassFixture<EmulatorApp>
{
    [Fact]
    public async Task A_session_dies_after_five_minutes_unused_or_an_hour_of_rest()
    {
        var caller = app.NewAccount();
        var customer = await caller.Customer();
        var (unused, used) = (await Open(), await Open());
        Assert.Equal(200, await Get(used));
        await Wait(TimeSpan.FromMinutes(6));
        Assert.Equal(410, await Get(unused));
        Assert.Equal(200, await Get(used));
        await Wait(TimeSpan.FromMinutes(59));
        Assert.Equal(200, await Get(used));
        await Wait(TimeSpan.FromMinutes(61));
        Assert.Equal(410, await Get(used));

        async Task<string> Open() => (await caller.Post("/v1/billing_portal/sessions", $"customer={customer}")).Ok().Text("url");

        async Task<int> Get(string url)
        {
            using var answer = await app.Http.GetAsync(url);
            return (int)answer.StatusCode;
        }

        async Task Wait(TimeSpan time)
        {
            var now = (await caller.Turn(HttpMethod.Get, "clock"))!["now"]!.GetValue<DateTimeOffset>();
            await caller.Turn(HttpMethod.Put, "clock", new { now = now + time });
        }
    }
}
