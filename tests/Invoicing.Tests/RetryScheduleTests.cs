using System.Net;
using Stripe;

namespace Marketplace.Invoicing.Tests;

public sealed class RetryScheduleTests
{
    private static readonly StripeFailure Away = new(StripeFailureKind.Transient, "stripe_unreachable", "away");

    [Fact]
    public void Five_retries_fill_seventy_minutes_and_then_the_job_is_blocked()
    {
        var waits = Enumerable.Range(0, RetrySchedule.Retries).Select(failed => RetrySchedule.After(Away, failed)).ToList();
        Assert.Equal(5, waits.Count);
        Assert.All(waits, wait => Assert.Equal("waiting", wait.Status));
        Assert.Equal(TimeSpan.FromMinutes(70), waits.Aggregate(TimeSpan.Zero, (sum, wait) => sum + wait.Wait));
        Assert.Equal("blocked", RetrySchedule.After(Away, 5).Status);
    }

    [Fact]
    public void A_longer_wait_that_Stripe_asks_for_is_kept_and_a_shorter_one_is_not()
    {
        Assert.Equal(TimeSpan.FromMinutes(30), RetrySchedule.After(Away with { RetryAfter = TimeSpan.FromMinutes(30) }, 0).Wait);
        Assert.Equal(TimeSpan.FromSeconds(10), RetrySchedule.After(Away with { RetryAfter = TimeSpan.FromSeconds(2) }, 0).Wait);
    }

    [Theory]
    [InlineData(400, "invalid_request_error", null, "failed")]
    [InlineData(402, "card_error", null, "failed")]
    [InlineData(404, "invalid_request_error", null, "failed")]
    [InlineData(400, "invalid_request_error", "true", "waiting")]
    [InlineData(401, "invalid_request_error", null, "blocked")]
    [InlineData(403, "invalid_request_error", null, "blocked")]
    [InlineData(409, "idempotency_error", null, "waiting")]
    [InlineData(429, "invalid_request_error", null, "waiting")]
    [InlineData(500, "api_error", null, "waiting")]
    [InlineData(500, "api_error", "false", "blocked")]
    [InlineData(502, null, null, "waiting")]
    [InlineData(200, null, null, "waiting")]
    public void Stripe_s_answers_are_judged(int status, string? type, string? shouldRetry, string becomes)
    {
        using var answer = new HttpResponseMessage((HttpStatusCode)status);
        if (shouldRetry is not null)
        {
            answer.Headers.Add("Stripe-Should-Retry", shouldRetry);
        }

        var exception = new StripeException((HttpStatusCode)status, type is null ? null : new StripeError { Type = type, Message = "No." }, "No.")
        {
            StripeResponse = new StripeResponse((HttpStatusCode)status, answer.Headers, ""),
        };
        Assert.Equal(becomes, RetrySchedule.After(StripeFailure.Of(exception, CancellationToken.None)!, 0).Status);
    }

    [Fact]
    public void A_timeout_is_a_failure_of_Stripe_and_a_stop_of_the_host_is_not()
    {
        Assert.Equal("stripe_timeout", StripeFailure.Of(new TaskCanceledException(), CancellationToken.None)?.Code);
        Assert.Null(StripeFailure.Of(new TaskCanceledException(), new CancellationToken(canceled: true)));
    }
}
