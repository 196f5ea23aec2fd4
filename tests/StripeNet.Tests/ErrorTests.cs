using System.Net;
using Stripe;

namespace Marketplace.StripeNet.Tests;

public sealed class ErrorTests : IAsyncLifetime
{
    private ScriptedStripe stripe;

    public async ValueTask InitializeAsync() => stripe = await ScriptedStripe.Start();

    public ValueTask DisposeAsync() => stripe.DisposeAsync();

    [Fact]
    public async Task A_declined_card_says_why_and_which_payment_it_was()
    {
        stripe.Answers(
            """
            {"error":{"type":"card_error","code":"card_declined","decline_code":"insufficient_funds","message":"Your card has insufficient funds.","param":"payment_method",
              "doc_url":"https://stripe.com/docs/error-codes/card-declined","request_log_url":"https://dashboard.stripe.com/logs/req_1","charge":"ch_1","advice_code":"try_again_later",
              "network_decline_code":"51","payment_intent":{"id":"pi_1","object":"payment_intent","status":"requires_payment_method"},"payment_method":{"id":"pm_1","object":"payment_method","type":"card"}}}
            """,
            HttpStatusCode.PaymentRequired,
            ("Request-Id", "req_1"));
        var refused = await Refused(x => x.V1.Invoices.PayAsync("in_1"));
        Assert.Equal((HttpStatusCode.PaymentRequired, "Your card has insufficient funds."), (refused.HttpStatusCode, refused.Message));
        var error = refused.StripeError;
        Assert.Equal(("card_error", "card_declined", "insufficient_funds", "payment_method", "ch_1", "try_again_later", "51"), (error.Type, error.Code, error.DeclineCode, error.Param, error.Charge, error.AdviceCode, error.NetworkDeclineCode));
        Assert.Equal(("pi_1", "requires_payment_method", "pm_1"), (error.PaymentIntent.Id, error.PaymentIntent.Status, error.PaymentMethod.Id));
        Assert.Equal("req_1", refused.StripeResponse.RequestId);
        Assert.Same(refused.StripeResponse, error.StripeResponse);
    }

    [Fact]
    public async Task A_missing_object_names_its_code_and_parameter()
    {
        stripe.Answers("""{"error":{"code":"resource_missing","message":"No such invoice: 'in_x'","param":"id","type":"invalid_request_error"}}""", HttpStatusCode.NotFound);
        var refused = await Refused(x => x.V1.Invoices.GetAsync("in_x"));
        Assert.Equal((HttpStatusCode.NotFound, "resource_missing", "id"), (refused.HttpStatusCode, refused.StripeError.Code, refused.StripeError.Param));
    }

    [Fact]
    public async Task An_oauth_error_is_flat()
    {
        stripe.Answers("""{"error":"invalid_grant","error_description":"Authorization code expired"}""", HttpStatusCode.BadRequest);
        var refused = await Refused(x => x.V1.Customers.GetAsync("cus_1"));
        Assert.Equal(("Authorization code expired", "invalid_grant"), (refused.Message, refused.StripeError.Error));
    }

    [Theory]
    [InlineData(HttpStatusCode.BadGateway, "<html>bad gateway</html>")]
    [InlineData(HttpStatusCode.BadRequest, """{"unexpected":true}""")]
    [InlineData(HttpStatusCode.OK, "not json")]
    [InlineData(HttpStatusCode.OK, """{"id":"cus_1","created":"yesterday"}""")]
    [InlineData(HttpStatusCode.OK, """{"id":"cus_1","balance":null}""")]
    public async Task An_answer_that_is_not_stripes_is_quoted(HttpStatusCode status, string body)
    {
        stripe.Answers(body, status);
        var refused = await Refused(x => x.V1.Customers.GetAsync("cus_1"));
        Assert.Equal($"Invalid response object from API: \"{body}\"", refused.Message);
        Assert.Equal((status, body), (refused.HttpStatusCode, refused.StripeResponse.Content));
        Assert.Null(refused.StripeError);
    }

    [Fact]
    public async Task A_client_without_a_key_refuses_before_it_calls()
    {
        var refused = await Assert.ThrowsAsync<StripeException>(() => new StripeClient(new StripeClientOptions { ApiBase = stripe.Address }).V1.Customers.GetAsync("cus_1"));
        Assert.StartsWith("No API key provided.", refused.Message);
        Assert.Empty(stripe.Requests);
    }

    [Theory]
    [InlineData("", "API key cannot be the empty string.")]
    [InlineData("sk_test_1 ", "API key cannot contain whitespace.")]
    public void A_malformed_key_is_refused_at_once(string key, string message)
    {
        Assert.StartsWith(message, Assert.Throws<ArgumentException>(() => new StripeClient(key)).Message);
    }

    private Task<StripeException> Refused(Func<StripeClient, Task> call) => Assert.ThrowsAsync<StripeException>(() => call(stripe.Client()));
}
