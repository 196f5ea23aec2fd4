using System.Globalization;
using System.Text.RegularExpressions;

namespace Marketplace.Gateway.Dev;

/// <summary>An ISO 8601 duration added to an instant by the calendar: <c>P1M</c> from 31 January ends on the last day of February.</summary>
public static partial class IsoDuration
{
    /// <summary>The instant after the duration, or null when the text is no duration such as <c>P1M</c>, <c>P3DT2H</c>, <c>PT90S</c>.</summary>
    public static DateTimeOffset? After(DateTimeOffset start, string text)
    {
        var match = Pattern().Match(text);
        if (!match.Success || text.Length < 3 || text.EndsWith('T'))
        {
            return null;
        }

        int Part(string name) => match.Groups[name].Success ? int.Parse(match.Groups[name].Value, CultureInfo.InvariantCulture) : 0;
        return start.AddYears(Part("y")).AddMonths(Part("mo")).AddDays((7 * Part("w")) + Part("d"))
            .AddHours(Part("h")).AddMinutes(Part("mi")).AddSeconds(Part("s"));
    }

    [GeneratedRegex(@"^P(?:(?<y>\d{1,3})Y)?(?:(?<mo>\d{1,4})M)?(?:(?<w>\d{1,4})W)?(?:(?<d>\d{1,5})D)?(?:T(?:(?<h>\d{1,6})H)?(?:(?<mi>\d{1,6})M)?(?:(?<s>\d{1,8})S)?)?$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 100)]
    private static partial Regex Pattern();
}
