using System.Diagnostics;
using System.Net;
using Stripe;

namespace Marketplace.StripeNet.Tests;

public sealed class RetryTests : IAsyncLifetime
{
    private const string Refusal = """{"error":{"type":"api_error","message":"try later"}}""";

    private ScriptedStripe stripe;

    public async ValueTask InitializeAsync() => stripe = await ScriptedStripe.Start();

    public ValueTask DisposeAsync() => stripe.DisposeAsync();

    [Theory]
    [InlineData(HttpStatusCode.Conflict, null, 2)]
    [InlineData(HttpStatusCode.ServiceUnavailable, null, 2)]
    [InlineData(HttpStatusCode.TooManyRequests, null, 1)]
    [InlineData(HttpStatusCode.BadRequest, null, 1)]
    [InlineData(HttpStatusCode.TooManyRequests, "true", 2)]
    [InlineData(HttpStatusCode.InternalServerError, "false", 1)]
    public async Task Conflicts_and_server_errors_are_tried_again_unless_stripe_says_otherwise(HttpStatusCode status, string advice, int attempts)
    {
        stripe.Answers(Refusal, status, advice is null ? [] : [("Stripe-Should-Retry", advice)]).Answers(Refusal, HttpStatusCode.BadRequest);
        var refused = await Assert.ThrowsAsync<StripeException>(() => stripe.Client(maxNetworkRetries: 1).V1.Customers.GetAsync("cus_1"));
        Assert.Equal(attempts == 1 ? status : HttpStatusCode.BadRequest, refused.HttpStatusCode);
        Assert.Equal(attempts, stripe.Requests.Count);
    }

    [Fact]
    public async Task Every_attempt_of_a_request_carries_the_same_idempotency_key_and_body()
    {
        stripe.HangsUp().Answers(Refusal, HttpStatusCode.BadGateway).Answers("""{"id":"cus_1","object":"customer"}""");
        var started = Stopwatch.GetTimestamp();
        var customer = await stripe.Client(maxNetworkRetries: 2).V1.Customers.CreateAsync(new CustomerCreateOptions { Email = "a@example.org" });
        Assert.Equal("cus_1", customer.Id);
        Assert.Equal(3, stripe.Requests.Count);
        Assert.Single(stripe.Requests.Select(x => (x.Headers["Idempotency-Key"], x.Body)).Distinct());
        Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task A_connection_that_stays_broken_ends_in_the_transport_error()
    {
        stripe.HangsUp().HangsUp();
        await Assert.ThrowsAsync<HttpRequestException>(() => stripe.Client(maxNetworkRetries: 1).V1.Customers.GetAsync("cus_1"));
        Assert.Equal(2, stripe.Requests.Count);
    }

    [Fact]
    public async Task A_timeout_counts_as_a_broken_connection()
    {
        using var impatient = new HttpClient(new Never()) { Timeout = TimeSpan.FromMilliseconds(50) };
        var client = new StripeClient("sk_test_1", httpClient: new SystemNetHttpClient(impatient, maxNetworkRetries: 0), apiBase: stripe.Address);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.V1.Customers.GetAsync("cus_1"));
    }

    [Fact]
    public async Task A_caller_that_gives_up_is_not_retried()
    {
        using var silent = new Never();
        using var patient = new HttpClient(silent);
        var client = new StripeClient("sk_test_1", httpClient: new SystemNetHttpClient(patient, maxNetworkRetries: 2), apiBase: stripe.Address);
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.V1.Customers.GetAsync("cus_1", cancellationToken: stop.Token));
        Assert.Equal(1, silent.Calls);
    }

    [Fact]
    public void The_defaults_are_two_retries_and_eighty_seconds()
    {
        Assert.Equal(2, new SystemNetHttpClient().MaxNetworkRetries);
        Assert.Equal(TimeSpan.FromSeconds(80), SystemNetHttpClient.BuildDefaultSystemNetHttpClient().Timeout);
    }

    private sealed class Never : HttpMessageHandler
    {
        public int Calls { get; private set; }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Calls++;
            await Task.Delay(Timeout.Infinite, cancellationToken);
            throw new UnreachableException();
        }
    }
}
