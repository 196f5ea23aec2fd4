namespace Marketplace.StripeEmulator.Webhooks;

/// <summary>How deliveries misbehave: what a test turns. Kept in memory only; a restart starts well-behaved.</summary>
public sealed class WebhookKnobs
{
    private int forgeNext;

    /// <summary>Nothing is sent until released.</summary>
    public bool Hold { get; set; }

    /// <summary>Each delivery is sent so many times.</summary>
    public int Times { get; set; } = 1;

    /// <summary>Due deliveries leave in random order.</summary>
    public bool Shuffle { get; set; }

    /// <summary>New deliveries wait so long.</summary>
    public int DelayMilliseconds { get; set; }

    /// <summary>Share of new deliveries, 0 to 1, that are never sent.</summary>
    public double DropShare { get; set; }

    /// <summary>So many attempts are signed with a wrong secret.</summary>
    public int ForgeNext
    {
        get => Volatile.Read(ref forgeNext);
        set => Volatile.Write(ref forgeNext, value);
    }

    internal bool TakeForgery()
    {
        while (ForgeNext is > 0 and var left)
        {
            if (Interlocked.CompareExchange(ref forgeNext, left - 1, left) == left)
            {
                return true;
            }
        }

        return false;
    }
}
