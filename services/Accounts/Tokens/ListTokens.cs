using Marketplace.ServiceDefaults;
using Marketplace.Storage;

namespace Marketplace.Accounts.Tokens;

/// <summary>A personal API token without its secret.</summary>
public sealed record ListedToken
{
    /// <summary>The token's id (<c>tok_…</c>).</summary>
    public required string Id { get; init; }

    /// <summary>What its user calls it.</summary>
    public required string Title { get; init; }

    /// <summary>Its first characters.</summary>
    public required string Prefix { get; init; }

    /// <summary>Made at.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Good until; null when it ends only by being revoked.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>To the minute; null when it was never used.</summary>
    public DateTimeOffset? LastUsedAt { get; init; }

    /// <summary>What it is narrowed to; null when it may do whatever its user may.</summary>
    public string[]? Scopes { get; init; }
}

/// <summary>The caller's personal API tokens, newest first.</summary>
public static class ListTokens
{
    /// <summary>200 with a page of the caller's own. Any signed-in user may.</summary>
    public static async Task<Page<ListedToken>> Handle([AsParameters] PageQuery page, Caller caller, Database database, CancellationToken cancellation) =>
        Page<ListedToken>.Of(
            await database.Query<ListedToken>(
                """
                select id, title, prefix, created_at, expires_at, last_used_at, scopes from tokens
                where user_id = @UserId and id < @After order by id desc limit @Take
                """, new { caller.UserId, page.After, page.Take }, cancellation),
            page, token => token.Id);
}
