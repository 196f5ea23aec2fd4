using System.Text.RegularExpressions;
using Marketplace.Contracts.WebhookIngest;

namespace Marketplace.WebhookIngest;

/// <summary>Where a stored event stands.</summary>
public static class EventState
{
    /// <summary>Stored, its announcement written in the same commit; the broker has not confirmed it yet. Read off the outbox, never written.</summary>
    public const string Received = "received";

    /// <summary>Told to Invoicing, which has not answered yet; told again until it does.</summary>
    public const string Announced = "announced";

    /// <summary>Invoicing applied the object's present state.</summary>
    public const string Handled = "handled";

    /// <summary>It concerns nothing of ours, or a person closed it when it was parked.</summary>
    public const string Ignored = "ignored";

    /// <summary>It waits for a person, with the reason.</summary>
    public const string Parked = "parked";
}

/// <summary>What a webhook for a billing integration must belong to.</summary>
/// <param name="Account">The Stripe account (<c>acct_…</c>).</param>
public sealed record Endpoint(string Integration, string Organization, string Account, bool Livemode);

/// <summary>What can be told of an event from its body.</summary>
/// <param name="EventId">Stripe's id; for a body that is no event, one made from its hash, so that copies meet.</param>
/// <param name="Readable">False when the body is no Stripe event.</param>
/// <param name="Account">The connected account, on events of Connect only.</param>
public sealed record EventFacts(
    string EventId, bool Readable, string? Type = null, string? ObjectType = null, string? ObjectId = null, string? ApiVersion = null, bool? Livemode = null, string? Account = null);

/// <summary>The only copy of the rules about a verified event.</summary>
public static partial class WebhookEvent
{
    /// <summary>How often an event is announced before it is parked as unanswered.</summary>
    public const int MaxAttempts = 8;

    /// <summary>What stands for the version of an event of API v2, which has none.</summary>
    public const string ThinVersion = "v2";

    // The objects of every version since then are fetched again with our own version, so the sender's does not matter.
    private const string OldestApiVersion = "2022-11-15";
    private static readonly TimeSpan FirstWait = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongestWait = TimeSpan.FromHours(1);

    /// <summary>What becomes of a verified event: announced, ignored, or parked with a reason.</summary>
    /// <param name="byHand">Whether a person says that it is to be announced. An unknown version only keeps it from being announced unasked: what it is about is fetched with our own.</param>
    public static (string State, string? Reason) Judge(EventFacts facts, Endpoint endpoint, bool byHand = false) => facts switch
    {
        { Readable: false } => (EventState.Parked, "unreadable"),
        _ when facts.Livemode != endpoint.Livemode => (EventState.Parked, "livemode_mismatch"),
        { Account: { } account } when account != endpoint.Account => (EventState.Parked, "account_mismatch"),
        { ApiVersion: var version } when !byHand && version is not ThinVersion && (version is null || !Dated().IsMatch(version) || string.CompareOrdinal(version, OldestApiVersion) < 0) =>
            (EventState.Parked, "api_version_unknown"),
        { ObjectId: null } or { ObjectType: null } => (EventState.Ignored, "no_object"),
        _ => (EventState.Announced, null),
    };

    /// <summary>Why an event is parked that was announced as often as may be: its handler failed each time, or never answered.</summary>
    public static string GivenUp(string? lastFailure) => lastFailure is null ? "unanswered" : "handler_failed";

    /// <summary>Where Invoicing's answer takes an event; null where it changes nothing. A late answer closes a parked event too; a failure leaves it to be
    /// announced again.</summary>
    public static string? After(string state, string outcome) => state is EventState.Handled or EventState.Ignored || outcome == "failed" ? null
        : outcome == EventState.Ignored ? EventState.Ignored
        : EventState.Handled;

    /// <summary>How long to wait for an answer after the given number of announcements.</summary>
    public static TimeSpan Wait(int attempts) =>
        TimeSpan.FromTicks(Math.Min(LongestWait.Ticks, FirstWait.Ticks << Math.Min(attempts - 1, 10)));

    /// <summary>The announcement of an event that was judged fit for it.</summary>
    public static StripeEventReceived Announcement(string integration, EventFacts facts, DateTimeOffset receivedAt, int replay = 0) => new(
        integration, facts.EventId, facts.Type!, facts.ObjectType!, facts.ObjectId!, facts.Livemode!.Value, receivedAt, Replay: replay);

    [GeneratedRegex(@"^20\d\d-\d\d-\d\d(\.[a-z_]{1,40})?$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Dated();
}
