using Marketplace.ServiceDefaults;
using Marketplace.Storage;

namespace Marketplace.Accounts.Tokens;

/// <summary>A personal API token without its secret.</summary>
/// <param name="LastUsedAt">To the minute; null when it was never used.</param>
public sealed record ListedToken(string Id, string Title, string Prefix, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt, DateTimeOffset? LastUsedAt);

/// <summary>The caller's personal API tokens, newest first.</summary>
public static class ListTokens
{
    /// <summary>200 with a page of the caller's own. Any signed-in user may.</summary>
    public static async Task<Page<ListedToken>> Handle([AsParameters] PageQuery page, Caller caller, Database database, CancellationToken cancellation) =>
        Page<ListedToken>.Of(
            await database.Query<ListedToken>(
                """
                select id, title, prefix, created_at, expires_at, last_used_at from tokens
                where user_id = @UserId and id < @After order by id desc limit @Take
                """, new { caller.UserId, page.After, page.Take }, cancellation),
            page, token => token.Id);
}
