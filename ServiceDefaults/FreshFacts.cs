using System.Diagnostics;

namespace Marketplace.ServiceDefaults;

/// <summary>Another service may have announced a moment ago what a request names: the hearer waits for it before it refuses.</summary>
public static class FreshFacts
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    /// <summary>Looks until what is seen is <paramref name="enough"/>, for two seconds of real time; what was seen last.</summary>
    public static async Task<T> Await<T>(Func<Task<T>> look, Func<T, bool> enough, CancellationToken cancellation)
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            var seen = await look();
            if (enough(seen) || watch.Elapsed > Patience)
            {
                return seen;
            }

            await Task.Delay(Interval, TimeProvider.System, cancellation);
        }
    }
}
