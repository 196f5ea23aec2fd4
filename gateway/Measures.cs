using System.Diagnostics.Metrics;

namespace Marketplace.Gateway;

/// <summary>What operators see of the runtime path: calls by outcome, and how the journal keeps up.</summary>
public static class Measures
{
    private static readonly Meter Meter = new("Marketplace.Gateway");

    /// <summary>Calls on the runtime path by <c>outcome</c>: <c>counted</c>, <c>not_counted</c> (the provider answered 400 or above), or the refusal's code.</summary>
    public static readonly Counter<long> Calls = Meter.CreateCounter<long>("marketplace.gateway.calls", "{call}");

    /// <summary>Answers whose <c>Marketplace-Usage</c> could not be read: their calls count as transactions and nothing else.</summary>
    public static readonly Counter<long> MalformedUsage = Meter.CreateCounter<long>("marketplace.gateway.usage.malformed", "{answer}");

    /// <summary>How long a flush of the journal to the disk took.</summary>
    public static readonly Histogram<double> Flush = Meter.CreateHistogram<double>("marketplace.gateway.journal.flush", "s");

    /// <summary>How many calls shared a flush.</summary>
    public static readonly Histogram<int> Group = Meter.CreateHistogram<int>("marketplace.gateway.journal.group", "{call}");

    /// <summary>Usage reports in the journal that are not known to be applied.</summary>
    public static readonly Gauge<int> Waiting = Meter.CreateGauge<int>("marketplace.gateway.reports.waiting", "{report}");

    /// <summary>One call and what became of it.</summary>
    public static void Count(string outcome) => Calls.Add(1, new KeyValuePair<string, object?>("outcome", outcome));
}
