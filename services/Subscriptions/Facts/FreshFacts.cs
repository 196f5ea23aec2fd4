using System.Diagnostics;

namespace Marketplace.Subscriptions;

/// <summary>Another service may have announced a moment ago what a request names: the hearer waits for it before it refuses.</summary>
internal static class FreshFacts
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    /// <summary>Looks until the fact is there and <paramref name="fits"/>, for two seconds; what was seen last.</summary>
    public static async Task<T?> Await<T>(Func<Task<T?>> look, Func<T, bool> fits, CancellationToken cancellation)
        where T : class
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            var seen = await look();
            if ((seen is not null && fits(seen)) || watch.Elapsed > Patience)
            {
                return seen;
            }

            await Task.Delay(Interval, TimeProvider.System, cancellation);
        }
    }
}
