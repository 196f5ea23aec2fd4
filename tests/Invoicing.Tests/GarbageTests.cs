using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Stripe;

namespace Marketplace.Invoicing.Tests;

/// <summary>Answers that are none: whatever came, the outcome is unknown and the call is worth another try.</summary>
public sealed class GarbageTests
{
    [Theory]
    [InlineData(502, "text/html", "<html><body>Bad Gateway</body></html>")]
    [InlineData(503, "text/plain", "")]
    [InlineData(200, "application/json", "{\"id\":\"in_1\",\"obj")]
    [InlineData(200, "text/html", "<html>captive portal</html>")]
    [InlineData(404, "text/html", "<html>no such host</html>")]
    public async Task An_unreadable_answer_is_tried_again(int status, string type, string body)
    {
        await using var server = WebApplication.CreateSlimBuilder().Build();
        server.Urls.Add("http://127.0.0.1:0");
        server.MapFallback(context =>
        {
            context.Response.StatusCode = status;
            context.Response.ContentType = type;
            return context.Response.WriteAsync(body);
        });
        await server.StartAsync();
        var client = new StripeClient(new StripeClientOptions { ApiKey = "sk_test_1234567890ab", ApiBase = server.Urls.First(), HttpClient = new SystemNetHttpClient(maxNetworkRetries: 0) });

        var thrown = await Record.ExceptionAsync(() => client.V1.Invoices.CreateAsync(new InvoiceCreateOptions { Customer = "cus_1" }));
        var failure = StripeFailure.Of(thrown!, CancellationToken.None);
        Assert.Equal(StripeFailureKind.Transient, failure?.Kind);
        Assert.Equal("waiting", RetrySchedule.After(failure!, 0).Status);
        Assert.DoesNotContain("sk_test_1234567890ab", failure!.Detail, StringComparison.Ordinal);
    }
}
