using Marketplace.WebhookIngest.Announce;
using Marketplace.WebhookIngest.Integrations;
using Marketplace.WebhookIngest.Reconcile;
using MassTransit;

namespace Marketplace.WebhookIngest;

/// <summary>Every message that WebhookIngest hears.</summary>
public static class WebhookConsumers
{
    /// <summary>Registers the consumers.</summary>
    public static void AddWebhookConsumers(this IBusRegistrationConfigurator bus)
    {
        bus.AddConsumer<KeepIntegration>();
        bus.AddConsumer<CloseEvent>();
        bus.AddConsumer<TakeFoundEvents>();
    }
}
