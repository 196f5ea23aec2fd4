using System.ComponentModel.DataAnnotations;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Accounts.Tokens;

/// <summary>A personal API token to make.</summary>
/// <param name="ExpiresAt">When it ends by itself; never, when absent.</param>
/// <param name="Scopes">What it is narrowed to, such as <c>catalog:write</c>; whatever its user may do, when absent.</param>
public sealed record CreateTokenRequest(
    [Required, PlainText(100)] string Title, DateTimeOffset? ExpiresAt = null, [MinLength(1), MaxLength(20)] IReadOnlyList<string>? Scopes = null);

/// <summary>A new personal API token.</summary>
/// <param name="Token">The token itself; not shown again.</param>
/// <param name="Prefix">Its beginning, which lists show.</param>
public sealed record CreateTokenResponse(
    string Id, string Title, string Token, string Prefix, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt, IReadOnlyList<string>? Scopes);

/// <summary>Makes a personal API token, which acts as its user, in all or in what it is narrowed to.</summary>
public static class CreateToken
{
    /// <summary>201 with the token, shown this once. Any signed-in user may.</summary>
    public static async Task<Results<Created<CreateTokenResponse>, ProblemHttpResult>> Handle(
        CreateTokenRequest request, Caller caller, Database database, TimeProvider clock, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        if (request.ExpiresAt <= now)
        {
            return Problem.Invalid("expiresAt", "The end must be in the future.");
        }

        if (request.Scopes?.Any(scope => !Scopes.All.Contains(scope)) == true)
        {
            return Problem.Invalid("scopes", $"Each is one of {string.Join(", ", Scopes.All)}.");
        }

        var token = PersonalToken.New(PersonalToken.Prefix);
        var made = new CreateTokenResponse(Ids.New("tok", clock), request.Title, token, token[..PersonalToken.ShownLength], now, request.ExpiresAt?.ToUniversalTime(),
            request.Scopes is null ? null : [.. request.Scopes.Distinct()]);
        await using var transaction = await database.Begin(cancellation);
        await transaction.Execute(
            """
            insert into tokens (id, user_id, title, prefix, hash, created_at, expires_at, scopes)
            values (@Id, @UserId, @Title, @Prefix, @Hash, @CreatedAt, @ExpiresAt, @Scopes)
            """, new { made.Id, caller.UserId, made.Title, made.Prefix, Hash = PersonalToken.Hash(token), made.CreatedAt, made.ExpiresAt, Scopes = made.Scopes?.ToArray() }, cancellation);
        await transaction.Record(caller, "token.created", null, made.Id, null, new { made.Title, made.ExpiresAt, made.Scopes }, cancellation);
        await transaction.Commit(cancellation);
        return TypedResults.Created($"/v1/tokens/{made.Id}", made);
    }
}
