using Marketplace.Testing;

namespace Marketplace.Chaos.Tests;

/// <summary>What goes wrong, by a seed: the same seed gives the same order of kills and faults. What they meet is up to the machine.</summary>
public sealed class Trouble(RunningSystem system, Emulator stripe, Random random, Action<string> tell)
{
    private static readonly string[] Processes = ["accounts", "catalog", "subscriptions", "invoicing", "webhooks", "gateway", "stripe", "messaging", "postgres"];

    // Those through which a renewal goes, each in its turn; the first one falls into the fourth round.
    private static readonly string[] Renewing = ["postgres", "stripe", "invoicing", "subscriptions", "webhooks"];

    private static readonly object[] Faults =
    [
        new { path = "/v1/*", kind = "status", status = 429, times = 3 },
        new { method = "POST", path = "/v1/*", kind = "status", status = 500, times = 2, stored = true },
        new { method = "POST", path = "/v1/*", kind = "status", status = 500, times = 2, stored = true, executes = true },
        new { path = "/v1/*", kind = "status", status = 503, times = 2, stored = false },
        new { method = "POST", path = "/v1/invoices*", kind = "lost", times = 2 },
        new { method = "POST", path = "/v1/customers", kind = "lost", times = 1 },
        new { method = "POST", path = "/v1/subscriptions*", kind = "lost", times = 2 },
        new { method = "POST", path = "/v1/billing/meter_events", kind = "lost", times = 2 },
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
    /// <param name="daysPass">Meanwhile subscriptions may be renewed: one more of the processes that do it is killed.</param>
    public async Task Round(int number, bool daysPass = false)
    {
        foreach (var fault in random.GetItems(Faults, 2))
        {
            tell($"round {number}: Stripe {fault}");
            await stripe.Fail(fault);
            FaultsMade++;
        }

        await stripe.Webhooks(random.Next(1, 4), random.Next(2) == 0, random.Next(3) * 300, random.Next(3) * 0.2);
        List<string> victims = [.. daysPass ? (string[])[Renewing[number / 2 % Renewing.Length]] : [], .. Victims().Take(random.Next(1, 3))];
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
