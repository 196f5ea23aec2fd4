using Marketplace.Storage;

namespace Marketplace.Invoicing;

/// <summary>An account in one mode: what Stripe's limits are counted for.</summary>
public sealed record RatedAccount(string AccountId, bool Livemode);

/// <summary>Slots with the database's own time at which they were given, so that no process's clock matters.</summary>
public sealed record GivenSlots(Slots Slots, DateTimeOffset Now);

/// <summary>How fast requests may go to Stripe accounts, shared by all processes: a row per account and mode, changed under its lock, in the database's
/// time and not the test clock's.</summary>
public sealed class StripeRates
{
    private const string Columns = "next_slot, slowed_to, slowed_at, paused_until, reason, window_from, window_slots, window_before, slots, clock_timestamp() as now";

    private readonly Database database;
    private readonly int live;
    private readonly int test;

    /// <summary>Reads <c>Stripe:RequestsPerSecond:Live</c> and <c>Stripe:RequestsPerSecond:Test</c>.</summary>
    public StripeRates(IConfiguration configuration, Database database)
    {
        this.database = database;
        live = Allowed(configuration.GetValue("Stripe:RequestsPerSecond:Live", 100), "Live");
        test = Allowed(configuration.GetValue("Stripe:RequestsPerSecond:Test", 25), "Test");
    }

    /// <summary>Requests per second that the account allows in that mode.</summary>
    public int Limit(bool livemode) => livemode ? live : test;

    /// <summary>Takes up to so many slots.</summary>
    public async Task<GivenSlots> Take(RatedAccount account, int wanted, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var row = await Lock(transaction, account, cancellation);
        var (next, slots) = row.Give(wanted, Limit(account.Livemode), row.Now);
        if (slots.Count > 0)
        {
            // Need not wait for the disk: after a crash of the database the slots of the last half second may be given once more, within the limit of another.
            await Save(transaction, account, next, cancellation, before: Transaction.NotWaitingForDisk);
            await transaction.Commit(cancellation);
        }

        return new(slots, row.Now);
    }

    /// <summary>Slows the account down in every process, because Stripe asked for it.</summary>
    public async Task Slow(RatedAccount account, TimeSpan? retryAfter, string? reason, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var row = await Lock(transaction, account, cancellation);
        await Save(transaction, account, row.Slow(retryAfter, reason, Limit(account.Livemode), row.Now), cancellation);
        await transaction.Commit(cancellation);
    }

    /// <summary>How fast requests go to the given accounts at present.</summary>
    public async Task<IReadOnlyDictionary<RatedAccount, StripeRateResponse>> Of(IReadOnlyCollection<RatedAccount> accounts, CancellationToken cancellation)
    {
        var known = (await database.Query<KnownRow>(
            $"select account_id, livemode, {Columns} from stripe_rates where (account_id, livemode) in (select * from unnest(@Ids, @Modes))",
            new { Ids = accounts.Select(a => a.AccountId).ToArray(), Modes = accounts.Select(a => a.Livemode).ToArray() }, cancellation))
            .ToDictionary(row => new RatedAccount(row.AccountId, row.Livemode));
        return accounts.ToDictionary(account => account, account => Show(known.GetValueOrDefault(account), Limit(account.Livemode)));
    }

    private static StripeRateResponse Show(Row? row, int limit) => row is null ? new(limit, limit, 0, null, null)
        : new(limit, Math.Round(row.PerSecond(limit, row.Now), 1), Math.Round(row.Used(row.Now), 1), row.PausedUntil > row.Now ? row.PausedUntil : null, row.Reason);

    // The row is read anew once its lock is there, and the time with it.
    private static async Task<Row> Lock(Transaction transaction, RatedAccount account, CancellationToken cancellation)
    {
        while (true)
        {
            if (await transaction.QueryOne<Row>(
                $"select {Columns} from stripe_rates where account_id = @AccountId and livemode = @Livemode for no key update", account, cancellation) is { } row)
            {
                return row;
            }

            await transaction.Execute(
                """
                insert into stripe_rates (account_id, livemode, next_slot, window_from) values (@AccountId, @Livemode, clock_timestamp(), clock_timestamp()) on conflict do nothing
                """, account, cancellation);
        }
    }

    private static Task Save(Transaction transaction, RatedAccount account, AccountRate rate, CancellationToken cancellation, string before = "") => transaction.Execute(
        $"""
        {before}
        update stripe_rates set next_slot = @NextSlot, slowed_to = @SlowedTo, slowed_at = @SlowedAt, paused_until = @PausedUntil, reason = @Reason,
            window_from = @WindowFrom, window_slots = @WindowSlots, window_before = @WindowBefore, slots = @Slots
        where account_id = @AccountId and livemode = @Livemode
        """,
        new
        {
            account.AccountId, account.Livemode, rate.NextSlot, rate.SlowedTo, rate.SlowedAt, rate.PausedUntil, rate.Reason, rate.WindowFrom, rate.WindowSlots, rate.WindowBefore, rate.Slots,
        },
        cancellation);

    private static int Allowed(int perSecond, string mode) => perSecond is > 0 and <= 10_000
        ? perSecond
        : throw new InvalidOperationException($"Stripe__RequestsPerSecond__{mode} must be how many requests a second the Stripe accounts allow, 1 to 10000.");

    private record Row : AccountRate
    {
        public DateTimeOffset Now { get; init; }
    }

    private sealed record KnownRow : Row
    {
        public string AccountId { get; init; } = "";

        public bool Livemode { get; init; }
    }
}
