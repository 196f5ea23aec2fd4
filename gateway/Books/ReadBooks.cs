using System.ComponentModel.DataAnnotations;
using Marketplace.Gateway.Metering;
using Marketplace.Gateway.Runtime;
using Microsoft.AspNetCore.Mvc;

namespace Marketplace.Gateway.Books;

/// <summary>What this gateway enforces for a subscription.</summary>
/// <param name="Refusal">What a call is refused with at this moment; null while access exists.</param>
public sealed record EnforcedSubscription(string SubscriptionId, string? Refusal);

/// <summary>A page of what this gateway enforces, and what its journal holds.</summary>
/// <param name="FreshAt">When the entitlement feed was last read to its end (UTC).</param>
/// <param name="OldestReport">The oldest report that Subscriptions has not applied; null without any.</param>
/// <param name="UnreportedCalls">Calls that are in no report yet.</param>
/// <param name="Next">Ask for what comes after this id; null at the end.</param>
public sealed record GatewayBooks(
    string GatewayId, DateTimeOffset? FreshAt, long? OldestReport, long UnreportedCalls, IReadOnlyList<EnforcedSubscription> Data, string? Next);

/// <summary><c>GET /v1/operations/gateway/books</c>: facts for the operator's comparison of all services' books. Each gateway answers for itself.</summary>
public static class ReadBooks
{
    /// <summary>Where the gateway itself answers operators.</summary>
    public const string Area = "/v1/operations/gateway";

    /// <summary>Oldest subscription first.</summary>
    public static GatewayBooks Handle(
        Entitlements entitlements, Journal journal, TimeProvider clock, [FromQuery] string after = "", [FromQuery, Range(1, 5000)] int limit = 1000)
    {
        var now = clock.GetUtcNow();
        var shown = entitlements.After(after, limit);
        var reports = journal.Unapplied;
        return new(
            journal.GatewayId, entitlements.FreshAt, reports.Count == 0 ? null : reports[0].Sequence, journal.Uncut,
            [.. shown.Select(s => new EnforcedSubscription(s.Facts.SubscriptionId, s.RefusalAt(now)))], shown.Count < limit ? null : shown[^1].Facts.SubscriptionId);
    }
}
