using MassTransit;
using Marketplace.Contracts.Catalog;
using Marketplace.Contracts.Subscriptions;
using Marketplace.Gateway.Metering;
using Marketplace.Gateway.Runtime;

namespace Marketplace.Gateway;

/// <summary>Every message the gateway hears: hints to read its feeds now instead of at the next poll.</summary>
public static class GatewayConsumers
{
    /// <summary>Each gateway hears everything, in queues of its own that vanish an hour after it has gone for good.</summary>
    public static void AddGatewayConsumers(this IBusRegistrationConfigurator bus)
    {
        bus.AddConsumer<ReadEntitlements>();
        bus.AddConsumer<ReadRoutes>();
        bus.AddConfigureEndpointsCallback((_, _, endpoint) =>
        {
            if (endpoint is IRabbitMqReceiveEndpointConfigurator rabbit)
            {
                rabbit.QueueExpiration = TimeSpan.FromHours(1);
            }
        });
    }
}

/// <summary>Access changed somewhere: read what, and tell the watermark where somebody waits for the last calls.</summary>
public sealed class ReadEntitlements(FeedReader feeds, UsageReporter usage) : IConsumer<AccessChanged>
{
    /// <summary>Wakes who reads, and who reports.</summary>
    public Task Consume(ConsumeContext<AccessChanged> context)
    {
        feeds.WakeEntitlements();
        if (context.Message.CallsAwaited)
        {
            usage.Flush();
        }

        return Task.CompletedTask;
    }
}

/// <summary>A product was published: read its routes.</summary>
public sealed class ReadRoutes(FeedReader feeds) : IConsumer<ProductPublished>
{
    /// <summary>Wakes the reader.</summary>
    public Task Consume(ConsumeContext<ProductPublished> context)
    {
        feeds.WakeRoutes();
        return Task.CompletedTask;
    }
}
