using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net;
using Marketplace.Contracts.Invoicing;
using Marketplace.Contracts.WebhookIngest;
using Marketplace.ServiceDefaults;
using Marketplace.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Marketplace.WebhookIngest.Tests;

public sealed class IngestOnBroker : IngestApp
{
    protected override bool OnBroker => true;
}

public sealed class WiringTests(IngestOnBroker app) : IClassFixture<IngestOnBroker>
{
    [Fact]
    public async Task Integrations_and_answers_are_heard_and_events_told_over_the_broker()
    {
        await using var told = await PublishedMessages.Listen(app.VirtualHost, typeof(StripeEventsReceived));
        var integration = new Integration(TestCaller.NewId("bil"), TestCaller.NewId("org"), "acct_ours", false, ["whsec_wired"]);
        var secret = app.Services.GetRequiredService<FieldCipher>().Encrypt("whsec_wired", integration.Organization, integration.Id, "webhook-secret");

        await app.Publish(new BillingIntegrationChanged(integration.Id, integration.Organization, "Stripe", "acct_ours", false, "invoices", [secret], true, false, 1));
        var id = IngestApp.NewEventId();
        await Eventually.Passes(async () => await app.Deliver(integration, IngestApp.Event(id)).Expect());
        await told.Next<StripeEventsReceived>(e => e.Events.Any(one => one.EventId == id));

        await app.Publish(new StripeEventHandled(integration.Id, id, "handled", null));
        await Eventually.Until(() => app.StateOf(id), s => s.State == "handled", "the event is closed");
    }

    [Fact]
    public async Task Refusals_are_counted_by_reason()
    {
        // Other classes' hosts of this process are counted too, meanwhile.
        var reasons = new ConcurrentQueue<object?>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, own) =>
            {
                if (instrument.Meter.Name == Measures.MeterName && instrument.Name == "marketplace.webhooks.refused")
                {
                    own.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((_, _, tags, _) => reasons.Enqueue(tags[0].Value));
        listener.Start();

        var integration = await app.Integration();
        await app.Deliver(integration, "{}", "t=1,v1=x").ExpectProblem(HttpStatusCode.BadRequest, "signature_invalid");
        await app.Deliver(integration with { Id = "bil_gone" }, "{}").ExpectProblem(HttpStatusCode.NotFound, "not_found");

        Assert.Contains("signature_invalid", reasons);
        Assert.Contains("not_found", reasons);
    }
}
