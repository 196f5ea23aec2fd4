using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Identity;

namespace Marketplace.Accounts.Users;

/// <summary>Hashes and checks passwords with ASP.NET Core Identity's hasher (PBKDF2, upgraded on sign-in when its parameters grow). Half the cores do, in the order in which they were asked, so
/// that anonymous callers cannot take them all: the token exchange, on which everything else waits, needs them too. Only the hashing itself waits its turn, not the request around it;
/// whoever waits holds no connection.</summary>
public sealed class Passwords : IDisposable
{
    /// <summary>Shortest password that is taken.</summary>
    public const int MinLength = 10;

    /// <summary>Longest password that is hashed: longer ones would only cost time.</summary>
    public const int MaxLength = 200;

    private const int LeastDifferentCharacters = 5;
    private const int MostWaiting = 100;
    private static readonly object Nobody = new();
    private readonly PasswordHasher<object> hasher = new();
    private readonly ConcurrencyLimiter turns = new(new()
    {
        PermitLimit = Math.Max(1, Environment.ProcessorCount / 2), QueueLimit = MostWaiting, QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
    });

    private readonly string nobodysHash;

    /// <summary>Prepares the hash that unknown users are checked against.</summary>
    public Passwords() => nobodysHash = hasher.HashPassword(Nobody, Guid.CreateVersion7().ToString());

    /// <summary>The hash to store.</summary>
    /// <exception cref="TimeoutException">Too many wait: the caller is told to come again.</exception>
    public async Task<string> Hash(string password, CancellationToken cancellation)
    {
        using var turn = await Turn(cancellation);
        return Hash(password);
    }

    /// <summary>Waits for a turn to hash; dispose it to let the next one.</summary>
    /// <exception cref="TimeoutException">Too many wait: the caller is told to come again.</exception>
    public async Task<PasswordTurn> Turn(CancellationToken cancellation)
    {
        var turn = await turns.AcquireAsync(1, cancellation);
        return turn.IsAcquired ? new(this, turn) : throw new TimeoutException("Too many passwords wait to be hashed.");
    }

    /// <summary>Why a password of allowed length is still too easy to guess, or null.</summary>
    public static string? Weakness(string password, string email)
    {
        var name = email.Split('@')[0];
        return password.Distinct().Count() < LeastDifferentCharacters ? $"Use at least {LeastDifferentCharacters} different characters."
            : name.Length >= 4 && password.Contains(name, StringComparison.OrdinalIgnoreCase) ? "The password must not hold the name in the e-mail address."
            : null;
    }

    /// <inheritdoc/>
    public void Dispose() => turns.Dispose();

    internal string Hash(string password) => hasher.HashPassword(Nobody, password);

    internal (bool IsRight, bool IsOutdated) Verify(string? hash, string password)
    {
        var result = hasher.VerifyHashedPassword(Nobody, hash ?? nobodysHash, password);
        return (hash is not null && result != PasswordVerificationResult.Failed, result == PasswordVerificationResult.SuccessRehashNeeded);
    }
}

/// <summary>The turn of one request to hash.</summary>
public sealed class PasswordTurn(Passwords passwords, RateLimitLease turn) : IDisposable
{
    /// <summary>Whether a password is right, and its new hash where the stored one is outdated. Without a hash (no such user) it does the same work and says no, so that time does not tell
    /// who is known.</summary>
    public (bool IsRight, string? Renewed) Verify(string? hash, string password)
    {
        var (isRight, isOutdated) = passwords.Verify(hash, password);
        return (isRight, isRight && isOutdated ? passwords.Hash(password) : null);
    }

    /// <inheritdoc/>
    public void Dispose() => turn.Dispose();
}
