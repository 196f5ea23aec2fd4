using Marketplace.Storage;

namespace Marketplace.WebhookIngest.Retention;

/// <summary>Deletes handled and ignored events after <c>Inbox:RetentionDays</c>. What is parked or waits for an answer stays until somebody ends that.</summary>
public static class ForgetEvents
{
    // Stripe lists and resends events for 30 days; a copy of a forgotten event would be a new one.
    private const int Least = 35;
    private const int BatchSize = 500;

    /// <summary>Deletes a batch; how many.</summary>
    public static Task<int> Run(IServiceProvider services, DateTimeOffset now, CancellationToken cancellation) => services.GetRequiredService<Database>().Execute(
        """
        delete from webhook_events where id in (
            select id from webhook_events where state in ('handled', 'ignored') and received_at < @before order by received_at limit @BatchSize for update skip locked)
        """, new { before = now - Retention(services.GetRequiredService<IConfiguration>()), BatchSize }, cancellation);

    /// <summary>How long they stay.</summary>
    public static TimeSpan Retention(IConfiguration configuration) => configuration.GetValue("Inbox:RetentionDays", 90) is var days and >= Least
        ? TimeSpan.FromDays(days)
        : throw new InvalidOperationException($"Inbox__RetentionDays must be {Least} or more: Stripe may deliver an event again for 30 days.");
}
