using Marketplace.Accounts.Mail;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;

namespace Marketplace.Accounts;

/// <summary>Every timer of Accounts.</summary>
public static class AccountsSchedule
{
    private static readonly TimeSpan KeptAfterTheEnd = TimeSpan.FromDays(30);
    private static readonly TimeSpan FailuresKept = TimeSpan.FromDays(1);

    /// <summary>Registers the timers.</summary>
    public static void AddAccountsSchedule(this IServiceCollection services)
    {
        services.AddScheduled(new Scheduled("forget-ended-sessions", TimeSpan.FromHours(1), ForgetEndedSessions));
        services.AddScheduled(new Scheduled(
            "send-mail", TimeSpan.FromSeconds(1), (provider, _, cancellation) => provider.GetRequiredService<SendMail>().Run(cancellation),
            (provider, cancellation) => provider.GetRequiredService<Database>().QueryOne<DateTimeOffset?>(
                "select min(next_attempt_at) from mails where state = 'waiting'", null, cancellation)));
    }

    private static async Task<int> ForgetEndedSessions(IServiceProvider services, DateTimeOffset now, CancellationToken cancellation)
    {
        var database = services.GetRequiredService<Database>();
        await database.Execute("delete from sessions where expires_at < @before or ended_at < @before", new { before = now - KeptAfterTheEnd }, cancellation);
        await database.Execute("delete from links where expires_at < @now", new { now }, cancellation);
        await database.Execute("delete from mails where state <> 'waiting' and created_at < @before", new { before = now - KeptAfterTheEnd }, cancellation);
        await database.Execute("delete from sign_in_failures where last_at < @before", new { before = now - FailuresKept }, cancellation);
        return 0;
    }
}
