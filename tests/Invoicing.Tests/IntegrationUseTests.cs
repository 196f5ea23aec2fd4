using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Marketplace.Testing;

namespace Marketplace.Invoicing.Tests;

/// <summary>What ended keeps its billing integration until its last usage is charged.</summary>
public sealed class IntegrationUseTests(InvoicingApp app) : IClassFixture<InvoicingApp>
{
    [Fact]
    public async Task What_ended_keeps_its_integration_until_its_last_usage_is_charged()
    {
        var invoice = await PaidInvoices.Paid(app, plan: Plans.Of("unit", basePrice: 2500, unitAmount: "100"));
        var (seller, approved) = (invoice.Seller, invoice.Approved);
        // What was known of it before its end charges nothing after it.
        await app.Make<ChargeClosedPeriod>().Handle(Seller.Closed(approved with { PeriodStart = approved.PeriodStart.AddMonths(-1), PeriodEnd = approved.PeriodStart }, calls: 0, last: true), default);
        await app.Advance(TimeSpan.FromMinutes(1));
        await app.Make<VoidOnCancellation>().Handle(new(approved.SubscriptionId, approved.OrganizationId, "requested", app.Clock.GetUtcNow()), default);
        Assert.Equal(("unclosed subscriptions", approved.SubscriptionId), await Use());

        await app.Make<ChargeClosedPeriod>().Handle(Seller.Closed(approved, calls: 3, last: true), default);
        var final = await seller.InvoiceOf(approved.SubscriptionId, "final");
        Assert.Equal(("unpaid invoices", final), await Use());
        await seller.Until(final, "open");
        await app.Stripe.Pay((await seller.Invoice(final)).GetProperty("hostedInvoiceUrl").GetString()!);
        await seller.Hear(await seller.StripeId(final));
        await Eventually.Until(async () => (await seller.Jobs()).Count == 0, "the queue is empty");
        await seller.Owner.Delete($"/v1/billing-integrations/{seller.Integration}", "*").Expect(HttpStatusCode.NoContent);

        async Task<(string?, string?)> Use()
        {
            using var answer = await seller.Owner.Delete($"/v1/billing-integrations/{seller.Integration}", "*");
            Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode);
            var use = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("uses")[0];
            return (use.GetProperty("what").GetString(), use.GetProperty("ids")[0].GetString());
        }
    }

    [Fact]
    public async Task A_last_closure_that_never_comes_keeps_an_integration_for_three_days()
    {
        var invoice = await PaidInvoices.Paid(app);
        await Eventually.Until(async () => (await invoice.Seller.Jobs()).Count == 0, "the queue is empty");
        var path = $"/v1/billing-integrations/{invoice.Seller.Integration}";
        await app.Make<VoidOnCancellation>().Handle(new(invoice.Approved.SubscriptionId, invoice.Approved.OrganizationId, "requested", app.Clock.GetUtcNow()), default);
        await invoice.Seller.Owner.Delete(path, "*").ExpectProblem(HttpStatusCode.Conflict, "billing_integration_in_use");
        await Eventually.Until(async () => (await invoice.Seller.Jobs()).Count == 0, "the queue is empty again");
        await app.Database.Execute("update subscriptions set cancelled_at = $2 where id = $1", invoice.Approved.SubscriptionId, app.Clock.GetUtcNow().AddDays(-3));
        await invoice.Seller.Owner.Delete(path, "*").Expect(HttpStatusCode.NoContent);
    }
}
