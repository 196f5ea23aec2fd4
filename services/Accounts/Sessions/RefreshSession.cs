using System.ComponentModel.DataAnnotations;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Accounts.Sessions;

/// <summary>The refresh token last given.</summary>
public sealed record RefreshSessionRequest([Required, MaxLength(2000)] string RefreshToken);

/// <summary>Exchanges a refresh token for new tokens. Each is good once; a second use ends the session, since only a copy can come twice.</summary>
public static partial class RefreshSession
{
    /// <summary>200 with new tokens; 401 <c>refresh_token_invalid</c> or <c>refresh_token_reused</c>. Anybody who holds one may.</summary>
    public static async Task<Results<Ok<SessionResponse>, ProblemHttpResult>> Handle(
        RefreshSessionRequest request, Database database, SessionTokens tokens, TimeProvider clock, ILogger<SessionTokens> logger, CancellationToken cancellation)
    {
        if (tokens.ReadRefresh(request.RefreshToken) is not var (session, generation))
        {
            return Problems.RefreshTokenInvalid();
        }

        var now = clock.GetUtcNow();
        await using var transaction = await database.Begin(cancellation);
        var present = await transaction.QueryOne<int?>(
            """
            select s.generation from sessions s join users u on u.id = s.user_id
            where s.id = @session and s.ended_at is null and s.expires_at > @now and u.disabled_at is null for update of s
            """, new { session, now }, cancellation);
        if (present is null)
        {
            return Problems.RefreshTokenInvalid();
        }

        if (present != generation)
        {
            await transaction.Execute(
                "update sessions set ended_at = @now, ended_by = 'refresh_token_reused' where id = @session", new { session, now }, cancellation);
            await transaction.Record(null, "session.ended", null, session, new { Ended = false }, new { Ended = true, By = "refresh_token_reused" }, cancellation);
            await transaction.Commit(cancellation);
            Reused(logger, session);
            return Problems.RefreshTokenReused();
        }

        await transaction.Execute(
            "update sessions set generation = generation + 1, expires_at = @Expires, refreshed_at = @now where id = @session",
            new { session, now, Expires = now + SessionTokens.SessionLifetime }, cancellation);
        await transaction.Commit(cancellation);
        return TypedResults.Ok(tokens.Mint(session, present.Value + 1));
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A used refresh token of session {Session} came again; the session was ended.")]
    private static partial void Reused(ILogger logger, string session);
}
