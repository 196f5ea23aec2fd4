using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace Marketplace.Gateway.Metering;

/// <summary>The journal's two kinds of lines. A call: <c>c ⇥ ticks ⇥ subscription ⇥ api ⇥ application|- ⇥ ticks of its period's start</c>,
/// and with units of the provider's own one field more, <c>x-tokens=250,x-images=1</c>. A cut, which makes
/// everything since the cut before it one report: <c>r ⇥ sequence ⇥ settled-through ticks</c>. A line without its newline was never acknowledged.</summary>
internal static class JournalLine
{
    /// <summary>Long enough for any call's line with ids of the usual form.</summary>
    public const int UsualLength = 512;

    /// <summary>Writes a call's line into the buffer; false when it is too long for it.</summary>
    public static bool TryWrite(Span<byte> line, in MeteredCall call, out int length) => call.Units is null
        ? Utf8.TryWrite(
            line, CultureInfo.InvariantCulture,
            $"c\t{call.StartedAt.UtcTicks}\t{call.SubscriptionId}\t{call.ApiId}\t{call.ApplicationId ?? "-"}\t{call.PeriodStart.UtcTicks}\n", out length)
        : Utf8.TryWrite(
            line, CultureInfo.InvariantCulture,
            $"c\t{call.StartedAt.UtcTicks}\t{call.SubscriptionId}\t{call.ApiId}\t{call.ApplicationId ?? "-"}\t{call.PeriodStart.UtcTicks}\t{Write(call.Units)}\n", out length);

    /// <summary>A cut's line.</summary>
    public static byte[] Of(long sequence, DateTimeOffset settledThrough) =>
        Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"r\t{sequence}\t{settledThrough.UtcTicks}\n"));

    /// <summary>Reads a line back.</summary>
    /// <exception cref="InvalidDataException">It is neither kind.</exception>
    public static void Read(string line, Action<MeteredCall> call, Action<long, DateTimeOffset> cut)
    {
        switch (line.Split('\t'))
        {
            case ["c", var ticks, var subscription, var api, var application, var period]:
                call(new(subscription, api, application == "-" ? null : application, At(ticks), At(period)));
                break;
            case ["c", var ticks, var subscription, var api, var application, var period, var units]:
                call(new(subscription, api, application == "-" ? null : application, At(ticks), At(period), ReadUnits(units)));
                break;
            case ["r", var sequence, var settled]:
                cut(long.Parse(sequence, CultureInfo.InvariantCulture), At(settled));
                break;
            default:
                throw new InvalidDataException($"The journal has a line that this build cannot read: '{line}'. Move the file aside and keep it: it holds calls that were not billed.");
        }
    }

    private static string Write(UnitCount[] units) => string.Join(',', units.Select(u => string.Create(CultureInfo.InvariantCulture, $"{u.Unit}={u.Quantity}")));

    private static UnitCount[] ReadUnits(string text) =>
        [.. text.Split(',').Select(entry => entry.Split('=')).Select(entry => new UnitCount(entry[0], long.Parse(entry[1], CultureInfo.InvariantCulture)))];

    private static DateTimeOffset At(string ticks) => new(long.Parse(ticks, CultureInfo.InvariantCulture), TimeSpan.Zero);
}
