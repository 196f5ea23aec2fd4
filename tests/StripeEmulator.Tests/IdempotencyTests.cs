using Marketplace.Testing;

namespace Marketplace.StripeEmulator.Tests;

public sealed class IdempotencyTests(EmulatorApp app) : IClassFixture<EmulatorApp>
{
    private readonly Caller caller = app.NewAccount();

    [Fact]
    public async Task The_same_key_repeats_the_first_answer()
    {
        var first = await caller.Post("/v1/customers", "name=a&email=a@example.com", ("Idempotency-Key", "one"));
        var again = await caller.Post("/v1/customers", "email=a@example.com&name=a", ("Idempotency-Key", "one"));
        Assert.Equal(first.Body.ToJsonString(), again.Body.ToJsonString());
        Assert.Equal("true", again.Headers.GetValues("Idempotent-Replayed").Single());
        Assert.Equal(first.Headers.GetValues("Request-Id").Single(), again.Headers.GetValues("Original-Request").Single());
        Assert.False(first.Headers.Contains("Idempotent-Replayed"));
    }

    [Fact]
    public async Task Other_parameters_and_other_endpoints_are_refused()
    {
        await caller.Post("/v1/customers", "name=a", ("Idempotency-Key", "two"));
        var other = await caller.Post("/v1/customers", "name=b", ("Idempotency-Key", "two"));
        Assert.Equal((400, "idempotency_error"), (other.Status, other.Text("error.type")));
        Assert.StartsWith("Keys for idempotent requests can only be used with the same parameters", other.Message, StringComparison.Ordinal);
        var elsewhere = await caller.Post("/v1/invoices", "name=a", ("Idempotency-Key", "two"));
        Assert.Contains("('/v1/customers' vs '/v1/invoices')", elsewhere.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_parameter_is_not_kept_but_a_decline_is()
    {
        Assert.Equal(400, (await caller.Post("/v1/customers", "foo=1", ("Idempotency-Key", "three"))).Status);
        Assert.Equal(200, (await caller.Post("/v1/customers", "name=a", ("Idempotency-Key", "three"))).Status);

        var invoice = await caller.Open(await caller.Customer());
        var declined = await caller.Post($"/v1/invoices/{invoice.Id}/pay", "payment_method=pm_card_visa_chargeDeclined", ("Idempotency-Key", "four"));
        var again = await caller.Post($"/v1/invoices/{invoice.Id}/pay", "payment_method=pm_card_visa_chargeDeclined", ("Idempotency-Key", "four"));
        Assert.Equal((402, 402), (declined.Status, again.Status));
        Assert.True(again.Headers.Contains("Idempotent-Replayed"));
        Assert.Single((await caller.Get($"/v1/charges?payment_intent={declined.Text("error.payment_intent.id")}")).Ok()["data"]!.AsArray());
    }

    [Fact]
    public async Task A_key_is_each_accounts_own()
    {
        var mine = await caller.Post("/v1/customers", "name=a", ("Idempotency-Key", "five"));
        var theirs = await app.NewAccount().Post("/v1/customers", "name=b", ("Idempotency-Key", "five"));
        Assert.NotEqual(mine.Id, theirs.Ok().Id);
    }

    [Fact]
    public async Task A_lost_answer_is_found_again_by_its_key()
    {
        await caller.Turn(HttpMethod.Post, "faults", new { method = "POST", path = "/v1/customers", account = caller.Account, kind = "lost" });
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => caller.Post("/v1/customers", "name=lost", ("Idempotency-Key", "six")));
        var found = await caller.Post("/v1/customers", "name=lost", ("Idempotency-Key", "six"));
        Assert.True(found.Headers.Contains("Idempotent-Replayed"));
        Assert.Single((await caller.Get("/v1/customers")).Ok()["data"]!.AsArray(), c => c!["name"]?.GetValue<string>() == "lost");
    }

    [Fact]
    public async Task A_500_is_kept_and_a_429_is_not()
    {
        await caller.Turn(HttpMethod.Post, "faults", new { path = "/v1/cust*", account = caller.Account, status = 500 });
        Assert.Equal((500, "api_error"), await Status("seven"));
        Assert.Equal((500, "api_error"), await Status("seven"));
        await caller.Turn(HttpMethod.Post, "faults", new { path = "/v1/cust*", account = caller.Account, status = 429, code = "lock_timeout" });
        Assert.Equal((429, "invalid_request_error"), await Status("eight"));
        Assert.Equal((200, ""), await Status("eight"));

        async Task<(int, string)> Status(string key)
        {
            var answer = await caller.Post("/v1/customers", "name=a", ("Idempotency-Key", key));
            return (answer.Status, answer.Text("error.type"));
        }
    }

    [Fact]
    public async Task A_second_call_while_the_first_is_under_way_is_a_conflict()
    {
        await caller.Turn(HttpMethod.Post, "faults", new { path = "/v1/customers", account = caller.Account, kind = "timeout", seconds = 2 });
        var first = caller.Post("/v1/customers", "name=a", ("Idempotency-Key", "nine"));
        await Eventually.Until(async () => (await caller.Turn(HttpMethod.Get, "faults"))!.AsArray().All(f => f!["account"]!.GetValue<string>() != caller.Account), "the first call has begun");
        var second = await caller.Post("/v1/customers", "name=a", ("Idempotency-Key", "nine"));
        Assert.Equal((409, "idempotency_key_in_use"), (second.Status, second.Code));
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => first);
    }

    [Theory]
    [InlineData("reset")]
    [InlineData("lost")]
    public async Task A_caller_whose_connection_was_cut_may_call_again_at_once(string kind)
    {
        for (var round = 0; round < 20; round++)
        {
            await caller.Turn(HttpMethod.Post, "faults", new { kind, account = caller.Account });
            await Assert.ThrowsAsync<HttpRequestException>(() => caller.Post("/v1/customers", "", ("Idempotency-Key", $"{kind}{round}")));
            (await caller.Post("/v1/customers", "", ("Idempotency-Key", $"{kind}{round}"))).Ok();
        }
    }

    [Fact]
    public async Task A_fault_meets_a_repeated_call_too()
    {
        await caller.Turn(HttpMethod.Post, "faults", new { kind = "lost", account = caller.Account, times = 2 });
        await Assert.ThrowsAsync<HttpRequestException>(() => caller.Post("/v1/customers", "", ("Idempotency-Key", "twice")));
        await Assert.ThrowsAsync<HttpRequestException>(() => caller.Post("/v1/customers", "", ("Idempotency-Key", "twice")));
        var customer = (await caller.Post("/v1/customers", "", ("Idempotency-Key", "twice"))).Ok();
        Assert.Equal(customer.Id, Assert.Single((await caller.Get("/v1/customers")).Ok()["data"]!.AsArray())!["id"]!.GetValue<string>());
    }
}
