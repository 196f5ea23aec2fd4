using System.Diagnostics;
using Marketplace.Contracts.Invoicing;
using Marketplace.Contracts.WebhookIngest;
using Marketplace.Testing;
using Microsoft.Extensions.DependencyInjection;
using Stripe;

namespace Marketplace.Invoicing.Tests;

/// <summary>Events that WebhookIngest stored together are told together and handled each by itself.</summary>
public sealed class EventGroupTests(InvoicingApp app) : IClassFixture<InvoicingApp>
{
    [Fact]
    public async Task Each_of_a_group_is_handled_and_one_that_fails_is_told_again_alone()
    {
        var seller = await Seller.Open(app);
        var (first, second) = (await Paid(seller), await Paid(seller));
        var broken = Told(seller, await NamesNoneOfOurs(seller));

        await Hear(Told(seller, first.AtStripe), broken, Told(seller, second.AtStripe));

        Assert.Equal("paid", (await seller.Invoice(first.Id)).GetProperty("status").GetString());
        Assert.Equal("paid", (await seller.Invoice(second.Id)).GetProperty("status").GetString());
        Assert.Equal(broken, Assert.Single(await app.Announced<StripeEventReceived>(e => e.BillingIntegrationId == seller.Integration)));
        Assert.Empty(await app.Announced<StripeEventHandled>(answer => answer.EventId == broken.EventId));
    }

    [Fact]
    public async Task One_that_is_told_alone_fails_with_its_message()
    {
        var seller = await Seller.Open(app);

        var failed = await Assert.ThrowsAsync<InvalidOperationException>(async () => await Hear(Told(seller, await NamesNoneOfOurs(seller))));

        Assert.Contains("not in our books", failed.Message, StringComparison.Ordinal);
        Assert.Empty(await app.Announced<StripeEventReceived>(e => e.BillingIntegrationId == seller.Integration));
    }

    [Fact]
    public async Task Each_of_a_group_goes_on_in_the_trace_of_its_own_delivery()
    {
        using var traced = new ActivityListener { ShouldListenTo = source => source.Name == "Marketplace.StripeEvents", Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData };
        ActivitySource.AddActivityListener(traced);
        var seller = await Seller.Open(app);
        var events = new[] { Told(seller, "in_none"), Told(seller, "in_nothing") }
            .Select(told => told with { TraceParent = $"00-{ActivityTraceId.CreateRandom()}-{ActivitySpanId.CreateRandom()}-01" }).ToArray();

        await Hear(events);

        foreach (var told in events)
        {
            Assert.Equal(told.TraceParent![..35], (await app.Database.Scalar<string>("select trace_parent from outbox where body->>'eventId' = $1", told.EventId))![..35]);
        }
    }

    [Fact]
    public async Task An_account_that_does_not_answer_holds_up_no_other_s_events_and_loses_none_of_its_own()
    {
        var (slow, other) = (await Seller.Open(app), await Seller.Open(app));
        var paid = new[] { await Paid(other), await Paid(other) };
        await app.Stripe.Fail(new { account = slow.Account, method = "GET", path = "/v1/invoices/*", kind = "timeout", seconds = 30, times = 1000 });
        var events = Enumerable.Range(0, 128).Select(n => Told(slow, $"in_none{n}")).ToArray();
        // In two groups, and one that came alone.
        var hanging = Task.WhenAll(Hear(events[..64]), Hear(events[64..^1]), Hear(events[^1]));
        await Eventually.Until(app.Stripe.Faults, faults => faults.Exists(fault => fault.GetProperty("times").GetInt32() <= 1000 - EventPlaces.OfOne), "they hang");

        await Hear([.. paid.Select(invoice => Told(other, invoice.AtStripe))]);

        Assert.Empty(await app.Announced<StripeEventHandled>(e => e.BillingIntegrationId == slow.Integration));
        Assert.Equal("paid", (await other.Invoice(paid[1].Id)).GetProperty("status").GetString());
        await hanging;
        var again = (await app.Announced<StripeEventReceived>(e => e.BillingIntegrationId == slow.Integration)).Select(e => e.EventId).ToList();
        var failed = (await app.Announced<StripeEventHandled>(e => e.BillingIntegrationId == slow.Integration && e.Outcome == "failed")).Select(e => e.EventId).ToList();
        Assert.Equal(EventPlaces.OfOne, failed.Count);
        Assert.Equal(events.Select(e => e.EventId).Order(), again.Concat(failed).Order());
        // Not at once, over and over.
        Assert.False(await app.Database.Scalar<bool>("select exists (select from outbox where body->>'billingIntegrationId' = $1 and body->>'objectId' like 'in_none%' and next_attempt_at < created_at + interval '1 second')", slow.Integration));
    }

    private Task Hear(params StripeEventReceived[] events) =>
        ActivatorUtilities.CreateInstance<RefetchEventGroup>(app.Services, app.Make<RefetchOnStripeEvent>()).Handle(new(events), default);

    private StripeEventReceived Told(Seller seller, string invoiceAtStripe) =>
        new(seller.Integration, TestCaller.NewId("evt"), "invoice.paid", "invoice", invoiceAtStripe, false, app.Clock.GetUtcNow());

    private async Task<(string Id, string AtStripe)> Paid(Seller seller)
    {
        var id = await seller.Charge(seller.Approved(Plans.Of(basePrice: 2500)));
        await app.Stripe.Pay((await seller.Until(id, "open")).GetProperty("hostedInvoiceUrl").GetString()!);
        return (id, await seller.StripeId(id));
    }

    private async Task<string> NamesNoneOfOurs(Seller seller)
    {
        var client = app.Stripe.Client(seller.Account);
        var customer = await client.V1.Customers.CreateAsync(new CustomerCreateOptions { Email = "someone@example.com" });
        return (await client.V1.Invoices.CreateAsync(new InvoiceCreateOptions { Customer = customer.Id, Metadata = StripeMetadata.Of(seller.Integration, seller.Organization, "inv_lost") })).Id;
    }
}
