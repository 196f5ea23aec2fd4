using Marketplace.Contracts.Invoicing;
using Marketplace.Contracts.Storage;
using Marketplace.Invoicing.Tests;
using Marketplace.Testing;
using Marketplace.WebhookIngest;
using Microsoft.AspNetCore.Hosting;

namespace Marketplace.Reconciliation.Tests;

/// <summary>WebhookIngest on a real port, so that Stripe can deliver to it.</summary>
public sealed class DeliveredInbox : ServiceApp<EventFacts>
{
    public DeliveredInbox() => UseKestrel();

    public Uri Address => ClientOptions.BaseAddress;

    protected override bool OnBroker => true;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        StartServer();
    }

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        base.ConfigureWebHost(builder);
        builder.UseUrls("http://127.0.0.1:0");
    }
}

/// <summary>Invoicing on the inbox's broker, with Stripe delivering to the inbox. Whatever else would hear of invoices is a queue of the test's.</summary>
public sealed class InvoicingBesideInbox : InvoicingApp
{
    public DeliveredInbox Inbox { get; } = new();

    public PublishedMessages Heard { get; private set; } = null!;

    protected override bool OnBroker => true;

    protected override TestVirtualHost? Beside => Inbox.VirtualHost;

    // The sandbox's pace would make the emulator wait, not us.
    protected override IEnumerable<KeyValuePair<string, string>> Settings =>
        [.. base.Settings, new("Marketplace:PublicUrl", Inbox.Address.ToString()), new("Stripe:RequestsPerSecond:Test", "1000"), new("Stripe:RequestsPerSecond:Live", "1000")];

    public override async ValueTask InitializeAsync()
    {
        Inbox.Clock.MoveTo(await Stripe.Now());
        await Inbox.InitializeAsync();
        Heard = await PublishedMessages.Listen(Inbox.VirtualHost, typeof(InvoiceChanged), typeof(PaymentMethodChanged), typeof(StripeSubscriptionChanged), typeof(ChangeRecorded));
        await base.InitializeAsync();
    }

    /// <summary>Stripe's clock, then the services': what is delivered meanwhile leaves a quarter of a second later.</summary>
    public async Task MoveOn(TimeSpan by)
    {
        var to = Clock.GetUtcNow() + by;
        await Stripe.MoveTo(to);
        Inbox.Clock.MoveTo(to);
        Clock.MoveTo(to);
    }

    /// <summary>Waits until nothing is under way: no job, no delivery, no announcement, no event without an answer.</summary>
    public Task UntilQuiet() => Eventually.Until(
        async () => (
            await Stripe.Pending(),
            await Database.Scalar<long>("select (select count(*) from stripe_jobs where status in ('waiting', 'running')) + (select count(*) from outbox)"),
            await Inbox.Database.Scalar<long>("select (select count(*) from webhook_events where state = 'announced') + (select count(*) from outbox)")),
        left => left is (0, 0, 0), "nothing is under way", TimeSpan.FromMinutes(45));

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await Heard.DisposeAsync();
        await Inbox.DisposeAsync();
    }
}
