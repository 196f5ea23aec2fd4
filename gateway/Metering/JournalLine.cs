using System.Globalization;

namespace Marketplace.Gateway.Metering;

/// <summary>The journal's two kinds of lines. A call: <c>c ⇥ ticks ⇥ subscription ⇥ api ⇥ application|-</c>. A cut, which makes everything since the cut
/// before it one report: <c>r ⇥ sequence ⇥ settled-through ticks</c>. A line without its newline was never acknowledged.</summary>
internal static class JournalLine
{
    public static string Of(MeteredCall call) =>
        string.Create(CultureInfo.InvariantCulture, $"c\t{call.StartedAt.UtcTicks}\t{call.SubscriptionId}\t{call.ApiId}\t{call.ApplicationId ?? "-"}\n");

    public static string Of(long sequence, DateTimeOffset settledThrough) =>
        string.Create(CultureInfo.InvariantCulture, $"r\t{sequence}\t{settledThrough.UtcTicks}\n");

    public static void Read(string line, Action<MeteredCall> call, Action<long, DateTimeOffset> cut)
    {
        switch (line.Split('\t'))
        {
            case ["c", var ticks, var subscription, var api, var application]:
                call(new(subscription, api, application == "-" ? null : application, At(ticks)));
                break;
            case ["r", var sequence, var settled]:
                cut(long.Parse(sequence, CultureInfo.InvariantCulture), At(settled));
                break;
            default:
                throw new InvalidDataException($"The journal has a line that this build cannot read: '{line}'. Move the file aside and keep it: it holds calls that were not billed.");
        }
    }

    private static DateTimeOffset At(string ticks) => new(long.Parse(ticks, CultureInfo.InvariantCulture), TimeSpan.Zero);
}
