using Marketplace.Accounts.Tokens;
using Marketplace.Contracts.Accounts;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Accounts.Sessions;

/// <summary>Exchanges a client's token, of a session or personal, for an internal one with the memberships held at this moment,
/// their roles with those of the holder's teams, and the scopes that the token was narrowed to. Asked by the gateway on every request, so that a lost role and a sign-out work at once.</summary>
public static class ExchangeToken
{
    private const string Memberships =
        $"""
        select u.id as user_id, u.is_operator, o.id as organization_id, o.kind, o.catalog_id, {Team.HeldRoles} as roles, holder.scopes
        from holder join users u on u.id = holder.user_id and u.disabled_at is null
        left join memberships m on m.user_id = u.id
        left join organizations o on o.id = m.organization_id
        order by o.id
        """;

    private const string OfSession =
        "with holder as (select user_id, null::text[] as scopes from sessions where id = @session and ended_at is null and expires_at > @now) " + Memberships;

    // The last use is kept to the minute: a write per request would cost more than the exchange itself.
    private const string OfPersonalToken =
        """
        with holder as (select id, user_id, last_used_at, scopes from tokens where hash = @hash and (expires_at is null or expires_at > @now)),
        used as (
            update tokens set last_used_at = @now from holder
            where tokens.id = holder.id and (holder.last_used_at is null or holder.last_used_at < @now - interval '1 minute'))
        """ + Memberships;

    /// <summary>200 with the internal token; 401 <c>token_invalid</c>. Other processes of the installation may.</summary>
    public static async Task<Results<Ok<TokenExchangeAnswer>, ProblemHttpResult>> Handle(
        TokenExchangeRequest request, Database database, SessionTokens sessions, InternalTokens tokens, TimeProvider clock, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        var token = request.Token ?? "";
        var session = PersonalToken.Fits(token) ? null : sessions.ReadAccess(token);
        var rows = PersonalToken.Fits(token) ? await database.Query<Row>(OfPersonalToken, new { hash = PersonalToken.Hash(token), now }, cancellation)
            : session is not null ? await database.Query<Row>(OfSession, new { session, now }, cancellation)
            : [];
        if (rows.Count == 0)
        {
            return Problems.TokenInvalid();
        }

        var memberships = rows.Where(row => row.OrganizationId is not null).Select(row => new Membership(row.OrganizationId!, row.Kind!, row.Roles!, row.CatalogId));
        return TypedResults.Ok(new TokenExchangeAnswer(tokens.ForUser(rows[0].UserId, rows[0].IsOperator, memberships, session, rows[0].Scopes)));
    }

    private sealed record Row
    {
        public required string UserId { get; init; }

        public bool IsOperator { get; init; }

        public string? OrganizationId { get; init; }

        public string? Kind { get; init; }

        public string? CatalogId { get; init; }

        public string[]? Roles { get; init; }

        public string[]? Scopes { get; init; }
    }
}
