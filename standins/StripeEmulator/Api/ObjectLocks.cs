using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Api;

/// <summary>One writing call at a time for each object that a path names, when <c>Emulator:LockTimeoutMilliseconds</c> says how long the others wait.</summary>
public sealed class ObjectLocks(EmulatorOptions options)
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, Held> all = new(StringComparer.Ordinal);

    /// <summary>Waits for the object; disposing the answer lets it go.</summary>
    public async Task<IDisposable?> Hold(HttpContext context, Endpoint endpoint, Scope scope)
    {
        if (options.LockTimeoutMilliseconds <= 0 || endpoint.Method == "GET" || endpoint.Names.Length == 0)
        {
            return null;
        }

        var held = Enter($"{scope.Account}/{scope.Livemode}/{context.Request.RouteValues[endpoint.Names[0]]}");
        var mine = false;
        try
        {
            mine = await held.Turn.WaitAsync(options.LockTimeoutMilliseconds, context.RequestAborted);
        }
        finally
        {
            if (!mine)
            {
                Leave(held);
            }
        }

        return mine ? held : throw StripeException.LockTimeout();
    }

    private Held Enter(string name)
    {
        lock (gate)
        {
            if (!all.TryGetValue(name, out var held))
            {
                all[name] = held = new Held(this, name);
            }

            held.Users++;
            return held;
        }
    }

    private void Leave(Held held)
    {
        lock (gate)
        {
            if (--held.Users == 0)
            {
                all.Remove(held.Name);
                held.Turn.Dispose();
            }
        }
    }

    private sealed class Held(ObjectLocks locks, string name) : IDisposable
    {
        public string Name { get; } = name;

        public SemaphoreSlim Turn { get; } = new(1, 1);

        public int Users { get; set; }

        public void Dispose()
        {
            Turn.Release();
            locks.Leave(this);
        }
    }
}
