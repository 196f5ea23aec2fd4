using System.Globalization;

namespace Marketplace.Benchmarks;

/// <summary>What processes have cost so far.</summary>
public static class ProcessorTime
{
    /// <summary>User and system time of a process and all it started, the ended ones included.</summary>
    public static TimeSpan Of(int main)
    {
        var all = Directory.GetDirectories("/proc").Select(Stat).OfType<long[]>().ToList();
        var own = all.Where(stat => stat[0] == main).ToList();
        for (var added = own; added.Count > 0; own.AddRange(added))
        {
            var parents = added.ConvertAll(stat => stat[0]);
            added = all.FindAll(stat => parents.Contains(stat[1]));
        }

        return TimeSpan.FromMilliseconds(own.Sum(stat => stat[2] + stat[3]) * 10);
    }

    // Process, parent, its own ticks, those of its ended children.
    private static long[]? Stat(string folder)
    {
        try
        {
            if (!long.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id))
            {
                return null;
            }

            var fields = File.ReadAllText(Path.Combine(folder, "stat")).Split(") ")[^1].Split(' ');
            return [id, long.Parse(fields[1], CultureInfo.InvariantCulture), Number(11) + Number(12), Number(13) + Number(14)];

            long Number(int at) => long.Parse(fields[at], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
