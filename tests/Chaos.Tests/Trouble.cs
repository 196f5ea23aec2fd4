using Marketplace.Testing;

namespace Marketplace.Chaos.Tests;

/// <summary>What goes wrong, by a seed: the same seed gives the same order of kills and faults. What they meet is up to the machine.</summary>
public sealed class Trouble(RunningSystem system, Emulator stripe, Random random, Action<string> tell)
{
    private static readonly string[] Processes = ["accounts", "catalog", "subscriptions", "invoicing", "webhooks", "gateway", "stripe", "messaging", "postgres"];

    private static readonly object[] Faults =
    [
        new { path = "/v1/*", kind = "status", status = 429, times = 3 },
        new { method = "POST", path = "/v1/*", kind = "status", status = 500, times = 2, stored = true },
        new { method = "POST", path = "/v1/*", kind = "status", status = 500, times = 2, stored = true, executes = true },
        new { path = "/v1/*", kind = "status", status = 503, times = 2, stored = false },
        new { method = "POST", path = "/v1/invoices*", kind = "lost", times = 2 },
        new { method = "POST", path = "/v1/customers", kind = "lost", times = 1 },
        new { method = "POST", path = "/v1/*", kind = "reset", times = 2 },
        new { method = "POST", path = "/v1/invoiceitems", kind = "timeout", seconds = 12, times = 1 },
        new { method = "GET", path = "/v1/invoices*", kind = "status", status = 500, times = 3, stored = false },
    ];

    private readonly Queue<string> next = new();

    /// <summary>How often each process was killed.</summary>
    public Dictionary<string, int> Killed { get; } = new(StringComparer.Ordinal);

    /// <summary>How many faults Stripe was given.</summary>
    public int FaultsMade { get; private set; }

    /// <summary>One round: faults at Stripe, webhooks doubled, shuffled, late, and lost for ever, then one or two processes killed, all back before it ends.</summary>
    public async Task Round(int number)
    {
        foreach (var fault in random.GetItems(Faults, 2))
        {
            tell($"round {number}: Stripe {fault}");
            await stripe.Fail(fault);
            FaultsMade++;
        }

        await stripe.Webhooks(random.Next(1, 4), random.Next(2) == 0, random.Next(3) * 300, random.Next(3) * 0.2);
        var victims = Victims().Take(random.Next(1, 3)).ToList();
        foreach (var victim in victims)
        {
            tell($"round {number}: kill -9 {victim}");
            await system.KillNow(victim);
            Killed[victim] = Killed.GetValueOrDefault(victim) + 1;
            await Task.Delay(random.Next(50, 1500));
        }

        await system.UntilReady();
        await Task.Delay(random.Next(500, 2500));
    }

    // Every process once before any of them twice.
    private IEnumerable<string> Victims()
    {
        while (true)
        {
            if (next.Count == 0)
            {
                var order = Processes.ToArray();
                random.Shuffle(order);
                Array.ForEach(order, next.Enqueue);
            }

            yield return next.Dequeue();
        }
    }
}
