using System.Net;
using Marketplace.Contracts.Invoicing;
using Marketplace.ServiceDefaults;
using Marketplace.Testing;
using Marketplace.WebhookIngest.Integrations;
using Microsoft.Extensions.DependencyInjection;

namespace Marketplace.WebhookIngest.Tests;

/// <summary>While a signing secret is rotated both are accepted, and the old one ends when it was said to.</summary>
public sealed class OldSecretTests(IngestApp app) : IClassFixture<IngestApp>
{
    [Fact]
    public async Task An_old_secret_is_accepted_until_its_end_and_no_second_longer_whatever_else_is_late()
    {
        var integration = new Integration(TestCaller.NewId("bil"), TestCaller.NewId("org"), "acct_ours", false, ["whsec_new", "whsec_old"]);
        var cipher = app.Services.GetRequiredService<FieldCipher>();
        await app.Make<KeepIntegration>().Handle(
            new BillingIntegrationChanged(
                integration.Id, integration.Organization, "Stripe", integration.Account, false, "invoices",
                [.. integration.Secrets.Select(s => cipher.Encrypt(s, integration.Organization, integration.Id, "webhook-secret"))], true, false, 1, app.Clock.GetUtcNow().AddHours(24)),
            default);

        await Delivered("whsec_new", HttpStatusCode.OK);
        await Delivered("whsec_old", HttpStatusCode.OK);
        app.Clock.Advance(TimeSpan.FromHours(24) - TimeSpan.FromSeconds(1));
        await Delivered("whsec_old", HttpStatusCode.OK);
        app.Clock.Advance(TimeSpan.FromSeconds(1));
        await Delivered("whsec_old", HttpStatusCode.BadRequest);
        await Delivered("whsec_new", HttpStatusCode.OK);

        Assert.Equal(4, await app.Stored(integration));

        async Task Delivered(string secret, HttpStatusCode expected)
        {
            var body = IngestApp.Event(IngestApp.NewEventId());
            using var answer = await app.Deliver(integration, body, app.Sign(body, secret));
            Assert.Equal(expected, answer.StatusCode);
        }
    }
}
