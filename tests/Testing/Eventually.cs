using System.Diagnostics;
using Xunit.Sdk;

namespace Marketplace.Testing;

/// <summary>Waits for what another process or thread will do. Looks every 20 ms until a deadline, and tells what was seen last.</summary>
public static class Eventually
{
    /// <summary>Long enough for a busy machine; a passing test never waits for it.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    /// <summary>Waits until the condition holds.</summary>
    public static Task Until(Func<Task<bool>> condition, string what, TimeSpan? timeout = null) =>
        Until(condition, held => held, what, timeout);

    /// <summary>Waits until the condition holds.</summary>
    public static Task Until(Func<bool> condition, string what, TimeSpan? timeout = null) =>
        Until(() => Task.FromResult(condition()), what, timeout);

    /// <summary>Looks until what is seen satisfies <paramref name="done"/>, and returns it.</summary>
    public static async Task<T> Until<T>(Func<Task<T>> look, Func<T, bool> done, string what, TimeSpan? timeout = null)
    {
        var patience = timeout ?? Patience;
        var watch = Stopwatch.StartNew();
        while (true)
        {
            var seen = await look();
            if (done(seen))
            {
                return seen;
            }

            if (watch.Elapsed > patience)
            {
                throw new XunitException($"Not within {patience.TotalSeconds:0.#} s: {what}. Last seen: {seen}");
            }

            await Task.Delay(Interval);
        }
    }

    /// <summary>Looks until the check throws no assertion failure; the last failure is the message.</summary>
    public static async Task Passes(Func<Task> check, TimeSpan? timeout = null)
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                await check();
                return;
            }
            catch (XunitException) when (watch.Elapsed < (timeout ?? Patience))
            {
                await Task.Delay(Interval);
            }
        }
    }

    /// <summary>Checks that nothing changes for a while: for what must not happen. Keep the while short.</summary>
    public static async Task Never(Func<Task<bool>> condition, string what, TimeSpan? during = null)
    {
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed < (during ?? TimeSpan.FromMilliseconds(500)))
        {
            if (await condition())
            {
                throw new XunitException($"After {watch.ElapsedMilliseconds} ms happened what must not: {what}.");
            }

            await Task.Delay(Interval);
        }
    }
}
