using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Resources;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Webhooks;

/// <summary>Forgets events after 30 days of the emulator's time, and their deliveries with them.</summary>
public sealed class Retention(Engine engine)
{
    private const int AtATime = 500;
    private const long Seconds = 60;
    private long next;

    /// <summary>Once a minute; a moved clock makes many minutes at once.</summary>
    public void Sweep()
    {
        var now = engine.Clock.Seconds;
        if (now < next)
        {
            return;
        }

        next = now + Seconds;
        foreach (var scope in engine.Look(() => engine.Store.ScopesOf("event")))
        {
            while (engine.Run(scope, Origin.Automatic, tx => Forget(tx, now - Events.KeptSeconds)).Value == AtATime)
            {
                // The lock is let go between two portions.
            }
        }
    }

    private static int Forget(Transaction tx, long oldest)
    {
        var forgotten = 0;
        while (forgotten < AtATime && tx.Store.OfKind(tx.Scope, "event").Min is { } recorded && Events.Recorded(recorded) < oldest)
        {
            var deliveries = tx.Store.Referring("delivery", "event", recorded.Id).ToList();
            if (deliveries.Exists(d => d.Value.Text("status") == "pending"))
            {
                break;
            }

            deliveries.ForEach(tx.Remove);
            tx.Remove(recorded);
            forgotten++;
        }

        return forgotten;
    }
}
