using Marketplace.ServiceDefaults;
using Marketplace.WebhookIngest.Announce;

namespace Marketplace.WebhookIngest;

/// <summary>Every timer of WebhookIngest.</summary>
public static class WebhookSchedule
{
    /// <summary>Registers the timers.</summary>
    public static void AddWebhookSchedule(this IServiceCollection services) =>
        services.AddScheduled(new Scheduled("announce-again", TimeSpan.FromSeconds(15), AnnounceAgain.Run, AnnounceAgain.NextDue));
}
