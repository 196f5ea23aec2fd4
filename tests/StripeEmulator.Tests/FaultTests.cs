using Marketplace.Testing;

namespace Marketplace.StripeEmulator.Tests;

public sealed class FaultTests(EmulatorApp app) : IClassFixture<EmulatorApp>
{
    private readonly Caller caller = app.NewAccount();

    [Theory]
    [InlineData(429, null, "invalid_request_error", "rate_limit")]
    [InlineData(429, "lock_timeout", "invalid_request_error", "lock_timeout")]
    [InlineData(500, null, "api_error", "")]
    [InlineData(503, null, "api_error", "")]
    public async Task A_chosen_call_fails_as_often_as_told(int status, string? code, string type, string answeredCode)
    {
        await caller.Turn(HttpMethod.Post, "faults", new { method = "GET", path = "/v1/customers/*", account = caller.Account, status, code, times = 2, headers = new Dictionary<string, string> { ["Stripe-Should-Retry"] = "true" } });
        var customer = await caller.Customer();
        for (var time = 0; time < 2; time++)
        {
            var answer = await caller.Get($"/v1/customers/{customer}");
            Assert.Equal((status, type, answeredCode), (answer.Status, answer.Text("error.type"), answer.Code));
            Assert.Equal("true", answer.Headers.GetValues("Stripe-Should-Retry").Single());
        }

        (await caller.Get($"/v1/customers/{customer}")).Ok();
    }

    [Theory]
    [InlineData("reset", false)]
    [InlineData("lost", true)]
    public async Task A_cut_connection_tells_nothing_of_what_happened(string kind, bool happened)
    {
        await caller.Turn(HttpMethod.Post, "faults", new { method = "POST", path = "/v1/customers", account = caller.Account, kind });
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => caller.Post("/v1/customers"));
        Assert.Equal(happened ? 1 : 0, (await caller.Get("/v1/customers")).Ok()["data"]!.AsArray().Count);
    }

    [Fact]
    public async Task Faults_of_one_account_do_not_meet_another()
    {
        await caller.Turn(HttpMethod.Post, "faults", new { path = "/v1/account", account = caller.Account, status = 500 });
        (await app.NewAccount().Get("/v1/account")).Ok();
        Assert.Equal(500, (await caller.Get("/v1/account")).Status);
    }

    [Fact]
    public async Task A_reset_forgets_everything()
    {
        await using var alone = new EmulatorApp();
        var mine = alone.NewAccount();
        await mine.Customer();
        await mine.Turn(HttpMethod.Post, "reset");
        Assert.Empty((await mine.Turn(HttpMethod.Get, "state"))!["objects"]!.AsObject());
        Assert.Empty((await mine.Get("/v1/customers")).Ok()["data"]!.AsArray());
    }

    [Fact]
    public async Task Many_calls_at_once_with_one_key_happen_once()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => caller.Post("/v1/customers", "name=once", ("Idempotency-Key", "once"))));
        Assert.All(answers, a => Assert.True(a.Status is 200 or 409, a.Body.ToString()));
        Assert.Single((await caller.Get("/v1/customers")).Ok()["data"]!.AsArray());
    }

    [Fact]
    public async Task An_account_has_its_limit_when_one_is_set()
    {
        await using var limited = new EmulatorApp { RateLimit = 5 };
        var mine = limited.NewAccount();
        var refused = await Eventually.Until(() => mine.Get("/v1/account"), a => a.Status == 429, "a refusal");
        Assert.Equal(("rate_limit", "global-rate"), (refused.Code, refused.Headers.GetValues("Stripe-Rate-Limited-Reason").Single()));
    }

    [Fact]
    public async Task An_account_is_named_by_a_knob()
    {
        await caller.Turn(HttpMethod.Post, "accounts", new { id = caller.Account, name = "Weather Ltd", country = "DE" });
        var account = (await caller.Get("/v1/account")).Ok();
        Assert.Equal(("DE", "Weather Ltd"), (account.Text("country"), account.Text("business_profile.name")));
        Assert.Equal("Weather Ltd", (await caller.Open(await caller.Customer())).Text("account_name"));
    }

    [Theory]
    [InlineData("{\"kind\":\"status\",\"status\":42}")]
    [InlineData("{\"kind\":\"timeout\",\"seconds\":-1}")]
    [InlineData("{\"kind\":\"status\",\"headers\":{\"A B\":\"x\"}}")]
    [InlineData("{\"kind\":\"status\",\"headers\":{\"A\":\"x\\ny\"}}")]
    [InlineData("{\"kind\":\"status\",\"times\":0}")]
    public async Task A_fault_that_cannot_happen_is_refused(string fault)
    {
        using var content = new StringContent(fault, System.Text.Encoding.UTF8, "application/json");
        using var answer = await app.Http.PostAsync("/_emulator/faults", content, TestContext.Current.CancellationToken);
        Assert.Equal(400, (int)answer.StatusCode);
        (await caller.Get("/v1/account")).Ok();
    }

    [Theory]
    [InlineData(400, "invalid_request_error")]
    [InlineData(401, "invalid_request_error")]
    [InlineData(402, "card_error")]
    [InlineData(404, "invalid_request_error")]
    [InlineData(502, "api_error")]
    public async Task A_fault_has_the_type_of_its_status(int status, string type)
    {
        await caller.Turn(HttpMethod.Post, "faults", new { status, account = caller.Account });
        var answer = await caller.Get("/v1/account");
        Assert.Equal((status, type), (answer.Status, answer.Text("error.type")));
    }
}
