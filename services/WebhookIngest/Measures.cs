using System.Diagnostics.Metrics;
using Marketplace.WebhookIngest.Inbox;

namespace Marketplace.WebhookIngest;

/// <summary>What this service counts.</summary>
public static class Measures
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "Marketplace.WebhookIngest";

    private static readonly Meter Meter = new(MeterName);
    private static readonly Counter<long> ReceivedEvents = Meter.CreateCounter<long>("marketplace.webhooks.received", "{event}", "Events stored for the first time");
    private static readonly Counter<long> DuplicateDeliveries = Meter.CreateCounter<long>("marketplace.webhooks.duplicates", "{delivery}", "Deliveries of events that were stored before");
    private static readonly Counter<long> UncountedCopies = Meter.CreateCounter<long>("marketplace.webhooks.uncounted", "{delivery}", "Copies missing from their event's number of deliveries");
    private static readonly Counter<long> RefusedDeliveries = Meter.CreateCounter<long>("marketplace.webhooks.refused", "{delivery}", "Deliveries refused, by reason");
    private static readonly Counter<long> ParkedEvents = Meter.CreateCounter<long>("marketplace.webhooks.parked", "{event}", "Events that wait for a person, by reason");
    private static readonly Counter<long> Reannouncements = Meter.CreateCounter<long>("marketplace.webhooks.announced_again", "{event}", "Announcements repeated for want of an answer");

    private static readonly Histogram<int> Groups = Meter.CreateHistogram<int>("marketplace.webhooks.group", "{delivery}", "Deliveries of one commit");

    private static readonly Counter<long> ReplayedEvents = Meter.CreateCounter<long>("marketplace.webhooks.replayed", "{event}", "Events queued again by a person");
    private static readonly Counter<long> MissedEvents = Meter.CreateCounter<long>("marketplace.webhooks.missed", "{event}", "Events that were never delivered and that a comparison with Stripe found");
    private static IReadOnlyList<WaitingEvents> waiting = [];

    static Measures() => Meter.CreateObservableGauge(
        "marketplace.webhooks.waiting",
        () => waiting.Select(w => new Measurement<long>(w.Count, new KeyValuePair<string, object?>("state", w.State), new KeyValuePair<string, object?>("reason", w.Reason))),
        "{event}", "Events that wait for the broker, for an answer, or for a person");

    /// <summary>What waits, as it was last counted.</summary>
    public static IReadOnlyList<WaitingEvents> Waiting
    {
        set => waiting = value;
    }

    /// <summary>Events were queued again.</summary>
    public static void Replayed(int events) => ReplayedEvents.Add(events);

    /// <summary>An event was stored.</summary>
    public static void Received(string state, string? reason)
    {
        ReceivedEvents.Add(1, new KeyValuePair<string, object?>("state", state));
        if (state == EventState.Parked)
        {
            Parked(reason!);
        }
    }

    /// <summary>Events were found that were never delivered.</summary>
    public static void Missed(int events) => MissedEvents.Add(events);

    /// <summary>A group of deliveries was committed.</summary>
    public static void Committed(int deliveries) => Groups.Record(deliveries);

    /// <summary>A stored event came again.</summary>
    public static void Duplicate() => DuplicateDeliveries.Add(1);

    /// <summary>Copies were acknowledged whose event somebody held, so that its number of deliveries is too low.</summary>
    public static void Uncounted(int copies) => UncountedCopies.Add(copies);

    /// <summary>A delivery was refused.</summary>
    public static void Refused(string reason) => RefusedDeliveries.Add(1, new KeyValuePair<string, object?>("reason", reason));

    /// <summary>An event was parked.</summary>
    public static void Parked(string reason) => ParkedEvents.Add(1, new KeyValuePair<string, object?>("reason", reason));

    /// <summary>Announcements were repeated.</summary>
    public static void AnnouncedAgain(int events) => Reannouncements.Add(events);
}
