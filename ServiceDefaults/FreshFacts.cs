using System.Diagnostics;

namespace Marketplace.ServiceDefaults;

/// <summary>Another service may have announced a moment ago what a request names: the hearer waits for it before it refuses.</summary>
public static class FreshFacts
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(200);

    /// <summary>Looks until what is seen is <paramref name="enough"/>, for two seconds of real time, less and less often; what was seen last.
    /// Whoever looks holds no connection in between, and a name that nobody knows costs a dozen looks.</summary>
    public static async Task<T> Await<T>(Func<Task<T>> look, Func<T, bool> enough, CancellationToken cancellation)
    {
        var watch = Stopwatch.StartNew();
        for (var pause = First; ; pause = pause * 2 < Longest ? pause * 2 : Longest)
        {
            var seen = await look();
            if (enough(seen) || watch.Elapsed > Patience)
            {
                return seen;
            }

            await Task.Delay(pause, TimeProvider.System, cancellation);
        }
    }
}
