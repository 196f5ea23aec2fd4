using System.Diagnostics.CodeAnalysis;

namespace Marketplace.Story;

/// <summary>What must hold, and what must come to hold soon.</summary>
public static class Check
{
    /// <summary>Fails the story unless the condition holds.</summary>
    public static void That([DoesNotReturnIf(false)] bool condition, string otherwise)
    {
        if (!condition)
        {
            throw new StoryException(otherwise);
        }
    }

    /// <summary>Fails the story unless both are equal.</summary>
    public static void Equal<T>(T expected, T actual, string what) =>
        That(EqualityComparer<T>.Default.Equals(expected, actual), $"{what} must be {expected}, but is {actual}.");

    /// <summary>Looks until the state is reached; how long it took. Fails with what was seen last.</summary>
    public static async Task<(T Value, TimeSpan Took)> Until<T>(Func<Task<T>> look, Func<T, bool> reached, string what, int seconds = 60)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var seen = await look();
            if (reached(seen))
            {
                return (seen, TimeProvider.System.GetElapsedTime(began));
            }

            That(TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromSeconds(seconds), $"{what} did not come within {seconds} s; last seen: {seen}");
            await Task.Delay(25);
        }
    }
}
