using Marketplace.ServiceDefaults;
using Marketplace.WebhookIngest.Announce;
using Marketplace.WebhookIngest.Inbox;
using Marketplace.WebhookIngest.Retention;

namespace Marketplace.WebhookIngest;

/// <summary>Every timer of WebhookIngest.</summary>
public static class WebhookSchedule
{
    /// <summary>Registers the timers.</summary>
    public static void AddWebhookSchedule(this IServiceCollection services, IConfiguration configuration)
    {
        ForgetEvents.Retention(configuration);
        services.AddScheduled(new Scheduled("announce-again", TimeSpan.FromSeconds(15), AnnounceAgain.Run, AnnounceAgain.NextDue));
        services.AddScheduled(new Scheduled("forget-events", TimeSpan.FromHours(1), ForgetEvents.Run));
        services.AddScheduled(new Scheduled("count-waiting-events", TimeSpan.FromSeconds(15), SummarizeEvents.Measure));
    }
}
