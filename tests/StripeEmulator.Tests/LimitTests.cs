using Marketplace.Testing;

namespace Marketplace.StripeEmulator.Tests;

/// <summary>Settings that make calls fail as busy accounts do, and what is kept for how long.</summary>
public sealed class LimitTests(EmulatorApp app) : IClassFixture<EmulatorApp>
{
    private readonly Caller caller = app.NewAccount();

    [Fact]
    public async Task A_call_on_an_object_that_another_call_holds_is_refused_after_the_set_time()
    {
        await using var strict = new EmulatorApp { LockTimeoutMilliseconds = 50 };
        var busy = strict.NewAccount();
        var (one, other) = (await busy.Customer(), await busy.Customer());
        await busy.Turn(HttpMethod.Post, "faults", new { method = "POST", path = $"/v1/customers/{one}", kind = "timeout", seconds = 30, times = 1 });
        var http = new HttpClient { BaseAddress = strict.Http.BaseAddress };
        var held = new Caller(http, busy.Key).Post($"/v1/customers/{one}", "name=Ada");
        await Eventually.Until(async () => (await busy.Turn(HttpMethod.Get, "faults"))!.AsArray().Count == 0, "the first call holds the object");
        var refused = await busy.Post($"/v1/customers/{one}", "name=Grace");
        Assert.Equal((429, "lock_timeout", "invalid_request_error"), (refused.Status, refused.Code, refused.Text("error.type")));
        (await busy.Post($"/v1/customers/{other}", "name=Grace")).Ok();
        (await busy.Get($"/v1/customers/{one}")).Ok();
        // Who hangs up lets go; else the emulator would wait for the call before it ends.
        http.Dispose();
        await Assert.ThrowsAnyAsync<Exception>(() => held);
        await Eventually.Until(async () => (await busy.Post($"/v1/customers/{one}", "name=Grace")).Status == 200, "the object is let go");
    }

    [Theory]
    [InlineData("Stripe-Account", "acct_1Stranger0000000000")]
    [InlineData("Stripe-Context", "acct_1Stranger0000000000")]
    [InlineData("Stripe-Context", "acct_1Platform0000000000/acct_1Stranger0000000000")]
    public async Task A_key_does_not_reach_another_account(string header, string value)
    {
        var refused = await caller.Get("/v1/customers", (header, value));
        Assert.Equal((403, "account_invalid"), (refused.Status, refused.Code));
        Assert.Contains("does not have access to account 'acct_1Stranger0000000000'", refused.Message, StringComparison.Ordinal);
        (await caller.Get("/v1/customers", (header, caller.Account))).Ok();
    }

    [Fact]
    public async Task Events_and_their_deliveries_are_forgotten_after_thirty_days()
    {
        await using var later = new EmulatorApp();
        var owner = later.NewAccount();
        await using var receiver = await Receiver.Start();
        (await owner.Post("/v1/webhook_endpoints", $"url={receiver.Url}&enabled_events[]=customer.created")).Ok();
        var customer = await owner.Customer();
        await Eventually.Until(async () => (await Kept(owner)).Deliveries == 1 && !receiver.All.IsEmpty, "the delivery");
        await owner.Turn(HttpMethod.Put, "clock", new { now = DateTimeOffset.UtcNow.AddDays(29) });
        Assert.Single((await owner.Get("/v1/events")).Ok()["data"]!.AsArray());
        await owner.Turn(HttpMethod.Put, "clock", new { now = DateTimeOffset.UtcNow.AddDays(31) });
        Assert.Empty((await owner.Get("/v1/events")).Ok()["data"]!.AsArray());
        await Eventually.Until(async () => await Kept(owner) == (0, 0), "nothing is kept");
        (await owner.Get($"/v1/customers/{customer}")).Ok();
    }

    private static async Task<(int Events, int Deliveries)> Kept(Caller owner)
    {
        var objects = (await owner.Turn(HttpMethod.Get, "state"))!["objects"]!.AsObject();
        return (Count("event"), Count("delivery"));

        int Count(string kind) => objects[kind]?.AsArray().Count ?? 0;
    }
}
