namespace Marketplace.Invoicing;

/// <summary>Lets this process's requests to one account go one by one, each at a slot taken from <see cref="StripeRates"/>: as many as requests wait, so that no
/// database call is needed for each. What somebody waits for goes first; of five slots one is the queue's all the same.</summary>
/// <param name="take">Takes slots.</param>
/// <param name="perSecond">The account's limit.</param>
/// <param name="time">Real time: Stripe's limits do not jump with a test clock.</param>
public sealed class RequestPace(Func<int, CancellationToken, Task<GivenSlots>> take, int perSecond, TimeProvider time)
{
    /// <summary>A slot that is later than this is given up: the ones after it must not be crowded.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromMilliseconds(100);

    /// <summary>Who would have to wait longer than this is told so at once.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private const int OneOf = 5;

    private readonly Lock gate = new();
    private readonly LinkedList<TaskCompletionSource> urgent = [];
    private readonly LinkedList<TaskCompletionSource> background = [];

    // Used by the one loop that runs while requests wait. Times count from the start, so that nobody who sets a clock moves them.
    private readonly Queue<TimeSpan> slots = new();
    private readonly int batch = Math.Max(2, perSecond / 10);
    private readonly long start = time.GetTimestamp();
    private volatile bool outdated;
    private bool running;
    private int turn;

    /// <summary>Forgets the slots at hand, because the account was slowed down after they were given.</summary>
    public void Forget() => outdated = true;

    /// <summary>Waits for this request's slot.</summary>
    /// <exception cref="JobFailedException">Stripe asked to leave the account alone for longer than <see cref="Patience"/>.</exception>
    public async Task Wait(bool inBackground, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var line = inBackground ? background : urgent;
        LinkedListNode<TaskCompletionSource> place;
        lock (gate)
        {
            place = line.AddLast(waiter);
            if (!running)
            {
                running = true;
                _ = Task.Run(HandOut, CancellationToken.None);
            }
        }

        await using var left = cancellation.Register(() =>
        {
            lock (gate)
            {
                if (place.List is not null)
                {
                    line.Remove(place);
                }
            }

            waiter.TrySetCanceled(cancellation);
        });
        await waiter.Task;
    }

    private async Task HandOut()
    {
        Task<GivenSlots>? taking = null;
        try
        {
            while (Waiting() is > 0 and var waiting)
            {
                if (outdated)
                {
                    (outdated, taking) = (false, null);
                    slots.Clear();
                }

                while (slots.TryPeek(out var old) && old < Now - Tolerance)
                {
                    slots.Dequeue();
                }

                // The next ones are taken while these are handed out.
                taking ??= slots.Count <= batch / 2 && slots.Count < waiting ? take(Math.Min(batch, waiting - slots.Count), CancellationToken.None) : null;
                if (slots.TryPeek(out var next) && next <= Now)
                {
                    slots.Dequeue();
                    Next()?.TrySetResult();
                }
                else if (taking is null || (slots.Count > 0 && !taking.IsCompleted))
                {
                    var due = Task.Delay(UpToMilliseconds(next - Now), time);
                    await (taking is null ? due : Task.WhenAny(taking, due));
                }
                else
                {
                    var given = await taking;
                    taking = null;
                    await Add(given);
                }
            }
        }
        catch (Exception exception)
        {
            Fail(exception);
        }
    }

    // From the database's time to ours: what is left until a slot counts from when we hear of it, so that none comes early.
    private async Task Add(GivenSlots given)
    {
        var now = Now;
        for (var number = 0; number < given.Slots.Count; number++)
        {
            slots.Enqueue(now + (given.Slots.First + (number * given.Slots.Spacing) - given.Now));
        }

        if (given.Slots.Count > 0)
        {
            return;
        }

        var wait = given.Slots.First - given.Now;
        if (wait > Patience)
        {
            throw new JobFailedException(StripeFailure.SlowedDown($"Stripe asked to leave the account alone for {wait.TotalSeconds:0} seconds.", wait));
        }

        await Task.Delay(UpToMilliseconds(wait), time);
    }

    private TimeSpan Now => time.GetElapsedTime(start);

    // Timers know no less; at once would be again and again.
    private static TimeSpan UpToMilliseconds(TimeSpan wait) => TimeSpan.FromMilliseconds(Math.Max(1, Math.Ceiling(wait.TotalMilliseconds)));

    private int Waiting()
    {
        lock (gate)
        {
            running = urgent.Count + background.Count > 0;
            return urgent.Count + background.Count;
        }
    }

    private TaskCompletionSource? Next()
    {
        lock (gate)
        {
            var queueFirst = ++turn % OneOf == 0;
            var line = (queueFirst ? background.Count > 0 : urgent.Count == 0) ? background : urgent;
            if (line.First is not { } first)
            {
                return null;
            }

            line.RemoveFirst();
            return first.Value;
        }
    }

    // Whoever waits is told; the next request begins anew.
    private void Fail(Exception exception)
    {
        lock (gate)
        {
            running = false;
            foreach (var waiter in urgent.Concat(background))
            {
                waiter.TrySetException(exception);
            }

            urgent.Clear();
            background.Clear();
        }
    }
}
