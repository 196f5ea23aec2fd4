using Marketplace.Storage;

namespace Marketplace.Accounts.Members;

/// <summary>To how many organizations a user may belong. Every request carries all of them, with their roles, in the token between the processes, which is a header: who belonged to more
/// than a header holds could do nothing any more, not even leave one.</summary>
public static class MembershipLimit
{
    /// <summary>The most: with every role in each of them the token takes less than 32 kB.</summary>
    public const int Most = 100;

    /// <summary>Whether the user may join no further one. The user is held until the transaction ends, so that two who join at once count each other; organizations are held before.</summary>
    public static async Task<bool> IsReached(Transaction transaction, string userId, CancellationToken cancellation)
    {
        await transaction.Query<string>("select id from users where id = @userId for no key update", new { userId }, cancellation);
        return await transaction.QueryOne<long>("select count(*) from memberships where user_id = @userId", new { userId }, cancellation) >= Most;
    }
}
