namespace Marketplace.WebhookIngest.Ingest;

/// <summary>A verified delivery, judged and ready to be stored.</summary>
/// <param name="Id">Our id, should it be the event's first (<c>whe_…</c>).</param>
/// <param name="EndpointVersion">The version of the integration's facts that it was verified by.</param>
/// <param name="Headers">The headers that matter, as a JSON object.</param>
/// <param name="Body">As it was signed.</param>
/// <param name="State">What becomes of its event.</param>
/// <param name="Reason">Why it is ignored or parked.</param>
/// <param name="Trace">The trace that it belongs to.</param>
public sealed record WebhookDelivery(
    string Id, Endpoint Endpoint, long EndpointVersion, EventFacts Facts, string Headers, byte[] Body, DateTimeOffset ReceivedAt, string State, string? Reason, string? Trace)
{
    /// <summary>Judges a delivery whose signature fits.</summary>
    public static WebhookDelivery Of(string id, KnownEndpoint known, byte[] body, string headers, DateTimeOffset receivedAt, string? trace)
    {
        var facts = EventForm.Read(body);
        var (state, reason) = WebhookEvent.Judge(facts, known.Endpoint);
        return new(id, known.Endpoint, known.Version, facts, headers, body, receivedAt, state, reason, trace);
    }
}

/// <summary>What storing a delivery came to.</summary>
public enum Storing
{
    /// <summary>Its event is new.</summary>
    Stored,

    /// <summary>Its event is here already and was counted.</summary>
    Copy,

    /// <summary>Nothing: the integration changed since the signature was checked.</summary>
    EndpointChanged,
}
