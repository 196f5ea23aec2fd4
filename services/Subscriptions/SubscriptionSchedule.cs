using Marketplace.ServiceDefaults;
using Marketplace.Storage;

namespace Marketplace.Subscriptions;

/// <summary>Every timer of this service. Each does what is due by the clock, whoever wakes it; none counts time by itself.</summary>
internal static class SubscriptionSchedule
{
    public const string EndPeriods = "end-periods";
    public const string EndGrace = "end-grace";
    public const string CloseMetering = "close-metering";
    public const string CloseEnded = "close-ended";
    public const string CloseLate = "close-late-usage";
    public const string TakeMigrations = "take-migrations";
    public const string CarryOutMigrations = "carry-out-migrations";

    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(15);

    public static void AddSchedule(this IServiceCollection services)
    {
        services.AddScheduled(new(EndPeriods, Poll,
            (s, now, c) => Subscriptions.EndPeriod.Run(Work(s), Data(s), Clock(s), s.GetRequiredService<Wakeups>(), now, c), (s, c) => Subscriptions.EndPeriod.NextDue(Data(s), c)));
        services.AddScheduled(new(EndGrace, Poll, (s, now, c) => Subscriptions.EndGrace.Run(Work(s), Data(s), Clock(s), now, c), (s, c) => Subscriptions.EndGrace.NextDue(Data(s), c)));
        services.AddScheduled(new(CloseMetering, Poll, (s, now, c) => Subscriptions.CloseMetering.Run(Work(s), Data(s), now, c), (s, c) => Subscriptions.CloseMetering.NextDue(Data(s), c)));
        services.AddScheduled(new(CloseEnded, Poll, (s, now, c) => Subscriptions.CloseEnded.Final(Work(s), Data(s), now, c), (s, c) => Subscriptions.CloseEnded.NextFinalDue(Data(s), c)));
        services.AddScheduled(new(CloseLate, Poll, (s, now, c) => Subscriptions.CloseEnded.Late(Work(s), Data(s), now, c), (s, c) => Subscriptions.CloseEnded.NextLateDue(Data(s), c)));
        services.AddScheduled(new(TakeMigrations, Poll, async (s, _, c) =>
        {
            var taken = await TakeMigration.Run(Data(s), Clock(s), c);
            if (taken > 0)
            {
                s.GetRequiredService<Wakeups>().Wake(CarryOutMigrations);
            }

            return taken;
        }, (s, c) => TakeMigration.NextDue(Data(s), c)));
        services.AddScheduled(new(CarryOutMigrations, Poll,
            (s, _, c) => CarryOutMigration.Run(Work(s), Data(s), Clock(s), s.GetRequiredService<Wakeups>(), c), (s, c) => CarryOutMigration.NextDue(Data(s), c)));
    }

    private static DueWork Work(IServiceProvider services) => services.GetRequiredService<DueWork>();

    private static Database Data(IServiceProvider services) => services.GetRequiredService<Database>();

    private static TimeProvider Clock(IServiceProvider services) => services.GetRequiredService<TimeProvider>();
}
