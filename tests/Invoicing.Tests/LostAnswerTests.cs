using System.Net;
using Marketplace.Testing;
using Microsoft.Extensions.DependencyInjection;
using Stripe;

namespace Marketplace.Invoicing.Tests;

/// <summary>Every fault at every step of every kind of job ends with exactly one object at Stripe. Each step has a provider of its own, so that one
/// drain carries all of them out beside each other.</summary>
public sealed class LostAnswerTests(HastyInvoicingApp app) : IClassFixture<HastyInvoicingApp>
{
    // Where a kind of job calls Stripe: what it makes, and what it reads first when an earlier try may have made it (then after a lost answer).
    private static readonly Step[] Steps =
    [
        new(CreateCustomer.JobKind, "POST", "/v1/customers"),
        new(CreateCustomer.JobKind, "GET", "/v1/customers", LostBefore: "/v1/customers"),
        new(IssueInvoice.JobKind, "POST", "/v1/invoices"),
        new(IssueInvoice.JobKind, "GET", "/v1/invoices", LostBefore: "/v1/invoices"),
        new(IssueInvoice.JobKind, "POST", "/v1/invoiceitems"),
        new(IssueInvoice.JobKind, "GET", "/v1/invoiceitems", LostBefore: "/v1/invoiceitems"),
        new(IssueInvoice.JobKind, "GET", "/v1/invoices/in_*"),
        new(IssueInvoice.JobKind, "POST", "/v1/invoices/*/finalize"),
        new(VoidStripeInvoice.JobKind, "GET", "/v1/invoices/in_*"),
        new(VoidStripeInvoice.JobKind, "POST", "/v1/invoices/*/void"),
    ];

    internal static IEnumerable<string> Kinds => Steps.Select(step => step.Kind);

    [Theory]
    [InlineData("lost")]
    [InlineData("reset")]
    [InlineData("reset", true)]
    [InlineData("timeout")]
    [InlineData("timeout", true)]
    [InlineData("status", false, 500)]
    [InlineData("status", true, 500)]
    [InlineData("status", true, 500, false)]
    [InlineData("status", false, 503)]
    [InlineData("status", false, 409)]
    [InlineData("status", false, 429)]
    [InlineData("status", false, 429, true, "lock_timeout")]
    public async Task Whatever_becomes_of_an_answer_there_is_one_customer_and_one_invoice_in_the_end(
        string kind, bool executes = false, int status = 500, bool stored = true, string? code = null)
    {
        var cases = new List<(Step Step, Seller Seller, string Invoice)>();
        foreach (var step in Steps)
        {
            var seller = await Seller.Open(app);
            cases.Add((step, seller, await seller.Charge(seller.Approved(Plans.Of(basePrice: 2500, setupFee: 1000)))));
        }

        foreach (var (step, seller, _) in cases.Where(c => c.Step.Kind != VoidStripeInvoice.JobKind))
        {
            await Break(step, seller);
        }

        await Drain(cases);
        foreach (var (step, seller, invoice) in cases.Where(c => c.Step.Kind == VoidStripeInvoice.JobKind))
        {
            await Break(step, seller);
            await seller.Owner.Post($"/v1/invoices/{invoice}/void").Expect(HttpStatusCode.Accepted);
        }

        await Drain(cases);
        Assert.Empty((await app.Stripe.Faults()).Select(fault => fault.GetRawText()));
        Assert.Equal(cases.Select(c => Expected(c.Step)), await Task.WhenAll(cases.Select(c => Found(c.Step, c.Seller, c.Invoice))));

        async Task Break(Step step, Seller seller)
        {
            if (step.LostBefore is { } path)
            {
                await app.Stripe.Fail(new { account = seller.Account, method = "POST", path, kind = "lost" });
            }

            await app.Stripe.Fail(new { account = seller.Account, method = step.Method, path = step.Path, kind, status, executes, stored, code, seconds = 60 });
        }
    }

    private static string Expected(Step step) =>
        $"{step}: 1 customers; 1 invoices with our id, {(step.Kind == VoidStripeInvoice.JobKind ? "void void" : "open open")} over 3500 in 2 lines; 0 jobs";

    private async Task<string> Found(Step step, Seller seller, string invoice)
    {
        var client = app.Stripe.Client(seller.Account);
        var customers = (await client.V1.Customers.ListAsync()).Data.Count;
        var invoices = (await client.V1.Invoices.ListAsync(new InvoiceListOptions { Limit = 100 })).Data;
        var ours = invoices.FirstOrDefault(i => i.Metadata.GetValueOrDefault("marketplace_id") == invoice);
        var status = (await seller.Invoice(invoice)).GetProperty("status").GetString();
        return $"{step}: {customers} customers; {invoices.Count} invoices with our id, {ours?.Status} {status} over {ours?.Total} in {ours?.Lines.Data.Count} lines; {(await seller.Jobs()).Count} jobs";
    }

    // Retries come after 10, 50 and 240 seconds by the test's clock.
    private async Task Drain(List<(Step Step, Seller Seller, string Invoice)> cases)
    {
        for (var times = 0; times < 6; times++)
        {
            await app.Services.GetRequiredService<JobDispatcher>().Run(default);
            if (await app.Database.Scalar<long>("select count(*) from stripe_jobs") == 0)
            {
                return;
            }

            await app.Advance(TimeSpan.FromMinutes(5));
        }

        Assert.Fail(string.Join('\n', await app.Database.Column<string>("select kind || ' ' || status || ' ' || coalesce(error_code, '') || ' ' || coalesce(error, '') from stripe_jobs")));
    }

    private sealed record Step(string Kind, string Method, string Path, string? LostBefore = null)
    {
        public override string ToString() => $"{Kind} at {Method} {Path}";
    }
}

/// <summary>Invoicing without timers that waits two seconds for an answer, so that many may never come.</summary>
public sealed class HastyInvoicingApp : InvoicingApp
{
    protected override bool TimersRun => false;

    protected override IEnumerable<KeyValuePair<string, string>> Settings => [.. base.Settings, new("Stripe:CallSeconds", "2")];
}
